/* Templates of the operator that had no fault, for when they have one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "render/own.h"
#include "render/templates.h"

#define GOOD   "#!ipxe\n{{> again}}ours {{mac}}\n"
#define BROKEN "#!ipxe\n{{/never}}\n"

static struct nf_settings settings;
static char dir[64];

static const char *
at(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void
write_file(const char *name, const char *text, size_t len)
{
    FILE *file = fopen(at(name), "we");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void
write_own(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

static int
make(void **state)
{
    static const char *const folders[] = {"own", "own/boot", "own/partials"};

    (void) state;
    snprintf(dir, sizeof(dir), "/tmp/nf-kept-XXXXXX");
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mkdir(at(folders[i]), 0755), 0);
    }
    nf_settings_default(&settings);
    snprintf(settings.share_dir, sizeof(settings.share_dir), "conf");
    snprintf(settings.templates_dir, sizeof(settings.templates_dir), "%s",
             at("own"));
    snprintf(settings.db_path, sizeof(settings.db_path), "%s", at("db"));
    return 0;
}

static int
drop(void **state)
{
    static const char *const names[] = {"own/boot/unknown.ipxe",
                                        "own/partials/again",
                                        "own/partials",
                                        "own/boot",
                                        "own",
                                        "db-templates"};

    (void) state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void) remove(at(names[i]));
    }
    return rmdir(dir);
}

/* What unknown machines are served; "" when nothing can be loaded. */
static const char *
served(struct nf_fault *fault)
{
    static char text[4096];
    nf_templates_t *templates = NULL;
    struct nf_out out = nf_out(text, sizeof(text) - 1);

    if (nf_templates_open(&templates, &settings, fault) != NF_OK) {
        return "";
    }
    struct nf_value none = nf_value_bool(true);
    assert_int_equal(
        nf_template_render(
            nf_templates_get(templates, NF_TEMPLATE_BOOT_UNKNOWN), &none, &out),
        NF_OK);
    nf_templates_free(templates);
    text[out.len] = '\0';
    return text;
}

static void
the_last_good_ones_are_used(void **state)
{
    struct nf_fault fault;

    (void) state;
    write_own("own/partials/again", "once more: ");
    write_own("own/boot/unknown.ipxe", GOOD);
    assert_int_equal(nf_templates_keep(&settings, &fault), NF_OK);
    assert_string_equal(served(&fault), "#!ipxe\nonce more: ours \n");
    assert_string_equal(fault.field, "");
    write_own("own/partials/again", "{{broken");
    write_own("own/boot/unknown.ipxe", BROKEN);
    assert_int_equal(nf_templates_keep(&settings, &fault), NF_INVALID);
    assert_string_equal(served(&fault), "#!ipxe\nonce more: ours \n");
    assert_string_not_equal(fault.field, "");
    assert_true(strncmp(fault.reason, "line ", 5) == 0);
}

/* With none of the operator's, ours were the last good ones. */
static void
none_are_kept_too(void **state)
{
    struct nf_fault fault;

    (void) state;
    char ours[4096];
    snprintf(ours, sizeof(ours), "%s", served(&fault));
    assert_int_equal(nf_templates_keep(&settings, &fault), NF_OK);
    write_own("own/boot/unknown.ipxe", BROKEN);
    assert_string_equal(served(&fault), ours);
    assert_string_equal(fault.field, "boot/unknown.ipxe");
}

/* Never ours in the place of the operator's. */
static void
what_was_never_good_is_refused(void **state)
{
    struct nf_fault fault;

    (void) state;
    write_own("own/boot/unknown.ipxe", BROKEN);
    assert_string_equal(served(&fault), "");
    assert_string_equal(fault.field, "boot/unknown.ipxe");
}

static void
a_damaged_copy_is_none(void **state)
{
    char whole[512];
    struct nf_fault fault;

    (void) state;
    write_own("own/boot/unknown.ipxe", "#!ipxe\nours\n");
    assert_int_equal(nf_templates_keep(&settings, &fault), NF_OK);
    FILE *file = fopen(at("db-templates"), "re");
    assert_non_null(file);
    size_t len = fread(whole, 1, sizeof(whole), file);
    assert_int_equal(fclose(file), 0);
    assert_true(len > 0 && len < sizeof(whole));
    write_own("own/boot/unknown.ipxe", BROKEN);
    for (size_t n = 0; n < len; n++) {
        write_file("db-templates", whole, n);
        assert_string_equal(served(&fault), "");
    }
    write_file("db-templates", whole, len);
    assert_string_equal(served(&fault), "#!ipxe\nours\n");
}

static void
a_copy_that_is_the_same_is_not_written_again(void **state)
{
    struct stat before, after;
    struct nf_fault fault;

    (void) state;
    write_own("own/boot/unknown.ipxe", GOOD);
    write_own("own/partials/again", "");
    assert_int_equal(nf_templates_keep(&settings, &fault), NF_OK);
    assert_int_equal(stat(at("db-templates"), &before), 0);
    assert_int_equal(nf_templates_keep(&settings, &fault), NF_OK);
    assert_int_equal(stat(at("db-templates"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_mode & 0777, 0640);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_last_good_ones_are_used),
        TEST(none_are_kept_too),
        TEST(what_was_never_good_is_refused),
        TEST(a_damaged_copy_is_none),
        TEST(a_copy_that_is_the_same_is_not_written_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
