/* Operations on one switch together: what it is asked, and how often. */
#include "scratch.h"

#include "port/batch.h"

enum {
    PORTS = 4
};

/* A switch as far as its answers go. */
static struct {
    struct nf_port ports[PORTS], saved[PORTS];
    struct nf_vlans vlans;
    unsigned counts[NF_SWITCH_VERB_COUNT];
    unsigned fails_at, loses_at; /* which SET; 0: none */
    unsigned hangs_at, lags_at;  /* nothing is done; it shows a while later */
    struct nf_port late;
    unsigned away; /* reads until it is back */
    enum nf_switch_cause save;
    struct nf_switch_told told;
} peer;

static struct nf_switch_batch batch;
static struct nf_switch_operation operations[NF_SWITCH_BATCH_MAX + 1];
static nf_time_t now;
static unsigned ended, begun;
static bool is_told;
static char words[1024];

static void
make_switch(void)
{
    memset(&peer, 0, sizeof(peer));
    memset(operations, 0, sizeof(operations));
    batch = (struct nf_switch_batch){.n = 0};
    ended = begun = 0;
    is_told = false;
    now = 1000;
    for (int i = 0; i < PORTS; i++) {
        snprintf(peer.ports[i].name, NF_PORT_NAME, "Gi1/0/%d", i + 1);
        peer.ports[i].link = peer.ports[i].forwards = NF_PORT_UP;
        peer.ports[i].config = (struct nf_port_config){
            .mode = NF_PORT_ACCESS, .vlan = 1, .admin = NF_PORT_UP};
    }
    memcpy(peer.saved, peer.ports, sizeof(peer.saved));
    nf_vlans_add(&peer.vlans, 1, 1);
    nf_vlans_add(&peer.vlans, 100, 110);
}

static unsigned
vlan_of(int port)
{
    return peer.ports[port - 1].config.vlan;
}

static void
start_anew(unsigned away)
{
    memcpy(peer.ports, peer.saved, sizeof(peer.ports));
    peer.away = away;
}

static struct nf_port *
find(const char *name)
{
    for (int i = 0; i < PORTS; i++) {
        if (nf_port_is_named(nf_text(peer.ports[i].name), nf_text(name))) {
            return &peer.ports[i];
        }
    }
    return NULL;
}

/* It does nothing now, and perhaps later. */
static bool
is_put_off(const struct nf_switch_ask *ask)
{
    unsigned number = peer.counts[NF_SWITCH_SET];

    if (number == peer.hangs_at) {
        nf_switch_fail(&peer.told, NF_SWITCH_HUNG, NF_TEXT("gone"));
    }
    if (number == peer.lags_at) {
        peer.late = *find(ask->port);
        peer.late.config = *ask->wanted;
    }
    return number == peer.hangs_at || number == peer.lags_at;
}

static void
take_set(const struct nf_switch_ask *ask)
{
    unsigned number = peer.counts[NF_SWITCH_SET];

    if (is_put_off(ask)) {
        return;
    }
    for (int i = 0; i < PORTS; i++) {
        if (nf_port_is_named(nf_text(peer.ports[i].name), nf_text(ask->port))) {
            assert_true(nf_port_config_equal(ask->is, &peer.ports[i].config));
            peer.ports[i].config = *ask->wanted;
            if (number == peer.fails_at) {
                peer.ports[i].config.vlan = 105; /* in between */
                nf_switch_fail(&peer.told, NF_SWITCH_REFUSED, NF_TEXT("no"));
            }
        }
    }
    if (number == peer.loses_at) {
        start_anew(3);
        nf_switch_fail(&peer.told, NF_SWITCH_HUNG, NF_TEXT("gone"));
    }
}

static void
answer(const struct nf_switch_ask *ask)
{
    peer.told = (struct nf_switch_told){.pin = "SHA256:x"};
    peer.counts[ask->verb]++;
    switch (ask->verb) {
    case NF_SWITCH_PORT:
    case NF_SWITCH_PORTS:
        if (peer.away > 0 && peer.away--) {
            nf_switch_fail(&peer.told, NF_SWITCH_UNREACHABLE, NF_TEXT(""));
            return;
        }
        if (peer.late.name[0] != '\0' && now > 1000) {
            *find(peer.late.name) = peer.late;
        }
        peer.told.ports = peer.ports;
        peer.told.ports_n = PORTS;
        break;
    case NF_SWITCH_VLANS:
        peer.told.vlans = peer.vlans;
        break;
    case NF_SWITCH_SET:
        take_set(ask);
        break;
    case NF_SWITCH_SAVE:
        nf_switch_fail(&peer.told, peer.save, NF_TEXT("flash: full"));
        if (peer.save == NF_SWITCH_FINE) {
            memcpy(peer.saved, peer.ports, sizeof(peer.saved));
        }
        break;
    default:
        break;
    }
}

static struct nf_switch_operation *
add(const char *args)
{
    struct nf_switch_operation *operation = &operations[batch.taken];
    struct nf_fault fault = {0};

    if (nf_switch_operation_read(operation, NF_TEXT("port"), nf_text(args),
                                 &fault)
        != NF_OK)
    {
        fail_msg("%s: %s %s", args, fault.field, fault.reason);
    }
    assert_true(nf_switch_batch_add(&batch, operation));
    return operation;
}

static struct nf_switch_operation *
move(int port, unsigned vlan, const char *more)
{
    char args[512];

    snprintf(args, sizeof(args),
             "{\"port\":\"Gi1/0/%d\",\"mode\":\"access\",\"vlan\":%u%s}", port,
             vlan, more);
    return add(args);
}

/* One step, and what follows from it; false: all have ended. */
static bool
step(void)
{
    struct nf_switch_ask ask;
    nf_time_t at = 0;
    enum nf_switch_next next = nf_switch_batch_step(
        &batch, is_told ? &peer.told : NULL, now, &ask, &at);

    begun += batch.begins;
    while (nf_switch_batch_ended(&batch) != NULL) {
        ended++;
    }
    is_told = next == NF_SWITCH_NEXT_ASK;
    if (is_told) {
        answer(&ask);
    } else if (next == NF_SWITCH_NEXT_WAIT) {
        assert_true(at > now);
        now = at;
    }
    return next != NF_SWITCH_NEXT_END;
}

static void
run(void)
{
    for (int i = 0; step(); i++) {
        assert_true(i < 1000);
    }
    assert_int_equal(batch.n, 0);
}

static void
must_end(const struct nf_switch_operation *operation,
         enum nf_switch_cause cause, const char *text)
{
    struct nf_out out = nf_out(words, sizeof(words) - 1);

    nf_switch_operation_result(operation, &out);
    words[out.len] = '\0';
    if (operation->stage != NF_SWITCH_ENDED || operation->told.cause != cause
        || strstr(words, text) == NULL)
    {
        fail_msg("%s, not %s, %s", words, nf_switch_causes[cause], text);
    }
}

static void
must_ask(unsigned reads, unsigned vlans, unsigned sets, unsigned saves)
{
    assert_int_equal(peer.counts[NF_SWITCH_PORTS] + peer.counts[NF_SWITCH_PORT],
                     reads);
    assert_int_equal(peer.counts[NF_SWITCH_VLANS], vlans);
    assert_int_equal(peer.counts[NF_SWITCH_SET], sets);
    assert_int_equal(peer.counts[NF_SWITCH_SAVE], saves);
}

static void
many_are_read_and_saved_once(void **state)
{
    (void) state;
    make_switch();
    for (int i = 1; i <= PORTS; i++) {
        (void) move(i, i == 4 ? 1 : 100 + (unsigned) i, "");
    }
    run();
    must_ask(2, 1, 3, 1);
    assert_int_equal(peer.counts[NF_SWITCH_PORT], 0);
    assert_int_equal(ended, PORTS);
    assert_int_equal(begun, 3);
    for (int i = 1; i <= 3; i++) {
        must_end(&operations[i - 1], NF_SWITCH_FINE, "\"changed\":true");
        assert_int_equal(vlan_of(i), 100 + i);
    }
    must_end(&operations[3], NF_SWITCH_FINE,
             "\"changed\":false,\"pin\":\"SHA256:x\"}");
}

static void
one_alone_is_read_alone(void **state)
{
    (void) state;
    make_switch();
    (void) move(1, 100, "");
    run();
    must_ask(2, 1, 1, 1);
    assert_int_equal(peer.counts[NF_SWITCH_PORTS], 0);
}

static void
what_fails_is_put_back_and_leaves_the_others_alone(void **state)
{
    (void) state;
    make_switch();
    (void) move(1, 100, "");
    (void) move(2, 100, "");
    (void) move(3, 99, "");
    (void) add("{\"port\":\"Gi9/9\"}");
    peer.fails_at = 2;
    run();
    must_end(&operations[0], NF_SWITCH_FINE, "\"vlan\":100");
    must_end(&operations[1], NF_SWITCH_REFUSED,
             "refused: the switch refuses this (no; the port is unchanged)");
    must_end(&operations[2], NF_SWITCH_NO_VLAN, "it has no VLAN 99");
    must_end(&operations[3], NF_SWITCH_NO_PORT, "");
    assert_int_equal(vlan_of(2), 1);
    assert_int_equal(peer.saved[0].config.vlan, 100);
    must_ask(3, 1, 3, 1);
}

static void
a_save_that_fails_fails_all_that_changed(void **state)
{
    (void) state;
    make_switch();
    (void) move(1, 100, "");
    (void) move(2, 100, "");
    (void) move(3, 1, "");
    peer.save = NF_SWITCH_REFUSED;
    run();
    must_end(&operations[0], NF_SWITCH_UNSAVED, "flash: full");
    must_end(&operations[1], NF_SWITCH_UNSAVED, "flash: full");
    must_end(&operations[2], NF_SWITCH_FINE, "");
    must_ask(2, 1, 2, 1);
}

static void
what_shows_a_while_later_is_saved_with_the_others(void **state)
{
    (void) state;
    make_switch();
    (void) move(1, 100, "");
    (void) move(2, 100, "");
    peer.lags_at = 2;
    run();
    must_end(&operations[0], NF_SWITCH_FINE, "\"changed\":true");
    must_end(&operations[1], NF_SWITCH_FINE, "\"changed\":true");
    assert_int_equal(peer.saved[1].config.vlan, 100);
    must_ask(3, 1, 2, 1);
}

static void
what_is_put_back_is_tried_again_where_the_switch_was_lost(void **state)
{
    (void) state;
    make_switch();
    (void) move(1, 100, "");
    peer.fails_at = 1;
    peer.hangs_at = 2;
    run();
    must_end(&operations[0], NF_SWITCH_REFUSED, "the port is unchanged");
    assert_int_equal(vlan_of(1), 1);
    must_ask(4, 1, 3, 0);
}

/* What was changed before is gone with it; what was not begun goes on. */
static void
a_switch_that_starts_anew_in_the_middle(void **state)
{
    (void) state;
    make_switch();
    (void) move(1, 100, "");
    (void) move(2, 100, "");
    (void) move(3, 100, "");
    peer.loses_at = 2;
    run();
    must_end(&operations[0], NF_SWITCH_HUNG, "the port is unchanged");
    must_end(&operations[1], NF_SWITCH_HUNG, "the port is unchanged");
    must_end(&operations[2], NF_SWITCH_FINE, "\"changed\":true");
    assert_int_equal(peer.saved[2].config.vlan, 100);
    assert_int_equal(vlan_of(1), 1);
}

static void
those_at_one_port_go_one_after_another(void **state)
{
    (void) state;
    make_switch();
    (void) move(1, 100, "");
    (void) add("{\"port\":\"GigabitEthernet1/0/1\",\"mode\":\"access\","
               "\"vlan\":101,\"expected\":{\"mode\":\"access\",\"vlan\":100,"
               "\"admin\":\"up\"}}");
    run();
    must_end(&operations[0], NF_SWITCH_FINE, "\"vlan\":100");
    must_end(&operations[1], NF_SWITCH_FINE, "\"vlan\":101");
    must_ask(4, 2, 2, 2);
}

static void
a_port_is_watched_until_it_forwards(void **state)
{
    (void) state;
    make_switch();
    peer.ports[0].forwards = peer.ports[1].forwards = NF_PORT_DOWN;
    peer.ports[2].forwards = NF_PORT_UNTOLD;
    peer.ports[3].link = peer.ports[3].forwards = NF_PORT_DOWN;
    for (int i = 1; i <= PORTS; i++) {
        (void) move(i, 100, ",\"forward\":true");
    }
    while (now < 31000) {
        assert_true(step());
    }
    must_end(&operations[2], NF_SWITCH_FINE, "");
    must_end(&operations[3], NF_SWITCH_FINE, "");
    assert_int_equal(batch.n, 2);
    peer.ports[0].forwards = NF_PORT_UP;
    run();
    must_end(&operations[0], NF_SWITCH_FINE, "\"forwards\":\"up\"");
    must_end(&operations[1], NF_SWITCH_NOT_FORWARDING, "");
    must_ask(62, 1, 4, 1);
    assert_int_equal(now, 61000);
}

/* Whoever comes meanwhile does not wait for that. */
static void
another_joins_while_one_is_watched(void **state)
{
    (void) state;
    make_switch();
    peer.ports[0].forwards = NF_PORT_DOWN;
    (void) move(1, 100, ",\"forward\":true");
    while (now < 5000) {
        assert_true(step());
    }
    (void) move(2, 100, "");
    for (int i = 0; i < 6; i++) {
        assert_true(step());
    }
    must_end(&operations[1], NF_SWITCH_FINE, "");
    assert_true(now < 8000);
    assert_int_equal(batch.n, 1);
    run();
    must_end(&operations[0], NF_SWITCH_NOT_FORWARDING, "");
}

#define EXPECTED                                                               \
    ",\"expected\":{\"mode\":\"access\",\"vlan\":1,\"admin\":\"up\"}"

/* Of a life before: the port is in between. */
static void
what_was_begun_is_finished(void **state)
{
    (void) state;
    make_switch();
    peer.ports[0].config.vlan = 105;
    strcpy(peer.ports[0].lag, "Po1"); /* this was looked at then */
    move(1, 100, EXPECTED)->is_begun = true;
    run();
    must_end(&operations[0], NF_SWITCH_FINE, "\"changed\":true");
    assert_int_equal(peer.saved[0].config.vlan, 100);
    assert_int_equal(begun, 0);
}

static void
or_put_back_to_what_was_expected(void **state)
{
    (void) state;
    make_switch();
    peer.ports[0].config.vlan = 105;
    peer.fails_at = 1;
    move(1, 100, EXPECTED)->is_begun = true;
    run();
    must_end(&operations[0], NF_SWITCH_REFUSED, "the port is unchanged");
    assert_int_equal(vlan_of(1), 1);
    make_switch();
    peer.ports[0].config.vlan = 105;
    move(1, 99, EXPECTED)->is_begun = true;
    run();
    must_end(&operations[0], NF_SWITCH_NO_VLAN, "the port is unchanged");
    assert_int_equal(vlan_of(1), 1);
}

static void
what_was_begun_may_be_made_and_not_saved(void **state)
{
    (void) state;
    make_switch();
    peer.ports[0].config.vlan = 100;
    move(1, 100, EXPECTED)->is_begun = true;
    run();
    must_end(&operations[0], NF_SWITCH_FINE, "\"changed\":true");
    assert_int_equal(peer.saved[0].config.vlan, 100);
    must_ask(1, 0, 0, 1);
}

/* The try before changed it, and the switch could not save then. */
static void
what_is_found_as_wanted_is_saved(void **state)
{
    (void) state;
    make_switch();
    peer.ports[0].config.vlan = 100;
    (void) move(1, 100, EXPECTED);
    run();
    must_end(&operations[0], NF_SWITCH_FINE, "\"changed\":false");
    assert_int_equal(peer.saved[0].config.vlan, 100);
    must_ask(1, 0, 0, 1);
    make_switch();
    peer.ports[0].config.vlan = 100;
    peer.save = NF_SWITCH_REFUSED;
    (void) move(1, 100, EXPECTED);
    run();
    must_end(&operations[0], NF_SWITCH_UNSAVED, "flash: full");
}

static void
a_switch_that_is_away_is_waited_for_by_what_was_begun(void **state)
{
    (void) state;
    make_switch();
    peer.ports[0].config.vlan = 105;
    peer.away = 5;
    move(1, 100, EXPECTED)->is_begun = true;
    (void) move(2, 100, "");
    run();
    must_end(&operations[0], NF_SWITCH_FINE, "\"changed\":true");
    must_end(&operations[1], NF_SWITCH_UNREACHABLE, "");
}

static void
one_that_is_late_is_not_begun(void **state)
{
    (void) state;
    make_switch();
    move(1, 100, "")->ends_at = 1000 + 100000;
    move(2, 100, "")->ends_at = 1000 + 3500;
    assert_int_equal(nf_switch_batch_deadline(&batch), 4500);
    assert_true(step()); /* both are read */
    now += 600;          /* and too little is left for the second */
    run();
    must_end(&operations[0], NF_SWITCH_FINE, "");
    must_end(&operations[1], NF_SWITCH_HUNG, "it timed out");
    must_ask(2, 1, 1, 1);
}

static void
what_cannot_be_noted_is_not_begun(void **state)
{
    (void) state;
    make_switch();
    (void) move(1, 100, "");
    (void) move(2, 100, "");
    while (!batch.begins) {
        struct nf_switch_ask ask;
        nf_time_t at;
        assert_int_equal(nf_switch_batch_step(&batch,
                                              is_told ? &peer.told : NULL, now,
                                              &ask, &at),
                         NF_SWITCH_NEXT_ASK);
        is_told = true;
        if (!batch.begins) {
            answer(&ask);
        }
    }
    nf_switch_batch_cannot(&batch, "cannot write the journal");
    run();
    must_end(&operations[0], NF_SWITCH_LOCAL, "cannot write the journal");
    must_end(&operations[1], NF_SWITCH_FINE, "");
    assert_int_equal(vlan_of(1), 1);
}

static void
a_batch_takes_so_many(void **state)
{
    (void) state;
    make_switch();
    for (int i = 0; i < NF_SWITCH_BATCH_MAX; i++) {
        (void) add("{\"port\":\"Gi1/0/1\"}");
    }
    assert_false(nf_switch_batch_add(&batch, &operations[NF_SWITCH_BATCH_MAX]));
    run();
    assert_int_equal(ended, NF_SWITCH_BATCH_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_are_read_and_saved_once),
        cmocka_unit_test(one_alone_is_read_alone),
        cmocka_unit_test(what_fails_is_put_back_and_leaves_the_others_alone),
        cmocka_unit_test(a_save_that_fails_fails_all_that_changed),
        cmocka_unit_test(what_shows_a_while_later_is_saved_with_the_others),
        cmocka_unit_test(
            what_is_put_back_is_tried_again_where_the_switch_was_lost),
        cmocka_unit_test(a_switch_that_starts_anew_in_the_middle),
        cmocka_unit_test(those_at_one_port_go_one_after_another),
        cmocka_unit_test(a_port_is_watched_until_it_forwards),
        cmocka_unit_test(another_joins_while_one_is_watched),
        cmocka_unit_test(what_was_begun_is_finished),
        cmocka_unit_test(or_put_back_to_what_was_expected),
        cmocka_unit_test(what_was_begun_may_be_made_and_not_saved),
        cmocka_unit_test(what_is_found_as_wanted_is_saved),
        cmocka_unit_test(a_switch_that_is_away_is_waited_for_by_what_was_begun),
        cmocka_unit_test(one_that_is_late_is_not_begun),
        cmocka_unit_test(what_cannot_be_noted_is_not_begun),
        cmocka_unit_test(a_batch_takes_so_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
