/* Hardware that was reported, and reports that fit no task. */
#include "room.h"

#include "store/hardware.h"

static nf_error_t
put_hardware(unsigned n, nf_time_t at, struct nf_text json)
{
    struct nf_hardware hardware = {at, json};
    NF_WRITE(w, s.store);

    (void) nf_hardware_put(&w, mac_of(n), &hardware);
    return nf_write_commit(&w);
}

static void
the_latest_report_of_a_machine_is_kept(void **state)
{
    struct nf_hardware got;

    (void) state;
    assert_int_equal(put_hardware(1, 5, NF_TEXT("{\"a\":1}")), NF_OK);
    assert_int_equal(put_hardware(2, 6, (struct nf_text){0}), NF_OK);
    assert_int_equal(put_hardware(1, 7, NF_TEXT("{}")), NF_OK);
    {
        NF_READ(r, s.store);
        assert_true(nf_hardware_get(&r, mac_of(1), &got));
        assert_int_equal(got.reported_at, 7);
        assert_true(nf_text_equal(got.json, NF_TEXT("{}")));
        assert_true(nf_hardware_get(&r, mac_of(2), &got));
        assert_int_equal(got.json.len, 0);
        assert_false(nf_hardware_get(&r, mac_of(3), &got));
    }
    NF_WRITE(w, s.store);
    assert_true(nf_hardware_delete(&w, mac_of(1)));
    assert_true(nf_hardware_delete(&w, mac_of(1)));
    assert_false(nf_hardware_get(&w.read, mac_of(1), &got));
    assert_true(nf_hardware_get(&w.read, mac_of(2), &got));
}

static void
the_longest_report_fits_and_a_longer_one_is_refused(void **state)
{
    static char big[NF_HARDWARE_JSON_MAX + 1];
    struct nf_hardware got;

    (void) state;
    memset(big, 'x', sizeof(big));
    assert_int_equal(
        put_hardware(1, 5, (struct nf_text){big, NF_HARDWARE_JSON_MAX}), NF_OK);
    assert_int_equal(
        put_hardware(1, 6, (struct nf_text){big, NF_HARDWARE_JSON_MAX + 1}),
        NF_BUG);
    NF_READ(r, s.store);
    assert_true(nf_hardware_get(&r, mac_of(1), &got));
    assert_int_equal(got.reported_at, 5);
    assert_int_equal(got.json.len, NF_HARDWARE_JSON_MAX);
}

/* --- unmatched --------------------------------------------------------------
 */

static void
put_unmatched(unsigned n, uint16_t count)
{
    struct nf_unmatched unmatched = {.mac = mac_of(n),
                                     .count = count,
                                     .first_seen = 1,
                                     .last_seen = count,
                                     .sn = "SN-1",
                                     .reason = NF_UNMATCHED_SERIAL_CLASH};
    NF_WRITE(w, s.store);

    assert_true(nf_unmatched_put(&w, &unmatched));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
the_unmatched_are_listed_by_mac(void **state)
{
    static const unsigned wanted[] = {1, 2, 0xffffff};
    struct nf_unmatched each;
    nf_mac_t at;
    unsigned n = 0;

    (void) state;
    put_unmatched(2, 1);
    put_unmatched(0xffffff, 2);
    put_unmatched(1, 3);
    put_unmatched(2, 4);
    NF_READ(r, s.store);
    for (bool more = nf_unmatched_next(&r, NULL, &each); more;
         more = nf_unmatched_next(&r, &at, &each))
    {
        at = mac_of(wanted[n++]);
        assert_true(nf_mac_equal(each.mac, at));
    }
    assert_int_equal(n, 3);
    at = mac_of(5); /* which is not there */
    assert_true(nf_unmatched_next(&r, &at, &each));
    assert_true(nf_mac_equal(each.mac, mac_of(0xffffff)));
    assert_true(nf_unmatched_get(&r, mac_of(2), &each));
    assert_int_equal(each.count, 4);
    assert_string_equal(each.sn, "SN-1");
    assert_string_equal(nf_unmatched_reasons[each.reason], "serial_clash");
    assert_false(nf_unmatched_get(&r, mac_of(5), &each));
}

static void
one_of_the_unmatched_is_forgotten_alone(void **state)
{
    struct nf_unmatched each;

    (void) state;
    put_unmatched(1, 1);
    put_unmatched(2, 1);
    NF_WRITE(w, s.store);
    assert_true(nf_unmatched_delete(&w, mac_of(1)));
    assert_true(nf_unmatched_delete(&w, mac_of(1)));
    assert_true(nf_unmatched_next(&w.read, NULL, &each));
    assert_true(nf_mac_equal(each.mac, mac_of(2)));
}

static bool
reads(nf_table_t table, const void *value, size_t len)
{
    nf_mac_t mac = mac_of(1);
    struct nf_hardware hardware;
    struct nf_unmatched unmatched;
    NF_WRITE(w, s.store);

    nf_write_put(&w, table, (struct nf_bytes){mac.b, sizeof(mac.b)},
                 (struct nf_bytes){value, len});
    bool is_read = table == NF_HARDWARE
                       ? nf_hardware_get(&w.read, mac, &hardware)
                       : nf_unmatched_next(&w.read, NULL, &unmatched);
    assert_int_equal(w.read.err, is_read ? NF_OK : NF_CORRUPT);
    return is_read;
}

static void
a_record_that_makes_no_sense_is_corrupt(void **state)
{
    struct nf_unmatched fine = {.mac = mac_of(1)}, other = {.mac = mac_of(2)},
                        reason = {.mac = mac_of(1), .reason = 4}, sn = fine;

    (void) state;
    memset(sn.sn, 'x', sizeof(sn.sn));
    assert_true(reads(NF_UNMATCHED, &fine, sizeof(fine)));
    assert_false(reads(NF_UNMATCHED, &fine, sizeof(fine) - 1));
    assert_false(reads(NF_UNMATCHED, &other, sizeof(other)));
    assert_false(reads(NF_UNMATCHED, &reason, sizeof(reason)));
    assert_false(reads(NF_UNMATCHED, &sn, sizeof(sn)));
    assert_true(reads(NF_HARDWARE, "12345678", 8));
    assert_false(reads(NF_HARDWARE, "12345678", 7));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_latest_report_of_a_machine_is_kept),
        TEST(the_longest_report_fits_and_a_longer_one_is_refused),
        TEST(the_unmatched_are_listed_by_mac),
        TEST(one_of_the_unmatched_is_forgotten_alone),
        TEST(a_record_that_makes_no_sense_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
