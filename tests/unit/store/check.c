/* A store that agrees with itself, and each way in which one does not. */
#include "task_world.h"

#include "change/command.h"
#include "change/device.h"
#include "change/link.h"
#include "store/check.h"
#include "store/reservations.h"

enum {
    SAID_MAX = 8
};

static struct {
    unsigned n;
    char text[SAID_MAX][512];
} said;

static void
hear(void *of, const char *fault)
{
    (void) of;
    if (said.n < SAID_MAX) {
        snprintf(said.text[said.n], sizeof(said.text[0]), "%s", fault);
    }
    said.n++;
}

static uint64_t
check(void)
{
    struct nf_check all = {.tell = hear};

    said.n = 0;
    assert_int_equal(nf_store_check(world.s.store, &all), NF_OK);
    assert_int_equal(all.faults, said.n);
    return all.rows;
}

static void
reserve(unsigned last, enum nf_reservation_state state)
{
    struct nf_reservation row = {.ip = ip_of(last),
                                 .card = nf_card_of(mac_of(last)),
                                 .state = (uint8_t) state};
    NF_WRITE(w, world.s.store);

    assert_true(nf_reservations_put(&w, &row));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

/* One record of each kind that other tables lead to. */
static void
make_some(void)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(1), .macs_n = 1},
                                .labels = NF_TEXT("{\"role\":\"db\"}"),
                                .has = NF_HAS_MAC | NF_HAS_MACS | NF_HAS_SERIAL
                                       | NF_HAS_IP | NF_HAS_LABELS};
    struct nf_lease_report lease = {.lease = {.ip = ip_of(9),
                                              .mac = mac_of(9),
                                              .changed_at = NOW,
                                              .expires = NOW + NF_MINUTES(60)}};
    struct nf_command_draft command = {.mac = mac_of(1),
                                       .target = NF_COMMAND_NODE,
                                       .operation = "reboot",
                                       .arguments = "{}",
                                       .deadline = NOW + NF_MINUTES(1)};
    struct nf_hardware_report report = {.mac = mac_of(1),
                                        .macs = {mac_of(101)},
                                        .macs_n = 1,
                                        .sn = "SN-1",
                                        .json = NF_TEXT("{}")};
    struct nf_managed_device device = {
        .name = "bmc-1", .address = "10.0.0.1", .node = mac_of(1)};
    struct nf_managed_device a_switch = {
        .name = "sw1", .driver = NF_MANAGED_IOS, .address = "10.0.0.2"};
    struct nf_port_link link = {
        .node = mac_of(1), .device = "sw1", .port = "Gi1/0/1"};
    bool is_matched, is_new;
    uint64_t number;

    edit.node.macs[0] = mac_of(100);
    edit.node.ip = ip_of(1);
    snprintf(edit.node.serial, sizeof(edit.node.serial), "SN-1");
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    (void) task_make((struct wanted_task){.mac = 1});
    (void) task_make((struct wanted_task){.sn = "SN-2"});
    assert_int_equal(CHANGE(nf_change_report(&c, &report, &is_matched)), NF_OK);
    machine_is_up(1);
    lease.lease.is_pxe = 1; /* a node that nobody has named */
    assert_int_equal(CHANGE(nf_change_lease(&c, &lease)), NF_OK);
    assert_int_equal(CHANGE(nf_change_command_create(&c, &command, &number)),
                     NF_OK);
    assert_int_equal(task_reject(task_make((struct wanted_task){.sn = "S9"})),
                     NF_OK);
    (void) task_approve(world_node(mac_of(1)).task);
    assert_int_equal(CHANGE(nf_change_device_put(&c, &device, &is_new)), NF_OK);
    assert_int_equal(CHANGE(nf_change_device_put(&c, &a_switch, &is_new)),
                     NF_OK);
    assert_int_equal(CHANGE(nf_change_link_put(&c, &link, &is_new)), NF_OK);
    reserve(20, NF_RESERVATION_OFFERED);
    reserve(21, NF_RESERVATION_DROPPED);
}

static const nf_table_t indexes[] = {
    NF_NODES_BY_AGE,
    NF_INDEX,
    NF_LABEL_INDEX,
    NF_TASKS_BY_NODE,
    NF_TASKS_AWAITED,
    NF_DEADLINES,
    NF_LEASES_BY_MAC,
    NF_COMMANDS_BY_NODE,
    NF_COMMANDS_DUE,
    NF_EXPIRY,
    NF_COMMANDS_TO_SEND,
    NF_CARD_INDEX,
    NF_STRANGERS,
    NF_RESERVATIONS_BY_CARD,
    NF_RESERVATIONS_DROPPED,
    NF_DEVICE_INDEX,
    NF_LINK_INDEX,
    NF_TASKS_ENDED,
};

enum {
    INDEXES = sizeof(indexes) / sizeof(indexes[0])
};

/* A row that names a table beside its own has it checked, too. */
static void
every_index_is_checked(void **state)
{
    (void) state;
    for (const struct nf_resource *each = nf_resources; each->name != NULL;
         each++) {
        for (size_t i = 0; i < 4 && each->indexes[i] != NF_META; i++) {
            size_t at = 0;
            while (at < INDEXES && indexes[at] != each->indexes[i]) {
                at++;
            }
            if (at == INDEXES) {
                fail_msg("%s: not here", nf_table_name(each->indexes[i]));
            }
        }
    }
}

static struct nf_key
last_of(nf_table_t table)
{
    struct nf_key key = {.len = 0};
    NF_READ(r, world.s.store);
    NF_SCAN(scan, &r, table);

    assert_true(nf_scan_last(&scan));
    nf_key_add(&key, scan.key.data, scan.key.len);
    return key;
}

static void
put(nf_table_t table, struct nf_key key, struct nf_bytes value)
{
    NF_WRITE(w, world.s.store);

    assert_true(nf_write_put(&w, table, nf_key_bytes(&key), value));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
drop(nf_table_t table, struct nf_key key)
{
    NF_WRITE(w, world.s.store);

    assert_true(nf_write_delete(&w, table, nf_key_bytes(&key)));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static size_t
value_of(nf_table_t table, struct nf_key key, char value[static 16384])
{
    struct nf_bytes found;
    NF_READ(r, world.s.store);

    assert_true(nf_read_get(&r, table, nf_key_bytes(&key), &found));
    memcpy(value, found.data, found.len);
    return found.len;
}

static void
what_changes_made_agrees(void **state)
{
    (void) state;
    make_some();
    assert_true(check() >= INDEXES);
    assert_int_equal(said.n, 0);
}

/* Of two tasks of one serial number the last has the row, and takes it along.
 */
static bool
may_lack(nf_table_t table)
{
    return table == NF_TASKS_ENDED;
}

static void
a_row_that_is_missing_is_told(void **state)
{
    char value[16384];

    (void) state;
    make_some();
    for (size_t i = 0; i < INDEXES; i++) {
        struct nf_key key = last_of(indexes[i]);
        size_t len = value_of(indexes[i], key, value);
        drop(indexes[i], key);
        (void) check();
        if (said.n == 0 && !may_lack(indexes[i])) {
            fail_msg("%s: not told", nf_table_name(indexes[i]));
        }
        put(indexes[i], key, (struct nf_bytes){value, len});
        (void) check();
        assert_int_equal(said.n, 0);
    }
}

static void
a_row_too_many_is_told(void **state)
{
    char value[16384];

    (void) state;
    make_some();
    for (size_t i = 0; i < INDEXES; i++) {
        struct nf_key key = last_of(indexes[i]);
        size_t len = value_of(indexes[i], key, value);
        key.data[0] ^= 0x40;
        put(indexes[i], key, (struct nf_bytes){value, len});
        (void) check();
        assert_int_equal(said.n, 1);
        assert_non_null(strstr(said.text[0], "belongs to no record"));
        assert_ptr_equal(strstr(said.text[0], nf_table_name(indexes[i])),
                         said.text[0]);
        drop(indexes[i], key);
    }
}

/* The node that last had an address may have given it up. */
static void
an_address_need_not_be_found(void **state)
{
    (void) state;
    make_some();
    struct nf_key key = {.data = {'i'}, .len = 1};
    nf_key_add(&key, ip_of(1).b, 4);
    drop(NF_INDEX, key);
    (void) check();
    assert_int_equal(said.n, 0);
    put(NF_INDEX, key, (struct nf_bytes){mac_of(7).b, 6});
    (void) check();
    assert_int_equal(said.n, 1);
}

/* Whatever stands in a row: told, never more. */
static void
odd_rows_do_no_harm(void **state)
{
    static const struct nf_bytes values[] = {
        {"", 0}, {"x", 1}, {"12345678901234567890", 20}};

    (void) state;
    make_some();
    for (size_t i = 0; i < INDEXES; i++) {
        for (size_t len = 1; len < 24; len++) {
            struct nf_key key = {.len = len};
            memset(key.data, len % 2 ? 't' : 'r', len);
            key.data[1] = 2;
            for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
                put(indexes[i], key, values[v]);
                (void) check();
                if (said.n == 0) {
                    fail_msg("%s: not told", nf_table_name(indexes[i]));
                }
            }
            drop(indexes[i], key);
        }
    }
}

static void
one_malformed_record_hides_no_other(void **state)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(2)}, .has = NF_HAS_MAC};
    struct nf_key one = nf_key_mac(mac_of(1)), two = nf_key_mac(mac_of(2));

    (void) state;
    make_some();
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    put(NF_NODES, one, (struct nf_bytes){"short", 5});
    put(NF_NODES, two, (struct nf_bytes){"short", 5});
    (void) check();
    assert_true(said.n >= 3); /* and there are other counts of nodes */
    assert_string_equal(said.text[0], "nodes/525400000001: malformed");
    assert_string_equal(said.text[1], "nodes/525400000002: malformed");
}

static int
drop_world(void **state)
{
    (void) state;
    scratch_drop(&world.s); /* some do not agree with their log */
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, drop_world)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_is_checked),
        TEST(what_changes_made_agrees),
        TEST(a_row_that_is_missing_is_told),
        TEST(a_row_too_many_is_told),
        TEST(an_address_need_not_be_found),
        TEST(odd_rows_do_no_harm),
        TEST(one_malformed_record_hides_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
