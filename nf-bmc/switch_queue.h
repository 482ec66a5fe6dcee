#ifndef NF_BMC_SWITCH_QUEUE_H
#define NF_BMC_SWITCH_QUEUE_H

/*
 * The commands for switches that were taken.  A switch has one session at a
 * time, that carries out all of its commands that are there, or come while it
 * lasts, as many as a batch takes; the others wait for the next.
 */

#include "bmc/order.h"
#include "journal.h"
#include "known.h"
#include "switch_run.h"

enum {
    NF_SWITCH_QUEUE_MAX = 4096,  /* commands that have not ended */
    NF_SWITCH_SESSIONS_MAX = 32, /* at once */
};

struct nf_switch_session;

/* One command, from the message to its outcome. */
struct nf_switch_work {
    struct nf_switch_queue *queue;
    char id[NF_COMMAND_ID_TEXT], command[32];
    nf_mac_t mac;
    struct nf_device device; /* with its passwords */
    const struct nf_switch_driver *driver;
    struct nf_journal_entry *entry;
    struct nf_switch_operation operation; /* with its ends_at */
    nf_time_t begun_at;
    struct nf_switch_session *session; /* NULL: it waits for one */
    struct nf_switch_work *next;
};

struct nf_switch_queue {
    struct nf_loop *loop;
    struct nf_journal *journal;
    void *of;
    /* What there is to say of a command; the journal has it before. */
    void (*said)(void *of, const struct nf_switch_work *work,
                 const struct nf_outcome *outcome);
    /* A part of a scan, before its outcome.  False: it could not be said. */
    bool (*ports)(void *of, struct nf_text part);

    struct nf_known known;
    struct nf_timer timer;        /* until a silent switch may be asked */
    struct nf_switch_work *works; /* oldest first */
    struct nf_switch_session *sessions;
    size_t works_n, sessions_n;
};

/* NULL: it is not there. */
const struct nf_switch_work *
nf_switch_queue_find(const struct nf_switch_queue *queue, const char *id);

/* What stands before begun_at is set already, and in the journal; it is the
 * queue's from here on. */
void nf_switch_queue_add(struct nf_switch_queue *queue,
                         struct nf_switch_work *work);

/* One that was not added: it is wiped and freed. */
void nf_switch_work_discard(struct nf_switch_work *work);

/* Sessions are closed where they are; nothing more is said. */
void nf_switch_queue_close(struct nf_switch_queue *queue);

#endif
