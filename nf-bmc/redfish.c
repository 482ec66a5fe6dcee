/*
 * Redfish: libnf/bmc makes the requests and reads the answers, one session for
 * all that an operation asks, which is ended with the dialog.
 */
#include "bmc/redfish.h"

#include "driver.h"
#include "http.h"

struct redfish {
    struct nf_dialog dialog;
    struct nf_http *http;
    struct nf_timer timer;
    struct nf_redfish talk;
    struct nf_redfish_request request;
    struct nf_bmc_told told;
};

static void
answer(struct redfish *redfish)
{
    explicit_bzero(redfish->request.body, sizeof(redfish->request.body));
    redfish->dialog.told(&redfish->dialog, &redfish->told);
}

/* Told by the loop: an ask does not call back. */
static void
fail_soon(struct redfish *redfish, enum nf_bmc_cause cause, const char *words)
{
    nf_bmc_fail(&redfish->told, cause, nf_text(words));
    nf_timer_set(redfish->dialog.loop, &redfish->timer, 0);
}

static void
on_timer(struct nf_timer *timer)
{
    answer((void *) ((char *) timer - offsetof(struct redfish, timer)));
}

static struct nf_http_request
as_http(const struct nf_redfish_request *request)
{
    static const char *const methods[] = {
        [NF_REDFISH_GET] = "GET",
        [NF_REDFISH_POST] = "POST",
        [NF_REDFISH_PATCH] = "PATCH",
        [NF_REDFISH_DELETE] = "DELETE",
    };
    struct nf_http_request http = {
        .method = methods[request->method],
        .path = request->path,
        .body = request->body[0] != '\0' ? request->body : NULL,
        .is_basic = request->is_basic,
    };

    if (request->token[0] != '\0') {
        http.names[http.headers_n] = "X-Auth-Token";
        http.values[http.headers_n++] = request->token;
    }
    if (request->if_match[0] != '\0') {
        http.names[http.headers_n] = "If-Match";
        http.values[http.headers_n++] = request->if_match;
    }
    return http;
}

static void
send_next(struct redfish *redfish)
{
    if (!nf_redfish_request(&redfish->talk, &redfish->request)) {
        answer(redfish);
        return;
    }
    struct nf_http_request request = as_http(&redfish->request);
    redfish->dialog.asked++;
    if (!nf_http_ask(redfish->http, &request)) {
        fail_soon(redfish, redfish->http->cause, redfish->http->words);
    }
}

static void
on_done(struct nf_http *http)
{
    struct redfish *redfish = http->of;
    struct nf_redfish_reply reply = {
        .status = http->status,
        .body = {http->body, http->len},
        .tag = nf_text(http->tag),
        .location = nf_text(http->location),
        .token = nf_text(http->token),
    };

    if (http->cause != NF_BMC_FINE) {
        nf_bmc_fail(&redfish->told, http->cause, nf_text(http->words));
        answer(redfish);
    } else if (nf_redfish_reply(&redfish->talk, &reply, &redfish->told)) {
        send_next(redfish);
    } else {
        answer(redfish);
    }
}

static void
redfish_ask(struct nf_dialog *dialog, const struct nf_bmc_ask *ask)
{
    struct redfish *redfish = (struct redfish *) dialog;

    redfish->told = (struct nf_bmc_told){0};
    redfish->timer.fire = on_timer;
    redfish->talk.user = dialog->device->user;
    redfish->talk.password = dialog->device->password;
    if (redfish->http == NULL) {
        redfish->http =
            nf_http_new(dialog->loop, dialog->device, on_done, redfish);
    }
    if (redfish->http == NULL) {
        fail_soon(redfish, NF_BMC_LOCAL, "out of memory");
        return;
    }
    nf_redfish_begin(&redfish->talk, ask);
    send_next(redfish);
}

/* Each request but the first follows from an answer. */
static enum nf_bmc_cause
redfish_late(const struct nf_dialog *dialog)
{
    const struct redfish *redfish = (const struct redfish *) dialog;
    bool has_begun =
        dialog->asked > 1
        || (redfish->http != NULL && nf_http_is_connected(redfish->http));

    return has_begun ? NF_BMC_HUNG : NF_BMC_UNREACHABLE;
}

static void
redfish_close(struct nf_dialog *dialog)
{
    struct redfish *redfish = (struct redfish *) dialog;
    bool has_session = nf_redfish_farewell(&redfish->talk, &redfish->request);

    nf_timer_clear(dialog->loop, &redfish->timer);
    if (has_session) {
        struct nf_http_request request = as_http(&redfish->request);
        nf_http_part(redfish->http, &request);
    } else {
        nf_http_free(redfish->http);
    }
    redfish->http = NULL;
    explicit_bzero(&redfish->request, sizeof(redfish->request));
}

const struct nf_driver nf_driver_redfish = {
    .kind = NF_BMC_REDFISH,
    .port = 443,
    .lights_stay = true,
    .size = sizeof(struct redfish),
    .ask = redfish_ask,
    .late = redfish_late,
    .close = redfish_close,
};
