#include "bmc/device.h"

#define X(name, word, ...) word,
const char *const nf_bmc_causes[] = {NF_BMC_CAUSES(X) NULL};
const char *const nf_bmc_drivers[] = {NF_BMC_DRIVERS(X) NULL};
const char *const nf_powers[] = {NF_POWERS(X) NULL};
const char *const nf_power_acts[] = {NF_POWER_ACTS(X) NULL};
const char *const nf_boot_devices[] = {NF_BOOT_DEVICES(X) NULL};
const char *const nf_bmc_verbs[] = {NF_BMC_VERBS(X) NULL};
#undef X

const char *
nf_bmc_cause_text(enum nf_bmc_cause cause)
{
#define X(name, word, text) text,
    static const char *const texts[] = {NF_BMC_CAUSES(X)};
#undef X

    return texts[cause];
}

void
nf_bmc_fail(struct nf_bmc_told *told, enum nf_bmc_cause cause,
            struct nf_text words)
{
    told->cause = cause;
    nf_text_copy_words(told->words, sizeof(told->words), words);
}

static void
put(struct nf_out *out, const char *name, const char *value)
{
    if (value[0] != '\0') {
        nf_out_printf(
            out, "%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",", name);
        nf_out_json(out, nf_text(value));
    }
}

static void
put_boot(struct nf_out *out, const struct nf_bmc_told *told)
{
    put(out, "device", nf_boot_devices[told->boot.device]);
    if (told->tells_mode) {
        nf_out_printf(out, ",\"persistent\":%s,\"firmware\":\"%s\"",
                      told->boot.is_persistent ? "true" : "false",
                      told->boot.is_efi ? "efi" : "bios");
    }
}

void
nf_bmc_told_json(const struct nf_bmc_told *told, enum nf_bmc_verb verb,
                 struct nf_out *out)
{
    nf_out_putc(out, '{');
    switch (verb) {
    case NF_BMC_LOOK:
    case NF_BMC_POWER:
        put(out, "power", nf_powers[told->power]);
        break;
    case NF_BMC_GET_BOOT:
    case NF_BMC_SET_BOOT:
        put_boot(out, told);
        break;
    default:
        put(out, "manufacturer", told->maker);
        put(out, "product", told->product);
        put(out, "serial", told->serial);
        put(out, "firmware", told->firmware);
        put(out, "ip", told->ip);
        put(out, "mac", told->mac);
        break;
    }
    nf_out_putc(out, '}');
}

void
nf_bmc_failure_json(const struct nf_bmc_told *told, struct nf_out *out)
{
    nf_out_putc(out, '{');
    put(out, "cause", nf_bmc_causes[told->cause]);
    put(out, "error", nf_bmc_cause_text(told->cause));
    put(out, "words", told->words);
    nf_out_putc(out, '}');
}
