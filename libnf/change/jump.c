#include "change/jump.h"

#include "base/time.h"
#include "change/record.h"
#include "store/commands.h"
#include "store/events.h"
#include "store/expiry.h"
#include "store/ports.h"
#include "store/tasks.h"

enum {
    AT_ONCE = 64,
};

static void
move(nf_time_t *time, nf_time_t by)
{
    if (*time != 0) {
        *time += by;
    }
}

/* --- at once
 * ------------------------------------------------------------------
 */

static void
move_command(struct nf_change *c, struct nf_command *command, nf_time_t by)
{
    move(&command->created_at, by);
    move(&command->updated_at, by);
    move(&command->deadline, by);
    move(&command->send_at, by);
    (void) nf_commands_put(c->w, command);
}

/* Numbers first: a command that is moved gets another place among them. */
static void
move_commands(struct nf_change *c, const struct nf_jump *jump)
{
    uint64_t numbers[AT_ONCE], after = 0;
    struct nf_command command;
    size_t n;

    do {
        n = nf_jump_numbers(&c->w->read, NF_COMMANDS_DUE, after, numbers,
                            AT_ONCE);
        for (size_t i = 0; i < n; i++) {
            if (nf_commands_get(&c->w->read, numbers[i], &command)) {
                move_command(c, &command, jump->by);
            }
        }
        after = n > 0 ? numbers[n - 1] : after;
    } while (n == AT_ONCE && c->w->read.err == NF_OK);
}

static void
move_switches(struct nf_change *c, const struct nf_jump *jump)
{
    struct nf_switch_seen seen;
    char name[NF_MANAGED_NAME] = "";

    while (nf_switches_next(&c->w->read, name, &seen)) {
        move(&seen.asked_at, jump->by);
        move(&seen.scanned_at, jump->by);
        move(&seen.failed_at, jump->by);
        move(&seen.held_until, jump->by);
        (void) nf_switches_put(c->w, name, &seen);
    }
}

/* --- a part at a time -------------------------------------------------------
 */

/* One that has begun since is of the clock as it is. */
static bool
is_moved(const struct nf_task *task, const struct nf_jump *jump, nf_time_t now)
{
    const struct nf_step *step = nf_task_running(task);

    return step == NULL
           || (step->started >= jump->at - NF_JUMP_SLACK_MS
               && step->started <= now);
}

static void
move_task(struct nf_change *c, struct nf_task *task, nf_time_t by)
{
    move(&task->created_at, by);
    move(&task->updated_at, by);
    move(&task->approved_at, by);
    move(&task->deadline, by);
    move(&task->script_at, by);
    for (size_t i = 0; i < task->steps_n; i++) {
        move(&task->steps[i].started, by);
        move(&task->steps[i].ended, by);
        move(&task->steps[i].deadline, by);
    }
    (void) nf_record_task(c, NF_EVENT_TASK_STEP, task, NULL);
}

/* In the order of their ids, so that each is moved once, whatever ends us. */
static unsigned
move_tasks(struct nf_change *c, struct nf_clock_mark *mark, unsigned max)
{
    uint64_t ids[AT_ONCE];
    struct nf_task task;
    size_t want = max < AT_ONCE ? max : AT_ONCE;
    size_t n =
        nf_jump_numbers(&c->w->read, NF_DEADLINES, mark->task, ids, want);

    for (size_t i = 0; i < n; i++) {
        if (nf_tasks_get(&c->w->read, ids[i], &task)
            && !is_moved(&task, &mark->jump, c->now))
        {
            move_task(c, &task, mark->jump.by);
        }
    }
    mark->task = n == want ? ids[n - 1] : UINT64_MAX;
    return (unsigned) n;
}

/* When to look at a lease or node: too early does no harm, days too late would.
 */
static void
move_rows(struct nf_change *c, struct nf_clock_mark *mark, unsigned max)
{
    struct nf_expiry at = {.kind = mark->row[0], .id_len = mark->row[1]};

    memcpy(at.id, mark->row + 2, NF_EXPIRY_ID);
    while (max > 0 && nf_expiry_next(&c->w->read, &at)) {
        struct nf_bytes id = {at.id, at.id_len};
        nf_time_t then = nf_expiry_at(&c->w->read, at.kind, id);
        if (then > c->now) {
            nf_time_t earlier = then + mark->jump.by;
            nf_expiry_file(c->w, at.kind, id,
                           earlier > c->now ? earlier : c->now);
        }
        max--;
    }
    mark->has_rows = max == 0;
    mark->row[0] = (uint8_t) at.kind;
    mark->row[1] = (uint8_t) at.id_len;
    memcpy(mark->row + 2, at.id, NF_EXPIRY_ID);
}

nf_error_t
nf_change_clock_move(struct nf_change *c, unsigned max, bool *has_more)
{
    struct nf_clock_mark mark = nf_clock_mark_get(&c->w->read);

    *has_more = false;
    if (mark.jump.at == 0 || (mark.task == UINT64_MAX && !mark.has_rows)) {
        return c->w->read.err;
    }
    if (mark.task != UINT64_MAX) {
        max -= move_tasks(c, &mark, max);
    }
    if (mark.task == UINT64_MAX && mark.has_rows && max > 0) {
        move_rows(c, &mark, max);
    }
    (void) nf_clock_mark_put(c->w, &mark);
    *has_more = mark.task != UINT64_MAX || mark.has_rows;
    return c->w->read.err;
}

/* --- was it set?
 * --------------------------------------------------------------
 */

static void
record_jump(struct nf_change *c, nf_time_t by)
{
    char words[96];
    struct nf_out out = nf_out(words, sizeof(words) - 1);

    nf_out_printf(&out, "the server's clock was set %s by ",
                  by < 0 ? "back" : "forward");
    nf_out_duration(&out, by < 0 ? -by : by);
    words[out.len] = '\0';
    (void) nf_record_note(c, NF_EVENT_CLOCK_SET, (nf_mac_t){0}, words);
}

static void
begin(struct nf_change *c, struct nf_clock_mark *mark, nf_time_t by)
{
    mark->jump = (struct nf_jump){mark->since, c->now, by};
    mark->since = c->now;
    mark->task = 0;
    mark->has_rows = by < 0;
    memset(mark->row, 0, sizeof(mark->row));
    move_commands(c, &mark->jump);
    move_switches(c, &mark->jump);
    record_jump(c, by);
}

/* The machine was started anew, and its clock with it: it may be behind what
 * was heard last, but how long it was off nobody can tell. */
static nf_time_t
find_set_back(struct nf_change *c)
{
    struct nf_event last;
    uint64_t seq = nf_events_last(&c->w->read);

    return nf_events_read_back(&c->w->read, &seq, &last) && last.time > c->now
               ? c->now - last.time
               : 0;
}

nf_error_t
nf_change_clock_look(struct nf_change *c,
                     const uint8_t boot[static NF_JUMP_BOOT], nf_time_t tick,
                     nf_time_t *by)
{
    struct nf_clock_mark mark = nf_clock_mark_get(&c->w->read);
    nf_time_t offset = c->now - tick;
    bool is_new = memcmp(mark.boot, boot, NF_JUMP_BOOT) != 0;
    nf_time_t least = NF_SECONDS(NF_JUMP_LEAST_S);

    *by = is_new ? find_set_back(c) : offset - mark.offset;
    if (*by > -least && *by < least) {
        *by = 0;
    }
    if (!is_new && *by == 0) {
        return c->w->read.err;
    }
    memcpy(mark.boot, boot, NF_JUMP_BOOT);
    mark.offset = offset;
    if (*by != 0) {
        begin(c, &mark, *by);
    }
    (void) nf_clock_mark_put(c->w, &mark);
    return c->w->read.err;
}
