#ifndef NF_CHANGE_RECORD_H
#define NF_CHANGE_RECORD_H

/*
 * Writing an object together with its event.  For the files of this folder.
 */

#include "change/change.h"
#include "flow/task.h"
#include "model/event.h"
#include "store/nodes.h"

/* Refuse because of what the store holds: NF_CONFLICT. */
nf_error_t nf_conflict(struct nf_change *c, const char *field, const char *why);

/* The same of what is another node's, which is named. */
nf_error_t nf_conflict_owner(struct nf_change *c, const char *field,
                             nf_mac_t owner);

nf_error_t nf_conflict_address(struct nf_change *c, const char *field,
                               nf_ip4_t ip);

/* The same of a node with a task that is not over, or being undone. */
nf_error_t nf_conflict_unfinished(struct nf_change *c,
                                  const struct nf_task *task);

/* The same because of another task: its name, then why. */
nf_error_t nf_conflict_task(struct nf_change *c, const char *field, uint64_t id,
                            const char *why);

/*
 * The node has filled the log with its own words of late (NF_NOISE_MAX events
 * in a minute, and nothing else of it between): a note of what it says now is
 * not made.
 */
enum {
    NF_NOISE_MAX = 20
};

/* As nf_record_node(), of what a node says of itself: where it is noisy, in
 * place of what it said last. */
bool nf_record_said(struct nf_change *c, enum nf_event_kind kind,
                    struct nf_node *node, struct nf_text extra);

/* Store the node and append an event that carries it. */
bool nf_record_node(struct nf_change *c, enum nf_event_kind kind,
                    struct nf_node *node, struct nf_text extra);

/* The same for a task; a new one (id 0) gets the event's number as its id.
 * spec NULL: as stored. */
bool nf_record_task(struct nf_change *c, enum nf_event_kind kind,
                    struct nf_task *task, const struct nf_text *spec);

/* The same for a lease. */
bool nf_record_lease(struct nf_change *c, const struct nf_lease *lease);

/* An event without an object; detail is printable, may be empty. */
bool nf_record_note(struct nf_change *c, enum nf_event_kind kind, nf_mac_t mac,
                    const char *detail);

/* An event whose members the caller has written, such as
 * "\"progress\":{...}". */
bool nf_record_members(struct nf_change *c, enum nf_event_kind kind,
                       nf_mac_t mac, struct nf_text members);

/* The address is set, and bound to another node than mac or its own for good.
 */
bool nf_record_is_taken(struct nf_change *c, nf_mac_t mac, nf_ip4_t ip);

/* The address may be kept for the node: DHCP of ours can give it, and it is no
 * other's; else refused with the field's name. */
nf_error_t nf_record_address_check(struct nf_change *c, nf_mac_t mac,
                                   nf_ip4_t ip, const char *field);

/* A machine appeared for a task that waited for its serial number. */
bool nf_record_match(struct nf_change *c, struct nf_task *task, nf_mac_t mac);

/*
 * The live task of a node with this serial number ("": none): its own, or one
 * that waited for a machine of that number and may begin now.
 */
bool nf_record_live_task(struct nf_change *c, const struct nf_node *node,
                         const char *sn, struct nf_task *task);

/* The node's latest task. */
bool nf_record_find_task(struct nf_change *c, nf_mac_t mac,
                         struct nf_task *task);

/*
 * A node that spoke for the first time: the store has none of this MAC.  Its
 * address is its lease's; said, which may be unset, is the one it came from.
 */
bool nf_record_discovered(struct nf_change *c, nf_mac_t mac, nf_ip4_t said,
                          const char *hostname);

/* Its address, and whether it ever had one of ours, by its leases; one that an
 * operator or a task gave stays. */
void nf_record_follow_leases(struct nf_change *c, struct nf_node *node);

/* A node to be changed and stored again. */
struct nf_held_node {
    struct nf_node node;
    struct nf_text extra; /* a copy: writing may move what is stored */
    char buffer[NF_NODE_EXTRA_MAX];
};

/* NF_OK, NF_NOT_FOUND with a fault, or what the store said. */
nf_error_t nf_hold_node(struct nf_change *c, nf_mac_t mac,
                        struct nf_held_node *held);

#endif
