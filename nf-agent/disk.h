#ifndef NF_AGENT_DISK_H
#define NF_AGENT_DISK_H

/*
 * The disk an image goes to: how big it is, and its MBR.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NF_SECTOR = 512,
    NF_DISK_PATH_SIZE = 128,
};

/* Bytes of an open disk or file, or -1. */
int64_t nf_disk_size(int fd);

/*
 * Grows the last partition of the MBR in sector to a disk of disk_size bytes
 * and returns its number (1 to 4).  0, sector untouched: no partition can be.
 */
int nf_mbr_grow(uint8_t sector[NF_SECTOR], int64_t disk_size);

/* The device of partition number: vda -> vda2, nvme0n1 -> nvme0n1p2. */
void nf_partition_path(const char *disk, int number,
                       char path[NF_DISK_PATH_SIZE]);

#endif
