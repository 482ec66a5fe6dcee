#include "plan.h"

#include "disk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EDGES_MB = 4,      /* tables, and what alignment costs */
    BIOS_MB = 1,       /* where GRUB's core lies on a GPT */
    REST_MIN_MB = 512, /* less is no room for a system */
};

#define TYPE_BIOS "21686148-6449-6E6F-744E-656564454649"

/* One partition of each disk, and what is made of it. */
struct slot {
    const struct nf_layout_part *part; /* NULL: the volume group, GRUB's */
    const char *type;                  /* as sfdisk calls it */
    const char *name;
    int64_t size_mb; /* 0: the rest */
    int number;
};

struct work {
    struct nf_plan *plan;
    const struct nf_layout *layout;
    const struct nf_disk_set *site;
    bool is_full; /* no more room for words */
    int slot_count;
    struct slot slots[NF_PLAN_VOLUMES_MAX + 2];
};

static const char *words(struct work *work, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Text that lives as long as the plan. */
static const char *
words(struct work *work, const char *format, ...)
{
    struct nf_plan *plan = work->plan;
    char *at = plan->text + plan->text_len;
    size_t room = sizeof plan->text - plan->text_len;
    va_list args;

    va_start(args, format);
    int n = vsnprintf(at, room, format, args);
    va_end(args);
    if (n < 0 || (size_t) n >= room) {
        work->is_full = true;
        return "";
    }
    plan->text_len += (size_t) n + 1;
    return at;
}

/* The next command, of words up to a NULL; devices may be added. */
static struct nf_plan_command *
command(struct work *work, const char *const *argv)
{
    struct nf_plan *plan = work->plan;
    size_t n = 0;

    if (plan->command_count == NF_PLAN_COMMANDS_MAX) {
        work->is_full = true;
        plan->command_count--;
    }
    struct nf_plan_command *made = &plan->commands[plan->command_count++];
    *made = (struct nf_plan_command){0};
    for (; argv[n] != NULL && n < NF_PLAN_ARGS_MAX; n++) {
        made->argv[n] = argv[n];
    }
    return made;
}

#define COMMAND(work, ...)                                                     \
    command(work, (const char *const[]){__VA_ARGS__, NULL})

static void
uuid_make(const struct nf_disk_set *site, char out[NF_UUID_SIZE])
{
    uint8_t b[16];

    site->random(b, sizeof b);
    b[6] = (uint8_t) ((b[6] & 0x0f) | 0x40); /* RFC 4122: random */
    b[8] = (uint8_t) ((b[8] & 0x3f) | 0x80);
    snprintf(out, NF_UUID_SIZE,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
             b[11], b[12], b[13], b[14], b[15]);
}

/* "/var/log" -> "var_log", "/" -> "root". */
static const char *
name_make(struct work *work, const char *mount)
{
    const char *from = mount[0] == '/' ? mount + 1 : mount;
    char *name =
        (char *) (uintptr_t) words(work, "%s", from[0] != '\0' ? from : "root");

    for (char *at = name; *at != '\0'; at++) {
        if (strchr("/-._", *at) != NULL) {
            *at = '_';
        }
    }
    return name;
}

static void
slot_add(struct work *work, struct slot slot)
{
    slot.number = work->slot_count + 1;
    work->slots[work->slot_count++] = slot;
}

/* Whether it has a partition of its own beside a volume group. */
static bool
part_is_outside(const struct work *work, const struct nf_layout_part *part)
{
    return !work->layout->is_lvm || strcmp(part->mount, "/boot") == 0;
}

/* Which partitions each disk gets; GRUB's before the system's own. */
static void
slots_make(struct work *work)
{
    static const struct nf_layout_part esp = {
        .mount = "/boot/efi", .fs = NF_FS_VFAT, .size_mb = NF_PLAN_ESP_MB};
    const struct nf_layout *layout = work->layout;
    const struct nf_layout_part *esp_part = &esp;
    const char *base_type = work->site->disk_count > 1 ? "R" : "L";

    for (int i = 0; i < layout->count; i++) {
        if (layout->parts[i].fs == NF_FS_VFAT) {
            esp_part = &layout->parts[i];
        }
    }
    if (!layout->is_msdos) {
        slot_add(work, (struct slot){.type = TYPE_BIOS,
                                     .name = "bios",
                                     .size_mb = BIOS_MB});
    }
    if (!layout->is_msdos || work->site->is_uefi || esp_part != &esp) {
        slot_add(work, (struct slot){.part = esp_part,
                                     .type = "U",
                                     .name = "esp",
                                     .size_mb = esp_part->size_mb});
    }
    for (int i = 0; i < layout->count; i++) {
        const struct nf_layout_part *part = &layout->parts[i];
        bool is_swap =
            part->fs == NF_FS_SWAP && layout->unlock == NF_UNLOCK_NONE;
        if (part->fs != NF_FS_VFAT && part_is_outside(work, part)) {
            slot_add(work, (struct slot){.part = part,
                                         .type = base_type[0] == 'L' && is_swap
                                                     ? "S"
                                                     : base_type,
                                         .name = name_make(work, part->mount),
                                         .size_mb = part->size_mb});
        }
    }
    if (layout->is_lvm) {
        slot_add(work, (struct slot){.type = base_type[0] == 'L' ? "V" : "R",
                                     .name = "system"});
    }
}

/* The system needs room, and sfdisk would notice only half way. */
static bool
slots_fit(const struct work *work, char *fault, size_t size)
{
    int64_t have = work->site->disk_size / (1024 * 1024);
    int64_t need = EDGES_MB;

    for (int i = 0; i < work->slot_count; i++) {
        need +=
            work->slots[i].size_mb != 0 ? work->slots[i].size_mb : REST_MIN_MB;
    }
    if (work->layout->is_lvm) {
        for (int i = 0; i < work->layout->count; i++) {
            const struct nf_layout_part *part = &work->layout->parts[i];
            need += part_is_outside(work, part) ? 0 : part->size_mb;
        }
    }
    if (work->layout->is_msdos && work->slot_count > 4) {
        snprintf(fault, size,
                 "the layout needs %d partitions, and an msdos table has 4",
                 work->slot_count);
        return false;
    }
    if (need > have) {
        snprintf(fault, size,
                 "the layout needs at least %lld MB, and the disk %s has %lld",
                 (long long) need, work->site->disks[0], (long long) have);
    }
    return need <= have;
}

/* The script of sfdisk: the same for every disk. */
static const char *
table_script(struct work *work)
{
    char script[4096];
    const struct slot *slot = work->slots;
    size_t n = (size_t) snprintf(script, sizeof script, "label: %s\n",
                                 work->layout->is_msdos ? "dos" : "gpt");

    for (int i = 0; i < work->slot_count; i++, slot++) {
        if (slot->size_mb != 0) {
            n += (size_t) snprintf(script + n, sizeof script - n,
                                   "size=%lldMiB, ", (long long) slot->size_mb);
        }
        n += (size_t) snprintf(script + n, sizeof script - n, "type=%s",
                               slot->type);
        bool is_boot = work->layout->is_msdos && i == 0;
        n += work->layout->is_msdos
                 ? (size_t) snprintf(script + n, sizeof script - n, "%s\n",
                                     is_boot ? ", bootable" : "")
                 : (size_t) snprintf(script + n, sizeof script - n,
                                     ", name=\"%s\"\n", slot->name);
    }
    return words(work, "%s", script);
}

static void
tables_plan(struct work *work)
{
    const char *script = table_script(work);

    for (int i = 0; i < work->site->disk_count; i++) {
        COMMAND(work, "sfdisk", "--quiet", "--wipe", "always",
                "--wipe-partitions", "always", work->site->disks[i])
            ->input = script;
    }
}

static const char *
partition(struct work *work, int disk, const struct slot *slot)
{
    char path[NF_DISK_PATH_SIZE];

    nf_partition_path(work->site->disks[disk], slot->number, path);
    return words(work, "%s", path);
}

/* RAID1 over the slot of every disk. */
static const char *
array_plan(struct work *work, const struct slot *slot)
{
    struct nf_plan *plan = work->plan;
    struct nf_plan_array *array = &plan->arrays[plan->array_count];
    uint8_t id[16];

    work->site->random(id, sizeof id);
    snprintf(array->device, sizeof array->device, "/dev/md%d",
             NF_PLAN_ARRAY_FIRST + plan->array_count++);
    for (int i = 0; i < 4; i++) {
        snprintf(array->uuid + 9 * i, NF_UUID_SIZE - 9 * (size_t) i,
                 "%02x%02x%02x%02x%s", id[4 * i], id[4 * i + 1], id[4 * i + 2],
                 id[4 * i + 3], i < 3 ? ":" : "");
    }
    struct nf_plan_command *made =
        COMMAND(work, "mdadm", "--create", array->device, "--run", "--quiet",
                "--level=1", "--metadata=1.2", "--homehost=any",
                words(work, "--name=%s", slot->name),
                words(work, "--uuid=%s", array->uuid),
                words(work, "--raid-devices=%d", work->site->disk_count));
    int n = 11;
    for (int i = 0; i < work->site->disk_count; i++) {
        made->argv[n++] = partition(work, i, slot);
    }
    made->waits = made->argv[n - 1];
    return array->device;
}

/* The key has all the entropy there is: a slow derivation adds none, and costs
   each boot its time. */
static const char *
crypt_plan(struct work *work, const char *device, const char *name)
{
    struct nf_plan *plan = work->plan;
    struct nf_plan_crypt *crypt = &plan->crypts[plan->crypt_count++];

    snprintf(crypt->name, sizeof crypt->name, "crypt_%.48s", name);
    snprintf(crypt->device, sizeof crypt->device, "%s", device);
    uuid_make(work->site, crypt->uuid);
    COMMAND(work, "cryptsetup", "luksFormat", "--batch-mode", "--type", "luks2",
            "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", "--uuid",
            crypt->uuid, "--key-file", work->site->key_file, device)
        ->waits = device;
    COMMAND(work, "cryptsetup", "open", "--key-file", work->site->key_file,
            device, crypt->name);
    return words(work, "/dev/mapper/%s", crypt->name);
}

static void
volume_plan(struct work *work, const struct nf_layout_part *part,
            const char *device)
{
    struct nf_plan *plan = work->plan;
    struct nf_volume *volume = &plan->volumes[plan->volume_count++];
    struct nf_plan_command *made;

    *volume = (struct nf_volume){.fs = part->fs};
    snprintf(volume->mount, sizeof volume->mount, "%s", part->mount);
    snprintf(volume->device, sizeof volume->device, "%s", device);
    uuid_make(work->site, volume->uuid);
    switch (part->fs) {
    case NF_FS_EXT4:
        /* GRUB 2.06 and older kernels know neither of the two */
        made = COMMAND(work, "mkfs.ext4", "-q", "-F", "-O",
                       "^orphan_file,^metadata_csum_seed", "-U",
                       words(work, "%s", volume->uuid), device);
        break;
    case NF_FS_XFS:
        made = COMMAND(work, "mkfs.xfs", "-q", "-f", "-m",
                       words(work, "uuid=%s", volume->uuid), device);
        break;
    case NF_FS_SWAP:
        made = COMMAND(work, "mkswap", "-q", "-U",
                       words(work, "%s", volume->uuid), device);
        break;
    default: /* made once per disk, by the caller */
        return;
    }
    made->waits = device;
}

/* What is below a file system or the volume group. */
static const char *
base_plan(struct work *work, const struct slot *slot, bool is_open)
{
    const char *device = work->site->disk_count > 1 ? array_plan(work, slot)
                                                    : partition(work, 0, slot);

    return is_open || work->layout->unlock == NF_UNLOCK_NONE
               ? device
               : crypt_plan(work, device, slot->name);
}

static void
group_plan(struct work *work, const struct slot *slot)
{
    struct nf_plan *plan = work->plan;
    const char *device = base_plan(work, slot, false);
    uint32_t id;

    /* another disk may hold a group of an older system */
    work->site->random(&id, sizeof id);
    snprintf(plan->group, sizeof plan->group, "nf%08x", id);
    COMMAND(work, "lvm", "pvcreate", "-q", "-ff", "-y", device)->waits = device;
    COMMAND(work, "lvm", "vgcreate", "-q", "-y", plan->group, device);
    for (int i = 0; i < work->layout->count; i++) {
        const struct nf_layout_part *part = &work->layout->parts[i];
        if (part->fs == NF_FS_VFAT || part_is_outside(work, part)) {
            continue;
        }
        const char *name = name_make(work, part->mount);
        const char *size = part->size_mb != 0
                               ? words(work, "%lldm", (long long) part->size_mb)
                               : "100%FREE";
        COMMAND(work, "lvm", "lvcreate", "-q", "-y", "-n", name,
                part->size_mb != 0 ? "-L" : "-l", size, plan->group);
        volume_plan(work, part,
                    words(work, "/dev/mapper/%s-%s", plan->group, name));
    }
}

/* One per disk: any of them may be the one that is left. */
static void
esps_plan(struct work *work, const struct slot *slot)
{
    struct nf_plan *plan = work->plan;
    uint8_t id[4];

    volume_plan(work, slot->part, partition(work, 0, slot));
    for (int i = 0; i < work->site->disk_count; i++) {
        const char *device = partition(work, i, slot);
        work->site->random(id, sizeof id);
        const char *hex =
            words(work, "%02X%02X%02X%02X", id[0], id[1], id[2], id[3]);
        if (i == 0) {
            snprintf(plan->volumes[plan->volume_count - 1].uuid, NF_UUID_SIZE,
                     "%.4s-%s", hex, hex + 4);
        }
        COMMAND(work, "mkfs.vfat", "-F", "32", "-n", "EFI", "-i", hex, device)
            ->waits = device;
        snprintf(plan->esps[plan->esp_count++], NF_DEVICE_SIZE, "%s", device);
    }
}

static int
volume_compare(const void *a, const void *b)
{
    const struct nf_volume *left = a;
    const struct nf_volume *right = b;
    return strcmp(left->mount, right->mount);
}

bool
nf_plan_make(struct nf_plan *plan, const struct nf_layout *layout,
             const struct nf_disk_set *site, char *fault, size_t size)
{
    struct work work = {.plan = plan, .layout = layout, .site = site};

    *plan = (struct nf_plan){0};
    slots_make(&work);
    if (!slots_fit(&work, fault, size)) {
        return false;
    }
    tables_plan(&work);
    for (int i = 0; i < work.slot_count; i++) {
        const struct slot *slot = &work.slots[i];
        if (slot->part != NULL && slot->part->fs == NF_FS_VFAT) {
            esps_plan(&work, slot);
        } else if (slot->part != NULL) {
            bool is_boot = strcmp(slot->part->mount, "/boot") == 0;
            volume_plan(&work, slot->part, base_plan(&work, slot, is_boot));
        } else if (strcmp(slot->name, "system") == 0) {
            group_plan(&work, slot);
        }
    }
    /* '/' sorts before letters: "swap" comes last */
    qsort(plan->volumes, (size_t) plan->volume_count, sizeof plan->volumes[0],
          volume_compare);
    if (work.is_full) {
        snprintf(fault, size, "the layout is too large to be planned");
    }
    return !work.is_full;
}
