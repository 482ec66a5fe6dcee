/* Looking at switches: of which no event tells, and what comes of it. */
#include "task_world.h"

#include "change/device.h"
#include "change/switch.h"
#include "store/devices.h"
#include "store/ports.h"

static int
make_switch(void **state)
{
    struct nf_managed_device device = {
        .driver = NF_MANAGED_IOS, .name = "sw1", .address = "10.0.0.1"};
    bool is_new;

    (void) world_make(state);
    assert_int_equal(CHANGE(nf_change_device_put(&c, &device, &is_new)), NF_OK);
    return 0;
}

static struct nf_switch_seen
seen(void)
{
    struct nf_switch_seen seen = {.asked_at = 0};
    NF_READ(r, world.s.store);

    (void) nf_switches_get(&r, "sw1", &seen);
    return seen;
}

static bool
is_there(uint64_t number)
{
    struct nf_command command;
    NF_READ(r, world.s.store);

    return nf_commands_get(&r, number, &command);
}

static struct nf_command
get(uint64_t number)
{
    struct nf_command command;
    NF_READ(r, world.s.store);

    assert_true(nf_commands_get(&r, number, &command));
    return command;
}

/* One that is given to w1. */
static uint64_t
looked(void)
{
    world.now += 1000;
    assert_int_equal(CHANGE(nf_change_look(&c, "sw1", world.now)), NF_OK);
    uint64_t number = seen().scan;
    assert_int_equal(CHANGE(nf_change_command_sent(&c, number, "w1", 0)),
                     NF_OK);
    nf_time_t until = get(number).deadline;
    assert_int_equal(
        CHANGE(nf_record_switch_held(&c, "sw1", "w1", until) ? NF_OK : NF_BUG),
        NF_OK);
    return number;
}

static nf_error_t
says(uint64_t number, enum nf_command_word word, const char *words)
{
    struct nf_command command = get(number);
    char id[NF_COMMAND_ID_TEXT];

    nf_command_format(&command, id);
    return CHANGE(nf_change_command_answered(
        &c, &(struct nf_command_speaker){.worker = "w1"},
        &(struct nf_command_answer){
            .id = nf_text(id), .word = word, .words = words}));
}

static nf_error_t
tells(uint64_t number, const char *worker, bool is_last)
{
    nf_mac_t mac = mac_of(1);
    struct nf_port_row row = {.name = "a",
                              .json = NF_TEXT("{\"name\":\"a\"}"),
                              .addresses = &mac,
                              .addresses_n = 1};
    struct nf_command command = get(number);
    struct nf_ports_part part = {.worker = worker,
                                 .generation = command.generation,
                                 .number = number,
                                 .rows = &row,
                                 .n = 1,
                                 .is_last = is_last,
                                 .total = 1};
    char device[NF_MANAGED_NAME];

    return CHANGE(nf_change_ports(&c, &part, device));
}

static const char *
state_of_device(void)
{
    static struct nf_managed_device device;
    NF_READ(r, world.s.store);

    assert_true(nf_devices_get(&r, "sw1", &device));
    return device.state;
}

static void
one_that_goes_well_leaves_nothing_but_ports(void **state)
{
    char port[NF_LINK_PORT] = "";
    struct nf_text json;

    (void) state;
    uint64_t number = looked(), events = world_last();
    assert_string_equal(seen().worker, "w1");
    assert_true(seen().held_until >= world.now);
    nf_time_t begun = world.now += 5;
    assert_int_equal(says(number, NF_COMMAND_SAYS_RUNNING, ""), NF_OK);
    world.now += 5;
    assert_int_equal(tells(number, "w2", true), NF_NOT_FOUND);
    assert_int_equal(tells(number, "w1", false), NF_OK);
    assert_int_equal(seen().scanned_at, 0);
    assert_int_equal(tells(number, "w1", true), NF_OK);
    assert_int_equal(seen().scanned_at, begun);
    assert_int_equal(seen().ports, 1);
    assert_int_equal(world_last(), events);
    assert_int_equal(says(number, NF_COMMAND_SAYS_DONE, ""), NF_OK);
    assert_false(is_there(number));
    assert_int_equal(seen().scan, 0);
    assert_int_equal(seen().held_until, 0);
    assert_string_equal(seen().error, "");
    assert_string_equal(state_of_device(), "fine");
    assert_int_equal(world_events(NF_EVENT_DEVICE_STATE), 1);
    assert_int_equal(world_last(), events + 1);
    NF_READ(r, world.s.store);
    assert_true(nf_ports_next(&r, "sw1", port, &json));
}

static void
there_is_one_at_a_time(void **state)
{
    (void) state;
    uint64_t number = looked();
    assert_int_equal(CHANGE(nf_change_look(&c, "sw1", world.now)), NF_OK);
    assert_int_equal(seen().scan, number);
    assert_int_equal(says(number, NF_COMMAND_SAYS_FAILED, "busy: x"), NF_OK);
    assert_true(looked() != number);
}

static void
one_that_fails_is_the_devices_state_once(void **state)
{
    (void) state;
    for (int i = 0; i < 3; i++) {
        uint64_t number = looked();
        assert_int_equal(
            says(number, NF_COMMAND_SAYS_FAILED, "unreachable: no answer"),
            NF_OK);
        assert_false(is_there(number));
        assert_int_equal(seen().failed_at, world.now);
        assert_string_equal(seen().error, "unreachable: no answer");
    }
    assert_string_equal(state_of_device(), "unreachable");
    assert_int_equal(world_events(NF_EVENT_DEVICE_STATE), 1);
    assert_int_equal(world_events(NF_EVENT_COMMAND_FAILED), 0);
}

static void
one_that_brings_nothing_or_no_answer_has_failed(void **state)
{
    (void) state;
    assert_int_equal(says(looked(), NF_COMMAND_SAYS_DONE, ""), NF_OK);
    assert_string_equal(seen().error, "malformed: the scan returned no ports");
    uint64_t number = looked();
    world.now = get(number).deadline;
    assert_int_equal(CHANGE((nf_record_commands_due(&c, 10), NF_OK)), NF_OK);
    assert_false(is_there(number));
    assert_string_equal(seen().error, "it was sent, and no answer arrived");
    assert_int_equal(seen().failed_at, world.now);
    assert_true(seen().held_until != 0); /* he may be at it still */
}

static void
what_a_port_says_is_not_the_switchs_state(void **state)
{
    struct nf_command_draft draft = {
        .target = NF_COMMAND_SWITCH,
        .operation = "port",
        .arguments = "{\"switch\":\"sw1\",\"port\":\"a\",\"vlan\":7}",
        .deadline = world.now + 1000};
    uint64_t number;

    (void) state;
    assert_int_equal(CHANGE(nf_change_command_create(&c, &draft, &number)),
                     NF_OK);
    assert_int_equal(CHANGE(nf_change_command_sent(&c, number, "w1", 0)),
                     NF_OK);
    assert_int_equal(
        says(number, NF_COMMAND_SAYS_FAILED, "changed: somebody changed it"),
        NF_OK);
    assert_string_equal(state_of_device(), "fine");
    assert_int_equal(seen().failed_at, 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, make_switch, world_drop)

#define KEY(letter)                                                            \
    "SHA256:" letter "123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

static struct nf_managed_device
the_switch(void)
{
    struct nf_managed_device device;
    NF_READ(r, world.s.store);

    assert_true(nf_devices_get(&r, "sw1", &device));
    return device;
}

static void
the_key_that_it_shows_first_is_its_own(void **state)
{
    struct nf_managed_device device;
    bool is_new;

    (void) state;
    assert_int_equal(says(looked(), NF_COMMAND_SAYS_DONE,
                          "{\"ports\":1,\"pin\":\"SHA256:short\"}"),
                     NF_OK);
    assert_string_equal(the_switch().pin, "");
    assert_int_equal(says(looked(), NF_COMMAND_SAYS_DONE,
                          "{\"ports\":1,\"pin\":\"" KEY("0") "\"}"),
                     NF_OK);
    assert_string_equal(the_switch().pin, KEY("0"));
    assert_int_equal(says(looked(), NF_COMMAND_SAYS_DONE,
                          "{\"ports\":1,\"pin\":\"" KEY("1") "\"}"),
                     NF_OK);
    assert_string_equal(the_switch().pin, KEY("0"));

    device = the_switch();
    device.pin[0] = '\0';
    assert_int_equal(CHANGE(nf_change_device_put(&c, &device, &is_new)), NF_OK);
    assert_string_equal(the_switch().pin, KEY("0"));
    snprintf(device.pin, sizeof(device.pin), "%s", KEY("1"));
    assert_int_equal(CHANGE(nf_change_device_put(&c, &device, &is_new)), NF_OK);
    assert_string_equal(the_switch().pin, KEY("1"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_key_that_it_shows_first_is_its_own),
        TEST(one_that_goes_well_leaves_nothing_but_ports),
        TEST(there_is_one_at_a_time),
        TEST(one_that_fails_is_the_devices_state_once),
        TEST(one_that_brings_nothing_or_no_answer_has_failed),
        TEST(what_a_port_says_is_not_the_switchs_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
