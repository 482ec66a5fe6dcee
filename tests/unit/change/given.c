/* Whose the address is that a task gives its node, and until when. */
#include "dhcp/host.h"
#include "task_world.h"

#define STATIC(ip)                                                             \
    "{\"network\":{\"method\":\"static\",\"ip\":\"" ip "\",\"netmask\":"       \
    "\"255.255.255.0\",\"gateway\":\"10.9.0.1\",\"dns\":[\"10.9.0.2\"]}}"

static const struct wanted_task wanted = {.mac = 1, .json = STATIC("10.9.0.5")};

static nf_ip4_t
ip(const char *text)
{
    nf_ip4_t at;

    assert_true(nf_ip4_parse(nf_text(text), &at));
    return at;
}

/* The node's address, and whether DHCP keeps it; "": none. */
static void
expect_address(const char *text, bool is_kept)
{
    struct nf_node node = world_node(mac_of(1));
    char is[NF_IP4_TEXT] = "";
    NF_READ(r, world.s.store);

    if (nf_ip4_is_set(node.ip)) {
        nf_ip4_format(node.ip, is);
    }
    assert_string_equal(is, text);
    struct nf_host host = nf_host_of_node(&r, &world.settings, &node);
    assert_int_equal(host.len > 0, is_kept);
    assert_true(host.len == 0 || strstr(host.line, text) != NULL);
}

static void
leases(const char *text)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_ADD,
        .lease = {.mac = mac_of(1), .ip = ip(text), .expires = INT64_MAX / 2}};

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

static void
binds(const char *text)
{
    nf_ip4_t at = ip(text);

    assert_int_equal(CHANGE(nf_change_binding_put(&c, mac_of(1), at, "", "")),
                     NF_OK);
}

static void
unbinds(void)
{
    assert_int_equal(CHANGE(nf_change_binding_delete(&c, mac_of(1))), NF_OK);
}

static void
what_comes_to_nothing_leaves_no_address(void **state)
{
    (void) state;
    leases("10.9.0.100");
    uint64_t id = task_make(wanted);
    expect_address("10.9.0.5", true);
    assert_int_equal(task_reject(id), NF_OK);
    expect_address("10.9.0.100", false);
    assert_false(nf_ip4_is_set(world_node(mac_of(1)).netmask));
    assert_int_equal(world_node(mac_of(1)).dns_n, 0);
    id = task_make(wanted);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_address("10.9.0.100", false);
    assert_int_equal(task_retry(id), NF_OK);
    expect_address("10.9.0.5", true);
    assert_int_equal(task_approve(id), NF_OK);
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    expect_address("10.9.0.5", true);
    machine_operates(1, "os_install", false, "no disk");
    assert_int_equal(task_get(id).status, NF_TASK_FAILED);
    expect_address("10.9.0.100", false);
}

static void
a_system_has_its_address_and_dhcp_gives_it_to_nobody(void **state)
{
    (void) state;
    world_set("NF_ALLOW_REINSTALL", "1");
    uint64_t id = task_make(wanted);
    task_bring_to(id, 1, NF_STEP_KINDS);
    expect_address("10.9.0.5", false);
    assert_int_equal(task_delete(id), NF_OK);
    expect_address("10.9.0.5", false);
    /* it is another's no more than before */
    assert_int_equal(
        CHANGE(nf_change_binding_put(&c, mac_of(2), ip("10.9.0.5"), "", "")),
        NF_CONFLICT);
}

static void
the_next_one_that_comes_to_nothing_leaves_the_systems(void **state)
{
    (void) state;
    world_set("NF_ALLOW_REINSTALL", "1");
    task_bring_to(task_make(wanted), 1, NF_STEP_KINDS);
    uint64_t id =
        task_make((struct wanted_task){.mac = 1, .json = STATIC("10.9.0.6")});
    expect_address("10.9.0.6", true);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_address("10.9.0.5", false);
}

static void
what_an_operator_gave_stays(void **state)
{
    struct nf_node_edit edit = {.has = NF_HAS_MAC | NF_HAS_IP | NF_HAS_NETMASK,
                                .node = {.mac = mac_of(1)}};

    (void) state;
    edit.node.ip = ip("10.9.0.9");
    edit.node.netmask = ip("255.255.255.0");
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    uint64_t id = task_make(wanted);
    expect_address("10.9.0.9", true);
    task_bring_to(id, 1, NF_STEP_KINDS);
    expect_address("10.9.0.9", true);
}

static void
a_binding_by_hand_stays_and_goes_as_a_whole(void **state)
{
    (void) state;
    leases("10.9.0.100");
    binds("10.9.0.20");
    uint64_t id = task_make(wanted);
    expect_address("10.9.0.20", true);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_address("10.9.0.20", true);
    unbinds();
    expect_address("10.9.0.100", false);
    /* over the address of a task that is not over */
    assert_int_equal(task_retry(id), NF_OK);
    expect_address("10.9.0.5", true);
    binds("10.9.0.20");
    expect_address("10.9.0.20", true);
    unbinds();
    expect_address("10.9.0.5", true);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_address("10.9.0.100", false);
}

/* Of a machine that never leased one none is left. */
static void
an_address_that_is_taken_away_is_gone(void **state)
{
    (void) state;
    binds("10.9.0.20");
    unbinds();
    expect_address("", false);
    uint64_t id = task_make(wanted);
    assert_int_equal(task_cancel(id), NF_OK);
    expect_address("", false);
}

static void
a_try_again_does_not_take_anothers_address(void **state)
{
    (void) state;
    uint64_t id = task_make(wanted);
    assert_int_equal(task_cancel(id), NF_OK);
    assert_int_equal(
        CHANGE(nf_change_binding_put(&c, mac_of(2), ip("10.9.0.5"), "", "")),
        NF_OK);
    assert_int_equal(task_retry(id), NF_CONFLICT);
    expect_address("", false);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_comes_to_nothing_leaves_no_address),
        TEST(a_system_has_its_address_and_dhcp_gives_it_to_nobody),
        TEST(the_next_one_that_comes_to_nothing_leaves_the_systems),
        TEST(what_an_operator_gave_stays),
        TEST(a_binding_by_hand_stays_and_goes_as_a_whole),
        TEST(an_address_that_is_taken_away_is_gone),
        TEST(a_try_again_does_not_take_anothers_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
