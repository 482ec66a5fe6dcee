/* Which script or answer is rendered, and what must never get into one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "render/answers.h"
#include "render/boot.h"
#include "render/loader.h"

static nf_templates_t *templates;
static struct nf_settings settings;
static nf_arena_t *arena;
static char text[NF_ANSWER_MAX];
static struct nf_node node;

static struct nf_view
view_of(enum nf_node_boot boot, const char *profile)
{
    node = (struct nf_node){.boot = (uint8_t) boot};
    return (struct nf_view){.mac = {{0x52, 0x54, 0, 0, 0, 1}},
                            .node = &node,
                            .profile = nf_profile_find(profile),
                            .settings = &settings,
                            .task = 26,
                            .arena = arena,
                            .token = NF_TEXT("abcdefg234567")};
}

static void
expect_boot(const struct nf_view *view, const char *part)
{
    struct nf_out out = nf_out(text, sizeof(text) - 1);

    assert_int_equal(nf_render_boot(templates, view, &out), NF_OK);
    text[out.len] = '\0';
    assert_non_null(strstr(text, part));
    assert_memory_equal(text, "#!ipxe\n", 7);
}

static nf_error_t
answer(const struct nf_view *view, enum nf_answer kind)
{
    struct nf_out out = nf_out(text, sizeof(text) - 1);
    nf_error_t err = nf_render_answer(templates, view, kind, &out);

    text[out.len] = '\0';
    return err;
}

static void
each_state_has_its_script(void **state)
{
    struct nf_view unknown = view_of(NF_BOOT_WAIT, "");

    (void) state;
    unknown.node = NULL;
    expect_boot(&unknown, "is not registered yet");
    struct nf_view view = view_of(NF_BOOT_WAIT, "");
    expect_boot(&view, "is waiting for");
    view = view_of(NF_BOOT_LOCAL, "debian-12");
    expect_boot(&view, "sanboot --no-describe --drive 0x80");
    view = view_of(NF_BOOT_STUCK, "debian-12");
    expect_boot(&view, "cannot be installed: it has no task");
    view = view_of(NF_BOOT_INSTALL, "debian-12");
    expect_boot(&view, "/debian-installer/");
    view = view_of(NF_BOOT_INSTALL, "debian-image");
    expect_boot(&view, "/files/agent/${arch}/vmlinuz");
}

static void
an_install_of_an_unknown_profile_waits_and_says_so(void **state)
{
    struct nf_view view = view_of(NF_BOOT_INSTALL, "gone");

    (void) state;
    expect_boot(&view, "its profile is not known");
    assert_null(strstr(text, "abcdefg"));
}

static void
a_node_sleeps_when_no_request_can_be_held_open(void **state)
{
    struct nf_view view = view_of(NF_BOOT_WAIT, "");

    (void) state;
    expect_boot(&view, "boot.ipxe?wait=1");
    view.no_poll = true;
    expect_boot(&view, "sleep 30 ||\nchain ");
    assert_null(strstr(text, "wait=1"));
}

static void
an_install_without_a_token_is_our_mistake(void **state)
{
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_view view = view_of(NF_BOOT_INSTALL, "debian-12");

    (void) state;
    view.token = NF_TEXT("");
    assert_int_equal(nf_render_boot(templates, &view, &out), NF_BUG);
}

static void
every_variable_is_known_to_the_loader(void **state)
{
    struct nf_view_values values;
    struct nf_view view = view_of(NF_BOOT_INSTALL, "debian-12");
    struct nf_name name;

    (void) state;
    assert_int_equal(nf_view_values(&view, NF_VIEW_ALL, &values), NF_OK);
    assert_true(values.root.map.n <= NF_VIEW_MEMBERS);
    for (uint32_t i = 0; i < values.root.map.n; i++) {
        const char *known = values.members[i].name;
        if (!nf_view_find(nf_text(known), &name) || name.name != known
            || name.place != i)
        {
            fail_msg("%s", known);
        }
    }
    assert_false(nf_view_find(NF_TEXT("hostnam"), &name));
    assert_true(nf_view_find(NF_TEXT("ip"), &name));
}

static void
a_state_of_another_version_waits(void **state)
{
    struct nf_view view = view_of((enum nf_node_boot) 77, "debian-12");

    (void) state;
    expect_boot(&view, "cannot be installed");
}

static void
a_waiting_script_carries_no_token(void **state)
{
    struct nf_view view = view_of(NF_BOOT_WAIT, "debian-12");

    (void) state;
    expect_boot(&view, "is waiting");
    assert_null(strstr(text, "abcdefg"));
}

static void
an_answer_of_the_wrong_kind_is_not_found(void **state)
{
    struct nf_view image = view_of(NF_BOOT_INSTALL, "debian-image");
    struct nf_view preseed = view_of(NF_BOOT_INSTALL, "debian-12");
    struct nf_view gone = view_of(NF_BOOT_INSTALL, "gone");

    (void) state;
    assert_int_equal(answer(&image, NF_ANSWER_PRESEED), NF_NOT_FOUND);
    assert_int_equal(answer(&preseed, NF_ANSWER_KICKSTART), NF_NOT_FOUND);
    assert_int_equal(answer(&gone, NF_ANSWER_PRESEED), NF_NOT_FOUND);
    assert_int_equal(answer(&gone, NF_ANSWER_IMAGE), NF_NOT_FOUND);
    assert_string_equal(text, "");
}

static void
a_preseed_profile_with_an_image_hands_over_to_the_agent(void **state)
{
    struct nf_view view = view_of(NF_BOOT_INSTALL, "debian-12-handover");

    (void) state;
    assert_int_equal(answer(&view, NF_ANSWER_PRESEED), NF_OK);
    assert_non_null(strstr(text, "./agent install"));
    assert_null(strstr(text, "partman"));
    assert_int_equal(answer(&view, NF_ANSWER_IMAGE), NF_OK);
    assert_non_null(strstr(text, "debian-12-amd64.img"));
}

static void
a_host_name_that_is_none_gets_into_no_script(void **state)
{
    static const char *const hostile[] = {
        "n1 || reboot", "n1\nreboot", "${mac}",         "$(reboot)",
        "a;b",          "a'b",        "a\"b",           "{{token}}",
        "a b",          "-a",         "a\r\nd-i x y z",
    };

    (void) state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        struct nf_out out = nf_out(text, sizeof(text));
        struct nf_view view = view_of(NF_BOOT_INSTALL, "debian-12");
        strcpy(node.hostname, hostile[i]);
        assert_int_equal(nf_render_boot(templates, &view, &out), NF_CORRUPT);
        assert_int_equal(out.len, 0);
        assert_int_equal(answer(&view, NF_ANSWER_PRESEED), NF_CORRUPT);
        view.profile = nf_profile_find("debian-image");
        assert_int_equal(answer(&view, NF_ANSWER_IMAGE), NF_CORRUPT);
        assert_string_equal(text, "");
    }
}

static void
a_record_that_runs_over_its_fields_is_cut(void **state)
{
    struct nf_view view = view_of(NF_BOOT_INSTALL, "debian-12");

    (void) state;
    memset(node.hostname, 'a', sizeof(node.hostname));
    node.dns_n = 255;
    node.ip = (nf_ip4_t){{10, 0, 0, 5}};
    node.netmask = (nf_ip4_t){{255, 255, 255, 0}};
    assert_int_equal(answer(&view, NF_ANSWER_IMAGE), NF_OK);
    assert_non_null(
        strstr(text, "\"dns\": [\"0.0.0.0\", \"0.0.0.0\", \"0.0.0.0\"]"));
}

static nf_error_t
loader_file(const struct nf_view *view, enum nf_loader loader)
{
    struct nf_out out = nf_out(text, sizeof(text) - 1);
    nf_error_t err =
        nf_render_loader(templates, view, loader, NF_BOOT_AGENT, &out);

    text[out.len] = '\0';
    return err;
}

/* Each way to nf-agent in RAM tells it the key, where there is one. */
static void
the_key_for_bmcs_is_told_to_the_agent_alone(void **state)
{
    static const char word[] = " nf.bmc=administrator:Aa0-_z";
    struct nf_view view = view_of(NF_BOOT_AGENT, "debian-image");

    (void) state;
    for (int i = 0; i < 2; i++) {
        const char *wanted = i == 0 ? " nf.poll=10" : word;
        view.bmc = i == 0 ? NF_TEXT("") : NF_TEXT("administrator:Aa0-_z");
        node.boot = NF_BOOT_AGENT;
        expect_boot(&view, wanted);
        assert_int_equal(strstr(text, "nf.bmc") == NULL, i == 0);
        node.boot = NF_BOOT_INSTALL;
        expect_boot(&view, wanted);
        assert_int_equal(loader_file(&view, NF_LOADER_GRUB), NF_OK);
        assert_non_null(strstr(text, wanted));
        assert_int_equal(loader_file(&view, NF_LOADER_PXELINUX), NF_OK);
        assert_int_equal(strstr(text, word) == NULL, i == 0);
    }
    view.profile = nf_profile_find("debian-12");
    expect_boot(&view, "/debian-installer/");
    assert_null(strstr(text, "nf.bmc"));
    node.boot = NF_BOOT_AGENT;
    view.bmc = NF_TEXT("a b");
    assert_int_equal(loader_file(&view, NF_LOADER_GRUB), NF_CORRUPT);
}

static void
a_token_or_hash_of_other_letters_is_refused(void **state)
{
    struct nf_view view = view_of(NF_BOOT_INSTALL, "debian-image");

    (void) state;
    view.token = NF_TEXT("abc&x=${mac}");
    assert_int_equal(answer(&view, NF_ANSWER_IMAGE), NF_CORRUPT);
    view.token = NF_TEXT("abc");
    view.image_sha256 = NF_TEXT("00\",\"x\":\"");
    assert_int_equal(answer(&view, NF_ANSWER_IMAGE), NF_CORRUPT);
}

static void
a_reason_is_one_plain_line(void **state)
{
    struct nf_view view = view_of(NF_BOOT_STUCK, "debian-12");

    (void) state;
    view.reason = NF_TEXT("disk ${x} && reboot\nreboot; 100% \xc3\xa9");
    expect_boot(&view, "disk ??x? ?? reboot?reboot? 100? ??\n");
}

static void
a_long_reason_is_cut(void **state)
{
    char reason[400];
    struct nf_view view = view_of(NF_BOOT_STUCK, "debian-12");

    (void) state;
    memset(reason, 'r', sizeof(reason));
    view.reason = (struct nf_text){reason, sizeof(reason)};
    expect_boot(&view, "rrrr\necho Waiting");
}

static void
a_script_that_does_not_fit_is_an_error(void **state)
{
    struct nf_out out = nf_out(text, 100);
    struct nf_view view = view_of(NF_BOOT_WAIT, "");

    (void) state;
    assert_int_equal(nf_render_boot(templates, &view, &out), NF_TOO_LARGE);
    assert_int_equal(out.len, 0);
}

static int
load(void **state)
{
    struct nf_fault fault;

    (void) state;
    arena = nf_arena_new();
    nf_settings_default(&settings);
    if (nf_settings_set(&settings, "NF_SERVER_ADDR", NF_TEXT("10.66.0.1:80"),
                        &fault)
        || nf_settings_settle(&settings, &fault)
        || nf_templates_load(&templates, "conf/templates", NULL, &fault))
    {
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
        cmocka_unit_test(each_state_has_its_script),
        cmocka_unit_test(an_install_of_an_unknown_profile_waits_and_says_so),
        cmocka_unit_test(a_node_sleeps_when_no_request_can_be_held_open),
        cmocka_unit_test(an_install_without_a_token_is_our_mistake),
        cmocka_unit_test(every_variable_is_known_to_the_loader),
        cmocka_unit_test(a_state_of_another_version_waits),
        cmocka_unit_test(a_waiting_script_carries_no_token),
        cmocka_unit_test(an_answer_of_the_wrong_kind_is_not_found),
        cmocka_unit_test(
            a_preseed_profile_with_an_image_hands_over_to_the_agent),
        cmocka_unit_test(a_host_name_that_is_none_gets_into_no_script),
        cmocka_unit_test(a_record_that_runs_over_its_fields_is_cut),
        cmocka_unit_test(the_key_for_bmcs_is_told_to_the_agent_alone),
        cmocka_unit_test(a_token_or_hash_of_other_letters_is_refused),
        cmocka_unit_test(a_reason_is_one_plain_line),
        cmocka_unit_test(a_long_reason_is_cut),
        cmocka_unit_test(a_script_that_does_not_fit_is_an_error),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
