/* A port as a scan tells of it: read back as it was said. */
#include "scratch.h"

#include "port/seen.h"

static char text[NF_SEEN_JSON_MAX];

static const char *
printed(const struct nf_port_seen *seen)
{
    struct nf_out out = nf_out(text, sizeof(text) - 1);

    nf_port_seen_json(seen, &out);
    assert_false(out.full);
    text[out.len] = '\0';
    return text;
}

static void
what_is_said_is_read_back(void **state)
{
    static const char *const rows[] = {
        "{\"name\":\"Gi1/0/1\",\"mode\":\"access\",\"vlan\":7,\"admin\":\"up\","
        "\"description\":\"node "
        "\\\"7\\\"\",\"link\":\"up\",\"forwards\":\"up\","
        "\"mbps\":1000,\"macs\":2,\"addresses\":[\"525400000001\","
        "\"525400000002\"]}",
        "{\"name\":\"Eth 1/1\",\"mode\":\"trunk\",\"vlan\":1,\"tagged\":"
        "\"2-9,4094\",\"admin\":\"down\",\"link\":\"down\",\"forwards\":"
        "\"unknown\",\"lag\":\"Po1\",\"macs\":0,\"neighbor\":\"sw2\","
        "\"bridge\":true}",
        "{\"name\":\"x\",\"mode\":\"other\",\"admin\":\"unknown\",\"link\":"
        "\"unknown\",\"forwards\":\"unknown\",\"macs\":4294967295}",
    };
    struct nf_port_seen seen;
    struct nf_fault fault;

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(nf_port_seen_read(nf_text(rows[i]), &seen, &fault),
                         NF_OK);
        assert_string_equal(printed(&seen), rows[i]);
    }
}

/* Every other VLAN is the longest list. */
static void
the_longest_port_fits(void **state)
{
    struct nf_port_seen seen = {.addresses_n = NF_SEEN_ADDRESSES}, back;
    struct nf_fault fault;

    (void) state;
    memset(seen.port.name, 'n', sizeof(seen.port.name) - 1);
    memset(seen.port.lag, 'l', sizeof(seen.port.lag) - 1);
    memset(seen.port.neighbor, 'b', sizeof(seen.port.neighbor) - 1);
    memset(seen.port.config.description, 'd',
           sizeof(seen.port.config.description) - 1);
    seen.port.config.mode = NF_PORT_TRUNK;
    for (unsigned vlan = 2; vlan <= NF_VLAN_MAX; vlan += 2) {
        nf_vlans_add(&seen.port.config.tagged, vlan, vlan);
    }
    for (unsigned i = 0; i < NF_SEEN_ADDRESSES; i++) {
        seen.addresses[i] = mac_of(i + 1);
    }
    char *once = strdup(printed(&seen));
    assert_int_equal(nf_port_seen_read(nf_text(once), &back, &fault), NF_OK);
    assert_string_equal(printed(&back), once);
    free(once);
}

static void
what_makes_no_sense_is_refused(void **state)
{
    static const char *const rows[][2] = {
        {"{\"mode\":\"access\"}", "name"},
        {"{\"name\":\"\",\"mode\":\"access\"}", "name"},
        {"{\"name\":\"a\\nb\",\"mode\":\"access\"}", "name"},
        {"{\"name\":\"a\"}", "mode"},
        {"{\"name\":\"a\",\"mode\":\"bridge\"}", "mode"},
        {"{\"name\":\"a\",\"mode\":\"access\",\"vlan\":4095}", "vlan"},
        {"{\"name\":\"a\",\"mode\":\"trunk\",\"tagged\":\"1-\"}", "tagged"},
        {"{\"name\":\"a\",\"mode\":\"other\",\"macs\":-1}", "macs"},
        {"{\"name\":\"a\",\"mode\":\"other\",\"addresses\":[\"0\"]}",
         "addresses"},
        {"{\"name\":\"a\",\"mode\":\"other\",\"addresses\":[\"525400000001\","
         "\"525400000001\",\"525400000001\",\"525400000001\",\"525400000001\","
         "\"525400000001\",\"525400000001\",\"525400000001\","
         "\"525400000001\"]}",
         "addresses"},
        {"[]", ""},
        {"", ""},
    };
    struct nf_port_seen seen;

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct nf_fault fault = {.field = ""};
        assert_int_equal(nf_port_seen_read(nf_text(rows[i][0]), &seen, &fault),
                         NF_INVALID);
        assert_string_equal(fault.field, rows[i][1]);
    }
}

static void
words_of_a_switch_are_made_printable(void **state)
{
    struct nf_port_seen seen;
    struct nf_fault fault;

    (void) state;
    assert_int_equal(
        nf_port_seen_read(
            NF_TEXT("{\"name\":\"a\",\"mode\":\"other\",\"description\":"
                    "\"a\\u001b[2J\",\"neighbor\":\"b\\nc\",\"new\":[1]}"),
            &seen, &fault),
        NF_OK);
    assert_string_equal(seen.port.config.description, "a?[2J");
    assert_string_equal(seen.port.neighbor, "b c");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_is_read_back),
        cmocka_unit_test(the_longest_port_fits),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(words_of_a_switch_are_made_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
