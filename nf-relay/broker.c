#include "broker.h"

#include <errno.h>
#include <inttypes.h>
#include <mosquitto.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/time.h"
#include "bus/topic.h"
#include "model/setting_check.h"
#include "relay.h"

enum {
    QOS = 1,
    KEEPALIVE_S = 20,
    PAUSE_MIN_MS = 250,
    PAUSE_MAX_MS = 10000,
    /* A session that another client of our name ends at once must not make
     * the two of them push each other out without a pause. */
    STEADY_MS = 10000,
    CONNECT_MS = 10000,
    REFUSED = 0x80, /* in a SUBACK, MQTT 3.1.1 section 3.9.3 */
};

static const nf_time_t never = INT64_MAX;

static void
set_down(struct nf_relay *relay, const char *why)
{
    struct nf_broker *broker = &relay->broker;
    bool was_up = broker->is_up;
    bool was_steady = was_up && relay->tick - broker->since >= STEADY_MS;
    uint64_t withheld;

    broker->is_open = broker->is_up = false;
    broker->turn += !was_up;
    broker->pause =
        was_steady || broker->pause == 0 ? PAUSE_MIN_MS : broker->pause * 2;
    if (broker->pause > PAUSE_MAX_MS) {
        broker->pause = PAUSE_MAX_MS;
    }
    broker->retry_at = relay->tick + broker->pause;
    if (nf_pace_allows(&broker->pace, relay->tick, &withheld)) {
        nf_log(NF_LOG_WARNING,
               "%s the broker: %s broker=%s:%u withheld=%" PRIu64,
               was_up ? "lost" : "could not connect to", why, broker->host,
               broker->port, withheld);
    }
}

/* After every call of the library: it may have closed the connection. */
static void
check(struct nf_relay *relay, int rc)
{
    struct nf_broker *broker = &relay->broker;

    if (!broker->is_open) {
        return;
    }
    if (rc != MOSQ_ERR_SUCCESS || mosquitto_socket(broker->client) < 0) {
        set_down(relay, rc == MOSQ_ERR_ERRNO     ? strerror(errno)
                        : rc == MOSQ_ERR_SUCCESS ? "the connection was closed"
                                                 : mosquitto_strerror(rc));
    }
}

static void
on_connect(struct mosquitto *client, void *of, int rc)
{
    struct nf_relay *relay = of;
    struct nf_broker *broker = &relay->broker;
    char filter[NF_TOPIC_TEXT];

    if (rc != 0) {
        set_down(relay, mosquitto_connack_string(rc));
        return;
    }
    nf_topic_filter(NF_TOPIC_STATUS, filter);
    int status = mosquitto_subscribe(client, NULL, filter, QOS);
    nf_topic_filter(NF_TOPIC_RESULT, filter);
    int result = mosquitto_subscribe(client, NULL, filter, QOS);
    if (status != MOSQ_ERR_SUCCESS || result != MOSQ_ERR_SUCCESS) {
        set_down(relay, "could not subscribe");
        return;
    }
    broker->is_up = true;
    broker->since = relay->tick;
    broker->pace.until = 0;
    relay->counts.connects++;
    nf_log(NF_LOG_NOTICE, "connected to the broker: broker=%s:%u", broker->host,
           broker->port);
}

static void
on_subscribe(struct mosquitto *client, void *of, int mid, int n,
             const int *granted)
{
    (void) client;
    (void) of;
    (void) mid;
    for (int i = 0; i < n; i++) {
        if (granted[i] == REFUSED) {
            nf_log(NF_LOG_ERR, "the broker forbids to read what nodes say: "
                               "its access list must let us");
        }
    }
}

static void
on_message(struct mosquitto *client, void *of,
           const struct mosquitto_message *message)
{
    struct nf_text payload = {message->payload, (size_t) message->payloadlen};

    (void) client;
    nf_batch_take(of, nf_text(message->topic), payload);
}

static bool
client_new(struct nf_relay *relay)
{
    struct nf_broker *broker = &relay->broker;
    char id[96];

    snprintf(id, sizeof(id), "nodefoundry-server%s%s",
             relay->suffix[0] == '\0' ? "" : "-", relay->suffix);
    mosquitto_lib_init();
    broker->client = mosquitto_new(id, false, relay);
    if (broker->client == NULL) {
        return false;
    }
    /* As if another thread wrote to the socket: the library then only queues
     * its PUBACKs, and they go when we say so. */
    mosquitto_threaded_set(broker->client, true);
    mosquitto_connect_callback_set(broker->client, on_connect);
    mosquitto_subscribe_callback_set(broker->client, on_subscribe);
    mosquitto_message_callback_set(broker->client, on_message);
    return true;
}

bool
nf_broker_open(struct nf_relay *relay)
{
    struct nf_broker *broker = &relay->broker;
    struct nf_text host;

    if (!nf_setting_split(nf_text(relay->settings.mqtt_broker), &host,
                          &broker->port)
        || !nf_text_copy(broker->host, sizeof(broker->host), host))
    {
        nf_log(NF_LOG_ERR, "NF_MQTT_BROKER must be host:port");
        return false;
    }
    if (!client_new(relay)) {
        nf_log(NF_LOG_ERR, "could not make an MQTT client: %s",
               strerror(errno));
        return false;
    }
    return true;
}

void
nf_broker_close(struct nf_relay *relay)
{
    struct nf_broker *broker = &relay->broker;

    if (broker->is_up) {
        mosquitto_disconnect(broker->client);
        mosquitto_loop_write(broker->client, 1);
    }
    mosquitto_destroy(broker->client);
    mosquitto_lib_cleanup();
    broker->is_open = broker->is_up = false;
}

struct pollfd
nf_broker_pollfd(const struct nf_relay *relay)
{
    const struct nf_broker *broker = &relay->broker;
    bool has_room = nf_batch_has_room(&relay->batch);
    bool writes = relay->batch.n == 0 && broker->is_open
                  && mosquitto_want_write(broker->client);

    return (struct pollfd){
        .fd = broker->is_open ? mosquitto_socket(broker->client) : -1,
        .events = (short) ((has_room ? POLLIN : 0) | (writes ? POLLOUT : 0)),
    };
}

/* One packet by each call: go on while it was a message and there is room. */
static void
read_messages(struct nf_relay *relay)
{
    uint64_t before;

    for (int i = 0; i < NF_BATCH_MAX; i++) {
        before = relay->counts.messages;
        check(relay, mosquitto_loop_read(relay->broker.client, 1));
        if (!relay->broker.is_open || relay->counts.messages == before
            || !nf_batch_has_room(&relay->batch))
        {
            return;
        }
    }
}

void
nf_broker_ready(struct nf_relay *relay, short revents)
{
    struct nf_broker *broker = &relay->broker;

    if (broker->is_open && revents & (POLLIN | POLLHUP | POLLERR)) {
        read_messages(relay);
    }
    if (broker->is_open && revents & POLLOUT) {
        check(relay, mosquitto_loop_write(broker->client, 1));
    }
}

/*
 * The library would take the first address of a name and no other: the first
 * one of "localhost" is ::1, where a broker need not listen.  So each attempt
 * takes the next one.
 */
static bool
address_find(const struct nf_broker *broker, char address[static NI_MAXHOST])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *at;
    unsigned n = 0;

    if (getaddrinfo(broker->host, NULL, &hints, &list) != 0) {
        return false;
    }
    for (at = list; at != NULL; at = at->ai_next) {
        n++;
    }
    at = list;
    for (unsigned i = broker->turn % n; i > 0; i--) {
        at = at->ai_next;
    }
    int rc = getnameinfo(at->ai_addr, at->ai_addrlen, address, NI_MAXHOST, NULL,
                         0, NI_NUMERICHOST);
    freeaddrinfo(list);
    return rc == 0;
}

static void
connect_start(struct nf_relay *relay)
{
    struct nf_broker *broker = &relay->broker;
    char address[NI_MAXHOST];

    broker->since = relay->tick;
    if (!address_find(broker, address)) {
        set_down(relay, "its name has no address");
        return;
    }
    broker->is_open = true;
    check(relay, mosquitto_connect_async(broker->client, address, broker->port,
                                         KEEPALIVE_S));
}

nf_time_t
nf_broker_run(struct nf_relay *relay)
{
    struct nf_broker *broker = &relay->broker;

    if (!broker->is_open && relay->tick >= broker->retry_at) {
        connect_start(relay);
    }
    if (!broker->is_open) {
        return broker->retry_at;
    }
    if (relay->tick >= broker->misc_at) {
        broker->misc_at = relay->tick + NF_SECONDS(1);
        check(relay, mosquitto_loop_misc(broker->client));
    }
    if (broker->is_open && !broker->is_up
        && relay->tick - broker->since > CONNECT_MS)
    {
        set_down(relay, "no answer");
        return broker->retry_at;
    }
    return broker->misc_at;
}

nf_time_t
nf_broker_flush(struct nf_relay *relay)
{
    struct nf_broker *broker = &relay->broker;

    if (broker->is_up && relay->batch.n == 0
        && mosquitto_want_write(broker->client))
    {
        check(relay, mosquitto_loop_write(broker->client, 1));
    }
    return never;
}

void
nf_broker_drop(struct nf_relay *relay)
{
    struct nf_broker *broker = &relay->broker;

    if (broker->is_open) {
        /* Not by the library: it would send what it has queued first. */
        (void) shutdown(mosquitto_socket(broker->client), SHUT_RDWR);
        set_down(relay, "left it, because the store is not well");
    }
}

nf_time_t
nf_broker_listening(const struct nf_relay *relay)
{
    const struct nf_broker *broker = &relay->broker;

    return broker->is_up ? relay->now - (relay->tick - broker->since)
                         : relay->now;
}

bool
nf_broker_is_idle(const struct nf_relay *relay)
{
    return relay->broker.is_up && relay->batch.n == 0
           && !mosquitto_want_write(relay->broker.client);
}

bool
nf_broker_publish(struct nf_relay *relay, const char *topic,
                  struct nf_text payload)
{
    return relay->broker.is_up
           && mosquitto_publish(relay->broker.client, NULL, topic,
                                (int) payload.len, payload.data, 0, false)
                  == MOSQ_ERR_SUCCESS;
}
