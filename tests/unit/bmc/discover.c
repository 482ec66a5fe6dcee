/* What tells a BMC from another machine: answers of anybody. */
#include "scratch.h"

#include "bmc/discover.h"

enum {
    TAG = 5,
};

static struct nf_found found;
static char text[NF_FOUND_JSON_MAX];

/* ASF 2.0 section 3.2.4.3, of a BMC. */
static const uint8_t pong[] = {
    6,    0,    0xff, 6, 0, 0, 0x11, 0xbe, 0x40, TAG, 0, 16, 0, 0,
    0x11, 0xbe, 0,    0, 0, 0, 0x81, 0,    0,    0,   0, 0,  0, 0};
/* IPMI 2.0 section 22.13, as a BMC with Kg tells it. */
static const uint8_t reply[] = {
    6,    0,  0xff, 7,        0,    0, 0, 0,    0,    0, 0, 0, 0, 16, 0x81,
    0x1c, 99, 0x20, TAG << 2, 0x38, 0, 1, 0x80, 0x24, 2, 0, 0, 0, 0,  99};

static bool
takes(const uint8_t *bytes, size_t len)
{
    return nf_discover_take(&found, TAG, (struct nf_bytes){bytes, len});
}

static void
sum_up(uint8_t *bytes, size_t len)
{
    uint8_t sum = 0;

    bytes[16] = (uint8_t) - (bytes[14] + bytes[15]);
    for (size_t i = 17; i < len - 1; i++) {
        sum = (uint8_t) (sum + bytes[i]);
    }
    bytes[len - 1] = (uint8_t) -sum;
}

static const char *
json(void)
{
    struct nf_out out = nf_out(text, sizeof(text) - 1);

    nf_found_json(&found, &out);
    assert_false(out.full);
    text[out.len] = '\0';
    return text;
}

static bool
serves(unsigned status, const char *body)
{
    found = (struct nf_found){.ip = {{10, 0, 0, 6}}};
    return nf_discover_service(&found, status, nf_text(body));
}

static void
packets_are_as_ipmitool_has_them(void **state)
{
    static const uint8_t ping[] = {6,    0,    0xff, 6, 0, 0,
                                   0x11, 0xbe, 0x80, 0, 0, 0};
    static const uint8_t question[] = {
        6, 0, 0xff, 7,    0,    0,    0, 0,    0,    0, 0,   0,
        0, 9, 0x20, 0x18, 0xc8, 0x81, 0, 0x38, 0x8e, 4, 0xb5};
    uint8_t bytes[NF_DISCOVER_ASK];
    (void) state;

    nf_discover_ping(0, bytes);
    assert_memory_equal(bytes, ping, sizeof(ping));
    nf_discover_ask(0, bytes);
    assert_memory_equal(bytes, question, sizeof(question));
}

static void
one_that_answers_a_ping(void **state)
{
    uint8_t bytes[sizeof(pong)];
    (void) state;

    found = (struct nf_found){.ip = {{10, 0, 0, 5}}};
    memcpy(bytes, pong, sizeof(bytes));
    bytes[9] = TAG + 1;
    assert_false(takes(bytes, sizeof(bytes)));
    bytes[9] = TAG;
    bytes[20] = 1; /* ASF without IPMI: a network card */
    assert_false(takes(bytes, sizeof(bytes)));
    assert_false(found.is_ipmi);
    assert_true(takes(pong, sizeof(pong)));
    assert_true(found.is_ipmi && !found.tells);
    assert_string_equal(
        json(),
        "{\"address\":\"10.0.0.5\",\"drivers\":[\"ipmi\"],\"ipmi\":{}}");
}

static void
one_that_tells_of_itself(void **state)
{
    uint8_t bytes[sizeof(reply)];
    (void) state;

    found = (struct nf_found){.ip = {{10, 0, 0, 5}}};
    memcpy(bytes, reply, sizeof(bytes));
    assert_false(takes(bytes, sizeof(bytes))); /* its sums are wrong */
    sum_up(bytes, sizeof(bytes));
    assert_false(nf_discover_take(&found, TAG + 1,
                                  (struct nf_bytes){bytes, sizeof(bytes)}));
    assert_true(takes(bytes, sizeof(bytes)));
    assert_string_equal(json(),
                        "{\"address\":\"10.0.0.5\",\"drivers\":[\"ipmi\"],"
                        "\"ipmi\":{\"version\":\"2.0\",\"key\":true,"
                        "\"anonymous\":false}}");
    bytes[22] = 4; /* of 1.5, without the extended word */
    bytes[23] = 1;
    sum_up(bytes, sizeof(bytes));
    assert_true(takes(bytes, sizeof(bytes)));
    assert_true(!found.has_v2 && !found.wants_key && found.lets_in);
}

static void
one_that_refuses(void **state)
{
    uint8_t bytes[22];
    (void) state;

    found = (struct nf_found){0};
    memcpy(bytes, reply, sizeof(bytes));
    bytes[13] = 8;
    bytes[20] = 0xc1;
    sum_up(bytes, sizeof(bytes));
    assert_true(takes(bytes, sizeof(bytes)));
    assert_true(found.is_ipmi && !found.tells);
}

/* Each length of each packet, and of what it says of its length. */
static void
what_is_cut_short_is_nothing(void **state)
{
    uint8_t bytes[sizeof(reply)];
    (void) state;

    found = (struct nf_found){0};
    memcpy(bytes, reply, sizeof(bytes));
    sum_up(bytes, sizeof(bytes));
    for (size_t len = 0; len < sizeof(bytes); len++) {
        assert_false(takes(bytes, len));
    }
    for (size_t len = 0; len < sizeof(pong); len++) {
        assert_false(takes(pong, len));
    }
    for (unsigned say = 0; say < 256; say++) {
        bytes[13] = (uint8_t) say;
        assert_int_equal(takes(bytes, sizeof(bytes)), say == 16);
    }
}

static void
a_service_tells_of_itself(void **state)
{
    (void) state;
    assert_true(serves(200, "{\"RedfishVersion\":\"1.11.0\",\"Vendor\":\"AMI\","
                            "\"Product\":\" A \\u001b[2J\",\"UUID\":"
                            "\"92384634-2938-2342-8820-489239905423\"}"));
    snprintf(found.pin, sizeof(found.pin), "sha256//x");
    assert_string_equal(
        json(), "{\"address\":\"10.0.0.6\",\"drivers\":[\"redfish\"],"
                "\"redfish\":{\"version\":\"1.11.0\",\"vendor\":\"AMI\","
                "\"product\":\"A ?[2J\",\"uuid\":"
                "\"92384634-2938-2342-8820-489239905423\","
                "\"pin\":\"sha256//x\"}}");
    found.is_ipmi = true;
    assert_non_null(strstr(json(), "[\"ipmi\",\"redfish\"]"));
}

static void
an_old_service_is_known_by_its_kind(void **state)
{
    (void) state;
    assert_true(serves(200, "{\"@odata.type\":\"#ServiceRoot.v1_0_0."
                            "ServiceRoot\",\"Oem\":{\"Hp\":{}},"
                            "\"UUID\":\"no uuid\"}"));
    assert_string_equal(found.vendor, "Hp");
    assert_string_equal(found.uuid, "");
    assert_true(serves(401, "{\"error\":{\"@Message.ExtendedInfo\":[]}}"));
    assert_string_equal(found.version, "");
}

static void
what_is_no_service_is_none(void **state)
{
    static const struct {
        unsigned status;
        const char *body;
    } rows[] = {
        {200, ""},
        {200, "<html>"},
        {200, "[]"},
        {200, "{}"},
        {200, "{\"RedfishVersion\":7}"},
        {200, "{\"RedfishVersion\":\"  \"}"},
        {200, "{\"@odata.type\":\"#Other.v1\"}"},
        {404, "{\"RedfishVersion\":\"1.0.0\"}"},
        {401, "{\"error\":\"no\"}"},
        {401, "<html>"},
    };
    static char large[NF_DISCOVER_ROOT_MAX + 64];
    (void) state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(serves(rows[i].status, rows[i].body));
        assert_false(found.is_redfish);
    }
    memset(large, ' ', sizeof(large) - 1);
    memcpy(large, "{\"RedfishVersion\":\"1.0.0\"}", 26);
    assert_false(serves(200, large));
}

static void
fill(char *field, size_t size)
{
    memset(field, '"', size - 1);
}

static void
the_longest_fits(void **state)
{
    (void) state;
    found = (struct nf_found){.ip = {{223, 255, 255, 255}},
                              .is_ipmi = true,
                              .tells = true,
                              .is_redfish = true};
    fill(found.version, sizeof(found.version));
    fill(found.vendor, sizeof(found.vendor));
    fill(found.product, sizeof(found.product));
    fill(found.uuid, sizeof(found.uuid));
    fill(found.pin, sizeof(found.pin));
    (void) json();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_as_ipmitool_has_them),
        cmocka_unit_test(one_that_answers_a_ping),
        cmocka_unit_test(one_that_tells_of_itself),
        cmocka_unit_test(one_that_refuses),
        cmocka_unit_test(what_is_cut_short_is_nothing),
        cmocka_unit_test(a_service_tells_of_itself),
        cmocka_unit_test(an_old_service_is_known_by_its_kind),
        cmocka_unit_test(what_is_no_service_is_none),
        cmocka_unit_test(the_longest_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
