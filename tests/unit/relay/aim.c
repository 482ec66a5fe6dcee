/* Which port a command goes to, what it was, and what it is to be. */
#include "task_world.h"

#include "../../../nf-relay/aim.c"
#include "change/device.h"

static void
put_device(const char *name)
{
    struct nf_managed_device device = {.driver = NF_MANAGED_IOS};
    bool is_new;

    snprintf(device.name, sizeof(device.name), "%s", name);
    snprintf(device.address, sizeof(device.address), "%s.example", name);
    assert_int_equal(CHANGE(nf_change_device_put(&c, &device, &is_new)), NF_OK);
}

static int
make_switches(void **state)
{
    struct nf_node_edit edit = {
        .node = {.mac = mac_of(1), .macs = {mac_of(2)}, .macs_n = 1},
        .has = NF_HAS_MAC | NF_HAS_MACS};

    (void) world_make(state);
    put_device("sw1");
    put_device("sw2");
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    return 0;
}

/* --- what switches say -------------------------------------------------------
 */

#define ACCESS_7                                                               \
    "\"mode\":\"access\",\"vlan\":7,\"admin\":\"down\",\"description\":\"n "   \
    "1\""

static void
see(const char *device, const char *port, const char *what, unsigned n)
{
    nf_mac_t mac = mac_of(n);
    char json[4096];
    NF_WRITE(w, world.s.store);

    snprintf(json, sizeof(json), "{\"name\":\"%s\",%s}", port, what);
    assert_true(
        nf_ports_put(&w, device, port, nf_text(json), &mac, n > 0, world.now));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static struct nf_switch_seen
seen_of(const char *device)
{
    struct nf_switch_seen seen = {.asked_at = 0};
    NF_READ(r, world.s.store);

    (void) nf_switches_get(&r, device, &seen);
    return seen;
}

static void
scanned(const char *device, const char *error)
{
    struct nf_switch_seen seen = seen_of(device);
    NF_WRITE(w, world.s.store);

    if (error == NULL) {
        seen.scanned_at = world.now;
    } else {
        seen.failed_at = world.now;
        snprintf(seen.error, sizeof(seen.error), "%s", error);
    }
    assert_true(nf_switches_put(&w, device, &seen));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

/* --- commands ----------------------------------------------------------------
 */

static struct nf_command
get(uint64_t number)
{
    struct nf_command command;
    NF_READ(r, world.s.store);

    assert_true(nf_commands_get(&r, number, &command));
    return command;
}

static uint64_t
ask(const char *goal)
{
    char arguments[64];
    uint64_t number = 0;

    snprintf(arguments, sizeof(arguments), "{\"vlan\":\"%s\"}", goal);
    struct nf_command_draft draft = {.mac = mac_of(1),
                                     .target = NF_COMMAND_SWITCH,
                                     .operation = "vlan",
                                     .arguments = arguments,
                                     .deadline = world.now + 60000};
    assert_int_equal(CHANGE(nf_change_command_create(&c, &draft, &number)),
                     NF_OK);
    return number;
}

static bool
aims(uint64_t number)
{
    struct nf_command command = get(number);
    bool is_aimed;
    NF_WRITE(w, world.s.store);
    struct nf_change c = {.w = &w,
                          .settings = &world.settings,
                          .now = world.now,
                          .actor = nf_actor_word(NF_ACTOR_RELAY)};

    is_aimed = nf_aim(&c, &command);
    assert_int_equal(nf_write_commit(&w), NF_OK);
    return is_aimed;
}

static const char *
order_of(uint64_t number)
{
    static char text[NF_SWITCH_ARGS];
    struct nf_text json;
    NF_READ(r, world.s.store);

    assert_true(nf_orders_get(&r, number, &json));
    assert_true(nf_text_copy(text, sizeof(text), json));
    return text;
}

static void
sent_and_done(uint64_t number)
{
    struct nf_command command = get(number);
    char id[NF_COMMAND_ID_TEXT];

    nf_command_format(&command, id);
    assert_int_equal(CHANGE(nf_change_command_sent(&c, number, "w1", 0)),
                     NF_OK);
    assert_int_equal(
        CHANGE(nf_change_command_answered(
            &c, &(struct nf_command_speaker){.worker = "w1"},
            &(struct nf_command_answer){.id = nf_text(id),
                                        .word = NF_COMMAND_SAYS_DONE,
                                        .words = "{}"})),
        NF_OK);
}

#define AIMED(number, arguments_, order)                                       \
    do {                                                                       \
        assert_true(aims(number));                                             \
        assert_string_equal(get(number).arguments, arguments_);                \
        assert_string_equal(order_of(number), order);                          \
    } while (0)

#define ENDED(number, state_, words)                                           \
    do {                                                                       \
        uint64_t ended = number;                                               \
        assert_false(aims(ended));                                             \
        assert_string_equal(get(ended).result, words);                         \
        assert_int_equal(get(ended).state, state_);                            \
    } while (0)

#define WAITS(number)                                                          \
    do {                                                                       \
        assert_false(aims(number));                                            \
        assert_int_equal(get(number).state, NF_COMMAND_QUEUED);                \
        assert_int_equal(get(number).send_at, world.now + 1000);               \
    } while (0)

static struct nf_port_kept
kept(void)
{
    struct nf_port_kept kept = {.is_open = 0};
    NF_READ(r, world.s.store);

    (void) nf_kept_get(&r, mac_of(1), &kept);
    return kept;
}

/* --- tests -------------------------------------------------------------------
 */

static void
the_port_is_read_first_and_once_for_all(void **state)
{
    (void) state;
    see("sw1", "Gi1/0/1", ACCESS_7, 1);
    scanned("sw1", NULL);
    world.now += 10;
    uint64_t a = ask("install"), b = ask("install");
    uint64_t events = world_last();
    WAITS(a);
    uint64_t scan = seen_of("sw1").scan;
    assert_true(nf_command_is_untold(&(struct nf_command){.number = scan}));
    WAITS(b);
    assert_int_equal(seen_of("sw1").scan, scan);
    assert_int_equal(seen_of("sw2").scan, 0);
    assert_string_equal(get(scan).operation, "scan");
    assert_string_equal(get(scan).arguments, "{\"switch\":\"sw1\"}");
    assert_int_equal(world_last(), events); /* no event tells of it */
    world.now += 1000;
    scanned("sw1", NULL);
    assert_true(aims(a));
    assert_true(aims(b));
}

static void
a_port_is_kept_before_it_is_moved(void **state)
{
    (void) state;
    see("sw1", "Gi1/0/1", ACCESS_7, 1);
    uint64_t number = ask("install");
    scanned("sw1", NULL);
    AIMED(number,
          "{\"vlan\":\"install\",\"switch\":\"sw1\",\"port\":\"Gi1/0/1\","
          "\"to\":\"access 100\"}",
          "{\"port\":\"Gi1/0/1\",\"mode\":\"access\",\"vlan\":100,\"admin\":"
          "\"up\",\"expected\":{\"mode\":\"access\",\"vlan\":7,\"tagged\":\"\","
          "\"admin\":\"down\",\"description\":\"n 1\"},\"machine\":["
          "\"525400000001\",\"525400000002\"],\"forward\":true}");
    assert_true(kept().is_open);
    assert_int_equal(kept().vlan, 7);
    assert_int_equal(kept().admin, NF_PORT_DOWN);
    assert_string_equal(kept().port, "Gi1/0/1");
    /* what is told does not change while it is told again */
    see("sw1", "Gi1/0/1", "\"mode\":\"access\",\"vlan\":100", 1);
    assert_true(aims(number));
    assert_non_null(strstr(order_of(number), "\"vlan\":7"));
    /* nor is what is kept written over */
    sent_and_done(number);
    uint64_t again = ask("install");
    scanned("sw1", NULL);
    assert_true(aims(again));
    assert_int_equal(kept().vlan, 7);
}

static void
moved(const char *what)
{
    see("sw1", "Gi1/0/1", what, 1);
    uint64_t number = ask("install");
    scanned("sw1", NULL);
    assert_true(aims(number));
    sent_and_done(number);
    see("sw1", "Gi1/0/1",
        "\"mode\":\"access\",\"vlan\":100,\"admin\":\"up\",\"description\":"
        "\"n 1\"",
        1);
}

static void
it_is_put_back_field_by_field(void **state)
{
    (void) state;
    moved("\"mode\":\"trunk\",\"vlan\":1,\"tagged\":\"5-7\",\"admin\":\"down\","
          "\"description\":\"n 2\"");
    uint64_t number = ask("restore");
    scanned("sw1", NULL);
    AIMED(number,
          "{\"vlan\":\"restore\",\"switch\":\"sw1\",\"port\":\"Gi1/0/1\","
          "\"to\":\"trunk native 1 tagged 5-7\"}",
          "{\"port\":\"Gi1/0/1\",\"mode\":\"trunk\",\"vlan\":1,\"tagged\":"
          "\"5-7\",\"admin\":\"down\",\"description\":\"n 2\",\"expected\":{"
          "\"mode\":\"access\",\"vlan\":100,\"tagged\":\"\",\"admin\":\"up\","
          "\"description\":\"n 1\"},\"machine\":[\"525400000001\","
          "\"525400000002\"]}");
    assert_true(kept().is_open);
    sent_and_done(number);
    assert_false(kept().is_open);
    ENDED(ask("restore"), NF_COMMAND_DONE,
          "nothing to do: no port of it was moved");
}

static void
the_first_production_is_the_sites(void **state)
{
    (void) state;
    moved(ACCESS_7);
    uint64_t number = ask("production");
    scanned("sw1", NULL);
    assert_true(aims(number));
    assert_non_null(strstr(get(number).arguments, "\"to\":\"access 200\""));
    sent_and_done(number);
    assert_false(kept().is_open);
}

static void
without_the_sites_it_is_what_it_was(void **state)
{
    (void) state;
    world_set("NF_PRODUCTION_VLAN", "");
    ENDED(({
              uint64_t number = ask("production");
              see("sw1", "Gi1/0/1", ACCESS_7, 1);
              scanned("sw1", NULL);
              number;
          }),
          NF_COMMAND_DONE,
          "nothing to do: the port was not moved, and NF_PRODUCTION_VLAN is "
          "empty");
    moved(ACCESS_7);
    uint64_t number = ask("production");
    scanned("sw1", NULL);
    assert_true(aims(number));
    assert_non_null(strstr(get(number).arguments, "\"to\":\"access 7\""));
}

static void
a_switch_that_does_not_answer_is_named(void **state)
{
    (void) state;
    see("sw1", "Gi1/0/1", ACCESS_7, 1);
    uint64_t number = ask("install");
    scanned("sw1", "unreachable: the switch does not answer");
    ENDED(number, NF_COMMAND_EXPIRED,
          "unreachable: the switch does not answer (sw1)");
    assert_false(kept().is_open);
}

static void
nothing_is_refused_before_all_have_been_looked_at(void **state)
{
    (void) state;
    uint64_t number = ask("install");
    WAITS(number);
    assert_true(seen_of("sw1").scan != 0);
    assert_true(seen_of("sw2").scan != 0);
    world.now += 1000;
    scanned("sw1", NULL);
    WAITS(number);
    scanned("sw2", "unreachable: the switch does not answer");
    ENDED(number, NF_COMMAND_EXPIRED,
          "no_port: no switch has learnt 52:54:00:00:00:01 (and these could "
          "not be read: sw2); `nf port link` says which port it is");
}

static void
two_ports_and_uplinks_are_refused(void **state)
{
    (void) state;
    see("sw1", "Gi1/0/1", ACCESS_7, 1);
    see("sw2", "Eth4", ACCESS_7, 1);
    uint64_t number = ask("install");
    scanned("sw1", NULL);
    scanned("sw2", NULL);
    ENDED(number, NF_COMMAND_EXPIRED,
          "two_ports: two ports can be the machine's own: Gi1/0/1 of sw1 and "
          "Eth4 of sw2; `nf port link` says which port it is");
    see("sw1", "Gi1/0/1", ACCESS_7 ",\"bridge\":true", 1);
    see("sw2", "Eth4", ACCESS_7 ",\"lag\":\"Po1\"", 1);
    ENDED(ask("install"), NF_COMMAND_EXPIRED,
          "uplink: no port can be the machine's own: Gi1/0/1 of sw1 is a link "
          "to another switch, Eth4 of sw2 is part of an aggregate; `nf port "
          "link` says which port it is");
}

static void
a_port_by_hand_is_anyones(void **state)
{
    struct nf_port_link link = {
        .node = mac_of(1), .device = "sw1", .port = "Gi1/0/9"};
    bool is_new;

    (void) state;
    assert_int_equal(CHANGE(nf_change_link_put(&c, &link, &is_new)), NF_OK);
    uint64_t number = ask("install");
    scanned("sw1", NULL);
    ENDED(number, NF_COMMAND_EXPIRED, "no_port: sw1 has no port Gi1/0/9");
    see("sw1", "GigabitEthernet1/0/9", ACCESS_7, 0);
    number = ask("install");
    assert_true(aims(number));
    assert_null(strstr(order_of(number), "machine"));
    assert_string_equal(kept().port, "GigabitEthernet1/0/9");
}

static void
a_second_port_is_not_moved_before_the_first_is_put_back(void **state)
{
    (void) state;
    moved(ACCESS_7);
    see("sw1", "Gi1/0/1", ACCESS_7, 0);
    see("sw1", "Gi1/0/2", ACCESS_7, 1);
    scanned("sw1", NULL);
    ENDED(ask("install"), NF_COMMAND_EXPIRED,
          "not_put_back: Gi1/0/1 of sw1, where it was before, is still in the "
          "install VLAN; `nf port restore` puts it back");
    assert_string_equal(kept().port, "Gi1/0/1");
    uint64_t number = ask("restore");
    assert_true(aims(number));
    assert_non_null(strstr(get(number).arguments, "\"port\":\"Gi1/0/1\""));
}

static void
what_cannot_be_put_back_is_not_touched(void **state)
{
    char what[4096];
    struct nf_out out = nf_out(what, sizeof(what) - 8);

    (void) state;
    see("sw1", "Gi1/0/1", "\"mode\":\"other\"", 1);
    uint64_t number = ask("install");
    scanned("sw1", NULL);
    ENDED(number, NF_COMMAND_EXPIRED,
          "unsupported: Gi1/0/1 of sw1 is neither an access port nor a trunk");
    nf_out_puts(&out, "\"mode\":\"trunk\",\"tagged\":\"2");
    for (unsigned vlan = 1000; vlan < 2000; vlan += 2) {
        nf_out_printf(&out, ",%u", vlan);
    }
    nf_out_puts(&out, "\"");
    what[out.len] = '\0';
    see("sw1", "Gi1/0/1", what, 1);
    ENDED(ask("install"), NF_COMMAND_EXPIRED,
          "unsupported: Gi1/0/1 of sw1 has a list of VLANs that is too long to "
          "be saved");
    assert_false(kept().is_open);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, make_switches, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_port_is_read_first_and_once_for_all),
        TEST(a_port_is_kept_before_it_is_moved),
        TEST(it_is_put_back_field_by_field),
        TEST(the_first_production_is_the_sites),
        TEST(without_the_sites_it_is_what_it_was),
        TEST(a_switch_that_does_not_answer_is_named),
        TEST(nothing_is_refused_before_all_have_been_looked_at),
        TEST(two_ports_and_uplinks_are_refused),
        TEST(a_port_by_hand_is_anyones),
        TEST(a_second_port_is_not_moved_before_the_first_is_put_back),
        TEST(what_cannot_be_put_back_is_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
