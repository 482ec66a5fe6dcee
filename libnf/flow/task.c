#include "flow/task.h"

#include <stdio.h>

#include "base/time.h"

const char *const nf_task_events[] = {
#define X(event, text) text,
    NF_TASK_EVENTS(X)
#undef X
};

/* The plan of an installation without BMC and switch, in order, with the
 * percent that a task has reached when the step begins. */
static const struct {
    enum nf_step_kind kind;
    uint8_t percent;
    bool is_instant; /* done by the store itself, the moment it begins */
    struct nf_step_words words;
} plan[] = {
    {NF_STEP_BOOT_CONFIG, 0, true, {"the boot configuration", "nothing"}},
    {NF_STEP_NODE_BOOT,
     5,
     false,
     {"the node to ask for its install script",
      "the node did not ask for its install script"}},
    {NF_STEP_OS_INSTALL,
     10,
     false,
     {"the installer to report that it is done",
      "the installer did not report"}},
    {NF_STEP_FIRST_BOOT,
     90,
     false,
     {"the installed system to come up and report",
      "the installed system did not report"}},
    {NF_STEP_CLEANUP, 99, true, {"clean-up", "nothing"}},
};

enum {
    PLAN_LENGTH = sizeof(plan) / sizeof(plan[0])
};
static_assert((int) PLAN_LENGTH <= NF_TASK_STEPS, "a plan fits a task");

struct nf_step_words
nf_step_words(enum nf_step_kind kind)
{
    for (size_t i = 0; i < PLAN_LENGTH; i++) {
        if (plan[i].kind == kind) {
            return plan[i].words;
        }
    }
    return (struct nf_step_words){"", ""};
}

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

bool
nf_task_is_installed(const struct nf_task *task)
{
    const struct nf_step *step = nf_task_find_step(task, NF_STEP_OS_INSTALL);

    return step != NULL && step->status == NF_STEP_DONE;
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

static void
finish(struct nf_task *task, enum nf_task_status status, nf_time_t now)
{
    task->status = (uint8_t) status;
    task->deadline = 0;
    task->updated_at = now;
    if (status == NF_TASK_COMPLETED) {
        task->percent = 100;
    }
}

static void
end_step(struct nf_task *task, enum nf_step_status status, nf_time_t now)
{
    running(task)->status = (uint8_t) status;
    running(task)->ended = now;
    running(task)->deadline = 0;
}

/* A step that this task has no need of says why. */
static const char *
reason_to_skip(const struct nf_step *step, const struct nf_task_rules *rules)
{
    if (step->kind == NF_STEP_FIRST_BOOT
        && rules->first_boot == NF_FIRST_BOOT_NONE) {
        return "skipped: the profile waits for no report of the system";
    }
    return NULL;
}

/* Begin the step that task->step points at, and all that follow at once. */
static void
begin_steps(struct nf_task *task, const struct nf_task_rules *rules,
            nf_time_t now)
{
    for (; task->step < task->steps_n; task->step++) {
        struct nf_step *step = running(task);
        const char *skip = reason_to_skip(step, rules);

        step->started = now;
        task->percent = plan[task->step].percent;
        if (skip != NULL) {
            set_text(step->error, sizeof(step->error), skip);
            end_step(task, NF_STEP_SKIPPED, now);
        } else if (plan[task->step].is_instant) {
            step->attempts = 1;
            end_step(task, NF_STEP_DONE, now);
        } else {
            nf_time_t allowed = rules->deadlines[step->kind];
            step->status = NF_STEP_RUNNING;
            step->deadline = allowed == 0 ? 0 : now + allowed;
            task->deadline = step->deadline;
            return;
        }
    }
    finish(task, NF_TASK_COMPLETED, now);
}

static void
complete_step(struct nf_task *task, const struct nf_task_rules *rules,
              nf_time_t now)
{
    end_step(task, NF_STEP_DONE, now);
    task->step++;
    begin_steps(task, rules, now);
}

void
nf_task_start(struct nf_task *task, const struct nf_task_rules *rules,
              nf_time_t now)
{
    task->status = NF_TASK_APPROVED;
    task->created_at = task->updated_at = now;
    task->attempt = 1;
    task->steps_n = PLAN_LENGTH;
    for (size_t i = 0; i < PLAN_LENGTH; i++) {
        task->steps[i] = (struct nf_step){.kind = (uint8_t) plan[i].kind};
    }
    begin_steps(task, rules, now);
}

static void
fail(struct nf_task *task, const char *why, nf_time_t now)
{
    set_text(running(task)->error, sizeof(running(task)->error), why);
    set_text(task->reason, sizeof(task->reason), why);
    end_step(task, NF_STEP_FAILED, now);
    finish(task, NF_TASK_FAILED, now);
}

/* --- what each row of the table does --------------------------------------
 */

struct change {
    struct nf_task *task;
    const struct nf_task_rules *rules;
    const struct nf_task_input *in;
};

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
        fail(task, why, c->in->now);
    }
}

static void
first_script(struct change *c)
{
    running(c->task)->attempts = 1;
    complete_step(c->task, c->rules, c->in->now);
    c->task->status = NF_TASK_INSTALLING;
    count_script(c);
}

/* No installer was started: it is no attempt, but the reason is worth telling
 * while the node goes on asking. */
static void
fetch_failed(struct change *c)
{
    set_text(running(c->task)->error, sizeof(running(c->task)->error),
             c->in->detail != NULL ? c->in->detail : "");
}

static void
install_done(struct change *c)
{
    if (running(c->task)->kind == NF_STEP_NODE_BOOT) {
        first_script(c); /* the note of the script was lost in a crash */
    }
    complete_step(c->task, c->rules, c->in->now);
}

static void
install_failed(struct change *c)
{
    const char *why = c->in->detail;

    fail(c->task,
         why != NULL && why[0] != '\0' ? why
                                       : "the installer failed without a word",
         c->in->now);
}

static void
first_boot_done(struct change *c)
{
    running(c->task)->attempts = 1;
    complete_step(c->task, c->rules, c->in->now);
}

/* Asking for the boot script is enough only where no agent will speak. */
static void
booted(struct change *c)
{
    if (c->rules->first_boot == NF_FIRST_BOOT_BOOT) {
        first_boot_done(c);
    }
}

static void
deadline_passed(struct change *c)
{
    const struct nf_step *step = running(c->task);
    char why[108];
    struct nf_out out = nf_out(why, sizeof(why) - 1);

    nf_out_puts(&out, nf_step_words(step->kind).otherwise);
    nf_out_puts(&out, " within ");
    nf_out_duration(&out, step->deadline - step->started);
    why[out.len] = '\0';
    fail(c->task, why, c->in->now);
}

static void
cancel(struct change *c)
{
    const char *why = c->in->detail != NULL ? c->in->detail : "cancelled";

    set_text(c->task->reason, sizeof(c->task->reason), why);
    set_text(running(c->task)->error, sizeof(running(c->task)->error), why);
    end_step(c->task, NF_STEP_SKIPPED, c->in->now);
    finish(c->task, NF_TASK_CANCELLED, c->in->now);
}

/* (running step, event) -> what happens.  Any pair that is not here leaves
 * the task as it is. */
/* clang-format off */
static const struct row {
    enum nf_step_kind step;
    enum nf_task_event event;
    void (*run)(struct change *c);
    const char *text;
} rows[] = {
    {NF_STEP_NODE_BOOT,  NF_TASK_SCRIPT_SERVED,  first_script,    "done; os_install begins"},
    {NF_STEP_NODE_BOOT,  NF_TASK_INSTALL_DONE,   install_done,    "done, and os_install done; first_boot begins"},
    {NF_STEP_NODE_BOOT,  NF_TASK_INSTALL_FAILED, install_failed,  "the task fails"},
    {NF_STEP_NODE_BOOT,  NF_TASK_DEADLINE,       deadline_passed, "the task fails"},
    {NF_STEP_NODE_BOOT,  NF_TASK_CANCEL,         cancel,          "the task is cancelled"},
    {NF_STEP_OS_INSTALL, NF_TASK_SCRIPT_SERVED,  count_script,    "one more attempt; the task fails after too many"},
    {NF_STEP_OS_INSTALL, NF_TASK_FETCH_FAILED,   fetch_failed,    "no attempt; the step says why"},
    {NF_STEP_OS_INSTALL, NF_TASK_INSTALL_DONE,   install_done,    "done; first_boot begins"},
    {NF_STEP_OS_INSTALL, NF_TASK_INSTALL_FAILED, install_failed,  "the task fails"},
    {NF_STEP_OS_INSTALL, NF_TASK_DEADLINE,       deadline_passed, "the task fails"},
    {NF_STEP_OS_INSTALL, NF_TASK_CANCEL,         cancel,          "the task is cancelled"},
    {NF_STEP_FIRST_BOOT, NF_TASK_SYSTEM_UP,      first_boot_done, "done; the task completes"},
    {NF_STEP_FIRST_BOOT, NF_TASK_BOOTED,         booted,          "done where the profile says `boot`"},
    {NF_STEP_FIRST_BOOT, NF_TASK_DEADLINE,       deadline_passed, "the task fails"},
    {NF_STEP_FIRST_BOOT, NF_TASK_CANCEL,         cancel,          "the task is cancelled"},
};
/* clang-format on */

static const struct row *
find_row(const struct nf_task *task, enum nf_task_event event)
{
    if (!nf_task_is_live(task) || task->step >= task->steps_n) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].step == task->steps[task->step].kind
            && rows[i].event == event) {
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
    if (task->percent < before.percent) {
        task->percent = before.percent;
    }
    if (memcmp(&before, task, sizeof(before)) == 0) {
        return false;
    }
    task->updated_at = input->now;
    return true;
}

/*
 * "Installing" covers three different boots: the installer, the disk it wrote
 * (else a machine that boots from the network first reinstalls for ever), and
 * waiting, when there is no live task to install by.
 */
static enum nf_node_boot
boot_while_installing(const struct nf_task *task)
{
    if (task == NULL) {
        return NF_BOOT_STUCK;
    }
    if (nf_task_is_installed(task)) {
        return NF_BOOT_LOCAL;
    }
    return nf_task_is_live(task) ? NF_BOOT_INSTALL : NF_BOOT_STUCK;
}

enum nf_node_boot
nf_node_boot_for(enum nf_node_status status, const struct nf_task *task)
{
    switch (status) {
    case NF_NODE_DISCOVERED:
        return NF_BOOT_WAIT;
    case NF_NODE_INSTALLED:
        return NF_BOOT_LOCAL;
    case NF_NODE_INSTALLING:
        break;
    }
    return boot_while_installing(task);
}

void
nf_task_print_table(struct nf_out *out)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        nf_out_printf(out, "| %s | %s | %s |\n", nf_step_kinds[rows[i].step],
                      nf_task_events[rows[i].event], rows[i].text);
    }
}
