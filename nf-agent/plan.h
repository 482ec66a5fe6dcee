#ifndef NF_AGENT_PLAN_H
#define NF_AGENT_PLAN_H

/*
 * A layout turned into the commands that make it, and into what the new
 * system's tables say of it.  Nothing here touches a disk.
 *
 * Each partition is, from the bottom: a part of every disk, RAID1 over them,
 * LUKS, LVM (one volume group for all but /boot), a file system; the layout
 * says which of these are there.  Every UUID is chosen here, so that no tool's
 * answer has to be read.
 */

#include "layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NF_PLAN_ARGS_MAX = 20,
    NF_PLAN_COMMANDS_MAX = 96,
    NF_PLAN_VOLUMES_MAX = NF_PARTITIONS_MAX + 1,
    /* below are those that hardware_config makes */
    NF_PLAN_ARRAY_FIRST = 10,
    NF_PLAN_ESP_MB = 512, /* FAT32 on sectors of 4096 bytes takes 260 */
    NF_DEVICE_SIZE = 80,
    NF_UUID_SIZE = 37,
};

/* What the layout is laid out on. */
struct nf_disk_set {
    int disk_count; /* more than one mirror each other */
    char disks[NF_RAID_MAX][NF_RAID_DISK_SIZE];
    int64_t disk_size; /* of the smallest */
    bool is_uefi;
    const char *key_file; /* the random key, in memory */
    void (*random)(void *bytes, size_t len);
};

struct nf_plan_command {
    const char *argv[NF_PLAN_ARGS_MAX + 1];
    const char *input; /* standard input, or NULL */
    const char *waits; /* a device that must be there before, or NULL */
};

struct nf_volume {
    char mount[NF_MOUNT_SIZE];
    nf_fs_t fs;
    char device[NF_DEVICE_SIZE];
    char uuid[NF_UUID_SIZE];
};

struct nf_plan_array {
    char device[NF_DEVICE_SIZE];
    char uuid[NF_UUID_SIZE]; /* as mdadm writes it */
};

struct nf_plan_crypt {
    char name[NF_MOUNT_SIZE];
    char device[NF_DEVICE_SIZE];
    char uuid[NF_UUID_SIZE];
};

struct nf_plan {
    int command_count;
    struct nf_plan_command commands[NF_PLAN_COMMANDS_MAX];
    int volume_count; /* parents before their children, swap last */
    struct nf_volume volumes[NF_PLAN_VOLUMES_MAX];
    int esp_count; /* one per disk; the first is /boot/efi */
    char esps[NF_RAID_MAX][NF_DEVICE_SIZE];
    int array_count;
    struct nf_plan_array arrays[NF_PLAN_VOLUMES_MAX];
    int crypt_count;
    struct nf_plan_crypt crypts[NF_PLAN_VOLUMES_MAX];
    char group[16]; /* of volumes; "" without LVM */
    /* the words of commands stand in here */
    size_t text_len;
    char text[24 * 1024];
};

/* False and a sentence when the layout does not fit the disks. */
bool nf_plan_make(struct nf_plan *plan, const struct nf_layout *layout,
                  const struct nf_disk_set *site, char *fault, size_t size);

#endif
