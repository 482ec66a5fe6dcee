#ifndef NF_TEST_ROOM_H
#define NF_TEST_ROOM_H

/*
 * For tests of the store's tables: a store in `s`, made and dropped for each
 * test (cmocka_unit_test_setup_teardown(test, make, drop)).
 */

#include "scratch.h"

static struct scratch s;

static int
make(void **state)
{
    (void) state;
    scratch_make(&s, 0);
    return 0;
}

static int
drop(void **state)
{
    (void) state;
    scratch_drop(&s);
    return 0;
}

#endif
