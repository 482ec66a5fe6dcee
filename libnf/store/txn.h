#ifndef NF_STORE_TXN_H
#define NF_STORE_TXN_H

/*
 * Reading and changing the store.
 *
 * A read scope sees one moment of the store; a write scope changes it all at
 * once or not at all.  Either lives inside one block of one function, and a
 * thread has at most one open.  The first failure sticks: later calls do
 * nothing, commit refuses, and the caller asks once.
 */

#include "base/error.h"
#include "base/text.h"
#include "store/store.h"

/* clang-format off */
#define NF_TABLES(X)                                                          \
    X(NF_META,           "meta")                                              \
    X(NF_NODES,          "nodes")                                             \
    X(NF_NODES_BY_AGE,   "nodes-by-age")                                      \
    X(NF_INDEX,          "index")                                             \
    X(NF_LEASES,         "leases")                                            \
    X(NF_LEASES_BY_MAC,  "leases-by-mac")                                     \
    X(NF_TASKS,          "tasks")                                             \
    X(NF_TASKS_BY_NODE,  "tasks-by-node")                                     \
    X(NF_DEADLINES,      "deadlines")                                         \
    X(NF_EVENTS,         "events")                                            \
    X(NF_CURSORS,        "cursors")                                           \
    X(NF_REQUESTS,       "requests")                                          \
    X(NF_TASKS_AWAITED,  "tasks-awaited")                                     \
    X(NF_PROGRESS,       "progress")                                          \
    X(NF_HARDWARE,       "hardware")                                          \
    X(NF_UNMATCHED,      "unmatched")                                         \
    X(NF_PROFILES,       "profiles")                                          \
    X(NF_TASK_PROFILES,  "task-profiles")                                     \
    X(NF_FILES,          "files")                                             \
    X(NF_SECRETS,        "secrets")                                           \
    X(NF_EXPIRY,         "expiry")                                            \
    X(NF_LABELS_OF,      "labels")                                            \
    X(NF_LABEL_INDEX,    "label-index")                                       \
    X(NF_COMMANDS,         "commands")                                        \
    X(NF_COMMANDS_BY_NODE, "commands-by-node")                                \
    X(NF_COMMANDS_TO_SEND, "commands-to-send")                                \
    X(NF_COMMANDS_DUE,     "commands-due")                                    \
    X(NF_AGENTS,           "agents")                                          \
    X(NF_WORKERS,          "workers")                                         \
    X(NF_CARDS,            "cards")                                           \
    X(NF_CARD_INDEX,       "card-index")                                      \
    X(NF_STRANGERS,        "strangers")                                      \
    X(NF_AUDIT,            "audit")                                          \
    X(NF_RESERVATIONS,         "reservations")                                \
    X(NF_RESERVATIONS_BY_CARD, "reservations-by-card")                        \
    X(NF_RESERVATIONS_DROPPED, "reservations-dropped")                        \
    X(NF_DEVICES,        "devices")                                           \
    X(NF_DEVICE_INDEX,   "device-index")                                      \
    X(NF_CREDENTIALS,    "credentials")                                       \
    X(NF_TALLIES,        "tallies")                                           \
    X(NF_SWITCHES,       "switches")                                          \
    X(NF_PORTS,          "ports")                                             \
    X(NF_SIGHTINGS,      "sightings")                                         \
    X(NF_LINKS,          "links")                                             \
    X(NF_LINK_INDEX,     "link-index")                                        \
    X(NF_KEPT,           "kept")                                              \
    X(NF_ORDERS,         "orders")                                            \
    X(NF_TASKS_ENDED,    "tasks-ended")                                       \
    X(NF_SIGNS,          "signs")                                             \
    X(NF_CONSOLES,       "consoles")                                          \
    X(NF_VOICES,         "voices")                                            \
    X(NF_DIAGNOSES,      "diagnoses")
/* clang-format on */

typedef enum {
#define X(table, name) table,
    NF_TABLES(X)
#undef X
    NF_TABLE_COUNT,
} nf_table_t;

/* "nodes-by-age" */
const char *nf_table_name(nf_table_t table);

struct MDB_txn;
struct MDB_cursor;

/* What it returns points into the store and is valid until it ends. */
struct nf_read {
    struct MDB_txn *mdb;
    nf_store_t *store;
    nf_error_t err; /* the first failure */
};

struct nf_write {
    struct nf_read read; /* sees its own changes */
    uint64_t seq;        /* of the last event appended, 0: none yet */
    bool is_dirty;       /* something was put: committing costs an fsync */
    bool is_low;         /* what is left is for what makes room */
    bool is_cleaning;    /* which this is: it may have all of it */
    bool is_counted;     /* what may go in, to the last free page */
    uint64_t allowance;  /* bytes that may go in else; more is NF_FULL */
    uint64_t taken;      /* of it */
};

/* Open a scope that cannot outlive its block: reads end, unsaved writes
 * abort. */
#define NF_READ(name, from)                                                    \
    __attribute__((cleanup(nf_read_end))) struct nf_read name =                \
        nf_read_begin(from)
#define NF_WRITE(name, to)                                                     \
    __attribute__((cleanup(nf_write_abort))) struct nf_write name =            \
        nf_write_begin(to)
/* For what makes room, or must not stop for want of it. */
#define NF_CLEAN(name, to)                                                     \
    __attribute__((cleanup(nf_write_abort))) struct nf_write name =            \
        nf_clean_begin(to)

struct nf_read nf_read_begin(nf_store_t *store);
void nf_read_end(struct nf_read *r);

/* Waits for the one other writer there may be, of any process.  NF_FULL, also
 * from what it puts: no more is left than what is kept for cleaning. */
struct nf_write nf_write_begin(nf_store_t *store);

/* The same, and also of the last part (w.is_low).  Who finds that it is not for
 * making room clears w.is_cleaning before it puts anything. */
struct nf_write nf_clean_begin(nf_store_t *store);
void nf_write_abort(struct nf_write *w);

/* NF_OK: everything is on disk, and readers have been woken.  A scope that
 * changed nothing costs nothing. */
nf_error_t nf_write_commit(struct nf_write *w);

/* The number of the commit that is read, which grows with each one of anybody:
 * what is read in two scopes of one number is the same.  A copy of the store
 * begins anew, in another generation (store/generation.h). */
uint64_t nf_read_commit(const struct nf_read *r);

/* False: there is none, or the scope has failed (r->err). */
bool nf_read_get(struct nf_read *r, nf_table_t table, struct nf_bytes key,
                 struct nf_bytes *value);

bool nf_write_put(struct nf_write *w, nf_table_t table, struct nf_bytes key,
                  struct nf_bytes value);

/* For a key above every other: denser pages than put. */
bool nf_write_append(struct nf_write *w, nf_table_t table, struct nf_bytes key,
                     struct nf_bytes value);

/* A key that is not there is fine. */
bool nf_write_delete(struct nf_write *w, nf_table_t table, struct nf_bytes key);

/* Note a failure found by a caller: stored data that makes no sense. */
void nf_read_fail(struct nf_read *r, nf_error_t err);

/* Walking a table in key order.  In a write scope do not change the table
 * while walking it. */
struct nf_scan {
    struct nf_read *r;
    struct MDB_cursor *cursor;
    struct nf_bytes key, value;
};

#define NF_SCAN(name, scope, table)                                            \
    __attribute__((cleanup(nf_scan_end))) struct nf_scan name =                \
        nf_scan_begin(scope, table)

struct nf_scan nf_scan_begin(struct nf_read *r, nf_table_t table);
void nf_scan_end(struct nf_scan *scan);

/* Move to the first key >= key / the next / the one before / the last; the pair
 * is in scan->key and scan->value.  False: there is none. */
bool nf_scan_seek(struct nf_scan *scan, struct nf_bytes key);
bool nf_scan_next(struct nf_scan *scan);
bool nf_scan_previous(struct nf_scan *scan);
bool nf_scan_last(struct nf_scan *scan);

/* Whether the present key begins with prefix. */
bool nf_scan_has(const struct nf_scan *scan, struct nf_bytes prefix);

/* How many pairs a table holds. */
uint64_t nf_read_count(struct nf_read *r, nf_table_t table);

#endif
