/* What nf-relay saw of the mirror: written and read, whom it concerns, and
 * what comes of a file that is not its. */
#include "world.h"

#include <sys/stat.h>

#include "base/put.h"
#include "model/mirror.h"
#include "status/find.h"
#include "status/mirror.h"

static int
make(void **state)
{
    char dir[128];

    (void) world_make(state);
    world_set("NF_RUN_DIR", world.s.dir);
    snprintf(dir, sizeof(dir), "%s/relay", world.s.dir);
    assert_int_equal(mkdir(dir, 0755), 0);
    return 0;
}

static int
drop(void **state)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/relay/mirror", world.s.dir);
    (void) remove(path);
    *strrchr(path, '/') = '\0';
    assert_int_equal(remove(path), 0);
    return world_drop(state);
}

static void
write_state(const char *text)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/relay/mirror", world.s.dir);
    assert_true(nf_put(path, nf_text(text)) != NF_PUT_FAILED);
}

static const char *
fails(const char *suite)
{
    static char words[NF_MIRROR_WORDS];

    return nf_mirror_fails(&world.settings, world.now, suite, words) ? words
                                                                     : NULL;
}

/* What /health would say, or NULL. */
static const char *
trouble(void)
{
    static char words[NF_TROUBLE_WORDS];
    struct nf_troubles troubles;
    NF_READ(r, world.s.store);

    nf_status_find(&world.settings, &r, world.now, &troubles);
    for (size_t i = 0; i < troubles.n; i++) {
        if (troubles.each[i].kind == NF_TROUBLE_MIRROR) {
            assert_int_equal(troubles.each[i].since, NOW - 5);
            memcpy(words, troubles.each[i].words, sizeof(words));
            return words;
        }
    }
    return NULL;
}

static void
each_suite_has_its_own_state(void **state)
{
    struct nf_mirror_state seen = {
        .said = NOW,
        .n = 3,
        .each = {{.name = "bookworm", .is_wanted = true},
                 {.name = "trixie", .since = NOW - 9, .words = "answered 404"},
                 {.name = "sid",
                  .is_wanted = true,
                  .since = NOW - 5,
                  .words = "no answer within 10 seconds"}}};

    (void) state;
    assert_null(fails("trixie"));
    assert_true(nf_mirror_put(&world.settings, &seen));
    assert_null(fails("bookworm"));
    assert_string_equal(fails("trixie"), "answered 404");
    assert_string_equal(fails("sid"), "no answer within 10 seconds");
    assert_null(fails("buster"));
    assert_string_equal(trouble(),
                        "deb.debian.org: no answer within 10 seconds");
    seen.each[2].is_wanted = false;
    assert_true(nf_mirror_put(&world.settings, &seen));
    assert_null(trouble());
}

static void
what_was_seen_long_ago_is_nothing(void **state)
{
    (void) state;
    write_state("1769076000000\nbookworm 1 1769075999995 x\n");
    assert_string_equal(trouble(), "deb.debian.org: x");
    world.now = NOW + NF_SECONDS(NF_MIRROR_STALE_S);
    assert_non_null(fails("bookworm"));
    world.now += 1;
    assert_null(fails("bookworm"));
    assert_null(trouble());
    world.now = NOW - NF_SECONDS(NF_MIRROR_STALE_S) - 1;
    assert_null(fails("bookworm"));
}

static void
what_makes_no_sense_is_nothing(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "x\n",
        "-1\n",
        "bookworm 1 5 x\n",
        "1769076000000\nbookworm\n",
        "1769076000000\nbookworm 1\n",
        "1769076000000\nbookworm x 5 y\n",
        "1769076000000\nbookworm 1 x y\n",
        "1769076000000\n 1 5 y\n",
        "1769076000000\na-name-of-more-letters-than-any-suite-has 1 5 y\n"};

    (void) state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_state(texts[i]);
        assert_null(fails("bookworm"));
    }
    write_state("1769076000000\nx\nbookworm 1 5 \x01\x1b[2J\n");
    assert_string_equal(fails("bookworm"), "??[2J");
    write_state("1769076000000\na 1 5 x\nb 1 5 x\nc 1 5 x\nd 1 5 x\ne 1 5 x\n"
                "f 1 5 x\ng 1 5 x\nh 1 5 x\ni 1 5 x\n");
    assert_non_null(fails("h"));
    assert_null(fails("i"));
}

static void
only_who_fetches_packages_needs_it(void **state)
{
    static const struct {
        const char *json;
        bool needs;
    } all[] = {
        {"{\"method\":\"preseed\",\"suite\":\"bookworm\"}", true},
        {"{\"method\":\"preseed\",\"suite\":\"bookworm\",\"image\":{\"file\":"
         "\"x.img\"}}",
         true},
        {"{\"method\":\"image\",\"image\":{\"file\":\"x.img\"}}", false},
        {"{\"method\":\"image\",\"image\":{\"file\":\"x.img\"},\"packages\":[],"
         "\"os_type\":\"debian\",\"suite\":\"bookworm\"}",
         false},
        {"{\"method\":\"image\",\"image\":{\"file\":\"x.img\"},\"packages\":["
         "\"mc\"],\"os_type\":\"debian\",\"suite\":\"bookworm\"}",
         true},
        {"{\"method\":\"autoinstall\",\"kernel\":\"k\",\"initrd\":\"i\","
         "\"iso\":\"x.iso\",\"packages\":[\"mc\"]}",
         false},
        {"{\"method\":\"kickstart\",\"repository\":\"http://m/\",\"packages\":["
         "\"mc\"]}",
         false},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        nf_arena_t *arena = nf_arena_new();
        struct nf_profile profile;
        struct nf_fault fault;
        if (nf_profile_read(nf_text(all[i].json), arena, &profile, &fault)
            != NF_OK) {
            fail_msg("%s: %s %s", all[i].json, fault.field, fault.reason);
        }
        assert_int_equal(nf_profile_needs_mirror(&profile, arena),
                         all[i].needs);
        nf_arena_free(arena);
    }
}

static void
the_setting_has_parts(void **state)
{
    static const struct {
        const char *setting, *socket, *host, *path;
    } all[] = {
        {"m.example", "", "m.example", "debian"},
        {"http://m.example:81/", "", "m.example:81", "debian"},
        {"m.example/a/b//", "", "m.example", "a/b"},
        {"unix:/run/m.sock", "/run/m.sock", "localhost", "debian"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct nf_mirror mirror;
        nf_mirror_split(all[i].setting, &mirror);
        assert_true(nf_text_equal(mirror.socket, nf_text(all[i].socket)));
        assert_true(nf_text_equal(mirror.host, nf_text(all[i].host)));
        assert_true(nf_text_equal(mirror.path, nf_text(all[i].path)));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_suite_has_its_own_state),
        TEST(what_was_seen_long_ago_is_nothing),
        TEST(what_makes_no_sense_is_nothing),
        TEST(only_who_fetches_packages_needs_it),
        TEST(the_setting_has_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
