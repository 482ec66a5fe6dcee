#include "bmc/sealed.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>

#include "bmc/ipmi.h"
#include "json/field.h"

enum {
    /* Each of the texts may be all quotes; names and punctuation. */
    JSON_MAX = 2
                   * (NF_COMMAND_ID_TEXT + NF_DEVICE_ADDRESS + NF_DEVICE_USER
                      + 2 * NF_DEVICE_PASSWORD + NF_DEVICE_PIN
                      + 2 * NF_DEVICE_PROTOCOL + NF_SWITCH_DRIVER)
               + 160,
    BOX_MAX = JSON_MAX + crypto_box_SEALBYTES,
};

static_assert(sodium_base64_ENCODED_LEN(BOX_MAX, sodium_base64_VARIANT_ORIGINAL)
                  <= NF_SEALED_TEXT,
              "whatever a device holds can be said");
static_assert(crypto_box_SECRETKEYBYTES == NF_WORKER_KEY, "of crypto_box");

#define MEMBER(name, kind_, member, ...)                                       \
    {                                                                          \
        name, .kind = (kind_),                                                 \
              .offset = offsetof(struct nf_sealed_device, member),             \
              .size = sizeof(((struct nf_sealed_device *) 0)->member),         \
              __VA_ARGS__                                                      \
    }

static const struct nf_json_field members[] = {
    MEMBER("command", NF_JSON_TEXT, command, .is_required = true),
    MEMBER("driver", NF_JSON_TEXT, driver, .is_required = true),
    MEMBER("address", NF_JSON_TEXT, address, .is_required = true),
    MEMBER("user", NF_JSON_TEXT, user, .is_required = true),
    MEMBER("password", NF_JSON_TEXT, password, .is_required = true),
    MEMBER("pin", NF_JSON_TEXT, pin, .may_be_empty = true),
    MEMBER("auth", NF_JSON_TEXT, auth, .may_be_empty = true),
    MEMBER("priv", NF_JSON_TEXT, priv, .may_be_empty = true),
    MEMBER("priv_password", NF_JSON_TEXT, priv_password, .may_be_empty = true),
    {0},
};

/* What a pin begins with where it is none of a certificate; "": the driver
 * knows no keys. */
static const struct {
    const char *driver, *pin;
} pins[] = {
    {"snmp", ""},       {"ios", "SHA256:"},     {"nxos", "SHA256:"},
    {"vrp", "SHA256:"}, {"comware", "SHA256:"},
};

static const char *
pin_of(const struct nf_sealed_device *device)
{
    for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
        if (strcmp(device->driver, pins[i].driver) == 0) {
            return pins[i].pin;
        }
    }
    return "sha256//";
}

static bool
is_among(const char *word, const char *const *words)
{
    while (*words != NULL && strcmp(word, *words) != 0) {
        words++;
    }
    return *words != NULL;
}

static bool
is_driver(const char *word)
{
    return is_among(word, nf_bmc_drivers) || is_among(word, nf_switch_drivers);
}

/* --- sealing -----------------------------------------------------------------
 */

static bool
put_text(struct nf_out *out, const struct nf_json_field *field,
         const char *text)
{
    if (!nf_text_is_ended(text, field->size)
        || !nf_text_is_printable(nf_text(text)))
    {
        return false;
    }
    if (field->is_required || text[0] != '\0') {
        nf_out_printf(out, "%s\"%s\":", out->len > 1 ? "," : "", field->name);
        nf_out_json(out, nf_text(text));
    }
    return true;
}

static bool
put_json(const struct nf_sealed_device *device, struct nf_out *out)
{
    nf_out_putc(out, '{');
    for (const struct nf_json_field *f = members; f->name != NULL; f++) {
        if (!put_text(out, f, (const char *) device + f->offset)) {
            return false;
        }
    }
    nf_out_putc(out, '}');
    return !out->full;
}

bool
nf_sealed_make(const struct nf_sealed_device *device,
               const uint8_t worker[static NF_WORKER_KEY],
               char text[static NF_SEALED_TEXT])
{
    char json[JSON_MAX];
    uint8_t box[BOX_MAX];
    struct nf_out out = nf_out(json, sizeof(json));
    bool is_sealed =
        put_json(device, &out) && is_driver(device->driver)
        && crypto_box_seal(box, (uint8_t *) json, out.len, worker) == 0;

    text[0] = '\0';
    if (is_sealed) {
        sodium_bin2base64(text, NF_SEALED_TEXT, box,
                          out.len + crypto_box_SEALBYTES,
                          sodium_base64_VARIANT_ORIGINAL);
    }
    sodium_memzero(json, sizeof(json));
    return is_sealed;
}

/* --- opening -----------------------------------------------------------------
 */

static nf_error_t
check(const struct nf_sealed_device *device, struct nf_text command,
      struct nf_fault *fault)
{
    if (!nf_text_equal(nf_text(device->command), command)) {
        return nf_refuse(fault, "", "sealed: for another command");
    }
    bool may_be_nobody = strcmp(device->driver, "snmp") == 0;

    if (!is_driver(device->driver)) {
        return nf_refuse(fault, "", "sealed: unknown driver");
    }
    if (device->address[0] == '\0'
        || (device->user[0] == '\0' && !may_be_nobody)) {
        return nf_refuse(fault, "", "sealed: %s is empty",
                         device->address[0] != '\0' ? "user" : "address");
    }
    if (device->pin[0] != '\0'
        && (pin_of(device)[0] == '\0'
            || !nf_text_starts(nf_text(device->pin), nf_text(pin_of(device)))))
    {
        return nf_refuse(fault, "", "sealed: pin is not %sBASE64",
                         pin_of(device));
    }
    if (strcmp(device->driver, nf_bmc_drivers[NF_BMC_IPMI]) == 0
        && strlen(device->password) > NF_IPMI_PASSWORD_MAX)
    {
        return nf_refuse(fault, "",
                         "sealed: IPMI passwords have at most 20 bytes");
    }
    return NF_OK;
}

nf_error_t
nf_sealed_read(struct nf_text json, struct nf_text command,
               struct nf_sealed_device *device, struct nf_fault *fault)
{
    struct nf_json_reader reader = {.fields = members, .source = NF_JSON_AGENT};
    struct nf_fault inner = {0};

    *device = (struct nf_sealed_device){0};
    nf_error_t err = nf_json_read(&reader, json, device, &inner);
    if (err == NF_INVALID) {
        (void) nf_refuse(fault, "", "sealed: %s%s%s", inner.field,
                         inner.field[0] == '\0' ? "" : " ", inner.reason);
    } else if (err == NF_OK) {
        err = check(device, command, fault);
    }
    if (err != NF_OK) {
        sodium_memzero(device, sizeof(*device));
    }
    return err;
}

nf_error_t
nf_sealed_open(struct nf_text text, struct nf_text command,
               const struct nf_worker_keys *keys,
               struct nf_sealed_device *device, struct nf_fault *fault)
{
    char json[JSON_MAX];
    uint8_t box[BOX_MAX];
    size_t len = 0;

    sodium_memzero(device, sizeof(*device));
    if (sodium_base642bin(box, sizeof(box), text.data, text.len, NULL, &len,
                          NULL, sodium_base64_VARIANT_ORIGINAL)
            != 0
        || len <= crypto_box_SEALBYTES)
    {
        return nf_refuse(fault, "", "sealed: device is not a box in base64");
    }
    if (crypto_box_seal_open((uint8_t *) json, box, len, keys->public,
                             keys->secret)
        != 0)
    {
        return nf_refuse(fault, "", "sealed: not for this worker's key");
    }
    nf_error_t err =
        nf_sealed_read((struct nf_text){json, len - crypto_box_SEALBYTES},
                       command, device, fault);
    sodium_memzero(json, sizeof(json));
    return err;
}
