#ifndef NF_SPOOL_SPOOL_H
#define NF_SPOOL_SPOOL_H

/*
 * Lease reports that the store could not take for now, as a file of records
 * in NF_SPOOL_DIR.  dnsmasq's script appends; whoever comes first, the next
 * script or nf-relay, moves them into the store.  Every process may be killed
 * at any instant: what was appended is read, at worst twice.
 */

#include "change/change.h"
#include "store/store.h"

/*
 * Append one report, on disk when this returns NF_OK.  NF_FULL: no space, or
 * more waits than is sane.  Makes only system calls, so that a signal handler
 * may call it.
 */
nf_error_t nf_spool_append(const char *dir,
                           const struct nf_lease_report *report);

/* Whether nothing waits; one look at the directory. */
bool nf_spool_is_empty(const char *dir);

enum {
    NF_SPOOL_BATCH = 256, /* reports that are handed over at once */
};

/* Takes n reports, all or none; anything but NF_OK keeps them.  They are then
 * offered one by one, and the first that is not taken stops the draining. */
typedef nf_error_t
nf_spool_take_t(void *arg, const struct nf_lease_report *reports, size_t n);

struct nf_spool_count {
    unsigned taken;
    unsigned left;       /* records behind the one that was not taken, and it */
    uint64_t lost_bytes; /* of records cut short or damaged, skipped */
    bool has_more;       /* only a part was asked for */
};

/*
 * Hand over every report that waits, oldest first, and remove what was taken.
 * Any number of processes may call it: NF_BUSY, another one drains just now.
 * NF_OK: nothing waits any more.  Else what `take` or the file said; call
 * again later.  *count is filled in either way.
 */
nf_error_t nf_spool_drain(const char *dir, nf_spool_take_t *take, void *arg,
                          struct nf_spool_count *count);

/* Where nf_spool_drain_some() goes on; zeroed for the first call. */
struct nf_spool_place {
    bool is_set;
    int file; /* open, so that no other file can be taken for it */
    size_t at;
};

/* The same for one batch, or the small end of one file and one batch of the
 * next; count->left is not known. */
nf_error_t nf_spool_drain_some(const char *dir, nf_spool_take_t *take,
                               void *arg, struct nf_spool_place *place,
                               struct nf_spool_count *count);

/*
 * Hand over what waits and leave it there; for who must know but cannot
 * store.  Another process may be draining meanwhile.
 */
nf_error_t nf_spool_look(const char *dir, nf_spool_take_t *take, void *arg);

/* For nf_spool_store(). */
struct nf_spool_target {
    nf_store_t *store;
    const struct nf_settings *settings;
    nf_time_t now;
    const char *actor;
    struct nf_fault fault; /* the last refusal; reason is empty: none */
};

/*
 * The usual nf_spool_take_t: put the reports into the store in one scope, which
 * is committed only when something changed.  NF_OK also for what will never be
 * accepted: then target->fault says why.
 */
nf_error_t nf_spool_store(void *target, const struct nf_lease_report *reports,
                          size_t n);

#endif
