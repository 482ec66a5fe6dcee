/* The words of the kernel's command line that the agent reads. */

#include "../../../nf-agent/boot_words.c"
#include "../../../nf-agent/address.c"
#include "../../../nf-agent/http.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
test_absent(void **state)
{
    (void) state;
    static const nf_mac_t none;
    struct nf_boot boot;
    char fault[100];

    assert_true(nf_boot_parse("quiet ro\n", &boot, fault, sizeof fault));
    assert_string_equal(boot.url, "");
    assert_string_equal(boot.token, "");
    assert_string_equal(boot.disk, "auto");
    assert_int_equal(boot.poll, 10);
    assert_int_equal(boot.retry, 60);
    assert_true(nf_mac_equal(boot.mac, none));
}

/* clang-format off */
static const struct {
    const char *line, *url, *mac;
} good[] = {
    { "regional_url=http://a:1/", "http://a:1", "000000000000" },
    { "nf.url=http://b// regional_url=http://a", "http://b", "000000000000" },
    { "nf.url=http://b nf.url=http://c x.nf.url=http://d", "http://c", "000000000000" },
    { "BOOTIF=01-52-54-00-00-00-07", "", "525400000007" },
    { "nf.mac=52:54:00:00:00:01 BOOTIF=01-52-54-00-00-00-07", "", "525400000001" },
    { "BOOTIF=20-whatever nf.url=", "", "000000000000" },
    { "nf.urls=http://a nf.ur=http://a nf.url", "", "000000000000" },
};

#define KEY "__________________________________________8"

/* What is wrong is named; everything else stays as it was. */
static const struct {
    const char *line, *name;
} bad[] = {
    { "nf.url=https://a", "nf.url" },
    { "nf.url=http://", "nf.url" },
    { "regional_url=http://a/#x", "regional_url" },
    { "regional_url=a", "regional_url" },
    { "nf.mac=ff:ff:ff:ff:ff:ff", "nf.mac" },
    { "nf.mac=00:00:00:00:00:00", "nf.mac" },
    { "BOOTIF=01-zz", "BOOTIF" },
    { "nf.token=a&b", "nf.token" },
    { "nf.disk=sda", "nf.disk" },
    { "nf.disk=/dev/../x", "nf.disk" },
    { "nf.disk=/dev/$x", "nf.disk" },
    { "nf.poll=0", "nf.poll" },
    { "nf.poll=3601", "nf.poll" },
    { "nf.poll=1x", "nf.poll" },
    { "nf.retry=-1", "nf.retry" },
    { "nf.bmc=1", "nf.bmc" },
    { "nf.bmc=administrator:", "nf.bmc" },
    { "nf.bmc=operator:" KEY, "nf.bmc" },
    { "nf.bmc=" KEY "A", "nf.bmc" },
    { "nf.bmc=" KEY "=", "nf.bmc" },
    { "nf.bmc=//////////////////////////////////////////8", "nf.bmc" },
    { "nf.retry=99999999999999999999", "nf.retry" },
};
/* clang-format on */

static void
test_good(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct nf_boot boot;
        char fault[100] = "";
        char mac[NF_MAC_TEXT];

        if (!nf_boot_parse(good[i].line, &boot, fault, sizeof fault)) {
            fail_msg("%s: %s", good[i].line, fault);
        }
        nf_mac_format(boot.mac, mac);
        assert_string_equal(boot.url, good[i].url);
        assert_string_equal(mac, good[i].mac);
    }
}

static void
test_bad(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct nf_boot boot = {.poll = 77};
        char fault[100] = "";

        if (nf_boot_parse(bad[i].line, &boot, fault, sizeof fault)) {
            fail_msg("%s was taken", bad[i].line);
        }
        assert_non_null(strstr(fault, bad[i].name));
        assert_int_equal(boot.poll, 77);
    }
}

/* The longest of everything, and one more. */
static void
test_bmc(void **state)
{
    (void) state;
    struct nf_boot boot;
    char fault[100];
    uint8_t key[32];

    memset(key, 0xff, sizeof key);
    assert_true(nf_boot_parse("quiet", &boot, fault, sizeof fault));
    assert_false(boot.bmc.is_wished);
    assert_true(nf_boot_parse("nf.bmc=" KEY, &boot, fault, sizeof fault));
    assert_true(boot.bmc.is_wished && !boot.bmc.is_administrator);
    assert_memory_equal(boot.bmc.key, key, sizeof key);
    assert_true(
        nf_boot_parse("nf.bmc=administrator:" KEY, &boot, fault, sizeof fault));
    assert_true(boot.bmc.is_administrator);
    assert_memory_equal(boot.bmc.key, key, sizeof key);
}

static void
test_long(void **state)
{
    (void) state;
    char line[8192];
    char text[NF_TOKEN_SIZE + 1];
    char fault[100];
    struct nf_boot boot;

    memset(text, 'a', sizeof text);
    snprintf(line, sizeof line, "nf.token=%.*s", NF_TOKEN_SIZE - 1, text);
    assert_true(nf_boot_parse(line, &boot, fault, sizeof fault));
    assert_int_equal(strlen(boot.token), NF_TOKEN_SIZE - 1);
    snprintf(line, sizeof line, "nf.token=%.*s", NF_TOKEN_SIZE, text);
    assert_false(nf_boot_parse(line, &boot, fault, sizeof fault));
    memset(line, 'x', sizeof line);
    memcpy(line, "nf.disk=/", 9);
    line[sizeof line - 1] = '\0';
    assert_false(nf_boot_parse(line, &boot, fault, sizeof fault));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absent), cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),    cmocka_unit_test(test_bmc),
        cmocka_unit_test(test_long),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
