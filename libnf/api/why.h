#ifndef NF_API_WHY_H
#define NF_API_WHY_H

/*
 * What the store knows of why a node or task is where it is.  For the files
 * of this folder.
 */

#include "api/reply.h"
#include "change/enroll.h"
#include "dhcp/offer.h"
#include "flow/why.h"
#include "model/file.h"
#include "model/sign.h"
#include "model/switch_place.h"
#include "status/find.h"
#include "store/diagnoses.h"
#include "store/hardware.h"
#include "store/progress.h"

enum {
    NF_WHY_SWITCHES = 128 /* names of switches */
};

struct nf_known {
    struct nf_why_facts facts;
    struct nf_progress progress;
    struct nf_signs signs;
    struct nf_unmatched unmatched[NF_WHY_REPORTS], kin[NF_WHY_REPORTS];
    struct nf_command command, wanted, last; /* last: of the step, ended ill */
    struct nf_switch_place place;
    struct nf_port_kept kept;
    struct nf_troubles troubles;
    char read_first[NF_WHY_SWITCHES];
    char not_enrolled[NF_NOT_ENROLLED];
    char firmware[NF_OFFER_WHY], lacks[NF_OFFER_WHY];
    struct nf_diagnosis diagnosis;
    char replaced[NF_FILE_PATH];
};

/* node NULL: no machine is known for the task; task NULL: none was ever. */
void nf_known_find(struct nf_scope *scope, nf_time_t now,
                   const struct nf_node *node, const struct nf_task *task,
                   struct nf_known *known);

/* Of a machine that is no node: its firmware was offered nothing, it asked for
 * an address, or it was a node.  False: nothing is known of it. */
bool nf_known_stranger(struct nf_scope *scope, nf_time_t now, nf_mac_t mac,
                       struct nf_known *known);

/* The same without what ails the bastion, which takes the longest to find. */
void nf_known_find_facts(struct nf_scope *scope, nf_time_t now,
                         const struct nf_node *node, const struct nf_task *task,
                         struct nf_known *known);

/* Of a task that is over: what it was made of, and failed by. */
void nf_known_find_over(struct nf_read *r, const struct nf_task *task,
                        struct nf_known *known);

/* The node's task has a static network, and the node no address of its own. */
bool nf_known_lacks_address(struct nf_read *r, const struct nf_node *node,
                            const struct nf_task *task);

/* The task fetches packages, and the mirror is known not to serve them. */
bool nf_known_lacks_mirror(struct nf_scope *scope, nf_time_t now,
                           const struct nf_task *task);

/* Let times be of the clock as it is, also where it was set since they were
 * noted. */
void nf_known_settle(struct nf_read *r, struct nf_known *known);

/* For struct nf_change. */
bool nf_known_diagnose(struct nf_change *c, const struct nf_task *task,
                       struct nf_diagnosis *diagnosis);

/* "now" and "waits" of what is known, as members of a JSON object. */
void nf_known_put(struct nf_out *out, const struct nf_known *known);

#endif
