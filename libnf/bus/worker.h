#ifndef NF_BUS_WORKER_H
#define NF_BUS_WORKER_H

/*
 * The topics of workers, "nf/{idc}/bmc/{worker}/{kind}", and the payload of
 * their presence.  docs/bus.md lists who writes and who reads them.
 */

#include "base/error.h"
#include "base/text.h"
#include "model/worker.h"
#include "model/worker_key.h"

enum {
    NF_WORKER_TOPIC_TEXT = 96 /* NF_IDC has up to 32 */
};

enum nf_worker_topic {
    NF_WORKER_COMMAND,
    NF_WORKER_RESULT,
    NF_WORKER_PRESENCE,
    NF_WORKER_PORTS, /* of a switch that was scanned */
    NF_WORKER_TOPICS,
};

/* False for every other topic, of any bytes and length, and for those of
 * another site. */
bool nf_worker_topic_parse(struct nf_text text, const char *idc,
                           enum nf_worker_topic *kind,
                           char worker[static NF_WORKER_NAME]);

/* worker "+": the filter that matches this kind of every worker. */
void nf_worker_topic_format(enum nf_worker_topic kind, const char *idc,
                            const char *worker,
                            char text[static NF_WORKER_TOPIC_TEXT]);

struct nf_worker_presence {
    bool is_here; /* else it leaves, or its last will speaks */
    bool has_key; /* workers of before say none */
    uint8_t key[NF_WORKER_KEY];
};

/* A JSON object; members that are not known are ignored.  NF_INVALID or
 * NF_TOO_LARGE: fault says why. */
nf_error_t nf_worker_presence_read(struct nf_text payload,
                                   struct nf_worker_presence *presence,
                                   struct nf_fault *fault);

/* What a worker that is here says of itself. */
void nf_worker_presence_put(const uint8_t key[static NF_WORKER_KEY],
                            struct nf_out *out);

#endif
