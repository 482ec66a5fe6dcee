/* Profiles that operators put: the log says which content each has. */
#include "world.h"

#include "change/profile.h"
#include "store/profiles.h"

/* Put one of this name and text; whether it was new. */
static bool
put(const char *name, const char *json)
{
    struct nf_profile profile = {.method = NF_METHOD_PRESEED,
                                 .json = nf_text(json)};
    bool is_new = false;

    snprintf(profile.name, sizeof(profile.name), "%s", name);
    assert_int_equal(CHANGE(nf_change_profile_put(&c, &profile, &is_new)),
                     NF_OK);
    return is_new;
}

static void
the_log_has_the_hash_of_what_is_stored(void **state)
{
    (void) state;
    assert_true(put("a", "{\"name\":\"a\"}"));
    assert_true(put("b", "{\"name\":\"b\"}"));
    assert_int_equal(world_events(NF_EVENT_PROFILE_PUT), 2);
    assert_false(put("a", "{\"name\":\"a\",\"title\":\"x\"}"));
    assert_int_equal(world_events(NF_EVENT_PROFILE_PUT), 3);
    assert_false(put("a", "{\"name\":\"a\",\"title\":\"x\"}"));
    assert_int_equal(world_events(NF_EVENT_PROFILE_PUT), 3);
    assert_null(replay_log(world.s.store));
}

static void
what_is_deleted_is_gone_from_the_log_too(void **state)
{
    (void) state;
    assert_true(put("a", "{\"name\":\"a\"}"));
    assert_int_equal(CHANGE(nf_change_profile_delete(&c, "a")), NF_OK);
    assert_int_equal(world_events(NF_EVENT_PROFILE_DELETED), 1);
    assert_null(replay_log(world.s.store));
    assert_int_equal(CHANGE(nf_change_profile_delete(&c, "a")), NF_NOT_FOUND);
    assert_string_equal(world.fault.field, "name");
    assert_int_equal(CHANGE(nf_change_profile_delete(&c, "debian-12")),
                     NF_CONFLICT);
}

static void
a_profile_that_no_event_told_of_is_found(void **state)
{
    struct nf_profile profile = {.json = NF_TEXT("{}"), .name = "b"};

    (void) state;
    assert_true(put("a", "{\"name\":\"a\"}"));
    {
        NF_WRITE(w, world.s.store);
        assert_true(nf_profiles_put(&w, &profile));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    assert_string_equal(replay_log(world.s.store), "the log says otherwise: b");
    {
        NF_WRITE(w, world.s.store);
        assert_true(nf_profiles_delete(&w, "b"));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    assert_null(replay_log(world.s.store));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_log_has_the_hash_of_what_is_stored),
        TEST(what_is_deleted_is_gone_from_the_log_too),
        TEST(a_profile_that_no_event_told_of_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
