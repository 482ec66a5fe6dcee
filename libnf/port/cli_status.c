/*
 * Lists of interfaces with their state, a line each.
 */
#include "port/cli.h"

#include <ctype.h>

/* "a-1000", "1000", "10G", "a-10G", "1G(a)", "100M(a)"; 0: not told. */
static uint32_t
speed_of(struct nf_text word)
{
    struct nf_text number = word;
    uint64_t mbps;
    size_t n = 0;

    if (nf_cli_begins(number, "a-")) {
        number.data += 2;
        number.len -= 2;
    }
    while (n < number.len && isdigit((unsigned char) number.data[n])) {
        n++;
    }
    if (n == 0
        || !nf_text_number((struct nf_text){number.data, n}, 1000000, &mbps)) {
        return 0;
    }
    return (uint32_t) (n < number.len && number.data[n] == 'G' ? mbps * 1000
                                                               : mbps);
}

/* --- Cisco -------------------------------------------------------------------
 */

/* clang-format off */
static const struct {
    const char *word;
    enum nf_port_state link, admin;
} states[] = {
    {"connected",  NF_PORT_UP,   NF_PORT_UP},
    {"notconnec",  NF_PORT_DOWN, NF_PORT_UP},
    {"disabled",   NF_PORT_DOWN, NF_PORT_DOWN},
    {"err-disabl", NF_PORT_DOWN, NF_PORT_UP},
    {"errdisabl",  NF_PORT_DOWN, NF_PORT_UP},
    {"suspend",    NF_PORT_DOWN, NF_PORT_UP},
    {"suspnd",     NF_PORT_DOWN, NF_PORT_UP},
    {"monitoring", NF_PORT_UP,   NF_PORT_UP},
    {"inactive",   NF_PORT_DOWN, NF_PORT_UP},
    {"sfpabsent",  NF_PORT_DOWN, NF_PORT_UP},
    {"xcvrabs",    NF_PORT_DOWN, NF_PORT_UP},
    {"nooperme",   NF_PORT_DOWN, NF_PORT_UP},
    {"down",       NF_PORT_DOWN, NF_PORT_UP},
    {"up",         NF_PORT_UP,   NF_PORT_UP},
    {"linkflap",   NF_PORT_DOWN, NF_PORT_UP},
    {"channeldo",  NF_PORT_DOWN, NF_PORT_UP},
};
/* clang-format on */

static int
state_of(struct nf_text word)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (nf_cli_begins(word, states[i].word)
            && (word.len > 4 || word.len == strlen(states[i].word)))
        {
            return (int) i;
        }
    }
    return -1;
}

/* Names may hold such words too, so that the one nearest to its column counts;
 * *rest begins behind it.  -1: there is none. */
static int
find_state(struct nf_text line, size_t column, struct nf_text *rest)
{
    struct nf_text left = line, word;
    size_t nearest = SIZE_MAX;
    int found = -1;

    while ((word = nf_cli_word(&left)).len > 0) {
        size_t at = (size_t) (word.data - line.data);
        size_t far = at > column ? at - column : column - at;
        int state = state_of(word);
        if (state >= 0 && far < nearest) {
            nearest = far;
            found = state;
            *rest = left;
        }
    }
    return found;
}

/* Behind the state: VLAN, duplex, speed.  A VLAN may have two words. */
static void
take_rest(struct nf_port *port, struct nf_text rest)
{
    struct nf_text word;
    bool has_vlan = false, has_duplex = false;
    uint64_t vlan;

    while ((word = nf_cli_word(&rest)).len > 0) {
        if (!has_vlan && nf_cli_begins(word, "trunk")) {
            port->config.mode = NF_PORT_TRUNK;
            has_vlan = true;
        } else if (!has_vlan && nf_text_number(word, NF_VLAN_MAX, &vlan)) {
            port->config.vlan = (unsigned) vlan;
            has_vlan = true;
        } else if (!has_duplex) {
            has_duplex =
                nf_cli_begins(word, "a-full") || nf_cli_begins(word, "a-half")
                || nf_cli_begins(word, "full") || nf_cli_begins(word, "half")
                || nf_cli_begins(word, "auto");
        } else {
            port->mbps = speed_of(word);
            return;
        }
    }
}

static bool
find_column(struct nf_text line, const char *title, size_t *column)
{
    struct nf_text left = line, word;

    while ((word = nf_cli_word(&left)).len > 0) {
        if (nf_cli_begins(word, title)) {
            *column = (size_t) (word.data - line.data);
            return true;
        }
    }
    return false;
}

static void
take_status(struct nf_cli_facts *facts, struct nf_text line, size_t column)
{
    struct nf_text rest = line, after = {0};
    struct nf_text name = nf_cli_word(&rest);
    size_t skipped = (size_t) (rest.data - line.data);
    int state =
        find_state(rest, column > skipped ? column - skipped : 0, &after);
    struct nf_port *port = state < 0 ? NULL : nf_cli_port(facts, name);

    if (port != NULL) {
        port->link = states[state].link;
        port->config.admin = states[state].admin;
        take_rest(port, after);
    }
}

void
nf_cli_read_status(struct nf_text screen, struct nf_cli_facts *facts)
{
    struct nf_text line;
    size_t column = 29; /* as old ones have it, should there be no title */

    while (nf_cli_line(&screen, &line)) {
        if (nf_cli_begins(line, "Port") && find_column(line, "Status", &column))
        {
            continue;
        }
        take_status(facts, line, column);
    }
}

/* --- Huawei, H3C -------------------------------------------------------------
 */

/* "up", "*down", "^down", "up(l)", "ADM", "Stby", "!down". */
static bool
take_link(struct nf_port *port, struct nf_text word)
{
    struct nf_text bare = word;
    bool is_adm = nf_cli_begins(word, "ADM") || nf_cli_begins(word, "*");

    while (bare.len > 0 && !isalpha((unsigned char) bare.data[0])) {
        bare.data++;
        bare.len--;
    }
    if (!is_adm && !nf_cli_begins(bare, "up") && !nf_cli_begins(bare, "down")
        && !nf_cli_begins(bare, "Stby") && !nf_cli_begins(bare, "DSP"))
    {
        return false;
    }
    port->link = nf_cli_begins(bare, "up") ? NF_PORT_UP : NF_PORT_DOWN;
    port->config.admin = is_adm ? NF_PORT_DOWN : NF_PORT_UP;
    return true;
}

/* Comware's bridge mode: speed, duplex, type, PVID. */
static void
take_bridge(struct nf_port *port, struct nf_text rest)
{
    static const char types[] = "ATH";
    uint64_t vlan;

    port->mbps = speed_of(nf_cli_word(&rest));
    (void) nf_cli_word(&rest);
    struct nf_text type = nf_cli_word(&rest);
    struct nf_text pvid = nf_cli_word(&rest);
    if (type.len != 1 || strchr(types, type.data[0]) == NULL
        || !nf_text_number(pvid, NF_VLAN_MAX, &vlan))
    {
        return;
    }
    port->config.mode = type.data[0] == 'A'   ? NF_PORT_ACCESS
                        : type.data[0] == 'T' ? NF_PORT_TRUNK
                                              : NF_PORT_OTHER;
    port->config.vlan = (unsigned) vlan;
}

/* Members of an aggregate stand under it, indented (VRP). */
static void
take_brief(struct nf_cli_facts *facts, struct nf_text line, bool is_bridge,
           char lag[NF_PORT_NAME])
{
    bool is_indented = line.len > 0 && line.data[0] == ' ';
    struct nf_text rest = line, name = nf_cli_word(&rest);
    struct nf_port read = {0}, *port;

    if (!nf_cli_is_port(&name) || !take_link(&read, nf_cli_word(&rest))) {
        return;
    }
    if (nf_cli_is_lag(name)) {
        (void) nf_text_copy(lag, NF_PORT_NAME, name);
    } else if (!is_indented) {
        lag[0] = '\0';
    }
    port = nf_cli_port(facts, name);
    if (port == NULL) {
        return;
    }
    port->link = read.link;
    port->config.admin = read.config.admin;
    if (is_bridge) {
        take_bridge(port, rest);
    } else if (is_indented && lag[0] != '\0') {
        memcpy(port->lag, lag, NF_PORT_NAME);
    }
}

void
nf_cli_read_brief(struct nf_text screen, struct nf_cli_facts *facts)
{
    char lag[NF_PORT_NAME] = "";
    struct nf_text line;
    bool is_bridge = false;

    while (nf_cli_line(&screen, &line)) {
        if (nf_cli_begins(line, "Interface")) {
            is_bridge = nf_cli_has(line, "PVID");
            continue;
        }
        take_brief(facts, line, is_bridge, lag);
    }
}
