/* What machines print: who may say it, what is kept of it, and for how long. */
#include "../task_site.h"

#include "change/console.h"
#include "store/consoles.h"

#define CONSOLE "/api/v1/nodes/525400000001/console"

static unsigned
prints(const char *session, unsigned offset, const char *text, struct ask who)
{
    static char body[NF_CONSOLE_TEXT_MAX * 2];
    struct nf_out out = nf_out(body, sizeof(body) - 1);

    nf_out_printf(&out,
                  "{\"mac\":\"525400000001\",\"session\":\"%s\",\"offset\":%u,"
                  "\"text\":",
                  session, offset);
    nf_out_json(&out, nf_text(text));
    nf_out_putc(&out, '}');
    body[out.len] = '\0';
    world.now += NF_SECONDS(2);
    return ask_with(NF_POST, DEVICE "console", body, who);
}

static void
machine_with_a_task(void)
{
    lease(11, 1);
    assert_int_equal(create_task("{\"mac\":\"525400000001\"}"), 201);
}

static const char *
kept(const char *query)
{
    static char text[2 * NF_CONSOLE_TAIL];
    char path[96];

    snprintf(path, sizeof(path), CONSOLE "%s", query);
    assert_int_equal(ask(NF_GET, path, NULL), 200);
    json_t *object = json_loads(answer.text, 0, NULL);
    snprintf(text, sizeof(text), "%s",
             json_string_value(json_object_get(object, "text")));
    json_decref(object);
    return text;
}

static void
what_it_prints_is_read(void **state)
{
    (void) state;
    machine_with_a_task();
    assert_int_equal(ask(NF_GET, CONSOLE, NULL), 404);
    assert_int_equal(prints("a1", 0, "one\ntwo\n", node_1), 200);
    EXPECT(200, "{\"wanted\":true,\"pause\":2}");
    assert_string_equal(kept(""),
                        "--- nf-agent, heard 2026-01-22T10:00:02Z ---\n"
                        "one\ntwo\n");
    EXPECT(200, "\"next\":53");
    assert_int_equal(prints("a1", 8, "three\n", node_1), 200);
    assert_string_equal(kept("?since=53"), "three\n");
    assert_string_equal(kept("?since=59"), "");
    assert_int_equal(ask(NF_GET, CONSOLE "?since=x", NULL), 400);
}

static void
what_comes_twice_is_kept_once(void **state)
{
    (void) state;
    machine_with_a_task();
    (void) prints("a1", 0, "one\n", node_1);
    (void) prints("a1", 0, "one\n", node_1);
    (void) prints("a1", 0, "one\ntwo\n", node_1);
    (void) prints("a1", 20, "far\n", node_1);
    (void) prints("b2", 0, "anew\n", node_1);
    assert_string_equal(kept(""),
                        "--- nf-agent, heard 2026-01-22T10:00:02Z ---\n"
                        "one\ntwo\n"
                        "--- 12 bytes were not received ---\n"
                        "far\n"
                        "--- nf-agent, heard 2026-01-22T10:00:10Z ---\n"
                        "anew\n");
}

static void
a_terminal_is_safe(void **state)
{
    (void) state;
    machine_with_a_task();
    (void) prints("a1", 0, "\x1b[2J\x07 \xc2\x9b \xe4\xbd\xa0\t|\n", node_1);
    assert_non_null(strstr(kept(""), "?[2J? ?? \xe4\xbd\xa0\t|\n"));
}

/* As long as it prints: the last 64 KiB, in whole lines. */
static void
the_last_of_it_is_kept(void **state)
{
    char text[4097];
    unsigned offset = 0;

    (void) state;
    machine_with_a_task();
    for (unsigned i = 0; i < 40; i++) {
        for (unsigned at = 0; at < 4096; at += 32) {
            snprintf(text + at, 33, "%04u %26u\n", i, at);
        }
        assert_int_equal(prints("a1", offset, text, node_1), 200);
        offset += 4096;
    }
    const char *tail = kept("");
    size_t len = strlen(tail);
    assert_true(len > NF_CONSOLE_TAIL - 64 && len <= NF_CONSOLE_TAIL);
    assert_string_equal(tail + len - 32,
                        "0039                       4064\n" + 0);
    assert_int_equal(len % 32, 0);
    NF_READ(r, world.s.store);
    assert_true(nf_read_count(&r, NF_CONSOLES) <= NF_CONSOLE_KEEP);
}

static void
nobody_else_says_it(void **state)
{
    (void) state;
    machine_with_a_task();
    assert_int_equal(prints("a1", 0, "x\n", node_2), 403);
    assert_int_equal(prints("zz", 0, "x\n", node_1), 400);
    assert_int_equal(prints("a1", 0, "", node_1), 400);
    assert_int_equal(ask(NF_GET, CONSOLE, NULL), 404);
    /* nor faster than it may */
    assert_int_equal(prints("a1", 0, "x\n", node_1), 200);
    world.now -= NF_SECONDS(2);
    assert_int_equal(prints("a1", 2, "y\n", node_1), 503);
}

static void
a_machine_without_a_task_is_not_listened_to(void **state)
{
    (void) state;
    lease(11, 1);
    assert_int_equal(prints("a1", 0, "x\n", node_1), 200);
    EXPECT(200, "\"wanted\":false");
    assert_int_equal(ask(NF_GET, CONSOLE, NULL), 404);
    assert_int_equal(create_task("{\"mac\":\"525400000001\"}"), 201);
    assert_int_equal(prints("a1", 0, "x\n", node_1), 200);
    EXPECT(200, "\"wanted\":true");
    assert_int_equal(
        ask(NF_POST, TASKS "/525400000001/cancel", "{\"reason\":\"x\"}"), 200);
    assert_int_equal(prints("a1", 2, "why\n", node_1), 200);
    EXPECT(200, "\"wanted\":true");
    world.now += NF_MINUTES(61);
    assert_int_equal(prints("a1", 6, "x\n", node_1), 200);
    EXPECT(200, "\"wanted\":false");
    assert_non_null(strstr(kept(""), "why\n"));
}

static void
tick(void)
{
    nf_time_t next;

    assert_int_equal(CHANGE(nf_change_clock(&c, 100, &next)), NF_OK);
}

static void
it_goes_a_day_after_the_last_line(void **state)
{
    (void) state;
    machine_with_a_task();
    (void) prints("a1", 0, "x\n", node_1);
    world.now += NF_MINUTES(23 * 60);
    (void) prints("a1", 2, "y\n", node_1);
    world.now += NF_MINUTES(23 * 60);
    tick();
    assert_int_equal(ask(NF_GET, CONSOLE, NULL), 200);
    world.now += NF_MINUTES(61);
    tick();
    assert_int_equal(ask(NF_GET, CONSOLE, NULL), 404);
    NF_READ(r, world.s.store);
    assert_int_equal(nf_read_count(&r, NF_CONSOLES), 0);
}

static void
it_goes_with_its_node(void **state)
{
    (void) state;
    machine_with_a_task();
    (void) prints("a1", 0, "x\n", node_1);
    assert_int_equal(ask(NF_POST, TASKS "/525400000001/cancel", "{}"), 200);
    assert_int_equal(ask(NF_DELETE, "/api/v1/nodes/525400000001", NULL), 204);
    NF_READ(r, world.s.store);
    assert_int_equal(nf_read_count(&r, NF_CONSOLES), 0);
}

/* All of them are bounded: who has been silent longest gives way. */
static void
the_oldest_gives_way(void **state)
{
    (void) state;
    world_set("NF_CONSOLE_ROOM", "1"); /* 256 pieces */
    for (unsigned n = 2; n < 20; n++) {
        struct nf_console_end end = {.session = n, .time = world.now + n};
        static char text[NF_CONSOLE_TEXT_MAX];
        memset(text, 'x', sizeof(text));
        NF_WRITE(w, world.s.store);
        for (unsigned i = 0; i < 5; i++) {
            assert_true(nf_consoles_add(&w, mac_of(n), &end,
                                        (struct nf_text){text, sizeof(text)}));
        }
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    machine_with_a_task();
    assert_int_equal(prints("a1", 0, "x\n", node_1), 200);
    EXPECT(200, "\"wanted\":false"); /* one call lets one go */
    for (unsigned i = 0; i < 5; i++) {
        (void) prints("a1", 0, "x\n", node_1);
    }
    EXPECT(200, "\"wanted\":true");
    struct nf_console_end end;
    NF_READ(r, world.s.store);
    assert_false(nf_consoles_end(&r, mac_of(2), &end));
    assert_true(nf_consoles_end(&r, mac_of(19), &end));
    assert_true(nf_read_count(&r, NF_CONSOLES) <= 256);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_it_prints_is_read),
        TEST(what_comes_twice_is_kept_once),
        TEST(a_terminal_is_safe),
        TEST(the_last_of_it_is_kept),
        TEST(nobody_else_says_it),
        TEST(a_machine_without_a_task_is_not_listened_to),
        TEST(it_goes_a_day_after_the_last_line),
        TEST(it_goes_with_its_node),
        TEST(the_oldest_gives_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
