/* What is said of tasks whose machines have BMCs: of each cause what it is,
 * what to do, and when it is tried again or fails. */
#include "why_ways.h"

#include "bmc/device.h"

static const char *
said(struct scene *s)
{
    static struct nf_why why;

    nf_why(&s->facts, &why);
    return why.sentence;
}

static void
expect(struct scene *s, const char *words)
{
    const char *sentence = said(s);

    if (strstr(sentence, words) == NULL) {
        fail_msg("not said: %s\n but: %s", words, sentence);
    }
}

static void
expect_not(struct scene *s, const char *words)
{
    const char *sentence = said(s);

    if (strstr(sentence, words) != NULL) {
        fail_msg("said: %s\n in: %s", words, sentence);
    }
}

/* A worker says that the step which runs failed. */
static void
fail_try(struct nf_task *task, const char *words, nf_time_t now)
{
    struct nf_task_rules rules = walk_rules();
    struct nf_task_input in = {.event = NF_TASK_COMMAND_FAILED,
                               .step = nf_task_running(task)->kind,
                               .now = now,
                               .detail = words};

    assert_true(nf_task_step(task, &rules, &in));
}

static struct scene *
failing(const char *words)
{
    struct scene *s = everything_at(NF_STEP_BMC_BOOT_PXE);

    fail_try(&s->task, words, NOW);
    return s;
}

/* --- each cause -------------------------------------------------------------
 */

static const struct {
    const char *words, *advice;
} causes[] = {
    {"unreachable: the BMC does not answer", "Check the BMC's address"},
    {"hung: the BMC stopped answering", "reset the BMC from its web page"},
    {"wrong_user: the BMC has no such user", "Correct the user"},
    {"wrong_password: the BMC rejects the password", "Correct the password"},
    {"cipher: the BMC rejects cipher suites 17 and 3", "Allow cipher"},
    {"privilege: the user is not allowed to do this",
     "that user an administrator"},
    {"wrong_state: the machine is in a state", "its setup screen"},
    {"unsupported: the BMC does not support this", "do it manually"},
    {"refused: the BMC refuses this", "the BMC's own message"},
    {"busy: the BMC is busy", "close sessions"},
    {"certificate: the certificate is not trusted", "pin it"},
    {"malformed: the BMC's answer makes no sense", "the driver is right"},
    {"no_effect: the BMC says that it has", "Try it on the BMC's web page"},
    {"local: the worker could not do it", "its own host"},
    {"credentials: the password of a cannot be read", "Set that password"},
    {"no worker for BMCs and switches is connected", "Start one; `nf workers`"},
    {"this worker has no BMC for 525400000001", "NF_BMC_DEVICES"},
    {"it could not be sent before its deadline",
     "Check that nf-relay, the broker"},
    {"the BMC worker did not answer within 1s", "and `nf workers`"},
    {"something new", "Check the device"},
};

enum {
    CAUSES = sizeof(causes) / sizeof(causes[0])
};

static void
a_try_that_failed_says_what_to_do_and_when_the_next_begins(void **state)
{
    (void) state;
    for (size_t i = 0; i < CAUSES; i++) {
        struct scene *s = failing(causes[i].words);
        expect(s, causes[i].words);
        expect(s, causes[i].advice);
        expect(s, "; the next attempt begins at 2026-01-22T10:00:05Z, and "
                  "after attempt 2 "
                  "the task fails.");
    }
}

static void
the_next_try_knows_of_the_one_before(void **state)
{
    static const struct nf_command running = {.state = NF_COMMAND_RUNNING,
                                              .worker = "w1"};

    (void) state;
    for (size_t i = 0; i < CAUSES; i++) {
        struct scene *s = failing(causes[i].words);
        assert_true(walk_step(&s->task, NF_TASK_DEADLINE, s->task.deadline));
        s->facts.command = &running;
        expect(s, "Worker w1 has begun attempt 2 of 2. Attempt 1 failed (");
        expect(s, causes[i].words);
        expect(s, causes[i].advice);
        expect(s, FAILS);
    }
}

static void
a_task_that_failed_says_so_too(void **state)
{
    (void) state;
    for (size_t i = 0; i < CAUSES; i++) {
        struct scene *s = failing(causes[i].words);
        assert_true(walk_step(&s->task, NF_TASK_DEADLINE, s->task.deadline));
        fail_try(&s->task, causes[i].words, NOW);
        while (nf_task_running(&s->task) != NULL) {
            assert_true(walk_step(&s->task, NF_TASK_COMMAND_DONE, NOW));
        }
        expect(s, causes[i].words);
        expect(s, causes[i].advice);
        expect(s, "Start over with `nf retry task-00000001`");
    }
}

/* A cause without a row would get what is said of any device. */
static void
each_cause_has_its_advice(void **state)
{
    (void) state;
    for (size_t i = 1; nf_bmc_causes[i] != NULL; i++) {
        char words[64];
        snprintf(words, sizeof(words), "%s: x", nf_bmc_causes[i]);
        expect_not(failing(words), "Check the device");
    }
}

/* --- who is there -----------------------------------------------------------
 */

static struct scene *
with_worker(enum nf_command_state state)
{
    static struct nf_command command;
    struct scene *s = everything_at(NF_STEP_BMC_RESET);

    command = (struct nf_command){.state = (uint8_t) state, .worker = "w1"};
    s->facts.command = &command;
    s->facts.has_worker = true;
    return s;
}

static void
a_worker_that_went_with_its_command_is_named(void **state)
{
    static const enum nf_command_state states[] = {NF_COMMAND_SENT,
                                                   NF_COMMAND_RUNNING};

    (void) state;
    for (size_t i = 0; i < 2; i++) {
        struct scene *s = with_worker(states[i]);
        s->facts.his_worker_gone = NOW - NF_MINUTES(1);
        expect(s, "Worker w1 has attempt 1 of 2 and has been gone since "
                  "2026-01-22T09:59:00Z: start it again");
        s->facts.his_worker_gone = 0;
        expect_not(s, "gone");
    }
}

static void
long_words_of_a_worker_are_cut(void **state)
{
    struct scene *s = with_worker(NF_COMMAND_RUNNING);
    struct nf_command command = *s->facts.command;

    (void) state;
    memset(command.result, 'x', sizeof(command.result) - 1);
    s->facts.command = &command;
    expect(s, "Next: node_boot.");
}

/* --- the machine that was told ----------------------------------------------
 */

#define FLAG(mode) "Its BMC has reset it with the " mode " boot flag,"

static struct scene *
in_vain(void)
{
    struct nf_task task = walk_everything_to(NF_STEP_NODE_BOOT);

    assert_true(walk_step(&task, NF_TASK_DEADLINE, task.deadline));
    return scene(task);
}

static void
a_machine_that_was_reset_is_looked_at_and_not_restarted(void **state)
{
    static const struct {
        nf_time_t leased;
        const char *state, *words;
    } rows[] = {
        {0, "never_seen", "it has never asked for an address."},
        {NOW - NF_MINUTES(9), "not_booted",
         "it has not asked for an address since."},
        {NOW - NF_SECONDS(9), "wrong_boot_order",
         "it asked for an address 9s ago, but not for its boot script"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene *s = everything_at(NF_STEP_NODE_BOOT);
        struct nf_why why;
        s->facts.leased = rows[i].leased;
        nf_why(&s->facts, &why);
        assert_string_equal(why.state, rows[i].state);
        expect(s, FLAG("UEFI"));
        expect(s, rows[i].words);
        expect(s, "Check its boot order, that network boot is enabled in its "
                  "setup, its cable, and the VLAN");
        expect(s, "; it is reset with the BIOS boot flag if that has not "
                  "happened by 2026-01-22T10:04:00Z.");
        expect_not(s, "restart it");
    }
}

static void
the_second_way_says_what_the_first_came_to(void **state)
{
    struct scene *s = in_vain();

    (void) state;
    expect(s, "Waiting for the BMC to set the boot device to network");
    expect(s, "Earlier: the node did not ask for its install script within");
    s = in_vain();
    walk_on(&s->task, NF_STEP_NODE_BOOT);
    s = scene(s->task);
    expect(s, FLAG("BIOS"));
    expect(s, "with the UEFI boot flag. Its self test");
    expect(s, FAILS);
    assert_true(walk_step(&s->task, NF_TASK_DEADLINE, s->task.deadline));
    while (nf_task_running(&s->task) != NULL) {
        assert_true(walk_step(&s->task, NF_TASK_COMMAND_DONE, NOW));
    }
    expect(s, "with the UEFI boot flag, then with the BIOS one. Check its boot "
              "order");
}

static void
an_agent_that_speaks_is_no_matter_of_boot_order(void **state)
{
    struct scene *s = everything_at(NF_STEP_NODE_BOOT);

    (void) state;
    s->facts.in_ram = NOW - NF_SECONDS(2);
    expect(s, "nf-agent runs in its RAM");
}

/* --- times ------------------------------------------------------------------
 */

/* Whatever runs: nothing that is over is told as still to come. */
static void
a_time_that_has_passed_is_not_told_as_a_future_one(void **state)
{
    static const char *const future[] = {"if that has not happened by",
                                         "begins at", "expires at"};
    static const struct nf_command reboot = {.operation = "reboot",
                                             .state = NF_COMMAND_SENT,
                                             .created_at = NOW - 5000,
                                             .deadline = NOW};

    (void) state;
    for (size_t i = 1; nf_plan[i].kind != NF_STEP_SWITCH_PRODUCTION_VLAN; i++) {
        for (int is_failing = 0; is_failing < 2; is_failing++) {
            struct scene *s = everything_at(nf_plan[i].kind);
            if (is_failing && nf_plan[i].command != NULL) {
                fail_try(&s->task, "no", NOW);
            }
            s->facts.wanted = &reboot;
            s->facts.now = step_of(s)->deadline + NF_SECONDS(2);
            for (size_t k = 0; k < 3 && step_of(s)->deadline != 0; k++) {
                expect_not(s, future[k]);
            }
            s->facts.wanted = NULL;
            expect_not(s, "has not acted on that");
            s->facts.wanted = &reboot;
            s->facts.now += NF_SECONDS(20);
            if (step_of(s)->deadline != 0) {
                expect(
                    s,
                    ", and nf-relay has not acted on that yet: check its log.");
            }
        }
    }
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_try_that_failed_says_what_to_do_and_when_the_next_begins),
        TEST(the_next_try_knows_of_the_one_before),
        TEST(a_task_that_failed_says_so_too),
        TEST(each_cause_has_its_advice),
        TEST(a_worker_that_went_with_its_command_is_named),
        TEST(long_words_of_a_worker_are_cut),
        TEST(a_machine_that_was_reset_is_looked_at_and_not_restarted),
        TEST(the_second_way_says_what_the_first_came_to),
        TEST(an_agent_that_speaks_is_no_matter_of_boot_order),
        TEST(a_time_that_has_passed_is_not_told_as_a_future_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
