/*
 * Documents as trees: what is read is what is written, and merging by the
 * examples of RFC 7396 appendix A.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json/tree.h"

static nf_arena_t *arena;

static struct nf_value
read_value(const char *json)
{
    struct nf_fault fault = {0};
    struct nf_value value;

    if (nf_json_tree(nf_text(json), arena, &value, &fault) != NF_OK) {
        fail_msg("%s: %s", json, fault.reason);
    }
    return value;
}

static void
expect_json(const struct nf_value *value, const char *wanted)
{
    char text[256];
    struct nf_out out = nf_out(text, sizeof(text) - 1);

    nf_value_json(&out, value);
    assert_false(out.full);
    text[out.len] = '\0';
    assert_string_equal(text, wanted);
}

static void
what_is_read_is_written(void **state)
{
    static const char *const texts[] = {
        "{\"a\":[1,-2,{\"b\":null}],\"c\":true,\"d\":false,\"e\":\"x\\n\\\"\"}",
        "[]",
        "{}",
        "{\"\":{}}",
    };

    (void) state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct nf_value value = read_value(texts[i]);
        expect_json(&value, texts[i]);
    }
}

static void
a_tree_outlives_its_text(void **state)
{
    char text[] = "{\"name\":\"value\"}";
    struct nf_value value = read_value(text);

    (void) state;
    memset(text, 'x', sizeof(text) - 1);
    assert_true(
        nf_text_equal(nf_value_member_text(&value, "name"), NF_TEXT("value")));
    assert_null(nf_value_member(&value, "other"));
    assert_null(nf_value_member(NULL, "name"));
    assert_int_equal(nf_value_member_text(NULL, "name").len, 0);
}

/* target, patch, result */
static const char *const examples[][3] = {
    {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
    {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
    {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
    {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
    {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
    {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
    {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
     "{\"a\":{\"b\":\"d\"}}"},
    {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
    {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
    {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
    {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
    {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
    {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
};

static void
merging_is_as_specified(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct nf_value target = read_value(examples[i][0]);
        struct nf_value patch = read_value(examples[i][1]);
        struct nf_value merged;
        assert_int_equal(nf_value_merge(&target, &patch, arena, &merged),
                         NF_OK);
        expect_json(&merged, examples[i][2]);
    }
}

static int
begin(void **state)
{
    (void) state;
    arena = nf_arena_new();
    return arena == NULL ? -1 : 0;
}

static int
end(void **state)
{
    (void) state;
    nf_arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_written),
        cmocka_unit_test(a_tree_outlives_its_text),
        cmocka_unit_test(merging_is_as_specified),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
