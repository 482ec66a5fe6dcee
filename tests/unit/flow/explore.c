/*
 * Every state that a task can come into, and from each of them every event:
 * breadth first, for every combination of what a task may have.  Time only
 * matters by deadlines, and those are let pass at any moment, so that states
 * that differ in times alone are one.
 */
#include "flow/node.h"

#include "task_walk.h"

enum {
    STATES_MAX = 1 << 17,
    TABLE = STATES_MAX * 2,
    ROUNDS_MAX = 1, /* how often a task is asked for again */
};

/* What makes one state differ from another.  Of a step that is over it only
 * matters that it was tried. */
struct key {
    uint8_t status, step, percent, is_undoing, is_approved, scripts;
    uint8_t rounds, is_by_bios, is_off;
    uint8_t statuses[NF_STEP_KINDS], attempts[NF_STEP_KINDS];
};

struct state {
    struct key key;
    struct nf_task task; /* one of this key */
};

static struct {
    struct state *states;
    uint32_t *table; /* hash -> index + 1 */
    uint32_t n;
    uint64_t steps;
    uint64_t seen[NF_TASK_EVENT_COUNT][NF_STEP_KINDS + 1];
} world;

static struct key
key_of(const struct nf_task *task)
{
    struct key key = {.status = task->status,
                      .step = task->step,
                      .percent = task->percent,
                      .is_undoing = task->is_undoing,
                      .is_approved = task->approved_at != 0,
                      .rounds = (uint8_t) nf_task_round(task),
                      .is_by_bios = (task->flags & NF_TASK_BY_BIOS) != 0,
                      .is_off = (task->flags & NF_TASK_WHEN_IT_BOOTS) != 0,
                      .scripts = (uint8_t) task->scripts};

    for (int i = 0; i < task->steps_n; i++) {
        bool is_over = task->steps[i].status >= NF_STEP_DONE;
        uint8_t attempts = (uint8_t) task->steps[i].attempts;
        key.statuses[i] = task->steps[i].status;
        key.attempts[i] = is_over ? attempts > 0 : attempts;
    }
    return key;
}

static uint32_t
hash_of(const struct key *key)
{
    const uint8_t *bytes = (const uint8_t *) key;
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < sizeof(*key); i++) {
        hash = (hash ^ bytes[i]) * 16777619u;
    }
    return hash;
}

/* Keep it when its like has not been seen. */
static void
visit(const struct nf_task *task)
{
    struct key key = key_of(task);
    uint32_t at = hash_of(&key) % TABLE;

    while (world.table[at] != 0) {
        struct state *other = &world.states[world.table[at] - 1];
        if (memcmp(&other->key, &key, sizeof(key)) == 0) {
            return;
        }
        at = (at + 1) % TABLE;
    }
    assert_true(world.n < STATES_MAX);
    world.states[world.n++] = (struct state){key, *task};
    world.table[at] = world.n;
}

/* --- what holds in every state ----------------------------------------------
 */

static bool
is_active(const struct nf_step *step)
{
    return step->status == NF_STEP_RUNNING || step->status == NF_STEP_RETRYING;
}

static void
check_step(const struct nf_task *task, const struct nf_step *step)
{
    struct nf_task_rules rules = walk_rules();
    bool is_over = step->status >= NF_STEP_DONE;

    assert_int_equal(step->ended != 0, is_over);
    assert_true(!is_over || step->deadline == 0);
    if (step->status == NF_STEP_SKIPPED || step->status == NF_STEP_FAILED
        || step->status == NF_STEP_RETRYING)
    {
        assert_true(step->error[0] != '\0');
    }
    if (step->status == NF_STEP_RETRYING || step->status == NF_STEP_DONE) {
        assert_true(step->attempts > 0);
    }
    if (step->status == NF_STEP_WAITING) {
        assert_int_equal(step->attempts + (unsigned) step->started, 0);
    }
    if (step->kind == NF_STEP_OS_INSTALL) {
        assert_true(step->attempts <= rules.scripts + 2);
    } else {
        assert_true(step->attempts <= rules.tries[step->kind]);
    }
    if (is_active(step) && rules.deadlines[step->kind] != 0) {
        bool is_off =
            step->kind == NF_STEP_NODE_BOOT && nf_task_is_before_power(task);
        assert_int_equal(step->deadline > 0, !is_off);
        assert_int_equal(task->deadline, step->deadline);
    }
}

static void
check_command(const struct nf_task *task, const struct nf_step *running)
{
    struct nf_task_command command;
    bool has_command = nf_task_command(task, &command);

    assert_int_equal(has_command, running != NULL
                                      && running->status == NF_STEP_RUNNING
                                      && nf_plan_row(running->kind)->executor
                                             == NF_EXECUTOR_COMMAND);
    if (has_command) {
        assert_int_equal(command.step, running->kind);
        assert_int_equal(command.attempt, running->attempts);
        assert_true(command.attempt > 0);
    }
}

static void
check_state(const struct nf_task *task)
{
    static char json[NF_TASK_JSON_MAX];
    struct nf_out out = nf_out(json, sizeof(json));
    const struct nf_step *running = nf_task_running(task);
    unsigned active = 0;

    for (int i = 0; i < task->steps_n; i++) {
        check_step(task, &task->steps[i]);
        active += is_active(&task->steps[i]);
        assert_true(!is_active(&task->steps[i]) || i == task->step);
    }
    assert_int_equal(active, running != NULL);
    assert_int_equal(running != NULL,
                     nf_task_is_live(task) || task->is_undoing);
    assert_true(!nf_task_is_live(task) || !task->is_undoing);
    assert_true(running != NULL
                || (task->deadline == 0 && task->step == task->steps_n));
    assert_int_equal(task->status == NF_TASK_COMPLETED, task->percent == 100);
    assert_true(task->status != NF_TASK_PENDING
                || running->kind == NF_STEP_APPROVAL);
    assert_true(task->status == NF_TASK_PENDING
                || task->status == NF_TASK_CANCELLED || task->approved_at != 0);
    if (task->status > NF_TASK_COMPLETED) {
        assert_true(task->reason[0] != '\0');
    }
    check_command(task, running);
    nf_task_json(task, (struct nf_text){0}, &out);
    assert_false(out.full);
}

/* --- what holds of every event ----------------------------------------------
 */

static const struct nf_step *
step_of(const struct nf_task *task, enum nf_step_kind kind)
{
    const struct nf_step *step = nf_task_find_step(task, kind);

    assert_non_null(step);
    return step;
}

/* A command that was begun is one that never was before. */
static void
check_new_command(const struct nf_task *before, const struct nf_task *task)
{
    struct nf_task_command old, now;

    if (!nf_task_command(task, &now)
        || (nf_task_command(before, &old) && old.step == now.step
            && old.attempt == now.attempt && old.round == now.round))
    {
        return;
    }
    if (now.round == nf_task_round(before)) {
        assert_int_equal(now.attempt, step_of(before, now.step)->attempts + 1);
    } else {
        assert_true(now.round > nf_task_round(before));
        assert_int_equal(now.attempt, 1);
    }
}

static bool
has_begun(const struct nf_task *task, enum nf_step_kind kind)
{
    return step_of(task, kind)->attempts > 0;
}

/* Undone is what began, after an end before its time, and nothing else. */
static void
check_undo(const struct nf_task *before, const struct nf_task *task)
{
    const struct nf_step *running = nf_task_running(task);

    if (!task->is_undoing) {
        return;
    }
    assert_true(task->status == NF_TASK_CANCELLED
                || task->status == NF_TASK_FAILED);
    assert_true(running->kind == NF_STEP_BMC_BOOT_DISK
                    ? has_begun(before, NF_STEP_BMC_BOOT_PXE)
                    : running->kind == NF_STEP_SWITCH_PRODUCTION_VLAN
                          && has_begun(before, NF_STEP_SWITCH_INSTALL_VLAN));
}

/* Over without an undo left to do: all that began is undone, or failed at
 * that. */
static void
check_end(const struct nf_task *task)
{
    if (nf_task_is_live(task) || task->is_undoing) {
        return;
    }
    if (has_begun(task, NF_STEP_SWITCH_INSTALL_VLAN)) {
        uint8_t status = step_of(task, NF_STEP_SWITCH_PRODUCTION_VLAN)->status;
        assert_true(status == NF_STEP_DONE || status == NF_STEP_FAILED);
    }
    if (has_begun(task, NF_STEP_BMC_BOOT_PXE)
        && task->status != NF_TASK_COMPLETED) {
        uint8_t status = step_of(task, NF_STEP_BMC_BOOT_DISK)->status;
        assert_true(status == NF_STEP_DONE || status == NF_STEP_FAILED);
    }
    if (has_begun(task, NF_STEP_BOOT_CONFIG)) {
        assert_int_equal(step_of(task, NF_STEP_CLEANUP)->status, NF_STEP_DONE);
    }
}

/* Back is only where a machine with a BMC did not come, and only once; and then
 * with the other boot flag, which nothing else changes. */
static bool
is_way_back(const struct nf_task *before, const struct nf_task *task)
{
    bool is_back = task->step < before->step;
    uint16_t changed = (before->flags ^ task->flags) & ~NF_TASK_WHEN_IT_BOOTS;

    assert_int_equal(changed,
                     is_back ? NF_TASK_BY_BIOS | NF_TASK_OTHER_MODE : 0);
    assert_true(!is_back || (task->flags & NF_TASK_OTHER_MODE));
    assert_true(!is_back || (task->flags & NF_TASK_HAS_BMC));
    return is_back;
}

static void
check_event(const struct nf_task *before, const struct nf_task *task,
            const struct nf_task_input *in)
{
    if (in->event == NF_TASK_RETRY) {
        assert_true(before->status == NF_TASK_FAILED
                    || before->status == NF_TASK_CANCELLED);
        assert_int_equal(before->is_undoing, 0);
        assert_int_equal(task->flags & NF_TASK_OTHER_MODE, 0);
        return;
    }
    if ((before->flags ^ task->flags) & NF_TASK_WHEN_IT_BOOTS) {
        assert_int_equal(in->event, NF_TASK_SEEN);
        assert_int_equal(task->flags & NF_TASK_WHEN_IT_BOOTS, 0);
    }
    assert_true(task->percent >= before->percent);
    if (is_way_back(before, task)) {
        assert_int_equal(in->event, NF_TASK_DEADLINE);
        assert_int_equal(nf_task_running(before)->kind, NF_STEP_NODE_BOOT);
        assert_int_equal(nf_task_running(task)->kind, NF_STEP_BMC_BOOT_PXE);
    }
    assert_int_equal(task->tries, before->tries);
    if (!nf_task_is_live(before)) {
        assert_int_equal(task->status, before->status);
        assert_true(before->is_undoing);
    }
    if (nf_task_is_installed(task) && !nf_task_is_installed(before)) {
        assert_int_equal(in->event, NF_TASK_INSTALL_DONE);
    }
    if (nf_task_is_installed(before)) {
        assert_true(nf_task_is_installed(task));
    }
    if (task->approved_at != before->approved_at) {
        assert_true(in->event == NF_TASK_APPROVE
                    || in->event == NF_TASK_REJECT);
    }
    if (!nf_task_is_disk_untouched(before)) {
        assert_false(nf_task_is_disk_untouched(task));
    }
    check_undo(before, task);
}

/* --- the search -------------------------------------------------------------
 */

static void
try_input(const struct nf_task *from, struct nf_task_input in)
{
    struct nf_task_rules rules = walk_rules();
    struct nf_task task = *from;
    const struct nf_step *running = nf_task_running(from);
    bool changed = nf_task_step(&task, &rules, &in);

    world.steps++;
    assert_int_equal(changed, memcmp(from, &task, sizeof(task)) != 0);
    if (!changed) {
        return;
    }
    world.seen[in.event][running == NULL ? NF_STEP_KINDS : running->kind]++;
    check_state(&task);
    check_event(from, &task, &in);
    check_new_command(from, &task);
    check_end(&task);
    if (task.tries <= ROUNDS_MAX) {
        visit(&task);
    }
}

/* Everybody's words on every step, of this and of other tries. */
static void
try_results(const struct nf_task *task, enum nf_task_event event)
{
    static const uint16_t attempts[] = {0, 1, 2};

    for (int kind = 0; kind < NF_STEP_KINDS; kind++) {
        for (int i = 0; i < 3; i++) {
            try_input(task,
                      (struct nf_task_input){.event = event,
                                             .now = task->updated_at + 1,
                                             .step = (enum nf_step_kind) kind,
                                             .attempt = attempts[i],
                                             .round = nf_task_round(task)});
        }
    }
}

/* What an agent says moves percent alone, and only up. */
static void
try_progress(const struct nf_task *from)
{
    struct nf_task task = *from;

    if (nf_task_progress(&task, 95, from->updated_at)) {
        assert_true(nf_task_is_live(from) && task.percent == 95);
        check_state(&task);
        visit(&task);
        task.percent = from->percent;
    }
    assert_memory_equal(&task, from, sizeof(task));
}

static void
try_everything(const struct nf_task *task)
{
    nf_time_t now = task->updated_at + 1;

    if (nf_task_running(task) != NULL
        && nf_task_running(task)->kind == NF_STEP_OS_INSTALL)
    {
        try_progress(task);
    }
    for (int e = 0; e < NF_TASK_EVENT_COUNT; e++) {
        switch (e) {
        case NF_TASK_COMMAND_DONE:
        case NF_TASK_COMMAND_FAILED:
        case NF_TASK_OPERATION_DONE:
        case NF_TASK_OPERATION_FAILED:
        case NF_TASK_FILES_APPLIED:
            try_results(task, (enum nf_task_event) e);
            break;
        case NF_TASK_DEADLINE:
            now = now > task->deadline ? now : task->deadline;
            /* fall through */
        default:
            try_input(task,
                      (struct nf_task_input){.event = (enum nf_task_event) e,
                                             .now = now,
                                             .detail = e % 2 ? "because" : ""});
        }
    }
}

/* From each state some way leads to an end without anybody's help but the
 * clock's and an operator's. */
static void
check_way_out(const struct nf_task *from)
{
    struct nf_task task = *from;
    unsigned turns = 0;

    if (nf_task_is_live(&task)) {
        assert_true(walk_step(&task, NF_TASK_CANCEL, task.updated_at + 1));
    }
    while (nf_task_running(&task) != NULL) {
        assert_true(walk_step(&task, NF_TASK_DEADLINE, task.deadline));
        assert_true(turns++ < 20);
    }
}

static void
explore(unsigned flags, enum nf_first_boot first_boot, bool has_node)
{
    struct nf_task task = walk_start(flags, first_boot, has_node);

    memset(world.table, 0, TABLE * sizeof(*world.table));
    world.n = 0;
    check_state(&task);
    visit(&task);
    for (uint32_t i = 0; i < world.n; i++) {
        struct nf_task from = world.states[i].task;
        try_everything(&from);
        check_way_out(&from);
    }
}

/* Each thing alone, and everything but one: what a task has is looked at one
 * by one.  Who ends the first boot, and whether a machine is known, is tried
 * with the plainest and the fullest plan. */
static bool
is_tried(unsigned flags)
{
    int n = __builtin_popcount(flags);

    return n <= 1 || n >= 4;
}

static void
in_every_state_every_event_keeps_what_must_hold(void **state)
{
    uint64_t states = 0;

    (void) state;
    for (unsigned flags = 0; flags <= WALK_EVERYTHING; flags++) {
        bool is_end = flags == 0 || flags == WALK_EVERYTHING;
        for (int i = 0; is_tried(flags) && i < (is_end ? 6 : 1); i++) {
            explore(flags, (enum nf_first_boot)(i % 3), i >= 3);
            states += world.n;
        }
    }
    explore(NF_TASK_WHEN_IT_BOOTS, NF_FIRST_BOOT_AGENT, true);
    states += world.n;
    explore(NF_TASK_WHEN_IT_BOOTS | NF_TASK_HAS_BMC, NF_FIRST_BOOT_AGENT, true);
    states += world.n;
    print_message("# %llu states, %llu events\n", (unsigned long long) states,
                  (unsigned long long) world.steps);
    assert_true(states > 10000);
}

/* Each row of the table was used. */
static void
no_row_of_the_table_is_idle(void **state)
{
    (void) state;
    for (int e = 0; e < NF_TASK_EVENT_COUNT; e++) {
        uint64_t n = 0;
        for (int kind = 0; kind <= NF_STEP_KINDS; kind++) {
            n += world.seen[e][kind];
        }
        assert_true(n > 0);
    }
}

static int
make(void **state)
{
    (void) state;
    world.states = calloc(STATES_MAX, sizeof(*world.states));
    world.table = calloc(TABLE, sizeof(*world.table));
    return world.states != NULL && world.table != NULL ? 0 : -1;
}

static int
drop(void **state)
{
    (void) state;
    free(world.states);
    free(world.table);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_every_state_every_event_keeps_what_must_hold),
        cmocka_unit_test(no_row_of_the_table_is_idle),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
