/* Host names: what is given stays, and what two machines say is neither's. */
#include "task_world.h"

static void
leases(unsigned n, const char *hostname)
{
    struct nf_lease_report report = {.lease = {.ip = ip_of(n),
                                               .mac = mac_of(n),
                                               .changed_at = world.now,
                                               .expires = NOW * 2,
                                               .is_pxe = 1}};

    snprintf(report.lease.hostname, sizeof(report.lease.hostname), "%s",
             hostname);
    world.now += 10;
    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

static void
says(unsigned n, const char *hostname)
{
    struct nf_status_report report = {0};

    snprintf(report.hostname, sizeof(report.hostname), "%s", hostname);
    world.now += 10;
    assert_int_equal(CHANGE(nf_change_status(&c, mac_of(n), &report)), NF_OK);
}

static nf_error_t
is_given(unsigned n, const char *hostname)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(n)},
                                .has = NF_HAS_HOSTNAME};

    snprintf(edit.node.hostname, sizeof(edit.node.hostname), "%s", hostname);
    return world_has_node(mac_of(n))
               ? CHANGE(nf_change_node_edit(&c, mac_of(n), &edit))
               : CHANGE(nf_change_node_create(&c, &edit));
}

/* As the API, dnsmasq and a new system have it. */
static void
is_called(unsigned n, const char *hostname)
{
    struct nf_node node = world_node(mac_of(n));
    char name[64], own[64];

    snprintf(own, sizeof(own), "node-");
    nf_mac_format(node.mac, own + 5);
    nf_node_hostname(&node, name);
    assert_string_equal(nf_node_name(&node), hostname);
    assert_string_equal(name, hostname[0] != '\0' ? hostname : own);
}

static void
what_two_machines_say_is_neither_s_name(void **state)
{
    (void) state;
    leases(1, "web");
    is_called(1, "web");
    leases(2, "debian");
    leases(3, "Debian");
    leases(4, "debian");
    for (unsigned n = 2; n <= 4; n++) {
        is_called(n, "");
        assert_int_equal(strcasecmp(world_node(mac_of(n)).hostname, "debian"),
                         0);
    }
    is_called(1, "web");
    uint64_t last = world_last();
    says(2, "debian"); /* it goes online, and that is all there is to tell */
    says(2, "debian");
    assert_int_equal(world_last(), last + 1);
    is_called(2, "");
    says(2, "db");
    is_called(2, "db");
    is_called(3, "");
}

static void
a_name_that_one_leaves_is_free_again(void **state)
{
    (void) state;
    leases(1, "debian");
    says(1, "web");
    leases(2, "debian");
    is_called(2, "debian");
    leases(3, "debian");
    is_called(2, "");
    assert_int_equal(CHANGE(nf_change_node_delete(&c, mac_of(3))), NF_OK);
    says(2, "debian"); /* of whom nobody knows who is silent */
    is_called(2, "");
    leases(4, "debian");
    says(2, "debian");
    is_called(2, "");
    is_called(4, "");
}

static void
what_means_no_name_is_none(void **state)
{
    static const char *const words[] = {"localhost", "LOCALHOST",
                                        "localhost.localdomain", "localhost6",
                                        "node-020000000063"};

    (void) state;
    for (unsigned n = 0; n < sizeof(words) / sizeof(words[0]); n++) {
        leases(n + 1, words[n]);
        is_called(n + 1, "");
        says(n + 1, words[n]);
        is_called(n + 1, "");
    }
    assert_int_equal(is_given(9, "web"), NF_OK);
    says(9, "localhost");
    is_called(9, "web");
    leases(10, "localhostess");
    is_called(10, "localhostess");
}

static void
what_is_given_stays(void **state)
{
    (void) state;
    assert_int_equal(is_given(1, "web"), NF_OK);
    leases(2, "web");
    is_called(1, "web");
    is_called(2, "");
    assert_int_equal(is_given(3, "db"), NF_OK);
    says(3, "web");
    is_called(3, "db");
    assert_int_equal(is_given(2, "mail"), NF_OK);
    is_called(2, "mail");
    assert_int_equal(is_given(2, ""), NF_OK);
    is_called(2, "");
    says(2, "new");
    is_called(2, "new");
}

static void
a_name_may_be_given_twice_unless_it_may_not(void **state)
{
    nf_mac_t mac = mac_of(5);

    (void) state;
    assert_int_equal(is_given(1, "web"), NF_OK);
    assert_int_equal(is_given(2, "web"), NF_OK);
    is_called(1, "web");
    is_called(2, "web");
    /* of two bindings dnsmasq would have to choose */
    assert_int_equal(
        CHANGE(nf_change_binding_put(&c, mac, ip_of(5), "web", "")),
        NF_CONFLICT);
    assert_string_equal(world.fault.field, "hostname");
    world_set("NF_UNIQUE_HOSTNAMES", "1");
    assert_int_equal(is_given(3, "WEB"), NF_CONFLICT);
    assert_string_equal(world.fault.field, "hostname");
    assert_int_equal(is_given(3, "db"), NF_OK);
    assert_int_equal(is_given(3, "db"), NF_OK);
    struct nf_task_draft draft = {.mac = mac_of(4), .hostname = "db"};
    uint64_t id;
    struct nf_profile effective = {.json = NF_TEXT("{}")};
    draft.effective = &effective;
    assert_int_equal(CHANGE(nf_change_task_create(&c, &draft, &id)),
                     NF_CONFLICT);
    assert_string_equal(world.fault.field, "hostname");
    leases(6, "fresh");
    leases(7, "fresh");
    assert_int_equal(is_given(8, "fresh"), NF_OK); /* it was neither's */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)
        T(what_two_machines_say_is_neither_s_name),
        T(a_name_that_one_leaves_is_free_again),
        T(what_means_no_name_is_none),
        T(what_is_given_stays),
        T(a_name_may_be_given_twice_unless_it_may_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
