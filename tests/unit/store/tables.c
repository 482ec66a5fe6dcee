/* Answers that are remembered, and leases, as they are stored. */
#include "room.h"

#include "store/leases.h"
#include "store/requests.h"

/* --- answers remembered ------------------------------------------------------
 */

static bool
remembers(const char *name)
{
    struct nf_request request;
    NF_READ(r, s.store);

    return nf_requests_get(&r, nf_text(name), &request)
           && nf_text_equal(request.reply, nf_text(name));
}

static void
remember(const char *name, nf_time_t time)
{
    struct nf_request request = {time, 7, nf_text(name)};
    NF_WRITE(w, s.store);

    assert_true(nf_requests_put(&w, nf_text(name), &request));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static unsigned
trim_requests(nf_time_t before, unsigned max)
{
    NF_WRITE(w, s.store);
    unsigned gone = nf_requests_trim(&w, before, max);

    assert_int_equal(nf_write_commit(&w), NF_OK);
    return gone;
}

static void
the_oldest_answers_are_forgotten_first(void **state)
{
    static const char longest[] =
        "0123456789012345678901234567890123456789012345678901234567890123";

    (void) state;
    assert_int_equal(trim_requests(1000, 10), 0);
    remember("k", 30);
    remember("t", 10);
    remember("a", 20);
    remember(longest, 5);
    assert_true(remembers(longest) && remembers("k") && remembers("t"));
    assert_int_equal(trim_requests(11, 1), 1);
    assert_false(remembers(longest));
    assert_int_equal(trim_requests(11, 10), 1);
    assert_false(remembers("t"));
    assert_int_equal(trim_requests(1000, 10), 2);
    NF_READ(r, s.store);
    assert_int_equal(nf_read_count(&r, NF_REQUESTS), 0);
}

static void
a_key_that_is_too_long_is_never_known(void **state)
{
    struct nf_request request = {1, 2, NF_TEXT("x")};
    static const char key[65] = "";
    struct nf_text text = {key, sizeof(key)};

    (void) state;
    NF_WRITE(w, s.store);
    assert_false(nf_requests_get(&w.read, text, &request));
    assert_false(nf_requests_put(&w, text, &request));
    assert_int_equal(nf_write_commit(&w), NF_BUG);
}

/* --- leases ------------------------------------------------------------------
 */

static void
put_lease(unsigned ip, unsigned n)
{
    struct nf_lease lease = {.ip = ip_of(ip), .mac = mac_of(n)};
    NF_WRITE(w, s.store);

    assert_true(nf_leases_put(&w, &lease));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static unsigned
count_leases_of(unsigned n)
{
    struct nf_lease lease;
    nf_ip4_t at;
    unsigned count = 0;
    NF_READ(r, s.store);

    for (bool more = nf_leases_next_of(&r, mac_of(n), NULL, &lease); more;
         more = nf_leases_next_of(&r, mac_of(n), &at, &lease))
    {
        assert_true(nf_mac_equal(lease.mac, mac_of(n)));
        at = lease.ip;
        count++;
    }
    return count;
}

static void
an_address_belongs_to_one_card_and_a_card_may_have_several(void **state)
{
    (void) state;
    put_lease(1, 1);
    put_lease(2, 1);
    put_lease(3, 2);
    assert_int_equal(count_leases_of(1), 2);
    put_lease(2, 2);
    assert_int_equal(count_leases_of(1), 1);
    assert_int_equal(count_leases_of(2), 2);
    assert_int_equal(count_leases_of(3), 0);
    {
        NF_WRITE(w, s.store);
        assert_true(nf_leases_delete(&w, ip_of(2)));
        assert_false(nf_leases_delete(&w, ip_of(2)));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    assert_int_equal(count_leases_of(2), 1);
    NF_READ(r, s.store);
    assert_int_equal(nf_read_count(&r, NF_LEASES_BY_MAC), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_oldest_answers_are_forgotten_first),
        TEST(a_key_that_is_too_long_is_never_known),
        TEST(an_address_belongs_to_one_card_and_a_card_may_have_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
