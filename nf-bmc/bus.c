#include "bus.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

enum {
    KEEPALIVE_S = 20,
    MISC_MS = 1000,
    RESOLVE_LOOK_MS = 10,
    CONNECT_MS = 10000,
    PAUSE_MIN_MS = 250,
    PAUSE_MAX_MS = 10000,
    STEADY_MS = 10000,
};

#define BUS_OF(member, name)                                                   \
    ((struct nf_bus *) (void *) ((char *) (member) -offsetof(struct nf_bus,    \
                                                             name)))

/* Once, until there is something else to say. */
static void
tell(struct nf_bus *bus, const char *what, const char *why)
{
    if (strcmp(bus->told, why) == 0) {
        nf_log(NF_LOG_DEBUG, "still %s the broker: %s", what, why);
        return;
    }
    nf_text_copy_words(bus->told, sizeof(bus->told), nf_text(why));
    nf_log(NF_LOG_WARNING, "%s the broker: %s broker=%s:%u", what, why,
           bus->host, bus->port);
}

static void
set_down(struct nf_bus *bus, const char *why)
{
    bool was_up = bus->is_up;

    if (bus->is_open) {
        nf_loop_unwatch(bus->loop, &bus->socket);
    }
    bus->is_open = bus->is_up = bus->is_resolving = false;
    bus->pause =
        was_up && bus->loop->now - bus->since >= STEADY_MS ? 0 : bus->pause;
    bus->pause = bus->pause == 0                 ? PAUSE_MIN_MS
                 : bus->pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS
                                                 : bus->pause * 2;
    tell(bus, was_up ? "lost" : "could not connect to", why);
    nf_timer_set(bus->loop, &bus->timer, bus->pause);
    if (was_up) {
        bus->changed(bus->of, false);
    }
}

/* Who knows most about what failed says it. */
static const char *
reason(const struct nf_bus *bus, int rc)
{
    if (bus->tls != NULL && bus->tls->words[0] != '\0') {
        return bus->tls->words;
    }
    if (bus->words[0] != '\0') {
        return bus->words;
    }
    if (bus->tls != NULL && rc == MOSQ_ERR_CONN_REFUSED) {
        return "nothing there accepts TLS connections";
    }
    return rc == MOSQ_ERR_ERRNO     ? strerror(errno)
           : rc == MOSQ_ERR_SUCCESS ? "the connection was closed"
                                    : mosquitto_strerror(rc);
}

/* After each call of the library: it may have closed the connection, and may
 * have something to write. */
static void
look_at(struct nf_bus *bus, int rc)
{
    if (!bus->is_open) {
        return;
    }
    if (rc != MOSQ_ERR_SUCCESS || mosquitto_socket(bus->client) < 0) {
        set_down(bus, reason(bus, rc));
        return;
    }
    bus->socket.events =
        (short) (POLLIN | (mosquitto_want_write(bus->client) ? POLLOUT : 0));
}

/* With TLS the library takes a connection that was refused for one that is
 * under way, and asks no more why.  What it still has to say is read first. */
static bool
is_refused(const struct nf_bus *bus)
{
    char byte;
    ssize_t n;

    if (bus->is_up) {
        return false;
    }
    n = recv(bus->socket.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != ENOTCONN);
}

static void
on_socket(struct nf_watch *watch, short revents)
{
    struct nf_bus *bus = BUS_OF(watch, socket);

    if (is_refused(bus)) {
        set_down(bus, reason(bus, MOSQ_ERR_CONN_REFUSED));
        return;
    }
    if (revents & (POLLIN | POLLHUP | POLLERR)) {
        look_at(bus, mosquitto_loop_read(bus->client, 1));
    }
    if (bus->is_open && mosquitto_want_write(bus->client)) {
        look_at(bus, mosquitto_loop_write(bus->client, 1));
    }
}

/* MQTT 3.1.1 section 3.2.2.3 */
static bool
is_stranger(const struct nf_bus *bus, int rc)
{
    enum {
        BAD_PASSWORD = 4,
        NOT_AUTHORISED = 5
    };

    return bus->user != NULL && (rc == BAD_PASSWORD || rc == NOT_AUTHORISED);
}

static void
on_connect(struct mosquitto *client, void *of, int rc)
{
    struct nf_bus *bus = of;

    if (rc != 0) {
        set_down(bus, is_stranger(bus, rc) ? "it rejects this user and password"
                                           : mosquitto_connack_string(rc));
        return;
    }
    if (mosquitto_subscribe(client, NULL, bus->subscription, 1)
        != MOSQ_ERR_SUCCESS) {
        return;
    }
    bus->is_up = true;
    bus->told[0] = '\0';
    bus->since = bus->loop->now;
    nf_log(NF_LOG_NOTICE, "connected to the broker: broker=%s:%u", bus->host,
           bus->port);
    bus->changed(bus->of, true);
}

static void
on_message(struct mosquitto *client, void *of,
           const struct mosquitto_message *message)
{
    struct nf_bus *bus = of;

    (void) client;
    bus->message(bus->of, (struct nf_text){message->payload,
                                           (size_t) message->payloadlen});
}

/* "OpenSSL Error[0]: error:0A00010B:SSL routines::wrong version number" */
static void
on_log(struct mosquitto *client, void *of, int level, const char *line)
{
    static const char mark[] = "OpenSSL Error[0]: ";
    struct nf_bus *bus = of;
    const char *end = strrchr(line, ':');

    (void) client;
    (void) level;
    if (strncmp(line, mark, strlen(mark)) == 0 && end[1] != '\0') {
        snprintf(bus->words, sizeof(bus->words), "TLS: %s", end + 1);
    }
}

/* --- connecting --------------------------------------------------------------
 */

static bool
let_in(struct nf_bus *bus)
{
    bus->words[0] = '\0';
    if (bus->tls != NULL) {
        bus->tls->words[0] = '\0';
        if (mosquitto_void_option(bus->client, MOSQ_OPT_SSL_CTX,
                                  bus->tls->context)
                != MOSQ_ERR_SUCCESS
            || mosquitto_int_option(bus->client, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS,
                                    0)
                   != MOSQ_ERR_SUCCESS)
        {
            return false;
        }
    }
    return bus->user == NULL
           || mosquitto_username_pw_set(bus->client, bus->user, bus->password)
                  == MOSQ_ERR_SUCCESS;
}

/* A new client each time: the old one would go on to send what it kept. */
static bool
client_new(struct nf_bus *bus)
{
    mosquitto_destroy(bus->client);
    bus->client = mosquitto_new(bus->id, false, bus);
    if (bus->client == NULL) {
        return false;
    }
    mosquitto_connect_callback_set(bus->client, on_connect);
    mosquitto_message_callback_set(bus->client, on_message);
    mosquitto_log_callback_set(bus->client, on_log);
    return let_in(bus)
           && mosquitto_will_set(bus->client, bus->will_topic,
                                 (int) strlen(bus->will), bus->will, 1, false)
                  == MOSQ_ERR_SUCCESS;
}

/* One address of the name after the other: the library would take the first,
 * and for "localhost" that may be ::1, where no broker listens. */
static void
connect_to(struct nf_bus *bus, const struct addrinfo *address)
{
    char text[NI_MAXHOST];

    if (!client_new(bus)
        || getnameinfo(address->ai_addr, address->ai_addrlen, text,
                       sizeof(text), NULL, 0, NI_NUMERICHOST)
               != 0)
    {
        set_down(bus, "no memory");
        return;
    }
    bus->is_resolving = false;
    bus->since = bus->loop->now;
    int rc = mosquitto_connect_async(bus->client, text, bus->port, KEEPALIVE_S);
    if (rc != MOSQ_ERR_SUCCESS) {
        set_down(bus, reason(bus, rc));
        return;
    }
    bus->is_open = true;
    bus->socket = (struct nf_watch){mosquitto_socket(bus->client), POLLOUT,
                                    on_socket, NULL};
    nf_loop_watch(bus->loop, &bus->socket);
    look_at(bus, MOSQ_ERR_SUCCESS);
    nf_timer_set(bus->loop, &bus->timer, MISC_MS);
}

static void
resolve(struct nf_bus *bus)
{
    struct gaicb *list[] = {&bus->name};

    if (bus->addresses != NULL) {
        freeaddrinfo(bus->addresses);
        bus->addresses = bus->address = NULL;
    }
    bus->name = (struct gaicb){.ar_name = bus->host};
    bus->since = bus->loop->now;
    if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) != 0) {
        set_down(bus, "no memory");
        return;
    }
    bus->is_resolving = true;
    nf_timer_set(bus->loop, &bus->timer, RESOLVE_LOOK_MS);
}

static void
resolved(struct nf_bus *bus, int rc)
{
    bus->is_resolving = false;
    if (rc != 0) {
        set_down(bus, gai_strerror(rc));
        return;
    }
    bus->addresses = bus->name.ar_result;
    bus->address = bus->addresses->ai_next;
    connect_to(bus, bus->addresses);
}

static void
begin(struct nf_bus *bus)
{
    if (bus->address != NULL) { /* another one of the same name */
        struct addrinfo *address = bus->address;
        bus->address = address->ai_next;
        connect_to(bus, address);
        return;
    }
    resolve(bus);
}

static void
on_timer(struct nf_timer *timer)
{
    struct nf_bus *bus = BUS_OF(timer, timer);

    if (bus->is_resolving) {
        int rc = gai_error(&bus->name);
        if (rc != EAI_INPROGRESS) {
            resolved(bus, rc);
        } else {
            nf_timer_set(bus->loop, timer, RESOLVE_LOOK_MS);
        }
        return;
    }
    if (!bus->is_open) {
        begin(bus);
        return;
    }
    nf_timer_set(bus->loop, timer, MISC_MS);
    look_at(bus, mosquitto_loop_misc(bus->client));
    if (bus->is_open && !bus->is_up && bus->loop->now - bus->since > CONNECT_MS)
    {
        set_down(bus, "no answer");
    }
}

void
nf_bus_open(struct nf_bus *bus)
{
    mosquitto_lib_init();
    bus->timer = (struct nf_timer){.fire = on_timer};
    nf_timer_set(bus->loop, &bus->timer, 0);
}

void
nf_bus_close(struct nf_bus *bus)
{
    if (bus->is_up) {
        mosquitto_disconnect(bus->client);
        mosquitto_loop_write(bus->client, 1);
    }
    if (bus->is_open) {
        nf_loop_unwatch(bus->loop, &bus->socket);
    }
    nf_timer_clear(bus->loop, &bus->timer);
    mosquitto_destroy(bus->client);
    mosquitto_lib_cleanup();
    if (bus->addresses != NULL) {
        freeaddrinfo(bus->addresses);
    }
}

bool
nf_bus_publish(struct nf_bus *bus, const char *topic, struct nf_text payload,
               int qos)
{
    if (!bus->is_up
        || mosquitto_publish(bus->client, NULL, topic, (int) payload.len,
                             payload.data, qos, false)
               != MOSQ_ERR_SUCCESS)
    {
        return false;
    }
    bus->socket.events =
        (short) (POLLIN | (mosquitto_want_write(bus->client) ? POLLOUT : 0));
    return true;
}
