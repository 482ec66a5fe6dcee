#include "render/layout.h"

#include <stdlib.h>

enum {
    PARTS_MAX = 18, /* a profile's 16, and /boot and / that it left out */
    EFI_MIB = 512,
    EDGES_MIB = 8,       /* tables, and what alignment costs */
    REST_MIN_MIB = 1024, /* less is no room for a system */
    SYSTEM_MIB = 4000,   /* what an installer of packages fills at least */
    FIRST_NUMBER = 3, /* behind the BIOS loader's and the EFI partition, which
                       * debian-installer makes on GPT alone */
};

struct part {
    struct nf_text mount, fs;
    int64_t mib; /* 0: the rest */
};

struct layout {
    struct nf_build *build;
    const struct nf_value *disk;
    enum nf_method method;
    bool is_lvm, is_raid, is_encrypted, is_given, is_gpt;
    int64_t efi_mib;
    struct part parts[PARTS_MAX];
    size_t n;
};

static bool
is(struct nf_text text, const char *word)
{
    return nf_text_equal(text, nf_text(word));
}

static struct nf_text
default_fs(const struct layout *l, struct nf_text mount)
{
    if (is(mount, "swap")) {
        return NF_TEXT("swap");
    }
    return l->method == NF_METHOD_KICKSTART ? NF_TEXT("xfs") : NF_TEXT("ext4");
}

static void
add_part(struct layout *l, struct nf_text mount, struct nf_text fs, int64_t mib)
{
    if (l->n == PARTS_MAX) {
        l->build->failed = true;
        return;
    }
    l->parts[l->n++] =
        (struct part){mount, fs.len > 0 ? fs : default_fs(l, mount), mib};
}

/* The EFI partition is every layout's; the profile may only say how large. */
static void
take_given(struct layout *l)
{
    const struct nf_value *given = nf_value_member(l->disk, "partitions");

    for (size_t i = 0; i < nf_value_count(given); i++) {
        const struct nf_value *p = &given->list.items[i];
        struct nf_text mount = nf_value_member_text(p, "mount");
        int64_t mib = atoll(nf_value_member_text(p, "size_mb").data);
        if (is(mount, "/boot/efi")) {
            l->efi_mib = mib > 0 ? mib : EFI_MIB;
        } else {
            add_part(l, mount, nf_value_member_text(p, "fs"), mib);
        }
    }
}

static bool
has_mount(const struct layout *l, const char *mount)
{
    for (size_t i = 0; i < l->n; i++) {
        if (is(l->parts[i].mount, mount)) {
            return true;
        }
    }
    return false;
}

/* A loader reads /boot before anything is unlocked or put together; the rest
 * of the disk can only go to what stands last. */
static void
complete(struct layout *l)
{
    bool needs_boot = l->is_lvm || l->is_encrypted || l->is_raid
                      || (l->method == NF_METHOD_KICKSTART && !l->is_given);

    if (needs_boot && !has_mount(l, "/boot")) {
        add_part(l, NF_TEXT("/boot"), NF_TEXT("ext4"), 1024);
    }
    if (!has_mount(l, "/")) {
        add_part(l, NF_TEXT("/"), NF_TEXT(""), 0);
    }
    for (size_t i = 0; i + 1 < l->n; i++) {
        if (l->parts[i].mib == 0) {
            struct part rest = l->parts[i];
            memmove(&l->parts[i], &l->parts[i + 1],
                    (l->n - i - 1) * sizeof(rest));
            l->parts[l->n - 1] = rest;
            break; /* there is no other */
        }
    }
}

/* "/var/log" becomes "var_log", "/" becomes "root". */
static struct nf_text
name_of(struct nf_build *build, struct nf_text mount)
{
    if (is(mount, "/")) {
        return NF_TEXT("root");
    }
    bool is_path = mount.data[0] == '/';
    struct nf_text copy = nf_build_printf(
        build, "%.*s", (int) (mount.len - is_path), mount.data + is_path);
    for (size_t i = 0; i < copy.len; i++) {
        if (strchr("/.-", copy.data[i]) != NULL) {
            ((char *) copy.data)[i] = '_'; /* the arena's, so ours */
        }
    }
    return copy;
}

/* /dev/sda3, /dev/nvme0n1p3. */
static struct nf_text
device_of(struct nf_build *build, struct nf_text disk, int number)
{
    bool ends_in_digit = disk.len > 0 && disk.data[disk.len - 1] >= '0'
                         && disk.data[disk.len - 1] <= '9';

    return nf_build_printf(build, "%.*s%s%d", (int) disk.len, disk.data,
                           ends_in_digit ? "p" : "", number);
}

static struct nf_text
raid_disk(const struct layout *l, size_t i)
{
    const struct nf_value *raid = nf_value_member(l->disk, "raid1");

    return nf_value_count(raid) > i ? raid->list.items[i].text : NF_TEXT("");
}

/* debian-installer counts in millions of bytes. */
static int64_t
megabytes(int64_t mib)
{
    return (mib * 1048576 + 999999) / 1000000;
}

static struct nf_value
part_value(const struct layout *l, const struct part *p, int number)
{
    struct nf_build *b = l->build;
    struct nf_pile map = nf_build_map(b, 16);
    struct nf_text first = device_of(b, raid_disk(l, 0), number);
    struct nf_text second = device_of(b, raid_disk(l, 1), number);

#define ADD(name, value) nf_pile_add(&map, name, value)
#define PRINT(...)       nf_value_text(nf_build_printf(b, __VA_ARGS__))
    ADD("mount", nf_value_text(p->mount));
    ADD("fs", nf_value_text(p->fs));
    ADD("name", nf_value_text(name_of(b, p->mount)));
    ADD("number", PRINT("%d", number));
    ADD("size_mb", PRINT("%lld", (long long) p->mib));
    ADD("megabytes", PRINT("%lld", (long long) megabytes(p->mib)));
    ADD("rest", nf_value_bool(p->mib == 0));
    ADD("swap", nf_value_bool(is(p->mount, "swap")));
    ADD("boot", nf_value_bool(is(p->mount, "/boot")));
    ADD("raid_devices", PRINT("%.*s#%.*s", (int) first.len, first.data,
                              (int) second.len, second.data));
    return nf_pile_value(&map);
}

static bool
is_volume(const struct layout *l, const struct part *p)
{
    return (l->is_lvm || l->is_encrypted) && !is(p->mount, "/boot");
}

/* Either those with a partition of their own or those in volumes; *number is
 * left behind the last partition. */
static struct nf_value
list_parts(const struct layout *l, bool wants_volumes, int *number)
{
    struct nf_pile list = nf_build_list(l->build, PARTS_MAX);

    for (size_t i = 0; i < l->n; i++) {
        const struct part *p = &l->parts[i];
        if (is_volume(l, p) == wants_volumes) {
            nf_pile_push(&list, part_value(l, p, *number));
            *number += wants_volumes ? 0 : 1;
        }
    }
    return nf_pile_value(&list);
}

static void
add_parts(struct layout *l, struct nf_pile *map)
{
    struct nf_build *b = l->build;
    int number = l->is_gpt ? FIRST_NUMBER : 1;

    nf_pile_add(map, "plain", list_parts(l, false, &number));
    nf_pile_add(map, "pv_number",
                nf_value_text(nf_build_printf(b, "%d", number)));
    nf_pile_add(map, "volumes", list_parts(l, true, &number));
    nf_pile_add(
        map, "efi_mb",
        nf_value_text(nf_build_printf(b, "%lld", (long long) l->efi_mib)));
    nf_pile_add(map, "efi_megabytes",
                nf_value_text(nf_build_printf(
                    b, "%lld", (long long) megabytes(l->efi_mib))));
}

static void
add_raid(const struct layout *l, struct nf_pile *map)
{
    struct nf_pile disks = nf_build_map(l->build, 2);

    if (!l->is_raid) {
        nf_pile_add(map, "raid1", nf_value_bool(false));
        return;
    }
    nf_pile_add(&disks, "first", nf_value_text(raid_disk(l, 0)));
    nf_pile_add(&disks, "second", nf_value_text(raid_disk(l, 1)));
    nf_pile_add(map, "raid1", nf_pile_value(&disks));
}

static void
add_encrypt(const struct layout *l, struct nf_pile *map)
{
    struct nf_pile how = nf_build_map(l->build, 2);
    struct nf_text unlock =
        nf_value_member_text(nf_value_member(l->disk, "encrypt"), "unlock");

    if (!l->is_encrypted) {
        nf_pile_add(map, "encrypt", nf_value_bool(false));
        return;
    }
    nf_pile_add(&how, "tpm2", nf_value_bool(is(unlock, "tpm2")));
    nf_pile_add(&how, "keyfile", nf_value_bool(is(unlock, "keyfile")));
    nf_pile_add(map, "encrypt", nf_pile_value(&how));
}

static void
add_device(const struct layout *l, const char *device, struct nf_pile *map)
{
    struct nf_text own = nf_value_member_text(l->disk, "device");
    struct nf_text used = own.len > 0 ? own : nf_text(device);

    if (l->is_raid) {
        used = raid_disk(l, 0);
    }
    nf_pile_add(map, "device", nf_value_text(used));
    nf_pile_add(map, "auto", nf_value_bool(is(used, "auto")));
}

/* What the disk must have room for, before anything is asked of it; an image
 * says so itself. */
static int64_t
need_of(const struct layout *l)
{
    int64_t floor = l->method == NF_METHOD_IMAGE ? 0 : SYSTEM_MIB;
    int64_t mib = EDGES_MIB + l->efi_mib;

    for (size_t i = 0; i < l->n; i++) {
        mib += l->parts[i].mib > 0 ? l->parts[i].mib : REST_MIN_MIB;
    }
    return l->method == NF_METHOD_IMAGE && !l->is_given ? 0
           : mib > floor                                ? mib
                                                        : floor;
}

/* debian-installer's recipes make an EFI partition on GPT alone; an image is
 * nf-agent's, who knows the firmware. */
static void
add_needs(const struct layout *l, struct nf_pile *map)
{
    struct nf_build *b = l->build;
    bool is_bios_only = l->method == NF_METHOD_PRESEED && !l->is_gpt;
    int64_t esp = l->method == NF_METHOD_IMAGE || is_bios_only ? 0 : l->efi_mib;

    nf_pile_add(
        map, "need_mb",
        nf_value_text(nf_build_printf(b, "%lld", (long long) need_of(l))));
    nf_pile_add(map, "esp_mb",
                nf_value_text(nf_build_printf(b, "%lld", (long long) esp)));
    nf_pile_add(map, "bios_only",
                nf_value_string(is_bios_only ? "true" : "false"));
}

struct nf_value
nf_layout_value(struct nf_build *build, const struct nf_value *disk,
                enum nf_method method, const char *device)
{
    struct layout l = {
        .build = build,
        .disk = disk,
        .method = method,
        .is_lvm = is(nf_value_member_text(disk, "layout"), "lvm"),
        .is_raid = nf_value_count(nf_value_member(disk, "raid1")) == 2,
        .is_gpt = !is(nf_value_member_text(disk, "table"), "msdos"),
        .is_encrypted = nf_value_member(disk, "encrypt") != NULL,
        .is_given = nf_value_count(nf_value_member(disk, "partitions")) > 0,
        .efi_mib = EFI_MIB,
    };
    struct nf_pile map = nf_build_map(build, 16);
    /* Ubuntu's own layout of volumes has one name everywhere */
    bool is_custom = l.is_given || l.is_raid || l.is_encrypted
                     || method == NF_METHOD_KICKSTART
                     || (l.is_lvm && method == NF_METHOD_AUTOINSTALL);

    take_given(&l);
    complete(&l);
    add_device(&l, device, &map);
    add_needs(&l, &map);
    nf_pile_add(&map, "gpt", nf_value_bool(l.is_gpt));
    nf_pile_add(&map, "lvm", nf_value_bool(l.is_lvm || l.is_encrypted));
    nf_pile_add(&map, "custom", nf_value_bool(is_custom));
    add_raid(&l, &map);
    add_encrypt(&l, &map);
    add_parts(&l, &map);
    return nf_pile_value(&map);
}
