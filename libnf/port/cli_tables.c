/*
 * Tables whose lines tell by their words what they are: addresses, VLANs,
 * members of aggregates, spanning tree.  Their columns differ by vendor and
 * age, so they are not counted.
 */
#include "port/cli.h"

#include <ctype.h>
#include <strings.h>

static bool
is_wanted(const struct nf_cli_facts *facts, struct nf_text name)
{
    return facts->port == NULL || nf_port_is_named(name, nf_text(facts->port));
}

static struct nf_port *
find(struct nf_cli_facts *facts, struct nf_text name)
{
    for (size_t i = 0; i < facts->ports_n; i++) {
        size_t at = (facts->last + i) % facts->ports_n; /* they come in order */
        if (nf_port_is_named(nf_text(facts->ports[at].name), name)) {
            facts->last = at;
            return &facts->ports[at];
        }
    }
    return NULL;
}

struct nf_port *
nf_cli_port(struct nf_cli_facts *facts, struct nf_text name)
{
    struct nf_port *port;

    if (!nf_cli_is_port(&name) || !is_wanted(facts, name)) {
        return NULL;
    }
    port = find(facts, name);
    if (port != NULL || facts->ports_n == NF_PORTS_MAX) {
        return port;
    }
    facts->last = facts->ports_n;
    port = &facts->ports[facts->ports_n++];
    *port = (struct nf_port){0};
    (void) nf_text_copy(port->name, sizeof(port->name), name);
    return port;
}

/* --- addresses ---------------------------------------------------------------
 */

static bool
is_type(struct nf_text word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (!isalpha((unsigned char) word.data[i]) && word.data[i] != '-') {
            return false;
        }
    }
    return nf_cli_has(word, "Ethernet") || nf_cli_has(word, "GigE")
           || nf_cli_begins(word, "Port-channel")
           || nf_cli_begins(word, "Eth-Trunk");
}

/* "Ethernet 1/1": the number is a word of its own. */
static bool
join(struct nf_text *word, struct nf_text rest)
{
    struct nf_text next = nf_cli_word(&rest);

    if (!is_type(*word) || !nf_text_has_only(next, "0123456789/:")) {
        return false;
    }
    word->len = (size_t) (next.data + next.len - word->data);
    return true;
}

/* "10", "10/-/-". */
static unsigned
vlan_of(struct nf_text word)
{
    struct nf_text rest = word, number = nf_text_cut(&rest, '/');
    uint64_t vlan;

    return nf_text_number(number, NF_VLAN_MAX, &vlan) ? (unsigned) vlan : 0;
}

static bool
take_name(struct nf_text word, struct nf_text rest, char name[NF_PORT_NAME])
{
    if (nf_cli_is_port(&word)) {
        return nf_text_copy(name, NF_PORT_NAME, word);
    }
    return join(&word, rest) && word.len < NF_PORT_NAME
           && nf_text_copy(name, NF_PORT_NAME, word);
}

/* The VLAN stands before the address, or behind it and before the port. */
static bool
read_mac(struct nf_text line, struct nf_port_mac *mac)
{
    bool has_mac = false;
    unsigned vlan;

    *mac = (struct nf_port_mac){0};
    for (;;) {
        struct nf_text word = nf_cli_word(&line);
        if (word.len == 0) {
            return false;
        }
        if (!has_mac && word.len >= 12 && nf_mac_parse(word, &mac->mac)) {
            has_mac = true;
        } else if ((vlan = vlan_of(word)) != 0 && (!has_mac || mac->vlan == 0))
        {
            mac->vlan = vlan;
        } else if (has_mac && take_name(word, line, mac->port)) {
            return true;
        }
    }
}

void
nf_cli_read_macs(struct nf_text screen, struct nf_cli_facts *facts)
{
    struct nf_text line;

    while (nf_cli_line(&screen, &line) && facts->macs_n < NF_CLI_MACS_MAX) {
        struct nf_port_mac *mac = &facts->macs[facts->macs_n];
        if (!read_mac(line, mac) || !is_wanted(facts, nf_text(mac->port))) {
            continue;
        }
        facts->macs_n++;
        struct nf_port *port =
            facts->ports_n == 0 ? NULL : find(facts, nf_text(mac->port));
        if (port != NULL) {
            port->macs++;
            memcpy(mac->port, port->name, sizeof(mac->port));
        }
    }
}

/* --- VLANs -------------------------------------------------------------------
 */

/* "1(default)", "20-25", "7,": VLANs; false: it is something else. */
static bool
take_vlans(struct nf_text word, struct nf_vlans *vlans)
{
    struct nf_text rest = word, list = nf_text_cut(&rest, '(');

    while (list.len > 0 && strchr(",.", list.data[list.len - 1]) != NULL) {
        list.len--;
    }
    return list.len > 0 && isdigit((unsigned char) list.data[0])
           && nf_vlans_parse(list, vlans);
}

static void
add_all(struct nf_vlans *to, const struct nf_vlans *vlans)
{
    for (size_t i = 0; i < sizeof(to->bits) / sizeof(to->bits[0]); i++) {
        to->bits[i] |= vlans->bits[i];
    }
}

/* "10 to 20". */
static bool
take_range(struct nf_text *rest, unsigned first, struct nf_vlans *vlans)
{
    struct nf_text ahead = *rest, to = nf_cli_word(&ahead);
    struct nf_text word = nf_cli_word(&ahead);
    uint64_t last;

    while (word.len > 0 && strchr(",.", word.data[word.len - 1]) != NULL) {
        word.len--;
    }
    if (!nf_cli_begins(to, "to") || to.len != 2
        || !nf_text_number(word, NF_VLAN_MAX, &last))
    {
        return false;
    }
    nf_vlans_add(vlans, first, (unsigned) last);
    *rest = ahead;
    return true;
}

/* A line of nothing but VLANs. */
static bool
read_list(struct nf_text line, struct nf_vlans *vlans)
{
    struct nf_vlans read = {{0}}, one;
    struct nf_text word;

    while ((word = nf_cli_word(&line)).len > 0) {
        if (!take_vlans(word, &one)) {
            return false;
        }
        add_all(&read, &one);
        (void) take_range(&line, vlan_of(word), &read);
    }
    add_all(vlans, &read);
    return true;
}

void
nf_cli_read_vlans(struct nf_text screen, struct nf_cli_facts *facts)
{
    struct nf_text line;
    uint64_t vlan;

    while (nf_cli_line(&screen, &line)) {
        struct nf_text rest = line, first = nf_cli_word(&rest);
        if (read_list(line, &facts->vlans)) {
            continue;
        }
        /* Four that no Ethernet has: fddi, token ring. */
        if (nf_text_number(first, NF_VLAN_MAX, &vlan)
            && !nf_cli_has(rest, "unsup")
            && !(vlan >= 1002 && vlan <= 1005
                 && (nf_cli_has(rest, "fd") || nf_cli_has(rest, "tr"))))
        {
            nf_vlans_add(&facts->vlans, (unsigned) vlan, (unsigned) vlan);
        }
    }
}

/* --- aggregates --------------------------------------------------------------
 */

static void
take_member(struct nf_cli_facts *facts, struct nf_text word,
            const char lag[NF_PORT_NAME])
{
    struct nf_port *port = nf_cli_port(facts, word);

    if (port != NULL) {
        memcpy(port->lag, lag, NF_PORT_NAME);
    }
}

/* "1  Po1(SU)  LACP  Gi1/0/1(P)  Gi1/0/2(P)", "Aggregate Interface:
 * Bridge-Aggregation1", "Eth-Trunk1's state information is:"; members follow,
 * on lines of their own as well. */
void
nf_cli_read_lags(struct nf_text screen, struct nf_cli_facts *facts)
{
    char lag[NF_PORT_NAME] = "";
    struct nf_text line, word;

    while (nf_cli_line(&screen, &line)) {
        while ((word = nf_cli_word(&line)).len > 0) {
            struct nf_text name = word;
            for (size_t i = 0; i < name.len; i++) {
                if (name.data[i] == '\'') {
                    name.len = i;
                }
            }
            if (!nf_cli_is_port(&name)) {
                continue;
            }
            if (nf_cli_is_lag(name)) {
                (void) nf_text_copy(lag, sizeof(lag), name);
            } else if (lag[0] != '\0') {
                take_member(facts, name, lag);
            }
        }
    }
}

/* --- spanning tree -----------------------------------------------------------
 */

static enum nf_port_state
state_of(struct nf_text word)
{
    static const char *const up[] = {"FWD", "FORWARDING"};
    static const char *const down[] = {"BLK",      "LIS",        "LRN",
                                       "BKN",      "BLOCKING",   "LISTENING",
                                       "LEARNING", "DISCARDING", "BROKEN"};

    if (word.len >= 4 && word.data[word.len - 1] == '*') {
        word.len--; /* "BKN*" */
    }
    for (size_t i = 0; i < sizeof(up) / sizeof(up[0]); i++) {
        if (word.len == strlen(up[i]) && nf_cli_begins(word, up[i])) {
            return NF_PORT_UP;
        }
    }
    for (size_t i = 0; i < sizeof(down) / sizeof(down[0]); i++) {
        if (word.len == strlen(down[i]) && nf_cli_begins(word, down[i])) {
            return NF_PORT_DOWN;
        }
    }
    return NF_PORT_UNTOLD;
}

/* Of a line that names another port, nothing; it forwards when it does so in
 * one of its trees. */
static enum nf_port_state
read_state(struct nf_text line, const char *port)
{
    enum nf_port_state state = NF_PORT_UNTOLD;
    struct nf_text word;

    while ((word = nf_cli_word(&line)).len > 0) {
        struct nf_text name = word;
        if (nf_cli_is_port(&name) && memchr(name.data, '/', name.len) != NULL
            && !nf_port_is_named(name, nf_text(port)))
        {
            return NF_PORT_UNTOLD;
        }
        if (state_of(word) != NF_PORT_UNTOLD) {
            state = state_of(word);
        }
    }
    return state;
}

/* The port that a line is about. */
static struct nf_port *
find_named(struct nf_cli_facts *facts, struct nf_text line)
{
    struct nf_text word;

    while ((word = nf_cli_word(&line)).len > 0) {
        if (nf_cli_is_port(&word) && memchr(word.data, '/', word.len) != NULL) {
            return find(facts, word);
        }
    }
    return NULL;
}

void
nf_cli_read_spanning(struct nf_text screen, struct nf_cli_facts *facts)
{
    struct nf_port *only =
        facts->port == NULL ? NULL : find(facts, nf_text(facts->port));
    struct nf_text line;

    while (nf_cli_line(&screen, &line)) {
        struct nf_port *port =
            facts->port == NULL ? find_named(facts, line) : only;
        enum nf_port_state state =
            port == NULL ? NF_PORT_UNTOLD : read_state(line, port->name);
        if (state != NF_PORT_UNTOLD && state > port->forwards) {
            port->forwards = state;
        }
    }
}
