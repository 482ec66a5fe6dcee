/* What machines report, as lines of nf-relay's log. */
#include "site.h"

#include "../../../nf-relay/tell.c"
#include "store/events.h"

static char lines[4096];
static struct nf_out out;

static void
keep_line(enum nf_log_level level, const char *line)
{
    assert_int_equal(level, NF_LOG_INFO);
    nf_out_puts(&out, line);
    nf_out_putc(&out, '\n');
}

/* All of the log, told. */
static const char *
told(void)
{
    struct nf_event event;
    uint64_t at = 0;
    NF_READ(r, world.s.store);

    out = nf_out(lines, sizeof(lines) - 1);
    nf_log_to(keep_line);
    while (nf_events_read(&r, &at, &event)) {
        nf_tell(&r, &world.settings, &event);
    }
    lines[out.len] = '\0';
    return lines;
}

static void
report(unsigned n, const char *sn)
{
    char body[160];

    snprintf(body, sizeof(body),
             "{\"mac\":\"5254%08x\",\"hardware\":{\"serial_number\":\"%s\"}}",
             n, sn);
    assert_int_equal(ask(NF_POST, "/api/v1/report", body), 200);
}

static void
each_report_is_one_line(void **state)
{
    (void) state;
    world_set("NF_IDC", "dc7");
    report(1, "SRV-1");
    report(1, "SRV-1");
    assert_int_equal(ask(NF_POST, "/api/v1/progress",
                         "{\"sn\":\"SRV-1\",\"step\":\"task_wait\","
                         "\"percent\":20}"),
                     200);
    assert_int_equal(ask(NF_POST, "/api/v1/progress",
                         "{\"sn\":\"SRV-1\",\"step\":\"installing\","
                         "\"percent\":70}"),
                     200);
    report(2, "");
    assert_string_equal(
        told(), "[dc7] Received hardware report from SRV-1 (MAC: "
                "52:54:00:00:00:01)\n"
                "[dc7] Hardware report unmatched (stored): 52:54:00:00:00:01\n"
                "[dc7] Progress update from SRV-1: task_wait (20%)\n"
                "[dc7] Progress update from SRV-1: installing (70%)\n"
                "[dc7] Received hardware report from 52:54:00:00:00:02 (MAC: "
                "52:54:00:00:00:02)\n"
                "[dc7] Hardware report unmatched (stored): "
                "52:54:00:00:00:02\n");
}

static void
its_start_says_what_it_watches(void **state)
{
    (void) state;
    world_set("NF_IDC", "dc7");
    (void) told();
    nf_tell_start(&world.settings);
    lines[out.len] = '\0';
    assert_string_equal(
        lines, "[dc7] Watching for server additions in /os/dc7/servers/\n"
               "[dc7] Watching for task changes in /os/dc7/machines/\n");
}

static void
other_events_are_none(void **state)
{
    (void) state;
    create(1);
    report(2, "SRV-2");
    assert_int_equal(
        ask(NF_DELETE, "/api/v1/unmatched-reports/525400000002", NULL), 204);
    (void) told();
    assert_null(strstr(lines, "52:54:00:00:00:01"));
    assert_non_null(strstr(lines, "unmatched"));
    assert_null(strstr(strstr(lines, "unmatched") + 1, "unmatched"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_report_is_one_line),
        TEST(its_start_says_what_it_watches),
        TEST(other_events_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
