/* Serial numbers that are none, and ones that only look like it. */

#include "base/serial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
what_makers_leave_blank_is_no_serial_number(void **state)
{
    static const char *const none[] = {
        "",
        "0",
        "To be filled by O.E.M.",
        "TO BE FILLED BY O.E.M",
        "Default string",
        "None",
        "NONE",
        "Not Specified",
        "0123456789",
        "System Serial Number",
        "00000000",
        "0000-0000-0000",
        "FFFFFFFF",
        "00000000-0000-0000-0000-000000000000",
        "xxxxxxxx",
        "................",
        "03000200-0400-0500-0006-000700080009",
        "Chassis Serial Number",
    };
    static const char *const some[] = {
        "7XKJ3N2",         "CN1234567890",
        "S417177X7A01234", "0000000A",
        "J1234",           "4c4c4544-0058-4b10-804a-b7c04f334e32",
        "VMware-56 4d 1b", "None5",
        "NAS1234",
    };

    (void) state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_true(nf_serial_is_placeholder(none[i]));
    }
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        assert_false(nf_serial_is_placeholder(some[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_makers_leave_blank_is_no_serial_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
