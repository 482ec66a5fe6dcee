/* What a switch is asked in turn, when it answers well and when it does not. */
#include "scratch.h"

#include "port/batch.h"

/* A switch as far as its answers go: the port as it is, and what it does when
 * it is told to change it. */
static struct {
    struct nf_port port;
    struct nf_vlans vlans;
    struct nf_port_mac macs[2];
    size_t macs_n;
    enum nf_switch_cause set, save; /* what they bring */
    enum {
        TAKES,
        IGNORES,
        HALVES,
        SPOILS
    } deed;
    bool is_dead; /* it stopped answering */
    bool is_begun;
    unsigned sets, saves, looks;
    struct nf_switch_operation operation;
    struct nf_switch_told told;
    char json[8192];
} peer;

static void
make_switch(void)
{
    memset(&peer, 0, sizeof(peer));
    strcpy(peer.port.name, "Gi1/0/1");
    peer.port.config = (struct nf_port_config){.mode = NF_PORT_ACCESS,
                                               .vlan = 1,
                                               .admin = NF_PORT_UP,
                                               .description = "node 7"};
    nf_vlans_add(&peer.vlans, 1, 1);
    nf_vlans_add(&peer.vlans, 100, 110);
}

static void
take_set(const struct nf_switch_ask *ask)
{
    struct nf_port_config wanted = *ask->wanted;

    peer.sets++;
    assert_true(nf_port_config_equal(ask->is, &peer.port.config));
    if (peer.deed == HALVES && peer.sets == 1) {
        wanted.vlan = peer.port.config.vlan;
    }
    if (peer.deed == SPOILS) {
        wanted.vlan = 101;
    }
    if (peer.deed != IGNORES) {
        peer.port.config = wanted;
    }
    peer.told.cause = peer.sets == 1 ? peer.set : NF_SWITCH_FINE;
}

static void
answer(const struct nf_switch_ask *ask)
{
    peer.told = (struct nf_switch_told){.pin = "SHA256:x"};
    switch (ask->verb) {
    case NF_SWITCH_PORT:
        peer.looks++;
        peer.told.ports = &peer.port;
        peer.told.macs = peer.macs;
        peer.told.macs_n = peer.macs_n;
        peer.told.ports_n = strcmp(ask->port, peer.port.name) == 0;
        peer.told.cause = peer.is_dead && peer.sets > 0 ? NF_SWITCH_UNREACHABLE
                                                        : NF_SWITCH_FINE;
        break;
    case NF_SWITCH_VLANS:
        peer.told.vlans = peer.vlans;
        break;
    case NF_SWITCH_SET:
        take_set(ask);
        break;
    case NF_SWITCH_SAVE:
        peer.saves++;
        nf_switch_fail(&peer.told, peer.save, NF_TEXT("flash: full"));
        break;
    default:
        break;
    }
}

static enum nf_switch_cause
run(const char *command, const char *args)
{
    struct nf_switch_ask ask;
    struct nf_fault fault = {0};
    struct nf_switch_operation *operation = &peer.operation;
    struct nf_switch_batch batch = {.n = 0};
    struct nf_out out = nf_out(peer.json, sizeof(peer.json) - 1);
    nf_time_t now = 1000, at;
    enum nf_switch_next next;
    bool is_told = false;

    if (nf_switch_operation_read(operation, nf_text(command), nf_text(args),
                                 &fault)
        != NF_OK)
    {
        fail_msg("%s: %s %s", args, fault.field, fault.reason);
    }
    operation->is_begun = peer.is_begun;
    assert_true(nf_switch_batch_add(&batch, operation));
    while ((next = nf_switch_batch_step(&batch, is_told ? &peer.told : NULL,
                                        now, &ask, &at))
           != NF_SWITCH_NEXT_END)
    {
        is_told = next == NF_SWITCH_NEXT_ASK;
        if (is_told) {
            answer(&ask);
        } else {
            assert_true(at > now);
            now = at;
        }
        assert_true(peer.looks < 100);
    }
    assert_ptr_equal(nf_switch_batch_ended(&batch), operation);
    nf_switch_operation_json(operation, &out);
    peer.json[out.len] = '\0';
    return operation->told.cause;
}

#define MOVE "{\"port\":\"Gi1/0/1\",\"mode\":\"access\",\"vlan\":100}"

#define EXPECTED                                                               \
    "{\"port\":\"Gi1/0/1\",\"mode\":\"access\",\"vlan\":100,"                  \
    "\"expected\":{\"mode\":\"access\",\"vlan\":1,\"admin\":\"up\","           \
    "\"description\":\"node 7\"}}"

static void
must_say(const char *words)
{
    if (strstr(peer.json, words) == NULL) {
        fail_msg("%s does not say %s", peer.json, words);
    }
}

static void
a_change_is_read_back_and_saved(void **state)
{
    (void) state;
    make_switch();
    assert_int_equal(run("port", MOVE), NF_SWITCH_FINE);
    assert_int_equal(peer.port.config.vlan, 100);
    assert_string_equal(peer.port.config.description, "node 7");
    assert_int_equal(peer.sets, 1);
    assert_int_equal(peer.saves, 1);
    must_say("\"changed\":true");
    must_say("\"was\":{\"name\":\"Gi1/0/1\",\"mode\":\"access\",\"vlan\":1,");
    must_say("\"pin\":\"SHA256:x\"");
}

static void
what_is_so_already_is_not_touched(void **state)
{
    (void) state;
    make_switch();
    peer.port.config.vlan = 100;
    assert_int_equal(run("port", MOVE), NF_SWITCH_FINE);
    assert_int_equal(peer.sets + peer.saves, 0);
    must_say("\"changed\":false");
}

static void
what_must_not_be_changed_is_refused(void **state)
{
    (void) state;
    make_switch();
    strcpy(peer.port.lag, "Po1");
    assert_int_equal(run("port", MOVE), NF_SWITCH_UPLINK);
    must_say("Gi1/0/1 is part of an aggregate");
    assert_int_equal(
        run("port", "{\"port\":\"Gi1/0/1\",\"mode\":\"access\",\"vlan\":100,"
                    "\"force\":true}"),
        NF_SWITCH_FINE);
    make_switch();
    peer.port.config.vlan = 101;
    assert_int_equal(run("port", EXPECTED), NF_SWITCH_CHANGED);
    must_say("VLAN is 101, not 1");
    make_switch();
    nf_vlans_remove(&peer.vlans, 100);
    assert_int_equal(run("port", MOVE), NF_SWITCH_NO_VLAN);
    must_say("it has no VLAN 100");
    make_switch();
    assert_int_equal(run("port", "{\"port\":\"Gi9/9\"}"), NF_SWITCH_NO_PORT);
    assert_int_equal(peer.sets, 0);
}

static void
what_was_expected_or_is_so_already_is_fine(void **state)
{
    (void) state;
    make_switch();
    assert_int_equal(run("port", EXPECTED), NF_SWITCH_FINE);
    assert_int_equal(peer.sets, 1);
    assert_int_equal(run("port", EXPECTED), NF_SWITCH_FINE);
    assert_int_equal(peer.sets, 1);
    must_say("\"changed\":false");
}

static void
another_machine_at_the_port_is_left_alone(void **state)
{
    static const nf_mac_t ours = {{0x52, 0x54, 0, 0, 0, 1}};
    static const nf_mac_t other = {{0x52, 0x54, 0, 0, 0, 2}};
    static const char args[] =
        "{\"port\":\"Gi1/0/1\",\"vlan\":100,"
        "\"machine\":[\"525400000003\",\"525400000001\"]}";

    (void) state;
    make_switch(); /* nobody is there */
    assert_int_equal(run("port", args), NF_SWITCH_FINE);
    make_switch();
    peer.macs_n = 2;
    peer.macs[0] = (struct nf_port_mac){.mac = ours, .port = "Gi1/0/2"};
    peer.macs[1] = (struct nf_port_mac){.mac = other, .port = "Gi1/0/1"};
    assert_int_equal(run("port", args), NF_SWITCH_OTHER_MACHINE);
    must_say("Gi1/0/1 has learnt 52:54:00:00:00:02");
    assert_int_equal(peer.sets, 0);
    strcpy(peer.macs[0].port, "GigabitEthernet1/0/1");
    assert_int_equal(run("port", args), NF_SWITCH_FINE);
}

static void
a_change_that_does_nothing_is_no_effect(void **state)
{
    (void) state;
    make_switch();
    peer.deed = IGNORES;
    assert_int_equal(run("port", MOVE), NF_SWITCH_NO_EFFECT);
    must_say("VLAN is 1, not 100; the port is unchanged");
    assert_int_equal(peer.saves, 0);
}

static void
half_a_change_is_put_back(void **state)
{
    static const enum nf_switch_cause causes[] = {
        NF_SWITCH_FINE, NF_SWITCH_REFUSED, NF_SWITCH_HUNG};

    (void) state;
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        make_switch();
        peer.deed = HALVES;
        peer.set = causes[i];
        assert_int_equal(
            run("port", "{\"port\":\"Gi1/0/1\",\"mode\":\"access\","
                        "\"vlan\":100,\"description\":\"x\"}"),
            causes[i] == NF_SWITCH_FINE ? NF_SWITCH_NO_EFFECT : causes[i]);
        must_say("the port is unchanged");
        assert_string_equal(peer.port.config.description, "node 7");
        assert_int_equal(peer.sets, 2);
        assert_int_equal(peer.saves, 0);
    }
}

static void
what_cannot_be_put_back_is_told(void **state)
{
    (void) state;
    make_switch();
    peer.deed = SPOILS;
    assert_int_equal(run("port", MOVE), NF_SWITCH_NO_EFFECT);
    must_say("the port could not be restored");
    assert_int_equal(peer.sets, 2);
    assert_int_equal(peer.saves, 0);
}

static void
a_switch_that_died_is_looked_at_when_it_is_back(void **state)
{
    (void) state;
    make_switch();
    peer.set = NF_SWITCH_HUNG; /* and yet it took it */
    assert_int_equal(run("port", MOVE), NF_SWITCH_FINE);
    assert_int_equal(peer.saves, 1);
    make_switch();
    peer.set = NF_SWITCH_HUNG;
    peer.is_dead = true;
    assert_int_equal(run("port", MOVE), NF_SWITCH_HUNG);
    must_say("the state of the port is not known");
}

static void
a_save_that_is_refused_is_told(void **state)
{
    (void) state;
    make_switch();
    peer.save = NF_SWITCH_REFUSED;
    assert_int_equal(run("port", MOVE), NF_SWITCH_UNSAVED);
    must_say("flash: full; it is lost when the switch restarts");
    must_say("\"changed\":true");
}

static void
wrong_arguments_are_named(void **state)
{
    static const char *const rows[][3] = {
        {"port", "{}", "port"},
        {"ports", "{\"vlan\":1}", "vlan"},
        {"find", "{\"mac\":\"01\"}", "mac"},
        {"port", "{\"port\":\"x\",\"mode\":\"access\"}", "vlan"},
        {"port", "{\"port\":\"x\",\"mode\":\"trunk\",\"vlan\":1}", "tagged"},
        {"port", "{\"port\":\"x\",\"vlan\":4095}", "vlan"},
        {"port", "{\"port\":\"x\",\"mode\":\"other\"}", "mode"},
        {"port", "{\"port\":\"x\",\"mode\":\"trunk\",\"tagged\":\"7-5\"}",
         "tagged"},
        {"port", "{\"port\":\"x\",\"description\":\"a?\"}", "description"},
        {"nothing", "{}", "command"},
        {"scan", "{\"port\":\"x\"}", "port"},
        {"port", "{\"port\":\"x\",\"machine\":[\"x\"]}", "machine"},
        {"port", "{\"port\":\"x\",\"expected\":[]}", "expected"},
        {"port", "{\"port\":\"x\",\"expected\":{\"vlan\":1}}", "expected"},
        {"port",
         "{\"port\":\"x\",\"expected\":{\"mode\":\"trunk\","
         "\"tagged\":\"x\"}}",
         "expected"},
        {"port", "{\"port\":\"x\",\"color\":1}", "color"},
    };
    struct nf_switch_operation operation;
    struct nf_fault fault;

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_not_equal(
            nf_switch_operation_read(&operation, nf_text(rows[i][0]),
                                     nf_text(rows[i][1]), &fault),
            NF_OK);
        assert_string_equal(fault.field, rows[i][2]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_read_back_and_saved),
        cmocka_unit_test(what_is_so_already_is_not_touched),
        cmocka_unit_test(what_must_not_be_changed_is_refused),
        cmocka_unit_test(what_was_expected_or_is_so_already_is_fine),
        cmocka_unit_test(another_machine_at_the_port_is_left_alone),
        cmocka_unit_test(a_change_that_does_nothing_is_no_effect),
        cmocka_unit_test(half_a_change_is_put_back),
        cmocka_unit_test(what_cannot_be_put_back_is_told),
        cmocka_unit_test(a_switch_that_died_is_looked_at_when_it_is_back),
        cmocka_unit_test(a_save_that_is_refused_is_told),
        cmocka_unit_test(wrong_arguments_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
