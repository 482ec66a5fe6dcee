/* What DHCP clients ask, as anybody may write it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dhcp/ask.h"

enum {
    HEAD = 240,
    SIZE = 600,
};

static uint8_t message[SIZE];
static size_t len;
static struct nf_ask ask;

/* An empty request of an Ethernet card. */
static void
begin(void)
{
    static const uint8_t cookie[] = {99, 130, 83, 99};

    memset(message, 0, sizeof(message));
    message[0] = 1;
    message[1] = 1;
    message[2] = 6;
    memcpy(message + 28, "\x52\x54\0\0\0\1", 6);
    memcpy(message + 236, cookie, sizeof(cookie));
    len = HEAD;
}

static void
option(uint8_t number, const char *value, uint8_t size)
{
    message[len++] = number;
    message[len++] = size;
    memcpy(message + len, value, size);
    len += size;
}

static bool
is_read(void)
{
    return nf_ask_read(message, len, &ask);
}

static void
discover(void)
{
    begin();
    option(53, "\1", 1);
}

static void
assert_ip(nf_ip4_t ip, const char *bytes)
{
    assert_memory_equal(ip.b, bytes, 4);
}

static void
a_discover_says_who_asks(void **state)
{
    (void) state;
    discover();
    option(50, "\x0a\x42\0\7", 4);
    message[len++] = 255;
    assert_true(is_read());
    assert_int_equal(ask.kind, NF_ASK_DISCOVER);
    assert_int_equal(ask.card.type, 1);
    assert_int_equal(ask.card.len, 6);
    assert_memory_equal(ask.card.b, "\x52\x54\0\0\0\1", 6);
    assert_ip(ask.wish, "\x0a\x42\0\7");
    assert_ip(ask.link, "\0\0\0\0");
    assert_int_equal(ask.port, 0);
}

static void
a_request_says_what_it_has_and_whose_offer_it_takes(void **state)
{
    (void) state;
    begin();
    option(53, "\3", 1);
    option(54, "\x0a\x42\0\1", 4);
    option(50, "\x0a\x42\0\7", 4);
    memcpy(message + 12, "\x0a\x42\0\x8", 4); /* renewing counts more */
    assert_true(is_read());
    assert_int_equal(ask.kind, NF_ASK_REQUEST);
    assert_ip(ask.server, "\x0a\x42\0\1");
    assert_ip(ask.wish, "\x0a\x42\0\x8");
}

static void
a_relay_says_where_it_asks(void **state)
{
    (void) state;
    discover();
    memcpy(message + 24, "\x0a\x51\0\1", 4);
    assert_true(is_read());
    assert_ip(ask.link, "\x0a\x51\0\1");
    option(82, "\1\3abc\2\2xy", 9);
    assert_true(is_read());
    assert_ip(ask.link, "\x0a\x51\0\1");
    uint64_t port = ask.port;
    assert_int_not_equal(port, 0);
    len -= 1;
    message[len - 1] ^= 1; /* cut: what is whole counts */
    message[HEAD + 4] = 8;
    assert_true(is_read());
    assert_int_not_equal(ask.port, port);
    option(82, "\5\4\x0a\x52\0\1", 6); /* RFC 3527 */
    assert_true(is_read());
    assert_ip(ask.link, "\x0a\x52\0\1");
    option(118, "\x0a\x53\0\1", 4); /* RFC 3011 */
    assert_true(is_read());
    assert_ip(ask.link, "\x0a\x53\0\1");
}

static void
firmware_says_what_it_is(void **state)
{
    (void) state;
    discover();
    assert_true(is_read());
    assert_false(ask.is_firmware);
    option(93, "\0\6", 2);
    assert_true(is_read());
    assert_true(ask.is_firmware);
    assert_int_equal(ask.arch, 6);
    assert_false(ask.is_pi);
    option(97, "\0RPi4............", 17);
    assert_true(is_read());
    assert_true(ask.is_pi);
    option(175, "\xb1\1\1", 3); /* iPXE's own */
    assert_true(is_read());
    assert_false(ask.is_firmware);
}

static void
ipxe_is_no_firmware_wherever_it_says_so(void **state)
{
    (void) state;
    discover();
    option(77, "iPXE", 4);
    option(93, "\0\7", 2);
    assert_true(is_read());
    assert_false(ask.is_firmware);
    discover();
    option(93, "\0", 1); /* nonsense */
    option(97, "\0RP", 3);
    option(77, "iPX", 3);
    assert_true(is_read());
    assert_false(ask.is_firmware);
    assert_false(ask.is_pi);
}

static void
of_several_architectures_the_first_that_may_be_served_counts(void **state)
{
    (void) state;
    discover();
    option(93, "\0\2\0\7\0\0", 6);
    assert_true(is_read());
    assert_int_equal(ask.arch, 7);
    discover();
    option(93, "\0\2\0\3", 4);
    assert_true(is_read());
    assert_int_equal(ask.arch, 2);
}

static void
other_cards_are_cards_too(void **state)
{
    (void) state;
    discover();
    message[1] = 32;
    message[2] = 8;
    memcpy(message + 28, "\x24\x8a\7\3\0\xaa\xbb\1", 8);
    assert_true(is_read());
    assert_int_equal(ask.card.type, 32);
    assert_int_equal(ask.card.len, 8);
}

static void
what_an_address_cannot_be_kept_for_is_left_alone(void **state)
{
    static const uint8_t kinds[] = {0, 2, 4, 5, 6, 7, 8, 255};

    (void) state;
    for (size_t i = 0; i < sizeof(kinds); i++) {
        begin();
        option(53, (const char *) &kinds[i], 1);
        assert_false(is_read());
    }
    begin();
    assert_false(is_read()); /* BOOTP */
    discover();
    message[2] = 0; /* RFC 4390 */
    assert_false(is_read());
    message[2] = 17;
    assert_false(is_read());
    discover();
    message[28] = 1; /* a group's address */
    assert_false(is_read());
    discover();
    memset(message + 28, 0, 6);
    assert_false(is_read());
    discover();
    message[0] = 2;
    assert_false(is_read());
    discover();
    message[236] = 98;
    assert_false(is_read());
}

static void
a_message_that_is_cut_short_is_not_read_beyond_its_end(void **state)
{
    (void) state;
    discover();
    option(50, "\x0a\x42\0\7", 4);
    size_t whole = len;
    for (len = 0; len < HEAD + 3; len++) {
        assert_false(is_read());
    }
    for (; len < whole; len++) {
        assert_true(is_read());
        assert_ip(ask.wish, "\0\0\0\0");
    }
    message[HEAD + 4] = 200; /* says more than there is */
    assert_true(is_read());
    assert_ip(ask.wish, "\0\0\0\0");
}

static void
an_answer_says_whose_it_is(void **state)
{
    struct nf_card card;

    (void) state;
    discover();
    assert_false(nf_ask_read_reply(message, len, &card));
    message[0] = 2;
    assert_true(nf_ask_read_reply(message, len, &card));
    assert_memory_equal(card.b, "\x52\x54\0\0\0\1", 6);
    assert_false(nf_ask_read_reply(message, HEAD - 1, &card));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_discover_says_who_asks),
        cmocka_unit_test(a_request_says_what_it_has_and_whose_offer_it_takes),
        cmocka_unit_test(a_relay_says_where_it_asks),
        cmocka_unit_test(firmware_says_what_it_is),
        cmocka_unit_test(ipxe_is_no_firmware_wherever_it_says_so),
        cmocka_unit_test(
            of_several_architectures_the_first_that_may_be_served_counts),
        cmocka_unit_test(other_cards_are_cards_too),
        cmocka_unit_test(what_an_address_cannot_be_kept_for_is_left_alone),
        cmocka_unit_test(
            a_message_that_is_cut_short_is_not_read_beyond_its_end),
        cmocka_unit_test(an_answer_says_whose_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
