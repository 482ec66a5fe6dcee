#include "block.h"

#include "by_path.h"
#include "in_use.h"

#include <ctype.h>
#include <string.h>

#define BLOCK "sys/block/%s/"

enum {
    SECTOR = 512, /* the unit of size, whatever the disk's own is */
    PLACE_SIZE = 1024,
    PAGE_HEAD = 4,
    PAGE_SERIAL = 0x80,
};

static bool
starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* --- what kind of a disk it is --------------------------------------------
 */

/* clang-format off */
/* Each is followed by a number, or by what divides it from one. */
static const char *const made_up[] = {
    "loop", "ram", "zram", "sr", "scd", "fd", "dm-", "md", "md_d", "nbd", "mtdblock",
    "drbd", "bcache", "rbd", "zd", "ubiblock", "pmem", "ublkb", "nullb",
    "etherd!e",
};
/* clang-format on */

static bool
name_is_made_up(const char *name)
{
    for (size_t i = 0; i < sizeof made_up / sizeof made_up[0]; i++) {
        if (starts(name, made_up[i])
            && isdigit((unsigned char) name[strlen(made_up[i])]))
        {
            return true;
        }
    }
    return false;
}

/* mmcblk0 is the disk; mmcblk0boot0, mmcblk0rpmb and mmcblk0gp1 stand beside
 * it. */
static bool
name_is_area(const char *name)
{
    return starts(name, "mmcblk")
           && name[6 + strspn(name + 6, "0123456789")] != '\0';
}

/* nvme0c1n1: before kernels had a file to tell it. */
static bool
name_is_path(const char *name)
{
    int controller, path, namespace;

    return sscanf(name, "nvme%dc%dn%d", &controller, &path, &namespace) == 3;
}

static bool
file_is(const struct nf_tree *tree, const char *name, const char *file,
        const char *word)
{
    char text[NF_LABEL_SIZE];

    return nf_tree_label(tree, text, BLOCK "%s", name, file)
           && strcmp(text, word) == 0;
}

/* NVMe says what it is reached by; SCSI's way leads through what knows. */
static bool
is_remote(const struct nf_tree *tree, const char *name, const char *place)
{
    char transport[NF_LABEL_SIZE];

    return (nf_tree_label(tree, transport, BLOCK "device/transport", name)
            && starts(name, "nvme") && strcmp(transport, "pcie") != 0)
           || strstr(place, "/session") != NULL
           || strstr(place, "/rport-") != NULL
           || strstr(place, "/virtual/nvme-fabrics/") != NULL;
}

/* PCI and USB say of a port that what is behind it may go: Thunderbolt. */
static bool
is_behind_open_port(const struct nf_tree *tree, const char *place)
{
    char folder[PLACE_SIZE], word[NF_LABEL_SIZE];

    snprintf(folder, sizeof folder, "%s", place);
    for (char *at = strrchr(folder, '/'); at != NULL; at = strrchr(folder, '/'))
    {
        *at = '\0';
        if (nf_tree_label(tree, word, "%s/removable", folder)
            && strcmp(word, "removable") == 0)
        {
            return true;
        }
    }
    return false;
}

unsigned
nf_block_marks(const struct nf_tree *tree, const char *name)
{
    char place[PLACE_SIZE];

    nf_block_place(tree, name, place, sizeof place);
    const struct {
        bool is;
        unsigned mark;
    } marks[] = {
        {name_is_made_up(name) || strstr(place, "/virtual/block/") != NULL,
         NF_BLOCK_MADE_UP},
        {name_is_area(name), NF_BLOCK_AREA},
        {name_is_path(name) || nf_tree_number(tree, 0, BLOCK "hidden", name),
         NF_BLOCK_HIDDEN},
        {nf_tree_number(tree, 0, BLOCK "removable", name) != 0
             || is_behind_open_port(tree, place),
         NF_BLOCK_REMOVABLE},
        {file_is(tree, name, "device/type", "SD"), NF_BLOCK_CARD},
        {strstr(place, "/usb") != NULL, NF_BLOCK_USB},
        {is_remote(tree, name, place), NF_BLOCK_REMOTE},
        {nf_tree_number(tree, 0, BLOCK "ro", name) != 0, NF_BLOCK_READ_ONLY},
        {file_is(tree, name, "queue/zoned", "host-managed"), NF_BLOCK_ZONED},
        {nf_block_in_use(tree, name), NF_BLOCK_IN_USE},
    };
    unsigned all = 0;

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        all |= marks[i].is ? marks[i].mark : 0;
    }
    return all;
}

/* --- what it is called ----------------------------------------------------
 */

/* SCSI disks give maker and model apart; "ATA" is the kernel's word. */
static void
model_read(const struct nf_tree *tree, const char *name,
           char model[static NF_LABEL_SIZE])
{
    char maker[NF_LABEL_SIZE], text[2 * NF_LABEL_SIZE];

    if (!nf_tree_label(tree, model, BLOCK "device/model", name)) {
        nf_tree_label(tree, model, BLOCK "device/name", name);
    }
    nf_tree_label(tree, maker, BLOCK "device/vendor", name);
    if (model[0] == '\0' || maker[0] == '\0' || strcmp(maker, "ATA") == 0
        || starts(maker, "0x") || starts(model, maker))
    {
        return;
    }
    int n = snprintf(text, sizeof text, "%s %s", maker, model);
    nf_label_clean(text, n > 0 ? (size_t) n : 0, model);
}

/* SCSI keeps its serial number as the device sent it: VPD page 0x80. */
static void
page_read(const struct nf_tree *tree, const char *name,
          char serial[static NF_LABEL_SIZE])
{
    uint8_t page[256];
    ssize_t n =
        nf_tree_bytes(tree, page, sizeof page, BLOCK "device/vpd_pg80", name);

    serial[0] = '\0';
    if (n < PAGE_HEAD || page[1] != PAGE_SERIAL) {
        return;
    }
    size_t len = (size_t) page[2] << 8 | page[3];
    size_t have = (size_t) n - PAGE_HEAD;
    nf_label_clean(page + PAGE_HEAD, len < have ? len : have, serial);
}

static void
serial_read(const struct nf_tree *tree, const char *name,
            char serial[static NF_LABEL_SIZE])
{
    if (!nf_tree_label(tree, serial, BLOCK "device/serial", name)
        && !nf_tree_label(tree, serial, BLOCK "serial", name))
    {
        page_read(tree, name, serial);
    }
}

/* As udev spells it: 0x5000c500a1b2c3d4, or eui.0025388b710116a3.  One of
 * zeros alone is none. */
static void
wwn_read(const struct nf_tree *tree, const char *name,
         char wwn[static NF_LABEL_SIZE])
{
    char id[NF_LABEL_SIZE];
    const char *dot;

    if (!nf_tree_label(tree, id, BLOCK "device/wwid", name)) {
        nf_tree_label(tree, id, BLOCK "wwid", name);
    }
    dot = strchr(id, '.');
    if (dot == NULL || dot[1 + strspn(dot + 1, "0-")] == '\0') {
        wwn[0] = '\0';
    } else if (starts(id, "naa.")) {
        snprintf(wwn, NF_LABEL_SIZE, "0x%.*s", NF_LABEL_SIZE - 3, dot + 1);
    } else if (starts(id, "eui.") || starts(id, "uuid.") || starts(id, "nvme."))
    {
        snprintf(wwn, NF_LABEL_SIZE, "%s", id);
    } else {
        wwn[0] = '\0'; /* made of model and serial number */
    }
}

/* The kernel writes '!' where a device's name has a '/'; what stands for a
 * volume to people and programs is its own name, not the mapper's number. */
static void
device_name(const struct nf_tree *tree, const char *name,
            char device[static NF_LABEL_SIZE])
{
    char text[NF_LABEL_SIZE];

    if (nf_tree_label(tree, text, BLOCK "dm/name", name)) {
        snprintf(device, NF_LABEL_SIZE, "/dev/mapper/%.*s", NF_LABEL_SIZE - 13,
                 text);
        return;
    }
    nf_label_clean(name, strlen(name), text);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at == '!' ? '/' : *at;
    }
    snprintf(device, NF_LABEL_SIZE, "/dev/%.*s", NF_LABEL_SIZE - 6, text);
}

static int64_t
size_read(const struct nf_tree *tree, const char *name)
{
    int64_t sectors = nf_tree_number(tree, 0, BLOCK "size", name);

    return sectors < 0 || sectors > INT64_MAX / SECTOR ? 0 : sectors * SECTOR;
}

void
nf_block_read(const struct nf_tree *tree, const char *name,
              struct nf_block *block)
{
    *block = (struct nf_block){
        .size = size_read(tree, name),
        .sector = (int) nf_tree_number(tree, SECTOR,
                                       BLOCK "queue/logical_block_size", name),
        .rotational =
            (int) nf_tree_number(tree, -1, BLOCK "queue/rotational", name),
        .marks = nf_block_marks(tree, name),
    };
    snprintf(block->name, sizeof block->name, "%s", name);
    device_name(tree, name, block->device);
    model_read(tree, name, block->model);
    serial_read(tree, name, block->serial);
    wwn_read(tree, name, block->wwn);
    nf_by_path(tree, name, block->path);
}

/* Two ways to one disk show the same name of it; two disks whose maker gave
 * them one name differ in their serial numbers. */
bool
nf_block_is_same(const struct nf_block *a, const struct nf_block *b)
{
    return strcmp(a->name, b->name) == 0
           || (a->wwn[0] != '\0' && strcmp(a->wwn, b->wwn) == 0
               && strcmp(a->serial, b->serial) == 0 && a->size == b->size);
}
