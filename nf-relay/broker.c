#include "broker.h"

#include <errno.h>
#include <inttypes.h>
#include <mosquitto.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/time.h"
#include "bus/topic.h"
#include "bus/worker.h"
#include "model/setting_check.h"

enum {
    QOS = 1,
    KEEPALIVE_S = 20,
    PAUSE_MIN_MS = 250,
    PAUSE_MAX_MS = 10000,
    /* A session that another client of our name ends at once must not make
     * the two of them push each other out without a pause. */
    STEADY_MS = 10000,
    CONNECT_MS = 10000,
    HUNG_MS = 10000, /* for an acknowledgement */
    PROBE_MS = 3000, /* after an answer to a question comes the next one */
    RESOLVE_LOOK_MS = 10,
    READ_AT_ONCE = 512, /* packets, before others get their turn */
    REFUSED = 0x80,     /* in a SUBACK, MQTT 3.1.1 section 3.9.3 */
};

/* why NULL: it is there, and silent. */
static void
note_down(struct nf_broker *broker, const char *why)
{
    struct nf_ill *ills = broker->turn->beat.ills;
    unsigned is = why != NULL ? NF_ILL_BROKER : NF_ILL_BROKER_HUNG;
    unsigned is_not = why != NULL ? NF_ILL_BROKER_HUNG : NF_ILL_BROKER;
    char words[NF_ILL_WORDS];

    snprintf(words, sizeof(words), "%.96s:%u%s%s", broker->host, broker->port,
             why != NULL ? ": " : "", why != NULL ? why : "");
    nf_ill_set(&ills[is], broker->turn->now, words);
    nf_ill_set(&ills[is_not], 0, NULL);
}

/* The library notices by itself, but a minute later. */
static void
note_hung(const struct nf_broker *broker)
{
    const struct nf_turn *turn = broker->turn;
    char words[NF_ILL_WORDS];
    bool is_sent =
        broker->sent_n > 0 && turn->tick - broker->asked_at > HUNG_MS;
    bool is_asked =
        broker->probed_at != 0 && turn->tick - broker->probed_at > HUNG_MS;

    if (!broker->is_up) {
        return; /* what is known of it stays until it is met again */
    }
    snprintf(words, sizeof(words), "%.96s:%u", broker->host, broker->port);
    nf_ill_set(&broker->turn->beat.ills[NF_ILL_BROKER_HUNG], turn->now,
               is_sent || is_asked ? words : NULL);
}

/* A question that costs a broker nothing, so that one that hangs is noticed
 * before whoever is heard through it seems to be gone. */
static void
probe(struct nf_broker *broker)
{
    nf_time_t tick = broker->turn->tick;

    if (broker->is_up && broker->probed_at == 0 && tick >= broker->probe_at
        && mosquitto_unsubscribe(broker->client, NULL, "nf/none")
               == MOSQ_ERR_SUCCESS)
    {
        broker->probed_at = tick;
    }
}

static void
on_unsubscribe(struct mosquitto *client, void *of, int mid)
{
    struct nf_broker *broker = of;

    (void) client;
    (void) mid;
    broker->probed_at = 0;
    broker->probe_at = broker->turn->tick + PROBE_MS;
}

/* why: as note_down has it. */
static void
set_down(struct nf_broker *broker, const char *why)
{
    bool was_up = broker->is_up;
    bool was_steady = was_up && broker->turn->tick - broker->since >= STEADY_MS;
    uint64_t withheld;

    broker->is_open = broker->is_up = false;
    broker->sent_n = 0;
    note_down(broker, why);
    broker->nth += !was_up;
    broker->pause =
        was_steady || broker->pause == 0 ? PAUSE_MIN_MS : broker->pause * 2;
    if (broker->pause > PAUSE_MAX_MS) {
        broker->pause = PAUSE_MAX_MS;
    }
    broker->retry_at = broker->turn->tick + broker->pause;
    if (nf_pace_allows(&broker->pace, broker->turn->tick, &withheld)) {
        nf_log(NF_LOG_WARNING,
               "%s the broker: %s broker=%s:%u withheld=%" PRIu64,
               was_up ? "lost" : "could not connect to",
               why != NULL ? why : "it does not answer", broker->host,
               broker->port, withheld);
    }
    if (was_up) {
        broker->user.changed(broker->user.of, false);
    }
}

/* After every call of the library: it may have closed the connection. */
static void
check(struct nf_broker *broker, int rc)
{
    if (!broker->is_open) {
        return;
    }
    if (rc != MOSQ_ERR_SUCCESS || mosquitto_socket(broker->client) < 0) {
        set_down(broker, rc == MOSQ_ERR_KEEPALIVE ? NULL
                         : rc == MOSQ_ERR_ERRNO   ? strerror(errno)
                         : rc == MOSQ_ERR_SUCCESS ? "the connection was closed"
                                                  : mosquitto_strerror(rc));
    }
}

/* What nodes say, and workers. */
static bool
subscribe(struct mosquitto *client, const char *idc)
{
    static const enum nf_topic_kind nodes[] = {NF_TOPIC_STATUS,
                                               NF_TOPIC_RESULT};
    static const enum nf_worker_topic workers[] = {
        NF_WORKER_RESULT, NF_WORKER_PRESENCE, NF_WORKER_PORTS};
    char filter[NF_WORKER_TOPIC_TEXT];
    int rc = MOSQ_ERR_SUCCESS;

    for (size_t i = 0; i < 2 && rc == MOSQ_ERR_SUCCESS; i++) {
        nf_topic_filter(nodes[i], filter);
        rc = mosquitto_subscribe(client, NULL, filter, QOS);
    }
    for (size_t i = 0; i < 3 && rc == MOSQ_ERR_SUCCESS; i++) {
        nf_worker_topic_format(workers[i], idc, "+", filter);
        rc = mosquitto_subscribe(client, NULL, filter, QOS);
    }
    return rc == MOSQ_ERR_SUCCESS;
}

static void
on_connect(struct mosquitto *client, void *of, int rc)
{
    struct nf_broker *broker = of;

    if (rc != 0) {
        set_down(broker, mosquitto_connack_string(rc));
        return;
    }
    if (!subscribe(client, broker->turn->settings.idc)) {
        set_down(broker, "could not subscribe");
        return;
    }
    broker->is_up = true;
    broker->since = broker->turn->tick;
    broker->pace.until = 0;
    nf_ill_set(&broker->turn->beat.ills[NF_ILL_BROKER], 0, NULL);
    broker->turn->counts.connects++;
    nf_log(NF_LOG_NOTICE, "connected to the broker: broker=%s:%u", broker->host,
           broker->port);
    broker->user.changed(broker->user.of, true);
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
            nf_log(NF_LOG_ERR,
                   "the broker does not allow subscribing to what nodes or "
                   "workers publish: its access list must permit it");
        }
    }
}

static void
on_message(struct mosquitto *client, void *of,
           const struct mosquitto_message *message)
{
    struct nf_text payload = {message->payload, (size_t) message->payloadlen};
    struct nf_broker *broker = of;

    (void) client;
    broker->asked_at = broker->turn->tick;
    broker->wants_more =
        broker->user.message(broker->user.of, nf_text(message->topic), payload);
}

/* Told of what went out at QoS 0 as well. */
static void
on_publish(struct mosquitto *client, void *of, int number)
{
    struct nf_broker *broker = of;

    (void) client;
    for (size_t i = 0; i < broker->sent_n; i++) {
        if (broker->sent[i] == number) {
            broker->sent[i] = broker->sent[--broker->sent_n];
            broker->asked_at = broker->turn->tick;
            broker->wants_more = true;
            broker->user.acknowledged(broker->user.of, number);
            return;
        }
    }
}

/* A new one for each connection: the library would go on to send what it
 * kept of the last one, which may be wanted no more. */
static bool
client_new(struct nf_broker *broker)
{
    mosquitto_destroy(broker->client);
    broker->probed_at = 0;
    broker->client = mosquitto_new(broker->id, false, broker);
    if (broker->client == NULL) {
        return false;
    }
    /* As if another thread wrote to the socket: the library then only queues
     * its PUBACKs, and they go when we say so. */
    mosquitto_threaded_set(broker->client, true);
    mosquitto_connect_callback_set(broker->client, on_connect);
    mosquitto_subscribe_callback_set(broker->client, on_subscribe);
    mosquitto_unsubscribe_callback_set(broker->client, on_unsubscribe);
    mosquitto_message_callback_set(broker->client, on_message);
    mosquitto_publish_callback_set(broker->client, on_publish);
    return true;
}

bool
nf_broker_open(struct nf_broker *broker, const char *suffix)
{
    struct nf_text host;

    if (!nf_setting_split(nf_text(broker->turn->settings.mqtt_broker), &host,
                          &broker->port)
        || !nf_text_copy(broker->host, sizeof(broker->host), host))
    {
        nf_log(NF_LOG_ERR, "NF_MQTT_BROKER must be host:port");
        return false;
    }
    broker->resolve.host = broker->host;
    snprintf(broker->id, sizeof(broker->id), "nodefoundry-server%s%s",
             suffix[0] == '\0' ? "" : "-", suffix);
    mosquitto_lib_init();
    return true;
}

void
nf_broker_close(struct nf_broker *broker)
{
    if (broker->is_up) {
        mosquitto_disconnect(broker->client);
        mosquitto_loop_write(broker->client, 1);
    }
    mosquitto_destroy(broker->client);
    mosquitto_lib_cleanup();
    broker->client = NULL;
    broker->is_open = broker->is_up = false;
}

struct pollfd
nf_broker_pollfd(struct nf_broker *broker, bool may_read, bool may_write)
{
    /* What nobody reads is no answer that does not come. */
    if (!may_read && broker->probed_at != 0) {
        broker->probed_at = broker->turn->tick;
    }
    bool writes =
        may_write && broker->is_open && mosquitto_want_write(broker->client);

    return (struct pollfd){
        .fd = broker->is_open ? mosquitto_socket(broker->client) : -1,
        .events = (short) ((may_read ? POLLIN : 0) | (writes ? POLLOUT : 0)),
    };
}

/* One packet by each call: go on while that is what somebody waits for. */
static void
read_messages(struct nf_broker *broker)
{
    int n = 0;

    do {
        broker->wants_more = false;
        check(broker, mosquitto_loop_read(broker->client, 1));
    } while (broker->is_open && broker->wants_more && ++n < READ_AT_ONCE);
}

void
nf_broker_ready(struct nf_broker *broker, short revents)
{
    if (broker->is_open && revents & (POLLIN | POLLHUP | POLLERR)) {
        read_messages(broker);
    }
    if (broker->is_open && revents & POLLOUT) {
        check(broker, mosquitto_loop_write(broker->client, 1));
    }
}

/*
 * The library would take the first address of a name and no other: the first
 * one of "localhost" is ::1, where a broker need not listen.  So each attempt
 * takes the next one.
 */
static void
connect_start(struct nf_broker *broker)
{
    const char *address = nf_resolve_address(&broker->resolve, broker->nth);

    broker->since = broker->turn->tick;
    if (address == NULL) {
        set_down(broker, "its name has no address");
        return;
    }
    if (!client_new(broker)) {
        set_down(broker, "no memory");
        return;
    }
    broker->is_open = true;
    check(broker, mosquitto_connect_async(broker->client, address, broker->port,
                                          KEEPALIVE_S));
}

static void
resolve_start(struct nf_broker *broker)
{
    broker->since = broker->turn->tick;
    broker->is_resolving = nf_resolve_start(&broker->resolve);
    if (!broker->is_resolving) {
        set_down(broker, "no thread to resolve its name");
    }
}

/* Returns the tick to be run at again. */
static nf_time_t
resolve_run(struct nf_broker *broker)
{
    nf_time_t tick = broker->turn->tick;

    if (!nf_resolve_is_running(&broker->resolve)) {
        broker->is_resolving = false;
        connect_start(broker);
        return tick;
    }
    if (tick - broker->since > CONNECT_MS) {
        broker->is_resolving = false;
        set_down(broker, "its name is not resolved yet");
        return broker->retry_at;
    }
    return tick + RESOLVE_LOOK_MS;
}

/* The system took the connection for it, and nothing came by that. */
static bool
is_mute(const struct nf_broker *broker)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof(peer);

    return getpeername(mosquitto_socket(broker->client),
                       (struct sockaddr *) &peer, &len)
           == 0;
}

nf_time_t
nf_broker_run(struct nf_broker *broker)
{
    if (!broker->is_open && !broker->is_resolving
        && broker->turn->tick >= broker->retry_at)
    {
        resolve_start(broker);
    }
    if (broker->is_resolving) {
        return resolve_run(broker);
    }
    if (!broker->is_open) {
        return broker->retry_at;
    }
    if (broker->turn->tick >= broker->misc_at) {
        broker->misc_at = broker->turn->tick + NF_SECONDS(1);
        probe(broker);
        note_hung(broker);
        check(broker, mosquitto_loop_misc(broker->client));
    }
    if (broker->is_open && !broker->is_up
        && broker->turn->tick - broker->since > CONNECT_MS)
    {
        set_down(broker, is_mute(broker) ? NULL : "no answer");
        return broker->retry_at;
    }
    return broker->misc_at;
}

void
nf_broker_flush(struct nf_broker *broker)
{
    if (broker->is_up && mosquitto_want_write(broker->client)) {
        check(broker, mosquitto_loop_write(broker->client, 1));
    }
}

void
nf_broker_drop(struct nf_broker *broker)
{
    if (broker->is_open) {
        /* Not by the library: it would send what it has queued first. */
        (void) shutdown(mosquitto_socket(broker->client), SHUT_RDWR);
        set_down(broker, "disconnected, because the store has failed");
    }
}

nf_time_t
nf_broker_listening(const struct nf_broker *broker)
{
    const struct nf_turn *turn = broker->turn;

    return broker->is_up ? turn->now - (turn->tick - broker->since) : turn->now;
}

bool
nf_broker_is_idle(const struct nf_broker *broker)
{
    return broker->is_up && !mosquitto_want_write(broker->client);
}

bool
nf_broker_publish(struct nf_broker *broker, const char *topic,
                  struct nf_text payload)
{
    return broker->is_up
           && mosquitto_publish(broker->client, NULL, topic, (int) payload.len,
                                payload.data, 0, false)
                  == MOSQ_ERR_SUCCESS;
}

int
nf_broker_send(struct nf_broker *broker, const char *topic,
               struct nf_text payload)
{
    int number;

    if (!broker->is_up || broker->sent_n == NF_BROKER_SENT
        || mosquitto_publish(broker->client, &number, topic, (int) payload.len,
                             payload.data, QOS, false)
               != MOSQ_ERR_SUCCESS)
    {
        return 0;
    }
    if (broker->sent_n == 0) {
        broker->asked_at = broker->turn->tick;
    }
    broker->sent[broker->sent_n++] = number;
    return number;
}
