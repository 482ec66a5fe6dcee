/* Ranges of addresses, as an operator names them. */
#include "scratch.h"

#include "bmc/span.h"

static struct nf_spans spans;
static struct nf_fault fault;

static nf_error_t
adds(const char *text)
{
    fault = (struct nf_fault){0};
    return nf_spans_add(&spans, nf_text(text), &fault);
}

static void
check_at(uint32_t number, const char *wanted)
{
    char text[NF_IP4_TEXT];

    nf_ip4_format(nf_spans_at(&spans, number), text);
    assert_string_equal(text, wanted);
}

static void
what_is_named_is_counted(void **state)
{
    (void) state;
    spans = (struct nf_spans){0};
    assert_int_equal(adds("10.0.0.0/24"), NF_OK);
    assert_int_equal(spans.total, 254);
    assert_int_equal(adds("10.0.1.5-10.0.1.90"), NF_OK);
    assert_int_equal(spans.total, 254 + 86);
    assert_int_equal(adds("10.0.0.255"), NF_OK);
    assert_int_equal(adds("10.0.2.0/31"), NF_OK);
    assert_int_equal(adds("10.0.3.7/32"), NF_OK);
    assert_int_equal(spans.total, 254 + 86 + 1 + 2 + 1);
    check_at(0, "10.0.0.1");
    check_at(253, "10.0.0.254");
    check_at(254, "10.0.1.5");
    check_at(339, "10.0.1.90");
    check_at(340, "10.0.0.255");
    check_at(341, "10.0.2.0");
    check_at(343, "10.0.3.7");
}

static void
so_many_and_no_more(void **state)
{
    (void) state;
    spans = (struct nf_spans){0};
    assert_int_equal(adds("10.0.0.0/15"), NF_INVALID);
    assert_non_null(strstr(fault.reason, "maximum of 65536"));
    assert_int_equal(adds("1.0.0.0-223.255.255.255"), NF_INVALID);
    assert_int_equal(adds("10.0.0.0-10.0.255.255"), NF_OK);
    assert_int_equal(spans.total, NF_SPANS_ADDRESSES);
    check_at(65535, "10.0.255.255");
    assert_int_equal(adds("10.9.0.1"), NF_INVALID);
    assert_int_equal(spans.n, 1);
}

static void
so_many_ranges(void **state)
{
    char text[32];
    (void) state;

    spans = (struct nf_spans){0};
    for (int i = 0; i < NF_SPANS_MAX; i++) {
        snprintf(text, sizeof(text), "10.0.0.%d", i);
        assert_int_equal(adds(text), NF_OK);
    }
    assert_int_equal(adds("10.0.1.1"), NF_INVALID);
    assert_non_null(strstr(fault.reason, "too many"));
}

static void
what_is_none_is_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "must be an IPv4"},
        {"bmc7", "must be an IPv4"},
        {"10.0.0", "must be an IPv4"},
        {"10.0.0.1/24", "must be an IPv4"},
        {"10.0.0.0/33", "must be an IPv4"},
        {"10.0.0.0/0", "must be an IPv4"},
        {"0.0.0.0/0", "must be an IPv4"},
        {"10.0.0.0/", "must be an IPv4"},
        {"10.0.0.1-", "must be an IPv4"},
        {"-10.0.0.1", "must be an IPv4"},
        {"10.0.0.1-10.0.0.2-10.0.0.3", "must be an IPv4"},
        {"fe80::1", "must be an IPv4"},
        {"10.0.0.9-10.0.0.1", "ends before"},
        {"224.0.0.1", "no machine"},
        {"0.0.0.1", "no machine"},
        {"255.255.255.255", "no machine"},
        {"223.255.255.250-224.0.0.1", "no machine"},
        {"10.1.0.5-10.1.0.9", "overlaps"},
        {"10.1.0.0/24", "overlaps"},
    };
    (void) state;

    spans = (struct nf_spans){0};
    assert_int_equal(adds("10.1.0.7"), NF_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(adds(rows[i].text), NF_INVALID);
        assert_non_null(strstr(fault.reason, rows[i].why));
        assert_int_equal(spans.total, 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_named_is_counted),
        cmocka_unit_test(so_many_and_no_more),
        cmocka_unit_test(so_many_ranges),
        cmocka_unit_test(what_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
