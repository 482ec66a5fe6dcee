/* Texts, numbers, host names, JSON strings and arenas. */
#include "scratch.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/out.h"

static void
text_is_cut_at_the_first_mark(void **state)
{
    struct nf_text rest = NF_TEXT("a,,b");

    (void) state;
    assert_true(nf_text_equal(nf_text_cut(&rest, ','), NF_TEXT("a")));
    assert_true(nf_text_equal(nf_text_cut(&rest, ','), NF_TEXT("")));
    assert_non_null(rest.data);
    assert_true(nf_text_equal(nf_text_cut(&rest, ','), NF_TEXT("b")));
    assert_null(rest.data);
    assert_int_equal(nf_text_cut(&rest, ',').len, 0);
    rest = NF_TEXT("a,");
    (void) nf_text_cut(&rest, ',');
    assert_non_null(rest.data); /* an empty part follows */
    assert_int_equal(rest.len, 0);
}

static void
a_copy_fits_with_its_end_or_is_not_made(void **state)
{
    char to[4] = "xyz";

    (void) state;
    assert_false(nf_text_copy(to, sizeof(to), NF_TEXT("abcd")));
    assert_false(nf_text_copy(to, sizeof(to), NF_TEXT("a\0b")));
    assert_string_equal(to, "xyz");
    assert_true(nf_text_copy(to, sizeof(to), NF_TEXT("abc")));
    assert_string_equal(to, "abc");
    assert_true(nf_text_copy(to, sizeof(to), (struct nf_text){0}));
    assert_string_equal(to, "");
    assert_false(nf_text_copy(to, 0, (struct nf_text){0}));
}

/* By the definition, not by the tables: decode and look at the number. */
static bool
is_utf8_slowly(const unsigned char *s, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    for (size_t i = 0; i < len;) {
        size_t n = s[i] < 0x80   ? 1
                   : s[i] < 0xc0 ? 0
                   : s[i] < 0xe0 ? 2
                   : s[i] < 0xf0 ? 3
                   : s[i] < 0xf8 ? 4
                                 : 0;
        uint32_t code = n < 2 ? s[i] : s[i] & (0xffu >> (n + 1));
        if (n == 0 || i + n > len) {
            return false;
        }
        for (size_t j = 1; j < n; j++) {
            if ((s[i + j] & 0xc0) != 0x80) {
                return false;
            }
            code = code << 6 | (s[i + j] & 0x3f);
        }
        if (code < least[n] || code > 0x10ffff
            || (code >= 0xd800 && code <= 0xdfff)) {
            return false;
        }
        i += n;
    }
    return true;
}

static void
utf8_is_what_the_standard_says(void **state)
{
    unsigned char s[4];

    (void) state;
    /* every pair; and every beginning of three and four with edges behind */
    for (unsigned i = 0; i < 65536; i++) {
        static const unsigned char edges[] = {0,    0x7f, 0x80, 0x8f, 0x90,
                                              0x9f, 0xa0, 0xbf, 0xc0, 0xff};
        s[0] = (unsigned char) (i >> 8);
        s[1] = (unsigned char) i;
        struct nf_text text = {(const char *) s, 2};
        assert_int_equal(nf_text_is_utf8(text), is_utf8_slowly(s, 2));
        for (size_t j = 0; j < 10; j++) {
            s[2] = edges[j];
            text.len = 3;
            assert_int_equal(nf_text_is_utf8(text), is_utf8_slowly(s, 3));
            s[3] = edges[(i + j) % 10];
            text.len = 4;
            assert_int_equal(nf_text_is_utf8(text), is_utf8_slowly(s, 4));
        }
    }
    assert_true(nf_text_is_utf8((struct nf_text){0}));
}

static void
printable_is_utf8_without_controls(void **state)
{
    (void) state;
    assert_true(nf_text_is_printable(NF_TEXT("Gr\xc3\xbc\xc3\x9f"
                                             "e 1")));
    assert_false(nf_text_is_printable(NF_TEXT("a\nb")));
    assert_false(nf_text_is_printable(NF_TEXT("a\x7f")));
    assert_false(nf_text_is_printable(NF_TEXT("a\xc2\x85")));
    assert_true(nf_text_is_printable(NF_TEXT("a\xc2\xa0")));
    assert_false(nf_text_is_printable(NF_TEXT("\xff")));
    assert_false(nf_text_is_printable(NF_TEXT("a\0")));
}

static void
host_names_follow_rfc_1123(void **state)
{
    static const char *const fine[] = {
        "a",
        "1",
        "web-1",
        "a.b",
        "A.b-C.d0",
        "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"};
    static const char *const bad[] = {
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "-a",
        "a-",
        "a.-b",
        "a-.b",
        "a_b",
        "a b",
        "\xc3\xbc",
        "a\n",
        "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz01"};

    (void) state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        assert_true(nf_text_is_hostname(nf_text(fine[i])));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(nf_text_is_hostname(nf_text(bad[i])));
    }
    assert_false(nf_text_is_hostname(NF_TEXT("a\0b")));
}

static void
numbers_are_plain_and_bounded(void **state)
{
    static const char *const bad[] = {
        "",    "-1", "+1", " 1", "1 ", "0x1", "1e3", "99999999999999999999",
        "1001"};
    uint64_t n = 7;

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(nf_text_number(nf_text(bad[i]), 1000, &n));
        assert_int_equal(n, 7);
    }
    assert_true(nf_text_number(NF_TEXT("1000"), 1000, &n));
    assert_int_equal(n, 1000);
    assert_true(nf_text_number(NF_TEXT("9223372036854775807"), INT64_MAX, &n));
    assert_int_equal(n, INT64_MAX);
    assert_false(nf_text_number(NF_TEXT("9223372036854775808"), INT64_MAX, &n));
}

static void
scrubbed_words_are_printable_ascii(void **state)
{
    char words[] = "a\nb\xc3\xbc\x7f~ ";

    (void) state;
    nf_text_scrub(words);
    assert_string_equal(words, "a?b???~ ");
}

/* Bytes behind the buffer stay as they are; what is in it is printable. */
static void
words_fit_and_are_cut_between_characters(void **state)
{
    static const struct {
        const char *words, *want;
        size_t size;
    } rows[] = {
        {"", "", 4},
        {"abc", "abc", 4},
        {"abcd", "...", 4},
        {"abcdefg", "abcdefg", 8},
        {"abcdefgh", "abcd...", 8},
        {"a\tb\r\nc\x1b[", "a b  c?[", 16},
        {"\xc2\x9b\x7f\xff\xc0\x80z", "?????z", 8}, /* C1, DEL, none, none */
        {"abc\xc3\xbc\xc3\xbc", "abc\xc3\xbc\xc3\xbc", 8},
        {"abc\xc3\xbc\xc3\xbcx", "abc...", 8},
        {"\xe2\x82\xac\xe2\x82\xac\xe2\x82", "\xe2\x82\xac...", 8},
        {"\xf0\x9f\x98\x80\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80...", 8},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char to[17];
        memset(to, '#', sizeof(to));
        nf_text_copy_words(to, rows[i].size, nf_text(rows[i].words));
        assert_string_equal(to, rows[i].want);
        assert_true(nf_text_is_printable(nf_text(to)));
        for (size_t at = rows[i].size; at < sizeof(to); at++) {
            assert_int_equal(to[at], '#');
        }
    }
    char nul[4];
    nf_text_copy_words(nul, sizeof(nul), (struct nf_text){"\0", 1});
    assert_string_equal(nul, "?");
}

static void
secrets_compare_as_bytes(void **state)
{
    (void) state;
    assert_true(nf_bytes_equal_secret((struct nf_bytes){"abc", 3},
                                      (struct nf_bytes){"abc", 3}));
    assert_false(nf_bytes_equal_secret((struct nf_bytes){"abc", 3},
                                       (struct nf_bytes){"abd", 3}));
    assert_false(nf_bytes_equal_secret((struct nf_bytes){"abc", 2},
                                       (struct nf_bytes){"abc", 3}));
    assert_true(nf_bytes_equal_secret((struct nf_bytes){"", 0},
                                      (struct nf_bytes){"", 0}));
}

/* --- writing
 * ------------------------------------------------------------------- */

static void
what_does_not_fit_is_not_begun_and_never_forgotten(void **state)
{
    char text[4] = "....";
    struct nf_out out = nf_out(text, 3);

    (void) state;
    nf_out_puts(&out, "ab");
    nf_out_puts(&out, "cd");
    assert_true(out.full);
    nf_out_putc(&out, 'c');
    assert_int_equal(out.len, 2);
    assert_int_equal(text[3], '.');
    out = nf_out(text, 3);
    nf_out_printf(&out, "%s", "abc"); /* its NUL has no room */
    assert_true(out.full);
    assert_int_equal(text[3], '.');
    out = nf_out(NULL, 0);
    nf_out_puts(&out, "");
    assert_false(out.full);
    nf_out_printf(&out, "%s", "a");
    assert_true(out.full);
}

static void
numbers_are_written_to_their_edges(void **state)
{
    static const struct {
        int64_t number;
        const char *text;
    } rows[] = {{0, "0"},
                {-1, "-1"},
                {INT64_MAX, "9223372036854775807"},
                {INT64_MIN, "-9223372036854775808"}};
    char text[32];

    (void) state;
    for (size_t i = 0; i < 4; i++) {
        struct nf_out out = nf_out(text, sizeof(text));
        nf_out_number(&out, rows[i].number);
        assert_true(nf_text_equal(nf_out_text(&out), nf_text(rows[i].text)));
    }
}

static void
expect_json(struct nf_text text, const char *wanted)
{
    char json[64];
    struct nf_out out = nf_out(json, sizeof(json));

    nf_out_json(&out, text);
    assert_true(nf_text_equal(nf_out_text(&out), nf_text(wanted)));
}

static void
json_strings_are_escaped(void **state)
{
    (void) state;
    expect_json((struct nf_text){0}, "\"\"");
    expect_json(NF_TEXT("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
    expect_json(NF_TEXT("\n\t\r\b"), "\"\\n\\t\\u000d\\u0008\"");
    expect_json(NF_TEXT("\0\x1f\x7f"), "\"\\u0000\\u001f\\u007f\"");
    expect_json(NF_TEXT("\xc3\xbc"), "\"\xc3\xbc\"");
    expect_json(NF_TEXT("a\xff"), "\"a\xef\xbf\xbd\"");
}

/* --- memory
 * ---------------------------------------------------------------------- */

static void
an_arena_gives_zeroed_memory_that_is_apart_and_aligned(void **state)
{
    nf_arena_t *arena = nf_arena_new();
    unsigned char *before = NULL;

    (void) state;
    for (size_t size = 0; size < 9000; size += 7) {
        unsigned char *at = nf_arena_take(arena, size);
        assert_non_null(at);
        assert_int_equal((uintptr_t) at % 16, 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(at[i], 0);
        }
        memset(at, 0xaa, size);
        assert_true(before == NULL || size < 8 || before[0] == 0xaa);
        before = size > 7 ? at : NULL;
    }
    assert_null(nf_arena_take(arena, SIZE_MAX));
    assert_null(nf_arena_take(arena, SIZE_MAX / 2 + 1));
    struct nf_text copy = nf_arena_copy(arena, NF_TEXT("abc"));
    assert_string_equal(copy.data, "abc");
    assert_int_equal(nf_arena_copy(arena, (struct nf_text){0}).len, 0);
    nf_arena_free(arena);
    nf_arena_free(NULL);
}

static void
every_error_has_a_status_and_words(void **state)
{
    (void) state;
    for (int err = NF_OK; err <= NF_BUG; err++) {
        int http = nf_error_http((enum nf_error) err);
        assert_true(err == NF_OK ? http == 200 : http >= 400 && http < 600);
        assert_true(nf_error_text((enum nf_error) err)[0] != '\0');
    }
}

static void
a_refusal_is_cut_to_its_buffers(void **state)
{
    struct nf_fault fault;
    static char big[500];

    (void) state;
    memset(big, 'x', sizeof(big) - 1);
    assert_int_equal(nf_refuse(&fault, big, "%s", big), NF_INVALID);
    assert_int_equal(strlen(fault.field), sizeof(fault.field) - 1);
    assert_int_equal(strlen(fault.reason), sizeof(fault.reason) - 1);
}

static void
hex_is_lower_case_digits_and_no_more(void **state)
{
    static const char *const bad[] = {
        "", "A", "0x1", " 1", "1\n", "-1", "g", "00000000000000001", NULL};
    uint64_t number = 7;

    (void) state;
    for (const char *const *text = bad; *text != NULL; text++) {
        assert_false(nf_text_hex(nf_text(*text), &number));
        assert_int_equal(number, 7);
    }
    assert_true(nf_text_hex(NF_TEXT("1a"), &number) && number == 26);
    assert_true(nf_text_hex(NF_TEXT("ffffffffffffffff"), &number)
                && number == UINT64_MAX);
    assert_true(nf_text_hex(NF_TEXT("0000000000000000"), &number)
                && number == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_is_lower_case_digits_and_no_more),
        cmocka_unit_test(text_is_cut_at_the_first_mark),
        cmocka_unit_test(a_copy_fits_with_its_end_or_is_not_made),
        cmocka_unit_test(utf8_is_what_the_standard_says),
        cmocka_unit_test(printable_is_utf8_without_controls),
        cmocka_unit_test(host_names_follow_rfc_1123),
        cmocka_unit_test(numbers_are_plain_and_bounded),
        cmocka_unit_test(scrubbed_words_are_printable_ascii),
        cmocka_unit_test(words_fit_and_are_cut_between_characters),
        cmocka_unit_test(secrets_compare_as_bytes),
        cmocka_unit_test(what_does_not_fit_is_not_begun_and_never_forgotten),
        cmocka_unit_test(numbers_are_written_to_their_edges),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(
            an_arena_gives_zeroed_memory_that_is_apart_and_aligned),
        cmocka_unit_test(every_error_has_a_status_and_words),
        cmocka_unit_test(a_refusal_is_cut_to_its_buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
