#include "layout.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIZE_MB_MAX = 1 << 30, /* a pebibyte */
    BOOT_MB = 1024,
    MSDOS_MAX = 4, /* no logical partitions */
};

static const char *const fs_words[] = {
    [NF_FS_EXT4] = "ext4",
    [NF_FS_XFS] = "xfs",
    [NF_FS_VFAT] = "vfat",
    [NF_FS_SWAP] = "swap",
};

const char *
nf_fs_word(nf_fs_t fs)
{
    return fs_words[fs];
}

static bool
is_word(const json_t *member, const char *word)
{
    const char *text = json_string_value(member);
    return text != NULL && strcmp(text, word) == 0;
}

/* It stands in /etc/fstab, and names a folder and a logical volume. */
static bool
mount_is_valid(const char *mount)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
    size_t len = strlen(mount);

    if (strcmp(mount, "swap") == 0 || strcmp(mount, "/") == 0) {
        return true;
    }
    return len < NF_MOUNT_SIZE && mount[0] == '/' && mount[len - 1] != '/'
           && strspn(mount, allowed) == len && strstr(mount, "//") == NULL
           && strstr(mount, "/.") == NULL;
}

static bool
fs_read(const json_t *member, struct nf_layout_part *part)
{
    bool is_swap = strcmp(part->mount, "swap") == 0;
    bool is_esp = strcmp(part->mount, "/boot/efi") == 0;

    part->fs = is_swap ? NF_FS_SWAP : is_esp ? NF_FS_VFAT : NF_FS_EXT4;
    if (member != NULL && !json_is_null(member)) {
        size_t i = 0;
        while (i < sizeof fs_words / sizeof fs_words[0]
               && !is_word(member, fs_words[i]))
        {
            i++;
        }
        if (i == sizeof fs_words / sizeof fs_words[0]) {
            return false;
        }
        part->fs = (nf_fs_t) i;
    }
    return (part->fs == NF_FS_SWAP) == is_swap
           && (part->fs == NF_FS_VFAT) == is_esp;
}

static const char *
part_read(const json_t *object, struct nf_layout_part *part)
{
    const char *mount = json_string_value(json_object_get(object, "mount"));
    const json_t *size = json_object_get(object, "size_mb");

    if (mount == NULL
        || !nf_text_copy(part->mount, NF_MOUNT_SIZE, nf_text(mount))
        || !mount_is_valid(part->mount))
    {
        return "mount";
    }
    part->size_mb = json_integer_value(size);
    if ((size != NULL && !json_is_integer(size)) || part->size_mb < 0
        || part->size_mb > SIZE_MB_MAX)
    {
        return "size_mb";
    }
    return fs_read(json_object_get(object, "fs"), part) ? NULL : "fs";
}

/* Its name as a logical volume; two mounts must not share one. */
static bool
names_differ(const char *a, const char *b)
{
    for (; *a != '\0' || *b != '\0'; a++, b++) {
        bool is_same = *a == *b || (strchr("/-._", *a) && strchr("/-._", *b));
        if (!is_same || *a == '\0' || *b == '\0') {
            return true;
        }
    }
    return false;
}

static bool
part_is_new(const struct nf_layout *layout, int n)
{
    for (int i = 0; i < n; i++) {
        if (!names_differ(layout->parts[i].mount, layout->parts[n].mount)
            || (layout->parts[i].size_mb == 0 && layout->parts[n].size_mb == 0))
        {
            return false;
        }
    }
    return true;
}

static const char *
parts_read(const json_t *list, struct nf_layout *layout, char *room,
           size_t size)
{
    size_t n = json_array_size(list);
    size_t i;
    json_t *member;

    if (n == 0 || n > NF_PARTITIONS_MAX - 1) {
        return "layout.partitions";
    }
    json_array_foreach (list, i, member) {
        const char *wrong = part_read(member, &layout->parts[i]);
        if (wrong == NULL && !part_is_new(layout, (int) i)) {
            wrong = layout->parts[i].size_mb == 0 ? "size_mb" : "mount";
        }
        if (wrong != NULL) {
            snprintf(room, size, "layout.partitions[%zu].%s", i, wrong);
            return room;
        }
    }
    layout->count = (int) n;
    return NULL;
}

static const struct nf_layout_part *
part_find(const struct nf_layout *layout, const char *mount)
{
    for (int i = 0; i < layout->count; i++) {
        if (strcmp(layout->parts[i].mount, mount) == 0) {
            return &layout->parts[i];
        }
    }
    return NULL;
}

static bool
raid_read(const json_t *list, struct nf_layout *layout)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:,+/";
    size_t n = json_array_size(list);
    size_t i;
    json_t *member;

    if (list == NULL || json_is_null(list)) {
        return true;
    }
    if (!json_is_array(list) || n < 2 || n > NF_RAID_MAX) {
        return false;
    }
    json_array_foreach (list, i, member) {
        const char *disk = json_string_value(member);
        if (disk == NULL || strncmp(disk, "/dev/", 5) != 0
            || strstr(disk, "..") != NULL
            || strspn(disk, allowed) != strlen(disk)
            || !nf_text_copy(layout->raid[i], NF_RAID_DISK_SIZE, nf_text(disk)))
        {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(layout->raid[j], disk) == 0) {
                return false;
            }
        }
    }
    layout->raid_count = (int) n;
    return true;
}

static bool
unlock_read(const json_t *encrypt, struct nf_layout *layout)
{
    const json_t *unlock = json_object_get(encrypt, "unlock");

    if (encrypt == NULL || json_is_null(encrypt) || json_is_false(encrypt)) {
        return true;
    }
    if (json_is_true(encrypt) || is_word(unlock, "keyfile")) {
        layout->unlock = NF_UNLOCK_KEYFILE;
        return true;
    }
    layout->unlock = NF_UNLOCK_TPM2;
    return is_word(unlock, "tpm2");
}

static const char *
words_read(const json_t *object, struct nf_layout *layout)
{
    const json_t *table = json_object_get(object, "table");
    const json_t *kind = json_object_get(object, "layout");

    layout->is_msdos = is_word(table, "msdos");
    if (table != NULL && !layout->is_msdos && !is_word(table, "gpt")) {
        return "layout.table";
    }
    layout->is_lvm = is_word(kind, "lvm");
    if (kind != NULL && !layout->is_lvm && !is_word(kind, "plain")) {
        return "layout.layout";
    }
    if (!raid_read(json_object_get(object, "raid1"), layout)) {
        return "layout.raid1";
    }
    return unlock_read(json_object_get(object, "encrypt"), layout)
               ? NULL
               : "layout.encrypt";
}

/* Who takes the rest comes last, because it is made last. */
static int
part_compare(const void *a, const void *b)
{
    const struct nf_layout_part *left = a;
    const struct nf_layout_part *right = b;

    if ((left->size_mb == 0) != (right->size_mb == 0)) {
        return left->size_mb == 0 ? 1 : -1;
    }
    return strcmp(left->mount, right->mount);
}

/* GRUB asks for no passphrase: what it reads lies outside. */
static void
boot_add(struct nf_layout *layout)
{
    if (layout->unlock != NF_UNLOCK_NONE && part_find(layout, "/boot") == NULL)
    {
        layout->parts[layout->count++] = (struct nf_layout_part){
            .mount = "/boot", .fs = NF_FS_EXT4, .size_mb = BOOT_MB};
    }
}

const char *
nf_layout_read(const json_t *object, struct nf_layout *layout, char *room,
               size_t size)
{
    const json_t *list = json_object_get(object, "partitions");
    const char *wrong = NULL;

    *layout = (struct nf_layout){.count = 1,
                                 .parts = {{.mount = "/", .fs = NF_FS_EXT4}}};
    if (object != NULL && !json_is_object(object)) {
        return json_is_null(object) ? NULL : "layout";
    }
    if (list != NULL) {
        wrong = parts_read(list, layout, room, size);
    }
    if (wrong == NULL) {
        wrong = words_read(object, layout);
    }
    if (wrong != NULL) {
        return wrong;
    }
    boot_add(layout);
    const struct nf_layout_part *boot = part_find(layout, "/boot");
    if (part_find(layout, "/") == NULL || (boot != NULL && boot->size_mb == 0)
        || (layout->is_msdos && !layout->is_lvm && layout->count > MSDOS_MAX))
    {
        return "layout.partitions";
    }
    qsort(layout->parts, (size_t) layout->count, sizeof layout->parts[0],
          part_compare);
    return NULL;
}
