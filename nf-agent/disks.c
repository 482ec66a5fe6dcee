/* Disks: what /sys/block shows that is a device, not made of others. */
#include "parts.h"

#include "block.h"

#include <string.h>

/* clang-format off */
/* Makers of disks that are files elsewhere. */
static const char *const virtual_makers[] = {
    "QEMU", "VMware", "VBOX", "Msft Virtual", "Virtual disk", "Xen ",
    "Google PersistentDisk",
};
/* clang-format on */

static bool
starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* An empty card reader is none. */
static bool
is_disk(const struct nf_block *block)
{
    return (block->marks & (NF_BLOCK_MADE_UP | NF_BLOCK_AREA | NF_BLOCK_HIDDEN))
               == 0
           && ((block->marks & NF_BLOCK_REMOVABLE) == 0 || block->size > 0);
}

static const char *
type_of(const struct nf_block *block)
{
    bool is_nvme = starts(block->name, "nvme");

    if (starts(block->name, "vd") || starts(block->name, "xvd")) {
        return "Virtual";
    }
    for (size_t i = 0; i < sizeof virtual_makers / sizeof virtual_makers[0];
         i++) {
        if (starts(block->model, virtual_makers[i]) && !is_nvme) {
            return "Virtual";
        }
    }
    if (is_nvme) { /* a volume of a cloud says so in its model alone */
        return starts(block->model, "Amazon Elastic Block") ? "Virtual"
                                                            : "NVMe";
    }
    return block->rotational == 0   ? "SSD"
           : block->rotational == 1 ? "HDD"
                                    : "Unknown";
}

static json_t *
disk_take(const struct nf_block *block)
{
    json_t *disk = json_object();

    json_object_set_new(disk, "device", json_string(block->device));
    json_object_set_new(disk, "size_gb", json_integer(nf_gb(block->size)));
    json_object_set_new(disk, "size_bytes", json_integer(block->size));
    json_object_set_new(disk, "type", json_string(type_of(block)));
    json_object_set_new(disk, "model", json_string(block->model));
    json_object_set_new(disk, "serial", json_string(block->serial));
    json_object_set_new(disk, "rotational",
                        json_boolean(block->rotational == 1));
    json_object_set_new(disk, "wwn", json_string(block->wwn));
    json_object_set_new(disk, "by_path", json_string(block->path));
    return disk;
}

void
nf_disks_take(const struct nf_tree *tree, json_t *hardware)
{
    json_t *disks = json_array();
    struct nf_names names = nf_tree_list(tree, "sys/block");
    struct nf_block block;

    for (size_t i = 0; i < names.n && json_array_size(disks) < NF_DISKS_MAX;
         i++) {
        nf_block_read(tree, names.names[i], &block);
        if (is_disk(&block)) {
            json_array_append_new(disks, disk_take(&block));
        }
    }
    nf_names_free(&names);
    json_object_set_new(hardware, "disks", disks);
}
