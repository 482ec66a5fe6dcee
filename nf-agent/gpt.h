#ifndef NF_AGENT_GPT_H
#define NF_AGENT_GPT_H

/*
 * The GUID partition table of an image, fitted to the disk it lands on (UEFI
 * 2.10 section 5.3).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NF_GPT_TABLE_MAX = 32 * 1024, /* bytes of partition entries */
    NF_GPT_SECTOR_MIN = 512,
    NF_GPT_SECTOR_MAX = 4096,
};

/* The copy that belongs to the end of the disk. */
struct nf_gpt_backup {
    int64_t at; /* byte of the disk */
    size_t len;
    uint8_t bytes[NF_GPT_TABLE_MAX + NF_GPT_SECTOR_MAX];
};

/* The size of the sectors that a GUID partition table in the first len bytes
 * of a disk counts in; 0: there is none. */
int nf_gpt_sector(const uint8_t *head, size_t len);

/*
 * Grows the last partition of the table in head to a disk of disk_size bytes
 * and makes the copy.  Returns the partition's number; 0, head untouched: the
 * table is damaged, too large, or ends with a partition that isn't Linux's.
 */
int nf_gpt_grow(uint8_t *head, size_t len, int64_t disk_size,
                struct nf_gpt_backup *backup);

#endif
