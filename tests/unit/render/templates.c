/* Loading templates, and what an operator's own may do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "render/templates.h"

static char own[64]; /* an empty directory for each test */

static void
write_own(const char *name, const char *text)
{
    char path[200];

    snprintf(path, sizeof(path), "%s/%s", own, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int
make_own(void **state)
{
    char path[80];

    (void) state;
    strcpy(own, "/tmp/nf-templates-XXXXXX");
    if (mkdtemp(own) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/boot", own);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/partials", own);
    return mkdir(path, 0700);
}

static int
remove_own(void **state)
{
    char command[100];

    (void) state;
    snprintf(command, sizeof(command), "rm -rf %s", own);
    return system(command);
}

/* The directory's name, which is another in each run, becomes DIR. */
static void
expect_refused(const char *shipped, const char *field, const char *reason)
{
    struct nf_fault fault = {0};
    nf_templates_t *templates = NULL;

    assert_int_equal(nf_templates_load(&templates, shipped, own, &fault),
                     NF_INVALID);
    assert_null(templates);
    assert_string_equal(fault.field, field);
    char *at = strstr(fault.reason, own);
    if (at != NULL) {
        memcpy(at, "DIR", 3);
        memmove(at + 3, at + strlen(own), strlen(at + strlen(own)) + 1);
    }
    assert_string_equal(fault.reason, reason);
}

static void
expect_unknown_script(const char *dir, const char *expected)
{
    char text[512];
    struct nf_fault fault;
    struct nf_out out = nf_out(text, sizeof(text) - 1);
    struct nf_value none = nf_value_bool(true);
    nf_templates_t *templates;

    if (nf_templates_load(&templates, "conf/templates", dir, &fault)) {
        fail_msg("%s: %s", fault.field, fault.reason);
    }
    assert_int_equal(
        nf_template_render(
            nf_templates_get(templates, NF_TEMPLATE_BOOT_UNKNOWN), &none, &out),
        NF_OK);
    text[out.len] = '\0';
    assert_non_null(strstr(text, expected));
    nf_templates_free(templates);
}

static void
the_shipped_templates_load(void **state)
{
    (void) state;
    expect_unknown_script(NULL, "is not registered yet");
    expect_unknown_script("/nowhere", "is not registered yet");
}

static void
a_file_of_the_same_name_replaces_ours(void **state)
{
    (void) state;
    write_own("boot/unknown.ipxe", "#!ipxe\necho mine\n");
    expect_unknown_script(own, "#!ipxe\necho mine\n");
}

static void
an_operator_may_add_partials(void **state)
{
    (void) state;
    write_own("boot/unknown.ipxe", "#!ipxe\n{{> my.ipxe}}\n");
    write_own("partials/my.ipxe", "echo a part\n");
    expect_unknown_script(own, "#!ipxe\necho a part\n");
}

static void
a_faulty_override_is_refused_with_file_and_line(void **state)
{
    (void) state;
    write_own("boot/unknown.ipxe", "#!ipxe\n\n{{#a}}\n");
    expect_refused("conf/templates", "boot/unknown.ipxe",
                   "line 3: the section {{#a}} is not closed (in DIR)");
}

static void
a_faulty_partial_is_refused_with_file_and_line(void **state)
{
    (void) state;
    write_own("partials/wait.ipxe", "\n{{/a}}\n");
    expect_refused("conf/templates", "partials/wait.ipxe",
                   "line 2: {{/a}} closes nothing (in DIR)");
}

static void
a_partial_that_is_nowhere_is_refused(void **state)
{
    (void) state;
    write_own("boot/unknown.ipxe", "#!ipxe\n{{> my.ipxe}}\n");
    expect_refused("conf/templates", "boot/unknown.ipxe",
                   "line 2: there is no partial my.ipxe");
}

static void
a_misspelt_variable_is_refused(void **state)
{
    (void) state;
    write_own("boot/unknown.ipxe", "#!ipxe\n{{mac}}\n{{hostnam}}\n");
    expect_refused("conf/templates", "boot/unknown.ipxe",
                   "line 3: there is no variable hostnam");
    write_own("boot/unknown.ipxe", "#!ipxe\n{{network.ip}}{{^pol}}{{/pol}}\n");
    expect_refused("conf/templates", "boot/unknown.ipxe",
                   "line 2: there is no variable pol");
}

static void
partials_that_include_each_other_are_refused(void **state)
{
    (void) state;
    write_own("partials/a", "{{> b}}{{> b}}");
    write_own("partials/b", "{{> a}}{{> a}}");
    write_own("boot/unknown.ipxe", "#!ipxe\n{{> a}}\n");
    struct nf_fault fault = {0};
    nf_templates_t *templates = NULL;
    assert_int_equal(
        nf_templates_load(&templates, "conf/templates", own, &fault),
        NF_INVALID);
    assert_string_equal(fault.reason, "its partials include each other");
}

static void
a_boot_script_must_start_with_ipxe(void **state)
{
    (void) state;
    write_own("boot/unknown.ipxe", "<html>\n");
    expect_refused("conf/templates", "boot/unknown.ipxe",
                   "line 1: must be #!ipxe (in DIR)");
}

static void
a_missing_shipped_file_is_named(void **state)
{
    (void) state;
    expect_refused(own, "boot/unknown.ipxe",
                   "cannot read it in DIR: No such file or directory");
}

static void
what_is_no_file_is_refused(void **state)
{
    char path[100];

    (void) state;
    snprintf(path, sizeof(path), "%s/boot/wait.ipxe", own);
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refused("conf/templates", "boot/wait.ipxe",
                   "cannot read it in DIR: Invalid argument");
}

#define OWN_TEST(test)                                                         \
    cmocka_unit_test_setup_teardown(test, make_own, remove_own)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        OWN_TEST(the_shipped_templates_load),
        OWN_TEST(a_file_of_the_same_name_replaces_ours),
        OWN_TEST(an_operator_may_add_partials),
        OWN_TEST(a_faulty_override_is_refused_with_file_and_line),
        OWN_TEST(a_faulty_partial_is_refused_with_file_and_line),
        OWN_TEST(a_partial_that_is_nowhere_is_refused),
        OWN_TEST(a_misspelt_variable_is_refused),
        OWN_TEST(partials_that_include_each_other_are_refused),
        OWN_TEST(a_boot_script_must_start_with_ipxe),
        OWN_TEST(a_missing_shipped_file_is_named),
        OWN_TEST(what_is_no_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
