#include "flow/task.h"

#include <stdio.h>

#include "base/time.h"
#include "flow/plan.h"

static_assert((int) NF_STEP_KINDS <= NF_TASK_STEPS, "a plan fits a task");

enum {
    BACK_OFF_FIRST_S = 5,
    BACK_OFF_MAX_S = 300,
    LIVE_PERCENT_MAX = 99, /* 100 says that the task completed */
};

const char *const nf_task_events[] = {
#define X(event, text) text,
    NF_TASK_EVENTS(X)
#undef X
};

const struct nf_step *
nf_task_find_step(const struct nf_task *task, enum nf_step_kind kind)
{
    for (size_t i = 0; i < task->steps_n; i++) {
        if (task->steps[i].kind == kind) {
            return &task->steps[i];
        }
    }
    return NULL;
}

static bool
is_active(const struct nf_step *step)
{
    return step->status == NF_STEP_RUNNING || step->status == NF_STEP_RETRYING;
}

const struct nf_step *
nf_task_running(const struct nf_task *task)
{
    return task->step < task->steps_n && is_active(&task->steps[task->step])
               ? &task->steps[task->step]
               : NULL;
}

bool
nf_task_is_installed(const struct nf_task *task)
{
    const struct nf_step *step = nf_task_find_step(task, NF_STEP_OS_INSTALL);

    return step != NULL && step->status == NF_STEP_DONE;
}

bool
nf_task_is_disk_untouched(const struct nf_task *task)
{
    const struct nf_step *step = nf_task_find_step(task, NF_STEP_OS_INSTALL);

    return step == NULL || step->started == 0;
}

static struct nf_step *
running(struct nf_task *task)
{
    return &task->steps[task->step];
}

static void
set_text(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text);
    nf_text_scrub(to);
}

#define SET_TEXT(field, text) set_text(field, sizeof(field), text)

static void
raise_percent(struct nf_task *task, unsigned percent)
{
    unsigned max =
        task->status == NF_TASK_COMPLETED ? 100 : (unsigned) LIVE_PERCENT_MAX;

    percent = percent < max ? percent : max;
    if (percent > task->percent) {
        task->percent = (uint8_t) percent;
    }
}

static void
set_deadline(struct nf_task *task, nf_time_t deadline)
{
    running(task)->deadline = deadline;
    task->deadline = deadline;
}

static void
end_step(struct nf_task *task, enum nf_step_status status, nf_time_t now)
{
    struct nf_step *step = running(task);

    step->status = (uint8_t) status;
    step->ended = now;
    step->deadline = 0;
    if (status == NF_STEP_DONE) {
        raise_percent(task, nf_plan[step->kind].percent);
    }
}

static void
skip_step(struct nf_task *task, const char *why, nf_time_t now)
{
    char text[sizeof(running(task)->error)];

    snprintf(text, sizeof(text), "skipped: %s", why);
    SET_TEXT(running(task)->error, text);
    end_step(task, NF_STEP_SKIPPED, now);
}

/*
 * Done the moment it begins.  Files are level with the store by themselves;
 * a step waits for them only where something that follows needs them.
 */
static bool
is_instant(const struct nf_task *task, enum nf_step_kind kind)
{
    switch (nf_plan[kind].doer) {
    case NF_DOER_STORE:
        return true;
    case NF_DOER_FILES:
        return (task->flags & (NF_TASK_HAS_FILES | NF_TASK_HAS_BMC)) == 0;
    default:
        return kind == NF_STEP_NODE_MATCH && nf_task_has_node(task);
    }
}

/* Steps that count what somebody else does begin without an attempt. */
static bool
counts_itself(enum nf_step_kind kind)
{
    enum nf_step_doer doer = nf_plan[kind].doer;

    return doer == NF_DOER_COMMAND || doer == NF_DOER_AGENT
           || doer == NF_DOER_FILES;
}

static void
run_step(struct nf_task *task, const struct nf_task_rules *rules, nf_time_t now)
{
    struct nf_step *step = running(task);
    nf_time_t allowed = rules->deadlines[step->kind];

    step->status = NF_STEP_RUNNING;
    step->attempts += counts_itself(step->kind);
    set_deadline(task, allowed == 0 ? 0 : now + allowed);
}

static void
finish(struct nf_task *task, nf_time_t now)
{
    task->deadline = 0;
    task->updated_at = now;
    if (task->is_undoing) {
        task->is_undoing = 0;
        return;
    }
    task->status = NF_TASK_COMPLETED;
    task->percent = 100;
}

/* Begin the step that task->step points at, and all that follow at once. */
static void
begin_steps(struct nf_task *task, const struct nf_task_rules *rules,
            nf_time_t now)
{
    for (; task->step < task->steps_n; task->step++) {
        struct nf_step *step = running(task);
        const char *skip = nf_plan_skips(task, &nf_plan[step->kind]);

        if (skip != NULL) {
            skip_step(task, skip, now);
            continue;
        }
        step->started = now;
        if (is_instant(task, step->kind)) {
            step->attempts = 1;
            end_step(task, NF_STEP_DONE, now);
        } else {
            run_step(task, rules, now);
            return;
        }
    }
    finish(task, now);
}

static void
complete_step(struct nf_task *task, const struct nf_task_rules *rules,
              nf_time_t now)
{
    end_step(task, NF_STEP_DONE, now);
    running(task)->error[0] = '\0';
    task->step++;
    begin_steps(task, rules, now);
}

static void
make_plan(struct nf_task *task)
{
    task->steps_n = NF_STEP_KINDS;
    task->step = 0;
    memset(task->steps, 0, sizeof(task->steps));
    for (size_t i = 0; i < NF_STEP_KINDS; i++) {
        task->steps[i].kind = (uint8_t) nf_plan[i].kind;
    }
}

void
nf_task_start(struct nf_task *task, const struct nf_task_rules *rules,
              nf_time_t now)
{
    task->status = NF_TASK_PENDING;
    task->created_at = task->updated_at = now;
    task->attempt = 1;
    make_plan(task);
    begin_steps(task, rules, now);
}

bool
nf_task_progress(struct nf_task *task, unsigned percent, nf_time_t now)
{
    uint8_t before = task->percent;

    if (nf_task_is_live(task)) {
        raise_percent(task, percent);
    }
    if (task->percent != before) {
        task->updated_at = now;
    }
    return task->percent != before;
}

bool
nf_task_command(const struct nf_task *task, struct nf_task_command *command)
{
    const struct nf_step *step = nf_task_running(task);

    if (step == NULL || step->status != NF_STEP_RUNNING
        || nf_plan[step->kind].doer != NF_DOER_COMMAND)
    {
        return false;
    }
    *command = (struct nf_task_command){task->id, task->mac, step->kind,
                                        step->attempts};
    return true;
}

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

    SET_TEXT(task->reason, why);
    SET_TEXT(running(task)->error, why);
    end_step(task, step_status, c->in->now);
    task->status = (uint8_t) status;
    task->is_undoing = 1;
    task->deadline = 0;
    task->step++;
    begin_steps(task, c->rules, c->in->now);
}

static void
fail(struct change *c, const char *why)
{
    if (c->task->is_undoing) { /* it has failed before; go on undoing */
        SET_TEXT(running(c->task)->error, why);
        end_step(c->task, NF_STEP_FAILED, c->in->now);
        c->task->step++;
        begin_steps(c->task, c->rules, c->in->now);
        return;
    }
    end_early(c, NF_TASK_FAILED, why, NF_STEP_FAILED);
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
    struct nf_step *step = running(c->task);
    unsigned tries = c->rules->tries[step->kind];

    if (step->attempts >= (tries == 0 ? 1 : tries)) {
        fail(c, why);
        return;
    }
    SET_TEXT(step->error, why);
    step->status = NF_STEP_RETRYING;
    set_deadline(c->task, c->in->now + back_off(step->attempts));
}

static void
done(struct change *c)
{
    complete_step(c->task, c->rules, c->in->now);
}

static void
approve(struct change *c)
{
    running(c->task)->attempts = 1;
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

static void
cancel(struct change *c)
{
    end_early(c, NF_TASK_CANCELLED, detail_or(c, "cancelled"), NF_STEP_SKIPPED);
}

static void
matched(struct change *c)
{
    running(c->task)->attempts = 1;
    done(c);
}

static bool
is_own_command(const struct change *c)
{
    const struct nf_step *step = nf_task_running(c->task);

    return c->in->step == step->kind
           && (c->in->attempt == 0 || c->in->attempt == step->attempts);
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
    if (is_own_command(c) && running(c->task)->status == NF_STEP_RUNNING) {
        retry_or_fail(c, detail_or(c, "the device failed without a word"));
    }
}

static void
files_applied(struct change *c)
{
    if (c->in->step == running(c->task)->kind) {
        done(c);
    }
}

static void
count_script(struct change *c)
{
    struct nf_task *task = c->task;
    char why[100];

    task->scripts += task->scripts < UINT16_MAX; /* 0 means none was served */
    running(task)->attempts = task->scripts;
    if (c->rules->scripts != 0 && task->scripts > c->rules->scripts) {
        snprintf(why, sizeof(why),
                 "the installer was started %u times and never reported",
                 c->rules->scripts);
        fail(c, why);
    }
}

/* The machine is here. */
static void
node_here(struct change *c)
{
    running(c->task)->attempts = 1;
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
    SET_TEXT(running(c->task)->error, detail_or(c, ""));
}

/* For an operation of a step that is not the one that runs: the same words
 * once more, or too early.  Either is no news. */
static void
operation_done(struct change *c)
{
    if (c->in->step == running(c->task)->kind) {
        done(c);
    }
}

static void
operation_failed(struct change *c)
{
    if (c->in->step == running(c->task)->kind
        && running(c->task)->status == NF_STEP_RUNNING)
    {
        retry_or_fail(c, detail_or(c, "nf-agent failed without a word"));
    }
}

/* Whatever came before, the system is on the disk: what was not asked for was
 * not needed by this installer, or its note was lost in a crash. */
static void
install_done(struct change *c)
{
    struct nf_task *task = c->task;

    if (running(task)->kind == NF_STEP_NODE_BOOT) {
        node_here(c);
    }
    while (running(task)->kind != NF_STEP_OS_INSTALL) {
        skip_step(task, "the installer did not ask for it", c->in->now);
        task->step++;
        begin_steps(task, c->rules, c->in->now);
    }
    running(task)->attempts += running(task)->attempts == 0;
    done(c);
}

static void
install_failed(struct change *c)
{
    fail(c, detail_or(c, "the installer failed without a word"));
}

static void
first_boot_done(struct change *c)
{
    running(c->task)->attempts = 1;
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

static void
deadline_passed(struct change *c)
{
    const struct nf_step *step = running(c->task);
    char why[108];
    struct nf_out out = nf_out(why, sizeof(why) - 1);

    if (step->status == NF_STEP_RETRYING) {
        run_step(c->task, c->rules, c->in->now);
        return;
    }
    nf_out_puts(&out, nf_plan[step->kind].words.otherwise);
    nf_out_puts(&out, " within ");
    nf_out_duration(&out, c->rules->deadlines[step->kind]);
    why[out.len] = '\0';
    if (nf_plan[step->kind].doer == NF_DOER_COMMAND) {
        retry_or_fail(c, why);
    } else {
        fail(c, why);
    }
}

/* The whole plan from its first step, approved as it is. */
static void
start_over(struct change *c)
{
    struct nf_task *task = c->task;
    nf_time_t now = c->in->now;

    make_plan(task);
    task->status = NF_TASK_APPROVED;
    task->percent = 0;
    task->scripts = 0;
    task->tries += task->tries < UINT16_MAX;
    task->reason[0] = '\0';
    running(task)->started = now;
    running(task)->attempts = 1;
    complete_step(task, c->rules, now);
}

/* (running step, event) -> what happens.  Any pair that is not here leaves
 * the task as it is. */
/* clang-format off */
enum {
    ANY = NF_STEP_KINDS, /* any step that runs while the task is live */
    UNDO, /* any step that runs while a task that is over is undone */
    OVER, /* none: the task is over, and everything undone */
};

static const struct row {
    int step;
    enum nf_task_event event;
    void (*run)(struct change *c);
    const char *text;
} rows[] = {
    {NF_STEP_APPROVAL,        NF_TASK_APPROVE,          approve,          "done; the plan begins"},
    {NF_STEP_APPROVAL,        NF_TASK_REJECT,           reject,           "the task is rejected"},
    {NF_STEP_NODE_MATCH,      NF_TASK_MATCHED,          matched,          "done"},
    {NF_STEP_BOOT_CONFIG,     NF_TASK_FILES_APPLIED,    files_applied,    "done"},
    {NF_STEP_DHCP_BINDING,    NF_TASK_FILES_APPLIED,    files_applied,    "done"},
    {NF_STEP_NODE_BOOT,       NF_TASK_SCRIPT_SERVED,    first_script,     "done; the installer or agent begins"},
    {NF_STEP_NODE_BOOT,       NF_TASK_AGENT_READY,      node_here,        "done: it was in RAM already"},
    {NF_STEP_NODE_BOOT,       NF_TASK_INSTALL_DONE,     install_done,     "done, and so is os_install; first_boot begins"},
    {NF_STEP_NODE_BOOT,       NF_TASK_INSTALL_FAILED,   install_failed,   "the task fails"},
    {NF_STEP_HARDWARE_CONFIG, NF_TASK_SCRIPT_SERVED,    count_script,     "one more start; the task fails after too many"},
    {NF_STEP_HARDWARE_CONFIG, NF_TASK_FETCH_FAILED,     fetch_failed,     "no start; the step says why"},
    {NF_STEP_HARDWARE_CONFIG, NF_TASK_OPERATION_DONE,   operation_done,   "done, if it is this operation"},
    {NF_STEP_HARDWARE_CONFIG, NF_TASK_OPERATION_FAILED, operation_failed, "again after a pause; the task fails after too many"},
    {NF_STEP_HARDWARE_CONFIG, NF_TASK_INSTALL_DONE,     install_done,     "skipped, and os_install done"},
    {NF_STEP_HARDWARE_CONFIG, NF_TASK_INSTALL_FAILED,   install_failed,   "the task fails"},
    {NF_STEP_NETWORK_CONFIG,  NF_TASK_SCRIPT_SERVED,    count_script,     "one more start; the task fails after too many"},
    {NF_STEP_NETWORK_CONFIG,  NF_TASK_FETCH_FAILED,     fetch_failed,     "no start; the step says why"},
    {NF_STEP_NETWORK_CONFIG,  NF_TASK_OPERATION_DONE,   operation_done,   "done, if it is this operation"},
    {NF_STEP_NETWORK_CONFIG,  NF_TASK_OPERATION_FAILED, operation_failed, "again after a pause; the task fails after too many"},
    {NF_STEP_NETWORK_CONFIG,  NF_TASK_INSTALL_DONE,     install_done,     "skipped, and os_install done"},
    {NF_STEP_NETWORK_CONFIG,  NF_TASK_INSTALL_FAILED,   install_failed,   "the task fails"},
    {NF_STEP_OS_INSTALL,      NF_TASK_SCRIPT_SERVED,    count_script,     "one more start; the task fails after too many"},
    {NF_STEP_OS_INSTALL,      NF_TASK_FETCH_FAILED,     fetch_failed,     "no start; the step says why"},
    {NF_STEP_OS_INSTALL,      NF_TASK_INSTALL_DONE,     install_done,     "done; first_boot begins"},
    {NF_STEP_OS_INSTALL,      NF_TASK_INSTALL_FAILED,   install_failed,   "the task fails"},
    {NF_STEP_FIRST_BOOT,      NF_TASK_SYSTEM_UP,        first_boot_done,  "done"},
    {NF_STEP_FIRST_BOOT,      NF_TASK_BOOTED,           booted,           "done where the profile says `boot`"},
    {ANY,                     NF_TASK_COMMAND_DONE,     command_done,     "done, if it is this step's command"},
    {ANY,                     NF_TASK_COMMAND_FAILED,   command_failed,   "again after a pause; the task fails after too many"},
    {ANY,                     NF_TASK_CANCEL,           cancel,           "the task is cancelled"},
    {ANY,                     NF_TASK_DEADLINE,         deadline_passed,  "a step that pauses begins again; a command is repeated; else the task fails"},
    {UNDO,                    NF_TASK_COMMAND_DONE,     command_done,     "the next step that undoes something"},
    {UNDO,                    NF_TASK_COMMAND_FAILED,   command_failed,   "again after a pause; after too many the next one"},
    {UNDO,                    NF_TASK_DEADLINE,         deadline_passed,  "the same"},
    {OVER,                    NF_TASK_RETRY,            start_over,       "a failed or cancelled task begins again, approved"},
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
            phase == ANY && rows[i].step == task->steps[task->step].kind;
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

void
nf_task_print_table(struct nf_out *out)
{
    static const char *const phases[] = {
        "any step", "any step of a task that is over", "none: it is over"};

    nf_out_puts(out, "| step that runs | event | what follows |\n"
                     "| --- | --- | --- |\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        nf_out_printf(out, "| %s | %s | %s |\n",
                      rows[i].step < ANY ? nf_step_kinds[rows[i].step]
                                         : phases[rows[i].step - ANY],
                      nf_task_events[rows[i].event], rows[i].text);
    }
}
