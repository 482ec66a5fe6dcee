/* The boot device: where it is set, by which ETag, in which words. */
#include "bmc/redfish_step.h"

enum {
    VARIANTS = 2,
    TAG_FORMS = 5,
};

/* --- what is changed, and its ETag ------------------------------------------
 */

void
nf_redfish_take_tag(struct nf_redfish *r,
                    const struct nf_redfish_answer *answer)
{
    struct nf_text tag = answer->reply->tag;

    if (tag.len == 0) {
        tag = nf_value_member_text(&answer->doc, "@odata.etag");
    }
    if (!nf_redfish_is_header(tag)
        || !nf_text_copy(r->tag, sizeof(r->tag) - 2, tag))
    {
        r->tag[0] = '\0';
    }
    r->form = 0;
}

/* W/"x" and "x" without what is around x. */
static struct nf_text
core_of(const char *tag)
{
    struct nf_text core = nf_text(tag);

    if (nf_text_starts(core, NF_TEXT("W/"))) {
        core = (struct nf_text){core.data + 2, core.len - 2};
    }
    if (core.len >= 2 && core.data[0] == '"' && core.data[core.len - 1] == '"')
    {
        core = (struct nf_text){core.data + 1, core.len - 2};
    }
    return core;
}

/* If-Match as it was told, in quotes, bare, "*", and none: each is what some
 * BMC insists on. */
void
nf_redfish_put_tag(const char *tag, unsigned form,
                   char text[static NF_REDFISH_TAG])
{
    struct nf_text core = core_of(tag);

    text[0] = '\0';
    if (form == 0) {
        snprintf(text, NF_REDFISH_TAG, "%s", tag);
    } else if (form <= 2 && core.len != 0) {
        const char *quote = form == 1 ? "\"" : "";
        snprintf(text, NF_REDFISH_TAG, "%s%.*s%s", quote, (int) core.len,
                 core.data, quote);
    } else if (form == 3) {
        snprintf(text, NF_REDFISH_TAG, "*");
    }
}

static bool
was_tried(const struct nf_redfish *r, unsigned form)
{
    char text[NF_REDFISH_TAG], before[NF_REDFISH_TAG];

    nf_redfish_put_tag(r->tag, form, text);
    for (unsigned i = 0; i < form; i++) {
        nf_redfish_put_tag(r->tag, i, before);
        if (strcmp(text, before) == 0) {
            return true;
        }
    }
    return false;
}

bool
nf_redfish_takes_other_form(struct nf_redfish *r)
{
    while (++r->form < TAG_FORMS) {
        if (!was_tried(r, r->form)) {
            return true;
        }
    }
    return false;
}

bool
nf_redfish_is_about_tag(const struct nf_redfish_answer *answer)
{
    return answer->reply->status == 412 || answer->reply->status == 428;
}

/* --- boot device ------------------------------------------------------------
 */

static bool
tell_boot(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    char words[64];

    if (r->word[0] == '\0') {
        return nf_redfish_done(r);
    }
    snprintf(words, sizeof(words), "it boots from %s", r->word);
    return nf_redfish_fail(answer, NF_BMC_UNSUPPORTED, words);
}

static bool
set_boot(struct nf_redfish *r, struct nf_redfish_answer *answer,
         const char *path)
{
    if (r->word[0] == '\0') {
        return nf_redfish_fail(answer, NF_BMC_UNSUPPORTED,
                               "it boots from no such device");
    }
    r->variant = 0;
    nf_redfish_go(r, NF_REDFISH_SET_BOOT, path);
    return true;
}

/* Of the system, or of its settings where these say more. */
static void
read_boot(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    nf_redfish_take_tag(r, answer);
    r->word[0] = '\0';
    if (r->ask.verb == NF_BMC_SET_BOOT) {
        (void) nf_redfish_boot_word(&answer->doc, r->ask.boot.device, r->word);
    } else {
        (void) nf_redfish_boot(&answer->doc, answer->told, r->word);
    }
}

static bool
go_on_with_boot(struct nf_redfish *r, struct nf_redfish_answer *answer,
                const char *path)
{
    return r->ask.verb == NF_BMC_SET_BOOT ? set_boot(r, answer, path)
                                          : tell_boot(r, answer);
}

bool
nf_redfish_begin_boot(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    (void) nf_redfish_link(r->settings,
                           nf_value_member(&answer->doc, "@Redfish.Settings"),
                           "SettingsObject");
    read_boot(r, answer);
    if (r->future[0] != '\0' || r->settings[0] != '\0') {
        nf_redfish_go(r, NF_REDFISH_SETTINGS,
                      r->future[0] != '\0' ? r->future : r->settings);
        return true;
    }
    return go_on_with_boot(r, answer, r->system);
}

bool
nf_redfish_read_settings(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    bool has_boot = nf_redfish_has_boot(&answer->doc);
    bool is_wanted = has_boot || r->future[0] != '\0';

    if (has_boot) {
        read_boot(r, answer);
    } else if (is_wanted) {
        nf_redfish_take_tag(r, answer);
    }
    return go_on_with_boot(r, answer, is_wanted ? r->path : r->system);
}

bool
nf_redfish_settings_fail(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    if (nf_redfish_is_shut_out(answer)) {
        return nf_redfish_fail_plainly(r, answer);
    }
    if (r->future[0] != '\0') {
        r->tag[0] = '\0';
    }
    return go_on_with_boot(r, answer,
                           r->future[0] != '\0' ? r->future : r->system);
}

void
nf_redfish_make_boot(const struct nf_redfish *r, struct nf_out *body)
{
    const struct nf_boot *boot = &r->ask.boot;
    bool is_none = boot->device == NF_BOOT_NONE;

    nf_out_printf(body, "{\"Boot\":{\"BootSourceOverrideEnabled\":\"%s\"",
                  is_none               ? "Disabled"
                  : boot->is_persistent ? "Continuous"
                                        : "Once");
    if (!is_none || r->variant == 0) {
        nf_out_puts(body, ",\"BootSourceOverrideTarget\":");
        nf_out_json(body, nf_text(r->word));
    }
    if (!is_none && r->variant == 0) {
        nf_out_printf(body, ",\"BootSourceOverrideMode\":\"%s\"",
                      boot->is_efi ? "UEFI" : "Legacy");
    }
    nf_out_puts(body, "}}");
}

/* AMI: "use the URI of the future state". */
static bool
go_to_future(struct nf_redfish *r)
{
    struct nf_text system = nf_text(r->system);

    if (system.len > 0 && system.data[system.len - 1] == '/') {
        system.len--;
    }
    if (r->settings[0] != '\0') {
        snprintf(r->future, sizeof(r->future), "%s", r->settings);
    } else if (system.len + 4 > sizeof(r->future)) {
        return false;
    } else {
        snprintf(r->future, sizeof(r->future), "%.*s/SD", (int) system.len,
                 system.data);
    }
    nf_redfish_go(r, NF_REDFISH_SETTINGS, r->future);
    return true;
}

bool
nf_redfish_set_boot_fails(struct nf_redfish *r,
                          struct nf_redfish_answer *answer)
{
    unsigned status = answer->reply->status;

    if (nf_redfish_is_about_tag(answer) && nf_redfish_takes_other_form(r)) {
        return true;
    }
    if (r->future[0] == '\0'
        && nf_redfish_says(&answer->doc, ".OperationSupportedInFutureStateURI")
        && go_to_future(r))
    {
        return true;
    }
    if (nf_redfish_is_shut_out(answer) || nf_redfish_is_about_tag(answer)
        || status < 400 || status >= 500)
    {
        return nf_redfish_fail_plainly(r, answer);
    }
    if (++r->variant < VARIANTS) {
        return true;
    }
    (void) nf_redfish_fail_plainly(r, answer);
    r->refusal = *answer->told;
    *answer->told = (struct nf_bmc_told){0};
    nf_redfish_go(r, NF_REDFISH_CHECK_BOOT, r->path);
    return true;
}

bool
nf_redfish_still_refused(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    *answer->told = r->refusal;
    return false;
}

/* iDRAC 8 says 400 of what it took. */
bool
nf_redfish_check_boot(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    const struct nf_boot *wanted = &r->ask.boot;
    struct nf_bmc_told now = {0};
    char word[NF_REDFISH_WORD];

    if (nf_redfish_boot(&answer->doc, &now, word)
        && now.boot.device == wanted->device
        && (!now.tells_mode || wanted->device == NF_BOOT_NONE
            || (now.boot.is_persistent == wanted->is_persistent
                && now.boot.is_efi == wanted->is_efi)))
    {
        return nf_redfish_done(r);
    }
    return nf_redfish_still_refused(r, answer);
}
