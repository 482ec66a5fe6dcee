#ifndef NF_RESERVE_GUARD_H
#define NF_RESERVE_GUARD_H

/*
 * The gate (dhcp/gate.h) is closed only while this process can do its work.
 * Waiting for LMDB's lock, or for a disk, has no bound and cannot be given up,
 * so a timer opens the gate then and ends the process.
 */

#include "dhcp/gate.h"

enum {
    NF_GUARD_PATIENCE = 3, /* seconds */
};

/* Once, before anything that may wait. */
void nf_guard_init(const struct nf_settings *settings);

/* Around what may wait. */
void nf_guard_arm(void);
void nf_guard_disarm(void);

/* Close the gate, or open it and say why.  "" means that all is well. */
void nf_guard_set(const char *trouble);

/* Say how it is; every second. */
void nf_guard_beat(void);

#endif
