/* Ports of a switch, part by part, as a worker tells of them. */
#include "task_world.h"

#include "../../../nf-relay/intake.c"
#include "../../../nf-relay/pace.c"
#include "change/device.h"

static struct nf_turn turn;
static struct nf_intake intake;
static uint64_t scan;
static char id[NF_COMMAND_ID_TEXT];

void
nf_turn_blame(struct nf_turn *of, const char *what, nf_error_t err)
{
    (void) of;
    fail_msg("%s: %s", what, nf_error_text(err));
}

static void
keep_quiet(enum nf_log_level level, const char *line)
{
    (void) level;
    (void) line;
}

/* A look that w1 has begun. */
static void
begin_look(void)
{
    struct nf_switch_seen seen = {.scan = 0};

    world.now += 1000;
    turn.now = world.now;
    assert_int_equal(CHANGE(nf_change_look(&c, "sw1", world.now)), NF_OK);
    {
        NF_READ(r, world.s.store);
        assert_true(nf_switches_get(&r, "sw1", &seen));
        struct nf_command command;
        assert_true(nf_commands_get(&r, seen.scan, &command));
        nf_command_format(&command, id);
    }
    scan = seen.scan;
    assert_int_equal(CHANGE(nf_change_command_sent(&c, scan, "w1", 0)), NF_OK);
}

static int
make_look(void **state)
{
    struct nf_managed_device device = {
        .driver = NF_MANAGED_IOS, .name = "sw1", .address = "10.0.0.1"};
    bool is_new;

    (void) world_make(state);
    nf_log_to(keep_quiet);
    turn = (struct nf_turn){.store = world.s.store};
    turn.settings = world.settings;
    intake = (struct nf_intake){.turn = &turn};
    assert_int_equal(CHANGE(nf_change_device_put(&c, &device, &is_new)), NF_OK);
    begin_look();
    return 0;
}

static int
drop_look(void **state)
{
    nf_intake_close(&intake);
    return world_drop(state);
}

static void
tell(const char *worker, unsigned part, bool is_last, const char *names)
{
    char text[1024];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_out_printf(&out, "{\"id\":\"%s\",\"part\":%u,\"last\":%s,\"ports\":[",
                  id, part, is_last ? "true" : "false");
    for (const char *at = names; *at != '\0'; at++) {
        nf_out_printf(&out, "%s{\"name\":\"%c\",\"mode\":\"access\"}",
                      at == names ? "" : ",", *at);
    }
    nf_out_puts(&out, "]}");
    assert_true(nf_intake_take(&intake, worker, nf_out_text(&out)));
    while (nf_intake_run(&intake) == turn.tick) {
    }
}

/* The ports that the store has of it, and how many it is said to have. */
static const char *
stored(void)
{
    static char text[128];
    struct nf_out out = nf_out(text, sizeof(text) - 1);
    char port[NF_LINK_PORT] = "";
    struct nf_switch_seen seen = {.ports = 0};
    struct nf_text json;
    NF_READ(r, world.s.store);

    while (nf_ports_next(&r, "sw1", port, &json)) {
        nf_out_puts(&out, port);
    }
    (void) nf_switches_get(&r, "sw1", &seen);
    nf_out_printf(&out, " %u", seen.ports);
    text[out.len] = '\0';
    return text;
}

static void
parts_come_in_order(void **state)
{
    (void) state;
    tell("w1", 0, false, "ab");
    assert_string_equal(stored(), "ab 0");
    tell("w1", 2, true, "x");
    tell("w2", 1, true, "y");
    tell("w1", 0, false, "ab"); /* its worker begins again */
    tell("w1", 1, false, "c");
    assert_string_equal(stored(), "abc 0");
    tell("w1", 2, true, "d");
    assert_string_equal(stored(), "abcd 4");
    assert_true(turn.counts.bad == 2);
}

static void
what_is_gone_goes_at_the_end(void **state)
{
    (void) state;
    tell("w1", 0, true, "abcd");
    begin_look();
    tell("w1", 0, false, "a");
    assert_string_equal(stored(), "abcd 4");
    tell("w1", 1, true, "ce");
    assert_string_equal(stored(), "ace 3");
}

static void
of_a_scan_whose_beginning_is_unknown_nothing_is_gone(void **state)
{
    (void) state;
    tell("w1", 0, true, "abcd");
    begin_look();
    tell("w1", 0, false, "a");
    nf_intake_close(&intake); /* nf-relay starts anew */
    tell("w1", 1, true, "e");
    assert_string_equal(stored(), "abcde 4");
}

static void
others_take_nobodys_place(void **state)
{
    (void) state;
    tell("w1", 0, false, "ab");
    for (int i = 0; i < 2 * NF_INTAKE_SCANS; i++) {
        snprintf(id, sizeof(id), "0123456789abcdef-%d", i + 1);
        turn.tick++;
        tell("w9", 0, false, "x");
    }
    struct nf_command command;
    {
        NF_READ(r, world.s.store);
        assert_true(nf_commands_get(&r, scan, &command));
    }
    nf_command_format(&command, id);
    tell("w1", 1, true, "c");
    assert_string_equal(stored(), "abc 3");
}

static void
any_bytes_may_come(void **state)
{
    static const char *const rows[] = {
        "",
        "{}",
        "[]",
        "\xff",
        "{\"id\":\"x\",\"part\":0,\"ports\":[]}",
        "{\"id\":\"0123456789abcdef-1\",\"part\":-1,\"ports\":[]}",
        "{\"id\":\"0123456789abcdef-1\",\"part\":0}",
        "{\"id\":\"0123456789abcdef-1\",\"part\":0,\"ports\":[1]}",
        "{\"id\":\"0123456789abcdef-1\",\"part\":0,\"ports\":[{}]}",
        "{\"id\":\"0123456789abcdef-1\",\"part\":0,\"ports\":{}}",
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(nf_intake_take(&intake, "w1", nf_text(rows[i])));
        assert_int_equal(turn.counts.bad, i + 1);
    }
    assert_string_equal(stored(), " 0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_look, drop_look)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parts_come_in_order),
        TEST(what_is_gone_goes_at_the_end),
        TEST(of_a_scan_whose_beginning_is_unknown_nothing_is_gone),
        TEST(others_take_nobodys_place),
        TEST(any_bytes_may_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
