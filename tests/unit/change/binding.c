/* Addresses and names that DHCP keeps: what it cannot keep is refused. */
#include "task_world.h"

#include "model/range.h"

static int
make(void **state)
{
    world_make(state);
    world_set("NF_SERVER_ADDR", "10.66.0.1:80");
    world_set("NF_DHCP_GATEWAY", "10.66.0.254");
    world_set("NF_DHCP_DNS", "10.66.0.53,9.9.9.9");
    world_set("NF_DHCP_RANGES",
              "10.81.0.50-10.81.0.99/24,gateway=10.81.0.1,dns=10.81.0.53");
    return 0;
}

static nf_ip4_t
ip(const char *text)
{
    nf_ip4_t ip = {0};

    assert_true(nf_ip4_parse(nf_text(text), &ip));
    return ip;
}

static nf_error_t
binds(unsigned n, const char *address, const char *hostname)
{
    return CHANGE(
        nf_change_binding_put(&c, mac_of(n), ip(address), hostname, ""));
}

static nf_error_t
edits(unsigned n, const struct nf_node_edit *edit)
{
    return world_has_node(mac_of(n))
               ? CHANGE(nf_change_node_edit(&c, mac_of(n), edit))
               : CHANGE(nf_change_node_create(&c, edit));
}

/* netmask "" is an address that was only seen. */
static nf_error_t
has_address(unsigned n, const char *address, const char *netmask)
{
    struct nf_node_edit edit = {
        .node = {.mac = mac_of(n), .ip = ip(address)},
        .has = NF_HAS_IP | NF_HAS_NETMASK,
    };

    edit.node.netmask = netmask[0] != '\0' ? ip(netmask) : (nf_ip4_t){0};
    return edits(n, &edit);
}

static nf_error_t
has_name(unsigned n, const char *hostname)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(n)},
                                .has = NF_HAS_HOSTNAME};

    snprintf(edit.node.hostname, sizeof(edit.node.hostname), "%s", hostname);
    return edits(n, &edit);
}

/* A task with a network of its own. */
static nf_error_t
orders(unsigned n, const char *network, const char *hostname, bool is_moved)
{
    char json[256];
    struct nf_profile effective = {.name = "own", .json = {json, 0}};
    struct nf_task_draft draft = {
        .mac = mac_of(n), .is_moved = is_moved, .effective = &effective};
    uint64_t id;

    effective.json.len =
        (size_t) snprintf(json, sizeof(json),
                          "{\"method\":\"preseed\",\"network\":{%s}}", network);
    snprintf(draft.hostname, sizeof(draft.hostname), "%s", hostname);
    return CHANGE(nf_change_task_create(&c, &draft, &id));
}

#define REFUSES(call, error, name, words)                                      \
    assert_int_equal((call), (error));                                         \
    assert_string_equal(world.fault.field, (name));                            \
    assert_non_null(strstr(world.fault.reason, (words)))

/* clang-format off */
static const char *const unfit[][2] = {
    {"10.83.0.7",   "in a subnet"}, {"10.66.0.1",   "bastion"},
    {"10.66.0.254", "gateway"},     {"10.81.0.1",   "gateway"},
    {"10.66.0.53",  "DNS server"},  {"10.81.0.53",  "DNS server"},
    {"10.66.0.0",   "first or last"},   {"10.66.0.255", "first or last"},
    {"10.81.0.0",   "first or last"},   {"10.81.0.255", "first or last"},
    {"127.0.0.1",   "in a subnet"}, {"9.9.9.9",     "in a subnet"},
};
/* clang-format on */

static void
an_address_that_dhcp_cannot_give_is_not_bound(void **state)
{
    char network[64];

    (void) state;
    for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
        REFUSES(binds(1, unfit[i][0], ""), NF_INVALID, "ip", unfit[i][1]);
        snprintf(network, sizeof(network), "\"ip\":\"%s\"", unfit[i][0]);
        REFUSES(orders(2, network, "", false), NF_INVALID, "network.ip",
                unfit[i][1]);
    }
    assert_false(world_has_node(mac_of(1)));
    assert_false(world_has_node(mac_of(2)));
    assert_int_equal(binds(1, "10.81.0.7", "a"), NF_OK);
    assert_int_equal(binds(1, "10.66.0.7", "a"), NF_OK);
    assert_int_equal(orders(2, "\"ip\":\"10.81.0.7\"", "b", false), NF_OK);
}

static void
a_node_is_given_none_of_them_either(void **state)
{
    (void) state;
    REFUSES(has_address(1, "10.66.0.1", "255.255.255.0"), NF_INVALID, "ip",
            "bastion");
    REFUSES(has_address(1, "10.66.0.53", "255.255.255.0"), NF_INVALID, "ip",
            "DNS server");
    /* it may be anywhere once it is installed, and be seen anywhere */
    assert_int_equal(has_address(1, "10.83.0.7", "255.255.255.0"), NF_OK);
    assert_int_equal(has_address(2, "10.66.0.53", ""), NF_OK);
    assert_int_equal(binds(3, "10.66.0.9", ""), NF_OK);
    REFUSES(has_address(3, "10.83.0.9", ""), NF_INVALID, "ip", "in a subnet");
    REFUSES(has_address(2, "10.66.0.9", ""), NF_CONFLICT, "ip",
            "the node 52:54:00:00:00:03");
}

static void
a_machine_that_is_taken_elsewhere_has_its_address_there(void **state)
{
    (void) state;
    assert_int_equal(orders(1, "\"ip\":\"10.83.0.7\"", "", true), NF_OK);
    assert_int_equal(
        orders(2, "\"ip\":\"10.83.0.8\",\"vlan\":{\"id\":3}", "", false),
        NF_OK);
    assert_int_equal(
        orders(3, "\"ip\":\"10.83.0.9\",\"interface\":\"eno2\"", "", false),
        NF_OK);
    REFUSES(orders(4, "\"ip\":\"10.83.0.10\"", "", false), NF_INVALID,
            "network.ip", "in a subnet");
}

static void
beside_another_server_only_our_own_is_taken(void **state)
{
    (void) state;
    world_set("NF_DHCP_MODE", "proxy");
    assert_int_equal(binds(1, "10.83.0.7", ""), NF_OK);
    REFUSES(binds(1, "10.66.0.1", ""), NF_INVALID, "ip", "bastion");
    REFUSES(binds(1, "127.0.0.1", ""), NF_INVALID, "ip", "a machine's");
    REFUSES(binds(1, "224.0.0.1", ""), NF_INVALID, "ip", "a machine's");
}

static void
a_name_is_kept_for_one(void **state)
{
    (void) state;
    assert_int_equal(binds(1, "10.66.0.7", "web"), NF_OK);
    assert_int_equal(has_name(2, "db"), NF_OK);
    REFUSES(binds(3, "10.66.0.8", "WEB"), NF_CONFLICT, "hostname", "00:01");
    REFUSES(binds(3, "10.66.0.8", "db"), NF_CONFLICT, "hostname", "00:02");
    REFUSES(binds(3, "10.66.0.8", "node-525400000001"), NF_CONFLICT, "hostname",
            "00:01");
    REFUSES(orders(4, "\"ip\":\"10.66.0.8\"", "web", false), NF_CONFLICT,
            "hostname", "00:01");
    assert_int_equal(has_name(3, "web"), NF_OK); /* nothing is kept for it */
    REFUSES(binds(3, "10.66.0.8", ""), NF_CONFLICT, "hostname", "00:01");
    assert_int_equal(binds(3, "10.66.0.8", "mail"), NF_OK);
    REFUSES(has_name(3, "db"), NF_CONFLICT, "hostname", "00:02");
    assert_int_equal(has_name(3, "mail"), NF_OK);
    assert_int_equal(binds(1, "10.66.0.9", "web"), NF_OK);
}

/* As before the rule, or before a setting changed. */
static void
what_is_stored_stays_and_is_told(void **state)
{
    (void) state;
    assert_int_equal(binds(1, "10.66.0.7", "web"), NF_OK);
    assert_int_equal(has_address(2, "10.83.0.7", "255.255.255.0"), NF_OK);
    struct nf_node node = world_node(mac_of(1)), other = world_node(mac_of(2));
    assert_null(nf_ranges_unfit_of(&world.settings, &node));
    assert_null(nf_ranges_unfit_of(&world.settings, &other));
    world_set("NF_DHCP_GATEWAY", "10.66.0.7");
    assert_non_null(nf_ranges_unfit_of(&world.settings, &node));
    assert_int_equal(has_name(1, "mail"), NF_OK);
    assert_int_equal(CHANGE(nf_change_binding_delete(&c, mac_of(1))), NF_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, make, world_drop)
        T(an_address_that_dhcp_cannot_give_is_not_bound),
        T(a_node_is_given_none_of_them_either),
        T(a_machine_that_is_taken_elsewhere_has_its_address_there),
        T(beside_another_server_only_our_own_is_taken),
        T(a_name_is_kept_for_one),
        T(what_is_stored_stays_and_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
