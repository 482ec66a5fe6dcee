/* Serial numbers that are none, and ones that only look like it. */

#include "base/serial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
    /* counted */
    "BSN12345678901234567",
    "SSN12345678901234567",
    "MB-1234567890",
    "SYS-1234567890",
    "EeePC-1234567890",
    "X312345678",
    "1234567",
    "01234567",
    "0123456789ABCDEF",
    "123456789ABC",
    "9876543210",
    "0987654321",
    "1234",
    /* a maker's words, in every spelling */
    "default_string",
    "Default String ",
    "To Be Filled By OEM by More String",
    "To be set by OEM",
    "Fill By OEM",
    "O.E.M.",
    "OEM_Serial",
    "OEM_Define3",
    "SystemSerialNumb",
    "System Serial#",
    "Serial#",
    "$SerialNumber$",
    "Type2 - Board Serial Number",
    "Serial number xxxxxx",
    "SerNum00",
    "[Empty]",
    "System Version",
    "All Series",
    "$(DEFAULT_STRING)",
    "None Provided",
    "Unspecified",
    "Type2 - Board Vendor Name1",
    "SmbiosType1_SystemManufacturer",
    "SKU",
    "<OUT OF SPEC>",
    "INVALID",
    "Not Settable",
    "Not Provided",
    "Not Supported by CPU",
    "SQUARE",
    "03142563",
    "..              .",
    "= '00000000'",
    "*",
    /* UUIDs */
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "01010101-0101-0101-0101-010101010101",
    "fefefefe-fefe-fefe-fefe-fefefefefefe",
    "11111111-2222-3333-4444-555555555555",
    "00020003-0004-0005-0006-000700080009",
    "6AB5B300-538D-1014-9FB5-B0684D007B53",
    "76006b9c-c49c-0000-0000-000000000000",
    "12345678-1234-5678-90AB-CDDEEFAABBCC",
};

static const char *const some[] = {
    "7XKJ3N2",
    "CN1234567890",
    "S417177X7A01234",
    "0000000A",
    "J1234",
    "4c4c4544-0058-4b10-804a-b7c04f334e32",
    "VMware-56 4d 1b",
    "ec2e1916-9099-7caf-fd21-0123456789ab",
    "GoogleCloud-0123456789ABCDEF0123456789ABCDEF",
    "0000-0014-3361-4763-6584-4136-07",
    "None5",
    "NAS1234",
    "G4N0CV16B829175",
    "QTF4J051400040",
    "S1",
    "SN-1",
    "SRV-12",
    "RACK-01",
    "12",
    "2102311XBS10J5000123",
    "00000000-0000-0000-0000-ac1f6b123456", /* a MAC */
    "d1b0b3a8-6c2e-4a0e-9a3b-0123456789ab",
    "03aa02fc-0414-0528-6006-180700080009",
    "SGH123456",
    "5CD0314YSF",
    "CZ12345678",
};

static void
what_makers_leave_blank_is_no_serial_number(void **state)
{
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
