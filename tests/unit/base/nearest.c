/* Which word was meant. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/nearest.h"

static void
letters_that_differ_are_counted(void **state)
{
    static const struct {
        const char *a, *b;
        size_t distance;
    } rows[] = {
        {"", "", 0},           {"", "abc", 3},       {"nodes", "nodes", 0},
        {"nodez", "nodes", 1}, {"nods", "nodes", 1}, {"nodexs", "nodes", 1},
        {"watch", "wacth", 1}, {"watch", "why", 4},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(
            nf_text_distance(nf_text(rows[i].a), nf_text(rows[i].b)),
            rows[i].distance);
        assert_int_equal(
            nf_text_distance(nf_text(rows[i].b), nf_text(rows[i].a)),
            rows[i].distance);
    }
}

static const char *
nearest(const char *typed)
{
    struct nf_nearest found = {.typed = nf_text(typed)};

    nf_nearest_look(&found, "install");
    nf_nearest_look(&found, "reinstall");
    nf_nearest_look(&found, "nodes");
    nf_nearest_look(&found, "node");
    return found.word;
}

static void
the_nearest_word_is_offered_and_none_that_is_far(void **state)
{
    char longer[NF_NEAREST_MAX + 2];

    (void) state;
    assert_string_equal(nearest("nodez"), "nodes");
    assert_string_equal(nearest("nod"), "node");
    assert_string_equal(nearest("intsall"), "install");
    assert_string_equal(nearest("reinstal"), "reinstall");
    assert_null(nearest("xyz"));
    assert_null(nearest(""));
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_null(nearest(longer));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_that_differ_are_counted),
        cmocka_unit_test(the_nearest_word_is_offered_and_none_that_is_far),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
