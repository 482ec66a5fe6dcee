/* Addresses and times as text. */
#include "scratch.h"

#include <time.h>

#include "base/time.h"

static void
a_mac_is_read_in_every_usual_spelling(void **state)
{
    static const char *const fine[] = {"525400abcdef",      "525400ABCDEF",
                                       "52:54:00:ab:cd:ef", "52-54-00-AB-cd-EF",
                                       "52.54.00.ab.cd.ef", "5254.00ab.cdef",
                                       "5254:00ab:cdef",    "5254-00ab-cdef"};
    static const char *const bad[] = {"",
                                      "525400abcde",
                                      "525400abcdef0",
                                      "525400abcdeg",
                                      "52:54:00:ab:cd-ef",
                                      "52:54:00:ab:cd:e",
                                      "52:54:00:ab:cd:ef:",
                                      "52 54 00 ab cd ef",
                                      "52/54/00/ab/cd/ef",
                                      "52540:0ab:cdef",
                                      "000000000000",
                                      "ffffffffffff",
                                      "010000000001",
                                      "525400abcdef-xyz",
                                      "5254.00ab:cdef",
                                      "::::::::::::",
                                      "52:54:00:ab:cd:\xc3\xbc"};
    static const nf_mac_t wanted = {{0x52, 0x54, 0, 0xab, 0xcd, 0xef}};
    nf_mac_t mac;

    (void) state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        memset(&mac, 0, sizeof(mac));
        assert_true(nf_mac_parse(nf_text(fine[i]), &mac));
        assert_true(nf_mac_equal(mac, wanted));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        mac = wanted;
        assert_false(nf_mac_parse(nf_text(bad[i]), &mac));
        assert_true(nf_mac_equal(mac, wanted));
    }
    assert_false(nf_mac_parse(NF_TEXT("525400abcd\0f"), &mac));
}

static void
a_mac_is_written_three_ways(void **state)
{
    static const nf_mac_t mac = {{0x52, 0x54, 0, 0xab, 0xcd, 0xef}};
    char plain[NF_MAC_TEXT], divided[NF_MAC_COLONS];

    (void) state;
    nf_mac_format(mac, plain);
    assert_string_equal(plain, "525400abcdef");
    nf_mac_format_divided(mac, ':', divided);
    assert_string_equal(divided, "52:54:00:ab:cd:ef");
    nf_mac_format_divided(mac, '-', divided);
    assert_string_equal(divided, "52-54-00-ab-cd-ef");
}

static void
an_ip_address_is_four_plain_numbers(void **state)
{
    static const char *const fine[] = {"0.0.0.0", "255.255.255.255",
                                       "10.66.0.1", "1.2.3.4"};
    static const char *const bad[] = {
        "",         "1",         "1.2.3",     "1.2.3.4.5",
        "1.2.3.4.", ".1.2.3",    "1..2.3",    "256.1.1.1",
        "01.2.3.4", "1.2.3.04",  "1.2.3.-4",  "1.2.3.4 ",
        " 1.2.3.4", "0x1.2.3.4", "1.2.3.4\n", "1.2.3.1000"};
    char text[NF_IP4_TEXT];
    nf_ip4_t ip;

    (void) state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        assert_true(nf_ip4_parse(nf_text(fine[i]), &ip));
        nf_ip4_format(ip, text);
        assert_string_equal(text, fine[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(nf_ip4_parse(nf_text(bad[i]), &ip));
    }
}

static void
a_netmask_is_ones_and_then_zeros(void **state)
{
    unsigned found = 0;

    (void) state;
    for (unsigned bits = 1; bits < 32; bits++) {
        uint32_t mask = UINT32_MAX << (32 - bits);
        nf_ip4_t ip = {{(uint8_t) (mask >> 24), (uint8_t) (mask >> 16),
                        (uint8_t) (mask >> 8), (uint8_t) mask}};
        assert_true(nf_ip4_is_netmask(ip));
        ip.b[bits / 8] ^= (uint8_t) (1 << (7 - bits % 8) >> 1);
        found += nf_ip4_is_netmask(ip);
    }
    assert_int_equal(found, 3 + 1); /* one less bit at each byte's end */
    assert_false(nf_ip4_is_netmask((nf_ip4_t){{0, 0, 0, 0}}));
    assert_true(nf_ip4_is_netmask((nf_ip4_t){{255, 255, 255, 255}}));
    assert_false(nf_ip4_is_netmask((nf_ip4_t){{255, 0, 255, 0}}));
    assert_false(nf_ip4_is_netmask((nf_ip4_t){{0, 255, 255, 0}}));
}

static void
a_network_has_no_host_bits(void **state)
{
    static const char *const bad[] = {"10.0.0.1/24", "10.0.0.0",    "10.0.0.0/",
                                      "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/24",
                                      "1.0.0.0/0"};
    struct nf_ip4_net net;

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(nf_ip4_net_parse(nf_text(bad[i]), &net));
    }
    assert_true(nf_ip4_net_parse(NF_TEXT("10.66.0.0/23"), &net));
    assert_true(nf_ip4_net_has(net, (nf_ip4_t){{10, 66, 1, 255}}));
    assert_false(nf_ip4_net_has(net, (nf_ip4_t){{10, 66, 2, 0}}));
    assert_true(nf_ip4_net_parse(NF_TEXT("0.0.0.0/0"), &net));
    assert_true(nf_ip4_net_has(net, (nf_ip4_t){{1, 2, 3, 4}}));
    assert_true(nf_ip4_net_parse(NF_TEXT("1.2.3.4/32"), &net));
    assert_false(nf_ip4_net_has(net, (nf_ip4_t){{1, 2, 3, 5}}));
}

/* --- times
 * ------------------------------------------------------------------------- */

/* Against libc, over all years. */
static void
times_read_as_libc_writes_them(void **state)
{
    (void) state;
    for (int64_t s = 0; s < 253402300800; s += 86399 * 11 + 7) {
        char wanted[64], text[NF_TIME_TEXT];
        time_t seconds = (time_t) s;
        struct tm tm;
        nf_time_t back = -1;
        gmtime_r(&seconds, &tm);
        strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%SZ", &tm);
        nf_time_format(s * 1000 + 999, text);
        assert_string_equal(text, wanted);
        assert_true(nf_time_parse(nf_text(text), &back));
        assert_int_equal(back, s * 1000);
    }
}

static void
milliseconds_and_offsets_count(void **state)
{
    static const struct {
        const char *text;
        nf_time_t time;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01t00:00:00.5z", 500},
        {"2026-01-22T10:00:00.123456789Z", 1769076000123},
        {"2026-01-22T12:30:00+02:30", 1769076000000},
        {"2026-01-22T05:00:00-05:00", 1769076000000},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2000-02-29T00:00:00Z", 951782400000},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
    };
    char text[NF_TIME_TEXT];
    nf_time_t time;

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(nf_time_parse(nf_text(rows[i].text), &time));
        assert_int_equal(time, rows[i].time);
    }
    nf_time_format_ms(1769076000123, text);
    assert_string_equal(text, "2026-01-22T10:00:00.123Z");
}

static void
what_is_no_time_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-01-22",
        "2026-01-22T10:00:00",
        "2026-01-22 10:00:00Z",
        "2026-1-22T10:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+2:00",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+02:60",
        "2026-01-01T00:00:00+0200",
        "2026-01-01T00:00:00ZZ",
        "1969-12-31T23:59:59Z",
        "0000-00-00T00:00:00Z",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2026-01-01T00:00:-1Z",
        "2026-01-01T00:00:00.123456789012345678901Z"};
    nf_time_t time = 42;

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (nf_time_parse(nf_text(bad[i]), &time)) {
            fail_msg("taken for a time: %s", bad[i]);
        }
        assert_int_equal(time, 42);
    }
}

static void
lengths_of_time_read_as_people_say_them(void **state)
{
    static const struct {
        nf_time_t length;
        const char *text;
    } rows[] = {{0, "0s"},
                {999, "0s"},
                {59999, "59s"},
                {60000, "1m0s"},
                {330000, "5m30s"},
                {3600000, "1h0m0s"},
                {259380000, "72h3m0s"}};
    char text[32];

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct nf_out out = nf_out(text, sizeof(text));
        nf_out_duration(&out, rows[i].length);
        assert_true(nf_text_equal(nf_out_text(&out), nf_text(rows[i].text)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mac_is_read_in_every_usual_spelling),
        cmocka_unit_test(a_mac_is_written_three_ways),
        cmocka_unit_test(an_ip_address_is_four_plain_numbers),
        cmocka_unit_test(a_netmask_is_ones_and_then_zeros),
        cmocka_unit_test(a_network_has_no_host_bits),
        cmocka_unit_test(times_read_as_libc_writes_them),
        cmocka_unit_test(milliseconds_and_offsets_count),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(lengths_of_time_read_as_people_say_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
