#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "render/token.h"

static const uint8_t key[32] = {1, 2, 3};

static void
a_token_is_what_it_always_was(void **state)
{
    char text[NF_TOKEN_TEXT];

    (void) state;
    nf_token_make(key, (struct nf_attempt){0, 26, 1}, text);
    assert_string_equal(text, "c4vhx2q6rxyl6kpxz4e6sxaj4pmt46br");
}

static void
another_key_task_or_attempt_makes_another_token(void **state)
{
    static const uint8_t other[32] = {1, 2, 4};
    char text[NF_TOKEN_TEXT];

    (void) state;
    nf_token_make(key, (struct nf_attempt){0, 26, 1}, text);
    assert_true(
        nf_token_check(key, (struct nf_attempt){0, 26, 1}, nf_text(text)));
    assert_false(
        nf_token_check(other, (struct nf_attempt){0, 26, 1}, nf_text(text)));
    assert_false(
        nf_token_check(key, (struct nf_attempt){0, 27, 1}, nf_text(text)));
    assert_false(
        nf_token_check(key, (struct nf_attempt){0, 26, 2}, nf_text(text)));
}

static void
only_the_whole_token_passes(void **state)
{
    char text[NF_TOKEN_TEXT + 1];

    (void) state;
    nf_token_make(key, (struct nf_attempt){0, 26, 1}, text);
    assert_false(nf_token_check(key, (struct nf_attempt){0, 26, 1},
                                (struct nf_text){text, 31}));
    assert_false(nf_token_check(key, (struct nf_attempt){0, 26, 1},
                                (struct nf_text){text, 33}));
    assert_false(nf_token_check(key, (struct nf_attempt){0, 26, 1},
                                (struct nf_text){NULL, 0}));
    text[0] ^= 0x20;
    assert_false(nf_token_check(key, (struct nf_attempt){0, 26, 1},
                                (struct nf_text){text, 32}));
}

#define TOKEN  "c4vhx2q6rxyl6kpxz4e6sxaj4pmt46br"
#define DASHES "--------------------------------"

static void
a_token_is_blanked_wherever_it_stands(void **state)
{
    static const struct {
        const char *text, *masked;
    } rows[] = {
        {"", ""},
        {TOKEN, DASHES},
        {"/autoinstall/525400000001/" TOKEN "/bios/user-data",
         "/autoinstall/525400000001/" DASHES "/bios/user-data"},
        {"?token=" TOKEN "&a=" TOKEN "\", r",
         "?token=" DASHES "&a=" DASHES "\", r"},
        {"%63"
         "4vhx2q6rxyl6kpxz4e6sxaj4pmt46b%72",
         DASHES "----"},
        {"x" TOKEN, "-" DASHES}, /* it stands in it all the same */
        {"4vhx2q6rxyl6kpxz4e6sxaj4pmt46br", "4vhx2q6rxyl6kpxz4e6sxaj4pmt46br"},
        {"%6", "%6"},
        {"answered 403: no", "answered 403: no"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[128];
        snprintf(text, sizeof(text), "%s", rows[i].text);
        nf_token_mask(text, strlen(text));
        assert_string_equal(text, rows[i].masked);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_what_it_always_was),
        cmocka_unit_test(another_key_task_or_attempt_makes_another_token),
        cmocka_unit_test(only_the_whole_token_passes),
        cmocka_unit_test(a_token_is_blanked_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
