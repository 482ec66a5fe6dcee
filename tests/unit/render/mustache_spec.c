/*
 * The official Mustache tests, read from ../shared/data/mustache-spec, or from
 * NF_SHARED/data/mustache-spec.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "render/mustache.h"

enum {
    PARTIALS_MAX = 8
};

struct partials {
    size_t n;
    const char *names[PARTIALS_MAX];
    nf_template_t *templates[PARTIALS_MAX];
};

static const nf_template_t *
partial_find(const void *set, struct nf_text name)
{
    const struct partials *partials = set;

    for (size_t i = 0; i < partials->n; i++) {
        if (nf_text_equal(name, nf_text(partials->names[i]))) {
            return partials->templates[i];
        }
    }
    return NULL;
}

static struct nf_value from_json(nf_arena_t *arena, const json_t *json);

static struct nf_value
from_array(nf_arena_t *arena, const json_t *json)
{
    size_t n = json_array_size(json);
    struct nf_value *items = nf_arena_take(arena, (n + 1) * sizeof(*items));

    for (size_t i = 0; i < n; i++) {
        items[i] = from_json(arena, json_array_get(json, i));
    }
    return nf_value_list(items, n);
}

static struct nf_value
from_object(nf_arena_t *arena, json_t *json)
{
    size_t n = 0;
    const char *name;
    json_t *value;
    struct nf_member *members =
        nf_arena_take(arena, (json_object_size(json) + 1) * sizeof(*members));

    json_object_foreach (json, name, value) {
        members[n].name = nf_arena_copy(arena, nf_text(name)).data;
        members[n++].value = from_json(arena, value);
    }
    return nf_value_map(members, n);
}

static struct nf_value
from_number(nf_arena_t *arena, const json_t *json)
{
    char digits[40];

    snprintf(digits, sizeof(digits), "%.15g", json_number_value(json));
    return nf_value_text(nf_arena_copy(arena, nf_text(digits)));
}

static struct nf_value
from_json(nf_arena_t *arena, const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return from_object(arena, (json_t *) json);
    case JSON_ARRAY:
        return from_array(arena, json);
    case JSON_STRING:
        return nf_value_text(
            nf_arena_copy(arena, nf_text(json_string_value(json))));
    case JSON_INTEGER:
    case JSON_REAL:
        return from_number(arena, json);
    case JSON_TRUE:
    case JSON_FALSE:
        return nf_value_bool(json_is_true(json));
    case JSON_NULL:
        break;
    }
    return (struct nf_value){.kind = NF_VALUE_NONE};
}

static nf_template_t *
parse(const char *name, const char *source)
{
    struct nf_fault fault = {0};
    nf_template_t *template = NULL;

    if (nf_template_new(&template, name, nf_text(source), NF_ESCAPE_HTML,
                        &fault)) {
        fail_msg("%s: %s", fault.field, fault.reason);
    }
    return template;
}

static void
load_partials(struct partials *partials, json_t *json)
{
    const char *name;
    json_t *value;
    struct nf_fault fault;

    *partials = (struct partials){0};
    json_object_foreach (json, name, value) {
        assert_true(partials->n < PARTIALS_MAX);
        partials->names[partials->n] = name;
        partials->templates[partials->n++] =
            parse(name, json_string_value(value));
    }
    for (size_t i = 0; i < partials->n; i++) {
        (void) nf_template_link(partials->templates[i], partial_find, partials,
                                partials->names[i], &fault);
    }
}

static void
run_one(const char *file, const json_t *test)
{
    char text[4096];
    struct nf_out out = nf_out(text, sizeof(text));
    struct partials partials;
    struct nf_fault fault;
    nf_arena_t *arena = nf_arena_new();
    const char *name = json_string_value(json_object_get(test, "name"));
    const char *expected = json_string_value(json_object_get(test, "expected"));
    nf_template_t *template =
        parse(name, json_string_value(json_object_get(test, "template")));

    load_partials(&partials, json_object_get(test, "partials"));
    (void) nf_template_link(template, partial_find, &partials, name, &fault);
    struct nf_value data = from_json(arena, json_object_get(test, "data"));
    assert_int_equal(nf_template_render(template, &data, &out), NF_OK);
    if (!nf_text_equal(nf_out_text(&out), nf_text(expected))) {
        fail_msg("%s, %s: expected \"%s\", got \"%.*s\"", file, name, expected,
                 (int) out.len, out.data);
    }
    for (size_t i = 0; i < partials.n; i++) {
        nf_template_free(partials.templates[i]);
    }
    nf_template_free(template);
    nf_arena_free(arena);
}

static void
run_file(const char *file, size_t at_least)
{
    char path[512];
    const char *shared = getenv("NF_SHARED");

    snprintf(path, sizeof(path), "%s/data/mustache-spec/%s.json",
             shared ? shared : "../shared", file);
    if (access(path, R_OK) != 0) {
        print_message("SKIPPED: %s is not here; the Mustache specification "
                      "was NOT tested\n",
                      path);
        skip();
    }
    json_t *spec = json_load_file(path, 0, NULL);
    json_t *tests = json_object_get(spec, "tests");
    assert_true(json_array_size(tests) >= at_least);
    for (size_t i = 0; i < json_array_size(tests); i++) {
        run_one(file, json_array_get(tests, i));
    }
    json_decref(spec);
}

static void
comments_are_as_specified(void **state)
{
    (void) state;
    run_file("comments", 11);
}

static void
delimiters_are_as_specified(void **state)
{
    (void) state;
    run_file("delimiters", 14);
}

static void
interpolation_is_as_specified(void **state)
{
    (void) state;
    run_file("interpolation", 30);
}

static void
inverted_sections_are_as_specified(void **state)
{
    (void) state;
    run_file("inverted", 20);
}

static void
partials_are_as_specified(void **state)
{
    (void) state;
    run_file("partials", 11);
}

static void
sections_are_as_specified(void **state)
{
    (void) state;
    run_file("sections", 30);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_are_as_specified),
        cmocka_unit_test(delimiters_are_as_specified),
        cmocka_unit_test(interpolation_is_as_specified),
        cmocka_unit_test(inverted_sections_are_as_specified),
        cmocka_unit_test(partials_are_as_specified),
        cmocka_unit_test(sections_are_as_specified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
