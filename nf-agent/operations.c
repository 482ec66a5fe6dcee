#include "operations.h"

#include "console.h"
#include "operation.h"
#include "power.h"
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FAULT_SIZE = 400,
    SHORT_MAX = 100,
    FLUSH_S = 10, /* progress before the report it belongs to */
};

struct work {
    struct nf_boot boot;
    struct nf_caller caller;
    const struct nf_assignment *task;
    struct nf_reporter *progress;
    int failures; /* in a row */
    char fault[FAULT_SIZE];
};

typedef enum {
    THEN_ASK,
    THEN_LEAVE,
    THEN_COMPLETE,
    THEN_RESTART,
} then_t;

/*
 * Asks until the server answers: false when it refuses.  answer is to be
 * cleared either way.
 */
static bool
ask(struct work *work, const char *path, json_t *body, struct nf_answer *answer)
{
    bool is_good =
        nf_caller_post(&work->caller, path, json_incref(body), answer);

    for (int i = 0; !is_good && nf_answer_is_passing(answer); i++) {
        nf_console(answer->status == 0 ? "Failed to send request: %s"
                                       : "Request failed: %s",
                   answer->fault);
        nf_answer_clear(answer);
        nf_back_off(i);
        is_good =
            nf_caller_post(&work->caller, path, json_incref(body), answer);
    }
    if (!is_good) {
        nf_console("The server refused %s: %s", path, answer->fault);
    }
    json_decref(body);
    return is_good;
}

/* What the order has, for the person at the console. */
static void
layout_say(const json_t *data)
{
    const json_t *layout = json_object_get(data, "disk_layout");
    char *text = json_dumps(layout, JSON_COMPACT);

    nf_console("  Disk Layout: %.600s", text != NULL ? text : "");
    free(text);
}

/* The order's address is a path on the server we talk to, nowhere else. */
static bool
order_path(struct work *work, const json_t *data, char *path, size_t size)
{
    char mac[NF_MAC_TEXT];
    const char *url = json_string_value(json_object_get(data, "order_url"));
    const char *token = json_string_value(json_object_get(data, "token"));

    if (token != NULL && !nf_boot_set(&work->boot, "token", token)) {
        snprintf(work->fault, FAULT_SIZE, "the operation has no valid token");
        return false;
    }
    memcpy(work->caller.token, work->boot.token, sizeof work->caller.token);
    nf_screen_hide(work->caller.token);
    if (work->boot.token[0] == '\0') {
        snprintf(work->fault, FAULT_SIZE,
                 "the operation has no token: nothing is installed");
        return false;
    }
    nf_mac_format(work->boot.mac, mac);
    int n = url == NULL
                ? snprintf(path, size, "/image/%s/image.json?token=%s", mac,
                           work->boot.token)
                : snprintf(path, size, "%s?token=%s", url, work->boot.token);
    if (path[0] != '/' || n >= (int) size) {
        snprintf(work->fault, FAULT_SIZE,
                 "the operation has no valid order_url");
        return false;
    }
    return true;
}

/* An answer is parsed where every order is: from its text. */
static bool
order_read(struct work *work, const json_t *body, struct nf_order *order)
{
    char *text = json_dumps(body, JSON_COMPACT);
    bool is_read = text != NULL
                   && nf_order_parse(text, strlen(text), work->boot.mac, order,
                                     work->fault, FAULT_SIZE);

    free(text);
    if (is_read && !order->has_image) {
        snprintf(work->fault, FAULT_SIZE, "the order has no image");
        return false;
    }
    if (is_read && order->task[0] != '\0' && work->caller.task[0] != '\0'
        && strcmp(order->task, work->caller.task) != 0)
    {
        snprintf(work->fault, FAULT_SIZE,
                 "the order is for task %s, this node's is %s", order->task,
                 work->caller.task);
        return false;
    }
    return is_read;
}

static bool
order_ask(struct work *work, const json_t *data, struct nf_order *order)
{
    char path[NF_URL_PATH_SIZE];
    struct nf_answer answer;

    if (!order_path(work, data, path, sizeof path)) {
        return false;
    }
    bool is_good = nf_caller_get(&work->caller, path, 0, &answer);
    for (int i = 0; !is_good && nf_answer_is_passing(&answer); i++) {
        nf_console("Failed to send request: %s", answer.fault);
        nf_answer_clear(&answer);
        nf_back_off(i);
        is_good = nf_caller_get(&work->caller, path, 0, &answer);
    }
    if (is_good) {
        is_good = order_read(work, answer.body, order);
    } else {
        snprintf(work->fault, FAULT_SIZE,
                 "the server refused the order: %.300s", answer.fault);
    }
    nf_answer_clear(&answer);
    return is_good;
}

static bool
os_install(struct work *work, const json_t *data)
{
    static struct nf_order order;
    const char *method =
        json_string_value(json_object_get(data, "install_method"));

    if (method != NULL && strcmp(method, "image") != 0) {
        snprintf(work->fault, FAULT_SIZE,
                 "install_method %.40s is not supported in RAM", method);
        return false;
    }
    nf_console("%s", "");
    nf_console("[Stage 4/5] Starting OS installation...");
    nf_progress_stage(work->progress, NF_STAGE_INSTALL_START, NULL);
    nf_console("  OS Type: %s", work->task->os_type);
    nf_console("  OS Version: %s", work->task->os_version);
    layout_say(data);
    nf_order_clear(&order); /* an earlier attempt's */
    if (!order_ask(work, data, &order)
        || !nf_os_install(&order, &work->boot, work->progress, work->fault,
                          FAULT_SIZE))
    {
        return false;
    }
    nf_progress_stage(work->progress, NF_STAGE_COMPLETED, NULL);
    nf_console("%s", "");
    nf_console("[Stage 5/5] Installation completed");
    nf_console("%s", "");
    nf_console("=== OS Installation Completed Successfully ===");
    return true;
}

static bool
hardware_config(struct work *work, const json_t *data)
{
    struct nf_answer answer;

    (void) data;
    bool is_good = ask(work, "/api/v1/device/getHardwareConfig",
                       nf_caller_body(&work->caller), &answer);
    if (is_good) {
        is_good = nf_hardware_config(answer.body, work->progress, work->fault,
                                     FAULT_SIZE);
    } else {
        snprintf(work->fault, FAULT_SIZE, "getHardwareConfig: %.300s",
                 answer.fault);
    }
    nf_answer_clear(&answer);
    return is_good;
}

static bool
network_config(struct work *work, const json_t *data)
{
    return nf_network_config(data, work->progress, work->fault, FAULT_SIZE);
}

/* The status of the server's answer. */
static int
report_send(struct work *work, const char *operation, bool is_success,
            const char *words, size_t max)
{
    json_t *body = nf_caller_body(&work->caller);
    char message[FAULT_SIZE];
    struct nf_answer answer;

    snprintf(message, sizeof message, "%.*s", (int) max, words);
    if (!nf_text_is_printable(nf_text(message))) {
        nf_text_scrub(message);
    }
    json_object_set_new(body, "operation", json_string(operation));
    json_object_set_new(body, "success", json_boolean(is_success));
    json_object_set_new(body, "message", json_string(message));
    ask(work, "/api/v1/device/operationComplete", body, &answer);
    nf_answer_clear(&answer);
    return answer.status;
}

/*
 * Tells how an operation ended, until the server knows.  The words are for
 * people: where a server takes fewer, it gets their beginning.
 */
static void
report(struct work *work, const char *operation, bool is_success,
       const char *message)
{
    nf_progress_flush(work->progress, FLUSH_S);
    if (report_send(work, operation, is_success, message, FAULT_SIZE - 1) == 400
        && strlen(message) > SHORT_MAX)
    {
        report_send(work, operation, is_success, message, SHORT_MAX);
    }
}

static void
failure_pause(struct work *work)
{
    if (work->boot.retry > 0) {
        nf_back_off(work->failures);
    }
    work->failures++;
}

static then_t
reboot_do(struct work *work)
{
    report(work, "reboot", true, "rebooting");
    nf_console("Rebooting");
    sync();
    if (nf_power_reboot()) {
        return THEN_RESTART;
    }
    report(work, "reboot", false, "the node could not reboot");
    failure_pause(work);
    return THEN_ASK;
}

static then_t
wait_do(struct work *work)
{
    nf_poll_wait(&work->caller, work->boot.poll);
    return THEN_ASK;
}

static then_t
complete_do(struct work *work)
{
    (void) work;
    nf_console("  Task complete: nothing is left to do");
    return THEN_COMPLETE;
}

/* clang-format off */
static const struct operation {
    const char *word;
    bool (*run)(struct work *work, const json_t *data); /* and is reported */
    then_t (*then)(struct work *work);                  /* or this */
} operations[] = {
    { "hardware_config", hardware_config, NULL },
    { "network_config",  network_config,  NULL },
    { "os_install",      os_install,      NULL },
    { "reboot",          NULL,            reboot_do },
    { "wait",            NULL,            wait_do },
    { "complete",        NULL,            complete_do },
};
/* clang-format on */

static const struct operation *
operation_find(const char *word)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(operations[i].word, word) == 0) {
            return &operations[i];
        }
    }
    return NULL;
}

static then_t
operation_run(struct work *work, const struct operation *operation,
              const json_t *data)
{
    if (operation->run == NULL) {
        return operation->then(work);
    }
    nf_console("  Operation: %s", operation->word);
    nf_progress_working(work->progress, (int) work->boot.poll);
    bool is_done = operation->run(work, data);
    nf_progress_working(work->progress, 0);
    if (is_done) {
        work->failures = 0;
        report(work, operation->word, true, "done");
    } else {
        nf_console("  %s failed: %s", operation->word, work->fault);
        report(work, operation->word, false, work->fault);
        failure_pause(work);
    }
    return THEN_ASK;
}

static then_t
next_do(struct work *work)
{
    struct nf_answer answer;
    char word[40] = "";
    then_t then = THEN_LEAVE;

    if (ask(work, "/api/v1/device/getNextOperation",
            nf_caller_body(&work->caller), &answer))
    {
        nf_answer_text(answer.body, "operation", word, sizeof word);
        const struct operation *operation = operation_find(word);
        if (operation != NULL) {
            then = operation_run(work, operation,
                                 json_object_get(answer.body, "data"));
        } else {
            nf_console("  Unknown operation \"%s\"; waiting", word);
            sleep((unsigned) work->boot.poll);
            then = THEN_ASK;
        }
    }
    nf_answer_clear(&answer);
    return then;
}

/* Approved or installing, and not cancelled meanwhile. */
static bool
is_in_queue(struct work *work)
{
    struct nf_answer answer;
    bool is_in = ask(work, "/api/v1/device/isInInstallQueue",
                     nf_caller_body(&work->caller), &answer)
                 && json_is_true(json_object_get(answer.body, "result"));

    nf_answer_clear(&answer);
    return is_in;
}

nf_operations_t
nf_operations_run(const struct nf_boot *boot, const struct nf_caller *caller,
                  const struct nf_assignment *task,
                  struct nf_reporter *progress)
{
    static const nf_operations_t ends[] = {
        [THEN_LEAVE] = NF_OPERATIONS_LEFT,
        [THEN_COMPLETE] = NF_OPERATIONS_COMPLETE,
        [THEN_RESTART] = NF_OPERATIONS_RESTART,
    };
    struct work work = {
        .boot = *boot, .caller = *caller, .task = task, .progress = progress};
    then_t then = THEN_ASK;

    while (then == THEN_ASK && is_in_queue(&work)) {
        then = next_do(&work);
    }
    if (then == THEN_ASK || then == THEN_LEAVE) {
        nf_console("  Task %s has nothing more for this node",
                   work.caller.task);
        return NF_OPERATIONS_LEFT;
    }
    return ends[then];
}
