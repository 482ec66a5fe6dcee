#ifndef NF_AGENT_LAYOUT_H
#define NF_AGENT_LAYOUT_H

/*
 * How the disk of a root archive is divided, as the order asks for it.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NF_PARTITIONS_MAX = 16,
    NF_RAID_MAX = 4,
    NF_MOUNT_SIZE = 64,
    NF_RAID_DISK_SIZE = 128,
};

typedef enum {
    NF_FS_EXT4,
    NF_FS_XFS,
    NF_FS_VFAT,
    NF_FS_SWAP,
} nf_fs_t;

typedef enum {
    NF_UNLOCK_NONE, /* not encrypted */
    NF_UNLOCK_KEYFILE,
    NF_UNLOCK_TPM2,
} nf_unlock_t;

struct nf_layout_part {
    char mount[NF_MOUNT_SIZE]; /* "/", "/var", ... or "swap" */
    nf_fs_t fs;
    int64_t size_mb; /* 0: all that is left; the last one */
};

struct nf_layout {
    bool is_msdos, is_lvm;
    nf_unlock_t unlock;
    int raid_count; /* 0, or the disks that mirror each other */
    char raid[NF_RAID_MAX][NF_RAID_DISK_SIZE];
    int count; /* parents before their children; the rest-taker last */
    struct nf_layout_part parts[NF_PARTITIONS_MAX];
};

/*
 * Reads the order's layout; NULL or absent is a root that takes the whole disk.
 * What a layout can't do without is added: /boot beside an encrypted root.
 * Returns the name of the first member that is wrong, or NULL; room holds it.
 */
const char *nf_layout_read(const json_t *object, struct nf_layout *layout,
                           char *room, size_t size);

/* The word of a file system, as in /etc/fstab. */
const char *nf_fs_word(nf_fs_t fs);

#endif
