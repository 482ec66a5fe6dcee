/* Addresses of network cards of every kind, in dnsmasq's spelling. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/card.h"

#define LONGEST "20-00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f"

static void
what_dnsmasq_writes_is_read_and_written_alike(void **state)
{
    static const struct {
        const char *text;
        uint8_t type, len;
    } rows[] = {
        {"52:54:00:00:00:01", 1, 6},
        {"24:8a:07:03:00:aa:bb:09", 1, 8},
        {"20-24:8a:07:03:00:aa:bb:01", 32, 8},
        {"20-", 32, 0},
        {"01-", 1, 0},
        {"06-52:54:00:00:00:01", 6, 6},
        {LONGEST, 32, 16},
    };
    char text[NF_CARD_TEXT];
    struct nf_card card;

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(nf_card_parse(nf_text(rows[i].text), &card));
        assert_int_equal(card.type, rows[i].type);
        assert_int_equal(card.len, rows[i].len);
        nf_card_format(&card, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void
anything_else_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "x",
                                      "52:54:00:00:00:0",
                                      "52:54:00:00:00:",
                                      ":52",
                                      "52::54",
                                      "2-52:54",
                                      "200-52:54",
                                      "20-52-54",
                                      "20-52:5g",
                                      "20- 52",
                                      "20-52:54\n",
                                      LONGEST ":10",
                                      "00-0x52"};
    struct nf_card card = {.type = 7};

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(nf_card_parse(nf_text(bad[i]), &card));
        assert_int_equal(card.type, 7);
    }
}

static void
only_an_ethernet_card_has_a_mac(void **state)
{
    static const char *const others[] = {
        "20-52:54:00:00:00:01", "52:54:00:00:00:01:02", "20-",
        "01:00:5e:00:00:01", "00:00:00:00:00:00"};
    nf_mac_t mac = {{1}}, its = {{0x52, 0x54, 0, 0, 0, 1}};
    struct nf_card card;

    (void) state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_true(nf_card_parse(nf_text(others[i]), &card));
        assert_false(nf_card_mac(&card, &mac));
    }
    card = nf_card_of(its);
    assert_true(nf_card_mac(&card, &mac));
    assert_true(nf_mac_equal(mac, its));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_dnsmasq_writes_is_read_and_written_alike),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(only_an_ethernet_card_has_a_mac),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
