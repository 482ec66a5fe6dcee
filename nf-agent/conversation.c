#include "conversation.h"

#include "caller.h"
#include "console.h"
#include "enroll.h"
#include "inventory.h"
#include "operations.h"
#include "poll.h"
#include "progress.h"
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLUSH_S = 10,
    SCREEN_FLUSH_S = 5,
};

struct conversation {
    struct nf_boot boot;
    struct nf_caller caller;
    struct nf_reporter *progress;
    json_t *hardware;
    json_t *bmc_login;       /* NULL: none was asked for, or there is no BMC */
    bool is_in_ram;          /* the machine is the agent's alone */
    nf_listener_t *listener; /* to switches; NULL: nobody listens */
};

/* As whom the threads speak to the server. */
static void
identity_tell(struct conversation *c)
{
    nf_progress_identity(c->progress, &c->caller);
    nf_screen_identity(&c->caller);
}

static void
line_print(const char *text)
{
    nf_console("%s", text);
}

/* A node without a serial number goes by its address. */
static void
identity_take(struct conversation *c)
{
    const char *serial = nf_inventory_serial(c->hardware);
    char mac[NF_MAC_TEXT];

    nf_mac_format(c->boot.mac, mac);
    snprintf(c->caller.serial, sizeof c->caller.serial, "%s",
             serial[0] != '\0' ? serial : mac);
    nf_mac_format_divided(c->boot.mac, ':', c->caller.mac);
    identity_tell(c);
}

static bool
hardware_collect(struct conversation *c)
{
    char mac[NF_MAC_COLONS];

    nf_mac_format_divided(c->boot.mac, ':', mac);
    nf_console("%s", "");
    nf_console("[Stage 1/5] Collecting hardware information...");
    json_decref(c->hardware);
    c->hardware = nf_inventory_take(&(struct nf_inventory_options){.mac = mac});
    if (c->hardware == NULL) {
        nf_console("  out of memory");
        return false;
    }
    identity_take(c);
    if (c->listener != NULL) {
        nf_inventory_hear(c->listener, c->hardware);
    }
    nf_inventory_lines(c->hardware, line_print);
    nf_progress_stage(c->progress, NF_STAGE_HARDWARE_COLLECT, NULL);
    return true;
}

/* Once: each time makes another password.  What failed may do next time. */
static void
bmc_enroll(struct conversation *c)
{
    char why[200];

    if (!c->boot.bmc.is_wished || !c->is_in_ram
        || json_object_get(c->bmc_login, "sealed") != NULL)
    {
        return;
    }
    json_decref(c->bmc_login);
    c->bmc_login = nf_enroll(&c->boot.bmc, c->hardware, c->caller.mac);
    nf_answer_text(c->bmc_login, "error", why, sizeof why);
    if (why[0] != '\0') {
        nf_console("  BMC not enrolled: %s", why);
    } else if (c->bmc_login != NULL) {
        nf_console("  BMC enrolled");
    }
}

/* What the node says of itself. */
static json_t *
report_body(const struct conversation *c)
{
    json_t *body = nf_caller_body(&c->caller);

    json_object_set(body, "hardware", c->hardware);
    if (c->bmc_login != NULL) {
        json_object_set(body, "bmc_login", c->bmc_login);
    }
    return body;
}

static void
report_told(struct conversation *c, const struct nf_answer *answer)
{
    bool is_matched = json_is_true(json_object_get(answer->body, "matched"));

    nf_progress_assigned(c->progress, is_matched || c->caller.token[0] != '\0');
    if (!is_matched) {
        nf_console("  Hardware reported (no task assigned yet)");
    }
    nf_console("  Hardware reported successfully");
    nf_progress_stage(c->progress, NF_STAGE_HARDWARE_REPORT, NULL);
}

/*
 * A report that the server refuses would be refused again; a task may be there
 * nevertheless, so the node goes on, and reports anew in its next round.
 */
static void
hardware_report(struct conversation *c)
{
    struct nf_answer answer;
    bool is_done = false;

    bmc_enroll(c);
    json_t *body = report_body(c);
    nf_console("%s", "");
    nf_console("[Stage 2/5] Reporting hardware to %s...",
               c->boot.is_lpmos ? "regional client" : "the server");
    for (int i = 0; !is_done; i++) {
        if (nf_caller_post(&c->caller, "/api/v1/report", json_incref(body),
                           &answer)) {
            report_told(c, &answer);
            is_done = true;
        } else if (answer.status == 0) {
            nf_console("Failed to send request: %s", answer.fault);
        } else {
            nf_console("Hardware report failed: %s", answer.fault);
            is_done = !nf_answer_is_passing(&answer);
        }
        nf_answer_clear(&answer);
        if (!is_done) {
            nf_back_off(i);
        }
    }
    nf_progress_known(c->progress);
    nf_screen_identity(&c->caller); /* what was refused before is not now */
    json_decref(body);
}

/* A switch has told its name, or a link has changed: reported once, because a
   node without this is the same node. */
static void
changes_report(void *conversation)
{
    struct conversation *c = conversation;
    struct nf_answer answer;

    if (c->listener == NULL || !nf_inventory_hear(c->listener, c->hardware)) {
        return;
    }
    json_t *body = report_body(c);
    if (nf_caller_post(&c->caller, "/api/v1/report", body, &answer)) {
        nf_console("  Network cards have changed; reported again");
    }
    nf_answer_clear(&answer);
}

static void
task_take(struct conversation *c, const struct nf_assignment *task)
{
    char message[200];

    memcpy(c->caller.task, task->id, sizeof c->caller.task);
    if (task->token[0] != '\0') {
        memcpy(c->caller.token, task->token, sizeof c->caller.token);
        memcpy(c->boot.token, task->token, sizeof c->boot.token);
    }
    identity_tell(c);
    nf_console("  Task received! Task ID: %s", task->id);
    nf_console("  OS Type: %s", task->os_type);
    nf_console("  OS Version: %s", task->os_version);
    snprintf(message, sizeof message, "Task received: %s %s", task->os_type,
             task->os_version);
    nf_progress_stage(c->progress, NF_STAGE_TASK_RECEIVED, message);
}

/* What belonged to a task that is over. */
static void
task_drop(struct conversation *c, const struct nf_boot *boot)
{
    c->caller.task[0] = '\0';
    memcpy(c->caller.token, boot->token, sizeof c->caller.token);
    memcpy(c->boot.token, boot->token, sizeof c->boot.token);
    identity_tell(c);
}

/* Stages 3 to 5 for one task; false when none came. */
static bool
task_do(struct conversation *c, const struct nf_boot *boot,
        nf_operations_t *ended)
{
    struct nf_assignment task;

    nf_console("%s", "");
    nf_console("[Stage 3/5] Polling for task assignment...");
    nf_progress_stage(c->progress, NF_STAGE_TASK_WAIT, NULL);
    if (!nf_poll(&c->caller, c->boot.poll, c->progress, changes_report, c,
                 &task)) {
        return false;
    }
    task_take(c, &task);
    *ended = nf_operations_run(&c->boot, &c->caller, &task, c->progress);
    task_drop(c, boot);
    return true;
}

static int
leave(struct conversation *c, int status)
{
    nf_progress_flush(c->progress, FLUSH_S);
    nf_screen_flush(SCREEN_FLUSH_S);
    json_decref(c->hardware);
    json_decref(c->bmc_login);
    return status;
}

int
nf_conversation_run(const struct nf_boot *boot, bool is_once, bool is_in_ram)
{
    static struct conversation c;
    nf_operations_t ended = NF_OPERATIONS_LEFT;

    c.boot = *boot;
    c.is_in_ram = is_in_ram;
    memcpy(c.caller.url, boot->url, sizeof c.caller.url);
    memcpy(c.caller.token, boot->token, sizeof c.caller.token);
    c.progress = nf_progress_new(&c.caller);
    c.listener = is_in_ram ? nf_inventory_listen() : NULL;
    nf_screen_start(&c.caller);
    if (c.progress == NULL || !hardware_collect(&c)) {
        return EXIT_FAILURE;
    }
    hardware_report(&c);
    for (;;) {
        if (!task_do(&c, boot, &ended)) {
            nf_console("  No approved task in %d polls", NF_POLL_TRIES);
            if (is_once) {
                return leave(&c, EXIT_FAILURE);
            }
            nf_console("  Reporting again and starting over");
        } else if (ended == NF_OPERATIONS_RESTART
                   || (ended == NF_OPERATIONS_COMPLETE && is_once))
        {
            return leave(&c, EXIT_SUCCESS);
        } else {
            nf_poll_wait(&c.caller, c.boot.poll);
            continue;
        }
        if (!hardware_collect(&c)) {
            return leave(&c, EXIT_FAILURE);
        }
        hardware_report(&c);
    }
}
