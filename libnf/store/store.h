#ifndef NF_STORE_STORE_H
#define NF_STORE_STORE_H

/*
 * The store: one LMDB file that every process opens once, after fork.
 * `nf_store_init` alone makes it; everyone else opens what exists.
 */

#include "base/error.h"
#include "base/text.h"

typedef struct nf_store nf_store_t;

struct nf_store_init {
    size_t map_size;   /* 0: 64 GiB, or 1 GiB on 32-bit */
    const char *group; /* owner of the files, NULL: the caller's */
};

/*
 * Make the store at path (with path-lock, path-bell and path-ballast beside it,
 * 0660), or leave alone one that exists and has our schema; one without a
 * ballast gets it.  The directory must exist.
 * NF_REMOTE: it is on a network's file system, where locks and shared maps do
 * not hold what LMDB asks of them.
 */
nf_error_t nf_store_init(const char *path, const struct nf_store_init *init);

/*
 * NF_NOT_FOUND: never initialised.  NF_SCHEMA: another version's.  Tables that
 * a store of the same schema lacks are made, for which the writer's lock is
 * taken; it is not when there are all.
 */
nf_error_t nf_store_open(nf_store_t **store, const char *path);

/* The same without making any: what is missing reads as empty, and a put into
 * it is NF_SCHEMA.  For those who only read, or must not wait. */
nf_error_t nf_store_open_as_is(nf_store_t **store, const char *path);

/*
 * A failure on the disk may leave LMDB's environment so that it refuses all
 * that follows (NF_BROKEN), although the file is whole: what was not confirmed
 * is not in it.  Reopening cures that.  NF_BUSY: a scope is open in this
 * process, ask again when none is; any other failure: so must be tried again.
 */
bool nf_store_is_broken(nf_store_t *store);
nf_error_t nf_store_reopen(nf_store_t *store);

/*
 * Make the ballast (see store/room.h) when it is not there, now and later; for
 * the one program that is always there.  Others use what there is.  No scope
 * may be open.
 */
void nf_store_keep_ballast(nf_store_t *store);

/* Accepts NULL.  No scope may be open. */
void nf_store_close(nf_store_t *store);

/* The file that changes after every commit; watch it for IN_MODIFY. */
const char *nf_store_notify_path(const nf_store_t *store);

/* What was renamed to path is there also after a power cut. */
nf_error_t nf_store_sync_folder(const char *path);

/*
 * A consistent, compacted copy, made beside running writers, fsynced and then
 * renamed to path, which must not exist (NF_CONFLICT).
 */
nf_error_t nf_store_backup(nf_store_t *store, const char *path);

/* Whether another process has the store at path open. */
bool nf_store_is_open_elsewhere(const char *path);

/* Sizes for /metrics. */
struct nf_store_stat {
    uint64_t map_size, used_bytes;
    uint64_t free_bytes;    /* of used_bytes: pages that are used again */
    uint64_t left_bytes;    /* what can be written before the store is full */
    uint64_t reserve_bytes; /* the last of these, kept for cleaning */
    uint64_t disk_bytes;    /* free on the disk, besides the ballast's */
    uint64_t nodes, leases, tasks, events;
    uint64_t awaited;   /* live tasks without a machine */
    uint64_t unmatched; /* machines that reported and have no task */
    uint64_t files;
    uint64_t first_event, last_event;
    unsigned readers;
};
struct nf_read;
nf_error_t nf_store_stat(struct nf_read *r, struct nf_store_stat *stat);

#endif
