/* The login that a machine made itself on its BMC, sealed for the site. */

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "bmc/enroll.h"

static const uint8_t site[32] = {1, 2, 3};

#define LOGIN                                                                  \
    "{\"password\":\"sixteen-letters!\",\"address\":\"10.0.0.5\","             \
    "\"user\":\"nodefoundry\",\"mac\":\"52:54:00:00:00:01\","                  \
    "\"serial\":\"SN-1\"}"

/* As nf-agent does, by the word that it was told. */
static struct nf_text
seal(const char *json, char text[static 2048])
{
    char word[NF_ENROLL_WORD];
    uint8_t key[NF_ENROLL_KEY], box[1200];
    size_t len = strlen(json);

    nf_enroll_word("1", site, word);
    assert_int_equal(
        sodium_base642bin(key, sizeof(key), word + 14, strlen(word + 14), NULL,
                          NULL, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
        0);
    assert_true(len + crypto_box_SEALBYTES <= sizeof(box));
    assert_int_equal(crypto_box_seal(box, (const uint8_t *) json, len, key), 0);
    sodium_bin2base64(text, 2048, box, len + crypto_box_SEALBYTES,
                      sodium_base64_VARIANT_ORIGINAL);
    return nf_text(text);
}

static void
the_pair_is_what_it_always_was(void **state)
{
    char word[NF_ENROLL_WORD];

    (void) state;
    nf_enroll_word("1", site, word);
    assert_string_equal(
        word, "administrator:dIMsfdjtMkCbbJ0f7gKYngtrkq6soUVUlZNFgKdXNlM");
}

static void
the_word_is_told_when_it_is_asked_for(void **state)
{
    static const char *const off[] = {"0", "off", "false"};
    static const char *const on[] = {"1", "on", "true"};
    char word[NF_ENROLL_WORD], usual[NF_ENROLL_WORD];

    (void) state;
    nf_enroll_word("1", site, usual);
    assert_int_equal(strlen(usual), 14 + 43);
    for (size_t i = 0; i < 3; i++) {
        nf_enroll_word(off[i], site, word);
        assert_string_equal(word, "");
        nf_enroll_word(on[i], site, word);
        assert_string_equal(word, usual);
    }
    nf_enroll_word("administrator", site, word);
    assert_string_equal(word, usual); /* who is told all of it: see change */
}

static void
what_was_sealed_is_opened(void **state)
{
    struct nf_enroll_login login;
    struct nf_fault fault;
    char text[2048];

    (void) state;
    assert_int_equal(nf_enroll_open(seal(LOGIN, text), site, &login, &fault),
                     NF_OK);
    assert_string_equal(login.password, "sixteen-letters!");
    assert_string_equal(login.address, "10.0.0.5");
    assert_string_equal(login.user, "nodefoundry");
    assert_string_equal(login.mac, "52:54:00:00:00:01");
    assert_string_equal(login.serial, "SN-1");
}

static void
another_site_opens_nothing(void **state)
{
    static const uint8_t other[32] = {1, 2, 4};
    static const struct nf_enroll_login none;
    struct nf_enroll_login login;
    struct nf_fault fault;
    char text[2048];

    (void) state;
    assert_int_equal(nf_enroll_open(seal(LOGIN, text), other, &login, &fault),
                     NF_INVALID);
    assert_string_equal(fault.reason, "bmc_login: sealed for another key");
    assert_memory_equal(&login, &none, sizeof(none));
    text[20] ^= 1;
    assert_int_equal(nf_enroll_open(nf_text(text), site, &login, &fault),
                     NF_INVALID);
}

/* clang-format off */
static const struct {
    const char *json, *reason;
} bad[] = {
    {"", "bmc_login: "},
    {"[]", "bmc_login: "},
    {"{\"password\":\"x\"}", "bmc_login: address is missing"},
    {"{\"password\":\"x\",\"address\":\"10.0.0.5:623\",\"user\":\"u\",\"mac\":\"m\"}",
     "bmc_login: address cannot be a BMC's"},
    {"{\"password\":\"x\",\"address\":\"127.0.0.1\",\"user\":\"u\",\"mac\":\"m\"}",
     "bmc_login: address cannot be a BMC's"},
    {"{\"password\":\"x\",\"address\":\"239.1.2.3\",\"user\":\"u\",\"mac\":\"m\"}",
     "bmc_login: address cannot be a BMC's"},
    {"{\"password\":\"123456789012345678901\",\"address\":\"10.0.0.5\",\"user\":\"u\",\"mac\":\"m\"}",
     "bmc_login: IPMI passwords have at most 20 bytes"},
    {"{\"password\":\"\",\"address\":\"10.0.0.5\",\"user\":\"u\",\"mac\":\"m\"}",
     "bmc_login: password "},
    {"{\"password\":\"a\\u0001\",\"address\":\"10.0.0.5\",\"user\":\"u\",\"mac\":\"m\"}",
     "bmc_login: password "},
};
/* clang-format on */

static void
what_is_no_login_is_refused(void **state)
{
    static const struct nf_enroll_login none;
    struct nf_enroll_login login;
    char text[2048];

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct nf_fault fault = {0};
        nf_error_t err =
            nf_enroll_open(seal(bad[i].json, text), site, &login, &fault);
        if (err != NF_INVALID
            || strncmp(fault.reason, bad[i].reason, strlen(bad[i].reason)) != 0)
        {
            fail_msg("%s: %d %s", bad[i].json, (int) err, fault.reason);
        }
        assert_memory_equal(&login, &none, sizeof(none));
    }
}

static void
what_is_no_box_is_refused(void **state)
{
    static const char *const texts[] = {"", "A", "AAAA", "not base64!", "===="};
    struct nf_enroll_login login;
    struct nf_fault fault;
    char text[4000];

    (void) state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(
            nf_enroll_open(nf_text(texts[i]), site, &login, &fault),
            NF_INVALID);
    }
    memset(text, 'A', sizeof(text));
    assert_int_equal(nf_enroll_open((struct nf_text){text, sizeof(text)}, site,
                                    &login, &fault),
                     NF_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pair_is_what_it_always_was),
        cmocka_unit_test(the_word_is_told_when_it_is_asked_for),
        cmocka_unit_test(what_was_sealed_is_opened),
        cmocka_unit_test(another_site_opens_nothing),
        cmocka_unit_test(what_is_no_login_is_refused),
        cmocka_unit_test(what_is_no_box_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
