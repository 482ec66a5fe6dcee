/* Profiles: own ones over shipped ones, and the copies of tasks. */
#include "room.h"

#include "store/key.h"
#include "store/profiles.h"

static struct nf_profile
profile_of(const char *name, const char *title)
{
    struct nf_profile profile = {.revision = 7,
                                 .method = NF_METHOD_KICKSTART,
                                 .json = NF_TEXT("{\"method\":\"kickstart\"}")};

    snprintf(profile.name, sizeof(profile.name), "%s", name);
    snprintf(profile.title, sizeof(profile.title), "%s", title);
    return profile;
}

static void
put(const struct nf_profile *profile)
{
    NF_WRITE(w, s.store);
    assert_true(nf_profiles_put(&w, profile));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
an_own_one_stands_for_a_shipped_one(void **state)
{
    struct nf_profile mine = profile_of("debian-12", "Mine"), found;

    (void) state;
    put(&mine);
    {
        NF_READ(r, s.store);
        assert_true(nf_profiles_get(&r, "debian-12", &found));
        assert_string_equal(found.title, "Mine");
        assert_int_equal(found.revision, 7);
        assert_true(nf_text_equal(found.json, mine.json));
        assert_true(nf_profiles_get(&r, "debian-13", &found));
        assert_int_equal(found.revision, 0);
        assert_false(nf_profiles_get_own(&r, "debian-13", &found));
        assert_false(nf_profiles_get(&r, "../x", &found));
        assert_false(nf_profiles_get(&r, "", &found));
        assert_int_equal(r.err, NF_OK);
    }
    NF_WRITE(w, s.store);
    assert_true(nf_profiles_delete(&w, "debian-12"));
    assert_true(nf_profiles_get(&w.read, "debian-12", &found));
    assert_int_equal(found.revision, 0);
}

static void
all_are_walked_by_name(void **state)
{
    struct nf_profile first = profile_of("aaa", ""), same, last, at = {0};
    size_t n = 0, own = 0, shipped = 0;
    char before[NF_PROFILE_NAME] = "";

    (void) state;
    same = profile_of("rocky-9", "");
    last = profile_of("zzz", "");
    put(&last);
    put(&same);
    put(&first);
    for (const struct nf_profile *p = nf_profiles; p->name[0] != '\0'; p++) {
        shipped++;
    }
    NF_READ(r, s.store);
    for (; nf_profiles_next(&r, at.name, &at); n++) {
        assert_true(strcmp(before, at.name) < 0);
        memcpy(before, at.name, sizeof(before));
        own += at.revision != 0;
    }
    assert_int_equal(own, 3);
    assert_int_equal(n, shipped + 2);
    assert_string_equal(before, "zzz");
}

static void
a_task_has_its_copy(void **state)
{
    struct nf_profile mine = profile_of("mine", "Mine"), found;
    NF_WRITE(w, s.store);

    (void) state;
    assert_false(nf_task_profiles_get(&w.read, 5, &found));
    assert_true(nf_task_profiles_put(&w, 5, &mine));
    assert_true(nf_task_profiles_get(&w.read, 5, &found));
    assert_string_equal(found.name, "mine");
    assert_false(nf_task_profiles_get(&w.read, 6, &found));
    assert_true(nf_task_profiles_delete(&w, 5));
    assert_false(nf_task_profiles_get(&w.read, 5, &found));
    assert_int_equal(w.read.err, NF_OK);
}

static void
what_makes_no_sense_is_not_read(void **state)
{
    struct nf_profile bad = profile_of("bad", ""), found;
    struct nf_key key = nf_key_number(1);

    (void) state;
    bad.method = 9;
    for (int i = 0; i < 2; i++) {
        NF_WRITE(w, s.store);
        if (i == 0) {
            assert_true(nf_task_profiles_put(&w, 1, &bad));
        } else {
            assert_true(nf_write_put(&w, NF_TASK_PROFILES, nf_key_bytes(&key),
                                     (struct nf_bytes){"short", 5}));
        }
        assert_false(nf_task_profiles_get(&w.read, 1, &found));
        assert_int_equal(w.read.err, NF_CORRUPT);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_own_one_stands_for_a_shipped_one,
                                        make, drop),
        cmocka_unit_test_setup_teardown(all_are_walked_by_name, make, drop),
        cmocka_unit_test_setup_teardown(a_task_has_its_copy, make, drop),
        cmocka_unit_test_setup_teardown(what_makes_no_sense_is_not_read, make,
                                        drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
