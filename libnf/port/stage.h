#ifndef NF_PORT_STAGE_H
#define NF_PORT_STAGE_H

/*
 * How far an operation is, and what an answer makes of it.  Each looks at its
 * own port only; libnf/port/batch.h asks for many.
 */

#include "port/operation.h"

/* It ends, with what the switch told. */
void nf_switch_stage_end(struct nf_switch_operation *operation,
                         enum nf_switch_cause cause, const char *words);

/* It was read, with other ports or alone. */
void nf_switch_stage_read(struct nf_switch_operation *operation,
                          const struct nf_switch_told *told, nf_time_t now);

/* Of one that waits for the switch's VLANs. */
void nf_switch_stage_vlans(struct nf_switch_operation *operation,
                           const struct nf_switch_told *told);

/* It was changed or put back, or that failed: the port will show. */
void nf_switch_stage_set(struct nf_switch_operation *operation,
                         const struct nf_switch_told *told, nf_time_t now);

/* The switch was lost in another one's change: it is waited for. */
void nf_switch_stage_hold(struct nf_switch_operation *operation, nf_time_t now);

/* The switch was lost before it saved: a change that was made may be gone. */
void nf_switch_stage_doubt(struct nf_switch_operation *operation,
                           const struct nf_switch_told *told, nf_time_t now);

void nf_switch_stage_saved(struct nf_switch_operation *operation,
                           const struct nf_switch_told *told, nf_time_t now);

/* A change that was begun is finished or put back, whatever its time. */
void nf_switch_stage_late(struct nf_switch_operation *operation, nf_time_t now);

static inline bool
nf_switch_is_lost(enum nf_switch_cause cause)
{
    return cause == NF_SWITCH_UNREACHABLE || cause == NF_SWITCH_HUNG;
}

#endif
