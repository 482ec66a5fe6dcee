#include "flow/task.h"

#include <stdio.h>

#include "base/time.h"
#include "flow/plan.h"
#include "flow/steps.h"

enum {
    BACK_OFF_FIRST_S = 5,
    BACK_OFF_MAX_S = 300,
    REPEATED_S = 1, /* a script asked for again so soon is no other start */
};

const char *const nf_task_events[] = {
#define X(event, text) text,
    NF_TASK_EVENTS(X)
#undef X
};

/* --- what each row of the table does --------------------------------------
 */

struct change {
    struct nf_task *task;
    const struct nf_task_rules *rules;
    const struct nf_task_input *in;
};

static const char *
detail_or(const struct change *c, const char *otherwise)
{
    const char *detail = c->in->detail;

    return detail != NULL && detail[0] != '\0' ? detail : otherwise;
}

/* The task is over, early; what was done to devices is undone. */
static void
end_early(struct change *c, enum nf_task_status status, const char *why,
          enum nf_step_status step_status)
{
    struct nf_task *task = c->task;

    NF_STEPS_SAY(task->reason, why);
    nf_steps_end(task, step_status, why, c->in->now);
    task->status = (uint8_t) status;
    task->is_undoing = 1;
    task->deadline = 0;
    task->step++;
    nf_steps_begin(task, c->rules, c->in->now);
}

/* What its machine was told to start by, if that is all that was in vain:
 * " with the UEFI boot flag, then with the BIOS one". */
static void
put_flags(struct nf_out *out, const struct nf_task *task)
{
    enum nf_boot_mode mode = nf_task_boot_mode(task);
    bool is_other = (task->flags & NF_TASK_OTHER_MODE) != 0;

    nf_out_printf(
        out, " with the %s boot flag",
        nf_boot_mode_names[is_other ? nf_boot_mode_other(mode) : mode]);
    if (is_other) {
        nf_out_printf(out, ", then with the %s one", nf_boot_mode_names[mode]);
    }
}

/* It was on its way to the place that it had gone back from. */
static bool
is_on_second_way(const struct nf_task *task)
{
    const struct nf_step *step = nf_task_find_step(task, NF_STEP_NODE_BOOT);

    return (task->flags & NF_TASK_OTHER_MODE) && step != NULL
           && step->status == NF_STEP_WAITING;
}

/* The device's words alone would hide that its machine did not come before. */
static void
fail(struct change *c, const char *why)
{
    struct nf_task *task = c->task;
    bool is_second = is_on_second_way(task);
    char both[sizeof(task->reason)];
    struct nf_out out = nf_out(both, sizeof(both) - 1);

    if (task->is_undoing) { /* it has failed before; go on undoing */
        nf_steps_end(task, NF_STEP_FAILED, why, c->in->now);
        task->step++;
        nf_steps_begin(task, c->rules, c->in->now);
        return;
    }
    end_early(c, NF_TASK_FAILED, why, NF_STEP_FAILED);
    if (is_second) {
        nf_out_puts(&out, "no start");
        put_flags(&out, task);
        nf_out_printf(&out, ": %s", why);
        both[out.len] = '\0';
        NF_STEPS_SAY(task->reason, both);
    }
}

/* 5 s, 10 s, 20 s, ... behind the failure of try number n. */
static nf_time_t
back_off(unsigned n)
{
    unsigned shift = n - 1 < 8 ? n - 1 : 8;
    nf_time_t seconds = (nf_time_t) BACK_OFF_FIRST_S << shift;

    return NF_SECONDS(seconds < BACK_OFF_MAX_S ? seconds : BACK_OFF_MAX_S);
}

/* Try again later, or fail for good. */
static void
retry_or_fail(struct change *c, const char *why)
{
    struct nf_step *step = nf_steps_now(c->task);
    unsigned tries = c->rules->tries[step->kind];

    if (step->attempts >= (tries == 0 ? 1 : tries)) {
        fail(c, why);
        return;
    }
    nf_steps_pause(c->task, why, c->in->now + back_off(step->attempts));
}

static void
done(struct change *c)
{
    nf_steps_complete(c->task, c->rules, c->in->now);
}

static void
approve(struct change *c)
{
    nf_steps_now(c->task)->attempts = 1;
    c->task->status = NF_TASK_APPROVED;
    c->task->approved_at = c->in->now;
    done(c);
}

static void
reject(struct change *c)
{
    c->task->approved_at = c->in->now;
    end_early(c, NF_TASK_REJECTED, detail_or(c, "rejected"), NF_STEP_FAILED);
}

/* A step that puts something back as it was goes on: who cancels wants no
 * less. */
static void
cancel(struct change *c)
{
    struct nf_task *task = c->task;
    const struct nf_plan_row *row = nf_plan_row(nf_steps_now(task)->kind);

    if (row->undoes != NF_STEP_KINDS) {
        NF_STEPS_SAY(task->reason, detail_or(c, "cancelled"));
        task->status = NF_TASK_CANCELLED;
        task->is_undoing = 1;
        return;
    }
    end_early(c, NF_TASK_CANCELLED, detail_or(c, "cancelled"), NF_STEP_SKIPPED);
}

static void
matched(struct change *c)
{
    nf_steps_now(c->task)->attempts = 1;
    done(c);
}

static bool
is_own_command(const struct change *c)
{
    const struct nf_step *step = nf_task_running(c->task);

    return c->in->step == step->kind
           && nf_plan_row(step->kind)->executor == NF_EXECUTOR_COMMAND
           && (c->in->attempt == 0
               || (c->in->attempt == step->attempts
                   && c->in->round == nf_task_round(c->task)));
}

static void
command_done(struct change *c)
{
    if (is_own_command(c)) {
        done(c);
    }
}

static void
command_failed(struct change *c)
{
    if (is_own_command(c) && nf_steps_now(c->task)->status == NF_STEP_RUNNING) {
        retry_or_fail(c, detail_or(c, "the device failed without a message"));
    }
}

static void
files_applied(struct change *c)
{
    if (c->in->step == nf_steps_now(c->task)->kind) {
        done(c);
    }
}

/* Boot loaders ask twice, or again at once when the network lost a packet. */
static bool
is_repeated(const struct nf_task *task, nf_time_t now)
{
    return task->script_at != 0 && now >= task->script_at
           && now - task->script_at < NF_SECONDS(REPEATED_S);
}

static void
count_script(struct change *c)
{
    struct nf_task *task = c->task;
    struct nf_step *step = nf_steps_now(task);
    bool is_install = nf_plan_executor(step->kind)->is_started;
    char why[100];

    if (is_repeated(task, c->in->now)) {
        return;
    }
    task->script_at = c->in->now;
    task->scripts += task->scripts < UINT16_MAX; /* 0 means none was served */
    step->attempts += is_install && step->attempts < UINT16_MAX;
    if (c->rules->scripts != 0 && task->scripts > c->rules->scripts) {
        snprintf(why, sizeof(why), "%s was started %u times and never reported",
                 is_install ? "the installer" : "nf-agent in RAM",
                 c->rules->scripts);
        fail(c, why);
    }
}

/* The machine is here. */
static void
node_here(struct change *c)
{
    nf_steps_now(c->task)->attempts = 1;
    c->task->status = NF_TASK_INSTALLING;
    done(c);
}

static void
first_script(struct change *c)
{
    node_here(c);
    count_script(c);
}

/* No installer was started: it is no attempt, but the reason is worth telling
 * while the node goes on asking. */
static void
fetch_failed(struct change *c)
{
    NF_STEPS_SAY(nf_steps_now(c->task)->error, detail_or(c, ""));
}

/* The script before it was served, and its note was lost. */
static void
first_failed(struct change *c)
{
    node_here(c);
    fetch_failed(c);
}

/* For an operation of a step that is not the one that runs: the same words
 * once more, or too early.  Either is no news. */
static void
operation_done(struct change *c)
{
    if (c->in->step == nf_steps_now(c->task)->kind) {
        done(c);
    }
}

static void
operation_failed(struct change *c)
{
    if (c->in->step == nf_steps_now(c->task)->kind
        && nf_steps_now(c->task)->status == NF_STEP_RUNNING)
    {
        retry_or_fail(c, detail_or(c, "nf-agent failed without a message"));
    }
}

/* Of a machine that was off when its task was approved: its time runs from
 * here on. */
static void
machine_seen(struct change *c)
{
    struct nf_task *task = c->task;
    bool is_untimed = nf_steps_now(task)->kind == NF_STEP_NODE_BOOT
                      && nf_task_is_before_power(task);

    task->flags &= (uint16_t) ~NF_TASK_WHEN_IT_BOOTS;
    if (is_untimed) {
        nf_steps_run(task, c->rules, c->in->now);
    }
}

/* Whatever came before, the system is on the disk: what was not asked for was
 * not needed by this installer, or its note was lost in a crash. */
static void
install_done(struct change *c)
{
    struct nf_task *task = c->task;

    if (nf_task_is_installed(task)) {
        return; /* a step behind it runs: no news */
    }
    if (nf_steps_now(task)->kind == NF_STEP_NODE_BOOT) {
        node_here(c);
    }
    while (nf_steps_now(task)->kind != NF_STEP_OS_INSTALL) {
        nf_steps_skip(task, "the installer did not ask for it", c->in->now);
        task->step++;
        nf_steps_begin(task, c->rules, c->in->now);
    }
    nf_steps_now(task)->attempts += nf_steps_now(task)->attempts == 0;
    done(c);
}

static void
install_failed(struct change *c)
{
    fail(c, detail_or(c, "the installer failed without a message"));
}

static void
first_boot_done(struct change *c)
{
    nf_steps_now(c->task)->attempts = 1;
    done(c);
}

/* Asking for the boot script is enough only where no agent will speak. */
static void
booted(struct change *c)
{
    if (c->task->first_boot == NF_FIRST_BOOT_BOOT) {
        first_boot_done(c);
    }
}

/* Its firmware may have passed over the boot flag, being in the other mode. */
static void
try_other_mode(struct change *c, enum nf_step_kind from, const char *why)
{
    struct nf_task *task = c->task;

    NF_STEPS_SAY(nf_steps_now(task)->error, why);
    nf_task_set_boot_mode(task, nf_boot_mode_other(nf_task_boot_mode(task)));
    task->flags |= NF_TASK_OTHER_MODE;
    nf_steps_go_back(task, c->rules, from, c->in->now);
}

static void
deadline_passed(struct change *c)
{
    const struct nf_step *step = nf_steps_now(c->task);
    const struct nf_plan_row *row = nf_plan_row(step->kind);
    enum nf_step_kind back = nf_task_way_back(c->task);
    char why[108];
    struct nf_out out = nf_out(why, sizeof(why) - 1);

    if (step->deadline == 0 || c->in->now < step->deadline) {
        return;
    }
    if (step->status == NF_STEP_RETRYING) {
        nf_steps_run(c->task, c->rules, c->in->now);
        return;
    }
    nf_out_printf(&out, "%s within ", row->otherwise);
    nf_out_duration(&out, nf_steps_allowed(c->task, c->rules));
    if (row->back_to != NF_STEP_KINDS && (c->task->flags & NF_TASK_HAS_BMC)) {
        put_flags(&out, c->task);
    }
    why[out.len] = '\0';
    if (back != NF_STEP_KINDS) {
        try_other_mode(c, back, why);
    } else if (nf_plan_executor(step->kind)->is_asked_again) {
        retry_or_fail(c, why);
    } else {
        fail(c, why);
    }
}

/* The whole plan from its first step; what was approved once is approved. */
static void
start_over(struct change *c)
{
    struct nf_task *task = c->task;
    nf_time_t now = c->in->now;

    nf_steps_reset(task);
    task->status = NF_TASK_PENDING;
    task->percent = 0;
    task->scripts = 0;
    task->script_at = 0;
    task->flags &= (uint16_t) ~NF_TASK_OTHER_MODE;
    task->tries += task->tries < UINT16_MAX;
    task->reason[0] = '\0';
    nf_steps_begin(task, c->rules, now);
    if (task->approved_at != 0) {
        approve(c);
    }
}

/* --- the table ---------------------------------------------------------------
 */

/* (running step, event) -> what happens.  Any pair that is not here leaves
 * the task as it is. */
#define OF NF_STEP_OF

/* clang-format off */
enum {
    ANY = OF(NF_EXECUTORS), /* any step that runs while the task is live */
    UNDO, /* any step that runs while a task that is over is undone */
    OVER, /* none: the task is over, and everything undone */
};

static const struct row {
    int step; /* a kind, OF whom, or one of those */
    enum nf_task_event event;
    void (*run)(struct change *c);
    const char *text;
} rows[] = {
    {NF_STEP_APPROVAL,      NF_TASK_APPROVE,          approve,          "done; the plan begins"},
    {NF_STEP_APPROVAL,      NF_TASK_REJECT,           reject,           "the task is rejected"},
    {NF_STEP_NODE_MATCH,    NF_TASK_MATCHED,          matched,          "done"},
    {NF_STEP_NODE_BOOT,     NF_TASK_SCRIPT_SERVED,    first_script,     "done; the installer or agent begins"},
    {NF_STEP_NODE_BOOT,     NF_TASK_AGENT_READY,      node_here,        "done: it was in RAM already"},
    {NF_STEP_NODE_BOOT,     NF_TASK_FETCH_FAILED,     first_failed,     "done; the next step says why it does not continue"},
    {NF_STEP_NODE_BOOT,     NF_TASK_INSTALL_DONE,     install_done,     "done, and so is os_install; first_boot begins"},
    {NF_STEP_NODE_BOOT,     NF_TASK_INSTALL_FAILED,   install_failed,   "the task fails"},
    {OF(NF_EXECUTOR_FILES), NF_TASK_FILES_APPLIED,    files_applied,    "done, if it is this step's file"},
    {OF(NF_EXECUTOR_AGENT), NF_TASK_SCRIPT_SERVED,    count_script,     "one more start; the task fails after too many"},
    {OF(NF_EXECUTOR_AGENT), NF_TASK_FETCH_FAILED,     fetch_failed,     "no start; the step says why"},
    {OF(NF_EXECUTOR_AGENT), NF_TASK_OPERATION_DONE,   operation_done,   "done, if it is this operation"},
    {OF(NF_EXECUTOR_AGENT), NF_TASK_OPERATION_FAILED, operation_failed, "retried after a pause; the task fails after too many"},
    {OF(NF_EXECUTOR_AGENT), NF_TASK_INSTALL_DONE,     install_done,     "skipped, and os_install done"},
    {OF(NF_EXECUTOR_AGENT), NF_TASK_INSTALL_FAILED,   install_failed,   "the task fails"},
    {NF_STEP_OS_INSTALL,    NF_TASK_SCRIPT_SERVED,    count_script,     "one more start; the task fails after too many"},
    {NF_STEP_OS_INSTALL,    NF_TASK_FETCH_FAILED,     fetch_failed,     "no start; the step says why"},
    {NF_STEP_OS_INSTALL,    NF_TASK_INSTALL_DONE,     install_done,     "done; first_boot begins"},
    {NF_STEP_OS_INSTALL,    NF_TASK_INSTALL_FAILED,   install_failed,   "the task fails"},
    {NF_STEP_FIRST_BOOT,    NF_TASK_SYSTEM_UP,        first_boot_done,  "done"},
    {NF_STEP_FIRST_BOOT,    NF_TASK_BOOTED,           booted,           "done where the profile says `boot`"},
    {ANY,                   NF_TASK_SEEN,             machine_seen,     "of a machine that was off: its time to boot starts now"},
    {ANY,                   NF_TASK_COMMAND_DONE,     command_done,     "done, if it is this step's command"},
    {ANY,                   NF_TASK_COMMAND_FAILED,   command_failed,   "retried after a pause; the task fails after too many"},
    {ANY,                   NF_TASK_CANCEL,           cancel,           "the task is cancelled, and what was done is undone"},
    {ANY,                   NF_TASK_DEADLINE,         deadline_passed,  "a paused step is retried; a command or file is requested again; a machine that did not appear gets the other boot flag, once; otherwise the task fails"},
    {UNDO,                  NF_TASK_COMMAND_DONE,     command_done,     "the next step that undoes something"},
    {UNDO,                  NF_TASK_COMMAND_FAILED,   command_failed,   "retried after a pause; after too many attempts the next one"},
    {UNDO,                  NF_TASK_DEADLINE,         deadline_passed,  "the same"},
    {OVER,                  NF_TASK_RETRY,            start_over,       "a failed or cancelled task starts over, approved if it was"},
};
/* clang-format on */

/* Which rows speak of the task as it is now. */
static int
phase_of(const struct nf_task *task)
{
    if (nf_task_running(task) != NULL) {
        return nf_task_is_live(task) ? ANY : UNDO;
    }
    return task->status == NF_TASK_FAILED || task->status == NF_TASK_CANCELLED
               ? OVER
               : -1;
}

static const struct row *
find_row(const struct nf_task *task, enum nf_task_event event)
{
    int phase = phase_of(task);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool is_step =
            phase == ANY
            && nf_plan_is_for(rows[i].step, task->steps[task->step].kind);
        if (rows[i].event == event && (is_step || rows[i].step == phase)) {
            return &rows[i];
        }
    }
    return NULL;
}

bool
nf_task_step(struct nf_task *task, const struct nf_task_rules *rules,
             const struct nf_task_input *input)
{
    const struct row *row = find_row(task, input->event);
    struct nf_task before = *task;
    struct change change = {task, rules, input};

    if (row == NULL) {
        return false;
    }
    row->run(&change);
    if (memcmp(&before, task, sizeof(before)) == 0) {
        return false;
    }
    task->updated_at = input->now;
    return true;
}

static void
put_who(struct nf_out *out, int step)
{
    static const char *const phases[] = {
        "any step", "any step of a task that is over", "none: it is over"};

    if (step >= ANY) {
        nf_out_puts(out, phases[step - ANY]);
    } else if (step >= (int) NF_STEP_KINDS) {
        nf_out_printf(out, "any step of %s",
                      nf_executors[step - (int) NF_STEP_KINDS].name);
    } else {
        nf_out_puts(out, nf_step_kinds[step]);
    }
}

void
nf_task_print_table(struct nf_out *out)
{
    nf_out_puts(out, "| step that runs | event | what follows |\n"
                     "| --- | --- | --- |\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        nf_out_puts(out, "| ");
        put_who(out, rows[i].step);
        nf_out_printf(out, " | %s | %s |\n", nf_task_events[rows[i].event],
                      rows[i].text);
    }
}
