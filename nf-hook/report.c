#include "report.h"

#include "base/time.h"

enum {
    SECONDS_MAX_DIGITS = 12,
    SIZE_MAX_DIGITS = 15,
    PATH_LOOK = 1024,
};

static const uint64_t seconds_max = 253402300799; /* the year 9999's end */

static const struct word {
    const char *word;
    enum nf_hook_verb verb;
    enum nf_lease_action action;
} words[] = {
    {"add", NF_HOOK_REPORT, NF_LEASE_ADD},
    {"old", NF_HOOK_REPORT, NF_LEASE_OLD},
    {"del", NF_HOOK_REPORT, NF_LEASE_DEL},
    {"init", NF_HOOK_INIT, 0},
    {"--help", NF_HOOK_HELP, 0},
    {"--version", NF_HOOK_VERSION, 0},
    {"tftp", NF_HOOK_SENT, 0},
    {"arp-add", NF_HOOK_NOTHING, 0},
    {"arp-old", NF_HOOK_NOTHING, 0},
    {"arp-del", NF_HOOK_NOTHING, 0},
    {"relay-snoop", NF_HOOK_NOTHING, 0},
};

/* A string of which a client chose the length: look at no more than max. */
static struct nf_text
text_upto(const char *string, size_t max)
{
    return (struct nf_text){string, strnlen(string, max)};
}

static const char *
env_get(const struct nf_hook_call *call, const char *name)
{
    size_t len = strlen(name);

    for (const char *const *each = call->environment; *each != NULL; each++) {
        if (strncmp(*each, name, len) == 0 && (*each)[len] == '=') {
            return *each + len + 1;
        }
    }
    return NULL;
}

static bool
env_seconds(const struct nf_hook_call *call, const char *name, uint64_t *out)
{
    const char *value = env_get(call, name);

    return value != NULL
           && nf_text_number(text_upto(value, SECONDS_MAX_DIGITS + 1),
                             seconds_max, out);
}

/*
 * Normally the expiry is given, and what remained of it when dnsmasq queued
 * the report; so the difference is when that was.  A dnsmasq built for
 * machines without a clock gives only the latter.  Neither means for ever,
 * and a `del` never tells what remained.
 */
static void
read_times(const struct nf_hook_call *call, struct nf_lease_report *report)
{
    struct nf_lease *lease = &report->lease;
    uint64_t expires = 0, remaining = 0;
    bool has_expires = env_seconds(call, "DNSMASQ_LEASE_EXPIRES", &expires);
    bool has_remaining =
        env_seconds(call, "DNSMASQ_TIME_REMAINING", &remaining);

    if (!has_expires && has_remaining) {
        expires = (uint64_t) (call->now / 1000) + remaining;
    }
    lease->expires = NF_SECONDS(expires);
    if (report->action == NF_LEASE_DEL) {
        return;
    }
    lease->changed_at = has_remaining && remaining < expires
                            ? NF_SECONDS(expires - remaining)
                            : call->now;
}

/* Else the client id alone says whose the lease is (RFC 4390). */
static bool
has_address(const struct nf_lease *lease)
{
    return nf_lease_card(lease).len > 0;
}

/*
 * "01:52:54:..."; one that is too long to keep is as good as none.  dnsmasq
 * ends one of more than 100 bytes behind a colon; its beginning is kept where
 * the card has no address, and nothing else tells whose lease it is.
 */
static void
read_client_id(const struct nf_hook_call *call, struct nf_lease *lease)
{
    static const char digits[] = "0123456789abcdef";
    const char *value = env_get(call, "DNSMASQ_CLIENT_ID");
    struct nf_text text =
        text_upto(value != NULL ? value : "", 3 * NF_LEASE_CLIENT_ID);
    bool is_cut = text.len == 3 * NF_LEASE_CLIENT_ID;
    uint8_t id[NF_LEASE_CLIENT_ID];
    size_t len = 0;

    text.len -= is_cut && !has_address(lease);
    if (text.len % 3 != 2) {
        return;
    }
    for (size_t i = 0; i < text.len; i += 3) {
        const char *high = memchr(digits, text.data[i], 16);
        const char *low = memchr(digits, text.data[i + 1], 16);
        bool is_last = i + 2 == text.len;
        if (high == NULL || low == NULL
            || (!is_last && text.data[i + 2] != ':')) {
            return;
        }
        id[len++] = (uint8_t) ((high - digits) << 4 | (low - digits));
    }
    memcpy(lease->client_id, id, len);
    lease->client_id_len = (uint8_t) len;
}

/* Raw bytes of the client: what is kept is printable. */
static void
read_vendor_class(const struct nf_hook_call *call, struct nf_lease *lease)
{
    const char *value = env_get(call, "DNSMASQ_VENDOR_CLASS");
    struct nf_text text =
        text_upto(value != NULL ? value : "", sizeof(lease->vendor_class) - 1);

    memcpy(lease->vendor_class, text.data, text.len);
    lease->vendor_class[text.len] = '\0';
    nf_text_scrub(lease->vendor_class);
}

/*
 * The name that dnsmasq itself accepted, and no other: what `init` prints is
 * what dnsmasq will believe.  DNSMASQ_SUPPLIED_HOSTNAME may be anything, and
 * may be another client's name.
 */
static void
read_hostname(const struct nf_hook_call *call, struct nf_lease *lease)
{
    struct nf_text name = {"", 0};

    if (call->argc > 4) {
        name = text_upto(call->argv[4], sizeof(lease->hostname));
    }
    if (nf_text_is_hostname(name)) {
        (void) nf_text_copy(lease->hostname, sizeof(lease->hostname), name);
    }
}

/* Tags are divided by blanks; ours come from conf's dhcp-match lines. */
static bool
has_tag(const struct nf_hook_call *call, const char *tag)
{
    const char *value = env_get(call, "DNSMASQ_TAGS");
    struct nf_text rest = text_upto(value != NULL ? value : "", 1024);

    while (rest.len > 0) {
        if (nf_text_equal(nf_text_cut(&rest, ' '), nf_text(tag))) {
            return true;
        }
    }
    return false;
}

/* PXE (RFC 4578), UEFI HTTP boot, and iPXE whatever it calls itself. */
static bool
is_firmware(const struct nf_hook_call *call, const struct nf_lease *lease)
{
    const char *user_class = env_get(call, "DNSMASQ_USER_CLASS0");
    struct nf_text vendor_class = nf_text(lease->vendor_class);

    return nf_text_starts(vendor_class, NF_TEXT("PXEClient"))
           || nf_text_starts(vendor_class, NF_TEXT("HTTPClient"))
           || (user_class != NULL && strcmp(user_class, "iPXE") == 0)
           || has_tag(call, "ipxe");
}

static enum nf_hook_verb
refuse(struct nf_fault *fault, const char *field, const char *why)
{
    (void) nf_refuse(fault, field, "%s", why);
    return NF_HOOK_REFUSED;
}

/* Of what kind it is says the spelling: base/card.h. */
static bool
read_card(const char *word, struct nf_lease *lease)
{
    struct nf_card card;

    if (!nf_card_parse(text_upto(word, NF_CARD_TEXT), &card)) {
        return false;
    }
    if (card.type == NF_CARD_ETHERNET && card.len == sizeof(lease->mac.b)) {
        return nf_card_mac(&card, &lease->mac);
    }
    lease->card = card;
    return true;
}

static enum nf_hook_verb
read_lease(const struct nf_hook_call *call, enum nf_lease_action action,
           struct nf_lease_report *out, struct nf_fault *fault)
{
    struct nf_lease_report report = {.action = action};
    const char *ip = call->argv[3];
    const char *missing = env_get(call, "DNSMASQ_DATA_MISSING");

    if (env_get(call, "DNSMASQ_IAID") != NULL
        || memchr(ip, ':', strnlen(ip, 64)) != NULL)
    {
        return NF_HOOK_NOTHING; /* no IPv6 */
    }
    if (!read_card(call->argv[2], &report.lease)) {
        return refuse(fault, "mac", "is not the address of a network card");
    }
    if (!nf_ip4_parse(text_upto(ip, NF_IP4_TEXT), &report.lease.ip)
        || !nf_ip4_is_set(report.lease.ip))
    {
        return refuse(fault, "ip", "is not an IPv4 address");
    }
    read_client_id(call, &report.lease);
    if (!has_address(&report.lease) && report.lease.client_id_len == 0) {
        return refuse(fault, "client_id", "is required without a MAC");
    }
    read_times(call, &report);
    read_vendor_class(call, &report.lease);
    read_hostname(call, &report.lease);
    report.is_partial = missing != NULL && strcmp(missing, "1") == 0;
    report.has_boot_request = is_firmware(call, &report.lease);
    report.lease.is_pxe = report.has_boot_request;
    *out = report;
    return NF_HOOK_REPORT;
}

bool
nf_hook_parse_sent(const struct nf_hook_call *call, struct nf_hook_sent *sent)
{
    if (call->argc < 5) {
        return false;
    }
    sent->path = text_upto(call->argv[4], PATH_LOOK);
    return nf_text_number(text_upto(call->argv[2], SIZE_MAX_DIGITS + 1),
                          UINT64_C(1) << 40, &sent->size)
           && nf_ip4_parse(text_upto(call->argv[3], NF_IP4_TEXT), &sent->client)
           && nf_ip4_is_set(sent->client) && sent->path.len > 0;
}

enum nf_hook_verb
nf_hook_parse(const struct nf_hook_call *call, struct nf_lease_report *report,
              struct nf_fault *fault)
{
    if (call->argc < 2) {
        return NF_HOOK_USAGE;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(call->argv[1], words[i].word) != 0) {
            continue;
        }
        if (words[i].verb != NF_HOOK_REPORT) {
            return words[i].verb;
        }
        return call->argc < 4
                   ? NF_HOOK_USAGE
                   : read_lease(call, words[i].action, report, fault);
    }
    return NF_HOOK_USAGE;
}
