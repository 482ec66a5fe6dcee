#include "sounding.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum {
    PORT = 623,
    SENT_MAX = 2,
    ANSWER_MS = 1000,
};

#define SOUNDING_OF(timer_)                                                    \
    ((struct nf_sounding *) (void *) ((char *) (timer_) -offsetof(             \
        struct nf_sounding, timer)))

void
nf_sounding_close(struct nf_sounding *sounding)
{
    nf_timer_clear(sounding->loop, &sounding->timer);
    nf_http_free(sounding->http);
    sounding->http = NULL;
}

static void
look(struct nf_sounding *sounding)
{
    if (sounding->is_udp_over && sounding->http == NULL) {
        nf_sounding_close(sounding);
        sounding->done(sounding);
    }
}

static void
send_packet(struct nf_sounding *sounding, const uint8_t *bytes, size_t len)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};

    memcpy(&to.sin_addr, sounding->found.ip.b, sizeof(to.sin_addr));
    if (sendto(sounding->udp, bytes, len, 0, (struct sockaddr *) &to,
               sizeof(to))
        < 0)
    {
        sounding->why = errno;
    }
}

static void
ask(struct nf_sounding *sounding)
{
    uint8_t ping[NF_DISCOVER_PING], question[NF_DISCOVER_ASK];

    nf_discover_ping(sounding->tag, ping);
    nf_discover_ask(sounding->tag, question);
    send_packet(sounding, ping, sizeof(ping));
    send_packet(sounding, question, sizeof(question));
    sounding->sent++;
    nf_timer_set(sounding->loop, &sounding->timer, ANSWER_MS);
}

static void
on_timer(struct nf_timer *timer)
{
    struct nf_sounding *sounding = SOUNDING_OF(timer);

    if (!sounding->is_udp_over && sounding->sent < SENT_MAX) {
        ask(sounding);
        return;
    }
    sounding->is_udp_over = true;
    look(sounding);
}

void
nf_sounding_take(struct nf_sounding *sounding, struct nf_bytes packet)
{
    if (!sounding->is_udp_over
        && nf_discover_take(&sounding->found, sounding->tag, packet)
        && sounding->found.tells)
    {
        sounding->is_udp_over = true;
        nf_timer_set(sounding->loop, &sounding->timer, 0);
    }
}

static void
on_done(struct nf_http *http)
{
    struct nf_sounding *sounding = http->of;
    struct nf_text body = {http->body, http->len};

    if (http->cause == NF_BMC_FINE
        && nf_discover_service(&sounding->found, http->status, body))
    {
        (void) nf_text_copy(sounding->found.pin, sizeof(sounding->found.pin),
                            nf_text(http->shown));
    }
    nf_http_free(http);
    sounding->http = NULL;
    look(sounding);
}

void
nf_sounding_open(struct nf_sounding *sounding)
{
    static const struct nf_http_request root = {.method = "GET",
                                                .path = "/redfish/v1/"};

    sounding->timer.fire = on_timer;
    nf_ip4_format(sounding->found.ip, sounding->device.address);
    sounding->http =
        nf_http_new(sounding->loop, &sounding->device, on_done, sounding);
    if (sounding->http != NULL) {
        sounding->http->is_stranger = true;
        if (!nf_http_ask(sounding->http, &root)) {
            nf_http_free(sounding->http);
            sounding->http = NULL;
        }
    }
    ask(sounding);
}
