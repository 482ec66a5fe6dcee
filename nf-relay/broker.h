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

struct mosquitto;

struct nf_broker {
    struct mosquitto *client;
    char host[256];
    uint16_t port;
    bool is_open;    /* a socket that is connecting or connected */
    bool is_up;      /* the broker has taken us in */
    unsigned turn;   /* which of its addresses is tried */
    nf_time_t since; /* tick of the last attempt or success */
    nf_time_t retry_at, misc_at;
    nf_time_t pause; /* before the next attempt */
    struct nf_pace pace;
};

struct nf_relay;

/* False: said why.  Does not connect yet. */
bool nf_broker_open(struct nf_relay *relay);
void nf_broker_close(struct nf_relay *relay);

/* What to poll for; fd -1 while there is nothing. */
struct pollfd nf_broker_pollfd(const struct nf_relay *relay);

/* What poll said. */
void nf_broker_ready(struct nf_relay *relay, short revents);

/* Connect, ping and give up.  Returns the tick to be run at again. */
nf_time_t nf_broker_run(struct nf_relay *relay);

/* Send what is queued, unless something of it must wait for the store. */
nf_time_t nf_broker_flush(struct nf_relay *relay);

/* Give up the connection without a word: whatever was not acknowledged comes
 * again after the next one. */
void nf_broker_drop(struct nf_relay *relay);

/* Since when (by relay->now) nodes can be heard; now, while they cannot. */
nf_time_t nf_broker_listening(const struct nf_relay *relay);

/* Whether a publication would go out soon. */
bool nf_broker_is_idle(const struct nf_relay *relay);

/* To whom it concerns; QoS 0.  False: not taken. */
bool nf_broker_publish(struct nf_relay *relay, const char *topic,
                       struct nf_text payload);

#endif
