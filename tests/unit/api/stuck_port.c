/* What the timeline tells of a task's switch port: which it is, what is read
 * before that is known, and what was not put back. */
#include "site.h"
#include "task_world.h"

#include "change/link.h"
#include "change/switch.h"
#include "change/worker.h"
#include "store/ports.h"

#define NODE  "/api/v1/nodes/525400000001"
#define PLACE "{\"vlan\":\"install\",\"switch\":\"sw1\",\"port\":\"Gi1/0/1\"}"

static void
expect_says(const char *state, const char *words)
{
    char wanted[64];

    ask(NF_GET, NODE "/timeline", NULL);
    snprintf(wanted, sizeof(wanted), "\"waits\":{\"state\":\"%s\"", state);
    EXPECT(200, wanted);
    EXPECT(200, words);
}

/* A task whose port is to be moved, and a worker who could. */
static uint64_t
move_port(void)
{
    ask(NF_PUT, "/api/v1/devices/sw1",
        "{\"driver\":\"ios\",\"address\":\"10.0.0.2\"}");
    ask(NF_PUT, "/api/v1/devices/sw2",
        "{\"driver\":\"ios\",\"address\":\"10.0.0.3\"}");
    ask(NF_PUT, "/api/v1/devices/b1",
        "{\"driver\":\"ipmi\",\"address\":\"10.0.0.4\"}");
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", true, NULL)), NF_OK);
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_switch = true});
    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(task_step(id), NF_STEP_SWITCH_INSTALL_VLAN);
    return id;
}

static struct nf_command
aim(uint64_t id, const char *arguments)
{
    struct nf_command command;

    assert_true(task_command(id, &command));
    assert_int_equal(CHANGE(nf_change_command_aim(&c, command.number, arguments,
                                                  NF_TEXT("{}"))),
                     NF_OK);
    return command;
}

static void
has_kept(bool is_open)
{
    struct nf_port_kept kept = {.node = mac_of(1),
                                .is_open = is_open,
                                .vlan = 7,
                                .device = "sw1",
                                .port = "Gi1/0/1"};

    assert_int_equal(CHANGE(nf_record_port_kept(&c, &kept) ? NF_OK : NF_BUG),
                     NF_OK);
}

/* --- which port it is -------------------------------------------------------
 */

static void
switches_are_read_before_a_worker_is_told(void **state)
{
    (void) state;
    (void) move_port();
    expect_says("command_waits",
                "check that nf-relay and the broker are running");
    world.now += NF_SECONDS(1);
    assert_int_equal(CHANGE(nf_change_look(&c, "sw1", world.now)), NF_OK);
    expect_says("switch_read", "Reading the ports of sw1 first");
    assert_int_equal(CHANGE(nf_change_look(&c, "sw2", world.now)), NF_OK);
    expect_says("switch_read", "Reading the ports of sw1, sw2 first");
}

/* Before the command was made. */
static void
what_was_read_is_not_told_as_being_read(void **state)
{
    struct nf_switch_seen seen = {.scan = 1};

    (void) state;
    (void) move_port();
    for (int is_failed = 0; is_failed < 2; is_failed++) {
        NF_WRITE(w, world.s.store);
        seen.scanned_at = is_failed ? 0 : world.now;
        seen.failed_at = is_failed ? world.now : 0;
        assert_true(nf_switches_put(&w, "sw1", &seen));
        assert_int_equal(nf_write_commit(&w), NF_OK);
        expect_says("command_waits", "It has not been sent to a worker yet");
    }
}

static void
its_port_and_switch_are_named(void **state)
{
    static const char words[] =
        "refused: the switch refuses this (% Command rejected: this interface "
        "is a member of a channel group that must be changed as a whole; the "
        "port is unchanged)";

    (void) state;
    uint64_t id = move_port();
    struct nf_command command = aim(id, PLACE);
    expect_says("command_waits", "the install VLAN (Gi1/0/1 of sw1) since");
    assert_int_equal(
        CHANGE(nf_change_command_sent(&c, command.number, "w1", 0)), NF_OK);
    assert_int_equal(worker_says(&command, NF_COMMAND_SAYS_FAILED, words),
                     NF_OK);
    expect_says("retrying",
                "switch_install_vlan at Gi1/0/1 of sw1 failed (refused: ");
    EXPECT(200, "port is unchanged)); the next attempt begins at ");
    wait_ms(NF_SECONDS(60));
    expect_says("command_waits", "port is unchanged)). That is the switch's");
    assert_false(says("BMC's"));
}

/* The next try has not found where it goes, and the one before went there. */
static void
a_port_of_an_earlier_try_is_not_told_of_the_next_one(void **state)
{
    (void) state;
    uint64_t id = move_port();
    struct nf_command command = aim(id, PLACE);
    assert_int_equal(
        CHANGE(nf_change_command_unheard(&c, command.number, "busy: it is")),
        NF_OK);
    expect_says("retrying", "at Gi1/0/1 of sw1 failed (busy: it is)");
    wait_ms(NF_SECONDS(60));
    ask(NF_GET, NODE "/timeline", NULL);
    EXPECT(200, "the install VLAN since");
    EXPECT(200, "Attempt 1 failed (busy: it is). Somebody is configuring it");
}

/* --- what was not put back --------------------------------------------------
 */

static void
what_was_not_put_back_is_told_until_it_is(void **state)
{
    (void) state;
    create(1);
    expect_says("never_seen", "It has never asked for an address");
    assert_false(says("put back"));
    has_kept(true);
    expect_says("never_seen", "Gi1/0/1 of sw1 was not put back as it was (VLAN "
                              "7). `nf port restore 52:54:00:00:00:01`");
    has_kept(false);
    expect_says("never_seen", "It has never asked for an address");
    assert_false(says("put back"));
}

static void
a_task_that_may_still_do_it_is_let_go_on(void **state)
{
    (void) state;
    (void) move_port();
    has_kept(true);
    expect_says("command_waits", "the install VLAN since");
    assert_false(says("put back"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(switches_are_read_before_a_worker_is_told),
        TEST(what_was_read_is_not_told_as_being_read),
        TEST(its_port_and_switch_are_named),
        TEST(a_port_of_an_earlier_try_is_not_told_of_the_next_one),
        TEST(what_was_not_put_back_is_told_until_it_is),
        TEST(a_task_that_may_still_do_it_is_let_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
