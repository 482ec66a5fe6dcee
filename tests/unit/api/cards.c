/* A machine that boots by a card which is not its node's: who waits for it is
 * told, and that is all. */
#include "site.h"

#include "store/hardware.h"

#define NODE  "/api/v1/nodes/525400000001"
#define SRV_1 "5352562d31" /* "SRV-1" */

static void
lease(unsigned n)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_ADD,
        .lease = {.ip = ip_of(n),
                  .mac = mac_of(n),
                  .expires = world.now + NF_SECONDS(3600),
                  .changed_at = world.now,
                  .is_pxe = 1},
    };

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

/* The boot script of card n, asked for at an address; whether that led to more
 * than the answer. */
static bool
boots(unsigned n, unsigned ip, const char *query)
{
    char path[256];

    snprintf(path, sizeof(path), "/boot/5254%08x/boot.ipxe%s", n, query);
    assert_int_equal(
        ask_with(NF_GET, path, NULL,
                 (struct ask){.listener = NF_LISTENER_BOOT, .peer = ip_of(ip)}),
        200);
    bool is_noted = answer.call.has_after_work;
    ask_after();
    return is_noted;
}

static bool
is_other_card(const char *words)
{
    ask(NF_GET, NODE "/timeline", NULL);
    assert_int_equal(answer.call.status, 200);
    return says("\"waits\":{\"state\":\"other_card\"") && says(words);
}

/* Node 1, with a serial number, is to be installed; card 2 is another node. */
static void
install_1(void)
{
    create(1);
    assert_int_equal(ask(NF_PUT, NODE, "{\"serial\":\"SRV-1\"}"), 200);
    assert_int_equal(ask(NF_PUT, NODE, "{\"action\":\"install\"}"), 200);
    lease(2);
    assert_true(world_has_node(mac_of(2)));
    assert_false(is_other_card(""));
}

static void
it_is_named_where_its_number_is_waited_for(void **state)
{
    (void) state;
    install_1();
    assert_true(boots(2, 2, "?sn=" SRV_1));
    assert_true(is_other_card("52:54:00:00:00:02 seems to be the same"));
    /* nothing but words: it may be installed by itself, and so may node 1 */
    assert_int_equal(
        ask(NF_PUT, "/api/v1/nodes/525400000002", "{\"action\":\"install\"}"),
        200);
    boots(2, 2, "");
    assert_true(says("debian-installer"));
    lease(1);
    boots(1, 1, "?sn=" SRV_1);
    assert_true(says("debian-installer"));
}

static void
it_is_not_when_it_has_become_the_nodes(void **state)
{
    (void) state;
    install_1();
    boots(2, 2, "?sn=" SRV_1);
    assert_int_equal(ask(NF_DELETE, "/api/v1/nodes/525400000002", NULL), 204);
    assert_false(is_other_card(""));
    assert_int_equal(ask(NF_PUT, NODE, "{\"macs\":[\"525400000002\"]}"), 200);
    boots(2, 2, "?sn=" SRV_1);
    assert_true(says("debian-installer"));
    assert_false(is_other_card(""));
}

/* At another's address anybody could say so. */
static void
what_proves_nothing_is_not_noted(void **state)
{
    static const char *const nothing[] = {
        "",
        "?sn=",
        "?sn=zz",
        "?sn=535",
        "?sn=00",
        "?sn=4e6f6e65",
        "?sn=" SRV_1 SRV_1 SRV_1 SRV_1 SRV_1 SRV_1 SRV_1 SRV_1 SRV_1 SRV_1 SRV_1
            SRV_1 SRV_1 SRV_1};

    (void) state;
    install_1();
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        assert_false(boots(2, 2, nothing[i]));
    }
    assert_false(boots(2, 77, "?sn=" SRV_1));
    lease(3);
    assert_false(boots(2, 3, "?sn=" SRV_1));
    assert_false(is_other_card(""));
    {
        struct nf_unmatched unmatched;
        NF_READ(r, world.s.store);
        assert_false(nf_unmatched_next(&r, NULL, &unmatched));
    }
}

static void
a_card_that_its_machine_listed_is_named_too(void **state)
{
    (void) state;
    lease(1);
    assert_int_equal(
        ask_with(NF_POST, "/api/v1/report",
                 "{\"mac\":\"525400000001\",\"sn\":\"SRV-1\",\"hardware\":"
                 "{\"nics\":[{\"mac\":\"525400000001\",\"driver\":\"igb\"},"
                 "{\"mac\":\"525400000002\",\"driver\":\"igb\"}]}}",
                 (struct ask){.listener = NF_LISTENER_AGENT, .peer = ip_of(1)}),
        200);
    world.now += NF_SECONDS(60);
    assert_int_equal(ask(NF_PUT, NODE, "{\"action\":\"install\"}"), 200);
    assert_false(is_other_card(""));
    lease(2);
    assert_true(is_other_card("52:54:00:00:00:02 seems to be the same"));
    /* until it boots as it should */
    world.now += NF_SECONDS(60);
    lease(1);
    assert_false(is_other_card(""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_named_where_its_number_is_waited_for),
        TEST(it_is_not_when_it_has_become_the_nodes),
        TEST(what_proves_nothing_is_not_noted),
        TEST(a_card_that_its_machine_listed_is_named_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
