#ifndef NF_CHANGE_CHANGE_H
#define NF_CHANGE_CHANGE_H

/*
 * One function per thing that can happen.  Each changes the state and appends
 * its event in the caller's write scope, and is the only code that does.
 *
 * Each checks first and writes afterwards: when it refuses (anything but
 * NF_OK with a fault filled in) it has written nothing, so that several may
 * share one scope.  A failure of the store itself sticks to the scope.
 */

#include "model/lease.h"
#include "model/node.h"
#include "model/settings.h"
#include "model/task.h"
#include "store/txn.h"

/* The scope of one change, and who makes it.  Filled in by the caller. */
struct nf_change {
    struct nf_write *w;
    const struct nf_settings *settings;
    nf_time_t now;
    const char *actor; /* "api", "hook", "relay", "node", ... */
    /* For the clock: since when heartbeats could come at all, 0: always.  Who
     * did not listen cannot say that a node was silent. */
    nf_time_t listening;
    struct nf_fault fault;
};

/* --- an operator, by the API ----------------------------------------------
 */

/* NF_CONFLICT: it, or another with one of its MACs or its serial, exists. */
nf_error_t nf_change_node_create(struct nf_change *c,
                                 const struct nf_node_edit *edit);

nf_error_t nf_change_node_edit(struct nf_change *c, nf_mac_t mac,
                               const struct nf_node_edit *edit);

/* Refused while a task is running.  Its tasks and events stay. */
nf_error_t nf_change_node_delete(struct nf_change *c, nf_mac_t mac);

/* "install", "reinstall" or "cancel"; profile "" means the default. */
nf_error_t nf_change_node_action(struct nf_change *c, nf_mac_t mac,
                                 const char *action, const char *profile);

/* --- boot files --------------------------------------------------------------
 */

struct nf_file;

/*
 * Let file->path name the content file->sha256 of file->size bytes, which must
 * be there (NF_CONFLICT).  Fills in times and revision as they are then; what
 * is so already changes nothing.
 */
nf_error_t nf_change_file_put(struct nf_change *c, struct nf_file *file,
                              bool *is_new);

/* The path names nothing any more; the content stays until it is swept. */
nf_error_t nf_change_file_delete(struct nf_change *c, struct nf_text path);

/* --- DHCP ------------------------------------------------------------------
 */

enum nf_lease_action {
    NF_LEASE_ADD,
    NF_LEASE_OLD,
    NF_LEASE_DEL
};

struct nf_lease_report {
    enum nf_lease_action action;
    /* What the report knows; the rest is zero.  changed_at is when dnsmasq
     * queued it (DNSMASQ_LEASE_EXPIRES minus DNSMASQ_TIME_REMAINING), 0 when
     * it did not say: reports are put in order by it. */
    struct nf_lease lease;
    bool is_partial;       /* dnsmasq itself knew no more than the lease */
    bool has_boot_request; /* asked by a firmware, not by a system */
};

/*
 * Any order, repeated, late: a lease is keyed by address; a late `del` or
 * `old` never removes a newer lease of another client; what changes nothing
 * appends nothing.  May create a node, by NF_NODE_RULE.
 */
nf_error_t nf_change_lease(struct nf_change *c,
                           const struct nf_lease_report *report);

/* --- the node ----------------------------------------------------------------
 */

/* A boot script was served to a node that installs; attempt as it was then. */
nf_error_t nf_change_script_served(struct nf_change *c, nf_mac_t mac,
                                   uint16_t attempt);

/* It asked again because kernel or initrd could not be fetched; error is
 * iPXE's errno. */
nf_error_t nf_change_fetch_failed(struct nf_change *c, nf_mac_t mac,
                                  uint16_t attempt, const char *error);

/* An unknown MAC asked for its boot script: create it, if it may. */
nf_error_t nf_change_boot_seen(struct nf_change *c, nf_mac_t mac, nf_ip4_t ip);

/* The installer says how `operation` (a step's name) ended; the caller has
 * checked its token.  Repeating it is fine. */
struct nf_operation_report {
    char operation[32];
    bool success;
    char message[108];
};
nf_error_t nf_change_operation(struct nf_change *c, nf_mac_t mac,
                               const struct nf_operation_report *report);

/* What an agent says of itself; empty members are not meant. */
struct nf_status_report {
    char status[16];
    nf_ip4_t ip;
    char hostname[64];
};

/*
 * A heartbeat.  The time is noted always; a status that cannot be is an event
 * (status.refused) once, and changes nothing.  NF_NOT_FOUND: no such node.
 */
nf_error_t nf_change_status(struct nf_change *c, nf_mac_t mac,
                            const struct nf_status_report *report);

/* --- the clock ---------------------------------------------------------------
 */

/*
 * Let deadlines pass that are due, mark nodes whose heartbeats stopped as
 * offline, and keep the log within its window: at most max of each.  *next is
 * when to come again at the latest.  NF_FULL: ask for less; also what makes
 * room needs some.
 */
nf_error_t nf_change_clock(struct nf_change *c, unsigned max, nf_time_t *next);

#endif
