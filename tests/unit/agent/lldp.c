/* What a switch says of a port: LLDP and CDP frames, whole and broken. */

#include "../../../nf-agent/lldp.c"
#include "../../../nf-agent/label.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    FRAME_SIZE = 600,
};

struct frame {
    uint8_t b[FRAME_SIZE];
    size_t len;
};

static void
put(struct frame *frame, const void *bytes, size_t n)
{
    assert_true(frame->len + n <= FRAME_SIZE);
    memcpy(frame->b + frame->len, bytes, n);
    frame->len += n;
}

static void
tlv(struct frame *frame, unsigned type, const void *value, size_t n)
{
    uint8_t head[2] = {(uint8_t) (type << 1 | n >> 8), (uint8_t) n};
    put(frame, head, 2);
    put(frame, value, n);
}

#define HEAD "\x01\x80\xc2\x00\x00\x0e\x00\x1c\x73\x00\x00\x07\x88\xcc"

static struct frame
empty(void)
{
    struct frame frame = {0};
    put(&frame, HEAD, 14);
    return frame;
}

static struct frame
three(void)
{
    struct frame frame = empty();

    tlv(&frame, 1, "\x04\x00\x1c\x73\xab\xcd\xef", 7);
    tlv(&frame, 2,
        "\x05"
        "Ethernet7",
        10);
    tlv(&frame, 3, "\x00\x78", 2);
    return frame;
}

/* The frame in a piece of memory of exactly its size. */
static bool
decode_part(const struct frame *frame, size_t len, struct nf_neighbour *out)
{
    uint8_t *exact = malloc(len == 0 ? 1 : len);

    assert_non_null(exact);
    memcpy(exact, frame->b, len);
    bool is_decoded = nf_neighbour_decode(exact, len, out);
    free(exact);
    return is_decoded;
}

static bool
decode(const struct frame *frame, struct nf_neighbour *out)
{
    memset(out, 0, sizeof *out);
    return decode_part(frame, frame->len, out);
}

static void
a_frame_says_switch_port_and_vlan(void **state)
{
    struct frame frame = three();
    struct nf_neighbour out;

    (void) state;
    tlv(&frame, 4, "rack 12 left", 12);
    tlv(&frame, 5, "leaf-12.dc1", 11);
    tlv(&frame, 127, "\x00\x80\xc2\x01\x00\xc8", 6);
    tlv(&frame, 0, "", 0);
    assert_true(decode(&frame, &out));
    assert_string_equal(out.system, "leaf-12.dc1");
    assert_string_equal(out.chassis_mac, "00:1c:73:ab:cd:ef");
    assert_string_equal(out.port, "Ethernet7");
    assert_string_equal(out.port_description, "rack 12 left");
    assert_int_equal(out.vlan, 200);
    assert_false(out.is_cdp);
}

static void
a_switch_without_a_name_goes_by_its_chassis(void **state)
{
    /* clang-format off */
    static const struct {
        const char *id;
        size_t len;
        const char *system, *mac;
    } cases[] = {
        { "\x04\x00\x1c\x73\xab\xcd\xef", 7, "00:1c:73:ab:cd:ef",
          "00:1c:73:ab:cd:ef" },
        { "\x05\x01\x0a\x00\x00\x01", 6, "10.0.0.1", "" },
        { "\x05\x02\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 18,
          "2001:db8:0:0:0:0:0:1", "" },
        { "\x05\x01\x0a\x00\x00", 5, "", "" },          /* too short */
        { "\x07" "sw\xff\x01\n1", 7, "sw 1", "" },      /* rubbish inside */
        { "\x04\x00\x1c\x73", 4, "", "" },             /* no MAC: 3 bytes */
    };
    /* clang-format on */

    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame frame = empty();
        struct nf_neighbour out;
        tlv(&frame, 1, cases[i].id, cases[i].len);
        tlv(&frame, 2,
            "\x07"
            "7",
            2);
        tlv(&frame, 3, "\x00\x78", 2);
        tlv(&frame, 5, " \t", 2);
        tlv(&frame, 0, "", 0);
        assert_true(decode(&frame, &out));
        assert_string_equal(out.system, cases[i].system);
        assert_string_equal(out.chassis_mac, cases[i].mac);
    }
}

/* What each can do, and what it does of that. */
static bool
is_heard(const char *port, size_t len, const char *capabilities)
{
    struct frame frame = empty();
    struct nf_neighbour out;

    tlv(&frame, 1, "\x04\x00\x1c\x73\xab\xcd\xef", 7);
    tlv(&frame, 2, port, len);
    tlv(&frame, 3, "\x00\x78", 2);
    if (capabilities != NULL) {
        tlv(&frame, 7, capabilities, 4);
    }
    tlv(&frame, 0, "", 0);
    return decode(&frame, &out);
}

static void
who_forwards_nothing_is_no_switch(void **state)
{
    static const char own[] = "\x03\x00\x1c\x73\xab\xcd\xef",
                      other[] = "\x03\x00\x1c\x73\xab\xcd\xf0";

    (void) state;
    assert_true(is_heard("\x05"
                         "e7",
                         3, "\x00\x14\x00\x04"));      /* a bridge */
    assert_true(is_heard(own, 7, "\x00\x14\x00\x10")); /* a router */
    assert_true(is_heard(own, 7, "\x05\x00\x01\x00")); /* of VLANs */
    assert_true(is_heard(own, 7, "\x00\x04\x00\x00"));
    /* lldpd on a host, a BMC, a phone that passes nothing on */
    assert_false(is_heard(other, 7, "\x00\x9c\x00\x80"));
    assert_false(is_heard(other, 7, "\x00\x80\x00\x80"));
    assert_false(is_heard(other, 7, "\x00\x20\x00\x20"));
    assert_false(is_heard(other, 7, "\x00\x80\x00\x00"));
    /* a card's firmware says nothing of it */
    assert_false(is_heard(own, 7, NULL));
    assert_false(is_heard(own, 7, "\x00\x00\x00\x00"));
    assert_true(is_heard(other, 7, NULL));
    assert_true(is_heard("\x05"
                         "e7",
                         3, NULL));
}

static void
padding_and_priority_tags_do_no_harm(void **state)
{
    static const uint8_t zeros[40];
    struct frame plain = three();
    struct frame tagged = {0};
    struct nf_neighbour out;

    (void) state;
    tlv(&plain, 0, "", 0);
    put(&plain, zeros, sizeof zeros);
    assert_true(decode(&plain, &out));
    put(&tagged, plain.b, 12);
    put(&tagged, "\x81\x00\xe0\x00", 4);
    put(&tagged, plain.b + 12, plain.len - 12);
    assert_true(decode(&tagged, &out));
    assert_string_equal(out.port, "Ethernet7");
}

/* A frame cut anywhere has lost its end mark, whatever it still holds. */
static void
a_frame_cut_anywhere_is_refused(void **state)
{
    struct frame frame = three();

    (void) state;
    tlv(&frame, 5, "leaf", 4);
    tlv(&frame, 0, "", 0);
    for (size_t len = 0; len < frame.len; len++) {
        struct nf_neighbour out = {.vlan = 7};
        assert_false(decode_part(&frame, len, &out));
        assert_int_equal(out.vlan, 7);
    }
}

static void
the_order_of_the_first_three_is_the_standards(void **state)
{
    /* clang-format off */
    static const unsigned orders[][4] = {
        { 2, 1, 3, 5 }, { 1, 3, 2, 5 }, { 1, 2, 5, 3 }, { 1, 1, 2, 3 },
        { 1, 2, 3, 3 }, { 1, 2, 3, 1 }, { 5, 1, 2, 3 }, { 0, 1, 2, 3 },
    };
    /* clang-format on */

    (void) state;
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct frame frame = empty();
        struct nf_neighbour out;
        for (int j = 0; j < 4; j++) {
            tlv(&frame, orders[i][j], "\x07x", 2);
        }
        tlv(&frame, 0, "", 0);
        assert_false(decode(&frame, &out));
    }
}

static void
a_switch_that_leaves_is_no_neighbour(void **state)
{
    struct frame frame = empty();
    struct nf_neighbour out;

    (void) state;
    tlv(&frame, 1, "\x07x", 2);
    tlv(&frame, 2, "\x07y", 2);
    tlv(&frame, 3, "\0\0", 2);
    tlv(&frame, 0, "", 0);
    assert_false(decode(&frame, &out));
}

static void
long_words_are_cut_between_characters(void **state)
{
    struct frame frame = three();
    struct nf_neighbour out;
    char name[255];

    (void) state;
    for (size_t i = 0; i < sizeof name; i += 3) {
        memcpy(name + i, "\xe2\x82\xac", 3); /* the euro sign */
    }
    tlv(&frame, 5, name, sizeof name);
    tlv(&frame, 127, "\x00\x80\xc2\x01\x0f\xff", 6); /* VLAN 4095 is none */
    tlv(&frame, 0, "", 0);
    assert_true(decode(&frame, &out));
    assert_int_equal(strlen(out.system), 126);
    assert_true(nf_text_is_utf8(nf_text(out.system)));
    assert_int_equal(out.vlan, 0);
}

#define CDP_HEAD "\x01\x00\x0c\xcc\xcc\xcc\x00\x1c\x73\x00\x00\x07"
#define CDP_SNAP "\xaa\xaa\x03\x00\x00\x0c\x20\x00\x02\xb4\x00\x00"

static struct frame
cdp(const char *body, size_t n)
{
    struct frame frame = {0};
    uint8_t len[2] = {0, (uint8_t) (12 + n)};

    put(&frame, CDP_HEAD, 12);
    put(&frame, len, 2);
    put(&frame, CDP_SNAP, 12);
    put(&frame, body, n);
    return frame;
}

#define CDP_BODY                                                               \
    "\x00\x01\x00\x09"                                                         \
    "sw-07"                                                                    \
    "\x00\x03\x00\x0b"                                                         \
    "Gi1/0/7"                                                                  \
    "\x00\x0a\x00\x06\x00\x2a"

static void
ciscos_own_protocol_is_understood(void **state)
{
    static const uint8_t zeros[20];
    struct frame frame = cdp(CDP_BODY, sizeof CDP_BODY - 1);
    struct nf_neighbour out;

    (void) state;
    put(&frame, zeros, sizeof zeros);
    assert_true(decode(&frame, &out));
    assert_string_equal(out.system, "sw-07");
    assert_string_equal(out.port, "Gi1/0/7");
    assert_int_equal(out.vlan, 42);
    assert_true(out.is_cdp);
}

static void
broken_cdp_is_refused(void **state)
{
    /* clang-format off */
    static const struct {
        size_t at;
        uint8_t value;
    } cases[] = {
        { 13, 0 },       /* a length that does not hold the head */
        { 13, 200 },     /* one beyond the frame */
        { 14, 0xab },    /* not SNAP */
        { 20, 0x21 },    /* another protocol of Cisco's */
        { 23, 0 },       /* time to live 0 */
        { 29, 0 },       /* an element that never ends */
        { 29, 3 },       /* an element shorter than its own head */
        { 29, 0xff },    /* one beyond the frame */
        { 27, 9 },       /* no device */
    };
    /* clang-format on */

    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame frame = cdp(CDP_BODY, sizeof CDP_BODY - 1);
        struct nf_neighbour out;
        frame.b[cases[i].at] = cases[i].value;
        assert_false(decode(&frame, &out));
    }
}

static void
other_traffic_is_not_taken(void **state)
{
    static const uint8_t zeros[46];
    struct frame frame = {0};
    struct nf_neighbour out;

    (void) state;
    put(&frame, "\xff\xff\xff\xff\xff\xff\x52\x54\x00\x00\x00\x01\x08\x00", 14);
    put(&frame, zeros, sizeof zeros);
    assert_false(decode(&frame, &out));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_says_switch_port_and_vlan),
        cmocka_unit_test(a_switch_without_a_name_goes_by_its_chassis),
        cmocka_unit_test(who_forwards_nothing_is_no_switch),
        cmocka_unit_test(padding_and_priority_tags_do_no_harm),
        cmocka_unit_test(a_frame_cut_anywhere_is_refused),
        cmocka_unit_test(the_order_of_the_first_three_is_the_standards),
        cmocka_unit_test(a_switch_that_leaves_is_no_neighbour),
        cmocka_unit_test(long_words_are_cut_between_characters),
        cmocka_unit_test(ciscos_own_protocol_is_understood),
        cmocka_unit_test(broken_cdp_is_refused),
        cmocka_unit_test(other_traffic_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
