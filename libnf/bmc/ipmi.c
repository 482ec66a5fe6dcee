#include "bmc/ipmi.h"

#include <stdio.h>

enum {
    /* Section 28.13, boot options, parameter 5. */
    FLAGS_VALID = 0x80,
    FLAGS_PERSISTENT = 0x40,
    FLAGS_EFI = 0x20,
    /* Parameter 3: keep the flags whatever resets the machine, or none comes
     * within a minute. */
    KEEP_FLAGS = 0x1f,

    POWER_IS_ON = 0x01, /* section 28.2 */
    REQUESTS_MAX = 4,   /* of one ask */
    BYTES_MAX = 64,
    FRU_PIECE = 16,
    FRU_HEADER = 8,
    FRU_PRODUCT_AT = 4, /* in the header, in units of 8 bytes */
};

/* Section 28.13, table 28-14: bits 5:2 of the second byte. */
static const uint8_t boot_codes[NF_BOOT_DEVICE_COUNT] = {
    [NF_BOOT_NONE] = 0x00,  [NF_BOOT_PXE] = 0x04,  [NF_BOOT_DISK] = 0x08,
    [NF_BOOT_CDROM] = 0x14, [NF_BOOT_BIOS] = 0x18,
};

/* Section 28.3. */
static const uint8_t power_codes[NF_POWER_ACT_COUNT] = {
    [NF_POWER_ACT_OFF] = 0x00,   [NF_POWER_ACT_ON] = 0x01,
    [NF_POWER_ACT_RESET] = 0x03, [NF_POWER_ACT_NMI] = 0x04,
    [NF_POWER_ACT_SOFT] = 0x05,
};

/* --- what is asked ----------------------------------------------------------
 */

struct request {
    const char *line; /* what varies follows */
    bool may_fail;    /* not every BMC knows it, and it goes without */
};

static const struct request requests[NF_BMC_VERB_COUNT][REQUESTS_MAX] = {
    [NF_BMC_LOOK] = {{"raw 0x00 0x01", false}},
    [NF_BMC_POWER] = {{"raw 0x00 0x02", false}},
    [NF_BMC_GET_BOOT] = {{"raw 0x00 0x09 0x05 0x00 0x00", false}},
    [NF_BMC_SET_BOOT] = {{"raw 0x00 0x08 0x03", true},
                         {"raw 0x00 0x08 0x04 0x01 0x01", true},
                         {"raw 0x00 0x08 0x05", false}},
    [NF_BMC_INFO] = {{"raw 0x06 0x01", false},
                     {"raw 0x0a 0x11 0x00 0x00 0x00 0x08", true},
                     {"raw 0x0a 0x11 0x00", true}},
    /* 0x0e: the channel that we come by. */
    [NF_BMC_NETWORK] = {{"raw 0x0c 0x02 0x0e 0x03 0x00 0x00", false},
                        {"raw 0x0c 0x02 0x0e 0x05 0x00 0x00", true}},
    [NF_BMC_IDENTIFY] = {{"raw 0x00 0x04", false}},
};

static void
put_varying(const struct nf_ipmi_talk *talk, struct nf_out *out)
{
    const struct nf_bmc_ask *ask = &talk->ask;

    switch (ask->verb) {
    case NF_BMC_POWER:
        nf_out_printf(out, " 0x%02x", power_codes[ask->power]);
        break;
    case NF_BMC_SET_BOOT:
        if (talk->n == 0) {
            nf_out_printf(out, " 0x%02x", KEEP_FLAGS);
        } else if (talk->n == 2) {
            nf_out_printf(out, " 0x%02x 0x%02x 0x00 0x00 0x00",
                          FLAGS_VALID
                              | (ask->boot.is_persistent ? FLAGS_PERSISTENT : 0)
                              | (ask->boot.is_efi ? FLAGS_EFI : 0),
                          boot_codes[ask->boot.device]);
        }
        break;
    case NF_BMC_INFO:
        if (talk->n == 2) {
            nf_out_printf(out, " 0x%02x 0x%02x 0x%02x",
                          (unsigned) talk->fru_at & 0xff,
                          (unsigned) talk->fru_at >> 8, FRU_PIECE);
        }
        break;
    case NF_BMC_IDENTIFY:
        nf_out_printf(out, " 0x%02x", ask->seconds & 0xff);
        break;
    default:
        break;
    }
}

bool
nf_ipmi_request(struct nf_ipmi_talk *talk, char line[static NF_IPMI_LINE])
{
    struct nf_out out = nf_out(line, NF_IPMI_LINE - 1);

    if (talk->n >= REQUESTS_MAX
        || requests[talk->ask.verb][talk->n].line == NULL) {
        return false;
    }
    nf_out_puts(&out, requests[talk->ask.verb][talk->n].line);
    put_varying(talk, &out);
    line[out.len] = '\0';
    return true;
}

/* --- what comes back --------------------------------------------------------
 */

static bool
contains(struct nf_text text, const char *words)
{
    return text.len != 0
           && memmem(text.data, text.len, words, strlen(words)) != NULL;
}

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* Lines of " 01 05 a0"; how many bytes, or -1: something else is there. */
static int
read_bytes(struct nf_text text, uint8_t bytes[static BYTES_MAX])
{
    int n = 0;
    size_t at = 0;

    while (at < text.len) {
        char c = text.data[at];
        if (c == ' ' || c == '\n' || c == '\r') {
            at++;
            continue;
        }
        int high = hex_digit(c);
        int low = at + 1 < text.len ? hex_digit(text.data[at + 1]) : -1;
        if (high < 0 || low < 0 || n == BYTES_MAX) {
            return -1;
        }
        bytes[n++] = (uint8_t) (high << 4 | low);
        at += 2;
    }
    return n;
}

/* Section 5.2, completion codes. */
static enum nf_bmc_cause
cause_of_code(uint64_t code)
{
    static const struct {
        uint8_t code;
        enum nf_bmc_cause cause;
    } rows[] = {
        {0xc0, NF_BMC_BUSY},        {0xc1, NF_BMC_UNSUPPORTED},
        {0xc2, NF_BMC_UNSUPPORTED}, {0xc3, NF_BMC_BUSY},
        {0xc9, NF_BMC_UNSUPPORTED}, {0xcb, NF_BMC_UNSUPPORTED},
        {0xcc, NF_BMC_UNSUPPORTED}, {0xd2, NF_BMC_BUSY},
        {0xd4, NF_BMC_PRIVILEGE},   {0xd5, NF_BMC_WRONG_STATE},
        {0xd6, NF_BMC_UNSUPPORTED}, {0x80, NF_BMC_UNSUPPORTED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].code == code) {
            return rows[i].cause;
        }
    }
    return NF_BMC_REFUSED;
}

/* "Unable to send RAW command (... rsp=0xd5): Command not supported in present
 * state"; without a code no answer came. */
static enum nf_bmc_cause
read_failure(struct nf_text text, struct nf_text *words)
{
    static const char mark[] = "rsp=0x";
    const char *at = memmem(text.data, text.len, mark, sizeof(mark) - 1);
    uint64_t code;

    *words = (struct nf_text){0};
    if (at == NULL) {
        return NF_BMC_HUNG;
    }
    struct nf_text rest = {at + sizeof(mark) - 1,
                           text.len - (size_t) (at - text.data)
                               - (sizeof(mark) - 1)};
    struct nf_text digits = nf_text_cut(&rest, ')');
    if (rest.len > 2) {
        *words = (struct nf_text){rest.data + 2, rest.len - 2};
        *words = nf_text_cut(words, '\n');
    }
    return nf_text_hex(digits, &code) ? cause_of_code(code) : NF_BMC_MALFORMED;
}

static enum nf_boot_device
boot_device_of(uint8_t code)
{
    for (unsigned i = 0; i < NF_BOOT_DEVICE_COUNT; i++) {
        if (boot_codes[i] == (code & 0x3c)) {
            return (enum nf_boot_device) i;
        }
    }
    return NF_BOOT_NONE;
}

static bool
read_boot(const uint8_t *bytes, int n, struct nf_bmc_told *told)
{
    if (n < 4 || (bytes[1] & 0x7f) != 5) {
        return false;
    }
    told->tells_mode = (bytes[2] & FLAGS_VALID) != 0;
    told->boot = (struct nf_boot){
        .device = boot_device_of(bytes[3]),
        .is_persistent = (bytes[2] & FLAGS_PERSISTENT) != 0,
        .is_efi = (bytes[2] & FLAGS_EFI) != 0,
    };
    return true;
}

/* FRU information, section 13: 8 bit text fields of the product area.  What
 * is packed otherwise is left out. */
static size_t
read_field(const struct nf_ipmi_talk *talk, size_t at, char *to, size_t size)
{
    if (at >= talk->fru_len || talk->fru[at] == 0xc1) {
        return talk->fru_len; /* the end of fields */
    }
    size_t len = talk->fru[at] & 0x3f;
    if (talk->fru[at] >> 6 == 3 && at + 1 + len <= talk->fru_len) {
        while (len > 0 && talk->fru[at + len] == ' ') {
            len--;
        }
        nf_text_copy_words(
            to, size, (struct nf_text){(const char *) talk->fru + at + 1, len});
    }
    return at + 1 + (talk->fru[at] & 0x3f);
}

static void
read_product(const struct nf_ipmi_talk *talk, struct nf_bmc_told *told)
{
    char part[NF_BMC_NAME], version[NF_BMC_NAME];
    char *const fields[] = {told->maker, told->product, part, version,
                            told->serial};
    size_t at = 3; /* behind version, length, language */

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        at = read_field(talk, at, fields[i], NF_BMC_NAME);
    }
}

/* The header says where the product area is, whose second byte says how
 * long it is. */
static bool
take_fru(struct nf_ipmi_talk *talk, const uint8_t *bytes, int n,
         struct nf_bmc_told *told)
{
    if (talk->n == 1) {
        talk->fru_at = n > FRU_PRODUCT_AT + 1 && bytes[0] == FRU_HEADER
                           ? (size_t) bytes[1 + FRU_PRODUCT_AT] * 8
                           : 0;
        talk->n = talk->fru_at == 0 ? REQUESTS_MAX : talk->n + 1;
        return true;
    }
    if (n < 2 || bytes[0] == 0 || (int) bytes[0] > n - 1
        || talk->fru_len + bytes[0] > sizeof(talk->fru))
    {
        talk->n++;
        return true;
    }
    memcpy(talk->fru + talk->fru_len, bytes + 1, bytes[0]);
    talk->fru_len += bytes[0];
    talk->fru_at += bytes[0];
    if (talk->fru_len < 2 || talk->fru_len < (size_t) talk->fru[1] * 8) {
        return true; /* once more */
    }
    talk->fru_len = (size_t) talk->fru[1] * 8;
    read_product(talk, told);
    talk->n++;
    return true;
}

static bool
read_info(struct nf_ipmi_talk *talk, const uint8_t *bytes, int n,
          struct nf_bmc_told *told)
{
    if (talk->n != 0) {
        return take_fru(talk, bytes, n, told);
    }
    if (n < 4) {
        return false;
    }
    snprintf(told->firmware, sizeof(told->firmware), "%u.%02x",
             bytes[2] & 0x7fu, bytes[3]);
    talk->n++;
    return true;
}

static bool
read_network(struct nf_ipmi_talk *talk, const uint8_t *b, int n,
             struct nf_bmc_told *told)
{
    if (talk->n == 0 && n >= 5) {
        snprintf(told->ip, sizeof(told->ip), "%u.%u.%u.%u", b[1], b[2], b[3],
                 b[4]);
    } else if (talk->n == 1 && n >= 7) {
        snprintf(told->mac, sizeof(told->mac), "%02x:%02x:%02x:%02x:%02x:%02x",
                 b[1], b[2], b[3], b[4], b[5], b[6]);
    } else {
        return false;
    }
    talk->n++;
    return true;
}

static bool
read_answer(struct nf_ipmi_talk *talk, const uint8_t *bytes, int n,
            struct nf_bmc_told *told)
{
    switch (talk->ask.verb) {
    case NF_BMC_INFO:
        return read_info(talk, bytes, n, told);
    case NF_BMC_NETWORK:
        return read_network(talk, bytes, n, told);
    case NF_BMC_LOOK:
        told->power = n < 1                    ? NF_POWER_UNKNOWN
                      : bytes[0] & POWER_IS_ON ? NF_POWER_ON
                                               : NF_POWER_OFF;
        talk->n += n >= 1;
        return n >= 1;
    case NF_BMC_GET_BOOT:
        if (!read_boot(bytes, n, told)) {
            return false;
        }
        talk->n++;
        return true;
    default:
        talk->n++;
        return true;
    }
}

/* A request that may fail is passed over; what it would have led to, too. */
static void
pass_over(struct nf_ipmi_talk *talk)
{
    talk->n = talk->ask.verb == NF_BMC_INFO ? REQUESTS_MAX : talk->n + 1;
}

bool
nf_ipmi_reply(struct nf_ipmi_talk *talk, struct nf_text text,
              struct nf_bmc_told *told)
{
    uint8_t bytes[BYTES_MAX];
    struct nf_text words = {0};
    enum nf_bmc_cause cause = NF_BMC_MALFORMED;
    bool may_fail = requests[talk->ask.verb][talk->n].may_fail;
    int n = read_bytes(text, bytes);

    if (n >= 0 && read_answer(talk, bytes, n, told)) {
        return true;
    }
    if (n < 0) {
        cause = read_failure(text, &words);
    }
    if (may_fail && cause != NF_BMC_HUNG) {
        pass_over(talk);
        return true;
    }
    nf_bmc_fail(told, cause, words);
    return false;
}

enum nf_bmc_cause
nf_ipmi_cause(struct nf_text text)
{
    static const struct {
        const char *words;
        enum nf_bmc_cause cause;
    } rows[] = {
        {"HMAC is invalid", NF_BMC_WRONG_PASSWORD},
        {"unauthorized name", NF_BMC_WRONG_USER},
        {"unauthorized role", NF_BMC_PRIVILEGE},
        {"unauthorized GUID", NF_BMC_REFUSED},
        {"nsufficient privilege", NF_BMC_PRIVILEGE},
        {"invalid authentication algorithm", NF_BMC_CIPHER},
        {"invalid integrity algorithm", NF_BMC_CIPHER},
        {"no matching cipher suite", NF_BMC_CIPHER},
        {"insufficient resources", NF_BMC_BUSY},
        {"invalid session ID", NF_BMC_BUSY},
        {"password is longer than", NF_BMC_WRONG_PASSWORD},
        {"Unable to read password", NF_BMC_LOCAL},
        {"Address lookup", NF_BMC_UNREACHABLE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (contains(text, rows[i].words)) {
            return rows[i].cause;
        }
    }
    return NF_BMC_UNREACHABLE;
}

bool
nf_ipmi_asks_for_operator(struct nf_text text)
{
    return contains(text, "unauthorized role")
           || contains(text, "nsufficient privilege");
}
