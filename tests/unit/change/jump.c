/* The wall clock is set, by days, and what waits goes on. */
#include "change/jump.h"
#include "store/expiry.h"
#include "store/jump.h"
#include "store/requests.h"
#include "task_world.h"

#include "store/leases.h"

#define DAYS(n) NF_MINUTES((n) *24 * 60)

static const uint8_t boot[NF_JUMP_BOOT] = {1};
static nf_time_t tick; /* only goes forward, */
static nf_time_t seen; /* and has gone as far as the wall clock until then */

static void
clock_is_set(nf_time_t by)
{
    world.now += by;
    seen += by;
}

/* A second of both clocks; what nf-relay does in it. */
static nf_time_t
turn(const uint8_t *of)
{
    nf_time_t by = 0, next;
    bool has_more = true;

    world.now += 1000;
    tick += world.now - seen;
    seen = world.now;
    assert_int_equal(CHANGE(nf_change_clock_look(&c, of, tick, &by)), NF_OK);
    for (unsigned i = 0; has_more; i++) {
        assert_true(i < 100);
        assert_int_equal(CHANGE(nf_change_clock_move(&c, 2, &has_more)), NF_OK);
    }
    assert_int_equal(CHANGE(nf_change_clock(&c, 100, &next)), NF_OK);
    return by;
}

/* So much time goes by, without a jump. */
static void
time_goes(nf_time_t time)
{
    world.now += time - 1000;
    assert_int_equal(turn(boot), 0);
}

static int
make(void **state)
{
    (void) world_make(state);
    tick = 1000000;
    seen = world.now;
    assert_int_equal(turn(boot), 0);
    return 0;
}

static uint64_t
a_task_waits(unsigned n, enum nf_step_kind kind)
{
    uint64_t id = task_make((struct wanted_task){
        .mac = n, .has_image = true, .has_bmc = kind == NF_STEP_BMC_RESET});

    task_bring_to(id, n, kind);
    return id;
}

static nf_time_t
left_of(uint64_t id)
{
    struct nf_task task = task_get(id);
    const struct nf_step *step = nf_task_running(&task);

    assert_non_null(step);
    assert_true(step->started <= world.now);
    assert_int_equal(task.deadline, step->deadline);
    return step->deadline - world.now;
}

static void
is_online(unsigned n, bool wanted)
{
    assert_int_equal(world_node(mac_of(n)).online, wanted);
}

/* The step has as long as before, fails no sooner and no later. */
static void
jump_by(nf_time_t by)
{
    uint64_t id = a_task_waits(1, NF_STEP_NODE_BOOT);
    uint64_t other = a_task_waits(2, NF_STEP_OS_INSTALL);
    struct nf_command before, after;

    time_goes(NF_MINUTES(2));
    uint64_t third = a_task_waits(3, NF_STEP_BMC_RESET);
    assert_true(task_command(third, &before));
    nf_time_t left = left_of(id), left_other = left_of(other);
    clock_is_set(by);
    assert_int_equal(turn(boot), by);
    assert_int_equal(left_of(id), left - 1000);
    assert_int_equal(left_of(other), left_other - 1000);
    assert_true(task_command(third, &after));
    assert_int_equal(after.deadline, before.deadline + by);
    assert_int_equal(after.send_at, before.send_at + by);
    assert_int_equal(world_events(NF_EVENT_CLOCK_SET), 1);
    time_goes(NF_MINUTES(27));
    assert_int_equal(task_step(id), NF_STEP_NODE_BOOT);
    time_goes(NF_MINUTES(2));
    assert_int_equal(task_get(id).status, NF_TASK_FAILED);
    assert_int_equal(task_step(other), NF_STEP_OS_INSTALL);
}

static void
a_jump_forward_fails_nothing(void **state)
{
    (void) state;
    jump_by(DAYS(3));
}

static void
a_jump_back_lets_nothing_hang(void **state)
{
    (void) state;
    jump_by(-DAYS(3));
}

/* One that begins between the jump and its being noticed is not moved. */
static void
what_has_begun_since_is_left_alone(void **state)
{
    (void) state;
    clock_is_set(DAYS(3));
    uint64_t id = a_task_waits(1, NF_STEP_NODE_BOOT);
    nf_time_t left = left_of(id);
    assert_int_equal(turn(boot), DAYS(3));
    assert_int_equal(left_of(id), left - 1000);
}

/* nf-relay was down meanwhile: the monotonic clock knows. */
static void
a_jump_between_two_starts_is_noticed(void **state)
{
    (void) state;
    uint64_t id = a_task_waits(1, NF_STEP_NODE_BOOT);
    nf_time_t left = left_of(id);
    world.now += NF_MINUTES(5);
    clock_is_set(-DAYS(2));
    assert_int_equal(turn(boot), -DAYS(2));
    assert_int_equal(left_of(id), left - NF_MINUTES(5) - 1000);
}

static void
after_another_boot_only_what_was_heard_tells(void **state)
{
    static const uint8_t other[NF_JUMP_BOOT] = {2}, third[NF_JUMP_BOOT] = {3};

    (void) state;
    uint64_t id = a_task_waits(1, NF_STEP_NODE_BOOT);
    clock_is_set(-DAYS(400)); /* a clock without a battery */
    tick = 5000 - (world.now - seen);
    assert_true(turn(other) <= -DAYS(399));
    assert_true(left_of(id) <= NF_MINUTES(30));
    clock_is_set(DAYS(1)); /* it was off so long, for all that anybody knows */
    tick = 5000 - (world.now - seen);
    assert_int_equal(turn(third), 0);
    assert_int_equal(task_get(id).status, NF_TASK_FAILED);
}

static void
small_steps_are_no_jump(void **state)
{
    (void) state;
    uint64_t id = a_task_waits(1, NF_STEP_NODE_BOOT);
    nf_time_t deadline = task_get(id).deadline;
    clock_is_set(4000);
    assert_int_equal(turn(boot), 0);
    assert_int_equal(task_get(id).deadline, deadline);
    assert_int_equal(world_events(NF_EVENT_CLOCK_SET), 0);
}

/* --- nodes ------------------------------------------------------------------
 */

static void
heartbeats_go_on(nf_time_t by)
{
    (void) task_make((struct wanted_task){.mac = 1});
    (void) task_make((struct wanted_task){.mac = 2});
    machine_is_up(1);
    machine_is_up(2);
    time_goes(NF_SECONDS(60));
    machine_is_up(1);
    machine_is_up(2);
    is_online(1, true);
    clock_is_set(by);
    assert_int_equal(turn(boot), by);
    time_goes(NF_SECONDS(30));
    is_online(1, true);
    is_online(2, true);
    machine_is_up(1);
    time_goes(NF_SECONDS(120));
    machine_is_up(1);
    time_goes(NF_SECONDS(60));
    is_online(1, true); /* and the one that fell silent is noticed */
    is_online(2, false);
}

static void
a_jump_forward_marks_nobody_offline(void **state)
{
    (void) state;
    heartbeats_go_on(DAYS(3));
}

static void
a_jump_back_keeps_nobody_online(void **state)
{
    (void) state;
    heartbeats_go_on(-DAYS(3));
}

/* --- leases -----------------------------------------------------------------
 */

static void
lease(unsigned n, nf_time_t expires)
{
    struct nf_lease_report report = {.action = NF_LEASE_ADD,
                                     .lease = {.ip = ip_of(n),
                                               .mac = mac_of(n),
                                               .expires = expires,
                                               .changed_at = world.now}};

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

static struct nf_lease
lease_of(unsigned n)
{
    struct nf_lease found;
    NF_READ(r, world.s.store);

    assert_true(nf_leases_get(&r, ip_of(n), &found));
    return found;
}

static void
a_jump_forward_ends_no_lease(void **state)
{
    (void) state;
    lease(1, world.now + NF_MINUTES(60));
    clock_is_set(DAYS(3));
    assert_int_equal(turn(boot), DAYS(3));
    time_goes(NF_MINUTES(100));
    assert_false(lease_of(1).is_gone);
    time_goes(NF_MINUTES(21));
    assert_true(lease_of(1).is_gone);
}

static void
after_a_jump_back_leases_are_renewed(void **state)
{
    (void) state;
    lease(1, world.now + NF_MINUTES(60));
    clock_is_set(-DAYS(3));
    assert_int_equal(turn(boot), -DAYS(3));
    lease(1, world.now + NF_MINUTES(60));
    assert_int_equal(lease_of(1).expires, world.now + NF_MINUTES(60));
    time_goes(NF_MINUTES(121));
    assert_true(lease_of(1).is_gone);
}

/* --- answers that are remembered --------------------------------------------
 */

static bool
remembers(void)
{
    struct nf_request request;
    NF_READ(r, world.s.store);

    return nf_requests_get(&r, NF_TEXT("key"), &request);
}

static void
a_jump_forward_forgets_no_answer(void **state)
{
    struct nf_request request = {world.now, 7, NF_TEXT("answer")};

    (void) state;
    {
        NF_WRITE(w, world.s.store);
        assert_true(nf_requests_put(&w, NF_TEXT("key"), &request));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    time_goes(NF_MINUTES(60));
    clock_is_set(DAYS(3));
    assert_int_equal(turn(boot), DAYS(3));
    time_goes(NF_MINUTES(22 * 60));
    assert_true(remembers());
    time_goes(NF_MINUTES(61));
    assert_false(remembers());
}

/* --- many -------------------------------------------------------------------
 */

static void
many_are_moved_once_each_whatever_ends_it(void **state)
{
    uint64_t ids[9];
    nf_time_t by;
    bool has_more;

    (void) state;
    for (unsigned i = 0; i < 9; i++) {
        ids[i] = a_task_waits(i + 1, NF_STEP_NODE_BOOT);
    }
    nf_time_t left = left_of(ids[8]), first = left_of(ids[0]);
    clock_is_set(DAYS(3));
    tick += world.now - seen;
    seen = world.now;
    assert_int_equal(CHANGE(nf_change_clock_look(&c, boot, tick, &by)), NF_OK);
    assert_int_equal(CHANGE(nf_change_clock_move(&c, 4, &has_more)), NF_OK);
    assert_true(has_more);
    assert_int_equal(turn(boot), 0); /* the next nf-relay goes on */
    assert_int_equal(left_of(ids[8]), left - 1000);
    assert_int_equal(left_of(ids[0]), first - 1000);
    assert_int_equal(world_events(NF_EVENT_CLOCK_SET), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_jump_forward_fails_nothing),
        TEST(a_jump_back_lets_nothing_hang),
        TEST(what_has_begun_since_is_left_alone),
        TEST(a_jump_between_two_starts_is_noticed),
        TEST(after_another_boot_only_what_was_heard_tells),
        TEST(small_steps_are_no_jump),
        TEST(a_jump_forward_marks_nobody_offline),
        TEST(a_jump_back_keeps_nobody_online),
        TEST(a_jump_forward_ends_no_lease),
        TEST(after_a_jump_back_leases_are_renewed),
        TEST(a_jump_forward_forgets_no_answer),
        TEST(many_are_moved_once_each_whatever_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
