/*
 * Neighbours by LLDP, in detail, a field a line.  The local port stands before
 * the fields (IOS, VRP, Comware) or among them (NX-OS); a field that was there
 * already begins another neighbour.
 */
#include "port/cli.h"

enum field {
    LOCAL,
    CHASSIS,
    NAME,
    ENABLED,
    FIELD_COUNT
};

struct neighbor {
    struct nf_text fields[FIELD_COUNT];
    uint8_t has;
    bool is_inside; /* its port stands among its fields */
};

/* clang-format off */
static const struct {
    const char *words;
    enum field field;
} names[] = {
    {"Local Intf",                  LOCAL},
    {"Local Interface",             LOCAL},
    {"Local Port id",               LOCAL},
    {"Chassis id",                  CHASSIS},
    {"ChassisID",                   CHASSIS},
    {"System Name",                 NAME},
    {"SysName",                     NAME},
    {"Enabled Capabilities",        ENABLED},
    {"System capabilities enabled", ENABLED},
    {"SysCapEnabled",               ENABLED},
};
/* clang-format on */

static bool
is_divider(struct nf_text word)
{
    return word.len == 1 && strchr(",;/", word.data[0]) != NULL;
}

/* "B, R", "B,T", "bridge router", "Bridge, Router".  A telephone has a bridge
 * in it too. */
static bool
is_bridge(struct nf_text enabled)
{
    bool has_bridge = false;

    for (size_t at = 0; at < enabled.len;) {
        struct nf_text rest = {enabled.data + at, enabled.len - at};
        size_t n = 0;
        while (n < rest.len && rest.data[n] != ' '
               && !is_divider((struct nf_text){rest.data + n, 1}))
        {
            n++;
        }
        struct nf_text word = {rest.data, n};
        if (nf_text_equal(word, NF_TEXT("T")) || nf_cli_begins(word, "tele")) {
            return false;
        }
        has_bridge |= nf_text_equal(word, NF_TEXT("B"))
                      || nf_text_equal(word, NF_TEXT("R"))
                      || nf_cli_begins(word, "bridge")
                      || nf_cli_begins(word, "router");
        at += n + 1;
    }
    return has_bridge;
}

static bool
is_told(struct nf_text value)
{
    return value.len > 0 && !nf_cli_has(value, "not advertised")
           && !nf_text_equal(value, NF_TEXT("--"))
           && !nf_text_equal(value, NF_TEXT("null"));
}

/* Its name, else its chassis. */
static void
end(struct nf_cli_facts *facts, struct neighbor *neighbor, bool keeps_local)
{
    const struct nf_text *fields = neighbor->fields;
    struct nf_text local = fields[LOCAL];
    struct nf_port *port =
        neighbor->has & ~(1u << LOCAL) ? nf_cli_port(facts, local) : NULL;

    if (port != NULL) {
        nf_text_copy_words(port->neighbor, sizeof(port->neighbor),
                           is_told(fields[NAME]) ? fields[NAME]
                                                 : fields[CHASSIS]);
        port->is_bridge_behind |= is_bridge(fields[ENABLED]);
    }
    *neighbor = (struct neighbor){0};
    if (keeps_local) {
        neighbor->fields[LOCAL] = local;
        neighbor->has = 1u << LOCAL;
    }
}

static void
take(struct nf_cli_facts *facts, struct neighbor *neighbor, enum field field,
     struct nf_text value)
{
    if (neighbor->has & 1u << field) {
        end(facts, neighbor, field != LOCAL && !neighbor->is_inside);
    }
    neighbor->is_inside |= field == LOCAL && neighbor->has != 0;
    neighbor->fields[field] = value;
    neighbor->has |= (uint8_t) (1u << field);
}

static struct nf_text
trim(struct nf_text text)
{
    while (text.len > 0 && strchr(" :", text.data[0]) != NULL) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && strchr(" ", text.data[text.len - 1]) != NULL) {
        text.len--;
    }
    return text;
}

/* "GigabitEthernet0/0/1 has 1 neighbor(s):" and "LLDP neighbor-information of
 * port 25[GigabitEthernet1/0/25]:". */
static bool
take_heading(struct nf_cli_facts *facts, struct neighbor *neighbor,
             struct nf_text line)
{
    struct nf_text rest = line, name = nf_cli_word(&rest);

    if (nf_cli_has(line, "neighbor") && nf_cli_has(line, " of port ")) {
        (void) nf_text_cut(&line, '[');
        name = nf_text_cut(&line, ']');
    } else if (!nf_cli_begins(trim(rest), "has ")
               || !nf_cli_has(rest, "neighbor")) {
        return false;
    }
    end(facts, neighbor, false);
    take(facts, neighbor, LOCAL, name);
    return true;
}

static void
take_field(struct nf_cli_facts *facts, struct neighbor *neighbor,
           struct nf_text line)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct nf_text value = line;
        if (!nf_cli_begins(line, names[i].words)) {
            continue;
        }
        value.data += strlen(names[i].words);
        value.len -= strlen(names[i].words);
        while (value.len > 0 && value.data[0] == ' ') {
            value.data++;
            value.len--;
        }
        if (value.len > 0 && strchr(":-", value.data[0]) != NULL) {
            take(facts, neighbor, names[i].field, trim(value));
        }
        return;
    }
}

void
nf_cli_read_neighbors(struct nf_text screen, struct nf_cli_facts *facts)
{
    struct neighbor neighbor = {0};
    struct nf_text line;

    while (nf_cli_line(&screen, &line)) {
        if (nf_cli_begins(line, "-----")) {
            end(facts, &neighbor, false);
        } else if (!take_heading(facts, &neighbor, line)) {
            take_field(facts, &neighbor, trim(line));
        }
    }
    end(facts, &neighbor, false);
}
