/* Nothing but the store knows how far a task is: whoever comes after a crash
 * goes on where it was. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "flow/plan.h"
#include "task_world.h"

static const struct wanted_task fullest = {.sn = "S1",
                                           .has_bmc = true,
                                           .has_switch = true,
                                           .has_image = true,
                                           .has_hardware = true,
                                           .has_bootfile = true};

static void
reopen(void)
{
    nf_store_close(world.s.store);
    assert_int_equal(nf_store_open(&world.s.store, world.s.path), NF_OK);
}

static void
a_life_with_a_restart_after_every_change(void **state)
{
    unsigned turns = 0, percent = 0;

    (void) state;
    uint64_t id = task_make(fullest);
    while (task_step(id) != NF_STEP_KINDS) {
        reopen();
        world.now += 1000;
        task_pass(id, 1);
        reopen();
        wait_ms(0);
        assert_null(replay_log(world.s.store));
        assert_true(task_get(id).percent >= percent);
        percent = task_get(id).percent;
        turns++;
    }
    assert_int_equal(turns, nf_plan_steps - 2); /* two are over at once */
    assert_int_equal(task_get(id).status, NF_TASK_COMPLETED);
    assert_int_equal(world_events(NF_EVENT_TASK_COMPLETED), 1);
    expect_node(1, NF_NODE_INSTALLED, NF_BOOT_LOCAL);
}

/* A day later, at each of its steps; then it is asked for again. */
static void
deadlines_pass_while_nobody_runs(void **state)
{
    (void) state;
    for (size_t i = 0; nf_plan[i].kind != NF_STEP_BMC_BOOT_DISK; i++) {
        enum nf_step_kind kind = nf_plan[i].kind;
        struct wanted_task wanted = fullest;
        unsigned mac = 100 + kind;
        char sn[16];
        snprintf(sn, sizeof(sn), "S%u", mac);
        wanted.sn = sn;
        uint64_t id = task_make(wanted);
        task_bring_to(id, mac, kind);
        bool has_deadline = task_get(id).deadline != 0;
        reopen();
        wait_ms(NF_MINUTES(24 * 60));
        assert_int_equal(task_step(id) == kind
                             && task_step_of(id, kind).status
                                    == NF_STEP_RUNNING,
                         !has_deadline);
        for (unsigned turns = 0; has_deadline && task_get(id).deadline != 0;
             turns++) {
            reopen();
            wait_ms(NF_MINUTES(24 * 60));
            assert_true(turns < 20);
        }
        assert_int_equal(has_deadline, task_get(id).status == NF_TASK_FAILED);
        if (kind == NF_STEP_SWITCH_PRODUCTION_VLAN) {
            assert_int_equal(task_retry(id), NF_INVALID); /* it is installed */
            continue;
        }
        if (has_deadline) {
            assert_int_equal(task_retry(id), NF_OK);
        }
        task_bring_to(id, mac, NF_STEP_KINDS);
        assert_int_equal(task_get(id).status, NF_TASK_COMPLETED);
    }
}

static void
what_was_begun_to_be_undone_is_undone(void **state)
{
    (void) state;
    uint64_t id = task_make(fullest);
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    assert_int_equal(task_cancel(id), NF_OK);
    for (unsigned turns = 0; task_get(id).is_undoing; turns++) {
        assert_true(turns < 20);
        reopen();
        if (turns % 3 == 2) {
            assert_true(device_answers(id, true, ""));
        } else {
            wait_ms(NF_SECONDS(300));
        }
    }
    assert_int_equal(task_step_of(id, NF_STEP_BMC_BOOT_DISK).status,
                     NF_STEP_DONE);
}

/* Until it is killed. */
static void
live(uint64_t id)
{
    static const struct timespec breath = {.tv_nsec = 200000};

    if (nf_store_open(&world.s.store, world.s.path) != NF_OK) {
        _exit(1);
    }
    while (task_step(id) != NF_STEP_KINDS) {
        world.now += 1000;
        task_pass(id, 1);
        nanosleep(&breath, NULL);
    }
    pause();
}

/* How often it was. */
static unsigned
kill_until_it_is_over(uint64_t id)
{
    unsigned percent = 0, kills = 0;

    while (task_get(id).status != NF_TASK_COMPLETED) {
        struct timespec moment = {.tv_nsec = kills * 30000L + rand() % 500000};
        assert_true(kills++ < 2000);
        nf_store_close(world.s.store);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            live(id);
        }
        nanosleep(&moment, NULL);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_int_equal(nf_store_open(&world.s.store, world.s.path), NF_OK);
        world.now += NF_SECONDS(20);
        assert_null(replay_log(world.s.store));
        assert_true(task_get(id).percent >= percent);
        percent = task_get(id).percent;
    }
    return kills;
}

/* On a busy machine one life may be over before it is killed: live on. */
static void
killed_at_any_moment_it_goes_on(void **state)
{
    unsigned kills = 0, lives = 0;

    (void) state;
    srand(5);
    world_set("NF_ALLOW_REINSTALL", "1");
    world_set("NF_COMMAND_DEADLINE", "31536000"); /* no time is lost here */
    while (kills < 30) {
        uint64_t id = task_make(fullest);
        kills += kill_until_it_is_over(id);
        assert_int_equal(world_events(NF_EVENT_TASK_COMPLETED), ++lives);
    }
    print_message("# %u lives, killed %u times\n", lives, kills);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_life_with_a_restart_after_every_change),
        TEST(deadlines_pass_while_nobody_runs),
        TEST(what_was_begun_to_be_undone_is_undone),
        TEST(killed_at_any_moment_it_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
