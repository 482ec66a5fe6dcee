/* What dnsmasq reads: lines, batches, the gate. */
#include "world.h"

#include <sys/stat.h>

#include "change/reserve.h"
#include "dhcp/gate.h"
#include "dhcp/host.h"

static struct nf_reservation
row(unsigned last, unsigned card, uint32_t batch)
{
    return (struct nf_reservation){
        .ip = ip_of(last), .card = nf_card_of(mac_of(card)), .batch = batch};
}

static void
put(const struct nf_reservation *reservation)
{
    NF_WRITE(w, world.s.store);

    assert_true(nf_reservations_put(&w, reservation));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
expect(const struct nf_out *out, const char *text)
{
    assert_false(out->full);
    assert_int_equal(out->len, strlen(text));
    assert_memory_equal(out->data, text, out->len);
}

static void
a_batch_is_a_line_for_each_that_is_kept(void **state)
{
    struct nf_reservation rows[] = {row(11, 1, 3), row(12, 2, 4), row(13, 3, 3),
                                    row(14, 4, 3)};
    char text[NF_PUT_MAX];
    struct nf_out out = nf_out(text, sizeof(text));

    (void) state;
    rows[2].state = NF_RESERVATION_DROPPED;
    rows[3].card =
        (struct nf_card){32, 8, {0x24, 0x8a, 7, 3, 0, 0xaa, 0xbb, 1}};
    nf_batch_print(3, rows, 4, &out);
    expect(&out, "52:54:00:00:00:01,id:*,10.66.0.11\n"
                 "20-24:8a:07:03:00:aa:bb:01,id:*,10.66.0.14\n");
}

static void
the_longest_batch_fits(void **state)
{
    struct nf_reservation rows[NF_BATCH_LINES];
    char text[NF_PUT_MAX];
    struct nf_out out = nf_out(text, sizeof(text));

    (void) state;
    for (size_t i = 0; i < NF_BATCH_LINES; i++) {
        rows[i] =
            (struct nf_reservation){.batch = 1,
                                    .ip = {{255, 255, 255, 255}},
                                    .card = {.type = 255, .len = NF_CARD_MAX}};
    }
    nf_batch_print(1, rows, NF_BATCH_LINES, &out);
    assert_false(out.full);
}

static void
only_our_names_are_batches(void **state)
{
    static const char *const bad[] = {"",    "r",   "r01",      "r-1",
                                      "r1x", "R1",  "1",        ".r1",
                                      "r 1", "rr1", "operator", "r4294967296"};
    char path[NF_HOST_PATH];
    uint32_t batch;

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(nf_batch_parse(bad[i], &batch));
    }
    assert_true(nf_batch_parse("r4294967295", &batch));
    nf_batch_path("/hosts", batch, path);
    assert_string_equal(path, "/hosts/r4294967295");
}

static void
batches_are_read_one_behind_the_other(void **state)
{
    struct nf_reservation *rows,
        all[] = {row(11, 1, 9), row(12, 2, 2), row(13, 3, 9), row(14, 4, 0),
                 row(15, 5, 2)};
    size_t n;

    (void) state;
    all[4].state = NF_RESERVATION_DROPPED;
    for (size_t i = 0; i < 5; i++) {
        put(&all[i]);
    }
    {
        NF_READ(r, world.s.store);
        assert_int_equal(nf_batches_read(&r, &rows, &n), NF_OK);
    }
    assert_int_equal(n, 3); /* dropped, or not told yet, are not there */
    assert_int_equal(rows[0].ip.b[3], 12);
    assert_int_equal(rows[1].ip.b[3], 11);
    assert_int_equal(rows[2].ip.b[3], 13);
    free(rows);
}

static struct nf_host
host_of(unsigned n)
{
    struct nf_node node = world_node(mac_of(n));
    NF_READ(r, world.s.store);

    return nf_host_of_node(&r, &world.settings, &node);
}

static void
bind(unsigned n, unsigned last, const char *name)
{
    assert_int_equal(
        CHANGE(nf_change_binding_put(&c, mac_of(n), ip_of(last), name, "")),
        NF_OK);
}

static void
a_node_has_a_line_where_its_address_is_its_own(void **state)
{
    struct nf_lease_report lease = {.lease = {.ip = ip_of(30),
                                              .mac = mac_of(3),
                                              .is_pxe = 1,
                                              .changed_at = NOW,
                                              .expires = NOW + 1000}};

    (void) state;
    bind(1, 21, "node-a.rack7");
    struct nf_host host = host_of(1);
    assert_string_equal(host.line,
                        "52:54:00:00:00:01,id:*,10.66.0.21,node-a\n");
    bind(1, 21, "3600"); /* dnsmasq would take it for a lease time */
    assert_string_equal(host_of(1).line, "52:54:00:00:00:01,id:*,10.66.0.21\n");
    assert_int_equal(CHANGE(nf_change_lease(&c, &lease)), NF_OK);
    assert_int_equal(host_of(3).len, 0);
    world_set("NF_SERVER_ADDR", "10.66.0.21:80"); /* of all addresses */
    assert_int_equal(host_of(1).len, 0);
}

/* Two files with one address would have the second card ignored for ever. */
static void
a_task_binds_only_what_no_reservation_says(void **state)
{
    struct nf_lease_report lease = {.lease = {.ip = ip_of(30),
                                              .mac = mac_of(3),
                                              .is_pxe = 1,
                                              .changed_at = NOW,
                                              .expires = NOW + 1000}};
    struct nf_reservation kept = row(30, 3, 1), others = row(30, 4, 1);

    (void) state;
    assert_int_equal(CHANGE(nf_change_lease(&c, &lease)), NF_OK);
    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac_of(3), "install", "")), NF_OK);
    assert_true(host_of(3).len > 0);
    put(&kept);
    assert_int_equal(host_of(3).len, 0);
    put(&others); /* of another card of the same machine, say */
    assert_int_equal(host_of(3).len, 0);
}

static char dir[] = "/tmp/nf-gate-XXXXXX";

static void
read_gate(char text[static 128])
{
    char path[256];
    size_t n = 0;

    snprintf(path, sizeof(path), "%s/everybody", dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    n = fread(text, 1, 127, file);
    fclose(file);
    text[n] = '\0';
}

static void
the_gate_is_a_file_that_matches_every_card(void **state)
{
    char text[128], state_text[NF_GATE_STATE], path[256];
    struct nf_gate gate;
    struct stat is;

    (void) state;
    assert_non_null(mkdtemp(dir));
    world_set("NF_HOSTS_DIR", dir);
    world_set("NF_RUN_DIR", dir);
    nf_gate_init(&gate, &world.settings);
    assert_true(nf_gate_set(&gate, false));
    read_gate(text);
    assert_string_equal(text, "*:*:*:*:*:*,ignore\n*:*:*:*:*:*:*:*,ignore\n");
    assert_true(nf_gate_set(&gate, true));
    read_gate(text);
    assert_string_equal(text, "*:*:*:*:*:*,id:*\n*:*:*:*:*:*:*:*,id:*\n");
    /* nobody has made run/reserve */
    assert_false(nf_gate_say(&gate, ""));
    assert_false(nf_gate_state(&world.settings, NOW, state_text));
    snprintf(path, sizeof(path), "%s/reserve", dir);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_true(nf_gate_say(&gate, "the store is\nfull"));
    assert_int_equal(stat(gate.state, &is), 0);
    nf_time_t said = is.st_mtim.tv_sec * (nf_time_t) 1000;
    assert_true(nf_gate_state(&world.settings, said + 5000, state_text));
    assert_string_equal(state_text, "the store is?full");
    assert_false(nf_gate_state(&world.settings, said + 7000, state_text));
    unlink(gate.path);
    unlink(gate.state);
    rmdir(path);
    rmdir(dir);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)
    const struct CMUnitTest tests[] = {
        TEST(a_batch_is_a_line_for_each_that_is_kept),
        TEST(the_longest_batch_fits),
        TEST(only_our_names_are_batches),
        TEST(batches_are_read_one_behind_the_other),
        TEST(a_node_has_a_line_where_its_address_is_its_own),
        TEST(a_task_binds_only_what_no_reservation_says),
        TEST(the_gate_is_a_file_that_matches_every_card),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
