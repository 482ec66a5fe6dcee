#include "bmc/redfish_document.h"

#include "base/ip.h"

/* --- links ------------------------------------------------------------------
 */

static bool
is_of_paths(char c)
{
    return c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}?#", c) == NULL;
}

static bool
has_dots(struct nf_text path)
{
    while (path.len != 0) {
        struct nf_text part = nf_text_cut(&path, '/');
        if (nf_text_equal(part, NF_TEXT(".."))
            || nf_text_equal(part, NF_TEXT("."))) {
            return true;
        }
    }
    return false;
}

/* "https://its-name/redfish/v1/...": the name is not asked, the path is. */
static struct nf_text
without_host(struct nf_text text)
{
    for (size_t i = 0; i + 3 < text.len && i < 6; i++) {
        if (memcmp(text.data + i, "://", 3) == 0) {
            struct nf_text rest = {text.data + i + 3, text.len - i - 3};
            (void) nf_text_cut(&rest, '/');
            return rest.data == NULL
                       ? rest
                       : (struct nf_text){rest.data - 1, rest.len + 1};
        }
    }
    return text;
}

bool
nf_redfish_path(char path[static NF_REDFISH_PATH], struct nf_text text)
{
    struct nf_text rest = text.len == 0 ? text : without_host(text);

    path[0] = '\0';
    if (!nf_text_starts(rest, NF_TEXT("/redfish/")) || has_dots(rest)) {
        return false;
    }
    for (size_t i = 0; i < rest.len; i++) {
        if (!is_of_paths(rest.data[i])) {
            return false;
        }
    }
    return nf_text_copy(path, NF_REDFISH_PATH, rest);
}

bool
nf_redfish_link(char path[static NF_REDFISH_PATH], const struct nf_value *doc,
                const char *name)
{
    return nf_redfish_path(
        path, nf_value_member_text(nf_value_member(doc, name), "@odata.id"));
}

bool
nf_redfish_member(char path[static NF_REDFISH_PATH],
                  const struct nf_value *list, size_t n)
{
    path[0] = '\0';
    return list != NULL && list->kind == NF_VALUE_LIST && n < list->list.n
           && nf_redfish_path(
               path, nf_value_member_text(&list->list.items[n], "@odata.id"));
}

static bool
lists(const struct nf_value *list, const char *word)
{
    if (list == NULL || list->kind != NF_VALUE_LIST) {
        return false;
    }
    for (size_t i = 0; i < list->list.n; i++) {
        const struct nf_value *item = &list->list.items[i];
        if (item->kind == NF_VALUE_TEXT
            && nf_text_equal(item->text, nf_text(word))) {
            return true;
        }
    }
    return false;
}

/* --- the system ------------------------------------------------------------
 */

/* Beside the host there are GPU baseboards (DGX H100, GH200, GB200) that are
 * "Physical" and "On" too, but cannot be reset and have no firmware. */
unsigned
nf_redfish_host_score(const struct nf_value *system)
{
    struct nf_text type = nf_value_member_text(system, "SystemType");
    unsigned score = 0;

    if (system == NULL || system->kind != NF_VALUE_MAP) {
        return 0;
    }
    score += nf_redfish_reset(system) != NULL ? 16 : 0;
    score += nf_value_member(system, "Bios") != NULL ? 4 : 0;
    score += nf_value_member_text(system, "BiosVersion").len != 0 ? 2 : 0;
    score += nf_value_member_text(system, "PowerState").len != 0 ? 2 : 0;
    score += nf_text_equal(type, NF_TEXT("Physical")) ? 2 : 0;
    return score + 1;
}

enum nf_power
nf_redfish_power(const struct nf_value *system)
{
    struct nf_text state = nf_value_member_text(system, "PowerState");

    return nf_text_equal(state, NF_TEXT("On"))    ? NF_POWER_ON
           : nf_text_equal(state, NF_TEXT("Off")) ? NF_POWER_OFF
                                                  : NF_POWER_UNKNOWN;
}

void
nf_redfish_name(char text[static NF_BMC_NAME], const struct nf_value *doc,
                const char *name)
{
    struct nf_text value = nf_value_member_text(doc, name);

    while (value.len > 0 && value.data[0] == ' ') {
        value = (struct nf_text){value.data + 1, value.len - 1};
    }
    while (value.len > 0 && value.data[value.len - 1] == ' ') {
        value.len--;
    }
    if (value.len > 0) {
        nf_text_copy_words(text, NF_BMC_NAME, value);
    }
}

/* --- power -----------------------------------------------------------------
 */

enum {
    WORDS_MAX = 2
};

static const char *const reset_words[NF_POWER_ACT_COUNT][WORDS_MAX] = {
    [NF_POWER_ACT_ON] = {"On", "ForceOn"},
    [NF_POWER_ACT_OFF] = {"ForceOff"},
    [NF_POWER_ACT_SOFT] = {"GracefulShutdown"},
    [NF_POWER_ACT_RESET] = {"ForceRestart"},
    [NF_POWER_ACT_NMI] = {"Nmi"},
};

static const char *const reset_types[] = {
    "On",           "ForceOn",    "ForceOff", "GracefulShutdown",
    "ForceRestart", "PowerCycle", "Nmi",      "GracefulRestart",
    "Suspend",      "Pause",      "Resume",   "PushPowerButton",
};

const struct nf_value *
nf_redfish_reset(const struct nf_value *system)
{
    const struct nf_value *action = nf_value_member(
        nf_value_member(system, "Actions"), "#ComputerSystem.Reset");

    return action != NULL && action->kind == NF_VALUE_MAP ? action : NULL;
}

const struct nf_value *
nf_redfish_reset_types(const struct nf_value *action)
{
    const struct nf_value *list =
        nf_value_member(action, "ResetType@Redfish.AllowableValues");

    return list != NULL && list->kind == NF_VALUE_LIST ? list : NULL;
}

const struct nf_value *
nf_redfish_info_types(const struct nf_value *info)
{
    const struct nf_value *list = nf_value_member(info, "Parameters");

    if (list == NULL || list->kind != NF_VALUE_LIST) {
        return NULL;
    }
    for (size_t i = 0; i < list->list.n; i++) {
        const struct nf_value *item = &list->list.items[i];
        const struct nf_value *types = nf_value_member(item, "AllowableValues");
        if (nf_text_equal(nf_value_member_text(item, "Name"),
                          NF_TEXT("ResetType"))
            && types != NULL && types->kind == NF_VALUE_LIST)
        {
            return types;
        }
    }
    return NULL;
}

static bool
is_reset_type(struct nf_text text)
{
    for (size_t i = 0; i < sizeof(reset_types) / sizeof(reset_types[0]); i++) {
        if (nf_text_equal(text, nf_text(reset_types[i]))) {
            return true;
        }
    }
    return false;
}

/* Supermicro X12 lists "GracefulShutdownGracefulRestart": two that lost the
 * comma between them. */
static bool
is_half_of(struct nf_text word, struct nf_text listed)
{
    if (listed.len <= word.len || is_reset_type(listed)) {
        return false;
    }
    size_t rest = listed.len - word.len;
    return (nf_text_starts(listed, word)
            && is_reset_type((struct nf_text){listed.data + word.len, rest}))
           || (nf_text_ends(listed, word)
               && is_reset_type((struct nf_text){listed.data, rest}));
}

static bool
lists_half(const struct nf_value *list, const char *word)
{
    for (size_t i = 0; i < list->list.n; i++) {
        if (list->list.items[i].kind == NF_VALUE_TEXT
            && is_half_of(nf_text(word), list->list.items[i].text))
        {
            return true;
        }
    }
    return false;
}

const char *
nf_redfish_reset_word(enum nf_power_act act, const struct nf_value *types)
{
    if (types == NULL || types->list.n == 0) {
        return reset_words[act][0];
    }
    for (size_t i = 0; i < WORDS_MAX && reset_words[act][i] != NULL; i++) {
        const char *word = reset_words[act][i];
        if (lists(types, word) || lists_half(types, word)) {
            return word;
        }
    }
    return NULL;
}

/* --- boot ------------------------------------------------------------------
 */

static const struct {
    enum nf_boot_device device;
    const char *word; /* the first of a device is the standard's */
} boot_words[] = {
    {NF_BOOT_NONE, "None"},      {NF_BOOT_PXE, "Pxe"},
    {NF_BOOT_DISK, "Hdd"},       {NF_BOOT_CDROM, "Cd"},
    {NF_BOOT_CDROM, "CD/DVD"}, /* Supermicro X10 */
    {NF_BOOT_BIOS, "BiosSetup"},
};

enum {
    BOOT_WORDS = sizeof(boot_words) / sizeof(boot_words[0])
};

bool
nf_redfish_has_boot(const struct nf_value *doc)
{
    return nf_value_member(nf_value_member(doc, "Boot"),
                           "BootSourceOverrideTarget")
           != NULL;
}

static bool
read_target(struct nf_text target, struct nf_bmc_told *told)
{
    for (size_t i = 0; i < BOOT_WORDS; i++) {
        if (nf_text_equal(target, nf_text(boot_words[i].word))) {
            told->boot.device = boot_words[i].device;
            return true;
        }
    }
    return false;
}

bool
nf_redfish_boot(const struct nf_value *doc, struct nf_bmc_told *told,
                char word[static NF_REDFISH_WORD])
{
    const struct nf_value *boot = nf_value_member(doc, "Boot");
    struct nf_text enabled =
        nf_value_member_text(boot, "BootSourceOverrideEnabled");
    struct nf_text target =
        nf_value_member_text(boot, "BootSourceOverrideTarget");
    struct nf_text mode = nf_value_member_text(boot, "BootSourceOverrideMode");
    bool is_efi = nf_text_equal(mode, NF_TEXT("UEFI"));

    told->boot = (struct nf_boot){0};
    told->tells_mode = false;
    if (enabled.len == 0 || nf_text_equal(enabled, NF_TEXT("Disabled"))
        || target.len == 0)
    {
        return true;
    }
    if (!read_target(target, told)) {
        nf_text_copy_words(word, NF_REDFISH_WORD, target);
        return false;
    }
    told->tells_mode = is_efi || nf_text_equal(mode, NF_TEXT("Legacy"));
    told->boot.is_efi = is_efi;
    told->boot.is_persistent = nf_text_equal(enabled, NF_TEXT("Continuous"));
    return true;
}

bool
nf_redfish_boot_word(const struct nf_value *doc, enum nf_boot_device device,
                     char word[static NF_REDFISH_WORD])
{
    const struct nf_value *listed =
        nf_value_member(nf_value_member(doc, "Boot"),
                        "BootSourceOverrideTarget@Redfish.AllowableValues");
    bool is_free = listed == NULL || listed->kind != NF_VALUE_LIST
                   || listed->list.n == 0 || device == NF_BOOT_NONE;

    for (size_t i = 0; i < BOOT_WORDS; i++) {
        if (boot_words[i].device == device
            && (is_free || lists(listed, boot_words[i].word)))
        {
            return nf_text_copy(word, NF_REDFISH_WORD,
                                nf_text(boot_words[i].word));
        }
    }
    return false;
}

/* --- the BMC's network ------------------------------------------------------
 */

/* What every host has to its BMC, and what none can come by. */
static bool
is_reachable(struct nf_text text, struct nf_ip *ip)
{
    return nf_ip_parse(text, ip) && !nf_ip_is_link_local(*ip)
           && (ip->is_v6
               || (ip->b[0] != 0 && ip->b[0] != 127
                   && !(ip->b[0] == 169 && ip->b[1] == 254)));
}

static bool
take_address(const struct nf_value *doc, const char *name,
             struct nf_bmc_told *told)
{
    const struct nf_value *list = nf_value_member(doc, name);
    struct nf_ip ip;

    if (list == NULL || list->kind != NF_VALUE_LIST) {
        return false;
    }
    for (size_t i = 0; i < list->list.n; i++) {
        if (is_reachable(nf_value_member_text(&list->list.items[i], "Address"),
                         &ip)) {
            nf_ip_print(ip, told->ip);
            return true;
        }
    }
    return false;
}

bool
nf_redfish_interface(const struct nf_value *doc, struct nf_bmc_told *told)
{
    struct nf_text mac = nf_value_member_text(doc, "MACAddress");

    if (mac.len == 0) {
        mac = nf_value_member_text(doc, "PermanentMACAddress");
    }
    if (!take_address(doc, "IPv4Addresses", told)
        && !take_address(doc, "IPv6Addresses", told))
    {
        return false;
    }
    if (nf_text_has_only(mac, "0123456789abcdefABCDEF:")
        && nf_text_copy(told->mac, sizeof(told->mac), mac))
    {
        for (char *c = told->mac; *c != '\0'; c++) {
            *c = (char) (*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);
        }
    }
    return true;
}

/* --- what went wrong --------------------------------------------------------
 */

/* "error" should hold it; some have it at the top. */
static const struct nf_value *
extended(const struct nf_value *error)
{
    const struct nf_value *inner = nf_value_member(error, "error");
    const struct nf_value *list =
        nf_value_member(inner != NULL ? inner : error, "@Message.ExtendedInfo");

    return list != NULL && list->kind == NF_VALUE_LIST ? list : NULL;
}

struct nf_text
nf_redfish_words(const struct nf_value *error)
{
    const struct nf_value *list = extended(error);
    struct nf_text words = {0};

    for (size_t i = 0; list != NULL && i < list->list.n && words.len == 0; i++)
    {
        words = nf_value_member_text(&list->list.items[i], "Message");
    }
    return words.len != 0 ? words
                          : nf_value_member_text(
                              nf_value_member(error, "error"), "message");
}

bool
nf_redfish_says(const struct nf_value *error, const char *id)
{
    const struct nf_value *list = extended(error);

    for (size_t i = 0; list != NULL && i < list->list.n; i++) {
        if (nf_text_ends(
                nf_value_member_text(&list->list.items[i], "MessageId"),
                nf_text(id)))
        {
            return true;
        }
    }
    return nf_text_ends(
        nf_value_member_text(nf_value_member(error, "error"), "code"),
        nf_text(id));
}
