/*
 * Switches of Arista by eAPI: libnf/port makes the requests and reads the
 * answers, one request for most of what is asked.
 */
#include "port/eapi.h"

#include <stdlib.h>

#include "http.h"
#include "switch.h"

struct eapi {
    struct nf_switch_dialog dialog; /* first */
    struct nf_http *http;
    struct nf_timer start;
    struct nf_switch_ask ask;
    struct nf_switch_told told;
    char pin[NF_SWITCH_PIN];
    struct nf_eapi talk;
    char body[NF_EAPI_BODY_MAX];
};

/* The last thing that is done: the dialog may be gone. */
static void
tell(struct eapi *eapi)
{
    explicit_bzero(eapi->body, sizeof(eapi->body));
    memcpy(eapi->told.pin, eapi->pin, sizeof(eapi->told.pin));
    eapi->dialog.told(&eapi->dialog, &eapi->told);
}

static void
fail(struct eapi *eapi, enum nf_switch_cause cause, const char *words)
{
    eapi->told = (struct nf_switch_told){0};
    nf_switch_fail(&eapi->told, cause, nf_text(words));
    tell(eapi);
}

/* What kept the answer from coming. */
static void
fail_by_http(struct eapi *eapi)
{
    static const enum nf_switch_cause causes[NF_BMC_CAUSE_COUNT] = {
        [NF_BMC_UNREACHABLE] = NF_SWITCH_UNREACHABLE,
        [NF_BMC_HUNG] = NF_SWITCH_HUNG,
        [NF_BMC_CERTIFICATE] = NF_SWITCH_KEY,
        [NF_BMC_MALFORMED] = NF_SWITCH_MALFORMED,
        [NF_BMC_LOCAL] = NF_SWITCH_LOCAL,
    };

    fail(eapi, causes[eapi->http->cause], eapi->http->words);
}

static void
request(struct eapi *eapi)
{
    struct nf_out body = nf_out(eapi->body, sizeof(eapi->body) - 1);
    struct nf_http_request post = {.method = "POST",
                                   .path = "/command-api",
                                   .body = eapi->body,
                                   .is_basic = true,
                                   .is_once = eapi->ask.verb == NF_SWITCH_SET};

    nf_eapi_request(&eapi->talk, &body);
    eapi->body[body.len] = '\0';
    if (body.full) {
        fail(eapi, NF_SWITCH_LOCAL, "the change is too long");
        return;
    }
    eapi->dialog.asked++;
    if (!nf_http_ask(eapi->http, &post)) {
        fail_by_http(eapi);
    }
}

static void
on_done(struct nf_http *http)
{
    struct eapi *eapi = http->of;
    struct nf_text answer = {http->body, http->len};

    if (http->shown[0] != '\0') {
        (void) nf_text_copy(eapi->pin, sizeof(eapi->pin), nf_text(http->shown));
    }
    if (http->cause != NF_BMC_FINE) {
        fail_by_http(eapi);
    } else if (nf_eapi_reply(&eapi->talk, http->status, answer, &eapi->told)) {
        request(eapi);
    } else {
        tell(eapi);
    }
}

static bool
has_memory(struct eapi *eapi)
{
    struct nf_cli_facts *facts = &eapi->talk.facts;

    if (eapi->http == NULL) {
        eapi->http =
            nf_http_new(eapi->dialog.loop, eapi->dialog.device, on_done, eapi);
        facts->ports = malloc(NF_PORTS_MAX * sizeof(*facts->ports));
        facts->macs = malloc(NF_CLI_MACS_MAX * sizeof(*facts->macs));
    }
    return eapi->http != NULL && facts->ports != NULL && facts->macs != NULL;
}

static void
on_start(struct nf_timer *timer)
{
    struct eapi *eapi =
        (void *) ((char *) timer - offsetof(struct eapi, start));

    if (!has_memory(eapi)) {
        fail(eapi, NF_SWITCH_LOCAL, "out of memory");
        return;
    }
    eapi->http->answer_max = NF_EAPI_ANSWER_MAX;
    eapi->talk.password = eapi->dialog.device->password;
    switch (nf_eapi_begin(&eapi->talk, &eapi->ask)) {
    case NF_SWITCH_FINE:
        request(eapi);
        break;
    case NF_SWITCH_NO_PORT:
        fail(eapi, NF_SWITCH_NO_PORT, "");
        break;
    default:
        fail(eapi, NF_SWITCH_LOCAL, "the change is too long");
    }
}

static void
ask(struct nf_switch_dialog *dialog, const struct nf_switch_ask *what)
{
    struct eapi *eapi = (void *) dialog;

    eapi->ask = *what;
    eapi->start.fire = on_start;
    nf_timer_set(dialog->loop, &eapi->start, 0);
}

static void
close_dialog(struct nf_switch_dialog *dialog)
{
    struct eapi *eapi = (void *) dialog;

    nf_timer_clear(dialog->loop, &eapi->start);
    nf_http_free(eapi->http);
    free(eapi->talk.facts.ports);
    free(eapi->talk.facts.macs);
    explicit_bzero(eapi->body, sizeof(eapi->body));
    eapi->http = NULL;
    eapi->talk.facts.ports = NULL;
    eapi->talk.facts.macs = NULL;
}

const struct nf_switch_driver nf_switch_driver_eapi = {
    .name = "eapi",
    .port = 443,
    .size = sizeof(struct eapi),
    .ask = ask,
    .close = close_dialog,
};
