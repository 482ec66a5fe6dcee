/* Every kind of field: what fits, and what each refusal says. */
#include "scratch.h"

#include "json/field.h"

struct thing {
    char text[8], said[8], hostname[64];
    int64_t number;
    bool is_on;
    uint8_t word, macs_n, ips_n;
    nf_mac_t mac, macs[2];
    nf_ip4_t ip, netmask, ips[3];
    struct nf_text extra;
};

#define AT(member) .offset = offsetof(struct thing, member)

static const char *const words[] = {"one", "two", NULL};

/* clang-format off */
static const struct nf_json_field fields[] = {
    {"text",     NF_JSON_TEXT,     AT(text),     .size = 8, .bit = 1, .may_be_empty = true},
    {"said",     NF_JSON_WORDS,    AT(said),     .size = 8},
    {"hostname", NF_JSON_HOSTNAME, AT(hostname), .size = 64, .bit = 2},
    {"number",   NF_JSON_NUMBER,   AT(number),   .min = -5, .max = 500, .bit = 4},
    {"is_on",    NF_JSON_SWITCH,   AT(is_on),    .bit = 8},
    {"word",     NF_JSON_WORD,     AT(word),     .words = words, .bit = 16},
    {"mac",      NF_JSON_MAC,      AT(mac),      .bit = 32},
    {"macs",     NF_JSON_MACS,     AT(macs),     .size = 2, .count_offset = offsetof(struct thing, macs_n), .bit = 64},
    {"ip",       NF_JSON_IP,       AT(ip),       .bit = 128, .may_be_empty = true},
    {"netmask",  NF_JSON_NETMASK,  AT(netmask),  .bit = 256},
    {"ips",      NF_JSON_IPS,      AT(ips),      .size = 3, .count_offset = offsetof(struct thing, ips_n), .bit = 512},
    {"extra",    NF_JSON_OBJECT,   AT(extra),    .max = 24, .bit = 1024},
    {"ignored",  NF_JSON_IGNORED,  .bit = 2048},
    {0},
};
static const struct nf_json_field strict[] = {
    {"text", NF_JSON_TEXT, AT(text), .size = 8, .bit = 1, .is_required = true},
    {0},
};
/* clang-format on */

static struct thing thing;
static struct nf_fault fault;
static struct nf_json_reader reader;

static nf_error_t
read_as(struct nf_text text, enum nf_json_source source)
{
    nf_arena_free(reader.arena);
    reader = (struct nf_json_reader){
        .fields = fields, .source = source, .arena = nf_arena_new()};
    thing = (struct thing){0};
    fault = (struct nf_fault){0};
    return nf_json_read(&reader, text, &thing, &fault);
}

static int
drop(void **state)
{
    (void) state;
    nf_arena_free(reader.arena);
    reader.arena = NULL;
    return 0;
}

static void
every_kind_is_read(void **state)
{
    (void) state;
    assert_int_equal(
        read_as(
            NF_TEXT("{\"text\":\"a\\\"\xc3\xbc\",\"hostname\":\"web-1.x\","
                    "\"number\":-5,\"is_on\":true,\"word\":\"two\","
                    "\"mac\":\"52:54:00:00:00:01\",\"macs\":[\"525400000002\","
                    "\"52-54-00-00-00-03\"],\"ip\":\"10.0.0.1\",\"netmask\":"
                    "\"255.255.255.0\",\"ips\":\"1.1.1.1,8.8.8.8\","
                    "\"extra\":{ \"a\" : [1, {}] },\"ignored\":[null]}"),
            NF_JSON_OPERATOR),
        NF_OK);
    assert_int_equal(reader.has, 4095);
    assert_string_equal(thing.text, "a\"\xc3\xbc");
    assert_string_equal(thing.hostname, "web-1.x");
    assert_int_equal(thing.number, -5);
    assert_true(thing.is_on);
    assert_int_equal(thing.word, 1);
    assert_true(nf_mac_equal(thing.mac, mac_of(1)));
    assert_int_equal(thing.macs_n, 2);
    assert_true(nf_mac_equal(thing.macs[1], mac_of(3)));
    assert_int_equal(thing.ip.b[3], 1);
    assert_int_equal(thing.ips_n, 2);
    assert_int_equal(thing.ips[1].b[0], 8);
    assert_true(nf_text_equal(thing.extra, NF_TEXT("{\"a\":[1,{}]}")));
}

static void
words_of_a_device_are_cut_and_never_refused(void **state)
{
    (void) state;
    assert_int_equal(
        read_as(NF_TEXT("{\"said\":\"a\\nb\\u0001\"}"), NF_JSON_AGENT), NF_OK);
    assert_string_equal(thing.said, "a b?");
    assert_int_equal(
        read_as(NF_TEXT("{\"said\":\"no disk is here\"}"), NF_JSON_AGENT),
        NF_OK);
    assert_string_equal(thing.said, "no d...");
    assert_int_equal(read_as(NF_TEXT("{\"said\":7}"), NF_JSON_AGENT),
                     NF_INVALID);
    assert_string_equal(fault.field, "said");
}

static void
addresses_may_be_a_list_too(void **state)
{
    (void) state;
    assert_int_equal(
        read_as(NF_TEXT("{\"ips\":[\"1.1.1.1\"]}"), NF_JSON_OPERATOR), NF_OK);
    assert_int_equal(thing.ips_n, 1);
    assert_int_equal(read_as(NF_TEXT("{\"ips\":[]}"), NF_JSON_OPERATOR), NF_OK);
    assert_int_equal(thing.ips_n, 0);
}

static void
every_refusal_names_its_member(void **state)
{
    static const char *const rows[][3] = {
        {"{\"text\":5}", "text", "must be a string"},
        {"{\"text\":\"12345678\"}", "text", "is too long"},
        {"{\"text\":\"a\\n\"}", "text", "must not contain control characters"},
        {"{\"hostname\":\"\"}", "hostname", "must be a host name"},
        {"{\"hostname\":\"a_b\"}", "hostname", "must be a host name"},
        {"{\"hostname\":null}", "hostname", "must be a string"},
        {"{\"number\":501}", "number", "is out of range"},
        {"{\"number\":-6}", "number", "is out of range"},
        {"{\"number\":1.0}", "number", "must be an integer"},
        {"{\"number\":\"1\"}", "number", "must be an integer"},
        {"{\"is_on\":1}", "is_on", "must be true or false"},
        {"{\"word\":\"three\"}", "word", "must be one of: one, two"},
        {"{\"word\":1}", "word", "must be one of: one, two"},
        {"{\"mac\":\"ffffffffffff\"}", "mac", "must be a MAC address"},
        {"{\"mac\":null}", "mac", "must be a MAC address"},
        {"{\"macs\":\"525400000001\"}", "macs", "must be a list of at most"},
        {"{\"macs\":[\"525400000001\",\"525400000002\",\"525400000003\"]}",
         "macs", "must be a list of at most"},
        {"{\"macs\":[1]}", "macs", "must be a list of MAC addresses"},
        {"{\"ip\":\"0.0.0.0\"}", "ip", "must be an IPv4 address"},
        {"{\"ip\":\"::1\"}", "ip", "must be an IPv4 address"},
        {"{\"netmask\":\"255.0.255.0\"}", "netmask", "must be a netmask"},
        {"{\"ips\":\"1.1.1.1,\"}", "ips",
         "must be at most 3 comma-separated IPv4"},
        {"{\"ips\":\"1.1.1.1, 1.1.1.2\"}", "ips",
         "must be at most 3 comma-separated IPv4"},
        {"{\"ips\":\"1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4\"}", "ips",
         "must be at most 3 comma-separated IPv4"},
        {"{\"ips\":7}", "ips", "must be at most 3 comma-separated IPv4"},
        {"{\"extra\":[]}", "extra", "must be an object"},
        {"{\"extra\":{\"a\":\"12345678901234567\"}}", "extra", "is too large"},
        {"{\"colour\":1}", "colour", "is not a member"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        nf_error_t err = read_as(nf_text(rows[i][0]), NF_JSON_OPERATOR);
        if (err != NF_INVALID || strcmp(fault.field, rows[i][1]) != 0
            || strncmp(fault.reason, rows[i][2], strlen(rows[i][2])) != 0)
        {
            fail_msg("%s: %s: %s", rows[i][0], fault.field, fault.reason);
        }
    }
}

static void
what_is_no_json_object_is_refused_as_a_whole(void **state)
{
    static const struct nf_text rows[] = {
        NF_TEXT(""),
        NF_TEXT(" "),
        NF_TEXT("[]"),
        NF_TEXT("1"),
        NF_TEXT("null"),
        NF_TEXT("{"),
        NF_TEXT("{}x"),
        NF_TEXT("{}{}"),
        NF_TEXT("{\"a\":}"),
        NF_TEXT("{'text':\"a\"}"),
        NF_TEXT("\0"),
        NF_TEXT("{}\0"),
        NF_TEXT("{\"text\":\"a\\u0000b\"}"),
        NF_TEXT("{\"text\":\"\\ud800\"}"),
        NF_TEXT("{\"text\":\"a\",\"text\":\"b\"}"),
        NF_TEXT("{\"number\":99999999999999999999999}"),
        NF_TEXT("{\"number\":1e999}"),
        NF_TEXT("\xef\xbb\xbf{}"),
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(read_as(rows[i], NF_JSON_OPERATOR), NF_INVALID);
        assert_string_equal(fault.field, "");
        assert_true(fault.reason[0] != '\0');
        assert_true(nf_text_is_printable(nf_text(fault.reason)));
    }
    assert_int_equal(read_as((struct nf_text){0}, NF_JSON_AGENT), NF_INVALID);
}

static void
bytes_that_are_no_utf8_are_told_by_their_place(void **state)
{
    static const struct {
        struct nf_text text;
        const char *place;
    } rows[] = {
        {NF_TEXT("{\"text\":\"\xff\"}"), "text"},
        {NF_TEXT("{\"a\":[{\"b\":1},{\"c\":\"x\xc3\"}]}"), "a[1].c"},
        {NF_TEXT("{\"a\":{\"b\":\"}\\\"]\",\"c\":\"\x80\"}}"), "a.c"},
        {NF_TEXT("{\"\xff\":1}"), ""},
        {NF_TEXT("[\"a\",\"b\",\"\xed\xa0\x80\"]"), "[2]"},
        {NF_TEXT("\xff"), ""},
        {NF_TEXT("\"\\"), ""},
        {NF_TEXT("}]}\xff"), ""},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(read_as(rows[i].text, NF_JSON_OPERATOR), NF_INVALID);
        assert_string_equal(fault.field, rows[i].place);
    }
}

static void
unknown_members_are_refused_or_counted_by_source(void **state)
{
    struct nf_text text = NF_TEXT("{\"new\":1,\"text\":\"a\",\"newer\":{}}");

    (void) state;
    assert_int_equal(read_as(text, NF_JSON_OPERATOR), NF_INVALID);
    assert_string_equal(fault.field, "new");
    assert_int_equal(read_as(text, NF_JSON_AGENT), NF_OK);
    assert_int_equal(reader.unknown, 2);
    assert_string_equal(thing.text, "a");
}

static void
empty_clears_where_it_may_and_says_so(void **state)
{
    (void) state;
    assert_int_equal(
        read_as(NF_TEXT("{\"text\":null,\"ip\":\"\"}"), NF_JSON_OPERATOR),
        NF_OK);
    assert_int_equal(reader.has, 1 | 128);
    assert_string_equal(thing.text, "");
    assert_false(nf_ip4_is_set(thing.ip));
    assert_int_equal(read_as(NF_TEXT("{}"), NF_JSON_OPERATOR), NF_OK);
    assert_int_equal(reader.has, 0);
}

static void
a_required_member_must_be_there(void **state)
{
    struct nf_json_reader r = {.fields = strict};

    (void) state;
    fault = (struct nf_fault){0};
    assert_int_equal(nf_json_read(&r, NF_TEXT("{}"), &thing, &fault),
                     NF_INVALID);
    assert_string_equal(fault.field, "text");
    assert_string_equal(fault.reason, "is missing");
}

static void
nesting_has_a_bottom(void **state)
{
    static char text[200000];
    size_t n = 0;

    (void) state;
    for (int depth = 1; depth <= 20; depth++) {
        n = 0;
        n += (size_t) sprintf(text, "{\"ignored\":");
        for (int i = 1; i < depth; i++) {
            text[n++] = '[';
        }
        text[n++] = '1';
        for (int i = 1; i < depth; i++) {
            text[n++] = ']';
        }
        text[n++] = '}';
        assert_int_equal(read_as((struct nf_text){text, n}, NF_JSON_OPERATOR),
                         depth <= 16 ? NF_OK : NF_INVALID);
    }
    memset(text, '[', sizeof(text));
    assert_int_equal(
        read_as((struct nf_text){text, sizeof(text)}, NF_JSON_OPERATOR),
        NF_INVALID);
    /* brackets inside of strings are none */
    assert_int_equal(
        read_as(NF_TEXT("{\"ignored\":\"[[[[[[[[[[[[[[[[[[[[\\\"[[[\"}"),
                NF_JSON_OPERATOR),
        NF_OK);
}

#define TEST(name) cmocka_unit_test_teardown(name, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_kind_is_read),
        TEST(words_of_a_device_are_cut_and_never_refused),
        TEST(addresses_may_be_a_list_too),
        TEST(every_refusal_names_its_member),
        TEST(what_is_no_json_object_is_refused_as_a_whole),
        TEST(bytes_that_are_no_utf8_are_told_by_their_place),
        TEST(unknown_members_are_refused_or_counted_by_source),
        TEST(empty_clears_where_it_may_and_says_so),
        TEST(a_required_member_must_be_there),
        TEST(nesting_has_a_bottom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
