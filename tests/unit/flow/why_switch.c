/* What is said of tasks whose machines are at a switch: of each cause what it
 * is, at which port, what to do, and when it is tried again or fails. */
#include "why_ways.h"

#include "port/operation.h"

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

static void
at_port(struct scene *s)
{
    s->facts.at_switch = "sw1";
    s->facts.at_port = "Gi1/0/1";
}

static struct scene *
failing(enum nf_step_kind kind, const char *words)
{
    struct scene *s = everything_at(kind);

    fail_try(&s->task, words, NOW);
    at_port(s);
    s->facts.said = words;
    return s;
}

static void
fail_at(enum nf_step_kind kind, const char *words, struct scene **s)
{
    *s = failing(kind, words);
    assert_true(walk_step(&(*s)->task, NF_TASK_DEADLINE, (*s)->task.deadline));
    fail_try(&(*s)->task, words, NOW);
}

static const enum nf_step_kind kinds[] = {NF_STEP_SWITCH_INSTALL_VLAN,
                                          NF_STEP_SWITCH_PRODUCTION_VLAN};

/* --- each cause -------------------------------------------------------------
 */

static const struct {
    const char *words, *advice;
} causes[] = {
    {"unreachable: the switch does not answer", "Check the switch's address"},
    {"hung: the switch stopped answering", "check its console"},
    {"wrong_password: the switch refuses the user", "Correct the user and"},
    {"host_key: the switch shows another key", "pin it in its device"},
    {"privilege: the user is not allowed to do this", "read-write"},
    {"unsupported: the switch does not support this", "another driver"},
    {"refused: the switch refuses this (% Invalid)",
     "the switch's own message"},
    {"no_switch: sw1 is no longer a switch", "Add it as a device again"},
    {"no_port: no switch has learnt 52:54:00:00:00:01", "`nf ports SWITCH`"},
    {"two_ports: two ports can be the machine's own", "Say which one"},
    {"not_put_back: Gi1/0/1 of sw1 is", "Restore that port first"},
    {"no_vlan: a VLAN is missing on the switch (it has no VLAN 100)",
     "Create that VLAN"},
    {"no_mac: the switch has not learnt the address", "cabled to this switch"},
    {"uplink: the port leads to other switches", "a switch behind that port"},
    {"changed: somebody changed the port in the meantime",
     "Ask who is working"},
    {"other_machine: another machine is at the port",
     "A cable may have been moved"},
    {"busy: the switch is busy", "close the session"},
    {"malformed: the switch's answer makes no sense", "the driver is right"},
    {"no_effect: the switch says that it has", "on the switch itself"},
    {"not_forwarding: the port does not forward", "spanning tree"},
    {"not_saved: the port is changed, but", "Save the switch's configuration"},
    {"local: the worker could not do it", "its own host"},
    {"credentials: the switch sw1 has no credential set",
     "Create a credential"},
    {"no worker for BMCs and switches is connected", "Start one; `nf workers`"},
    {"it could not be sent before its deadline",
     "Check that nf-relay, the broker"},
    {"the switch worker did not answer within 1s", "and `nf workers`"},
    {"something new", "Check the device"},
};

#define EACH(i, k)                                                             \
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)            \
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)

static void
a_try_that_failed_says_where_and_what_to_do_and_when(void **state)
{
    (void) state;
    EACH(i, k)
    {
        struct scene *s = failing(kinds[k], causes[i].words);
        char where[80];
        snprintf(where, sizeof(where),
                 "Attempt 1 of 2 of %s at Gi1/0/1 of sw1 failed (",
                 nf_step_kinds[kinds[k]]);
        expect(s, where);
        expect(s, causes[i].words);
        expect(s, causes[i].advice);
        expect_not(s, "BMC's");
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
    EACH(i, k)
    {
        struct scene *s = failing(kinds[k], causes[i].words);
        assert_true(walk_step(&s->task, NF_TASK_DEADLINE, s->task.deadline));
        s->facts.command = &running;
        expect(s, "VLAN (Gi1/0/1 of sw1) since ");
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
    EACH(i, k)
    {
        struct scene *s;
        fail_at(kinds[k], causes[i].words, &s);
        while (nf_task_running(&s->task) != NULL) {
            assert_true(walk_step(&s->task, NF_TASK_COMMAND_DONE, NOW));
        }
        expect(s, causes[i].words);
        expect(s, ". The port is Gi1/0/1 of sw1. ");
        expect(s, causes[i].advice);
        expect(s, "`nf retry task-00000001`");
    }
}

/* A cause without a row would get what is said of any device. */
static void
each_cause_has_its_advice(void **state)
{
    (void) state;
    for (size_t i = 1; nf_switch_causes[i] != NULL; i++) {
        char words[64];
        snprintf(words, sizeof(words), "%s: x", nf_switch_causes[i]);
        expect_not(failing(kinds[0], words), "Check the device");
    }
}

static void
a_port_that_is_not_known_is_not_told(void **state)
{
    struct scene *s = failing(kinds[0], "no_port: no switch has learnt it");

    (void) state;
    s->facts.at_switch = s->facts.at_port = "";
    expect(s, "Attempt 1 of 2 of switch_install_vlan failed (no_port: no");
}

/* --- a device's own words ---------------------------------------------------
 */

/* A step has room for 107 letters. */
static void
all_words_of_a_device_are_told(void **state)
{
    static const char all[] =
        "refused: the switch refuses this (% Command rejected: An interface "
        "whose trunk encapsulation is \"Auto\" can not be configured to "
        "\"trunk\" mode.; the port is unchanged)";
    struct scene *s = failing(kinds[0], all);

    (void) state;
    expect(s, all);
    assert_true(walk_step(&s->task, NF_TASK_DEADLINE, s->task.deadline));
    expect(s, all);
    fail_try(&s->task, all, NOW);
    while (nf_task_running(&s->task) != NULL) {
        assert_true(walk_step(&s->task, NF_TASK_COMMAND_DONE, NOW));
    }
    expect(s, all);
    s->facts.said = "of something else";
    expect_not(s, "of something else");
    expect(s, "refused: the switch refuses this");
}

static void
the_longest_of_all_has_room(void **state)
{
    char words[NF_COMMAND_RESULT], name[NF_LINK_PORT];
    struct scene *s;

    (void) state;
    memset(words, 'x', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    memcpy(words, "unreachable:", 12);
    memset(name, 'p', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    fail_at(NF_STEP_SWITCH_INSTALL_VLAN, words, &s);
    while (nf_task_running(&s->task) != NULL
           && nf_task_running(&s->task)->kind != NF_STEP_SWITCH_PRODUCTION_VLAN)
    {
        assert_true(walk_step(&s->task, NF_TASK_COMMAND_DONE, NOW));
    }
    fail_try(&s->task, words, NOW);
    s->facts.at_port = name;
    expect(s, "Over SNMP a wrong community looks the same.");
    assert_int_equal(said(s)[strlen(said(s)) - 1], '.');
}

/* --- what comes before a worker is told -------------------------------------
 */

static struct scene *
a_switch_is_read_first(void)
{
    static const struct nf_command queued = {.state = NF_COMMAND_QUEUED};
    struct scene *s = everything_at(NF_STEP_SWITCH_INSTALL_VLAN);

    s->facts.has_worker = true;
    s->facts.command = &queued;
    s->facts.read_first = "sw1, sw2";
    return s;
}

static struct scene *
nothing_is_read(void)
{
    struct scene *s = a_switch_is_read_first();

    s->facts.read_first = "";
    return s;
}

static struct scene *
nobody_can_read_it(void)
{
    struct scene *s = a_switch_is_read_first();

    s->facts.has_worker = false;
    return s;
}

#define WAITS "the switch to put the port into the install VLAN"

/* clang-format off */
static const struct way ways[] = {
    {a_switch_is_read_first, "switch_read", WAITS, "boot_config", "Reading the ports of sw1, sw2 first"},
    {nothing_is_read, "command_waits", WAITS, "boot_config", "It has not been sent to a worker yet"},
    {nobody_can_read_it, "no_worker", WAITS, "boot_config", "No worker for BMCs and switches is connected"},
};
/* clang-format on */

static void
switches_that_are_read_first_are_named(void **state)
{
    (void) state;
    check_ways(ways, sizeof(ways) / sizeof(ways[0]));
    check_explained(ways, sizeof(ways) / sizeof(ways[0]));
}

/* --- undone, or not ---------------------------------------------------------
 */

static const struct nf_port_kept kept = {
    .node = {{0x52, 0x54, 0, 0, 0, 1}},
    .is_open = 1,
    .vlan = 7,
    .device = "sw1",
    .port = "Gi1/0/1",
};

#define NOT_BACK "Gi1/0/1 of sw1 was not put back as it was (VLAN 7"
#define RESTORE                                                                \
    ". `nf port restore 52:54:00:00:00:01` does that once the switch can be "  \
    "reached."

/* Cancelled behind the install VLAN: the port is being put back. */
static struct scene *
undoing(void)
{
    struct nf_task task = walk_everything_to(NF_STEP_BMC_BOOT_PXE);
    struct scene *s;

    assert_true(walk_step(&task, NF_TASK_CANCEL, NOW));
    s = scene(task);
    assert_int_equal(step_of(s)->kind, NF_STEP_SWITCH_PRODUCTION_VLAN);
    s->facts.kept = &kept;
    at_port(s);
    return s;
}

static void
undoing_puts_the_port_back(void **state)
{
    struct scene *s = undoing();
    struct nf_why why;

    (void) state;
    nf_why(&s->facts, &why);
    assert_string_equal(why.waits_for,
                        "the switch to put the port back as it was");
    expect(s, "Waiting for the switch to put the port back as it was (Gi1/0/1 "
              "of sw1) since");
    expect_not(s, "production");
    expect_not(s, NOT_BACK);
    fail_try(&s->task, "unreachable: the switch does not answer", NOW);
    expect(s, "after attempt 2 it is skipped. Check the switch's address");
    expect_not(s, NOT_BACK);
}

static void
what_was_not_put_back_is_told(void **state)
{
    struct nf_port_kept trunk = kept;
    struct scene *s = undoing();

    (void) state;
    fail_try(&s->task, "unreachable: the switch does not answer", NOW);
    assert_true(walk_step(&s->task, NF_TASK_DEADLINE, s->task.deadline));
    fail_try(&s->task, "unreachable: the switch does not answer", NOW);
    while (nf_task_running(&s->task) != NULL) {
        assert_true(walk_step(&s->task, NF_TASK_COMMAND_DONE, NOW));
    }
    expect(s, NOT_BACK "): unreachable: the switch does not answer" RESTORE);
    snprintf(trunk.tagged, sizeof(trunk.tagged), "5-7");
    s->facts.kept = &trunk;
    expect(s, NOT_BACK ", tagged 5-7)");
    s->facts.kept = NULL;
    expect_not(s, "put back");
}

/* By the step itself, and of a node that is told of without its task. */
static void
so_it_is_without_undoing(void **state)
{
    struct scene *s;

    (void) state;
    fail_at(NF_STEP_SWITCH_PRODUCTION_VLAN, "hung: it stopped", &s);
    while (nf_task_running(&s->task) != NULL) {
        assert_true(walk_step(&s->task, NF_TASK_COMMAND_DONE, NOW));
    }
    s->facts.kept = &kept;
    expect(s, NOT_BACK ")" RESTORE);
    s->facts.task = NULL;
    expect(s, NOT_BACK ")" RESTORE);
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_try_that_failed_says_where_and_what_to_do_and_when),
        TEST(the_next_try_knows_of_the_one_before),
        TEST(a_task_that_failed_says_so_too),
        TEST(each_cause_has_its_advice),
        TEST(a_port_that_is_not_known_is_not_told),
        TEST(all_words_of_a_device_are_told),
        TEST(the_longest_of_all_has_room),
        TEST(switches_that_are_read_first_are_named),
        TEST(undoing_puts_the_port_back),
        TEST(what_was_not_put_back_is_told),
        TEST(so_it_is_without_undoing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
