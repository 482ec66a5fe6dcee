/*
 * What a profile may hold.  Its texts end up in boot scripts, answer files and
 * shells: every kind lists the characters that it allows, and what may be
 * anything (a script) is passed on in base64 alone.
 */
#include <stdlib.h>

#include "base/address.h"
#include "base/ip.h"
#include "model/login.h"
#include "model/place_name.h"
#include "model/profile.h"
#include "model/setting_check.h"
#include "json/shape.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define ALNUM LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

enum {
    SCRIPT_MAX = 16384,
    KEY_MAX = 16384,
    TEMPLATE_MAX = 32768,
    MIB_MAX = 1 << 28, /* 256 TiB */
    GIB_MAX = 1 << 20,
};

static bool
starts_with_one_of(struct nf_text text, const char *allowed)
{
    return text.len > 0
           && nf_text_has_only((struct nf_text){text.data, 1}, allowed);
}

/* Whether a part between slashes is empty, "." or "..". */
static bool
has_odd_part(struct nf_text path)
{
    while (path.data != NULL) {
        struct nf_text part = nf_text_cut(&path, '/');
        if (part.len == 0 || nf_text_equal(part, NF_TEXT("."))
            || nf_text_equal(part, NF_TEXT("..")))
        {
            return true;
        }
    }
    return false;
}

/* --- kinds of text
 * ------------------------------------------------------------
 */

static const char *
misfit_word(struct nf_text text)
{
    return nf_text_has_only(text, LOWER "0123456789._-")
                   && starts_with_one_of(text, LOWER "0123456789")
               ? NULL
               : "a word of lower-case letters, digits and . _ -";
}

static const char *
misfit_suite(struct nf_text text)
{
    return nf_text_has_only(text, ALNUM "._-/")
                   && starts_with_one_of(text, ALNUM) && !has_odd_part(text)
               ? NULL
               : "a suite such as bookworm";
}

static bool
is_url(struct nf_text text)
{
    struct nf_text http = NF_TEXT("http://");

    if (!nf_text_starts(text, http)) {
        return false;
    }
    text.data += http.len;
    text.len -= http.len;
    return nf_text_has_only(text, ALNUM "._:/~+@=-")
           && starts_with_one_of(text, ALNUM);
}

/* A URL, or a path below what the server itself gives out. */
static const char *
misfit_source(struct nf_text text)
{
    bool is_path = nf_text_has_only(text, ALNUM "._/~+@=-")
                   && starts_with_one_of(text, ALNUM) && !has_odd_part(text);

    return is_path || is_url(text)
               ? NULL
               : "http://... or a path of letters, digits and . _ / ~ + @ = -";
}

static const char *
misfit_sha256(struct nf_text text)
{
    return text.len == 64 && nf_text_has_only(text, "0123456789abcdef")
               ? NULL
               : "64 lower-case hexadecimal digits";
}

static const char *
misfit_device(struct nf_text text)
{
    return nf_setting_misfit(NF_SETTING_DISK, text);
}

static const char *
misfit_by_path(struct nf_text text)
{
    return nf_text_has_only(text, ALNUM ".:,_+/-")
               ? NULL
               : "a name below /dev/disk/by-path, such as "
                 "pci-0000:00:1f.2-ata-1";
}

static const char *
misfit_disk_name(struct nf_text text)
{
    return nf_text_equal(text, NF_TEXT("auto"))
               ? "a disk by its name, such as /dev/sda"
               : nf_setting_misfit(NF_SETTING_DISK, text);
}

static const char *
misfit_mount(struct nf_text text)
{
    bool is_below =
        text.len > 1 && text.data[0] == '/'
        && nf_text_has_only(text, ALNUM "/._-")
        && !has_odd_part((struct nf_text){text.data + 1, text.len - 1});

    return is_below || nf_text_equal(text, NF_TEXT("/"))
                   || nf_text_equal(text, NF_TEXT("swap"))
               ? NULL
               : "swap or a path such as /var";
}

/* Not what the kernel keeps for itself below /proc/sys/net and in sysfs. */
static const char *
misfit_interface(struct nf_text text)
{
    static const char *const kept[] = {"lo", "all", "default",
                                       "bonding_masters"};
    bool is_name = nf_text_has_only(text, ALNUM "._-") && text.len < 16
                   && starts_with_one_of(text, ALNUM)
                   && !nf_text_has_only(text, "0123456789");

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        is_name &= !nf_text_equal(text, nf_text(kept[i]));
    }
    return is_name ? NULL : "the name of a network interface";
}

static const char *
misfit_card(struct nf_text text)
{
    nf_mac_t mac;

    return nf_mac_parse(text, &mac) || misfit_interface(text) == NULL
               ? NULL
               : "the name of a network interface, or a MAC address";
}

static const char *
misfit_ip(struct nf_text text)
{
    struct nf_ip ip;

    return nf_ip_parse(text, &ip) && !ip.is_v6
                   && nf_ip_misfit(ip, nf_ip_bits(ip)) == NULL
               ? NULL
               : "an IPv4 address that a machine can have";
}

static const char *
misfit_ip6(struct nf_text text)
{
    struct nf_ip ip;

    return nf_ip_parse(text, &ip) && ip.is_v6
                   && nf_ip_misfit(ip, nf_ip_bits(ip)) == NULL
               ? NULL
               : "an IPv6 address that a machine can have";
}

static const char *
misfit_ip_of_any_kind(struct nf_text text)
{
    struct nf_ip ip;

    return nf_ip_parse(text, &ip) && nf_ip_misfit(ip, nf_ip_bits(ip)) == NULL
               ? NULL
               : "an IP address that a machine can have";
}

static const char *
misfit_ip_within(struct nf_text text)
{
    struct nf_ip ip;
    uint8_t bits;

    return nf_ip_parse_within(text, &ip, &bits)
               ? NULL
               : "an address and the bits of its network, such as 10.0.0.5/24 "
                 "or 2001:db8::5/64";
}

static const char *
misfit_host(struct nf_text text)
{
    bool is_name =
        nf_text_is_hostname(text) && !nf_text_has_only(text, "0123456789.");

    return is_name || misfit_ip_of_any_kind(text) == NULL
               ? NULL
               : "a host name or an IP address";
}

static const char *
misfit_proxy(struct nf_text text)
{
    return is_url(text) && !nf_text_has_only(text, "http:/")
               ? NULL
               : "a proxy such as http://10.0.0.1:3128";
}

static const char *
misfit_netmask(struct nf_text text)
{
    nf_ip4_t ip;

    return nf_ip4_parse(text, &ip) && nf_ip4_is_netmask(ip)
               ? NULL
               : "a netmask such as 255.255.255.0";
}

static const char *
misfit_user(struct nf_text text)
{
    return nf_text_has_only(text, LOWER "0123456789_-")
                   && starts_with_one_of(text, LOWER "_")
                   && !nf_text_equal(text, NF_TEXT("root"))
               ? NULL
               : "an account other than root: lower-case letters, digits, _ "
                 "and -";
}

static const char *
misfit_crypt(struct nf_text text)
{
    return nf_setting_misfit(NF_SETTING_CRYPT, text);
}

static const char *
misfit_key(struct nf_text text)
{
    return nf_setting_misfit(NF_SETTING_SSHKEY0, text);
}

static const char *
misfit_zone(struct nf_text text)
{
    return nf_setting_misfit(NF_SETTING_ZONE, text);
}

static const char *
misfit_args(struct nf_text text)
{
    return nf_setting_misfit(NF_SETTING_ARGS, text);
}

static const char *
misfit_locale(struct nf_text text)
{
    return nf_place_is_locale(text) ? NULL
                                    : "an existing locale, such as en_US.UTF-8";
}

static const char *
misfit_keyboard(struct nf_text text)
{
    return nf_place_is_keyboard(text)
               ? NULL
               : "a keyboard layout of X, such as us, de or gb";
}

static struct nf_text
skip_mark(struct nf_text text, const char *mark)
{
    size_t n = nf_text_starts(text, nf_text(mark)) ? strlen(mark) : 0;

    return (struct nf_text){text.data + n, text.len - n};
}

static const char *
misfit_package(struct nf_text text)
{
    struct nf_text name = skip_mark(text, "-");
    struct nf_text group = skip_mark(name, "@");

    name = group.len < name.len ? skip_mark(group, "^") : name;
    return nf_text_has_only(name, ALNUM ".+:~_-")
                   && starts_with_one_of(name, ALNUM)
               ? NULL
               : "the name of a package, @GROUP, or either preceded by - to "
                 "leave it out";
}

static const char *
misfit_repository_name(struct nf_text text)
{
    return nf_text_has_only(text, LOWER "0123456789-")
                   && starts_with_one_of(text, LOWER)
               ? NULL
               : "a name of lower-case letters, digits and -";
}

/* Further repositories are mostly others', who serve https alone. */
static const char *
misfit_repository_url(struct nf_text text)
{
    struct nf_text https = NF_TEXT("https://");
    struct nf_text rest = {text.data + https.len, text.len - https.len};
    bool is_https = nf_text_starts(text, https)
                    && nf_text_has_only(rest, ALNUM "._:/~+@=-")
                    && starts_with_one_of(rest, ALNUM);

    return is_https || misfit_source(text) == NULL
               ? NULL
               : "https://..., http://... or a path of letters, digits and "
                 ". _ / ~ + @ = -";
}

/* Also a folder, for repositories without any: "/", "./", "stable/". */
static const char *
misfit_repository_suite(struct nf_text text)
{
    bool is_folder = text.len > 0 && text.data[text.len - 1] == '/';
    struct nf_text name = {text.data, text.len - (is_folder ? 1 : 0)};

    return (is_folder && (name.len == 0 || nf_text_equal(name, NF_TEXT("."))))
                   || misfit_suite(name) == NULL
               ? NULL
               : "a suite such as bookworm, or a directory such as ./";
}

static const char *
misfit_name(struct nf_text text)
{
    return nf_text_has_only(text, ALNUM "._-")
                   && starts_with_one_of(text, ALNUM)
               ? NULL
               : "a name of letters, digits and . _ -";
}

/* /dev/sda, or the slot of a controller, as 32:0 or 1I:1:2. */
static const char *
misfit_raid_disk(struct nf_text text)
{
    return nf_text_has_only(text, ALNUM "/:._-")
                   && starts_with_one_of(text, ALNUM "/")
               ? NULL
               : "a disk such as /dev/sda or 32:0";
}

const char *
nf_bootfile_misfit(struct nf_text text)
{
    return nf_text_has_only(text, ALNUM "._/-") && !has_odd_part(text)
               ? NULL
               : "a path below the TFTP directory, such as pxelinux.0";
}

/* --- the form
 * -------------------------------------------------------------------
 */

/* clang-format off */
static const char *const origins[] = {"shipped", "own", NULL};
static const char *const formats[] = {"raw", "tar", NULL};
static const char *const tables[] = {"gpt", "msdos", NULL};
static const char *const layouts[] = {"plain", "lvm", NULL};
static const char *const unlocks[] = {"tpm2", "keyfile", NULL};
static const char *const filesystems[] = {"ext4", "xfs", "vfat", "swap", NULL};
static const char *const net_methods[] = {"dhcp", "static", NULL};
static const char *const ipv6_words[] = {"auto", "off", NULL};
static const char *const bond_modes[] = {"active-backup", "802.3ad", "balance-rr", "balance-xor", "broadcast", "balance-tlb", "balance-alb", NULL};
static const char *const controllers[] = {"mdadm", "megacli", "hpacucli", NULL};
static const char *const raid_levels[] = {"0", "1", "5", "6", "10", NULL};

#define ENTRY(type, ...) &(const struct nf_shape){.name = "", .kind = NF_SHAPE_##type, __VA_ARGS__}
#define TEXT(size, fits) NF_SHAPE_TEXT, .min = 1, .max = (size) - 1, .misfit = (fits)

/* A file as an operator names it, and as a task pins it. */
static const struct nf_shape file_shape[] = {
    {"path",   TEXT(256, misfit_source), .is_required = true},
    {"sha256", TEXT(65, misfit_sha256)},
    {"size",   NF_SHAPE_NUMBER, .min = 0, .max = INT64_MAX},
    {0},
};

static const struct nf_shape image_shape[] = {
    {"file",   TEXT(128, misfit_source), .is_required = true},
    {"format", NF_SHAPE_WORD, .words = formats},
    {"sha256", TEXT(65, misfit_sha256)},
    {"size",   NF_SHAPE_NUMBER, .min = 0, .max = INT64_MAX},
    {0},
};

static const struct nf_shape partition_shape[] = {
    {"mount",   TEXT(64, misfit_mount), .is_required = true},
    {"size_mb", NF_SHAPE_NUMBER, .min = 0, .max = MIB_MAX, .is_required = true},
    {"fs",      NF_SHAPE_WORD, .words = filesystems},
    {0},
};

static const struct nf_shape encrypt_shape[] = {
    {"unlock", NF_SHAPE_WORD, .words = unlocks, .is_required = true},
    {0},
};

static const struct nf_shape hint_size_shape[] = {
    {"min_gb", NF_SHAPE_NUMBER, .min = 0, .max = GIB_MAX},
    {"max_gb", NF_SHAPE_NUMBER, .min = 1, .max = GIB_MAX},
    {0},
};

/* Words of the disk's maker may hold what they will: they go as JSON alone. */
static const struct nf_shape hints_shape[] = {
    {"serial",     NF_SHAPE_TEXT, .min = 1, .max = 127},
    {"wwn",        NF_SHAPE_TEXT, .min = 1, .max = 127},
    {"model",      NF_SHAPE_TEXT, .min = 1, .max = 127},
    {"by_path",    TEXT(128, misfit_by_path)},
    {"size",       NF_SHAPE_MAP, .members = hint_size_shape},
    {"rotational", NF_SHAPE_SWITCH, .min = 0},
    {0},
};

static const struct nf_shape disk_shape[] = {
    {"device",     TEXT(128, misfit_device)},
    {"hints",      NF_SHAPE_MAP, .members = hints_shape},
    {"table",      NF_SHAPE_WORD, .words = tables},
    {"layout",     NF_SHAPE_WORD, .words = layouts},
    {"raid1",      NF_SHAPE_LIST, .min = 2, .max = 2, .members = ENTRY(TEXT, .min = 1, .max = 127, .misfit = misfit_disk_name)},
    {"encrypt",    NF_SHAPE_MAP, .members = encrypt_shape},
    {"partitions", NF_SHAPE_LIST, .min = 1, .max = 16, .members = ENTRY(MAP, .members = partition_shape)},
    {0},
};

static const struct nf_shape bond_shape[] = {
    {"name",    TEXT(16, misfit_interface), .is_required = true},
    {"mode",    NF_SHAPE_WORD, .words = bond_modes},
    {"members", NF_SHAPE_LIST, .min = 1, .max = 8, .members = ENTRY(TEXT, .min = 1, .max = 17, .misfit = misfit_card), .is_required = true},
    {0},
};

static const struct nf_shape vlan_shape[] = {
    {"id",   NF_SHAPE_NUMBER, .min = 1, .max = 4094, .is_required = true},
    {"link", TEXT(18, misfit_card), .is_required = true},
    {0},
};

/* The addresses are those of a task: a profile is for many nodes. */
static const struct nf_shape network_shape[] = {
    {"method",    NF_SHAPE_WORD, .words = net_methods},
    {"interface", TEXT(18, misfit_card)},
    {"mtu",       NF_SHAPE_NUMBER, .min = 576, .max = 65535},
    {"bond",      NF_SHAPE_MAP, .members = bond_shape},
    {"vlan",      NF_SHAPE_MAP, .members = vlan_shape},
    {"ip",        TEXT(16, misfit_ip)},
    {"netmask",   TEXT(16, misfit_netmask)},
    {"gateway",   TEXT(16, misfit_ip)},
    {"addresses", NF_SHAPE_LIST, .max = 16, .members = ENTRY(TEXT, .min = 1, .max = 49, .misfit = misfit_ip_within)},
    {"gateway6",  TEXT(46, misfit_ip6)},
    {"on_link",   NF_SHAPE_SWITCH, .min = 0},
    {"ipv6",      NF_SHAPE_WORD, .words = ipv6_words},
    {"dns",       NF_SHAPE_LIST, .max = 3, .members = ENTRY(TEXT, .min = 1, .max = 45, .misfit = misfit_ip_of_any_kind)},
    {"ntp",       NF_SHAPE_LIST, .max = 4, .members = ENTRY(TEXT, .min = 1, .max = 63, .misfit = misfit_host)},
    {"proxy",     TEXT(128, misfit_proxy)},
    {0},
};

#define KEYS NF_SHAPE_LIST, .max = 32, .members = ENTRY(TEXT, .min = 1, .max = NF_LOGIN_KEY_MAX, .misfit = misfit_key)

static const struct nf_shape user_shape[] = {
    {"name",          TEXT(32, misfit_user), .is_required = true},
    {"password_hash", TEXT(128, misfit_crypt)},
    {"ssh_keys",      KEYS},
    {"sudo",          NF_SHAPE_SWITCH, .min = 0},
    {0},
};

/* The key is text of several lines: it goes in base64 alone. */
static const struct nf_shape repository_shape[] = {
    {"name",       TEXT(32, misfit_repository_name), .is_required = true},
    {"url",        TEXT(256, misfit_repository_url), .is_required = true},
    {"suite",      TEXT(64, misfit_repository_suite)},
    {"components", NF_SHAPE_LIST, .max = 16, .members = ENTRY(TEXT, .min = 1, .max = 31, .misfit = misfit_suite)},
    {"key",        NF_SHAPE_LINES, .max = KEY_MAX, .is_required = true},
    {0},
};

static const struct nf_shape script_shape[] = {
    {"name",   TEXT(64, misfit_name), .is_required = true},
    {"script", NF_SHAPE_LINES, .max = SCRIPT_MAX, .is_required = true},
    {0},
};

static const struct nf_shape raid_shape[] = {
    {"enabled",      NF_SHAPE_SWITCH, .min = 0},
    {"controller",   NF_SHAPE_WORD, .words = controllers, .is_required = true},
    {"level",        NF_SHAPE_WORD, .words = raid_levels, .is_required = true},
    {"disks",        NF_SHAPE_LIST, .min = 1, .max = 64, .members = ENTRY(TEXT, .min = 1, .max = 63, .misfit = misfit_raid_disk), .is_required = true},
    {"virtual_disk", TEXT(64, misfit_raid_disk)},
    {0},
};

static const struct nf_shape templates_shape[] = {
    {"boot",   NF_SHAPE_LINES, .max = TEMPLATE_MAX},
    {"answer", NF_SHAPE_LINES, .max = TEMPLATE_MAX},
    {0},
};

static const struct nf_shape profile_shape[] = {
    {"name",       TEXT(NF_PROFILE_NAME, misfit_name)},
    {"origin",     NF_SHAPE_WORD, .words = origins},
    {"revision",   NF_SHAPE_NUMBER, .min = 0, .max = INT64_MAX},
    {"title",      NF_SHAPE_TEXT, .max = 95},
    {"os_type",    TEXT(32, misfit_word)},
    {"os_version", TEXT(32, misfit_word)},
    {"method",     NF_SHAPE_WORD, .words = nf_methods, .is_required = true},
    {"first_boot", NF_SHAPE_WORD, .words = nf_first_boots},
    {"suite",      TEXT(32, misfit_suite)},
    {"repository", TEXT(256, misfit_source)},
    {"kernel",     NF_SHAPE_TEXT_OR_MAP, .min = 1, .max = 255, .misfit = misfit_source, .members = file_shape},
    {"initrd",     NF_SHAPE_TEXT_OR_MAP, .min = 1, .max = 255, .misfit = misfit_source, .members = file_shape},
    {"iso",        NF_SHAPE_TEXT_OR_MAP, .min = 1, .max = 255, .misfit = misfit_source, .members = file_shape},
    {"kernel_args", NF_SHAPE_TEXT, .max = 511, .misfit = misfit_args},
    {"image",      NF_SHAPE_MAP, .members = image_shape},
    {"disk",       NF_SHAPE_MAP, .members = disk_shape},
    {"network",    NF_SHAPE_MAP, .members = network_shape},
    {"users",      NF_SHAPE_LIST, .max = 32, .members = ENTRY(MAP, .members = user_shape)},
    {"ssh_keys",   KEYS},
    {"root_password_hash", TEXT(128, misfit_crypt)},
    {"time_zone",  TEXT(48, misfit_zone)},
    {"locale",     TEXT(32, misfit_locale)},
    {"keyboard",   TEXT(32, misfit_keyboard)},
    {"packages",   NF_SHAPE_LIST, .max = 512, .members = ENTRY(TEXT, .min = 1, .max = 127, .misfit = misfit_package)},
    {"backports",  NF_SHAPE_LIST, .max = 64, .members = ENTRY(TEXT, .min = 1, .max = 127, .misfit = misfit_package)},
    {"repositories", NF_SHAPE_LIST, .max = 8, .members = ENTRY(MAP, .members = repository_shape)},
    {"post_scripts",     NF_SHAPE_LIST, .max = 16, .members = ENTRY(MAP, .members = script_shape)},
    {"hardware_scripts", NF_SHAPE_LIST, .max = 16, .members = ENTRY(MAP, .members = script_shape)},
    {"raid",       NF_SHAPE_MAP, .members = raid_shape},
    {"bootfile",   NF_SHAPE_TEXT, .max = 47, .misfit = nf_bootfile_misfit},
    {"templates",  NF_SHAPE_MAP, .members = templates_shape},
    {0},
};
/* clang-format on */

nf_error_t
nf_profile_check(const struct nf_value *document, struct nf_fault *fault)
{
    nf_error_t err = nf_shape_check(profile_shape, document, fault);

    return err ? err : nf_profile_check_sense(document, fault);
}
