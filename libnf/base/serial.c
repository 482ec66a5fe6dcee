/*
 * What makers leave where a serial number should be, by its kinds; seen in
 * dumps of SMBIOS that people have published.  Each is on many machines.
 */
#include "base/serial.h"

#include <ctype.h>
#include <string.h>

enum {
    PLAIN_MAX = 64,
    RUN_MIN = 4,      /* "1234" and longer is counting, alone */
    PREFIXED_MIN = 7, /* and behind a maker's letters */
    UUID_DIGITS = 32,
    UUID_TAIL = 16, /* of zeros: made of a date, the same on all boards */
};

/* Words, in small letters and digits alone; a '*' at the end stands for
 * anything. */
static const char *const words[] = {
    "allseries",
    "any",
    "assettag*",
    "bank01",
    "baseboard*",
    "boardserial*",
    "chassismanufactur*",
    "chassisserial*",
    "chassisversion",
    "default",
    "defaultstring*",
    "empty",
    "eval",
    "familyname",
    "field",
    "fillbyoem",
    "filledbyoem",
    "hypervuefirelease*",
    "insyde",
    "invalid*",
    "mainboardserial*",
    "motherboardserial*",
    "na",
    "nil",
    "noasset*",
    "noenclosure",
    "none",
    "noneprovided",
    "noserial*",
    "notapplicable",
    "notavailable",
    "notdefined",
    "notpresent",
    "notprovided",
    "notset",
    "notsettable",
    "notspecified",
    "notsupported*",
    "null",
    "oem",
    "oemboard",
    "oemchassis*",
    "oemdefaultstring*",
    "oemdefine*",
    "oemid",
    "oemmb",
    "oemproduct*",
    "oemserial*",
    "oemspecific",
    "oemstring",
    "outofspec",
    "productname",
    "productserial*",
    "productversion",
    "serial",
    "serialno",
    "serialnumber*",
    "sernum*",
    "sku",
    "skunumber",
    "smbiostype*",
    "square",
    "standard",
    "systemfamily",
    "systemmanufacturer",
    "systemname",
    "systemproductname",
    "systemserial*",
    "systemsku*",
    "systemuuid",
    "systemvendor",
    "systemversion*",
    "tbd*",
    "tobefilled*",
    "tobeset*",
    "type1*",
    "type2*",
    "undefined",
    "unkn*",
    "unspecified",
    "xxx*",
    "03142563",
    "12345678901234567890",
    /* UUIDs that whole series of boards share */
    "00020003000400050006000700080009",
    "03000200040005000006000700080009",
    "123456781234567890abcddeefaabbcc",
    "12345678123412341234123456789abc",
    "123456781234567890abcdeefaabbccd",
    "6ab5b300538d10149fb5b0684d007b53",
};

/* Behind these a maker counts: "BSN12345678901234567", "MB-1234567890". */
static const char *const prefixes[] = {
    "",      "board", "bsn", "ch",     "chassis", "csn", "eb",
    "eeepc", "mb",    "msn", "pc",     "psn",     "s",   "serial",
    "sn",    "ssn",   "sys", "system", "x3",
};

/* Small letters and digits only; how many there are. */
static size_t
make_plain(const char *text, char plain[static PLAIN_MAX])
{
    size_t n = 0;

    for (; *text != '\0' && n + 1 < PLAIN_MAX; text++) {
        if (isalnum((unsigned char) *text)) {
            plain[n++] = (char) tolower((unsigned char) *text);
        }
    }
    plain[n] = '\0';
    return n;
}

static bool
matches(const char *text, const char *pattern)
{
    size_t n = strcspn(pattern, "*");

    return pattern[n] == '*' ? strncmp(text, pattern, n) == 0
                             : strcmp(text, pattern) == 0;
}

static bool
is_word(const char *plain)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (matches(plain, words[i])) {
            return true;
        }
    }
    return false;
}

/* "00000000", "ffff"; of a UUID also "01010101-0101-...". */
static bool
is_repeated(const char *plain, size_t n)
{
    size_t ones = 0, pairs = 0;

    for (size_t i = 1; i < n; i++) {
        ones += plain[i] == plain[i - 1];
        pairs += i > 1 && plain[i] == plain[i - 2];
    }
    return ones + 1 == n || (n == UUID_DIGITS && pairs + 2 == n);
}

/* One up or down, by tens; behind the digits may come a, b, c. */
static bool
is_next(char a, char b, int step)
{
    static const char digits[] = "0123456789abcdef";
    const char *x = strchr(digits, a), *y = strchr(digits, b);

    if (x == NULL || y == NULL) {
        return false;
    }
    long d = y - x, from = x - digits;
    return d == step || (step == 1 && from == 9 && b == '0')
           || (step == -1 && a == '0' && b == '9');
}

static bool
is_counting(const char *text, size_t least)
{
    size_t up = 1, down = 1, n = strlen(text);

    while (up < n && is_next(text[up - 1], text[up], 1)) {
        up++;
    }
    while (down < n && is_next(text[down - 1], text[down], -1)) {
        down++;
    }
    return n >= least && isdigit((unsigned char) text[0])
           && (up == n || down == n);
}

static bool
is_counted(const char *plain)
{
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t n = strlen(prefixes[i]);
        if (strncmp(plain, prefixes[i], n) == 0
            && is_counting(plain + n, n == 0 ? RUN_MIN : PREFIXED_MIN))
        {
            return true;
        }
    }
    return false;
}

/* "11111111-2222-3333-4444-555555555555" */
static bool
has_flat_groups(const char *text)
{
    for (const char *at = text + 1; *at != '\0'; at++) {
        if (*at != '-' && at[-1] != '-' && *at != at[-1]) {
            return false;
        }
    }
    return true;
}

static bool
is_empty_uuid(const char *text, const char *plain, size_t n)
{
    static const char zeros[] = "0000000000000000";

    return n == UUID_DIGITS
           && (has_flat_groups(text)
               || strcmp(plain + UUID_DIGITS - UUID_TAIL, zeros) == 0);
}

bool
nf_serial_is_placeholder(const char *serial)
{
    char plain[PLAIN_MAX];
    size_t n = make_plain(serial, plain);

    return n < 2 || is_repeated(plain, n) || is_word(plain) || is_counted(plain)
           || is_empty_uuid(serial, plain, n);
}
