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

#include "flow/task.h"
#include "model/actor.h"
#include "model/lease.h"
#include "model/node.h"
#include "model/settings.h"
#include "model/task.h"
#include "store/cards.h"
#include "store/diagnoses.h"
#include "store/txn.h"

struct nf_profile;

/* An installation that is about to be written down. */
struct nf_start {
    const struct nf_profile *profile; /* as its task works by it */
    nf_mac_t mac;                     /* zero: no machine is known yet */
    bool has_bmc, has_switch;         /* the task names one itself */
    bool begins;                      /* else it waits for its approval first */
};

/* The scope of one change, and who makes it.  Filled in by the caller. */
struct nf_change {
    struct nf_write *w;
    const struct nf_settings *settings;
    nf_time_t now;
    const char *actor; /* nf_actor_text() or nf_actor_word() */
    bool is_person;    /* what he does is kept longer */
    /* For the clock: since when heartbeats could come at all, 0: always.  Who
     * did not listen cannot say that a node was silent. */
    nf_time_t listening;
    /* Finds what is known of a task whose step runs, to be kept when that task
     * fails; false: nothing.  NULL: nothing is kept. */
    bool (*diagnose)(struct nf_change *c, const struct nf_task *task,
                     struct nf_diagnosis *diagnosis);
    const uint8_t *key; /* 32 bytes that seal secrets, NULL: none is taken */
    /* Asked once nothing else forbids an installation, before anything is
     * written; refuses with a fault.  NULL: nobody is asked. */
    nf_error_t (*preflight)(struct nf_change *c, const struct nf_start *start);
    void *preflight_of; /* the caller's own */
    struct nf_fault fault;
};

/* --- an operator, by the API ----------------------------------------------
 */

/* NF_CONFLICT: it, or another with one of its MACs or its serial, exists. */
nf_error_t nf_change_node_create(struct nf_change *c,
                                 const struct nf_node_edit *edit);

/* A MAC that a bare node has becomes this node's; the other one goes. */
nf_error_t nf_change_node_edit(struct nf_change *c, nf_mac_t mac,
                               const struct nf_node_edit *edit);

/* Nothing but itself has shown it: a lease, a boot script, a report.  Another
 * node may take over its card. */
bool nf_node_is_bare(struct nf_read *r, const struct nf_node *node);

/* Refused while a task is running.  Its tasks and events stay. */
nf_error_t nf_change_node_delete(struct nf_change *c, nf_mac_t mac);

/*
 * The node's card `from` was replaced by `to`; *mac is the node, and what it is
 * called by from then on.  Where that was its own MAC all that is known of the
 * machine goes with it: labels, inventory, tasks, commands, progress, device,
 * link to a port, address, and its chain of events.
 *
 * A machine that was discovered by the new card, and that nobody has named, is
 * this one, and gives way.  NF_INVALID: `from` is not a card of the node.
 * NF_CONFLICT: `to` is another node's, a task or command of it has not ended,
 * or it has more tasks than are moved in one change.
 */
nf_error_t nf_change_card_replace(struct nf_change *c, nf_mac_t *mac,
                                  nf_mac_t from, nf_mac_t to);

/* "install", "reinstall" or "cancel"; profile "" means the default. */
nf_error_t nf_change_node_action(struct nf_change *c, nf_mac_t mac,
                                 const char *action, const char *profile);

/* "reinstall" where the operator has named this node to be wiped: also one that
 * is installed while NF_ALLOW_REINSTALL is off.  Its task and events say so. */
nf_error_t nf_change_node_wipe(struct nf_change *c, nf_mac_t mac,
                               const char *profile);

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

/*
 * A DHCP binding by hand: makes the node when there is none.  hostname and
 * bootfile may be "".  NF_CONFLICT: the address is another node's.
 */
nf_error_t nf_change_binding_put(struct nf_change *c, nf_mac_t mac, nf_ip4_t ip,
                                 const char *hostname, const char *bootfile);
nf_error_t nf_change_binding_delete(struct nf_change *c, nf_mac_t mac);

/* Take the node's PXELINUX file away until its next task. */
nf_error_t nf_change_pxe_delete(struct nf_change *c, nf_mac_t mac);

/* --- tasks -----------------------------------------------------------------
 */

/* What an operator asks for.  Everything has been checked for what it is. */
struct nf_task_draft {
    nf_mac_t mac; /* zero: by sn alone */
    char sn[64];  /* "": by mac alone */
    char profile[32];
    char os_type[32], os_version[32]; /* as the operator wrote them, or "" */
    char hostname[64];
    char bootfile[48];
    bool has_bmc, has_switch;
    bool has_consent;    /* to wipe this node, installed or not */
    bool is_moved;       /* into another network, where its address may be */
    struct nf_text spec; /* JSON object that is shown with the task, or empty */
    /* The profile as it is for this task, whole: JSON and its header. */
    const struct nf_profile *effective;
    struct nf_text bmc_password; /* sealed at once, or empty */
};

/*
 * Create a task, pending; *id is its number.  A machine that the draft names
 * by MAC is registered when there is none; one that it names by serial alone
 * is waited for.  NF_CONFLICT: the node has a live task; the serial number is
 * another node's; NF_INVALID: the node may not be (re)installed.
 */
nf_error_t nf_change_task_create(struct nf_change *c,
                                 const struct nf_task_draft *draft,
                                 uint64_t *id);

/* Each: NF_NOT_FOUND, or NF_CONFLICT in a state that forbids it. */
nf_error_t nf_change_task_approve(struct nf_change *c, uint64_t id);
/* Of a machine that is off: the time that it has to boot begins with its first
 * sign of life, or when its BMC has switched it on. */
nf_error_t nf_change_task_approve_off(struct nf_change *c, uint64_t id);
/* What the operator said when he approved it; at most once, 127 bytes. */
nf_error_t nf_change_task_note(struct nf_change *c, uint64_t id,
                               const char *notes);
nf_error_t nf_change_task_reject(struct nf_change *c, uint64_t id,
                                 const char *reason);
nf_error_t nf_change_task_cancel(struct nf_change *c, uint64_t id,
                                 const char *reason);
/* By its own copy of the profile, or from now on by fresh. */
nf_error_t nf_change_task_retry(struct nf_change *c, uint64_t id,
                                const struct nf_profile *fresh);

/* Forget one that is over; its events stay. */
nf_error_t nf_change_task_delete(struct nf_change *c, uint64_t id);

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

/* A node asked for its boot script with the serial number of another one: it
 * may be that one's machine, by a card that we do not know.  Kept as
 * unmatched, and nothing else. */
nf_error_t nf_change_card_seen(struct nf_change *c, nf_mac_t mac,
                               const char *sn);

/* What nf-agent found in the machine it runs on. */
struct nf_hardware_report {
    nf_mac_t mac;                /* of the card that it booted by */
    nf_mac_t macs[NF_CARDS_MAX]; /* its other cards, as it says */
    uint8_t macs_n;
    bool is_leased; /* it comes from an address that mac leases from us */
    char sn[64];    /* "": it has none */
    nf_ip4_t peer;
    struct nf_text json;
};

/*
 * Keep it, give the node its serial number, and find its task; a machine that
 * is not known becomes a node.  *matched: a live task is its.  A clash of
 * serial numbers or MACs is kept as unmatched, changes nothing else, and is
 * NF_OK.
 *
 * A card that a report names is nobody's.  It becomes the node's when the
 * machine boots by it, leases an address, has the node's serial number, and
 * both list each other's card, and no third machine has it.
 */
nf_error_t nf_change_report(struct nf_change *c,
                            const struct nf_hardware_report *report,
                            bool *matched);

/* A machine of another serial number speaks for the node: kept as unmatched. */
nf_error_t nf_change_other_machine(struct nf_change *c, nf_mac_t mac,
                                   const char *sn);

/* An operator has seen it.  NF_NOT_FOUND. */
nf_error_t nf_change_unmatched_delete(struct nf_change *c, nf_mac_t mac);

/* A report that was refused at the border: noted with the node, once for the
 * same words. */
nf_error_t nf_change_report_refused(struct nf_change *c, nf_mac_t mac,
                                    const char *why);

/* How far an agent or installer is.  task 0: the node's live one, if any.
 * NF_NOT_FOUND: that task is not the node's. */
struct nf_progress_report {
    uint64_t task;
    char step[32];
    uint8_t percent;
    char message[128];
};
nf_error_t nf_change_progress(struct nf_change *c, nf_mac_t mac,
                              const struct nf_progress_report *report);

/* nf-agent in RAM asked something: noted as a sign of life, at most once in
 * some seconds, and as the node's boot where its task waits for that. */
nf_error_t nf_change_agent_ready(struct nf_change *c, nf_mac_t mac);

/* nf-relay wrote what the running step `step` of the task waits for. */
nf_error_t nf_change_files_applied(struct nf_change *c, uint64_t task,
                                   enum nf_step_kind step);

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
    bool has_journal; /* a command may be said to it again */
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
 * offline, end leases that are over, and keep the log within its window: some
 * max of changes and a few times as many looks, whatever there is to do.
 * *next is when to come again at the latest; c->now, there is more.  NF_FULL:
 * ask for less; also what makes room needs some.
 */
nf_error_t nf_change_clock(struct nf_change *c, unsigned max, nf_time_t *next);

/* The first deadline of a task or a command, 0: there is none. */
nf_time_t nf_change_next_deadline(struct nf_read *r);

#endif
