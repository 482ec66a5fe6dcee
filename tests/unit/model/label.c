/* Labels and selectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/label.h"

static char room[NF_LABELS_JSON_MAX + 1];
static struct nf_fault fault;

/* What labels become, or NULL. */
static const char *
merge(const char *labels, const char *patch)
{
    nf_arena_t *arena = nf_arena_new();
    struct nf_out out = nf_out(room, NF_LABELS_JSON_MAX);

    fault = (struct nf_fault){0};
    nf_error_t err =
        nf_labels_merge(nf_text(labels), nf_text(patch), arena, &out, &fault);
    nf_arena_free(arena);
    room[out.len] = '\0';
    if (err != NF_OK) {
        assert_int_equal(err, NF_INVALID);
        assert_int_equal(out.len, 0);
        assert_true(fault.reason[0] != '\0');
    }
    return err == NF_OK ? room : NULL;
}

static void
labels_are_kept_in_order(void **state)
{
    (void) state;
    assert_string_equal(merge("", "{\"b\":\"2\",\"a\":\"1\",\"ab\":\"\"}"),
                        "{\"a\":\"1\",\"ab\":\"\",\"b\":\"2\"}");
    assert_string_equal(merge("{\"a\":\"1\",\"b\":\"2\"}",
                              "{\"c\":\"3\",\"a\":null,\"b\":\"4\"}"),
                        "{\"b\":\"4\",\"c\":\"3\"}");
    assert_string_equal(merge("{\"a\":\"1\"}", "{\"a\":null,\"x\":null}"), "");
    assert_string_equal(merge("{\"a\":\"1\"}", "{}"), "{\"a\":\"1\"}");
}

static void
what_is_no_label_is_refused_by_name(void **state)
{
    static const char *const bad[] = {"{\"\":\"x\"}",
                                      "{\"-a\":\"x\"}",
                                      "{\"a.\":\"x\"}",
                                      "{\"a b\":\"x\"}",
                                      "{\"a\\\"\":\"x\"}",
                                      "{\"\\u00e4\":\"x\"}",
                                      "{\"a=b\":\"x\"}",
                                      "{\"a,b\":\"x\"}",
                                      "{\"!a\":\"x\"}",
                                      "{\"a\\n\":\"x\"}",
                                      "{\"a\\\\\":\"x\"}",
                                      "[]",
                                      "{\"a\":[\"x\"]}",
                                      "{\"a\":1}",
                                      "{\"a\":true}",
                                      "{\"a\":\"x y\"}",
                                      "{\"a\":\"x\\u0000\"}",
                                      "{\"a\":\"-\"}",
                                      "{\"a\":\"x",
                                      "{\"a\":{}}",
                                      "\"a\"",
                                      "{\"a\":\"x\\\"\"}",
                                      NULL};

    (void) state;
    for (const char *const *json = bad; *json != NULL; json++) {
        assert_null(merge("", *json));
    }
    assert_null(merge("", "{\"rack\":7}"));
    assert_string_equal(fault.field, "labels.rack");
    assert_null(merge("", "{\"a b\":\"c\"}"));
    assert_string_equal(fault.field, "labels");
}

/* {"k0":"v",...} */
static const char *
many(unsigned n, const char *value)
{
    static char json[1 << 20];
    size_t len = 0;

    for (unsigned i = 0; i < n; i++) {
        len +=
            (size_t) snprintf(json + len, sizeof(json) - len,
                              "%s\"k%u\":\"%s\"", i == 0 ? "{" : ",", i, value);
    }
    snprintf(json + len, sizeof(json) - len, "}");
    return json;
}

static void
there_are_so_many_and_no_more(void **state)
{
    char long_key[80], json[200], kept[NF_LABELS_JSON_MAX + 1];

    (void) state;
    assert_non_null(merge("", many(64, "v")));
    snprintf(kept, sizeof(kept), "%s", room);
    assert_null(merge("", many(65, "v")));
    assert_string_equal(fault.reason, "must be at most 64");
    assert_null(merge("", many(1000, "v")));
    assert_null(merge(kept, "{\"x\":\"1\"}"));
    assert_non_null(merge(kept, "{\"x\":\"1\",\"k0\":null}"));
    memset(long_key, 'k', sizeof(long_key));
    long_key[63] = '\0';
    assert_null(merge("", many(64, long_key)));
    snprintf(json, sizeof(json), "{\"%s\":\"%s\"}", long_key, long_key);
    assert_non_null(merge("", json));
    long_key[63] = 'k';
    long_key[64] = '\0';
    snprintf(json, sizeof(json), "{\"a\":\"%s\"}", long_key);
    assert_null(merge("", json));
    snprintf(json, sizeof(json), "{\"%s\":\"a\"}", long_key);
    assert_null(merge("", json));
}

static bool
chooses(const char *selector, const char *labels)
{
    struct nf_selector read;

    assert_int_equal(nf_selector_read(nf_text(selector), &read, &fault), NF_OK);
    return nf_selector_chooses(&read, nf_text(labels));
}

static void
every_term_of_a_selector_must_hold(void **state)
{
    static const char labels[] =
        "{\"gpu\":\"\",\"role\":\"db\",\"site\":\"dc1\"}";

    (void) state;
    assert_true(chooses("role=db", labels));
    assert_true(chooses("role==db", labels));
    assert_false(chooses("role=d", labels));
    assert_false(chooses("rol=db", labels));
    assert_true(chooses("role=db,site!=dc2", labels));
    assert_false(chooses("role=db,site!=dc1", labels));
    assert_true(chooses("rack!=r1", labels)); /* it has none */
    assert_true(chooses("gpu", labels));
    assert_true(chooses("gpu=", labels));
    assert_false(chooses("!gpu", labels));
    assert_true(chooses("!rack,role", labels));
    assert_false(chooses("role", ""));
    assert_true(chooses("!role,role!=db", ""));
}

static void
what_is_no_selector_is_refused(void **state)
{
    static const char *const bad[] = {
        "",     ",",     "a,",  ",a",   "=",       "=a",    "!",
        "!=a",  "a=b=c", "a b", "(a=b", "a in (b", "\"a\"", "a=\"b",
        "!a=b", "a!=!b", "a;b", "{",    "a=b,,c",  "\xff",  NULL};
    struct nf_selector read;
    char text[400] = "a";

    (void) state;
    for (const char *const *each = bad; *each != NULL; each++) {
        assert_int_equal(nf_selector_read(nf_text(*each), &read, &fault),
                         NF_INVALID);
        assert_string_equal(fault.field, "label");
    }
    for (int i = 0; i < NF_SELECTOR_TERMS - 1; i++) {
        strcat(text, ",a");
    }
    assert_int_equal(nf_selector_read(nf_text(text), &read, &fault), NF_OK);
    strcat(text, ",a");
    assert_int_equal(nf_selector_read(nf_text(text), &read, &fault),
                     NF_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_kept_in_order),
        cmocka_unit_test(what_is_no_label_is_refused_by_name),
        cmocka_unit_test(there_are_so_many_and_no_more),
        cmocka_unit_test(every_term_of_a_selector_must_hold),
        cmocka_unit_test(what_is_no_selector_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
