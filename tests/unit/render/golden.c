/*
 * What the shipped templates come to: each tests/data/CASE/input.json must
 * render as the file `expected` beside it.  NF_GOLDEN_WRITE=1 writes those
 * files anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "render/answers.h"
#include "render/boot.h"

static nf_templates_t *templates;
static nf_arena_t *arena;

static const char *
string_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text ? text : "";
}

static void
read_ip(const char *text, nf_ip4_t *ip)
{
    if (text[0] != '\0') {
        assert_true(nf_ip4_parse(nf_text(text), ip));
    }
}

static uint8_t
boot_of(const char *word)
{
    static const char *const words[] = {"wait", "install", "agent", "local",
                                        "stuck"};

    for (uint8_t i = 0; i <= NF_BOOT_STUCK; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
    }
    fail_msg("no such boot: %s", word);
    return 0;
}

static void
read_node(const json_t *json, struct nf_node *node)
{
    const json_t *dns = json_object_get(json, "dns");

    *node = (struct nf_node){.boot = boot_of(string_of(json, "boot"))};
    read_ip(string_of(json, "ip"), &node->ip);
    read_ip(string_of(json, "netmask"), &node->netmask);
    read_ip(string_of(json, "gateway"), &node->gateway);
    node->dns_n = (uint8_t) json_array_size(dns);
    for (size_t i = 0; i < node->dns_n; i++) {
        read_ip(json_string_value(json_array_get(dns, i)), &node->dns[i]);
    }
    snprintf(node->hostname, sizeof(node->hostname), "%s",
             string_of(json, "hostname"));
}

static void
read_settings(json_t *json, struct nf_settings *settings)
{
    const char *name;
    json_t *value;
    struct nf_fault fault;

    nf_settings_default(settings);
    json_object_foreach (json, name, value) {
        if (nf_settings_set(settings, name, nf_text(json_string_value(value)),
                            &fault)) {
            fail_msg("%s: %s", fault.field, fault.reason);
        }
    }
    if (nf_settings_settle(settings, &fault)) {
        fail_msg("%s: %s", fault.field, fault.reason);
    }
}

/* The shipped profile of that name, with the members of "members" laid over it
 * as a task's are. */
static const struct nf_profile *
profile_of(const json_t *input, struct nf_profile *profile)
{
    static char text[NF_PROFILE_JSON_MAX];
    const char *name = string_of(input, "profile");
    const struct nf_profile *shipped = nf_profile_find(name);
    const json_t *members = json_object_get(input, "members");
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_fault fault = {0};

    if (shipped == NULL || members == NULL) {
        return shipped;
    }
    char *overlay = json_dumps(members, 0);
    if (nf_profile_effective(shipped->json, nf_text(overlay), &out, &fault)
        || nf_profile_read(nf_out_text(&out), arena, profile, &fault))
    {
        fail_msg("%s: %s", fault.field, fault.reason);
    }
    free(overlay);
    snprintf(profile->name, sizeof(profile->name), "%s", name);
    return profile;
}

static enum nf_answer
answer_of(const char *what)
{
    static const char *const words[] = {
        [NF_ANSWER_PRESEED] = "preseed",       [NF_ANSWER_IMAGE] = "image",
        [NF_ANSWER_AUTOINSTALL] = "user-data", [NF_ANSWER_META] = "meta-data",
        [NF_ANSWER_KICKSTART] = "kickstart",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], what) == 0) {
            return (enum nf_answer) i;
        }
    }
    fail_msg("no such answer: %s", what);
    return NF_ANSWER_PRESEED;
}

static nf_error_t
render(const json_t *input, struct nf_out *out)
{
    struct nf_node node;
    static struct nf_settings settings;
    const char *what = string_of(input, "what");
    struct nf_profile profile;
    struct nf_view view = {
        .profile = profile_of(input, &profile),
        .arena = arena,
        .uefi = json_is_true(json_object_get(input, "uefi")),
        .settings = &settings,
        .task = (uint64_t) json_integer_value(json_object_get(input, "task")),
        .token = nf_text(string_of(input, "token")),
        .reason = nf_text(string_of(input, "reason")),
        .image_sha256 = nf_text(string_of(input, "image_sha256"))};

    assert_true(nf_mac_parse(nf_text(string_of(input, "mac")), &view.mac));
    read_settings(json_object_get(input, "settings"), &settings);
    if (json_object_get(input, "node") != NULL) {
        read_node(json_object_get(input, "node"), &node);
        node.mac = view.mac;
        view.node = &node;
    }
    if (strcmp(what, "boot") == 0) {
        return nf_render_boot(templates, &view, out);
    }
    return nf_render_answer(templates, &view, answer_of(what), out);
}

static void
write_file(const char *path, struct nf_text text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
    fclose(file);
}

static void
compare_file(const char *path, struct nf_text text)
{
    static char expected[NF_ANSWER_MAX];
    FILE *file = fopen(path, "r");

    if (file == NULL) {
        fail_msg("%s is not there; see NF_GOLDEN_WRITE", path);
    }
    size_t len = fread(expected, 1, sizeof(expected), file);
    fclose(file);
    if (!nf_text_equal(text, (struct nf_text){expected, len})) {
        fail_msg("%s is not what is rendered now:\n%.*s", path, (int) text.len,
                 text.data);
    }
}

static void
run_case(const char *name)
{
    static char text[NF_ANSWER_MAX];
    char path[512];
    struct nf_out out = nf_out(text, sizeof(text));

    snprintf(path, sizeof(path), "tests/data/%s/input.json", name);
    json_t *input = json_load_file(path, 0, NULL);
    if (input == NULL) {
        return; /* another kind of case */
    }
    assert_int_equal(render(input, &out), NF_OK);
    json_decref(input);
    snprintf(path, sizeof(path), "tests/data/%s/expected", name);
    if (getenv("NF_GOLDEN_WRITE") != NULL) {
        write_file(path, nf_out_text(&out));
    }
    compare_file(path, nf_out_text(&out));
}

static void
every_case_renders_as_expected(void **state)
{
    size_t n = 0;
    const struct dirent *entry;
    DIR *dir = opendir("tests/data");

    (void) state;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, "render-", 7) == 0) {
            run_case(entry->d_name);
            n++;
        }
    }
    closedir(dir);
    assert_true(n >= 14);
}

static int
load(void **state)
{
    struct nf_fault fault;

    (void) state;
    arena = nf_arena_new();
    if (nf_templates_load(&templates, "conf/templates", NULL, &fault)) {
        print_message("%s: %s\n", fault.field, fault.reason);
        return -1;
    }
    return 0;
}

static int
unload(void **state)
{
    (void) state;
    nf_templates_free(templates);
    nf_arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_renders_as_expected),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
