/* Commands: what they come to, by who says what and when. */

#include "change/worker.h"
#include "store/tallies.h"
#include "store/workers.h"
#include "task_world.h"

enum {
    TIMEOUT_S = 600
};

static const struct nf_command_draft a_reboot = {
    .target = NF_COMMAND_NODE,
    .operation = "reboot",
    .arguments = "{}",
    .deadline = NOW + NF_SECONDS(TIMEOUT_S),
};

static uint64_t
ask(unsigned n)
{
    struct nf_command_draft draft = a_reboot;
    uint64_t number = 0;

    draft.mac = mac_of(n);
    assert_int_equal(CHANGE(nf_change_command_create(&c, &draft, &number)),
                     NF_OK);
    return number;
}

static struct nf_command
command_of(uint64_t number)
{
    struct nf_command command;
    NF_READ(r, world.s.store);

    assert_true(nf_commands_get(&r, number, &command));
    return command;
}

static void
is_in(uint64_t number, enum nf_command_state state)
{
    struct nf_command command = command_of(number);

    assert_string_equal(nf_command_states[command.state],
                        nf_command_states[state]);
    assert_int_equal(command.ended_at != 0, !nf_command_is_live(&command));
}

static nf_error_t
sent(uint64_t number, nf_time_t again)
{
    return CHANGE(nf_change_command_sent(&c, number, "", again));
}

static nf_error_t
node_says(unsigned n, uint64_t number, enum nf_command_word word)
{
    struct nf_command_speaker node = {.mac = mac_of(n), .worker = ""};
    struct nf_command command = command_of(number);
    char id[NF_COMMAND_ID_TEXT];

    nf_command_format(&command, id);
    return CHANGE(nf_change_command_answered(
        &c, &node,
        &(struct nf_command_answer){nf_text(id), word, "said", NULL}));
}

static uint64_t
first_to_send(nf_time_t before)
{
    struct nf_command command;
    NF_READ(r, world.s.store);

    return nf_commands_to_send(&r, 0, 0, &command) && command.send_at <= before
               ? command.number
               : 0;
}

static void
two_nodes(void)
{
    for (unsigned n = 1; n <= 2; n++) {
        struct nf_node_edit edit = {.node = {.mac = mac_of(n)},
                                    .has = NF_HAS_MAC};
        assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    }
}

static void
one_is_done(void **state)
{
    (void) state;
    two_nodes();
    uint64_t number = ask(1);
    is_in(number, NF_COMMAND_QUEUED);
    assert_int_equal(first_to_send(NOW), number);
    assert_int_equal(sent(number, NOW + 2000), NF_OK);
    is_in(number, NF_COMMAND_SENT);
    assert_int_equal(first_to_send(NOW), 0);
    assert_int_equal(first_to_send(NOW + 2000), number);
    assert_int_equal(node_says(1, number, NF_COMMAND_SAYS_RUNNING), NF_OK);
    is_in(number, NF_COMMAND_RUNNING);
    uint64_t last = world_last();
    assert_int_equal(node_says(1, number, NF_COMMAND_SAYS_RUNNING), NF_OK);
    assert_int_equal(sent(number, NOW + 4000), NF_OK);
    assert_int_equal(world_last(), last); /* said again: no event */
    assert_int_equal(node_says(1, number, NF_COMMAND_SAYS_DONE), NF_OK);
    is_in(number, NF_COMMAND_DONE);
    assert_int_equal(first_to_send(INT64_MAX), 0);
    assert_string_equal(command_of(number).result, "said");
    assert_int_equal(command_of(number).attempts, 2);
}

/* As long as it may be, with the longest arguments beside it. */
static void
a_long_result_is_kept_whole(void **state)
{
    struct nf_command_speaker node = {.mac = mac_of(1), .worker = ""};
    char words[NF_COMMAND_RESULT], json[NF_COMMAND_JSON_MAX];
    struct nf_out out = nf_out(json, sizeof(json));
    char id[NF_COMMAND_ID_TEXT];
    (void) state;

    two_nodes();
    struct nf_command command = command_of(ask(1));
    memset(words, '"', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    nf_command_format(&command, id);
    assert_int_equal(CHANGE(nf_change_command_answered(
                         &c, &node,
                         &(struct nf_command_answer){
                             nf_text(id), NF_COMMAND_SAYS_DONE, words, NULL})),
                     NF_OK);
    command = command_of(command.number);
    assert_string_equal(command.result, words);
    command = (struct nf_command){.generation = UINT64_MAX,
                                  .number = INT64_MAX,
                                  .task = INT64_MAX,
                                  .created_at = INT64_MAX / 2000,
                                  .updated_at = 1,
                                  .ended_at = 1,
                                  .deadline = 1,
                                  .target = NF_COMMAND_SWITCH,
                                  .state = NF_COMMAND_CANCELLED,
                                  .attempts = UINT16_MAX,
                                  .step_attempt = UINT16_MAX};
    memset(command.operation, '"', sizeof(command.operation) - 1);
    memset(command.actor, '"', sizeof(command.actor) - 1);
    memset(command.worker, '"', sizeof(command.worker) - 1);
    memset(command.arguments, ' ', sizeof(command.arguments) - 1);
    memcpy(command.result, words, sizeof(words));
    nf_command_json(&command, &out);
    assert_false(out.full);
}

static void
what_has_ended_stays(void **state)
{
    static const enum nf_command_word words[] = {
        NF_COMMAND_SAYS_DONE, NF_COMMAND_SAYS_FAILED, NF_COMMAND_SAYS_EXPIRED};
    static const enum nf_command_state states[] = {
        NF_COMMAND_DONE, NF_COMMAND_FAILED, NF_COMMAND_EXPIRED};

    (void) state;
    two_nodes();
    for (size_t i = 0; i < 3; i++) {
        uint64_t number = ask(1);
        assert_int_equal(sent(number, 0), NF_OK);
        assert_int_equal(node_says(2, number, words[i]), NF_NOT_FOUND);
        assert_int_equal(node_says(1, number, words[i]), NF_OK);
        is_in(number, states[i]);
        for (size_t k = 0; k < 3; k++) {
            assert_int_equal(node_says(1, number, words[k]), NF_CONFLICT);
        }
        assert_int_equal(node_says(1, number, NF_COMMAND_SAYS_RUNNING),
                         NF_CONFLICT);
        assert_int_equal(sent(number, 0), NF_CONFLICT);
        assert_int_equal(CHANGE(nf_change_command_wait(&c, number, NOW)),
                         NF_CONFLICT);
        assert_int_equal(CHANGE(nf_change_command_cancel(&c, number)),
                         NF_CONFLICT);
        assert_int_equal(
            CHANGE(nf_change_command_unheard(&c, number, "nobody")),
            NF_CONFLICT);
        wait_ms(NF_SECONDS(TIMEOUT_S / 4));
        is_in(number, states[i]);
    }
}

static void
deadlines_tell_what_can_be_known(void **state)
{
    (void) state;
    two_nodes();
    uint64_t queued = ask(1), told = ask(1), begun = ask(1);
    assert_int_equal(sent(told, 0), NF_OK);
    assert_int_equal(sent(begun, 0), NF_OK);
    assert_int_equal(node_says(1, begun, NF_COMMAND_SAYS_RUNNING), NF_OK);
    wait_ms(NF_SECONDS(TIMEOUT_S) - 1);
    is_in(queued, NF_COMMAND_QUEUED);
    wait_ms(1);
    is_in(queued, NF_COMMAND_EXPIRED);
    is_in(told, NF_COMMAND_UNKNOWN);
    is_in(begun, NF_COMMAND_UNKNOWN);
    NF_READ(r, world.s.store);
    assert_int_equal(nf_commands_next_deadline(&r), 0);
}

static void
not_after_its_deadline(void **state)
{
    struct nf_command_draft draft = a_reboot;
    uint64_t number = 0;

    (void) state;
    two_nodes();
    draft.mac = mac_of(1);
    draft.deadline = NOW;
    assert_int_equal(CHANGE(nf_change_command_create(&c, &draft, &number)),
                     NF_INVALID);
    assert_string_equal(world.fault.field, "deadline");
    number = ask(1);
    world.now += NF_SECONDS(TIMEOUT_S); /* and the clock has not run */
    assert_int_equal(sent(number, 0), NF_CONFLICT);
    draft.mac = mac_of(99);
    draft.deadline = world.now + 1;
    assert_int_equal(CHANGE(nf_change_command_create(&c, &draft, &number)),
                     NF_NOT_FOUND);
}

static void
a_node_has_so_many(void **state)
{
    uint64_t number = 0, first = 0;

    (void) state;
    two_nodes();
    for (int i = 0; i < NF_COMMANDS_LIVE; i++) {
        number = ask(1);
        first = first == 0 ? number : first;
    }
    struct nf_command_draft draft = a_reboot;
    draft.mac = mac_of(1);
    assert_int_equal(CHANGE(nf_change_command_create(&c, &draft, &number)),
                     NF_CONFLICT);
    draft.target = NF_COMMAND_BMC; /* its devices are not its agent */
    assert_int_equal(CHANGE(nf_change_command_create(&c, &draft, &number)),
                     NF_OK);
    (void) ask(2);
    for (int i = 0; i < NF_COMMANDS_KEPT + 20; i++) {
        struct nf_command newest;
        {
            NF_READ(r, world.s.store);
            assert_true(nf_commands_next_of(&r, mac_of(1), 0, &newest));
        }
        uint64_t oldest_live = newest.target == NF_COMMAND_NODE
                                   ? newest.number
                                   : first + NF_COMMANDS_LIVE - 1;
        assert_int_equal(CHANGE(nf_change_command_cancel(&c, oldest_live)),
                         NF_OK);
        first = ask(1);
    }
    unsigned n = 0;
    struct nf_command command;
    NF_READ(r, world.s.store);
    for (uint64_t before = 0;
         nf_commands_next_of(&r, mac_of(1), before, &command); n++)
    {
        before = command.number;
    }
    assert_int_equal(n, NF_COMMANDS_KEPT);
}

static void
cancelled_by_how_far_it_is(void **state)
{
    (void) state;
    two_nodes();
    uint64_t queued = ask(1), told = ask(1), begun = ask(1);
    assert_int_equal(CHANGE(nf_change_command_cancel(&c, queued)), NF_OK);
    is_in(queued, NF_COMMAND_CANCELLED);
    assert_int_equal(sent(told, 0), NF_OK);
    assert_int_equal(CHANGE(nf_change_command_cancel(&c, told)), NF_OK);
    is_in(told, NF_COMMAND_UNKNOWN);
    assert_int_equal(sent(begun, 0), NF_OK);
    assert_int_equal(node_says(1, begun, NF_COMMAND_SAYS_RUNNING), NF_OK);
    assert_int_equal(CHANGE(nf_change_command_cancel(&c, begun)), NF_CONFLICT);
    assert_int_equal(CHANGE(nf_change_command_cancel(&c, 1)), NF_NOT_FOUND);
}

static void
a_node_that_goes_takes_what_was_not_sent(void **state)
{
    (void) state;
    two_nodes();
    uint64_t queued = ask(1), told = ask(1);
    assert_int_equal(sent(told, 0), NF_OK);
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(1))), NF_OK);
    is_in(queued, NF_COMMAND_CANCELLED);
    is_in(told, NF_COMMAND_SENT);
    wait_ms(NF_SECONDS(TIMEOUT_S));
    is_in(told, NF_COMMAND_UNKNOWN);
}

/* --- of a task ---------------------------------------------------------------
 */

static struct nf_command
reset_of(uint64_t *id)
{
    struct nf_command command;

    *id = task_make((struct wanted_task){.mac = 1, .has_bmc = true});
    task_bring_to(*id, 1, NF_STEP_BMC_RESET);
    assert_true(task_command(*id, &command));
    assert_string_equal(command.operation, "reset");
    assert_int_equal(command.target, NF_COMMAND_BMC);
    assert_int_equal(command.deadline,
                     task_step_of(*id, NF_STEP_BMC_RESET).deadline);
    return command;
}

static void
each_try_has_its_own(void **state)
{
    struct nf_command next;
    uint64_t id;

    (void) state;
    struct nf_command first = reset_of(&id);
    assert_true(device_answers(id, false, "busy"));
    is_in(first.number, NF_COMMAND_FAILED);
    assert_false(task_command(id, &next)); /* it pauses */
    wait_ms(NF_SECONDS(6));
    assert_true(task_command(id, &next));
    assert_int_not_equal(next.number, first.number);
    assert_int_equal(next.step_attempt, 2);
    wait_ms(NF_SECONDS(120)); /* it was never sent */
    is_in(next.number, NF_COMMAND_EXPIRED);
    assert_string_equal(task_step_of(id, NF_STEP_BMC_RESET).error,
                        "it could not be sent before its deadline");
}

static void
silence_is_the_steps_own_affair(void **state)
{
    uint64_t id;

    (void) state;
    struct nf_command command = reset_of(&id);
    assert_int_equal(
        CHANGE(nf_change_command_sent(&c, command.number, "w1", 0)), NF_OK);
    wait_ms(NF_SECONDS(120));
    is_in(command.number, NF_COMMAND_UNKNOWN);
    assert_string_equal(task_step_of(id, NF_STEP_BMC_RESET).error,
                        "the BMC worker did not answer within 2m0s");
    assert_int_equal(worker_says(&command, NF_COMMAND_SAYS_DONE, ""),
                     NF_CONFLICT);
}

static void
nobody_there_fails_the_try_at_once(void **state)
{
    uint64_t id;

    (void) state;
    struct nf_command command = reset_of(&id);
    assert_int_equal(CHANGE(nf_change_command_cancel(&c, command.number)),
                     NF_CONFLICT); /* its task may be */
    assert_int_equal(CHANGE(nf_change_command_unheard(&c, command.number,
                                                      "nobody is there")),
                     NF_OK);
    is_in(command.number, NF_COMMAND_EXPIRED);
    assert_string_equal(task_step_of(id, NF_STEP_BMC_RESET).error,
                        "nobody is there");
    assert_int_equal(task_step_of(id, NF_STEP_BMC_RESET).status,
                     NF_STEP_RETRYING);
}

static void
a_task_that_ends_withdraws_it(void **state)
{
    uint64_t id;

    (void) state;
    struct nf_command command = reset_of(&id);
    assert_int_equal(task_cancel(id), NF_OK);
    is_in(command.number, NF_COMMAND_CANCELLED);
    assert_true(task_command(id, &command)); /* what undoes the boot device */
    assert_string_equal(command.arguments,
                        "{\"device\":\"disk\",\"firmware\":\"efi\"}");
    assert_int_equal(
        CHANGE(nf_change_command_sent(&c, command.number, "w1", NOW + 2000)),
        NF_OK);
    assert_int_equal(worker_says(&command, NF_COMMAND_SAYS_FAILED, "no"),
                     NF_OK);
    wait_ms(NF_SECONDS(6));
    assert_true(task_command(id, &command));
    assert_int_equal(
        CHANGE(nf_change_command_sent(&c, command.number, "w1", NOW + 9000)),
        NF_OK);
    assert_int_equal(first_to_send(INT64_MAX), command.number);
    wait_ms(NF_SECONDS(119));
    is_in(command.number, NF_COMMAND_SENT);
    wait_ms(NF_SECONDS(2));
    is_in(command.number, NF_COMMAND_UNKNOWN);
}

/* --- workers -----------------------------------------------------------------
 */

static bool
any_worker(nf_time_t *since)
{
    NF_READ(r, world.s.store);

    return nf_workers_any(&r, since);
}

static void
workers_come_and_go(void **state)
{
    static const char *const wrong[] = {
        "", "a/b", "a+", "#", "a b", "0123456789012345678901234567890123"};
    nf_time_t since;
    char name[16];

    (void) state;
    assert_false(any_worker(&since));
    assert_int_equal(since, 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(CHANGE(nf_change_worker(&c, wrong[i], true, NULL)),
                         NF_INVALID);
    }
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", false, NULL)), NF_OK);
    assert_int_equal(world_events(NF_EVENT_WORKER_OFFLINE), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(CHANGE(nf_change_worker(&c, "w1", true, NULL)), NF_OK);
    }
    assert_int_equal(world_events(NF_EVENT_WORKER_ONLINE), 1);
    assert_true(any_worker(&since));
    world.now += 5;
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", false, NULL)), NF_OK);
    assert_false(any_worker(&since));
    assert_int_equal(since, NOW + 5);
    for (int i = 2; i <= NF_WORKERS_MAX; i++) {
        snprintf(name, sizeof(name), "w%d", i);
        assert_int_equal(CHANGE(nf_change_worker(&c, name, true, NULL)), NF_OK);
    }
    assert_int_equal(CHANGE(nf_change_worker(&c, "more", true, NULL)), NF_OK);
    struct nf_worker worker;
    {
        NF_READ(r, world.s.store);
        assert_false(nf_workers_get(&r, "w1", &worker)); /* it went first */
        assert_true(nf_workers_get(&r, "more", &worker));
    }
    assert_int_equal(CHANGE(nf_change_worker(&c, "too-many", true, NULL)),
                     NF_CONFLICT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

/* The count of an operation; all zero: there is none. */
static struct nf_tally
tally_of(const char *key)
{
    struct nf_tally tally = {.ended = 0};
    NF_READ(r, world.s.store);

    (void) nf_tallies_get(&r, key, &tally);
    return tally;
}

static uint64_t
power_on(void)
{
    struct nf_command_draft draft = a_reboot;
    uint64_t number = 0;

    draft.mac = mac_of(1);
    draft.target = NF_COMMAND_BMC;
    draft.operation = "power";
    draft.arguments = "{\"action\":\"on\"}";
    assert_int_equal(CHANGE(nf_change_command_create(&c, &draft, &number)),
                     NF_OK);
    return number;
}

static nf_error_t
sent_to_worker(uint64_t number)
{
    return CHANGE(nf_change_command_sent(&c, number, "w1", 0));
}

static nf_error_t
bmc_says(uint64_t number, enum nf_command_word word)
{
    static const struct nf_command_speaker worker = {.worker = "w1"};
    static const struct nf_command_told told = {
        .driver = "ipmi", .took_ms = 300, .asked = 4};
    struct nf_command command = command_of(number);
    char id[NF_COMMAND_ID_TEXT];

    nf_command_format(&command, id);
    return CHANGE(nf_change_command_answered(
        &c, &worker,
        &(struct nf_command_answer){nf_text(id), word, "said", &told}));
}

static void
each_command_to_a_bmc_is_counted_once(void **state)
{
    (void) state;
    two_nodes();
    uint64_t number = power_on();
    assert_int_equal(sent_to_worker(number), NF_OK);
    assert_int_equal(sent_to_worker(number), NF_OK);
    assert_int_equal(bmc_says(number, NF_COMMAND_SAYS_RUNNING), NF_OK);
    assert_int_equal(tally_of("power_on/ipmi").ended, 0);
    assert_int_equal(bmc_says(number, NF_COMMAND_SAYS_DONE), NF_OK);
    assert_int_equal(bmc_says(number, NF_COMMAND_SAYS_DONE), NF_CONFLICT);
    struct nf_tally tally = tally_of("power_on/ipmi");
    assert_int_equal(tally.ended, 1);
    assert_int_equal(tally.repeated, 1);
    assert_int_equal(tally.asked, 4);
    assert_int_equal(tally.took_ms, 300);
}

static void
what_was_not_sent_is_no_operation(void **state)
{
    (void) state;
    two_nodes();
    uint64_t number = power_on();
    assert_int_equal(CHANGE(nf_change_command_unheard(&c, number, "nobody")),
                     NF_OK);
    assert_int_equal(tally_of("power_on/none").ended, 0);
    number = power_on();
    assert_int_equal(sent_to_worker(number), NF_OK);
    assert_int_equal(CHANGE(nf_change_command_cancel(&c, number)), NF_OK);
    struct nf_tally tally = tally_of("power_on/none");
    assert_int_equal(tally.ended, 1);
    assert_string_equal(tally.causes[0].word, "no_answer");
    number = ask(1); /* a node's own */
    assert_int_equal(sent(number, 0), NF_OK);
    assert_int_equal(node_says(1, number, NF_COMMAND_SAYS_DONE), NF_OK);
    assert_int_equal(tally_of("other/none").ended, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_is_done),
        TEST(a_long_result_is_kept_whole),
        TEST(what_has_ended_stays),
        TEST(deadlines_tell_what_can_be_known),
        TEST(not_after_its_deadline),
        TEST(a_node_has_so_many),
        TEST(cancelled_by_how_far_it_is),
        TEST(a_node_that_goes_takes_what_was_not_sent),
        TEST(each_try_has_its_own),
        TEST(silence_is_the_steps_own_affair),
        TEST(nobody_there_fails_the_try_at_once),
        TEST(a_task_that_ends_withdraws_it),
        TEST(workers_come_and_go),
        TEST(each_command_to_a_bmc_is_counted_once),
        TEST(what_was_not_sent_is_no_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
