/*
 * What the members of a profile must have in common: each installer can do so
 * much and no more, and an operator is told when he writes the profile, not
 * when a machine stands still.
 */
#include <stdio.h>

#include "model/profile.h"

struct document {
    const struct nf_value *root, *disk, *network;
    enum nf_method method;
    bool is_tar; /* the agent unpacks an archive into file systems it makes */
    struct nf_fault *fault;
};

static bool
has(const struct nf_value *map, const char *name)
{
    const struct nf_value *value = nf_value_member(map, name);

    return value != NULL
           && !(value->kind == NF_VALUE_TEXT && value->text.len == 0)
           && !(value->kind == NF_VALUE_LIST && value->list.n == 0);
}

static bool
is_text(const struct nf_value *map, const char *name, const char *text)
{
    return nf_text_equal(nf_value_member_text(map, name), nf_text(text));
}

/* --- what each method needs, and cannot do
 * --------------------------------------
 */

static const struct rule {
    enum nf_method method;
    bool is_needed;         /* else it is refused */
    const char *map, *name; /* map "": the profile itself */
    const char *why;
} rules[] = {
    /* clang-format off */
    {NF_METHOD_PRESEED,     true,  "", "suite",      "is missing: debian-installer needs it"},
    {NF_METHOD_IMAGE,       true,  "", "image",      "is missing: there is nothing to write"},
    {NF_METHOD_AUTOINSTALL, true,  "", "kernel",     "is missing: the installer's kernel"},
    {NF_METHOD_AUTOINSTALL, true,  "", "initrd",     "is missing: the installer's initrd"},
    {NF_METHOD_AUTOINSTALL, true,  "", "iso",        "is missing: the installer runs from it"},
    {NF_METHOD_KICKSTART,   true,  "", "repository", "is missing: the packages come from it"},
    {NF_METHOD_AUTOINSTALL, false, "", "image",      "is for the methods image and preseed alone"},
    {NF_METHOD_KICKSTART,   false, "", "image",      "is for the methods image and preseed alone"},
    {NF_METHOD_PRESEED,     false, "", "iso",        "is for the method autoinstall alone"},
    {NF_METHOD_IMAGE,       false, "", "iso",        "is for the method autoinstall alone"},
    {NF_METHOD_KICKSTART,   false, "", "iso",        "is for the method autoinstall alone"},
    {NF_METHOD_PRESEED,     false, "network", "bond", "debian-installer cannot set one up: use the method image, or a post script"},
    {NF_METHOD_PRESEED,     false, "network", "vlan", "debian-installer cannot set one up beside the network it is booted from: use the method image, or a post script"},
    {NF_METHOD_IMAGE,       false, "", "packages",   "nf-agent installs no packages: put them into the image"},
    /* clang-format on */
};

static nf_error_t
check_method(const struct document *d)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct rule *rule = &rules[i];
        const struct nf_value *map = rule->map[0] == '\0'
                                         ? d->root
                                         : nf_value_member(d->root, rule->map);
        if (rule->method == d->method
            && has(map, rule->name) != rule->is_needed) {
            char field[40];
            snprintf(field, sizeof(field), "%s%s%s", rule->map,
                     rule->map[0] == '\0' ? "" : ".", rule->name);
            return nf_refuse(d->fault, field, "%s", rule->why);
        }
    }
    return NF_OK;
}

/* --- disk
 * -----------------------------------------------------------------------
 */

/* What file system a partition has when it does not say. */
static struct nf_text
filesystem_of(const struct nf_value *partition)
{
    struct nf_text fs = nf_value_member_text(partition, "fs");

    if (fs.len > 0) {
        return fs;
    }
    return is_text(partition, "mount", "swap")        ? NF_TEXT("swap")
           : is_text(partition, "mount", "/boot/efi") ? NF_TEXT("vfat")
                                                      : NF_TEXT("ext4");
}

static const char *
find_partition_fault(const struct nf_value *partition)
{
    struct nf_text fs = filesystem_of(partition);
    bool is_efi = is_text(partition, "mount", "/boot/efi");
    bool is_swap = is_text(partition, "mount", "swap");

    if (is_swap != nf_text_equal(fs, NF_TEXT("swap"))) {
        return "swap is the mount and the file system, or neither";
    }
    return is_efi && !nf_text_equal(fs, NF_TEXT("vfat"))
               ? "an EFI system partition has the file system vfat"
               : NULL;
}

/* What a volume is called after; that of / is "root". */
static struct nf_text
name_source(const struct nf_value *partition)
{
    struct nf_text mount = nf_value_member_text(partition, "mount");

    return nf_text_equal(mount, NF_TEXT("/"))      ? NF_TEXT("/root")
           : nf_text_equal(mount, NF_TEXT("swap")) ? NF_TEXT("/swap")
                                                   : mount;
}

/* Without what a name cannot hold: /var/log and /var-log would be one. */
static bool
is_same_name(struct nf_text a, struct nf_text b)
{
    static const char marks[] = "/._-";
    bool is_same = a.len == b.len;

    for (size_t i = 0; is_same && i < a.len; i++) {
        is_same = a.data[i] == b.data[i]
                  || (strchr(marks, a.data[i]) && strchr(marks, b.data[i]));
    }
    return is_same;
}

static bool
is_repeated(const struct nf_value *partitions, size_t at)
{
    const struct nf_value *items = partitions->list.items;
    struct nf_text name = name_source(&items[at]);

    for (size_t i = 0; i < at; i++) {
        if (is_same_name(name, name_source(&items[i]))) {
            return true;
        }
    }
    return false;
}

static nf_error_t
check_partitions(const struct document *d, const struct nf_value *partitions)
{
    bool has_root = false, has_rest = false;
    char field[40];

    for (size_t i = 0; i < partitions->list.n; i++) {
        const struct nf_value *p = &partitions->list.items[i];
        const char *why = find_partition_fault(p);
        bool is_rest = is_text(p, "size_mb", "0");
        snprintf(field, sizeof(field), "disk.partitions[%zu]", i);
        if (why != NULL) {
            return nf_refuse(d->fault, field, "%s", why);
        }
        if (is_repeated(partitions, i)) {
            return nf_refuse(d->fault, field,
                             "another one has this mount, or a name like it");
        }
        if (is_rest && has_rest) {
            return nf_refuse(d->fault, field,
                             "only one can have the rest "
                             "of the disk (size_mb 0)");
        }
        has_rest |= is_rest;
        has_root |= is_text(p, "mount", "/");
    }
    return has_root ? NF_OK
                    : nf_refuse(d->fault, "disk.partitions", "none is for /");
}

/* Its recipes name partitions for RAID, or volumes, but not both at once. */
static nf_error_t
check_raid(const struct document *d)
{
    if (d->method == NF_METHOD_PRESEED && is_text(d->disk, "layout", "lvm")) {
        return nf_refuse(d->fault, "disk.layout",
                         "debian-installer's recipes cannot put LVM on RAID1: "
                         "use plain, or another method");
    }
    return has(d->disk, "device") && !is_text(d->disk, "device", "auto")
               ? nf_refuse(d->fault, "disk.device",
                           "cannot be combined with raid1, which names its "
                           "disks")
               : NF_OK;
}

static nf_error_t
check_encrypt(const struct document *d, const struct nf_value *encrypt)
{
    bool is_tpm2 = is_text(encrypt, "unlock", "tpm2");

    if (has(d->disk, "raid1")) {
        return nf_refuse(d->fault, "disk.encrypt",
                         "cannot be combined with raid1");
    }
    if (is_tpm2
        && (d->method == NF_METHOD_PRESEED
            || d->method == NF_METHOD_AUTOINSTALL))
    {
        return nf_refuse(d->fault, "disk.encrypt.unlock",
                         "%s's initramfs cannot unseal a key from a TPM: use "
                         "keyfile, or another method",
                         d->method == NF_METHOD_PRESEED ? "Debian" : "Ubuntu");
    }
    return NF_OK;
}

/* Whose layout is it: a raw image brings its own. */
static nf_error_t
check_layout_use(const struct document *d)
{
    static const char *const names[] = {"partitions", "layout", "raid1",
                                        "encrypt", "table"};
    bool is_raw = has(d->root, "image") && !d->is_tar;
    char field[40];

    for (size_t i = 0; is_raw && i < sizeof(names) / sizeof(names[0]); i++) {
        if (has(d->disk, names[i])) {
            snprintf(field, sizeof(field), "disk.%s", names[i]);
            return nf_refuse(d->fault, field,
                             "a raw image brings its own layout");
        }
    }
    return NF_OK;
}

static nf_error_t
check_disk(const struct document *d)
{
    const struct nf_value *partitions = nf_value_member(d->disk, "partitions");
    const struct nf_value *encrypt = nf_value_member(d->disk, "encrypt");
    nf_error_t err = check_layout_use(d);

    if (!err && partitions != NULL) {
        err = check_partitions(d, partitions);
    }
    if (!err && encrypt != NULL) {
        err = check_encrypt(d, encrypt);
    }
    if (!err && has(d->disk, "raid1")) {
        err = check_raid(d);
    }
    return err;
}

/* --- network
 * ---------------------------------------------------------------------
 */

static nf_error_t
check_network(const struct document *d)
{
    const struct nf_value *bond = nf_value_member(d->network, "bond");
    const struct nf_value *vlan = nf_value_member(d->network, "vlan");
    struct nf_text link = nf_value_member_text(vlan, "link");

    if (bond != NULL && vlan != NULL
        && !nf_text_equal(link, nf_value_member_text(bond, "name")))
    {
        return nf_refuse(d->fault, "network.vlan.link",
                         "must be the name of the bond");
    }
    if (has(d->network, "gateway") && !has(d->network, "ip")) {
        return nf_refuse(d->fault, "network.gateway", "needs an ip");
    }
    if (has(d->network, "ip") != has(d->network, "netmask")) {
        return nf_refuse(d->fault, "network.netmask",
                         "ip and netmask need each other");
    }
    return NF_OK;
}

/* A template that does not begin so hangs a BIOS machine for ever. */
static nf_error_t
check_templates(const struct document *d)
{
    const struct nf_value *templates = nf_value_member(d->root, "templates");
    struct nf_text boot = nf_value_member_text(templates, "boot");

    return boot.len > 0 && !nf_text_starts(boot, NF_TEXT("#!ipxe\n"))
               ? nf_refuse(d->fault, "templates.boot", "line 1: must be #!ipxe")
               : NF_OK;
}

static enum nf_method
method_of(const struct nf_value *root)
{
    size_t i = 0;

    while (nf_methods[i] != NULL && !is_text(root, "method", nf_methods[i])) {
        i++;
    }
    return (enum nf_method) i;
}

nf_error_t
nf_profile_check_sense(const struct nf_value *document, struct nf_fault *fault)
{
    struct document d = {
        .root = document,
        .disk = nf_value_member(document, "disk"),
        .network = nf_value_member(document, "network"),
        .method = method_of(document),
        .is_tar = is_text(nf_value_member(document, "image"), "format", "tar"),
        .fault = fault,
    };
    nf_error_t err = check_method(&d);

    if (!err) {
        err = check_disk(&d);
    }
    if (!err) {
        err = check_network(&d);
    }
    return err ? err : check_templates(&d);
}
