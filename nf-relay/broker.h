#ifndef NF_RELAY_BROKER_H
#define NF_RELAY_BROKER_H

/*
 * The connection to the MQTT broker (MQTT 3.1.1, a session that survives us).
 * It may be down at any time and for long: everything else goes on.
 *
 * What a node says is acknowledged only when it is on disk: PUBACKs stay in
 * the client library's queue until the batch that they belong to is stored.
 * docs/bus.md tells how that is made to hold.
 */

#include <poll.h>

#include "base/text.h"
#include "pace.h"
#include "resolve.h"
#include "turn.h"

struct mosquitto;

enum {
    NF_BROKER_SENT = 100, /* publications that wait for their PUBACK */
};

/* Who is told what happens here; none of these may wait. */
struct nf_broker_user {
    void *of;
    /* False: no more for now. */
    bool (*message)(void *of, struct nf_text topic, struct nf_text payload);
    /* The broker has what nf_broker_send() gave this number. */
    void (*acknowledged)(void *of, int number);
    /* Down: what was sent and not acknowledged is forgotten with the
     * connection; whoever still wants it sends it again. */
    void (*changed)(void *of, bool is_up);
};

struct nf_broker {
    struct nf_turn *turn;
    struct nf_broker_user user;
    struct mosquitto *client;
    char id[96];
    char host[256];
    struct nf_resolve resolve;
    bool is_resolving; /* an attempt begins when its name is known */
    uint16_t port;
    bool is_open;    /* a socket that is connecting or connected */
    bool is_up;      /* the broker has taken us in */
    bool wants_more; /* what was read last is not the last one to read */
    unsigned nth;    /* which of its addresses is tried */
    nf_time_t since; /* tick of the last attempt or success */
    nf_time_t retry_at, misc_at;
    nf_time_t pause; /* before the next attempt */
    int sent[NF_BROKER_SENT];
    size_t sent_n;
    nf_time_t asked_at;  /* tick: since then these wait for any answer */
    nf_time_t probed_at; /* tick: since then a question waits; 0: none does */
    nf_time_t probe_at;  /* tick of the next one */
    struct nf_pace pace;
};

/* False: said why.  Does not connect yet.  turn and user are set already;
 * suffix is of the client id, "" for none. */
bool nf_broker_open(struct nf_broker *broker, const char *suffix);
void nf_broker_close(struct nf_broker *broker);

/* What to poll for; fd -1 while there is nothing.  What is to be read and
 * written waits while it may not be. */
struct pollfd nf_broker_pollfd(struct nf_broker *broker, bool may_read,
                               bool may_write);

/* What poll said. */
void nf_broker_ready(struct nf_broker *broker, short revents);

/* Connect, ping and give up.  Returns the tick to be run at again. */
nf_time_t nf_broker_run(struct nf_broker *broker);

/* Send what is queued: publications, and acknowledgements of what was read. */
void nf_broker_flush(struct nf_broker *broker);

/* Give up the connection without a word: whatever was not acknowledged comes
 * again after the next one. */
void nf_broker_drop(struct nf_broker *broker);

/* Since when (by turn->now) nodes can be heard; now, while they cannot. */
nf_time_t nf_broker_listening(const struct nf_broker *broker);

/* Whether a publication would go out soon. */
bool nf_broker_is_idle(const struct nf_broker *broker);

/* To whom it concerns; QoS 0.  False: not taken. */
bool nf_broker_publish(struct nf_broker *broker, const char *topic,
                       struct nf_text payload);

/*
 * To one who must get it; QoS 1.  Returns its number (user.acknowledged),
 * or 0: not taken, because there is no connection or NF_BROKER_SENT wait.
 */
int nf_broker_send(struct nf_broker *broker, const char *topic,
                   struct nf_text payload);

#endif
