#ifndef NF_SPOOL_RECORD_H
#define NF_SPOOL_RECORD_H

/*
 * One report in the spool's file:
 *
 *     4e 46 53 32               "NFS2"
 *     20 01 00 00               length of what is behind the head, 288
 *     xx xx xx xx xx xx xx xx   FNV-1a of length and body
 *     00 00 00 00 00 00 00 00   1 once the store has it; not summed
 *     ... body
 *
 * Records of an earlier version ("NFS1") are read too: they may wait over an
 * upgrade.
 */

#include "change/change.h"

struct nf_spool_record {
    struct {
        char magic[4];
        uint32_t len;
        uint64_t sum;
        uint64_t is_done;
    } head;
    struct {
        uint8_t action;
        uint8_t is_partial;
        uint8_t has_boot_request;
        uint8_t reserved[5];
        struct nf_lease lease;
    } body;
};

/* Makes no call, so that a signal handler may. */
void nf_spool_encode(const struct nf_lease_report *report,
                     struct nf_spool_record *record);

/* The record that data begins with, and how long it is there; 0: none does. */
size_t nf_spool_read(const char *data, size_t size,
                     struct nf_spool_record *record);

struct nf_lease_report nf_spool_decode(const struct nf_spool_record *record);

#endif
