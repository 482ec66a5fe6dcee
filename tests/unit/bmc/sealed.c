/* How a device is reached, sealed for one worker and one command. */
#include "scratch.h"

#include <sodium.h>

#include "bmc/sealed.h"

#define ID "0123456789abcdef-7"

static struct nf_worker_keys keys;
static struct nf_fault fault;
static struct nf_sealed_device device;
static char text[NF_SEALED_TEXT];

static int
make_keys(void **state)
{
    (void) state;
    assert_true(sodium_init() >= 0);
    return crypto_box_keypair(keys.public, keys.secret);
}

static struct nf_sealed_device
ordinary(void)
{
    return (struct nf_sealed_device){.command = ID,
                                     .driver = "redfish",
                                     .address = "10.0.0.6:8443",
                                     .user = "root",
                                     .password = "s3cret \"\\\xc3\xa4",
                                     .pin = "sha256//z9M="};
}

static nf_error_t
opens(const char *sealed, const char *id)
{
    fault = (struct nf_fault){0};
    return nf_sealed_open(nf_text(sealed), nf_text(id), &keys, &device, &fault);
}

static nf_error_t
reads(const char *json)
{
    fault = (struct nf_fault){0};
    return nf_sealed_read(nf_text(json), NF_TEXT(ID), &device, &fault);
}

static void
what_is_sealed_is_what_is_opened(void **state)
{
    struct nf_sealed_device sealed = ordinary();
    (void) state;

    assert_true(nf_sealed_make(&sealed, keys.public, text));
    assert_null(strstr(text, "root"));
    assert_int_equal(opens(text, ID), NF_OK);
    assert_memory_equal(&device, &sealed, sizeof(device));
}

static void
the_longest_device_fits(void **state)
{
    struct nf_sealed_device sealed = ordinary();
    (void) state;

    memset(sealed.address, '"', sizeof(sealed.address) - 1);
    memset(sealed.user, '"', sizeof(sealed.user) - 1);
    memset(sealed.password, '\\', sizeof(sealed.password) - 1);
    memset(sealed.pin + 8, '"', sizeof(sealed.pin) - 9);
    memset(sealed.auth, '"', sizeof(sealed.auth) - 1);
    memset(sealed.priv, '\\', sizeof(sealed.priv) - 1);
    memset(sealed.priv_password, '"', sizeof(sealed.priv_password) - 1);
    snprintf(sealed.command, sizeof(sealed.command), "0123456789abcdef-%s",
             "9223372036854775807");
    assert_true(nf_sealed_make(&sealed, keys.public, text));
    assert_int_equal(opens(text, sealed.command), NF_OK);
    assert_memory_equal(&device, &sealed, sizeof(device));
}

static void
what_is_no_text_is_not_sealed(void **state)
{
    struct nf_sealed_device unended = ordinary(), odd = ordinary(),
                            driver = ordinary();
    (void) state;

    memset(unended.user, 'x', sizeof(unended.user));
    odd.password[2] = '\n';
    strcpy(driver.driver, "telnet");
    assert_false(nf_sealed_make(&unended, keys.public, text));
    assert_false(nf_sealed_make(&odd, keys.public, text));
    assert_false(nf_sealed_make(&driver, keys.public, text));
    assert_string_equal(text, "");
}

static void
another_worker_does_not_open_it(void **state)
{
    struct nf_sealed_device sealed = ordinary();
    struct nf_worker_keys other;
    (void) state;

    assert_int_equal(crypto_box_keypair(other.public, other.secret), 0);
    assert_true(nf_sealed_make(&sealed, other.public, text));
    assert_int_equal(opens(text, ID), NF_INVALID);
    assert_string_equal(fault.reason, "sealed: not for this worker's key");
    assert_true(sodium_is_zero((uint8_t *) &device, sizeof(device)));
}

static void
one_changed_bit_is_noticed(void **state)
{
    struct nf_sealed_device sealed = ordinary();
    (void) state;

    assert_true(nf_sealed_make(&sealed, keys.public, text));
    text[100] = text[100] == 'A' ? 'B' : 'A';
    assert_int_equal(opens(text, ID), NF_INVALID);
    assert_string_equal(fault.reason, "sealed: not for this worker's key");
}

static void
it_is_for_one_command(void **state)
{
    struct nf_sealed_device sealed = ordinary();
    (void) state;

    assert_true(nf_sealed_make(&sealed, keys.public, text));
    assert_int_equal(opens(text, "0123456789abcdef-8"), NF_INVALID);
    assert_string_equal(fault.reason, "sealed: for another command");
    assert_true(sodium_is_zero((uint8_t *) &device, sizeof(device)));
}

static void
what_is_no_box_is_refused(void **state)
{
    static const char *const texts[] = {"x", "AAAA", "AAA=x", "AA\nAA"};
    static char long_one[NF_SEALED_TEXT * 2];
    (void) state;

    memset(long_one, 'A', sizeof(long_one) - 4);
    assert_int_equal(opens(long_one, ID), NF_INVALID);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(opens(texts[i], ID), NF_INVALID);
        assert_string_equal(fault.reason,
                            "sealed: device is not a box in base64");
    }
}

#define HEAD "{\"command\":\"" ID "\","
#define TAIL "\"address\":\"a\",\"user\":\"u\","

static void
each_member_is_checked(void **state)
{
    static const struct {
        const char *json, *why;
    } rows[] = {
        {"[]", "sealed: "},
        {"{}", "sealed: command is missing"},
        {HEAD TAIL "\"driver\":\"ipmi\"}", "sealed: password is missing"},
        {HEAD TAIL "\"driver\":\"telnet\",\"password\":\"p\"}",
         "sealed: unknown driver"},
        {HEAD TAIL
         "\"driver\":\"ipmi\",\"password\":\"123456789012345678901\"}",
         "sealed: IPMI passwords have at most 20 bytes"},
        {HEAD TAIL "\"driver\":\"ipmi\",\"password\":\"p\\n\"}",
         "sealed: password must not contain control characters"},
        {HEAD TAIL "\"driver\":\"redfish\",\"password\":\"p\",\"pin\":\"md5\"}",
         "sealed: pin is not sha256//BASE64"},
        {HEAD TAIL "\"driver\":\"ios\",\"password\":\"p\","
                   "\"pin\":\"sha256//x\"}",
         "sealed: pin is not SHA256:BASE64"},
        {HEAD TAIL "\"driver\":\"snmp\",\"password\":\"p\","
                   "\"pin\":\"sha256//x\"}",
         "sealed: pin is not "},
        {HEAD "\"driver\":\"eapi\",\"address\":\"a\",\"user\":\"\","
              "\"password\":\"p\"}",
         "sealed: user is empty"},
        {HEAD "\"driver\":\"ipmi\",\"address\":\"\",\"user\":\"u\","
              "\"password\":\"p\"}",
         "sealed: address is empty"},
        {HEAD "\"driver\":\"ipmi\",\"address\":\"a\",\"user\":\"\","
              "\"password\":\"p\"}",
         "sealed: user is empty"},
    };
    (void) state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(reads(rows[i].json), NF_INVALID);
        assert_true(
            nf_text_starts(nf_text(fault.reason), nf_text(rows[i].why)));
        assert_true(sodium_is_zero((uint8_t *) &device, sizeof(device)));
    }
}

static void
what_is_not_known_is_ignored(void **state)
{
    (void) state;
    assert_int_equal(reads(HEAD TAIL "\"driver\":\"ipmi\",\"password\":\"\","
                                     "\"vendor\":\"x\",\"pin\":\"\"}"),
                     NF_OK);
    assert_string_equal(device.driver, "ipmi");
    assert_string_equal(device.password, "");
}

static void
a_switch_has_its_own_words(void **state)
{
    static const char *const rows[][2] = {
        {"ios", "SHA256:x"}, {"nxos", "SHA256:x"},  {"vrp", ""},
        {"comware", ""},     {"eapi", "sha256//x"}, {"snmp", ""},
    };
    (void) state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct nf_sealed_device sealed = ordinary();
        memset(sealed.driver, 0, sizeof(sealed.driver));
        memset(sealed.pin, 0, sizeof(sealed.pin));
        strcpy(sealed.driver, rows[i][0]);
        strcpy(sealed.pin, rows[i][1]);
        assert_true(nf_sealed_make(&sealed, keys.public, text));
        assert_int_equal(opens(text, ID), NF_OK);
        assert_memory_equal(&device, &sealed, sizeof(device));
    }
}

static void
snmp_has_a_user_and_two_passwords_or_none(void **state)
{
    (void) state;
    assert_int_equal(reads(HEAD TAIL "\"driver\":\"snmp\",\"password\":\"p\","
                                     "\"auth\":\"SHA-256\",\"priv\":\"AES\","
                                     "\"priv_password\":\"q\"}"),
                     NF_OK);
    assert_string_equal(device.auth, "SHA-256");
    assert_string_equal(device.priv, "AES");
    assert_string_equal(device.priv_password, "q");
    assert_int_equal(reads(HEAD "\"driver\":\"snmp\",\"address\":\"a\","
                                "\"user\":\"\",\"password\":\"public\"}"),
                     NF_OK);
    assert_string_equal(device.user, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_is_what_is_opened),
        cmocka_unit_test(the_longest_device_fits),
        cmocka_unit_test(what_is_no_text_is_not_sealed),
        cmocka_unit_test(another_worker_does_not_open_it),
        cmocka_unit_test(one_changed_bit_is_noticed),
        cmocka_unit_test(it_is_for_one_command),
        cmocka_unit_test(what_is_no_box_is_refused),
        cmocka_unit_test(each_member_is_checked),
        cmocka_unit_test(what_is_not_known_is_ignored),
        cmocka_unit_test(a_switch_has_its_own_words),
        cmocka_unit_test(snmp_has_a_user_and_two_passwords_or_none),
    };

    return cmocka_run_group_tests(tests, make_keys, NULL);
}
