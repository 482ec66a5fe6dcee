#include "bmc/discover.h"

#include "bmc/redfish_document.h"
#include "json/tree.h"

enum {
    PONG_MIN = 28,
    HEAD = 14,       /* before the message */
    SESSION = 13,    /* where its length is */
    MESSAGE_MIN = 8, /* a refusal */
    MESSAGE_FULL = 16,
};

static uint8_t
checksum(const uint8_t *bytes, size_t n)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum = (uint8_t) (sum + bytes[i]);
    }
    return (uint8_t) -sum;
}

void
nf_discover_ping(uint8_t tag, uint8_t packet[static NF_DISCOVER_PING])
{
    const uint8_t bytes[NF_DISCOVER_PING] = {
        6,    0,   0xff, 6,    /* RMCP, no acknowledgement, ASF */
        0,    0,   0x11, 0xbe, /* IANA's number of ASF */
        0x80, tag, 0,    0};

    memcpy(packet, bytes, sizeof(bytes));
}

void
nf_discover_ask(uint8_t tag, uint8_t packet[static NF_DISCOVER_ASK])
{
    uint8_t bytes[NF_DISCOVER_ASK] = {6, 0,    0xff,  7, /* RMCP, IPMI */
                                      0, 0,    0,     0, 0,
                                      0, 0,    0,     0, /* no session */
                                      9, 0x20, 6 << 2};
    uint8_t *message = bytes + HEAD;

    message[2] = checksum(message, 2);
    message[3] = 0x81;
    message[4] = (uint8_t) (tag << 2);
    message[5] = 0x38;
    message[6] = 0x8e; /* this channel, and of IPMI 2.0 */
    message[7] = 4;    /* as an administrator */
    message[8] = checksum(message + 3, 5);
    memcpy(packet, bytes, sizeof(bytes));
}

static bool
is_pong(const uint8_t *bytes, size_t n, uint8_t tag)
{
    static const uint8_t asf[] = {0, 0, 0x11, 0xbe, 0x40};
    enum {
        SUPPORTS_IPMI = 0x80,
    };

    return n >= PONG_MIN && bytes[3] == 6
           && memcmp(bytes + 4, asf, sizeof(asf)) == 0 && bytes[9] == tag
           && bytes[11] >= 16 && (bytes[20] & SUPPORTS_IPMI) != 0;
}

static bool
is_reply(const uint8_t *bytes, size_t n, uint8_t tag)
{
    const uint8_t *message = bytes + HEAD;

    return n >= HEAD + MESSAGE_MIN && bytes[3] == 7 && bytes[4] == 0
           && bytes[SESSION] >= MESSAGE_MIN
           && n >= HEAD + (size_t) bytes[SESSION] && message[1] >> 2 == 7
           && checksum(message, 2) == message[2] && message[4] >> 2 == tag
           && message[5] == 0x38
           && checksum(message + 3, bytes[SESSION] - 4u)
                  == message[bytes[SESSION] - 1];
}

bool
nf_discover_take(struct nf_found *found, uint8_t tag, struct nf_bytes packet)
{
    const uint8_t *bytes = packet.data;

    if (packet.len < 4 || bytes[0] != 6) {
        return false;
    }
    if (is_pong(bytes, packet.len, tag)) {
        found->is_ipmi = true;
        return true;
    }
    if (!is_reply(bytes, packet.len, tag)) {
        return false;
    }
    const uint8_t *answer = bytes + HEAD + 6;
    found->is_ipmi = true;
    found->tells = answer[0] == 0 && bytes[SESSION] >= MESSAGE_FULL;
    if (found->tells) {
        found->has_v2 = answer[2] & 0x80 && answer[4] & 2;
        found->wants_key = answer[3] & 0x20;
        found->lets_in = answer[3] & 1;
    }
    return true;
}

/* --- Redfish -----------------------------------------------------------------
 */

/* "1.11.0" */
static void
take_version(struct nf_found *found, const struct nf_value *doc)
{
    struct nf_text version = nf_value_member_text(doc, "RedfishVersion");

    if (nf_text_has_only(version, "0123456789.")
        && memchr(version.data, '.', version.len) != NULL)
    {
        (void) nf_text_copy(found->version, sizeof(found->version), version);
    }
}

static void
take_uuid(struct nf_found *found, const struct nf_value *doc)
{
    struct nf_text uuid = nf_value_member_text(doc, "UUID");

    if (nf_text_has_only(uuid, "0123456789abcdefABCDEF-")) {
        (void) nf_text_copy(found->uuid, sizeof(found->uuid), uuid);
    }
}

/* Those of before 2017 have no Vendor, and their own part in Oem. */
static void
take_vendor(struct nf_found *found, const struct nf_value *doc)
{
    const struct nf_value *oem = nf_value_member(doc, "Oem");

    nf_redfish_name(found->vendor, doc, "Vendor");
    if (found->vendor[0] == '\0' && oem != NULL && oem->kind == NF_VALUE_MAP
        && oem->map.n > 0)
    {
        nf_text_copy_words(found->vendor, sizeof(found->vendor),
                           nf_text(oem->map.members[0].name));
    }
}

static bool
take_root(struct nf_found *found, unsigned status, const struct nf_value *doc)
{
    const struct nf_value *error = nf_value_member(doc, "error");

    if (status == 401) { /* an early one, which hides its root */
        found->is_redfish =
            nf_value_member(error, "@Message.ExtendedInfo") != NULL;
        return found->is_redfish;
    }
    take_version(found, doc);
    found->is_redfish =
        status == 200
        && (found->version[0] != '\0'
            || nf_text_starts(nf_value_member_text(doc, "@odata.type"),
                              NF_TEXT("#ServiceRoot.")));
    if (found->is_redfish) {
        nf_redfish_name(found->product, doc, "Product");
        take_vendor(found, doc);
        take_uuid(found, doc);
    }
    return found->is_redfish;
}

bool
nf_discover_service(struct nf_found *found, unsigned status,
                    struct nf_text body)
{
    nf_arena_t *arena = nf_arena_new();
    struct nf_value doc;
    struct nf_fault fault;
    bool is_service = arena != NULL && body.len <= NF_DISCOVER_ROOT_MAX
                      && nf_json_tree_cut(body, arena, &doc, &fault) == NF_OK
                      && take_root(found, status, &doc);

    if (arena != NULL) {
        nf_arena_free(arena);
    }
    return is_service;
}

/* --- what is told ------------------------------------------------------------
 */

static void
put_ipmi(const struct nf_found *found, struct nf_out *out)
{
    nf_out_puts(out, ",\"ipmi\":{");
    if (found->tells) {
        nf_out_printf(out, "\"version\":\"%s\",\"key\":%s,\"anonymous\":%s",
                      found->has_v2 ? "2.0" : "1.5",
                      found->wants_key ? "true" : "false",
                      found->lets_in ? "true" : "false");
    }
    nf_out_putc(out, '}');
}

static void
put_redfish(const struct nf_found *found, struct nf_out *out)
{
    const struct {
        const char *name, *value;
    } rows[] = {
        {"version", found->version}, {"vendor", found->vendor},
        {"product", found->product}, {"uuid", found->uuid},
        {"pin", found->pin},
    };
    const char *divide = "";

    nf_out_puts(out, ",\"redfish\":{");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].value[0] != '\0') {
            nf_out_printf(out, "%s\"%s\":", divide, rows[i].name);
            nf_out_json(out, nf_text(rows[i].value));
            divide = ",";
        }
    }
    nf_out_putc(out, '}');
}

void
nf_found_json(const struct nf_found *found, struct nf_out *out)
{
    char ip[NF_IP4_TEXT];

    nf_ip4_format(found->ip, ip);
    nf_out_printf(out, "{\"address\":\"%s\",\"drivers\":[%s%s%s]", ip,
                  found->is_ipmi ? "\"ipmi\"" : "",
                  found->is_ipmi && found->is_redfish ? "," : "",
                  found->is_redfish ? "\"redfish\"" : "");
    if (found->is_ipmi) {
        put_ipmi(found, out);
    }
    if (found->is_redfish) {
        put_redfish(found, out);
    }
    nf_out_putc(out, '}');
}
