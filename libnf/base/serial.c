#include "base/serial.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* In lower case; a '*' at the end stands for anything. */
static const char *const placeholders[] = {
    "to be filled by o.e.m*",
    "to be filled by oem*",
    "to be filled*",
    "default string",
    "none",
    "n/a",
    "na",
    "null",
    "nil",
    "empty",
    "unknown",
    "undefined",
    "invalid",
    "not specified",
    "not available",
    "not applicable",
    "not present",
    "no serial*",
    "system serial number",
    "chassis serial number",
    "base board serial number",
    "baseboard serial number",
    "board serial number",
    "serial number",
    "serial",
    "o.e.m.",
    "oem",
    "insyde",
    "no asset*",
    "123456789",
    "0123456789*",
    "1234567890*",
    "12345678",
    "xxx*",
    "...",
    "-",
    /* UUIDs that whole series of boards share */
    "03000200-0400-0500-0006-000700080009",
    "00020003-0004-0005-0006-000700080009",
    "12345678-1234-5678-90ab-cddeefaabbcc",
    "12345678-1234-1234-1234-123456789abc",
};

static bool
matches(const char *text, const char *pattern)
{
    size_t n = strcspn(pattern, "*");

    return pattern[n] == '*' ? strncasecmp(text, pattern, n) == 0
                             : strcasecmp(text, pattern) == 0;
}

/* "0000-00", "FFFFFFFF", "........": one character and what divides it. */
static bool
is_one_character(const char *text)
{
    char first = '\0';

    for (; *text != '\0'; text++) {
        if (*text == '-' || *text == ' ' || *text == '.' || *text == ':') {
            continue;
        }
        if (first == '\0') {
            first = *text;
        } else if (*text != first) {
            return false;
        }
    }
    return true;
}

bool
nf_serial_is_placeholder(const char *serial)
{
    size_t letters = 0;

    for (const char *at = serial; *at != '\0'; at++) {
        letters += isalnum((unsigned char) *at) != 0;
    }
    if (letters < 2 || is_one_character(serial)) {
        return true;
    }
    for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++) {
        if (matches(serial, placeholders[i])) {
            return true;
        }
    }
    return false;
}
