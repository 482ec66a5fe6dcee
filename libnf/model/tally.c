#include "model/tally.h"

#include <stdio.h>

#include "model/managed_device.h"
#include "json/field.h"

const uint32_t nf_tally_bounds[NF_TALLY_BOUNDS] = {
    100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 120000,
};

/* --- which operation ---------------------------------------------------------
 */

/* The arguments that tell one from another. */
struct arguments {
    char action[16], device[16];
};

/* clang-format off */
#define AT(member) .offset = offsetof(struct arguments, member), .size = sizeof(((struct arguments *) 0)->member)

static const struct nf_json_field fields[] = {
    {.name = "action", .kind = NF_JSON_TEXT, AT(action), .may_be_empty = true},
    {.name = "device", .kind = NF_JSON_TEXT, AT(device), .may_be_empty = true},
    {0},
};

static const struct {
    const char *command, *action, *device; /* NULL: any */
    const char *operation;
} operations[] = {
    { "power",       "on",     NULL,    "power_on" },
    { "power",       "off",    NULL,    "power_off" },
    { "power",       "soft",   NULL,    "power_soft" },
    { "power",       "reset",  NULL,    "power_reset" },
    { "power",       "cycle",  NULL,    "power_cycle" },
    { "power",       "nmi",    NULL,    "power_nmi" },
    { "power",       "status", NULL,    "power_status" },
    { "reset",       NULL,     NULL,    "power_reset" },
    { "boot_device", NULL,     "pxe",   "set_boot_pxe" },
    { "boot_device", NULL,     "disk",  "set_boot_disk" },
    { "boot_device", NULL,     "cdrom", "set_boot_cdrom" },
    { "boot_device", NULL,     "bios",  "set_boot_bios" },
    { "boot_device", NULL,     "none",  "set_boot_none" },
    { "boot_device", NULL,     "",      "get_boot" },
    { "identify",    NULL,     NULL,    "identify" },
    { "info",        NULL,     NULL,    "info" },
    { "network",     NULL,     NULL,    "network" },
    { NULL,          NULL,     NULL,    "other" },
};
/* clang-format on */

static bool
fits(const char *wanted, const char *is)
{
    return wanted == NULL || strcmp(wanted, is) == 0;
}

static const char *
operation_of(const struct nf_command *command)
{
    struct arguments arguments = {.action = ""};
    struct nf_json_reader reader = {.fields = fields, .source = NF_JSON_AGENT};
    struct nf_fault ignored;
    size_t i = 0;

    (void) nf_json_read(&reader, nf_text(command->arguments), &arguments,
                        &ignored);
    while (operations[i].command != NULL
           && !(fits(operations[i].command, command->operation)
                && fits(operations[i].action, arguments.action)
                && fits(operations[i].device, arguments.device)))
    {
        i++;
    }
    return operations[i].operation;
}

static const char *
driver_of(const struct nf_command_told *told)
{
    if (told == NULL || told->driver[0] == '\0') {
        return "none";
    }
    for (const char *const *word = nf_managed_drivers; *word != NULL; word++) {
        if (strcmp(*word, told->driver) == 0) {
            return *word;
        }
    }
    return "other";
}

void
nf_tally_begin(struct nf_tally *tally, const struct nf_command *command,
               const struct nf_command_told *told)
{
    *tally = (struct nf_tally){.ended = 0};
    snprintf(tally->operation, sizeof(tally->operation), "%s",
             operation_of(command));
    snprintf(tally->driver, sizeof(tally->driver), "%s", driver_of(told));
}

/* --- counting ----------------------------------------------------------------
 */

static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";

/* A word that somebody makes up takes no place from the others for long: the
 * last one is for all that come late. */
static void
add_cause(struct nf_tally *tally, const char *word)
{
    size_t i = 0;

    while (i < NF_TALLY_CAUSES - 1 && tally->causes[i].word[0] != '\0'
           && strcmp(tally->causes[i].word, word) != 0)
    {
        i++;
    }
    if (i == NF_TALLY_CAUSES - 1) {
        word = "other";
    }
    snprintf(tally->causes[i].word, NF_TALLY_CAUSE, "%s", word);
    tally->causes[i].n++;
}

static const char *
cause_of(const struct nf_command *command, const struct nf_command_told *told)
{
    if (told != NULL && told->cause[0] != '\0') {
        return nf_text_has_only(nf_text(told->cause), letters) ? told->cause
                                                               : "other";
    }
    return command->state == NF_COMMAND_UNKNOWN   ? "no_answer"
           : command->state == NF_COMMAND_EXPIRED ? "expired"
                                                  : "unsaid";
}

static void
add_time(struct nf_tally *tally, uint64_t took_ms)
{
    size_t i = 0;

    while (i < NF_TALLY_BOUNDS && took_ms > nf_tally_bounds[i]) {
        i++;
    }
    tally->within[i]++;
    tally->timed++;
    tally->took_ms += took_ms;
}

void
nf_tally_add(struct nf_tally *tally, const struct nf_command *command,
             const struct nf_command_told *told)
{
    tally->ended++;
    tally->repeated += command->attempts > 1 ? command->attempts - 1u : 0u;
    if (command->state != NF_COMMAND_DONE) {
        add_cause(tally, cause_of(command, told));
    }
    if (told != NULL && told->driver[0] != '\0' && told->asked > 0) {
        tally->asked += (uint64_t) told->asked;
        add_time(tally, (uint64_t) told->took_ms);
    }
}

/* --- a record ----------------------------------------------------------------
 */

bool
nf_tally_is_sound(const struct nf_tally *tally)
{
    for (size_t i = 0; i < NF_TALLY_CAUSES; i++) {
        if (!nf_text_is_ended(tally->causes[i].word, NF_TALLY_CAUSE)
            || (tally->causes[i].word[0] != '\0'
                && !nf_text_has_only(nf_text(tally->causes[i].word), letters)))
        {
            return false;
        }
    }
    return nf_text_is_ended(tally->operation, NF_TALLY_OPERATION)
           && nf_text_is_ended(tally->driver, NF_TALLY_DRIVER)
           && nf_text_has_only(nf_text(tally->operation), letters)
           && nf_text_has_only(nf_text(tally->driver), letters);
}

static void
put_number(struct nf_out *out, const char *name, uint64_t n)
{
    nf_out_printf(out, ",\"%s\":", name);
    nf_out_number(out, (int64_t) n);
}

void
nf_tally_json(const struct nf_tally *tally, struct nf_out *out)
{
    nf_out_printf(out, "{\"operation\":\"%s\",\"driver\":\"%s\"",
                  tally->operation, tally->driver);
    put_number(out, "ended", tally->ended);
    put_number(out, "repeated", tally->repeated);
    put_number(out, "asked", tally->asked);
    put_number(out, "timed", tally->timed);
    put_number(out, "took_ms", tally->took_ms);
    nf_out_puts(out, ",\"within\":[");
    for (size_t i = 0; i <= NF_TALLY_BOUNDS; i++) {
        nf_out_puts(out, i == 0 ? "" : ",");
        nf_out_number(out, (int64_t) tally->within[i]);
    }
    nf_out_puts(out, "],\"causes\":{");
    for (size_t i = 0; i < NF_TALLY_CAUSES && tally->causes[i].word[0] != '\0';
         i++) {
        nf_out_printf(out, "%s\"%s\":", i == 0 ? "" : ",",
                      tally->causes[i].word);
        nf_out_number(out, (int64_t) tally->causes[i].n);
    }
    nf_out_puts(out, "}}");
}
