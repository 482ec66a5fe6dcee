#ifndef NF_RELAY_OUTBOX_H
#define NF_RELAY_OUTBOX_H

/*
 * Commands on their way to those who carry them out.  The work list is the
 * store's index of what is to be sent and when; the log only says that there is
 * something new.  A command goes out again, under the same id, until it has a
 * result or its deadline has passed: whoever takes it keeps a journal of ids.
 */

#include "base/address.h"
#include "presence.h"
#include "reach.h"
#include "turn.h"

enum {
    NF_OUTBOX_SENT = 100 /* publications that the broker has not confirmed */
};

/* Hand to the broker; its number, or 0: not taken. */
typedef int nf_outbox_send_t(void *of, const char *topic,
                             struct nf_text payload);

struct nf_outbox {
    struct nf_turn *turn;
    void *of;
    nf_outbox_send_t *send;
    const struct nf_presence *presence;
    struct nf_reach reach;
    bool is_up;
    nf_time_t at; /* tick to look at the work list */
    struct {
        int publication;
        uint64_t command;
    } sent[NF_OUTBOX_SENT];
    size_t sent_n;
};

/* Something of a command has changed. */
void nf_outbox_look(struct nf_outbox *outbox);

/* The broker has it. */
void nf_outbox_acknowledged(struct nf_outbox *outbox, int publication);

/* What was not confirmed is lost with the connection, and goes out again with
 * the next one. */
void nf_outbox_changed(struct nf_outbox *outbox, bool is_up);

/* Send what is due.  Returns the tick to be run at again. */
nf_time_t nf_outbox_run(struct nf_outbox *outbox);

#endif
