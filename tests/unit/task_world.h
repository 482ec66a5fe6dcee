#ifndef NF_TEST_TASK_WORLD_H
#define NF_TEST_TASK_WORLD_H

/*
 * A world in which tasks are made and brought on.
 */

#include "change/answer.h"
#include "change/command.h"
#include "flow/plan.h"
#include "store/commands.h"
#include "store/hardware.h"
#include "store/profiles.h"
#include "store/progress.h"
#include "store/tasks.h"
#include "world.h"

/* What a task is asked for with; 0 and NULL: without. */
struct wanted_task {
    unsigned mac;
    const char *sn, *profile;
    bool has_bmc, has_switch, has_image, has_hardware, has_bootfile;
    enum nf_first_boot first_boot;
    const char *json; /* of its profile */
};

static nf_error_t
task_ask(struct wanted_task wanted, uint64_t *id)
{
    struct nf_profile profile = {.first_boot = (uint8_t) wanted.first_boot,
                                 .has_hardware = wanted.has_hardware,
                                 .json = NF_TEXT("{\"title\":\"x\"}")};
    if (wanted.json != NULL) {
        profile.json = nf_text(wanted.json);
    }
    struct nf_task_draft draft = {.has_bmc = wanted.has_bmc,
                                  .has_switch = wanted.has_switch,
                                  .effective = &profile};

    snprintf(profile.name, sizeof(profile.name), "test");
    snprintf(draft.profile, sizeof(draft.profile), "test");
    if (wanted.has_image) {
        profile.method = NF_METHOD_IMAGE;
        snprintf(profile.image, sizeof(profile.image), "images/x.img");
    }
    if (wanted.has_bootfile) {
        snprintf(draft.bootfile, sizeof(draft.bootfile), "pxelinux.0");
    }
    if (wanted.mac != 0) {
        draft.mac = mac_of(wanted.mac);
    }
    if (wanted.sn != NULL) {
        snprintf(draft.sn, sizeof(draft.sn), "%s", wanted.sn);
    }
    return CHANGE(nf_change_task_create(&c, &draft, id));
}

UNUSED static uint64_t
task_make(struct wanted_task wanted)
{
    uint64_t id = 0;

    assert_int_equal(task_ask(wanted, &id), NF_OK);
    assert_true(id != 0);
    return id;
}

UNUSED static struct nf_task
task_get(uint64_t id)
{
    struct nf_task task;
    NF_READ(r, world.s.store);

    assert_true(nf_tasks_get(&r, id, &task));
    return task;
}

UNUSED static bool
task_is_there(uint64_t id)
{
    struct nf_task task;
    NF_READ(r, world.s.store);

    return nf_tasks_get(&r, id, &task);
}

UNUSED static struct nf_step
task_step_of(uint64_t id, enum nf_step_kind kind)
{
    struct nf_task task = task_get(id);
    const struct nf_step *step = nf_task_find_step(&task, kind);

    assert_non_null(step);
    return *step;
}

/* The step that runs, NF_STEP_KINDS when none does. */
UNUSED static enum nf_step_kind
task_step(uint64_t id)
{
    struct nf_task task = task_get(id);
    const struct nf_step *step = nf_task_running(&task);

    return step == NULL ? NF_STEP_KINDS : (enum nf_step_kind) step->kind;
}

UNUSED static nf_error_t
task_approve(uint64_t id)
{
    return CHANGE(nf_change_task_approve(&c, id));
}

UNUSED static nf_error_t
task_reject(uint64_t id)
{
    return CHANGE(nf_change_task_reject(&c, id, "no"));
}

UNUSED static nf_error_t
task_cancel(uint64_t id)
{
    return CHANGE(nf_change_task_cancel(&c, id, "changed my mind"));
}

UNUSED static nf_error_t
task_retry(uint64_t id)
{
    return CHANGE(nf_change_task_retry(&c, id, NULL));
}

UNUSED static nf_error_t
task_delete(uint64_t id)
{
    return CHANGE(nf_change_task_delete(&c, id));
}

/* A machine reports: whether a task is its. */
UNUSED static bool
machine_reports(unsigned n, const char *sn)
{
    struct nf_hardware_report report = {
        .mac = mac_of(n), .peer = ip_of(n), .json = NF_TEXT("{\"cpu\":1}")};
    bool matched;

    snprintf(report.sn, sizeof(report.sn), "%s", sn);
    assert_int_equal(CHANGE(nf_change_report(&c, &report, &matched)), NF_OK);
    return matched;
}

UNUSED static nf_error_t
machine_says(unsigned n, uint64_t task, const char *step, unsigned percent,
             const char *message)
{
    struct nf_progress_report report = {.task = task,
                                        .percent = (uint8_t) percent};

    snprintf(report.step, sizeof(report.step), "%s", step);
    snprintf(report.message, sizeof(report.message), "%s", message);
    return CHANGE(nf_change_progress(&c, mac_of(n), &report));
}

UNUSED static void
machine_serves(unsigned n)
{
    uint16_t attempt = world_node(mac_of(n)).attempt;

    assert_int_equal(CHANGE(nf_change_script_served(&c, mac_of(n), attempt)),
                     NF_OK);
}

UNUSED static void
machine_operates(unsigned n, const char *operation, bool success,
                 const char *message)
{
    struct nf_operation_report report = {.success = success};

    snprintf(report.operation, sizeof(report.operation), "%s", operation);
    snprintf(report.message, sizeof(report.message), "%s", message);
    assert_int_equal(CHANGE(nf_change_operation(&c, mac_of(n), &report)),
                     NF_OK);
}

UNUSED static void
machine_is_up(unsigned n)
{
    struct nf_status_report report = {.status = "installed"};

    assert_int_equal(CHANGE(nf_change_status(&c, mac_of(n), &report)), NF_OK);
}

/* The command that a worker has to carry out for the step that runs; false:
 * none. */
UNUSED static bool
task_command(uint64_t id, struct nf_command *command)
{
    struct nf_task task = task_get(id);
    struct nf_task_command now;
    uint64_t before = 0;
    NF_READ(r, world.s.store);

    if (!nf_task_command(&task, &now)) {
        return false;
    }
    while (nf_commands_next_of(&r, task.mac, before, command)) {
        if (command->task == id && command->step == now.step
            && command->step_attempt == now.attempt
            && command->round == now.round)
        {
            return true;
        }
        before = command->number;
    }
    fail_msg("the step has no command");
    return false;
}

UNUSED static nf_error_t
worker_says(const struct nf_command *command, enum nf_command_word word,
            const char *words)
{
    struct nf_command_speaker worker = {.worker = "w1"};
    char text[NF_COMMAND_ID_TEXT];

    nf_command_format(command, text);
    return CHANGE(nf_change_command_answered(
        &c, &worker,
        &(struct nf_command_answer){nf_text(text), word, words, NULL}));
}

/* A worker is given the command that runs, and answers it; false: none does.
 */
UNUSED static bool
device_answers(uint64_t id, bool success, const char *message)
{
    struct nf_command command;

    if (!task_command(id, &command)) {
        return false;
    }
    assert_int_equal(
        CHANGE(nf_change_command_sent(&c, command.number, "w1", 0)), NF_OK);
    assert_int_equal(
        worker_says(&command,
                    success ? NF_COMMAND_SAYS_DONE : NF_COMMAND_SAYS_FAILED,
                    message),
        NF_OK);
    return true;
}

UNUSED static void
files_are_written(uint64_t id)
{
    enum nf_step_kind kind = task_step(id);

    assert_int_equal(CHANGE(nf_change_files_applied(&c, id, kind)), NF_OK);
}

/* Let so much time pass. */
UNUSED static void
wait_ms(nf_time_t time)
{
    nf_time_t next;

    world.now += time;
    assert_int_equal(CHANGE(nf_change_clock(&c, 100, &next)), NF_OK);
}

UNUSED static void
expect_node(unsigned n, enum nf_node_status status, enum nf_node_boot boot)
{
    struct nf_node node = world_node(mac_of(n));

    assert_int_equal(node.status, status);
    assert_int_equal(node.boot, boot);
}

UNUSED static void
machine_goes_on(unsigned n, enum nf_step_kind now, const char *sn)
{
    if (now == NF_STEP_NODE_MATCH) {
        assert_true(machine_reports(n, sn));
    } else if (now == NF_STEP_NODE_BOOT) {
        machine_serves(n);
    } else {
        machine_is_up(n);
    }
}

/* What the task waits for happens; n is its machine. */
UNUSED static void
task_pass(uint64_t id, unsigned n)
{
    enum nf_step_kind now = task_step(id);

    switch (nf_plan_row(now)->executor) {
    case NF_EXECUTOR_OPERATOR:
        assert_int_equal(task_approve(id), NF_OK);
        break;
    case NF_EXECUTOR_NODE:
        machine_goes_on(n, now, task_get(id).sn);
        break;
    case NF_EXECUTOR_FILES:
        files_are_written(id);
        break;
    case NF_EXECUTOR_AGENT:
    case NF_EXECUTOR_INSTALLER:
        machine_operates(n, nf_step_kinds[now], true, "");
        break;
    default:
        assert_true(device_answers(id, true, ""));
    }
}

/* The same until it is at this step. */
UNUSED static void
task_bring_to(uint64_t id, unsigned n, enum nf_step_kind kind)
{
    unsigned turns = 0;

    while (task_step(id) != kind && task_step(id) != NF_STEP_KINDS) {
        assert_true(turns++ < 20);
        world.now += 1000;
        task_pass(id, n);
    }
    assert_int_equal(task_step(id), kind);
}

#endif
