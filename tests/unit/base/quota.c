#include "base/quota.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
so_many_in_a_minute_and_the_rest_is_counted(void **state)
{
    struct nf_quota quota = {0};
    uint64_t withheld = 99;
    nf_time_t now = 1000000;

    (void) state;
    for (int i = 0; i < 3; i++) {
        assert_true(nf_quota_take(&quota, 3, now + i, &withheld));
        assert_int_equal(withheld, 0);
    }
    for (int i = 0; i < 1000; i++) {
        assert_false(nf_quota_take(&quota, 3, now + 59999, &withheld));
    }
    assert_true(nf_quota_take(&quota, 3, now + 60000, &withheld));
    assert_int_equal(withheld, 1000);
    assert_true(nf_quota_take(&quota, 3, now + 60001, &withheld));
    assert_int_equal(withheld, 0);
    assert_true(nf_quota_take(&quota, 3, now + 60001, &withheld));
    assert_false(nf_quota_take(&quota, 3, now + 60001, &withheld));
    assert_true(nf_quota_take(&quota, 3, now, &withheld)); /* set back */
    assert_int_equal(withheld, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_in_a_minute_and_the_rest_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
