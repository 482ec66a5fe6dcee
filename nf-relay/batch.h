#ifndef NF_RELAY_BATCH_H
#define NF_RELAY_BATCH_H

/*
 * Statuses and results on their way into the store.  Many share one
 * transaction, since one fsync each would be most of the work; none is
 * acknowledged to the broker before the transaction that holds it is on disk.
 */

#include "change/answer.h"
#include "pace.h"
#include "turn.h"

enum {
    NF_BATCH_MAX = 512,
};

/* A status, or what a node or a worker says of a command. */
struct nf_batch_item {
    nf_mac_t mac; /* zero: a worker's */
    bool is_result;
    bool is_stored; /* out: what it says was taken */
    union {
        struct nf_status_report report;
        struct {
            char worker[NF_WORKER_NAME];
            char id[NF_COMMAND_ID_TEXT];
            enum nf_command_word word;
            char words[NF_COMMAND_RESULT];
            struct nf_command_told told;
        } result;
    };
};

struct nf_batch {
    struct nf_turn *turn;
    size_t n;
    nf_time_t first, last; /* ticks of the first and the last one */
    struct nf_batch_item items[NF_BATCH_MAX];
    struct nf_pace bad_pace, dropped_pace, unknown_pace, refused_pace,
        result_pace;
};

/* One message of a node or a worker, of any bytes.  What makes no sense is
 * counted, said once in a while, and dropped.  A full batch is stored first;
 * false: as nf_batch_commit() says. */
bool nf_batch_take(struct nf_batch *batch, struct nf_text topic,
                   struct nf_text payload);

/* Whether more may be taken before the next commit. */
bool nf_batch_has_room(const struct nf_batch *batch);

/* Whether all that was taken is on disk. */
bool nf_batch_is_empty(const struct nf_batch *batch);

/* Store the batch when it is time; *at is when to be run again.  False: as
 * nf_batch_commit() says. */
bool nf_batch_run(struct nf_batch *batch, nf_time_t *at);

/* Store the batch now.  False: the store is not well; what is in the batch is
 * dropped, and the broker must send it again. */
bool nf_batch_commit(struct nf_batch *batch);

#endif
