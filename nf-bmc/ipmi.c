/*
 * IPMI over LAN by `ipmitool shell`: one session for all that an operation
 * asks.  ipmitool says why it has no session only when it is told to be
 * verbose, which costs it 30 ms: it is asked again then.
 */
#include "bmc/ipmi.h"

#include <stdio.h>
#include <stdlib.h>

#include "driver.h"
#include "process.h"

enum {
    OPEN_MS = 30000,
    ANSWER_MS = 20000,
    SAYS_NOTHING_MS = 5000, /* a session that fails later was never answered */
};

#define PROMPT "ipmitool> "

enum state {
    CLOSED,
    OPENING, /* until the first prompt */
    OPEN,
    DIAGNOSING, /* -v, to learn why there is no session */
};

struct ipmi {
    struct nf_dialog dialog;
    enum state state;
    bool is_asking;
    nf_time_t since; /* the session's first packet */
    struct nf_process process;
    struct nf_timer timer;
    struct nf_ipmi_talk talk;
    struct nf_bmc_told told;
};

static void
answer(struct ipmi *ipmi)
{
    nf_timer_clear(ipmi->dialog.loop, &ipmi->timer);
    ipmi->is_asking = false;
    ipmi->dialog.told(&ipmi->dialog, &ipmi->told);
}

static void
drop_session(struct ipmi *ipmi)
{
    nf_process_kill(&ipmi->process);
    ipmi->state = CLOSED;
}

static void
fail(struct ipmi *ipmi, enum nf_bmc_cause cause, struct nf_text words)
{
    drop_session(ipmi);
    nf_bmc_fail(&ipmi->told, cause, words);
    answer(ipmi);
}

/* Told by the loop: an ask does not call back. */
static void
fail_soon(struct ipmi *ipmi, enum nf_bmc_cause cause, struct nf_text words)
{
    drop_session(ipmi);
    nf_bmc_fail(&ipmi->told, cause, words);
    nf_timer_set(ipmi->dialog.loop, &ipmi->timer, 0);
}

static void
say_next(struct ipmi *ipmi)
{
    char line[NF_IPMI_LINE];

    if (!nf_ipmi_request(&ipmi->talk, line)) {
        answer(ipmi);
        return;
    }
    ipmi->process.len = 0;
    line[strlen(line) + 1] = '\0';
    line[strlen(line)] = '\n';
    ipmi->dialog.asked++;
    nf_timer_set(ipmi->dialog.loop, &ipmi->timer, ANSWER_MS);
    if (!nf_process_say(&ipmi->process, nf_text(line))) {
        fail_soon(ipmi, NF_BMC_HUNG, NF_TEXT("the session was lost"));
    }
}

/* What was printed up to the prompt, without the line that was said. */
static struct nf_text
reply_of(const struct nf_process *process)
{
    struct nf_text text = {process->text, process->len - (sizeof(PROMPT) - 1)};

    (void) nf_text_cut(&text, '\n');
    return text;
}

static void
on_printed(struct nf_process *process)
{
    struct ipmi *ipmi =
        (void *) ((char *) process - offsetof(struct ipmi, process));
    struct nf_text text = {process->text, process->len};

    if (ipmi->state == DIAGNOSING || !nf_text_ends(text, NF_TEXT(PROMPT))) {
        return;
    }
    if (ipmi->state == OPENING) {
        ipmi->state = OPEN;
    } else if (ipmi->is_asking
               && !nf_ipmi_reply(&ipmi->talk, reply_of(process), &ipmi->told))
    {
        answer(ipmi);
        return;
    }
    if (ipmi->is_asking) {
        say_next(ipmi);
    }
}

static void
start(struct ipmi *ipmi, enum state state)
{
    struct nf_device *device = ipmi->dialog.device;
    char port[8], cipher[4];
    const char *argv[] = {"ipmitool",
                          "-I",
                          "lanplus",
                          "-H",
                          device->address,
                          "-p",
                          port,
                          "-U",
                          device->user,
                          "-f",
                          "/dev/fd/3",
                          "-C",
                          cipher,
                          "-N",
                          "1",
                          "-R",
                          "3",
                          "-L",
                          device->is_operator ? "OPERATOR" : "ADMINISTRATOR",
                          state == DIAGNOSING ? "-v" : "shell",
                          state == DIAGNOSING ? "shell" : NULL,
                          NULL};

    snprintf(port, sizeof(port), "%u",
             device->port != 0 ? device->port : nf_driver_ipmi.port);
    snprintf(cipher, sizeof(cipher), "%u",
             device->cipher != 0 ? device->cipher : 17u);
    ipmi->since = ipmi->dialog.loop->now;
    ipmi->state = state;
    ipmi->dialog.asked++; /* for a session */
    if (!nf_process_start(&ipmi->process, argv, nf_text(device->password))) {
        fail_soon(ipmi, NF_BMC_LOCAL, NF_TEXT("cannot run ipmitool"));
        return;
    }
    nf_timer_set(ipmi->dialog.loop, &ipmi->timer, OPEN_MS);
    if (state == DIAGNOSING) {
        nf_process_hush(&ipmi->process);
    }
}

/* Once more, in the way that the BMC may take us. */
static bool
starts_otherwise(struct ipmi *ipmi, enum nf_bmc_cause cause,
                 struct nf_text text)
{
    struct nf_device *device = ipmi->dialog.device;

    if (cause == NF_BMC_CIPHER && device->cipher != 3) {
        device->cipher = 3;
    } else if (nf_ipmi_asks_for_operator(text) && !device->is_operator) {
        device->is_operator = true;
    } else {
        return false;
    }
    start(ipmi, OPENING);
    return true;
}

static void
diagnosed(struct ipmi *ipmi, struct nf_text text)
{
    enum nf_bmc_cause cause = nf_ipmi_cause(text);

    if (!starts_otherwise(ipmi, cause, text)) {
        nf_bmc_fail(&ipmi->told, cause, (struct nf_text){0});
        answer(ipmi);
    }
}

static void
on_ended(struct nf_process *process, int status)
{
    struct ipmi *ipmi =
        (void *) ((char *) process - offsetof(struct ipmi, process));
    struct nf_text text = {process->text, process->len};
    enum state state = ipmi->state;

    (void) status;
    ipmi->state = CLOSED;
    if (!ipmi->is_asking) {
        return;
    }
    if (state == DIAGNOSING) {
        diagnosed(ipmi, text);
    } else if (state == OPEN) {
        fail(ipmi, NF_BMC_HUNG, NF_TEXT("the session was lost"));
    } else if (ipmi->dialog.loop->now - ipmi->since > SAYS_NOTHING_MS) {
        fail(ipmi, NF_BMC_UNREACHABLE, (struct nf_text){0});
    } else {
        start(ipmi, DIAGNOSING);
    }
}

static enum nf_bmc_cause
ipmi_late(const struct nf_dialog *dialog)
{
    const struct ipmi *ipmi = (const struct ipmi *) dialog;

    return ipmi->state == OPEN ? NF_BMC_HUNG : NF_BMC_UNREACHABLE;
}

/* Its time is over; or it could not even begin, and told says so. */
static void
on_timer(struct nf_timer *timer)
{
    struct ipmi *ipmi =
        (void *) ((char *) timer - offsetof(struct ipmi, timer));

    if (ipmi->told.cause != NF_BMC_FINE) {
        answer(ipmi);
        return;
    }
    fail(ipmi, ipmi_late(&ipmi->dialog), (struct nf_text){0});
}

static void
ipmi_ask(struct nf_dialog *dialog, const struct nf_bmc_ask *ask)
{
    struct ipmi *ipmi = (struct ipmi *) dialog;

    ipmi->talk = (struct nf_ipmi_talk){.ask = *ask};
    ipmi->told = (struct nf_bmc_told){0};
    ipmi->is_asking = true;
    ipmi->timer.fire = on_timer;
    ipmi->process.loop = dialog->loop;
    ipmi->process.printed = on_printed;
    ipmi->process.ended = on_ended;
    if (strlen(dialog->device->password) > NF_IPMI_PASSWORD_MAX) {
        fail_soon(ipmi, NF_BMC_WRONG_PASSWORD,
                  NF_TEXT("IPMI passwords have at most 20 bytes"));
    } else if (ipmi->state == OPEN) {
        say_next(ipmi);
    } else {
        start(ipmi, OPENING);
    }
}

static void
ipmi_close(struct nf_dialog *dialog)
{
    struct ipmi *ipmi = (struct ipmi *) dialog;

    nf_timer_clear(dialog->loop, &ipmi->timer);
    drop_session(ipmi);
}

const struct nf_driver nf_driver_ipmi = {
    .kind = NF_BMC_IPMI,
    .port = 623,
    .size = sizeof(struct ipmi),
    .ask = ipmi_ask,
    .late = ipmi_late,
    .close = ipmi_close,
};
