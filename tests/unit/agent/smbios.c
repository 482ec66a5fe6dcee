/* Firmware's table of structures, and labels made of what it says. */

#include "../../../nf-agent/smbios.c"
#include "../../../nf-agent/label.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct table {
    uint8_t b[512];
    size_t len;
};

static void
put(struct table *table, const void *bytes, size_t n)
{
    assert_true(table->len + n <= sizeof table->b);
    memcpy(table->b + table->len, bytes, n);
    table->len += n;
}

static void
memory_put(struct table *table, uint16_t size, uint32_t extended)
{
    uint8_t s[32] = {NF_SMBIOS_MEMORY, sizeof s};

    s[0x0c] = (uint8_t) size;
    s[0x0d] = (uint8_t) (size >> 8);
    for (int i = 0; i < 4; i++) {
        s[0x1c + i] = (uint8_t) (extended >> 8 * i);
    }
    put(table, s, sizeof s);
    put(table, "DIMM\0", 6);
}

/* As SMBIOS 3.2 has it. */
static int64_t
ram_of(uint8_t type, uint16_t detail, uint8_t technology, uint64_t made_ram,
       int64_t *cached)
{
    uint8_t s[0x54] = {NF_SMBIOS_MEMORY, sizeof s, [0x0d] = 0x40};
    struct table table = {0};
    struct nf_smbios part;
    size_t at = 0;

    s[0x12] = type;
    s[0x13] = (uint8_t) detail;
    s[0x14] = (uint8_t) (detail >> 8);
    s[0x28] = technology;
    for (int i = 0; i < 8; i++) {
        s[0x3c + i] = (uint8_t) (made_ram >> 8 * i);
    }
    put(&table, s, sizeof s);
    put(&table, "\0\0", 2);
    assert_true(nf_smbios_next(table.b, table.len, &at, &part));
    *cached = nf_smbios_cached_memory(&part);
    return nf_smbios_memory(&part);
}

static void
only_ram_is_ram(void **state)
{
    const int64_t all = INT64_C(16) << 30;
    int64_t cached;

    (void) state;
    assert_int_equal(ram_of(0x1a, 0x80, 0x03, (uint64_t) all, &cached), all);
    assert_int_equal(cached, 0);
    assert_int_equal(ram_of(0x22, 0x80, 0, 0, &cached), all); /* DDR5 */
    assert_int_equal(ram_of(0x20, 0, 0, 0, &cached), all);    /* HBM */
    assert_int_equal(ram_of(0x05, 0, 0, 0, &cached), 0);      /* video */
    assert_int_equal(ram_of(0x09, 0, 0, 0, &cached), 0);      /* flash */
    assert_int_equal(ram_of(0x1f, 0, 0, 0, &cached), 0);
    assert_int_equal(ram_of(0x1a, 0x1080, 0, 0, &cached), 0);
    for (uint8_t technology = 4; technology <= 7; technology++) {
        assert_int_equal(ram_of(0x1a, 0, technology, 0, &cached), 0);
        assert_int_equal(cached, 0);
    }
    assert_int_equal(ram_of(0x1f, 0, 7, UINT64_C(12) << 30, &cached), 0);
    assert_int_equal(cached, INT64_C(12) << 30);
    (void) ram_of(0x1f, 0, 7, UINT64_MAX, &cached);
    assert_int_equal(cached, 0);
    (void) ram_of(0x1f, 0, 7, UINT64_C(17) << 30, &cached);
    assert_int_equal(cached, 0);
}

static struct table
whole(void)
{
    static const uint8_t processor[0x18] = {4, 0x18, [0x10] = 2};
    struct table table = {0};

    put(&table, processor, sizeof processor);
    put(&table, "CPU1\0Ampere(R) Altra(R)\0", 25);
    memory_put(&table, 16384, 0);
    memory_put(&table, 0x7fff, 65536);
    memory_put(&table, 0x8000 | 512, 0);
    memory_put(&table, 0, 0);
    memory_put(&table, 0xffff, 0);
    put(&table, "\x26\x04\0\0\0\0", 6);
    put(&table, "\x7f\x04\0\0\0\0", 6);
    return table;
}

static void
structures_are_found_one_by_one(void **state)
{
    static const uint8_t types[] = {4, 17, 17, 17, 17, 17, 38, 127};
    static const int64_t sizes[] = {
        0, INT64_C(16) << 30, INT64_C(64) << 30, 512 << 10, 0, 0};
    struct table table = whole();
    struct nf_smbios part;
    char label[NF_LABEL_SIZE];
    size_t at = 0, n = 0;

    (void) state;
    for (; nf_smbios_next(table.b, table.len, &at, &part); n++) {
        assert_int_equal(part.at[0], types[n]);
        if (n == 0) {
            nf_smbios_label(&part, 0x10, label);
            assert_string_equal(label, "Ampere(R) Altra(R)");
        } else if (n < sizeof sizes / sizeof sizes[0]) {
            assert_int_equal(nf_smbios_memory(&part), sizes[n]);
        }
    }
    assert_int_equal(n, sizeof types);
}

/* Each length is memory of its own, so that a byte too far is seen. */
static void
a_table_cut_anywhere_is_walked_within_it(void **state)
{
    struct table table = whole();

    (void) state;
    for (size_t len = 0; len < table.len; len++) {
        uint8_t *exact = malloc(len + 1);
        struct nf_smbios part;
        char label[NF_LABEL_SIZE];
        size_t at = 0, n = 0;
        assert_non_null(exact);
        memcpy(exact, table.b, len);
        while (nf_smbios_next(exact, len, &at, &part)) {
            nf_smbios_label(&part, 0x10, label);
            nf_smbios_memory(&part);
            nf_smbios_cached_memory(&part);
            n++;
        }
        assert_true(n < 8 && at <= len);
        free(exact);
    }
}

static void
a_string_that_is_not_there_is_empty(void **state)
{
    struct nf_smbios part;
    char label[NF_LABEL_SIZE] = "old";
    size_t at = 0;

    (void) state;
    assert_true(nf_smbios_next((const uint8_t *) "\x01\x06\0\0\x09\0one\0", 11,
                               &at, &part));
    nf_smbios_label(&part, 4, label);
    assert_string_equal(label, "");
    nf_smbios_label(&part, 5, label);
    assert_string_equal(label, "");
    nf_smbios_label(&part, 200, label);
    assert_string_equal(label, "");
}

static void
a_label_is_what_prints(void **state)
{
    /* clang-format off */
    static const struct {
        const char *bytes;
        size_t len;
        const char *label;
    } cases[] = {
        { "  PowerEdge \t R740 \n", 19, "PowerEdge R740" },
        { "7XK\xff\xff\xff", 6, "7XK" },
        { "a\x1b[31mb\x7f" "c", 9, "a[31mbc" },
        { "caf\xc3\xa9", 5, "caf\xc3\xa9" },
        { "caf\xc3", 4, "caf" },                /* half a character */
        { "\xc3\x28", 2, "(" },
        { "\xed\xa0\x80x", 4, "x" },            /* a surrogate */
        { "one\0two", 7, "one" },
        { "", 0, "" },
        { "   ", 3, "" },
    };
    /* clang-format on */
    char label[NF_LABEL_SIZE];
    char many[300];

    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *exact = malloc(cases[i].len + 1);
        assert_non_null(exact);
        memcpy(exact + 1, cases[i].bytes, cases[i].len);
        nf_label_clean(exact + 1, cases[i].len, label);
        assert_string_equal(label, cases[i].label);
        free(exact);
    }
    memset(many, 'x', sizeof many);
    nf_label_clean(many, sizeof many, label);
    assert_int_equal(strlen(label), NF_LABEL_SIZE - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_ram_is_ram),
        cmocka_unit_test(structures_are_found_one_by_one),
        cmocka_unit_test(a_table_cut_anywhere_is_walked_within_it),
        cmocka_unit_test(a_string_that_is_not_there_is_empty),
        cmocka_unit_test(a_label_is_what_prints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
