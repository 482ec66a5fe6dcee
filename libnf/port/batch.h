#ifndef NF_PORT_BATCH_H
#define NF_PORT_BATCH_H

/*
 * Operations on one switch that are carried out together: a pure step function
 * from what the switch told last to what it is asked next.  One read serves
 * all that have to look, changes follow each other, and one save is for all of
 * them; what fails is put back and leaves the others alone.  Operations on the
 * same port go one after another.
 */

#include "port/operation.h"

enum {
    NF_SWITCH_BATCH_MAX = 64, /* operations, from first to last */
};

struct nf_switch_batch {
    struct nf_switch_operation *operations[NF_SWITCH_BATCH_MAX];
    size_t n, taken; /* now; ever */
    enum nf_switch_verb asked;
    struct nf_switch_operation *set; /* whose SET it is */
    bool begins;                     /* and its first */
    char pin[NF_SWITCH_PIN];         /* the key that the switch showed */
};

/* The operation was read, with is_begun and ends_at; it stays the caller's.  At
 * any time; false: the batch takes no more. */
bool nf_switch_batch_add(struct nf_switch_batch *batch,
                         struct nf_switch_operation *operation);

enum nf_switch_next {
    NF_SWITCH_NEXT_ASK,  /* *ask, and step again with the answer */
    NF_SWITCH_NEXT_WAIT, /* step again with NULL at *at, or when one is added */
    NF_SWITCH_NEXT_END,  /* nothing is left */
};

/*
 * told: what the ask brought, NULL at first and after a wait.  now is a clock
 * that only goes forward.  Afterwards, and before the switch is asked: those
 * that ended are taken out; and where batch->begins, that batch->set has begun
 * is noted, so that a later life knows.
 */
enum nf_switch_next nf_switch_batch_step(struct nf_switch_batch *batch,
                                         const struct nf_switch_told *told,
                                         nf_time_t now,
                                         struct nf_switch_ask *ask,
                                         nf_time_t *at);

/* One that has ended, its told the outcome, whose lists are valid until the
 * switch is asked; it is taken out.  NULL: there is none. */
struct nf_switch_operation *
nf_switch_batch_ended(struct nf_switch_batch *batch);

/* It could not be noted: batch->set ends untouched.  Step again with NULL. */
void nf_switch_batch_cannot(struct nf_switch_batch *batch, const char *words);

/* While the switch owes an answer: those whose time is over end, unless they
 * have begun to change something. */
void nf_switch_batch_expire(struct nf_switch_batch *batch, nf_time_t now);

/* All end, wherever they are. */
void nf_switch_batch_abandon(struct nf_switch_batch *batch);

/* The first time that is over; 0: there is none. */
nf_time_t nf_switch_batch_deadline(const struct nf_switch_batch *batch);

#endif
