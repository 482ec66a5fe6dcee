/* Ports of switches, and who was seen at them. */
#include "room.h"

#include "store/ports.h"

static void
put(const char *device, const char *port, const char *json,
    const nf_mac_t addresses[], size_t n, nf_time_t now)
{
    NF_WRITE(w, s.store);

    assert_true(
        nf_ports_put(&w, device, port, nf_text(json), addresses, n, now));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

/* Where it was seen, as "sw1 a 0, sw2 b 7". */
static const char *
places(unsigned mac)
{
    static char text[256];
    struct nf_out out = nf_out(text, sizeof(text) - 1);
    struct nf_port_sight sights[NF_PORT_SIGHTINGS];
    NF_READ(r, s.store);
    size_t n = nf_ports_of_mac(&r, mac_of(mac), sights, NF_PORT_SIGHTINGS);

    for (size_t i = 0; i < n; i++) {
        nf_out_printf(&out, "%s%s %s %d", i == 0 ? "" : ", ", sights[i].device,
                      sights[i].port, (int) sights[i].last);
    }
    text[out.len] = '\0';
    assert_int_equal(r.err, NF_OK);
    return text;
}

static void
ports_come_by_name_and_by_switch(void **state)
{
    char port[NF_LINK_PORT] = "";
    struct nf_text json;

    (void) state;
    put("sw1", "b", "{2}", NULL, 0, 1);
    put("sw1", "a", "{1}", NULL, 0, 1);
    put("sw10", "a", "{3}", NULL, 0, 1);
    put("sw1", "b", "{4}", NULL, 0, 1);
    NF_READ(r, s.store);
    assert_true(nf_ports_next(&r, "sw1", port, &json));
    assert_string_equal(port, "a");
    assert_true(nf_text_equal(json, NF_TEXT("{1}")));
    assert_true(nf_ports_next(&r, "sw1", port, &json));
    assert_string_equal(port, "b");
    assert_true(nf_text_equal(json, NF_TEXT("{4}")));
    assert_false(nf_ports_next(&r, "sw1", port, &json));
    assert_false(nf_ports_get(&r, "sw", "a", &json));
    assert_int_equal(r.err, NF_OK);
}

static void
who_left_is_remembered_until_he_is_elsewhere(void **state)
{
    const nf_mac_t one = mac_of(1), both[] = {mac_of(1), mac_of(2)};

    (void) state;
    put("sw1", "a", "{}", both, 2, 10);
    put("sw2", "u", "{}", &one, 1, 10);
    assert_string_equal(places(1), "sw1 a 0, sw2 u 0");
    put("sw1", "a", "{}", NULL, 0, 20);
    assert_string_equal(places(1), "sw1 a 20, sw2 u 0");
    put("sw1", "b", "{}", &one, 1, 30);
    assert_string_equal(places(1), "sw1 b 0, sw2 u 0");
    assert_string_equal(places(2), "sw1 a 20");
}

/* Whichever of the two ports is told of first. */
static void
who_moves_is_at_one_port(void **state)
{
    const nf_mac_t one = mac_of(1);

    (void) state;
    put("sw1", "a", "{}", &one, 1, 10);
    put("sw1", "b", "{}", &one, 1, 20);
    assert_string_equal(places(1), "sw1 a 0, sw1 b 0");
    put("sw1", "a", "{}", NULL, 0, 20);
    assert_string_equal(places(1), "sw1 b 0");
}

static void
a_switch_is_forgotten_in_steps(void **state)
{
    const nf_mac_t one = mac_of(1);
    struct nf_switch_seen seen = {.scanned_at = 5};
    bool is_over;

    (void) state;
    put("sw1", "a", "{}", &one, 1, 10);
    put("sw1", "b", "{}", NULL, 0, 10);
    NF_WRITE(w, s.store);
    assert_true(nf_switches_put(&w, "sw1", &seen));
    assert_true(nf_ports_forget(&w, "sw1", 1, &is_over));
    assert_false(is_over);
    assert_true(nf_ports_forget(&w, "sw1", 8, &is_over));
    assert_true(is_over);
    assert_false(nf_switches_get(&w.read, "sw1", &seen));
    assert_int_equal(nf_write_commit(&w), NF_OK);
    assert_string_equal(places(1), "");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)
    const struct CMUnitTest tests[] = {
        TEST(ports_come_by_name_and_by_switch),
        TEST(who_left_is_remembered_until_he_is_elsewhere),
        TEST(who_moves_is_at_one_port),
        TEST(a_switch_is_forgotten_in_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
