/* Whose an address is, whose a card is, and which of two machines is meant. */
#include "site.h"

#include "flow/task.h"
#include "render/token.h"
#include "store/hardware.h"

#define DEVICE "/api/v1/device/"

/* --- the world -------------------------------------------------------------
 */

static void
tell_lease(enum nf_lease_action action, unsigned ip, unsigned n)
{
    struct nf_lease_report report = {
        .action = action,
        .lease = {.ip = ip_of(ip),
                  .mac = mac_of(n),
                  .expires = NOW + NF_SECONDS(3600),
                  .changed_at = action == NF_LEASE_DEL ? 0 : world.now,
                  .is_pxe = 1},
    };

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

static void
lease(unsigned ip, unsigned n)
{
    tell_lease(NF_LEASE_ADD, ip, n);
}

static void
act(unsigned n, const char *body)
{
    char path[64];

    snprintf(path, sizeof(path), "/api/v1/nodes/5254%08x", n);
    assert_int_equal(ask(NF_PUT, path, body), 200);
}

static void
install(unsigned n)
{
    act(n, "{\"action\":\"install\"}");
}

static const char *
token_of(unsigned n)
{
    static char text[NF_TOKEN_TEXT];
    struct nf_node node = world_node(mac_of(n));

    nf_token_make(site.key, world_attempt(&node), text);
    return text;
}

static struct ask
from(unsigned ip, enum nf_listener listener)
{
    return (struct ask){.peer = ip_of(ip), .listener = listener};
}

/* Whether the node of that MAC is told, at that address, to install. */
static bool
is_script_for(unsigned n, struct ask who)
{
    char path[64];

    who.listener = NF_LISTENER_BOOT;
    snprintf(path, sizeof(path), "/boot/5254%08x/boot.ipxe", n);
    assert_int_equal(ask_with(NF_GET, path, NULL, who), 200);
    bool is_install = says("debian-installer");
    if (is_install) {
        assert_false(nf_api_is_told(&answer.call, 200));
    }
    return is_install;
}

static unsigned
answers(unsigned n, struct ask who)
{
    char path[160];

    who.listener = NF_LISTENER_ANSWERS;
    snprintf(path, sizeof(path), "/preseed/5254%08x/preseed.cfg?token=%s", n,
             token_of(n));
    return ask_with(NF_GET, path, NULL, who);
}

static unsigned
ends(unsigned n, const char *token, struct ask who)
{
    char body[256];

    who.listener = NF_LISTENER_AGENT;
    snprintf(body, sizeof(body),
             "{\"mac\":\"5254%08x\",\"token\":\"%s\",\"operation\":"
             "\"os_install\",\"success\":true}",
             n, token);
    return ask_with(NF_POST, DEVICE "operationComplete", body, who);
}

static const char *
next_operation(unsigned n, const char *sn, struct ask who)
{
    char body[128];

    who.listener = NF_LISTENER_AGENT;
    snprintf(body, sizeof(body), "{\"mac\":\"5254%08x\",\"sn\":\"%s\"}", n, sn);
    ask_with(NF_POST, DEVICE "getNextOperation", body, who);
    return answer.text;
}

/* A report of machine n from that address; cards are its others, 0 at the
 * end. */
static unsigned
report(unsigned n, const char *sn, const unsigned *cards, unsigned ip)
{
    char body[1024];
    struct nf_out out = nf_out(body, sizeof(body) - 1);

    nf_out_printf(&out,
                  "{\"mac\":\"5254%08x\",\"sn\":\"%s\",\"hardware\":{\"arch\":"
                  "\"%s\",\"nics\":[{\"mac\":\"5254%08x\"}",
                  n, sn, sn, n);
    for (; *cards != 0; cards++) {
        nf_out_printf(&out, ",{\"mac\":\"5254%08x\",\"driver\":\"%s\"}", *cards,
                      *cards >= 900 ? "r8152" : "igb");
    }
    nf_out_puts(&out, "]}}");
    body[out.len] = '\0';
    return ask_with(NF_POST, "/api/v1/report", body,
                    from(ip, NF_LISTENER_AGENT));
}

static void
status(unsigned n, nf_ip4_t ip, const char *hostname)
{
    struct nf_status_report said = {.status = "installed", .ip = ip};

    snprintf(said.hostname, sizeof(said.hostname), "%s", hostname);
    assert_int_equal(CHANGE(nf_change_status(&c, mac_of(n), &said)), NF_OK);
}

static void
expect_nothing_for(unsigned n, struct ask who)
{
    assert_false(is_script_for(n, who));
    assert_false(says(token_of(n)));
    assert_false(answer.call.has_after_work);
    assert_true(nf_api_is_told(&answer.call, 200));
    assert_int_equal(answers(n, who), 403);
    assert_int_equal(answer.len, 0);
    assert_int_equal(ends(n, token_of(n), who), 403);
    assert_int_equal(ends(n, "", who), 403);
    assert_null(strstr(next_operation(n, "", who), "os_install"));
    assert_int_equal(answer.call.status, 403);
}

/* --- addresses ---------------------------------------------------------------
 */

static void
an_address_that_a_status_says_proves_nothing(void **state)
{
    (void) state;
    create(1);
    lease(1, 1);
    install(1);
    status(1, ip_of(241), "");
    expect_nothing_for(1, from(241, 0));
    assert_true(is_script_for(1, from(1, 0)));
    assert_int_equal(answers(1, from(1, 0)), 200);
    struct nf_node node = world_node(mac_of(1));
    assert_true(nf_ip4_equal(node.ip, ip_of(1)));
    assert_true(nf_ip4_equal(node.agent_ip, ip_of(241)));
    ask(NF_GET, "/api/v1/nodes/525400000001", NULL);
    EXPECT(200, "\"ip\":\"10.66.0.1\",\"agent_ip\":\"10.66.0.241\"");
}

static void
what_a_status_says_must_be_an_address_that_we_serve(void **state)
{
    static const nf_ip4_t bad[] = {{{10, 67, 0, 5}},      {{8, 8, 8, 8}},
                                   {{127, 0, 0, 1}},      {{224, 0, 0, 1}},
                                   {{10, 66, 0, 255}},    {{10, 66, 0, 0}},
                                   {{255, 255, 255, 255}}};

    (void) state;
    create(1);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        status(1, bad[i], "");
        assert_false(nf_ip4_is_set(world_node(mac_of(1)).agent_ip));
    }
    status(1, ip_of(7), "");
    ask(NF_GET, "/api/v1/nodes/525400000001", NULL);
    EXPECT(200, "\"ip\":\"10.66.0.7\""); /* it is all that there is */
    assert_false(says("agent_ip"));
    world_set("NF_DHCP_MODE", "off");
    status(1, bad[0], "");
    assert_true(nf_ip4_equal(world_node(mac_of(1)).agent_ip, bad[0]));
}

static void
an_address_leased_to_another_is_not_the_nodes_any_more(void **state)
{
    (void) state;
    create(1);
    lease(1, 1);
    install(1);
    world.now += 1000;
    lease(1, 2);
    assert_true(nf_ip4_equal(world_node(mac_of(1)).ip, ip_of(1)));
    expect_nothing_for(1, from(1, 0));
    expect_nothing_for(1, from(77, 0)); /* nor any that nobody leases */
}

static void
a_lease_given_back_opens_nothing(void **state)
{
    (void) state;
    create(1);
    lease(1, 1);
    install(1);
    tell_lease(NF_LEASE_DEL, 1, 1);
    expect_nothing_for(1, from(1, 0));
    expect_nothing_for(1, from(240, 0));
    world.now += NF_MINUTES(200); /* nor when it is forgotten */
    nf_time_t next;
    assert_int_equal(CHANGE(nf_change_clock(&c, 100, &next)), NF_OK);
    assert_int_equal(CHANGE(nf_change_clock(&c, 100, &next)), NF_OK);
    NF_READ(r, world.s.store);
    struct nf_node_view view;
    assert_true(nf_nodes_get(&r, mac_of(1), &view));
    assert_int_equal(view.node.is_leased, 1);
}

static void
a_lease_that_is_over_proves_nothing_until_it_is_renewed(void **state)
{
    (void) state;
    create(1);
    lease(1, 1);
    install(1);
    world.now = NOW + NF_SECONDS(3601);
    expect_nothing_for(1, from(1, 0));
    struct nf_lease_report again = {
        .action = NF_LEASE_OLD,
        .lease = {.ip = ip_of(1),
                  .mac = mac_of(1),
                  .changed_at = world.now,
                  .expires = world.now + NF_SECONDS(3600)}};
    assert_int_equal(CHANGE(nf_change_lease(&c, &again)), NF_OK);
    assert_true(is_script_for(1, from(1, 0)));
    assert_int_equal(ends(1, "", from(1, 0)), 200); /* by the lease alone */
}

static void
a_static_address_needs_the_token_too(void **state)
{
    (void) state;
    create(1);
    lease(1, 1);
    ask(NF_POST, "/api/v1/tasks",
        "{\"mac\":\"525400000001\",\"network\":{\"ip\":\"10.66.0.60\","
        "\"netmask\":\"255.255.255.0\"}}");
    EXPECT(201, "task-");
    assert_int_equal(ask(NF_POST, "/api/v1/tasks/525400000001/approve", NULL),
                     200);
    assert_int_equal(answers(1, from(60, 0)), 200);
    assert_int_equal(ends(1, "", from(60, 0)), 403);
    assert_int_equal(ends(1, "x", from(60, 0)), 403);
    assert_non_null(strstr(next_operation(1, "", from(60, 0)), "caller"));
    assert_false(is_script_for(1, from(60, 0)));
    assert_int_equal(answers(1, from(61, 0)), 403);
    lease(60, 2); /* somebody else got it */
    assert_int_equal(answers(1, from(60, 0)), 403);
    tell_lease(NF_LEASE_DEL, 60, 2);
    assert_int_equal(ends(1, token_of(1), from(60, 0)), 200);
}

static void
a_peer_that_is_not_ipv4_is_nobody(void **state)
{
    struct ask who = {.has_no_ip = true};
    static const unsigned none[] = {0};

    (void) state;
    create(1); /* that never had a lease, and so would be anybody's */
    install(1);
    expect_nothing_for(1, who);
    who.listener = NF_LISTENER_BOOT;
    ask_with(NF_GET, "/boot/525400000009/boot.ipxe", NULL, who);
    assert_false(answer.call.has_after_work);
    who.listener = NF_LISTENER_AGENT;
    assert_int_equal(ask_with(NF_POST, "/api/v1/report",
                              "{\"mac\":\"525400000009\",\"hardware\":{}}",
                              who),
                     403);
    assert_int_equal(report(9, "S9", none, 9), 200);
}

/* --- what is bound ---------------------------------------------------------
 */

static void
bind(unsigned n, const char *ip, unsigned wanted)
{
    char body[128];

    snprintf(body, sizeof(body),
             "{\"mac\":\"5254%08x\",\"ip\":\"%s\",\"hostname\":\"own\"}", n,
             ip);
    assert_int_equal(ask(NF_POST, "/api/v1/admin/dhcp/binding", body), wanted);
}

static void
expect_bound(unsigned n, unsigned ip)
{
    nf_mac_t owner;
    NF_READ(r, world.s.store);

    assert_true(nf_nodes_ip_owner(&r, ip_of(ip), &owner));
    assert_true(nf_mac_equal(owner, mac_of(n)));
}

static void
a_bound_address_is_moved_and_taken_by_nobody(void **state)
{
    (void) state;
    bind(1, "10.66.0.50", 201);
    create(2);
    status(2, ip_of(50), "");
    expect_bound(1, 50);
    status(1, ip_of(51), "other");
    assert_string_equal(world_node(mac_of(1)).hostname, "own");
    assert_true(nf_ip4_equal(world_node(mac_of(1)).ip, ip_of(50)));
    lease(77, 1); /* it has not asked since it was bound */
    assert_true(nf_ip4_equal(world_node(mac_of(1)).ip, ip_of(50)));
    assert_int_equal(world_node(mac_of(1)).is_leased, 1);
    lease(50, 2); /* that was leased before it was bound */
    expect_bound(1, 50);
    assert_false(nf_ip4_is_set(world_node(mac_of(2)).ip));
    lease(50, 3);
    expect_bound(1, 50);
}

/* --- cards -----------------------------------------------------------------
 */

static void
a_card_that_a_report_names_is_nobodys(void **state)
{
    static const unsigned cards[] = {11, 2, 0};

    (void) state;
    create(2);
    lease(1, 1);
    assert_int_equal(report(1, "S1", cards, 1), 200);
    assert_int_equal(world_node(mac_of(1)).macs_n, 0);
    install(1);
    assert_true(is_script_for(1, from(1, 0)));
    lease(11, 11); /* a machine that nobody has approved */
    assert_false(is_script_for(11, from(11, 0)));
    assert_false(is_script_for(1, from(11, 0)));
    assert_false(is_script_for(2, from(11, 0)));
    assert_int_equal(world_node(mac_of(11)).status, NF_NODE_DISCOVERED);
}

static void
a_neighbour_that_lists_its_own_card_is_not_the_node(void **state)
{
    static const unsigned cards[] = {2, 0};

    (void) state;
    lease(2, 2);
    assert_int_equal(report(1, "S1", cards, 2), 403);
    assert_false(world_has_node(mac_of(1)));
    create(1);
    assert_int_equal(report(1, "S1", cards, 2), 403);
    assert_int_equal(report(1, "S1", cards, 99), 200); /* never leased: maybe */
}

static void
a_new_machines_address_is_its_own_lease(void **state)
{
    static const unsigned none[] = {0};

    (void) state;
    world_set("NF_NODE_RULE", "none");
    lease(1, 1);
    assert_int_equal(report(1, "S1", none, 1), 200);
    assert_true(nf_ip4_equal(world_node(mac_of(1)).ip, ip_of(1)));
    assert_int_equal(report(2, "S2", none, 99), 200);
    assert_false(nf_ip4_is_set(world_node(mac_of(2)).ip));
    assert_true(nf_ip4_equal(world_node(mac_of(2)).agent_ip, ip_of(99)));
}

/* Machine 1 has the cards 1 and 11, and a dock 901. */
static const unsigned of_1[] = {11, 901, 0}, of_11[] = {1, 901, 0},
                      of_901[] = {1, 11, 0};

static void
a_card_becomes_the_nodes_when_it_boots_by_it(void **state)
{
    (void) state;
    lease(1, 1);
    assert_int_equal(report(1, "S1", of_1, 1), 200);
    lease(11, 11);
    assert_true(world_has_node(mac_of(11)));
    assert_int_equal(report(11, "S1", of_11, 11), 200);
    assert_false(world_has_node(mac_of(11)));
    struct nf_node node = world_node(mac_of(1));
    assert_int_equal(node.macs_n, 1);
    assert_true(nf_mac_equal(node.macs[0], mac_of(11)));
    assert_int_equal(node.found, 1);
    install(1);
    assert_true(is_script_for(11, from(11, 0)));
    assert_true(is_script_for(1, from(11, 0)));
    /* and is not any more when somebody else has it as well */
    static const unsigned others[] = {11, 0};
    lease(3, 3);
    assert_int_equal(report(3, "S3", others, 3), 200);
    node = world_node(mac_of(1));
    assert_int_equal(node.macs_n, 0);
    assert_int_equal(node.found, 0);
    assert_false(is_script_for(1, from(11, 0)));
}

/* Each of these lacks one thing of the above. */
static void
a_card_does_not_become_the_nodes_by_less(void **state)
{
    static const unsigned none[] = {0}, only_1[] = {1, 0}, only_11[] = {11, 0};

    (void) state;
    lease(1, 1);
    assert_int_equal(report(1, "S1", of_1, 1), 200);
    assert_int_equal(report(11, "S1", only_1, 99), 200); /* no lease */
    assert_int_equal(world_node(mac_of(1)).macs_n, 0);
    lease(11, 11);
    assert_int_equal(report(11, "S2", only_1, 11), 200); /* another serial */
    assert_int_equal(world_node(mac_of(1)).macs_n, 0);
    lease(12, 12);
    assert_int_equal(report(12, "S1", only_1, 12),
                     200); /* 1 does not list it */
    assert_int_equal(world_node(mac_of(1)).macs_n, 0);
    lease(13, 13);
    assert_int_equal(report(1, "S1", (unsigned[]){13, 14, 0}, 1), 200);
    assert_int_equal(report(13, "S1", none, 13), 200); /* it does not list 1 */
    assert_int_equal(world_node(mac_of(1)).macs_n, 0);
    lease(3, 3);
    assert_int_equal(report(3, "S3", (unsigned[]){14, 0}, 3), 200); /* shared */
    lease(14, 14);
    assert_int_equal(report(14, "S1", only_1, 14), 200);
    assert_int_equal(world_node(mac_of(1)).macs_n, 0);
    create(15); /* an operator named it */
    lease(15, 15);
    assert_int_equal(report(1, "S1", (unsigned[]){15, 0}, 1), 200);
    assert_int_equal(report(15, "S1", only_1, 15), 200);
    assert_int_equal(world_node(mac_of(1)).macs_n, 0);
    assert_true(world_has_node(mac_of(15)));
    (void) only_11;
}

static void
a_card_of_a_dock_is_never_the_nodes(void **state)
{
    (void) state;
    lease(1, 1);
    assert_int_equal(report(1, "S1", of_1, 1), 200);
    lease(90, 901);
    assert_int_equal(report(901, "S1", of_901, 90), 200);
    assert_int_equal(world_node(mac_of(1)).macs_n, 0);
    ask(NF_GET, "/api/v1/unmatched-reports", NULL);
    EXPECT(200, "serial_clash");
}

static void
a_card_that_an_operator_named_stays(void **state)
{
    static const unsigned others[] = {11, 0};

    (void) state;
    lease(1, 1);
    assert_int_equal(report(1, "S1", of_1, 1), 200);
    assert_int_equal(ask(NF_PATCH, "/api/v1/nodes/525400000001",
                         "{\"macs\":[\"525400000011\",\"52540000000b\"]}"),
                     200);
    install(1);
    lease(11, 11);
    assert_true(is_script_for(11, from(11, 0)));
    lease(3, 3);
    assert_int_equal(report(3, "S3", others, 3), 200);
    assert_int_equal(world_node(mac_of(1)).macs_n, 2);
}

/* --- serial numbers --------------------------------------------------------
 */

static const unsigned none[] = {0};

/* Machine 1, S1, has an approved task and reported; step NULL: by preseed. */
static void
begin(const char *profile)
{
    char body[96];

    lease(1, 1);
    assert_int_equal(report(1, "S1", none, 1), 200);
    snprintf(body, sizeof(body),
             "{\"mac\":\"525400000001\",\"profile\":\"%s\"}", profile);
    assert_int_equal(ask(NF_POST, "/api/v1/tasks", body), 201);
    assert_int_equal(ask(NF_POST, "/api/v1/tasks/S1/approve", NULL), 200);
}

static bool
is_unmatched(const char *reason, const char *sn)
{
    assert_int_equal(ask(NF_GET, "/api/v1/unmatched-reports", NULL), 200);
    return says(reason) && says(sn);
}

/* What a machine of this number is told that has MAC and lease of machine 1. */
static void
expect_waits(const char *sn)
{
    static const char *const routes[] = {"getHardwareConfig",
                                         "getOSInstallConfig"};
    char body[256];
    struct ask who = from(1, NF_LISTENER_AGENT);

    assert_non_null(strstr(next_operation(1, sn, who), "\"wait\""));
    EXPECT(200, "{\"operation\":\"wait\",\"data\":{}}");
    snprintf(body, sizeof(body), "{\"mac\":\"525400000001\",\"sn\":\"%s\"}",
             sn);
    ask_with(NF_POST, DEVICE "isInInstallQueue", body, who);
    EXPECT(200, "{\"result\":false}");
    for (size_t i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof(path), DEVICE "%s", routes[i]);
        assert_int_equal(ask_with(NF_POST, path, body, who), 404);
    }
    snprintf(body, sizeof(body), "/api/v1/task/%s?mac=525400000001",
             sn[0] != '\0' ? sn : "525400000001");
    ask_with(NF_GET, body, NULL, who);
    EXPECT(404, "No task found");
    assert_false(says(token_of(1)));
}

static void
a_machine_of_another_serial_number_waits_for_an_operator(void **state)
{
    struct ask who = from(1, NF_LISTENER_AGENT);

    (void) state;
    begin("debian-image");
    expect_waits("S2"); /* it has not even reported */
    assert_true(is_unmatched("serial_mismatch", "S2"));
    struct nf_task task = world_task(mac_of(1));
    assert_int_equal(nf_task_running(&task)->kind, NF_STEP_NODE_BOOT);
    assert_int_equal(report(1, "S2", none, 1), 200);
    EXPECT(200, "\"matched\":false");
    expect_waits("S2");
    expect_waits(""); /* it may be either */
    ask(NF_GET, "/api/v1/nodes/525400000001/timeline", NULL);
    EXPECT(200, "reported serial number S2");
    EXPECT(200, "\"state\":\"serial_mismatch\"");
    /* the machine that is meant goes on */
    assert_non_null(strstr(next_operation(1, "S1", who), "hardware_config"));
    assert_int_equal(report(1, "S1", none, 1), 200);
    EXPECT(200, "\"matched\":true");
    assert_false(is_unmatched("serial", "S2"));
    assert_non_null(strstr(next_operation(1, "", who), "hardware_config"));
    expect_waits("S2");
    /* unless an operator says that it is the same */
    assert_int_equal(
        ask(NF_PATCH, "/api/v1/nodes/525400000001", "{\"serial\":\"S2\"}"),
        200);
    assert_false(is_unmatched("serial", "S2"));
    assert_non_null(strstr(next_operation(1, "S2", who), "hardware_config"));
    expect_waits("S1");
}

static void
a_machine_of_another_serial_number_cannot_end_a_task(void **state)
{
    char body[256];
    struct ask who = from(1, NF_LISTENER_AGENT);

    (void) state;
    begin("debian-image");
    unsigned percent = world_task(mac_of(1)).percent;
    for (int i = 0; i < 2; i++) {
        snprintf(body, sizeof(body),
                 "{\"mac\":\"525400000001\",\"sn\":\"S2\",\"token\":\"%s\","
                 "\"operation\":\"os_install\",\"success\":true,\"status\":"
                 "\"success\",\"step\":\"x\",\"percent\":70}",
                 i == 0 ? token_of(1) : "");
        assert_int_equal(
            ask_with(NF_POST, DEVICE "operationComplete", body, who), 403);
        assert_int_equal(ask_with(NF_POST, DEVICE "installComplete", body, who),
                         403);
        assert_int_equal(ask_with(NF_POST, "/api/v1/progress", body, who), 403);
        EXPECT(403, "another machine has this node's MAC");
    }
    assert_int_equal(world_task(mac_of(1)).percent, percent);
}

/* Without nf-agent it is the boot script that must not go to another. */
static void
no_installer_starts_while_two_machines_have_one_mac(void **state)
{
    (void) state;
    begin("debian-12");
    assert_true(is_script_for(1, from(1, 0)));
    assert_int_equal(report(1, "S2", none, 1), 200);
    assert_false(is_script_for(1, from(1, 0)));
    assert_true(says("another serial number"));
    assert_false(says(token_of(1)));
    assert_false(answer.call.has_after_work);
    /* it is held until that is decided, and asks not again and again */
    struct ask held = from(1, NF_LISTENER_BOOT);
    held.may_wait = true;
    assert_int_equal(
        ask_with(NF_GET, "/boot/525400000001/boot.ipxe?wait=1", NULL, held), 0);
    uint64_t news = world_events(NF_EVENT_REPORT_FORGOTTEN);
    assert_int_equal(report(1, "S1", none, 1), 200);
    assert_int_equal(world_events(NF_EVENT_REPORT_FORGOTTEN), news + 1);
    assert_true(is_script_for(1, from(1, 0)));
    assert_int_equal(report(1, "S2", none, 1), 200);
    assert_int_equal(
        ask(NF_DELETE, "/api/v1/unmatched-reports/525400000001", NULL), 204);
    assert_true(is_script_for(1, from(1, 0)));
}

static void
a_machine_of_another_mac_is_not_its_tasks(void **state)
{
    (void) state;
    begin("debian-image");
    lease(2, 2);
    assert_int_equal(report(2, "S1", none, 2), 200);
    EXPECT(200, "\"matched\":false");
    assert_true(is_unmatched("mac_mismatch", "S1"));
    struct ask who = from(2, NF_LISTENER_AGENT);
    assert_non_null(strstr(next_operation(2, "S1", who), "\"wait\""));
    assert_int_equal(answer.call.status, 200);
    ask_with(NF_POST, DEVICE "getNextOperation", "{\"sn\":\"S1\"}", who);
    assert_int_equal(answer.call.status, 403); /* that is machine 1 */
    assert_int_equal(ask_with(NF_GET, "/api/v1/preseed/S1", NULL, who), 403);
}

/* The words of a board's maker name no machine: neither do they tell two
 * apart. */
static void
a_placeholder_is_no_other_serial_number(void **state)
{
    static const char *const words[] = {
        "BSN12345678901234567", "Default string", "52:54:00:00:00:01", "0"};
    struct ask who = from(1, NF_LISTENER_AGENT);

    (void) state;
    begin("debian-image");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_int_equal(report(1, words[i], none, 1), 200);
        EXPECT(200, "\"matched\":true");
        assert_non_null(
            strstr(next_operation(1, words[i], who), "hardware_config"));
    }
    assert_string_equal(world_node(mac_of(1)).serial, "S1");
}

static bool
inventory_is(const char *arch)
{
    char part[32];

    snprintf(part, sizeof(part), "\"arch\":\"%s\"", arch);
    ask(NF_GET, "/api/v1/nodes/525400000001/hardware", NULL);
    return says(part);
}

static void
another_machines_inventory_is_not_the_nodes(void **state)
{
    static const char empty[] =
        "{\"mac\":\"525400000001\",\"sn\":\"S2\",\"hardware\":{}}";
    static const unsigned cards[] = {7, 0};

    (void) state;
    lease(1, 1);
    assert_int_equal(report(1, "S1", none, 1), 200);
    assert_int_equal(
        ask_with(NF_POST, "/api/v1/report", empty, from(1, NF_LISTENER_AGENT)),
        200);
    assert_true(inventory_is("S1"));
    assert_int_equal(report(1, "S2", cards, 1), 200);
    assert_true(inventory_is("S1"));
    {
        NF_READ(r, world.s.store);
        assert_false(nf_cards_has(&r, mac_of(1), mac_of(7)));
    }
    /* a number that is another's: its own inventory is kept, once it has one */
    lease(2, 2);
    assert_int_equal(report(2, "S1", none, 2), 200);
    ask(NF_GET, "/api/v1/nodes/525400000002/hardware", NULL);
    EXPECT(200, "S1");
    assert_int_equal(report(2, "S2", none, 2), 200);
    assert_int_equal(report(2, "S1", none, 2), 200);
    ask(NF_GET, "/api/v1/nodes/525400000002/hardware", NULL);
    EXPECT(200, "S2");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_drop)
        TEST(an_address_that_a_status_says_proves_nothing),
        TEST(what_a_status_says_must_be_an_address_that_we_serve),
        TEST(an_address_leased_to_another_is_not_the_nodes_any_more),
        TEST(a_lease_given_back_opens_nothing),
        TEST(a_lease_that_is_over_proves_nothing_until_it_is_renewed),
        TEST(a_static_address_needs_the_token_too),
        TEST(a_peer_that_is_not_ipv4_is_nobody),
        TEST(a_bound_address_is_moved_and_taken_by_nobody),
        TEST(a_card_that_a_report_names_is_nobodys),
        TEST(a_neighbour_that_lists_its_own_card_is_not_the_node),
        TEST(a_new_machines_address_is_its_own_lease),
        TEST(a_card_becomes_the_nodes_when_it_boots_by_it),
        TEST(a_card_does_not_become_the_nodes_by_less),
        TEST(a_card_of_a_dock_is_never_the_nodes),
        TEST(a_card_that_an_operator_named_stays),
        TEST(a_machine_of_another_serial_number_waits_for_an_operator),
        TEST(a_machine_of_another_serial_number_cannot_end_a_task),
        TEST(no_installer_starts_while_two_machines_have_one_mac),
        TEST(a_machine_of_another_mac_is_not_its_tasks),
        TEST(a_placeholder_is_no_other_serial_number),
        TEST(another_machines_inventory_is_not_the_nodes),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
