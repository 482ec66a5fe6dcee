#ifndef NF_AGENT_GPT_H
#define NF_AGENT_GPT_H

/*
 * The GUID partition table of an image, fitted to the disk it lands on (UEFI
 * 2.10 section 5.3).  Sectors are of 512 bytes, as in every image.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NF_GPT_TABLE_MAX = 32 * 1024, /* bytes of partition entries */
};

/* The copy that belongs to the end of the disk. */
struct nf_gpt_backup {
    int64_t at; /* byte of the disk */
    size_t len;
    uint8_t bytes[NF_GPT_TABLE_MAX + 512];
};

/* Whether the first len bytes of a disk hold a GUID partition table. */
bool nf_gpt_is(const uint8_t *head, size_t len);

/*
 * Grows the last partition of the table in head to a disk of disk_size bytes
 * and makes the copy.  Returns the partition's number; 0, head untouched: the
 * table is damaged, too large, or ends with a partition that isn't Linux's.
 */
int nf_gpt_grow(uint8_t *head, size_t len, int64_t disk_size,
                struct nf_gpt_backup *backup);

#endif
