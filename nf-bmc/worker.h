#ifndef NF_BMC_WORKER_H
#define NF_BMC_WORKER_H

/*
 * The worker: takes commands from the broker, does each once, a number of them
 * at a time and one at a time for each device, and says what came of it.  Those
 * of a switch go together.
 */

#include "account.h"
#include "bus.h"
#include "bus/worker.h"
#include "key.h"
#include "model/settings.h"
#include "queue.h"
#include "switch_queue.h"

struct nf_worker_program {
    struct nf_settings settings;
    char name[NF_WORKER_NAME];
    struct nf_account account; /* on another host's broker, or all zero */
    struct nf_tls tls;
    struct nf_loop loop;
    struct nf_bus bus;
    struct nf_journal journal;
    struct nf_server_clock clock;
    struct nf_queue queue;
    struct nf_switch_queue switches;
    struct nf_worker_keys keys;
    struct nf_timer presence;
    char presence_text[128]; /* its payload */
    char result_topic[NF_WORKER_TOPIC_TEXT];
    char ports_topic[NF_WORKER_TOPIC_TEXT];
    struct nf_watch signals;
};

/* settings and the account are read already, name is one.  Until a signal ends
 * it; false: it could not begin, and said why. */
bool nf_worker_program_run(struct nf_worker_program *worker);

#endif
