/* Keys are compared as LMDB compares them by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/env.h"

enum {
    LONGEST = 16,
    ROUNDS = 200000,
};

static int
sign(int number)
{
    return (number > 0) - (number < 0);
}

static int
usual_order(const MDB_val *a, const MDB_val *b)
{
    size_t len = a->mv_size < b->mv_size ? a->mv_size : b->mv_size;
    int order = len == 0 ? 0 : memcmp(a->mv_data, b->mv_data, len);

    return order != 0 ? sign(order) : sign((int) a->mv_size - (int) b->mv_size);
}

/* Allocated, so that a sanitizer sees a byte too far. */
static MDB_val
key(const uint8_t *bytes, size_t len)
{
    MDB_val key = {len, malloc(len > 0 ? len : 1)};

    memcpy(key.mv_data, bytes, len);
    return key;
}

static void
expect_usual(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    MDB_val x = key(a, a_len), y = key(b, b_len);

    assert_int_equal(sign(nf_env_order(&x, &y)), usual_order(&x, &y));
    assert_int_equal(sign(nf_env_order(&y, &x)), usual_order(&y, &x));
    free(x.mv_data);
    free(y.mv_data);
}

static void
keys_have_their_usual_order(void **state)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    uint8_t a[LONGEST], b[LONGEST];

    (void) state;
    srand(1);
    for (int round = 0; round < ROUNDS; round++) {
        bool are_macs = rand() % 2 == 0;
        size_t a_len = are_macs ? 6 : (size_t) rand() % LONGEST;
        size_t b_len = are_macs ? 6 : (size_t) rand() % LONGEST;
        for (int i = 0; i < LONGEST; i++) {
            a[i] = b[i] = bytes[rand() % 5];
        }
        b[rand() % LONGEST] = bytes[rand() % 5];
        expect_usual(a, a_len, b, b_len);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_their_usual_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
