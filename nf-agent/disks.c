/* Disks: what /sys/block shows that is a device, not made of others. */
#include "parts.h"

#include <string.h>

#define BLOCK "sys/block/%s/"

enum {
    SECTOR = 512, /* the unit of size, whatever the disk's own is */
    PAGE_HEAD = 4,
    PAGE_SERIAL = 0x80,
};

/* clang-format off */
static const char *const made_up[] = {
    "loop", "ram", "zram", "sr", "fd", "dm-", "md", "nbd", "mtd", "drbd",
    "bcache", "rbd", "zd", "ubi", "pmem",
};

/* Makers of disks that are files elsewhere. */
static const char *const virtual_makers[] = {
    "QEMU", "VMware", "VBOX", "Msft Virtual", "Virtual disk", "Xen ",
    "Google PersistentDisk", "Amazon Elastic Block",
};
/* clang-format on */

static bool
starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool
is_disk(const struct nf_tree *tree, const char *name)
{
    for (size_t i = 0; i < sizeof made_up / sizeof made_up[0]; i++) {
        if (starts(name, made_up[i])) {
            return false;
        }
    }
    /* an eMMC's boot areas, and paths of a disk with more than one */
    if ((starts(name, "mmcblk") && strpbrk(name + 6, "br") != NULL)
        || nf_tree_number(tree, 0, BLOCK "hidden", name) == 1)
    {
        return false;
    }
    return nf_tree_number(tree, 0, BLOCK "removable", name) == 0
           || nf_tree_number(tree, 0, BLOCK "size", name) > 0;
}

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

/* As udev spells it: 0x5000c500a1b2c3d4, or eui.0025388b710116a3. */
static void
wwn_read(const struct nf_tree *tree, const char *name,
         char wwn[static NF_LABEL_SIZE])
{
    char id[NF_LABEL_SIZE];

    if (!nf_tree_label(tree, id, BLOCK "device/wwid", name)) {
        nf_tree_label(tree, id, BLOCK "wwid", name);
    }
    if (starts(id, "naa.")) {
        snprintf(wwn, NF_LABEL_SIZE, "0x%.*s", NF_LABEL_SIZE - 3, id + 4);
    } else if (starts(id, "eui.") || starts(id, "uuid.") || starts(id, "nvme."))
    {
        snprintf(wwn, NF_LABEL_SIZE, "%s", id);
    } else {
        wwn[0] = '\0'; /* made of model and serial number */
    }
}

static const char *
type_of(const char *name, const char *model, int64_t rotational)
{
    if (starts(name, "vd") || starts(name, "xvd")) {
        return "Virtual";
    }
    for (size_t i = 0; i < sizeof virtual_makers / sizeof virtual_makers[0];
         i++) {
        if (starts(model, virtual_makers[i]) && !starts(name, "nvme")) {
            return "Virtual";
        }
    }
    if (starts(name, "nvme")) {
        return "NVMe";
    }
    return rotational == 0 ? "SSD" : rotational == 1 ? "HDD" : "Unknown";
}

/* The kernel writes '!' where a device's name has a '/'. */
static void
device_name(const char *name, char device[static NF_LABEL_SIZE])
{
    char text[NF_LABEL_SIZE];

    nf_label_clean(name, strlen(name), text);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at == '!' ? '/' : *at;
    }
    snprintf(device, NF_LABEL_SIZE, "/dev/%.*s", NF_LABEL_SIZE - 6, text);
}

static json_t *
disk_take(const struct nf_tree *tree, const char *name)
{
    char device[NF_LABEL_SIZE], model[NF_LABEL_SIZE], text[NF_LABEL_SIZE];
    int64_t sectors = nf_tree_number(tree, 0, BLOCK "size", name);
    int64_t rotational =
        nf_tree_number(tree, -1, BLOCK "queue/rotational", name);
    json_t *disk = json_object();

    if (sectors < 0 || sectors > INT64_MAX / SECTOR) {
        sectors = 0;
    }
    device_name(name, device);
    json_object_set_new(disk, "device", json_string(device));
    json_object_set_new(disk, "size_gb", json_integer(nf_gb(sectors * SECTOR)));
    json_object_set_new(disk, "size_bytes", json_integer(sectors * SECTOR));
    model_read(tree, name, model);
    json_object_set_new(disk, "type",
                        json_string(type_of(name, model, rotational)));
    json_object_set_new(disk, "model", json_string(model));
    serial_read(tree, name, text);
    json_object_set_new(disk, "serial", json_string(text));
    json_object_set_new(disk, "rotational", json_boolean(rotational == 1));
    wwn_read(tree, name, text);
    json_object_set_new(disk, "wwn", json_string(text));
    return disk;
}

void
nf_disks_take(const struct nf_tree *tree, json_t *hardware)
{
    json_t *disks = json_array();
    struct nf_names names = nf_tree_list(tree, "sys/block");

    for (size_t i = 0; i < names.n && json_array_size(disks) < NF_DISKS_MAX;
         i++) {
        if (is_disk(tree, names.names[i])) {
            json_array_append_new(disks, disk_take(tree, names.names[i]));
        }
    }
    nf_names_free(&names);
    json_object_set_new(hardware, "disks", disks);
}
