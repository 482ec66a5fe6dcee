/*
 * What the disk of a profile must be like, as far as that is known before a
 * machine is.
 */
#include "model/profile_sense.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    EFI_LEAST_MIB =
        40,            /* FAT32 has 65,525 clusters or more, of a sector each */
    MSDOS_PRIMARY = 4, /* no method makes logical ones alike */
};

/* --- partitions
 * -----------------------------------------------------------------
 */

/* What a system starts from, or the kernel puts there. */
static const char *const not_apart[] = {
    "/bin",   "/boot/efi/", "/dev", "/etc",  "/lib", "/lib32",
    "/lib64", "/proc",      "/run", "/sbin", "/sys",
};

/* The place itself, or anything below it; with a slash at its end only that. */
static bool
is_at_or_below(struct nf_text mount, const char *place)
{
    struct nf_text text = nf_text(place);

    return nf_text_starts(mount, text)
           && (mount.len == text.len || text.data[text.len - 1] == '/'
               || mount.data[text.len] == '/');
}

static const char *
find_mount_fault(struct nf_text mount)
{
    for (size_t i = 0; i < sizeof(not_apart) / sizeof(not_apart[0]); i++) {
        if (is_at_or_below(mount, not_apart[i])) {
            return "cannot be a separate file system: the system would not "
                   "start";
        }
    }
    return NULL;
}

/* What file system a partition has when it does not say. */
static struct nf_text
filesystem_of(const struct nf_value *partition)
{
    struct nf_text fs = nf_value_member_text(partition, "fs");

    if (fs.len > 0) {
        return fs;
    }
    return nf_sense_is(partition, "mount", "swap")        ? NF_TEXT("swap")
           : nf_sense_is(partition, "mount", "/boot/efi") ? NF_TEXT("vfat")
                                                          : NF_TEXT("ext4");
}

static const char *
find_size_fault(const struct nf_value *partition)
{
    int64_t mib = atoll(nf_value_member_text(partition, "size_mb").data);

    if (nf_sense_is(partition, "mount", "/boot") && mib == 0) {
        return "cannot be 0: it requires a size";
    }
    return nf_sense_is(partition, "mount", "/boot/efi") && mib < EFI_LEAST_MIB
               ? "must have at least 40 MiB, the minimum of FAT32"
               : NULL;
}

static const char *
find_fs_fault(const struct nf_value *partition)
{
    struct nf_text fs = filesystem_of(partition);
    bool is_efi = nf_sense_is(partition, "mount", "/boot/efi");
    bool is_swap = nf_sense_is(partition, "mount", "swap");

    if (is_swap != nf_text_equal(fs, NF_TEXT("swap"))) {
        return "swap must be both the mount and the file system, or neither";
    }
    if (is_efi && !nf_text_equal(fs, NF_TEXT("vfat"))) {
        return "an EFI system partition has the file system vfat";
    }
    return !is_efi && nf_text_equal(fs, NF_TEXT("vfat"))
               ? "vfat stores neither owners nor modes: use it for /boot/efi "
                 "only"
               : NULL;
}

/* Which member is wrong, "" for the partition as a whole, and why; NULL:
 * none. */
static const char *
find_partition_fault(const struct nf_value *partition, const char **why)
{
    struct nf_text mount = nf_value_member_text(partition, "mount");

    if ((*why = find_mount_fault(mount)) != NULL) {
        return ".mount";
    }
    if ((*why = find_fs_fault(partition)) != NULL) {
        return "";
    }
    *why = find_size_fault(partition);
    return *why != NULL ? ".size_mb" : NULL;
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
check_partitions(const struct nf_sense *d, const struct nf_value *partitions)
{
    bool has_root = false, has_rest = false;
    char field[64];

    for (size_t i = 0; i < partitions->list.n; i++) {
        const struct nf_value *p = &partitions->list.items[i];
        const char *why;
        const char *member = find_partition_fault(p, &why);
        bool is_rest = nf_sense_is(p, "size_mb", "0");
        snprintf(field, sizeof(field), "disk.partitions[%zu]%s", i,
                 member != NULL ? member : "");
        if (member != NULL) {
            return nf_refuse(d->fault, field, "%s", why);
        }
        if (is_repeated(partitions, i)) {
            return nf_refuse(d->fault, field,
                             "another one has this mount, or a similar name");
        }
        if (is_rest && has_rest) {
            return nf_refuse(d->fault, field,
                             "only one can have the rest "
                             "of the disk (size_mb 0)");
        }
        has_rest |= is_rest;
        has_root |= nf_sense_is(p, "mount", "/");
    }
    return has_root
               ? NF_OK
               : nf_refuse(d->fault, "disk.partitions", "has no entry for /");
}

static bool
has_mount(const struct nf_value *partitions, const char *mount)
{
    for (size_t i = 0; partitions != NULL && i < partitions->list.n; i++) {
        if (nf_sense_is(&partitions->list.items[i], "mount", mount)) {
            return true;
        }
    }
    return false;
}

/* Those of the profile, and those that are made beside them. */
static nf_error_t
check_table(const struct nf_sense *d, const struct nf_value *partitions)
{
    bool is_lvm = nf_sense_is(d->disk, "layout", "lvm");
    bool needs_boot = is_lvm || nf_sense_has(d->disk, "raid1")
                      || nf_sense_has(d->disk, "encrypt");
    size_t n = partitions == NULL ? 1 : partitions->list.n;

    if (!nf_sense_is(d->disk, "table", "msdos")) {
        return NF_OK;
    }
    if (is_lvm) {
        n = 2 + has_mount(partitions, "/boot/efi");
    } else if (needs_boot && !has_mount(partitions, "/boot")) {
        n++;
    }
    return n > MSDOS_PRIMARY
               ? nf_refuse(d->fault, "disk.partitions",
                           "an msdos table has %d primary partitions, and this "
                           "needs %zu: use gpt",
                           MSDOS_PRIMARY, n)
               : NF_OK;
}

/* --- disks
 * ----------------------------------------------------------------------
 */

static nf_error_t
check_hints(const struct nf_sense *d)
{
    const struct nf_value *hints = nf_value_member(d->disk, "hints");
    const struct nf_value *size = nf_value_member(hints, "size");
    struct nf_text min = nf_value_member_text(size, "min_gb");
    struct nf_text max = nf_value_member_text(size, "max_gb");

    if (hints != NULL && nf_sense_has(d->disk, "raid1")) {
        return nf_refuse(d->fault, "disk.hints",
                         "cannot be combined with raid1, which names its "
                         "disks");
    }
    return min.len > 0 && max.len > 0 && atoll(min.data) > atoll(max.data)
               ? nf_refuse(d->fault, "disk.hints.size",
                           "min_gb is larger than max_gb")
               : NF_OK;
}

/* Its recipes name partitions for RAID, or volumes, but not both at once. */
static nf_error_t
check_raid(const struct nf_sense *d)
{
    const struct nf_value *raid = nf_value_member(d->disk, "raid1");

    if (nf_text_equal(raid->list.items[0].text, raid->list.items[1].text)) {
        return nf_refuse(d->fault, "disk.raid1[1]",
                         "is the same disk again: nothing would be "
                         "mirrored");
    }
    if (d->method == NF_METHOD_PRESEED && nf_sense_is(d->disk, "layout", "lvm"))
    {
        return nf_refuse(d->fault, "disk.layout",
                         "debian-installer's recipes cannot put LVM on RAID1: "
                         "use plain, or another method");
    }
    return nf_sense_has(d->disk, "device")
                   && !nf_sense_is(d->disk, "device", "auto")
               ? nf_refuse(d->fault, "disk.device",
                           "cannot be combined with raid1, which names its "
                           "disks")
               : NF_OK;
}

static nf_error_t
check_encrypt(const struct nf_sense *d, const struct nf_value *encrypt)
{
    bool is_tpm2 = nf_sense_is(encrypt, "unlock", "tpm2");

    if (nf_sense_has(d->disk, "raid1")) {
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
check_layout_use(const struct nf_sense *d)
{
    static const char *const names[] = {"partitions", "layout", "raid1",
                                        "encrypt", "table"};
    bool is_raw = nf_sense_has(d->root, "image") && !d->is_tar;
    char field[64];

    for (size_t i = 0; is_raw && i < sizeof(names) / sizeof(names[0]); i++) {
        if (nf_sense_has(d->disk, names[i])) {
            snprintf(field, sizeof(field), "disk.%s", names[i]);
            return nf_refuse(d->fault, field,
                             "a raw image brings its own layout");
        }
    }
    return NF_OK;
}

/* --- RAID before the installation
 * -----------------------------------------------
 */

/* clang-format off */
static const struct {
    const char *controller, *level;
    size_t least;
    bool is_even; /* pairs */
} raids[] = {
    {"mdadm",    "0", 2, false}, {"mdadm",    "1",  2, false}, {"mdadm",    "5", 3, false},
    {"mdadm",    "6", 4, false}, {"mdadm",    "10", 4, true},
    {"megacli",  "0", 1, false}, {"megacli",  "1",  2, true},  {"megacli",  "5", 3, false},
    {"megacli",  "6", 4, false}, {"megacli",  "10", 4, true},
    {"hpacucli", "0", 1, false}, {"hpacucli", "1",  2, false}, {"hpacucli", "5", 3, false},
    {"hpacucli", "6", 4, false}, {"hpacucli", "10", 4, true},
};
/* clang-format on */

static nf_error_t
check_raid_count(const struct nf_sense *d, const struct nf_value *raid)
{
    size_t n = nf_value_member(raid, "disks")->list.n;

    for (size_t i = 0; i < sizeof(raids) / sizeof(raids[0]); i++) {
        if (nf_sense_is(raid, "controller", raids[i].controller)
            && nf_sense_is(raid, "level", raids[i].level)
            && (n < raids[i].least || (raids[i].is_even && n % 2 != 0)))
        {
            return nf_refuse(d->fault, "raid.disks",
                             "level %s needs %zu disks or more%s",
                             raids[i].level, raids[i].least,
                             raids[i].is_even ? ", in pairs" : "");
        }
    }
    return NF_OK;
}

/* Device nodes for mdadm, slots of a controller for the others. */
static nf_error_t
check_raid_disk(const struct nf_sense *d, const struct nf_value *raid, size_t i)
{
    const struct nf_value *disks = nf_value_member(raid, "disks");
    struct nf_text disk = disks->list.items[i].text;
    bool is_node = nf_text_starts(disk, NF_TEXT("/dev/"));
    char field[48];

    snprintf(field, sizeof(field), "raid.disks[%zu]", i);
    if (is_node != nf_sense_is(raid, "controller", "mdadm")) {
        return nf_refuse(d->fault, field,
                         is_node ? "must be a slot of the controller, such as "
                                   "32:0"
                                 : "must be a device such as /dev/sda");
    }
    for (size_t j = 0; j < i; j++) {
        if (nf_text_equal(disk, disks->list.items[j].text)) {
            return nf_refuse(d->fault, field, "is the same disk again");
        }
    }
    return NF_OK;
}

nf_error_t
nf_sense_raid(const struct nf_sense *d)
{
    const struct nf_value *raid = nf_value_member(d->root, "raid");

    if (raid == NULL) {
        return NF_OK;
    }
    nf_error_t err = check_raid_count(d, raid);
    size_t n = nf_value_member(raid, "disks")->list.n;
    for (size_t i = 0; i < n && !err; i++) {
        err = check_raid_disk(d, raid, i);
    }
    return err;
}

nf_error_t
nf_sense_disk(const struct nf_sense *d)
{
    const struct nf_value *partitions = nf_value_member(d->disk, "partitions");
    const struct nf_value *encrypt = nf_value_member(d->disk, "encrypt");
    nf_error_t err = check_layout_use(d);

    if (!err && partitions != NULL) {
        err = check_partitions(d, partitions);
    }
    if (!err) {
        err = check_table(d, partitions);
    }
    if (!err && encrypt != NULL) {
        err = check_encrypt(d, encrypt);
    }
    if (!err && nf_sense_has(d->disk, "raid1")) {
        err = check_raid(d);
    }
    return err ? err : check_hints(d);
}
