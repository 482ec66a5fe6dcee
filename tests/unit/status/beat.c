/* What nf-relay says of itself, and what comes of a file that is not its. */
#include "world.h"

#include <sys/stat.h>

#include "base/put.h"
#include "change/device.h"
#include "change/worker.h"
#include "dhcp/pool.h"
#include "status/beat.h"
#include "status/failing.h"
#include "status/find.h"

static int
make(void **state)
{
    char dir[128];

    (void) world_make(state);
    world_set("NF_RUN_DIR", world.s.dir);
    for (int i = 0; i < 2; i++) {
        snprintf(dir, sizeof(dir), "%s/%s", world.s.dir,
                 i == 0 ? "relay" : "reserve");
        assert_int_equal(mkdir(dir, 0755), 0);
    }
    return 0;
}

static int
drop(void **state)
{
    static const char *const names[] = {"relay/state", "reserve/full", "relay",
                                        "reserve"};
    char path[128];

    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/%s", world.s.dir, names[i]);
        (void) remove(path);
    }
    return world_drop(state);
}

static void
write_state(const char *text)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/relay/state", world.s.dir);
    assert_true(nf_put(path, nf_text(text)) != NF_PUT_FAILED);
}

static void
what_was_said_is_read(void **state)
{
    struct nf_beat beat = {.said = NOW, .process = 12}, got;

    (void) state;
    nf_ill_set(&beat.ills[NF_ILL_BROKER], NOW - 5,
               "a:1883: Connection\nrefused");
    nf_ill_set(&beat.ills[NF_ILL_BROKER], NOW, "again");
    nf_ill_set(&beat.ills[NF_ILL_SPOOL], NOW, "x");
    nf_ill_set(&beat.ills[NF_ILL_SPOOL], NOW, NULL);
    assert_true(nf_beat_put(&world.settings, &beat));
    assert_true(nf_beat_get(&world.settings, &got));
    assert_int_equal(got.said, NOW);
    assert_int_equal(got.process, 12);
    assert_int_equal(got.ills[NF_ILL_BROKER].since, NOW - 5);
    assert_string_equal(got.ills[NF_ILL_BROKER].words, "again");
    assert_int_equal(got.ills[NF_ILL_SPOOL].since, 0);
}

static void
what_makes_no_sense_is_nothing(void **state)
{
    static const char *const texts[] = {
        "",       "\n", "x 12\n", "12\n", "12 x\n", "99999999999999999999 12\n",
        "-5 12\n"};
    struct nf_beat beat;

    (void) state;
    assert_false(nf_beat_get(&world.settings, &beat));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_state(texts[i]);
        assert_false(nf_beat_get(&world.settings, &beat));
        assert_int_equal(beat.said, 0);
    }
    write_state("12 13\nbroker\nbroker x\nspool 5 \x01\x1b[2J\nlater 5 x\n");
    assert_true(nf_beat_get(&world.settings, &beat));
    assert_int_equal(beat.ills[NF_ILL_BROKER].since, 0);
    assert_string_equal(beat.ills[NF_ILL_SPOOL].words, "??[2J");
}

static bool
has(enum nf_trouble_kind kind, nf_time_t *since)
{
    struct nf_troubles troubles;
    NF_READ(r, world.s.store);

    nf_status_find(&world.settings, &r, world.now, &troubles);
    for (size_t i = 0; i < troubles.n; i++) {
        if (troubles.each[i].kind == kind) {
            *since = troubles.each[i].since;
            return true;
        }
    }
    return false;
}

/* A clock that was set back makes no time of the future. */
static void
a_beat_of_another_time_is_none(void **state)
{
    nf_time_t since;

    (void) state;
    write_state("1769076000000 2147483647\n");
    assert_false(has(NF_TROUBLE_RELAY_GONE, &since));
    world.now = NOW + NF_SECONDS(16);
    assert_true(has(NF_TROUBLE_RELAY_GONE, &since));
    assert_int_equal(since, NOW);
    world.now = NOW - NF_MINUTES(60);
    assert_true(has(NF_TROUBLE_RELAY_GONE, &since));
    assert_int_equal(since, world.now);
}

static void
a_pool_is_full_until_nobody_asked_for_long(void **state)
{
    struct nf_pool_full full = {.since = NOW - NF_MINUTES(30), .last = NOW};
    nf_time_t since;

    (void) state;
    assert_false(has(NF_TROUBLE_POOL, &since));
    assert_true(nf_pool_put(&world.settings, &full));
    assert_true(has(NF_TROUBLE_POOL, &since));
    assert_int_equal(since, full.since);
    world.now += NF_SECONDS(NF_POOL_FULL_S + 1);
    assert_false(has(NF_TROUBLE_POOL, &since));
    full.since = 0;
    world.now = NOW;
    assert_true(nf_pool_put(&world.settings, &full));
    assert_false(has(NF_TROUBLE_POOL, &since));
}

/* Without devices and commands, and where none is to run here, none is
 * missed. */
static void
a_worker_is_missed_where_one_is_needed(void **state)
{
    struct nf_managed_device device = {
        .driver = NF_MANAGED_IOS, .name = "sw1", .address = "10.0.0.1"};
    nf_time_t since;
    bool is_new;

    (void) state;
    write_state("1769076000000 2147483647\nworker 1769075990000 \n");
    world_set("NF_BMC", "0");
    assert_false(has(NF_TROUBLE_NO_WORKER, &since));
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", true, NULL)), NF_OK);
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", false, NULL)), NF_OK);
    assert_false(has(NF_TROUBLE_NO_WORKER, &since));
    world_set("NF_BMC", "1");
    assert_true(has(NF_TROUBLE_NO_WORKER, &since));
    assert_int_equal(since, NOW);
    /* after a start it has a moment to connect */
    write_state("1769076000000 2147483647\nworker 1769075990001 \n");
    assert_false(has(NF_TROUBLE_NO_WORKER, &since));
    write_state("1769076000000 2147483647\nworker 1769075990000 \n");
    world_set("NF_BMC", "0");
    assert_int_equal(CHANGE(nf_change_device_put(&c, &device, &is_new)), NF_OK);
    assert_true(has(NF_TROUBLE_NO_WORKER, &since));
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", true, NULL)), NF_OK);
    assert_false(has(NF_TROUBLE_NO_WORKER, &since));
}

/* A folder that is not there says nothing. */
static void
boot_files_may_have_no_room(void **state)
{
    nf_time_t since;

    (void) state;
    world_set("NF_FILES_DIR", "/none");
    assert_false(has(NF_TROUBLE_FILES_FULL, &since));
    world_set("NF_FILES_DIR", world.s.dir);
    assert_false(has(NF_TROUBLE_FILES_FULL, &since));
}

static void
programs_that_fail_are_told_until_they_stay(void **state)
{
    struct nf_failing all[] = {
        {.name = "dnsmasq", .since = NOW - 60000, .words = "ended: a\nb"},
        {.name = "mosquitto", .since = NOW - 9000, .started = NOW - 5000}};
    struct nf_failing got;
    nf_time_t since;

    (void) state;
    assert_false(nf_failing_get(&world.settings, NOW, "dnsmasq", &got));
    assert_true(nf_failing_put(&world.settings, all, 1));
    assert_true(has(NF_TROUBLE_DHCP_GONE, &since));
    assert_int_equal(since, NOW - 60000);
    all[0].words[0] = '\0';
    assert_true(nf_failing_put(&world.settings, all, 2));
    assert_true(nf_failing_get(&world.settings, NOW, "dnsmasq", &got));
    assert_true(nf_failing_get(&world.settings, NOW, "mosquitto", &got));
    assert_false(
        nf_failing_get(&world.settings, NOW + 5000, "mosquitto", &got));
    assert_false(
        nf_failing_get(&world.settings, NOW - 3600000, "mosquitto", &got));
    assert_false(nf_failing_get(&world.settings, NOW, "nginx", &got));
    assert_true(nf_failing_put(&world.settings, NULL, 0));
    assert_true(nf_failing_put(&world.settings, NULL, 0));
    assert_false(has(NF_TROUBLE_DHCP_GONE, &since));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_said_is_read),
        TEST(what_makes_no_sense_is_nothing),
        TEST(a_beat_of_another_time_is_none),
        TEST(a_worker_is_missed_where_one_is_needed),
        TEST(boot_files_may_have_no_room),
        TEST(programs_that_fail_are_told_until_they_stay),
        TEST(a_pool_is_full_until_nobody_asked_for_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
