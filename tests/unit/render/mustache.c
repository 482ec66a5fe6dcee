/* The engine, where the specification is silent or where it must refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "render/mustache.h"

static const nf_template_t *
itself(const void *set, struct nf_text name)
{
    (void) name;
    return set;
}

static nf_template_t *
parse(const char *source)
{
    struct nf_fault fault = {0};
    nf_template_t *template = NULL;

    if (nf_template_new(&template, "t", nf_text(source), NF_ESCAPE_NONE,
                        &fault)) {
        fail_msg("%s", fault.reason);
    }
    (void) nf_template_link(template, itself, template, "t", &fault);
    return template;
}

static void
expect(const char *source, struct nf_value data, const char *expected)
{
    char text[1024];
    struct nf_out out = nf_out(text, sizeof(text));
    nf_template_t *template = parse(source);

    assert_int_equal(nf_template_render(template, &data, &out), NF_OK);
    text[out.len] = '\0';
    assert_string_equal(text, expected);
    nf_template_free(template);
}

static void
expect_refused(const char *source, const char *reason)
{
    struct nf_fault fault = {0};
    nf_template_t *template = NULL;

    assert_int_equal(nf_template_new(&template, "boot/x.ipxe", nf_text(source),
                                     NF_ESCAPE_NONE, &fault),
                     NF_INVALID);
    assert_null(template);
    assert_string_equal(fault.field, "boot/x.ipxe");
    assert_string_equal(fault.reason, reason);
}

static void
without_escaping_a_value_is_written_as_it_is(void **state)
{
    const struct nf_member members[] = {{"a", nf_value_string("<&\">")}};

    (void) state;
    expect("{{a}}{{{a}}}{{&a}}", nf_value_map(members, 1), "<&\"><&\"><&\">");
}

static void
an_empty_text_and_an_empty_list_are_false(void **state)
{
    const struct nf_member members[] = {{"text", nf_value_string("")},
                                        {"list", nf_value_list(NULL, 0)}};

    (void) state;
    expect("{{#text}}a{{/text}}{{^text}}b{{/text}}"
           "{{#list}}c{{/list}}{{^list}}d{{/list}}",
           nf_value_map(members, 2), "bd");
}

static void
a_name_is_not_found_by_its_beginning(void **state)
{
    const struct nf_member members[] = {{"macs", nf_value_string("wrong")},
                                        {"mac", nf_value_string("right")}};

    (void) state;
    expect("{{mac}}|{{ma}}|{{mac.x}}", nf_value_map(members, 2), "right||");
}

static void
the_first_member_of_a_name_wins(void **state)
{
    const struct nf_member members[] = {{"a", nf_value_string("1")},
                                        {"a", nf_value_string("2")}};

    (void) state;
    expect("{{a}}", nf_value_map(members, 2), "1");
}

static void
an_indented_partial_indents_every_line_of_its_own(void **state)
{
    const struct nf_member inner[] = {{"last", nf_value_bool(true)}};
    const struct nf_member members[] = {{"last", nf_value_bool(false)},
                                        {"in", nf_value_map(inner, 1)}};

    (void) state;
    expect("{{^last}}\n{{#in}}\n  {{>t}}\n{{/in}}\n{{/last}}\n"
           "a\n{{! c }}b\n{{#last}}d\n{{/last}}",
           nf_value_map(members, 2), "  a\n  b\n  d\na\nb\n");
}

static void
indentations_of_nested_partials_add_up(void **state)
{
    const struct nf_member innermost[] = {{"in", nf_value_bool(false)}};
    const struct nf_member inner[] = {{"in", nf_value_map(innermost, 1)}};
    const struct nf_member members[] = {{"in", nf_value_map(inner, 1)}};

    (void) state;
    expect("x\n{{#in}}\n {{>t}}\n{{/in}}\n", nf_value_map(members, 1),
           "x\n x\n  x\n");
}

static void
a_section_that_is_not_closed_is_refused_with_its_line(void **state)
{
    (void) state;
    expect_refused("a\n{{#one}}\n{{#two}}\n{{/two}}\n",
                   "line 2: the section {{#one}} is not closed");
}

static void
crossed_sections_are_refused_with_both_lines(void **state)
{
    (void) state;
    expect_refused("{{#a}}\n{{#b}}\n{{/a}}",
                   "line 3: {{/a}} where {{/b}} is expected, for line 2");
    expect_refused("\n{{/a}}", "line 2: {{/a}} closes nothing");
}

static void
bad_tags_are_refused_with_their_line(void **state)
{
    (void) state;
    expect_refused("\n\n{{a", "line 3: a tag is not closed");
    expect_refused("{{{a}}", "line 1: a tag is not closed");
    expect_refused("{{}}", "line 1: a tag has no valid name");
    expect_refused("{{a b}}", "line 1: a tag has no valid name");
    expect_refused("{{a..b}}", "line 1: a tag has no valid name");
    expect_refused("{{.a}}", "line 1: a tag has no valid name");
    expect_refused("{{a.}}", "line 1: a tag has no valid name");
    expect_refused("{{=a=}}", "line 1: a set-delimiter tag is invalid");
    expect_refused("{{=a b c=}}", "line 1: a set-delimiter tag is invalid");
}

static void
sections_are_nested_only_so_deep(void **state)
{
    char source[8 * (NF_TEMPLATE_DEPTH + 1) + 1] = "";

    (void) state;
    for (int i = 0; i <= NF_TEMPLATE_DEPTH; i++) {
        strcat(source, "{{#a}}\n");
    }
    expect_refused(source, "line 33: sections are nested more than 32 deep");
}

static void
a_source_that_is_too_long_is_refused(void **state)
{
    static char source[NF_TEMPLATE_MAX + 2];

    (void) state;
    memset(source, 'a', NF_TEMPLATE_MAX + 1);
    expect_refused(source, "longer than 65536 bytes");
}

static void
a_partial_that_includes_itself_for_ever_is_an_error(void **state)
{
    char text[100] = "before";
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_value data = nf_value_bool(true);
    nf_template_t *template = parse("a{{>t}}");

    (void) state;
    out.len = 6;
    assert_int_equal(nf_template_render(template, &data, &out), NF_INVALID);
    assert_int_equal(out.len, 6);
    nf_template_free(template);
}

static void
work_without_end_is_an_error(void **state)
{
    char text[100];
    struct nf_value items[100];
    struct nf_out out = nf_out(text, sizeof(text));
    const struct nf_member members[] = {{"l", nf_value_list(items, 100)}};
    struct nf_value data = nf_value_map(members, 1);
    nf_template_t *template =
        parse("{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}");

    (void) state;
    for (size_t i = 0; i < 100; i++) {
        items[i] = nf_value_bool(true);
    }
    assert_int_equal(nf_template_render(template, &data, &out), NF_TOO_LARGE);
    nf_template_free(template);
}

static void
what_does_not_fit_is_not_written_at_all(void **state)
{
    char text[8] = "before";
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_value data = nf_value_bool(true);
    nf_template_t *template = parse("a{{! }}bc");

    (void) state;
    out.len = 6;
    assert_int_equal(nf_template_render(template, &data, &out), NF_TOO_LARGE);
    assert_int_equal(out.len, 6);
    nf_template_free(template);
}

static const nf_template_t *
nobody(const void *set, struct nf_text name)
{
    (void) set;
    (void) name;
    return NULL;
}

static void
a_missing_partial_is_named_and_shows_nothing(void **state)
{
    char text[8];
    struct nf_fault fault;
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_value data = nf_value_bool(true);
    nf_template_t *template = parse("a\n{{> b.ipxe }}c");

    (void) state;
    assert_int_equal(nf_template_link(template, nobody, NULL, "t", &fault),
                     NF_NOT_FOUND);
    assert_string_equal(fault.reason, "line 2: there is no partial b.ipxe");
    assert_int_equal(nf_template_render(template, &data, &out), NF_OK);
    assert_memory_equal(text, "a\nc", 3);
    nf_template_free(template);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_escaping_a_value_is_written_as_it_is),
        cmocka_unit_test(an_empty_text_and_an_empty_list_are_false),
        cmocka_unit_test(a_name_is_not_found_by_its_beginning),
        cmocka_unit_test(the_first_member_of_a_name_wins),
        cmocka_unit_test(an_indented_partial_indents_every_line_of_its_own),
        cmocka_unit_test(indentations_of_nested_partials_add_up),
        cmocka_unit_test(a_section_that_is_not_closed_is_refused_with_its_line),
        cmocka_unit_test(crossed_sections_are_refused_with_both_lines),
        cmocka_unit_test(bad_tags_are_refused_with_their_line),
        cmocka_unit_test(sections_are_nested_only_so_deep),
        cmocka_unit_test(a_source_that_is_too_long_is_refused),
        cmocka_unit_test(a_partial_that_includes_itself_for_ever_is_an_error),
        cmocka_unit_test(work_without_end_is_an_error),
        cmocka_unit_test(what_does_not_fit_is_not_written_at_all),
        cmocka_unit_test(a_missing_partial_is_named_and_shows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
