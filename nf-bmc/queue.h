#ifndef NF_BMC_QUEUE_H
#define NF_BMC_QUEUE_H

/*
 * The commands that were taken: those that run, a number of them at once and
 * one at a time for each device, and those that wait for their turn, or for a
 * device that was silent.
 */

#include "bmc/order.h"
#include "journal.h"
#include "known.h"
#include "run.h"

enum {
    NF_QUEUE_MAX = 1024, /* commands that are taken and have not ended */
};

/* One command, from the message to its outcome. */
struct nf_work {
    struct nf_queue *queue;
    char id[NF_COMMAND_ID_TEXT], command[32];
    nf_mac_t mac;
    struct nf_device device;        /* with its password */
    struct nf_journal_entry *entry; /* NULL: nobody asked for it but we */
    struct nf_run run;              /* with its operation */
    nf_time_t starts_at;            /* not before; 0: at once */
    nf_time_t ends_at;              /* by the loop's clock */
    bool is_running;
    struct nf_work *next;
};

struct nf_queue {
    struct nf_loop *loop;
    struct nf_journal *journal;
    size_t max[NF_BMC_DRIVER_COUNT]; /* at once */
    void *of;
    /* What there is to say of a command; the journal has it before. */
    void (*said)(void *of, const struct nf_work *work,
                 const struct nf_outcome *outcome);

    struct nf_known known;
    struct nf_timer timer; /* until something that waits may be asked */
    struct nf_work *works; /* oldest first */
    size_t works_n, running[NF_BMC_DRIVER_COUNT];
};

/* NULL: it is not there. */
const struct nf_work *nf_queue_find(const struct nf_queue *queue,
                                    const char *id);

/* What stands before is_running is set already, and in the journal; it is the
 * queue's from here on.  It begins when it may. */
void nf_queue_add(struct nf_queue *queue, struct nf_work *work);

/* One that was not added: it is wiped and freed. */
void nf_work_discard(struct nf_work *work);

/* What runs is stopped where it is; nothing more is said. */
void nf_queue_close(struct nf_queue *queue);

#endif
