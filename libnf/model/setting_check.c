#include "model/setting_check.h"

#include "model/device.h"
#include "model/login.h"
#include "model/place_name.h"
#include "model/profile.h"
#include "model/range.h"

/* clang-format off */
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
/* clang-format on */

static bool
is_port(struct nf_text text, uint16_t *port)
{
    uint64_t number;

    if (!nf_text_number(text, UINT16_MAX, &number) || number == 0) {
        return false;
    }
    *port = (uint16_t) number;
    return true;
}

bool
nf_setting_split(struct nf_text value, struct nf_text *host, uint16_t *port)
{
    struct nf_text rest = value;
    struct nf_text head = nf_text_cut(&rest, ':');

    if (!is_port(rest, port)) {
        return false;
    }
    *host = head;
    return true;
}

static bool
is_addr(struct nf_text text)
{
    struct nf_text host;
    uint16_t port;
    nf_ip4_t ip;

    return nf_setting_split(text, &host, &port)
           && (host.len == 0 || nf_ip4_parse(host, &ip));
}

static bool
is_server(struct nf_text text)
{
    struct nf_text port = text;
    nf_ip4_t ip;

    return nf_ip4_parse(nf_text_cut(&port, ':'), &ip) && nf_ip4_is_set(ip)
           && (port.data == NULL || is_addr(text));
}

static bool
is_hostport(struct nf_text text)
{
    struct nf_text host;
    uint16_t port;

    return nf_setting_split(text, &host, &port) && nf_text_is_hostname(host);
}

static bool
is_ip(struct nf_text text)
{
    nf_ip4_t ip;

    return nf_ip4_parse(text, &ip) && nf_ip4_is_set(ip);
}

static bool
is_macs(struct nf_text text)
{
    nf_mac_t mac;

    while (text.data != NULL) {
        if (!nf_mac_parse(nf_text_cut(&text, ','), &mac)) {
            return false;
        }
    }
    return true;
}

static bool
is_ip6(struct nf_text text)
{
    return nf_text_starts(text, NF_TEXT("["))
           && nf_text_ends(text, NF_TEXT("]"))
           && nf_text_has_only((struct nf_text){text.data + 1, text.len - 2},
                               "0123456789abcdefABCDEF:.");
}

static bool
is_hosts(struct nf_text text)
{
    while (text.data != NULL) {
        struct nf_text host = nf_text_cut(&text, ',');
        if (!nf_text_is_hostname(host) && !is_ip6(host)) {
            return false;
        }
    }
    return true;
}

static bool
is_ips(struct nf_text text)
{
    struct nf_text rest = text;

    if (text.len == 0 || text.data[text.len - 1] == ',') {
        return false;
    }
    while (rest.len > 0) {
        if (!is_ip(nf_text_cut(&rest, ','))) {
            return false;
        }
    }
    return true;
}

static bool
is_mask(struct nf_text text)
{
    nf_ip4_t ip;

    return nf_ip4_parse(text, &ip) && nf_ip4_is_netmask(ip)
           && nf_ip4_bits(ip) < 32;
}

static bool
is_path(struct nf_text text)
{
    return nf_text_has_only(text, ALNUM "/._-+@~=:")
           && nf_text_has_only((struct nf_text){text.data, 1}, ALNUM "/._");
}

/* host[:port][/path] behind an optional http://, or unix:/path. */
static bool
is_mirror(struct nf_text text)
{
    struct nf_text unix_prefix = NF_TEXT("unix:"), http = NF_TEXT("http://");

    if (nf_text_starts(text, unix_prefix)) {
        text.data += unix_prefix.len;
        text.len -= unix_prefix.len;
        return nf_text_has_only(text, ALNUM "/._-+@~=") && text.data[0] == '/';
    }
    if (nf_text_starts(text, http)) {
        text.data += http.len;
        text.len -= http.len;
    }
    struct nf_text path = text;
    struct nf_text host = nf_text_cut(&path, '/');
    return (nf_text_is_hostname(host) || is_hostport(host))
           && (path.len == 0 || nf_text_has_only(path, ALNUM "/._-+~%"));
}

/* Also short enough for an interface or an account. */
static bool
is_word(struct nf_text text)
{
    return text.len <= 32 && nf_text_has_only(text, ALNUM "_.-")
           && nf_text_has_only((struct nf_text){text.data, 1}, ALNUM "_");
}

static bool
is_between(struct nf_text text, uint64_t low, uint64_t high)
{
    uint64_t number;

    return nf_text_number(text, high, &number) && number >= low;
}

static bool
is_seconds(struct nf_text text)
{
    return is_between(text, 1, 31536000);
}

static bool
is_lease(struct nf_text text)
{
    return is_between(text, 120, 31536000);
}

static bool
is_pause(struct nf_text text)
{
    return is_between(text, 0, 86400);
}

static bool
is_hold(struct nf_text text)
{
    return is_between(text, 1, 600);
}

static bool
is_beat(struct nf_text text)
{
    return is_between(text, 10, 86400);
}

static bool
is_vlan(struct nf_text text)
{
    return is_between(text, 1, 4094);
}

static bool
is_count(struct nf_text text)
{
    return is_between(text, 1, 1000000000);
}

static bool
is_workers(struct nf_text text)
{
    return is_between(text, 1, 256);
}

static bool
is_profile(struct nf_text text)
{
    return nf_profile_is_name(text); /* whether there is one: at its use */
}

static bool
is_disk(struct nf_text text)
{
    return nf_text_equal(text, NF_TEXT("auto")) || nf_device_is_disk(text);
}

/* Not the marks that iPXE, GRUB or a shell would act on. */
static bool
is_args(struct nf_text text)
{
    return nf_text_has_only(text, ALNUM " ._,:=/@+%~-");
}

/* One word of a list divided by blanks. */
static bool
is_listed(struct nf_text text, const char *words)
{
    struct nf_text rest = nf_text(words);

    while (rest.len > 0) {
        if (nf_text_equal(nf_text_cut(&rest, ' '), text)) {
            return true;
        }
    }
    return false;
}

static const struct kind {
    bool (*fits)(struct nf_text text);
    const char *words;                          /* instead of fits */
    const char *(*misfit)(struct nf_text text); /* or this, which says more */
    bool may_be_empty;
    const char *must;
} kinds[] = {
    /* clang-format off */
    [NF_SETTING_ADDR]      = { is_addr, .must = "ADDRESS:PORT or :PORT" },
    [NF_SETTING_ADDR0]     = { is_addr, .must = "ADDRESS:PORT, :PORT, or empty", .may_be_empty = true },
    [NF_SETTING_SERVER0]   = { is_server, .must = "ADDRESS[:PORT], or empty", .may_be_empty = true },
    [NF_SETTING_HOSTPORT]  = { is_hostport, .must = "HOST:PORT" },
    [NF_SETTING_HOSTPORT0] = { is_hostport, .must = "HOST:PORT, or empty", .may_be_empty = true },
    [NF_SETTING_IP0]       = { is_ip, .must = "an IPv4 address, or empty", .may_be_empty = true },
    [NF_SETTING_IPS0]      = { is_ips, .must = "comma-separated IPv4 addresses, or empty", .may_be_empty = true },
    [NF_SETTING_MACS0]     = { is_macs, .must = "comma-separated MAC addresses, or empty", .may_be_empty = true },
    [NF_SETTING_HOSTS0]    = { is_hosts, .must = "comma-separated host names or addresses, without ports, or empty", .may_be_empty = true },
    [NF_SETTING_MASK]      = { is_mask, .must = "a netmask such as 255.255.255.0" },
    [NF_SETTING_VLAN0]     = { is_vlan, .must = "a number from 1 to 4094, or empty", .may_be_empty = true },
    [NF_SETTING_RANGES0]   = { nf_ranges_is_list, .must = "ranges FIRST-LAST/BITS[,NAME=VALUE] separated by spaces, or empty", .may_be_empty = true },
    [NF_SETTING_PATH]      = { is_path, .must = "a path of letters, digits and / . _ - + @ ~ = :" },
    [NF_SETTING_PATH0]     = { is_path, .must = "a path of letters, digits and / . _ - + @ ~ = :, or empty", .may_be_empty = true },
    [NF_SETTING_MIRROR]    = { is_mirror, .must = "HOST[:PORT][/PATH], http://... or unix:/PATH; not https, for what nodes fetch is cached and its packages are signed" },
    [NF_SETTING_WORD]      = { is_word, .must = "a name of letters, digits, _ . -" },
    [NF_SETTING_WORD0]     = { is_word, .must = "a name of letters, digits, _ . -, or empty", .may_be_empty = true },
    [NF_SETTING_SECONDS]   = { is_seconds, .must = "seconds from 1 to 31536000" },
    [NF_SETTING_LEASE]     = { is_lease, .must = "seconds from 120 to 31536000" },
    [NF_SETTING_HOLD]      = { is_hold, .must = "seconds from 1 to 600" },
    [NF_SETTING_PAUSE]     = { is_pause, .must = "seconds from 0 to 86400" },
    [NF_SETTING_BEAT]      = { is_beat, .must = "seconds from 10 to 86400" },
    [NF_SETTING_COUNT]     = { is_count, .must = "a number from 1 to 1000000000" },
    [NF_SETTING_WORKERS]   = { is_workers, .must = "a number from 1 to 256" },
    [NF_SETTING_ONOFF]     = { .words = "on off 1 0 true false", .must = "on, off, 1, 0, true or false" },
    [NF_SETTING_ENROLL]    = { .words = "on off 1 0 true false administrator", .must = "on, off, 1, 0, true, false or administrator" },
    [NF_SETTING_LEVEL]     = { .words = "err warning notice info debug", .must = "err, warning, notice, info or debug" },
    [NF_SETTING_DHCP]      = { .words = "server proxy off", .must = "server, proxy or off" },
    [NF_SETTING_RULE]      = { .words = "pxe all none", .must = "pxe, all or none" },
    [NF_SETTING_DISCOVERY] = { .words = "loop agent", .must = "loop or agent" },
    [NF_SETTING_LOADER]    = { .words = "ipxe grub", .must = "ipxe or grub" },
    [NF_SETTING_LOCAL]     = { .words = "0 -1 ipxe", .must = "0, -1 or ipxe" },
    [NF_SETTING_WAIT]      = { .words = "poll sleep", .must = "poll or sleep" },
    [NF_SETTING_PROFILE]   = { is_profile, .must = "the name of a profile" },
    [NF_SETTING_CRYPT]     = { .misfit = nf_login_hash_misfit, .must = "! or a hash as mkpasswd prints it" },
    [NF_SETTING_SSHKEY0]   = { .misfit = nf_login_key_misfit, .must = "one line of authorized_keys, or empty", .may_be_empty = true },
    [NF_SETTING_ZONE]      = { nf_place_is_zone, .must = "a time zone such as Europe/Berlin" },
    [NF_SETTING_DISK]      = { is_disk, .must = "auto, or a whole disk: /dev/NAME, or a name below /dev/disk/by-id or by-path" },
    [NF_SETTING_ARGS]      = { is_args, .must = "kernel arguments of letters, digits, spaces and . _ , : = / @ + % ~ -" },
    /* clang-format on */
};

const char *
nf_setting_misfit(enum nf_setting_kind kind, struct nf_text value)
{
    const struct kind *k = &kinds[kind];

    if (k->misfit != NULL && value.len > 0) {
        return k->misfit(value);
    }
    bool fits = value.len == 0     ? k->may_be_empty
                : k->words != NULL ? is_listed(value, k->words)
                                   : k->fits(value);

    return fits ? NULL : k->must;
}
