#include "flow/steps.h"

#include <stdio.h>

#include "flow/plan.h"

enum {
    LIVE_PERCENT_MAX = 99, /* 100 says that the task completed */
};

/* --- looking ----------------------------------------------------------------
 */

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

static bool
has_begun(const struct nf_task *task, enum nf_step_kind kind)
{
    const struct nf_step *step = nf_task_find_step(task, kind);

    return step != NULL && step->started != 0;
}

/* Scripts before the installation may set disks up, and who was handed an
 * install script may be about to; nf-agent alone asks once more. */
bool
nf_task_is_disk_untouched(const struct nf_task *task)
{
    bool asks = task->method == NF_METHOD_IMAGE;

    return (task->scripts == 0 || asks) && !has_begun(task, NF_STEP_OS_INSTALL)
           && !((task->flags & NF_TASK_HAS_HARDWARE)
                && has_begun(task, NF_STEP_HARDWARE_CONFIG));
}

bool
nf_task_command(const struct nf_task *task, struct nf_task_command *command)
{
    const struct nf_step *step = nf_task_running(task);

    if (step == NULL || step->status != NF_STEP_RUNNING
        || nf_plan_row(step->kind)->executor != NF_EXECUTOR_COMMAND)
    {
        return false;
    }
    *command = (struct nf_task_command){.task = task->id,
                                        .mac = task->mac,
                                        .step = (enum nf_step_kind) step->kind,
                                        .attempt = step->attempts,
                                        .round = nf_task_round(task)};
    return true;
}

/* --- of which mode the boot flag is ------------------------------------------
 */

uint16_t
nf_task_round(const struct nf_task *task)
{
    bool is_other = (task->flags & NF_TASK_OTHER_MODE) != 0;

    return (uint16_t) (task->tries << 1 | is_other);
}

enum nf_boot_mode
nf_task_boot_mode(const struct nf_task *task)
{
    return task->flags & NF_TASK_BY_BIOS ? NF_BOOT_MODE_BIOS : NF_BOOT_MODE_EFI;
}

void
nf_task_set_boot_mode(struct nf_task *task, enum nf_boot_mode mode)
{
    task->flags &= (uint16_t) ~NF_TASK_BY_BIOS;
    task->flags |= mode == NF_BOOT_MODE_BIOS ? NF_TASK_BY_BIOS : 0;
}

enum nf_step_kind
nf_task_way_back(const struct nf_task *task)
{
    const struct nf_step *now = &task->steps[task->step];
    enum nf_step_kind kind = nf_plan_row(now->kind)->back_to;
    const struct nf_step *to = nf_task_find_step(task, kind);

    return to != NULL && to < now && (task->flags & NF_TASK_HAS_BMC)
                   && !(task->flags & NF_TASK_OTHER_MODE)
               ? kind
               : NF_STEP_KINDS;
}

enum nf_boot_mode
nf_task_worked(const struct nf_task *task)
{
    const struct nf_step *step = nf_task_find_step(task, NF_STEP_NODE_BOOT);
    bool has_come = step != NULL && step->status == NF_STEP_DONE;

    return has_come && (task->flags & NF_TASK_HAS_BMC) ? nf_task_boot_mode(task)
                                                       : NF_BOOT_MODE_UNKNOWN;
}

/* --- beginning and ending ---------------------------------------------------
 */

struct nf_step *
nf_steps_now(struct nf_task *task)
{
    return &task->steps[task->step];
}

void
nf_steps_say(char *to, size_t size, const char *words)
{
    snprintf(to, size, "%s", words);
    nf_text_scrub(to);
}

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
    nf_steps_now(task)->deadline = deadline;
    task->deadline = deadline;
}

void
nf_steps_end(struct nf_task *task, enum nf_step_status status, const char *why,
             nf_time_t now)
{
    struct nf_step *step = nf_steps_now(task);

    NF_STEPS_SAY(step->error, why);
    step->status = (uint8_t) status;
    /* The clocks of two programs differ by a little. */
    step->ended = now > step->started ? now : step->started;
    step->deadline = 0;
    if (status == NF_STEP_DONE && !task->is_undoing) {
        raise_percent(task, nf_plan_row(step->kind)->percent);
    }
}

void
nf_steps_skip(struct nf_task *task, const char *why, nf_time_t now)
{
    char text[sizeof(nf_steps_now(task)->error)];

    snprintf(text, sizeof(text), "skipped: %s", why);
    nf_steps_end(task, NF_STEP_SKIPPED, text, now);
}

enum nf_step_kind
nf_task_next_step(const struct nf_task *task)
{
    for (size_t i = task->step + 1U; i < task->steps_n; i++) {
        const struct nf_plan_row *row = nf_plan_row(task->steps[i].kind);
        if (nf_plan_skips(task, row) == NULL && !row->is_instant(task)) {
            return row->kind;
        }
    }
    return NF_STEP_KINDS;
}

/* Steps that count what somebody else does begin without an attempt: an
 * installer's are its starts, unless nf-agent goes on by itself. */
static bool
is_counted(const struct nf_task *task, unsigned kind)
{
    const struct nf_executor_row *executor = nf_plan_executor(kind);

    return executor->is_counted
           || (executor->is_started && (task->flags & NF_TASK_HAS_IMAGE));
}

/* Its BMC has switched it on: nobody has to be waited for. */
bool
nf_task_is_before_power(const struct nf_task *task)
{
    const struct nf_step *reset = nf_task_find_step(task, NF_STEP_BMC_RESET);

    return (task->flags & NF_TASK_WHEN_IT_BOOTS)
           && (reset == NULL || reset->status != NF_STEP_DONE);
}

nf_time_t
nf_steps_allowed(const struct nf_task *task, const struct nf_task_rules *rules)
{
    const struct nf_plan_row *row = nf_plan_row(task->steps[task->step].kind);
    bool has_modes =
        row->back_to != NF_STEP_KINDS && (task->flags & NF_TASK_HAS_BMC);

    return rules->deadlines[row->kind] / (has_modes ? 2 : 1);
}

void
nf_steps_run(struct nf_task *task, const struct nf_task_rules *rules,
             nf_time_t now)
{
    struct nf_step *step = nf_steps_now(task);
    bool is_timed =
        step->kind != NF_STEP_NODE_BOOT || !nf_task_is_before_power(task);
    nf_time_t allowed = is_timed ? nf_steps_allowed(task, rules) : 0;

    step->status = NF_STEP_RUNNING;
    step->attempts += is_counted(task, step->kind);
    set_deadline(task, allowed == 0 ? 0 : now + allowed);
}

void
nf_steps_pause(struct nf_task *task, const char *why, nf_time_t until)
{
    struct nf_step *step = nf_steps_now(task);

    NF_STEPS_SAY(step->error, why);
    step->status = NF_STEP_RETRYING;
    set_deadline(task, until);
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
    raise_percent(task, 100);
}

void
nf_steps_begin(struct nf_task *task, const struct nf_task_rules *rules,
               nf_time_t now)
{
    for (; task->step < task->steps_n; task->step++) {
        struct nf_step *step = nf_steps_now(task);
        const struct nf_plan_row *row = nf_plan_row(step->kind);
        const char *skip = nf_plan_skips(task, row);

        if (skip != NULL) {
            nf_steps_skip(task, skip, now);
            continue;
        }
        step->started = now;
        if (!row->is_instant(task)) {
            nf_steps_run(task, rules, now);
            return;
        }
        step->attempts = 1;
        nf_steps_end(task, NF_STEP_DONE, "", now);
    }
    finish(task, now);
}

void
nf_steps_complete(struct nf_task *task, const struct nf_task_rules *rules,
                  nf_time_t now)
{
    nf_steps_end(task, NF_STEP_DONE, "", now);
    task->step++;
    nf_steps_begin(task, rules, now);
}

/* As before its turn; what went wrong stays known. */
static void
clear(struct nf_step *step)
{
    struct nf_step cleared = {.kind = step->kind};

    memcpy(cleared.error, step->error, sizeof(cleared.error));
    *step = cleared;
}

void
nf_steps_go_back(struct nf_task *task, const struct nf_task_rules *rules,
                 enum nf_step_kind kind, nf_time_t now)
{
    while (nf_steps_now(task)->kind != kind) {
        clear(nf_steps_now(task));
        task->step--;
    }
    clear(nf_steps_now(task));
    nf_steps_begin(task, rules, now);
}

void
nf_steps_reset(struct nf_task *task)
{
    task->steps_n = (uint8_t) nf_plan_steps;
    task->step = 0;
    memset(task->steps, 0, sizeof(task->steps));
    for (size_t i = 0; i < nf_plan_steps; i++) {
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
    nf_steps_reset(task);
    nf_steps_begin(task, rules, now);
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
