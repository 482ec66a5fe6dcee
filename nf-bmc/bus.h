#ifndef NF_BMC_BUS_H
#define NF_BMC_BUS_H

/*
 * The connection to the MQTT broker: MQTT 3.1.1, a session that survives us,
 * and a last will.  It may be down at any time and for long; what is not said
 * then is asked for again.
 */

#include <mosquitto.h>
#include <netdb.h>

#include "base/text.h"
#include "bus/worker.h"
#include "loop.h"
#include "tls.h"

enum {
    NF_BUS_HOST = 256,
    NF_BUS_TOPIC = NF_WORKER_TOPIC_TEXT,
    NF_BUS_WORDS = 256,
};

struct nf_bus {
    struct nf_loop *loop;
    char host[NF_BUS_HOST];
    uint16_t port;
    char id[64];                     /* of the client */
    char subscription[NF_BUS_TOPIC]; /* QoS 1 */
    char will_topic[NF_BUS_TOPIC];
    const char *will;            /* its payload */
    const char *user, *password; /* NULL: it knows us by nothing */
    struct nf_tls *tls;          /* NULL: in the clear */
    void *of;
    /* payload is of no use afterwards. */
    void (*message)(void *of, struct nf_text payload);
    void (*changed)(void *of, bool is_up);

    struct mosquitto *client;
    struct nf_watch socket;
    struct nf_timer timer;
    struct gaicb name;
    struct addrinfo *addresses, *address; /* the one to be tried */
    bool is_resolving, is_open, is_up;
    nf_time_t since, pause;
    char words[NF_BUS_WORDS]; /* of the library, about what fails */
    char told[NF_BUS_WORDS];  /* why there was no connection last */
};

/* What stands before the blank line above is set already.  Connects in the
 * loop, now and whenever the connection is lost. */
void nf_bus_open(struct nf_bus *bus);
void nf_bus_close(struct nf_bus *bus);

/* False: not taken. */
bool nf_bus_publish(struct nf_bus *bus, const char *topic,
                    struct nf_text payload, int qos);

#endif
