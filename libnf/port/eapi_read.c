/*
 * Results of show commands, in JSON.  EOS names interfaces by their whole names
 * in all of them.  Members that a system has not are as if nothing were told.
 */
#include "port/eapi.h"

static const struct nf_value *
map_of(const struct nf_value *from, const char *name)
{
    static const struct nf_value nothing = {.kind = NF_VALUE_MAP};
    const struct nf_value *map = nf_value_member(from, name);

    return map != NULL && map->kind == NF_VALUE_MAP ? map : &nothing;
}

static const struct nf_value *
list_of(const struct nf_value *from, const char *name)
{
    static const struct nf_value nothing = {.kind = NF_VALUE_LIST};
    const struct nf_value *list = nf_value_member(from, name);

    return list != NULL && list->kind == NF_VALUE_LIST ? list : &nothing;
}

static bool
is_true(const struct nf_value *from, const char *name)
{
    const struct nf_value *value = nf_value_member(from, name);

    return value != NULL && value->kind == NF_VALUE_TRUE;
}

static unsigned
vlan_of(const struct nf_value *from, const char *name)
{
    uint64_t vlan;

    return nf_text_number(nf_value_member_text(from, name), NF_VLAN_MAX, &vlan)
               ? (unsigned) vlan
               : 0;
}

/* --- interfaces --------------------------------------------------------------
 */

/* One that is asked about, and is no Vlan, Loopback or subinterface. */
static bool
is_wanted(const struct nf_cli_facts *facts, struct nf_text name)
{
    struct nf_text word = name;

    return nf_cli_is_port(&word) && word.len == name.len
           && (facts->port == NULL
               || nf_port_is_named(name, nf_text(facts->port)));
}

/* They come in order, more or less. */
static struct nf_port *
find(struct nf_cli_facts *facts, struct nf_text name)
{
    for (size_t i = 0; i < facts->ports_n; i++) {
        size_t at = (facts->last + i) % facts->ports_n;
        if (nf_text_equal(nf_text(facts->ports[at].name), name)) {
            facts->last = at;
            return &facts->ports[at];
        }
    }
    return NULL;
}

/* NULL: it is none of the ports, or they are too many. */
static struct nf_port *
find_or_add(struct nf_cli_facts *facts, struct nf_text name)
{
    struct nf_port *port = find(facts, name);

    if (port != NULL || facts->ports_n == NF_PORTS_MAX
        || !is_wanted(facts, name)) {
        return port;
    }
    facts->last = facts->ports_n;
    port = &facts->ports[facts->ports_n++];
    *port = (struct nf_port){0};
    (void) nf_text_copy(port->name, sizeof(port->name), name);
    return port;
}

/* notconnect, errdisabled, inactive and whatever else there is: down, and not
 * by hand. */
static void
take_link(struct nf_text word, struct nf_port *port)
{
    port->config.admin =
        nf_text_equal(word, NF_TEXT("disabled")) ? NF_PORT_DOWN : NF_PORT_UP;
    port->link = word.len == 0                               ? NF_PORT_UNTOLD
                 : nf_text_equal(word, NF_TEXT("connected")) ? NF_PORT_UP
                                                             : NF_PORT_DOWN;
}

/* "in Po49", of the whole name that other commands call it by. */
static void
take_explanation(struct nf_text words, struct nf_port *port)
{
    static const struct nf_text in = NF_TEXT("in Po");
    char name[NF_PORT_NAME] = "Port-Channel";
    size_t n = strlen(name);

    if (nf_text_starts(words, in)
        && nf_text_has_only(
            (struct nf_text){words.data + in.len, words.len - in.len},
            "0123456789")
        && nf_text_copy(
            name + n, sizeof(name) - n,
            (struct nf_text){words.data + in.len, words.len - in.len}))
    {
        memcpy(port->lag, name, sizeof(port->lag));
    }
}

/* Whether it switches, which VLANs it has is told elsewhere. */
static void
take_model(const struct nf_value *vlan, struct nf_port *port)
{
    bool is_bridged =
        nf_text_equal(nf_value_member_text(vlan, "interfaceForwardingModel"),
                      NF_TEXT("bridged"));
    bool is_trunk = nf_text_equal(nf_value_member_text(vlan, "interfaceMode"),
                                  NF_TEXT("trunk"));

    port->config.mode = !is_bridged ? NF_PORT_OTHER
                        : is_trunk  ? NF_PORT_TRUNK
                                    : NF_PORT_ACCESS;
    port->config.vlan = is_bridged ? vlan_of(vlan, "vlanId") : 0;
    take_explanation(nf_value_member_text(vlan, "vlanExplanation"), port);
}

static void
take_status(const struct nf_value *status, struct nf_port *port)
{
    struct nf_text description = nf_value_member_text(status, "description");
    uint64_t bits;

    nf_text_copy_words(port->config.description,
                       sizeof(port->config.description), description);
    take_link(nf_value_member_text(status, "linkStatus"), port);
    take_model(map_of(status, "vlanInformation"), port);
    if (nf_text_number(nf_value_member_text(status, "bandwidth"),
                       (uint64_t) UINT32_MAX * 1000000, &bits))
    {
        port->mbps = (uint32_t) (bits / 1000000);
    }
}

void
nf_eapi_read_status(const struct nf_value *result, struct nf_cli_facts *facts)
{
    const struct nf_value *ports = map_of(result, "interfaceStatuses");

    for (size_t i = 0; i < ports->map.n; i++) {
        const struct nf_member *m = &ports->map.members[i];
        struct nf_port *port = find_or_add(facts, nf_text(m->name));
        if (port != NULL) {
            take_status(&m->value, port);
        }
    }
}

/* --- VLANs -------------------------------------------------------------------
 */

/* "ALL", "NONE", "1-5,10". */
static bool
parse_allowed(struct nf_text text, struct nf_vlans *vlans)
{
    static const char *const words[] = {"all", "none"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (text.len == strlen(words[i]) && nf_cli_begins(text, words[i])) {
            text = nf_text(words[i]);
        }
    }
    return text.len > 0 && nf_vlans_parse(text, vlans);
}

/* A native VLAN that is not let through is none; 0: it is tagged too. */
static bool
take_trunk(const struct nf_value *info, struct nf_port_config *config)
{
    unsigned native = vlan_of(info, "trunkingNativeVlanId");

    if (!parse_allowed(nf_value_member_text(info, "trunkAllowedVlans"),
                       &config->tagged))
    {
        return false;
    }
    config->mode = NF_PORT_TRUNK;
    config->vlan = nf_vlans_has(&config->tagged, native) ? native : 0;
    nf_vlans_remove(&config->tagged, config->vlan);
    return true;
}

/* A port whose mode is neither, as dot1qTunnel, or that does not tell what its
 * mode has, is other; without a VLAN it is routed. */
static void
take_switchport(const struct nf_value *switchport,
                struct nf_port_config *config)
{
    const struct nf_value *info = map_of(switchport, "switchportInfo");
    struct nf_text mode = nf_value_member_text(info, "mode");

    config->mode = NF_PORT_OTHER;
    config->vlan = 0;
    config->tagged = (struct nf_vlans){{0}};
    if (!is_true(switchport, "enabled")
        || (nf_text_equal(mode, NF_TEXT("trunk")) && take_trunk(info, config)))
    {
        return;
    }
    config->vlan = vlan_of(info, "accessVlanId");
    if (nf_text_equal(mode, NF_TEXT("access")) && config->vlan != 0) {
        config->mode = NF_PORT_ACCESS;
    }
}

void
nf_eapi_read_switchport(const struct nf_value *result,
                        struct nf_cli_facts *facts)
{
    const struct nf_value *ports = map_of(result, "switchports");

    for (size_t i = 0; i < ports->map.n; i++) {
        const struct nf_member *m = &ports->map.members[i];
        struct nf_port *port = find(facts, nf_text(m->name));
        if (port != NULL) {
            take_switchport(&m->value, &port->config);
        }
    }
}

void
nf_eapi_read_vlans(const struct nf_value *result, struct nf_cli_facts *facts)
{
    const struct nf_value *vlans = map_of(result, "vlans");

    for (size_t i = 0; i < vlans->map.n; i++) {
        const struct nf_member *m = &vlans->map.members[i];
        struct nf_text status = nf_value_member_text(&m->value, "status");
        uint64_t vlan;
        if (nf_text_number(nf_text(m->name), NF_VLAN_MAX, &vlan)
            && !nf_text_equal(status, NF_TEXT("suspended")))
        {
            nf_vlans_add(&facts->vlans, (unsigned) vlan, (unsigned) vlan);
        }
    }
}

/* --- aggregates --------------------------------------------------------------
 */

static void
take_members(const struct nf_value *members, const char *lag,
             struct nf_cli_facts *facts)
{
    for (size_t i = 0; i < members->map.n; i++) {
        struct nf_port *port =
            find(facts, nf_text(members->map.members[i].name));
        if (port != NULL) {
            (void) nf_text_copy(port->lag, sizeof(port->lag), nf_text(lag));
        }
    }
}

void
nf_eapi_read_lags(const struct nf_value *result, struct nf_cli_facts *facts)
{
    static const char *const lists[] = {"activePorts", "inactivePorts",
                                        "ports"};
    const struct nf_value *lags = map_of(result, "portChannels");

    for (size_t i = 0; i < lags->map.n; i++) {
        const struct nf_member *m = &lags->map.members[i];
        struct nf_text name = nf_text(m->name);
        bool is_lag = nf_cli_is_port(&name) && nf_cli_is_lag(name)
                      && name.len == strlen(m->name);
        for (size_t j = 0; is_lag && j < sizeof(lists) / sizeof(lists[0]); j++)
        {
            take_members(map_of(&m->value, lists[j]), m->name, facts);
        }
    }
}

/* --- what is behind a port ---------------------------------------------------
 */

static bool
read_mac(const struct nf_value *entry, const struct nf_cli_facts *facts,
         struct nf_port_mac *mac)
{
    struct nf_text name = nf_value_member_text(entry, "interface");

    *mac = (struct nf_port_mac){.vlan = vlan_of(entry, "vlanId")};
    return is_wanted(facts, name)
           && nf_mac_parse(nf_value_member_text(entry, "macAddress"), &mac->mac)
           && nf_text_copy(mac->port, sizeof(mac->port), name);
}

void
nf_eapi_read_macs(const struct nf_value *result, struct nf_cli_facts *facts)
{
    const struct nf_value *entries =
        list_of(map_of(result, "unicastTable"), "tableEntries");

    for (size_t i = 0; i < entries->list.n && facts->macs_n < NF_CLI_MACS_MAX;
         i++) {
        struct nf_port_mac *mac = &facts->macs[facts->macs_n];
        if (!read_mac(&entries->list.items[i], facts, mac)) {
            continue;
        }
        facts->macs_n++;
        struct nf_port *port = find(facts, nf_text(mac->port));
        if (port != NULL) {
            port->macs++;
        }
    }
}

/* A telephone has a bridge in it too. */
static bool
is_bridge(const struct nf_value *neighbor)
{
    const struct nf_value *can = map_of(neighbor, "systemCapabilities");

    return !is_true(can, "telephone")
           && (is_true(can, "bridge") || is_true(can, "router"));
}

/* Its name, else its chassis; of several the first that has one. */
static void
take_neighbor(const struct nf_value *neighbor, struct nf_port *port)
{
    struct nf_text name = nf_value_member_text(neighbor, "systemName");

    if (name.len == 0) {
        name = nf_value_member_text(neighbor, "chassisId");
    }
    if (port->neighbor[0] == '\0') {
        nf_text_copy_words(port->neighbor, sizeof(port->neighbor), name);
    }
    port->is_bridge_behind |= is_bridge(neighbor);
}

void
nf_eapi_read_neighbors(const struct nf_value *result,
                       struct nf_cli_facts *facts)
{
    const struct nf_value *ports = map_of(result, "lldpNeighbors");

    for (size_t i = 0; i < ports->map.n; i++) {
        const struct nf_member *m = &ports->map.members[i];
        const struct nf_value *seen = list_of(&m->value, "lldpNeighborInfo");
        struct nf_port *port =
            seen->list.n == 0 ? NULL : find_or_add(facts, nf_text(m->name));
        for (size_t j = 0; port != NULL && j < seen->list.n; j++) {
            take_neighbor(&seen->list.items[j], port);
        }
    }
}

/* It forwards when it does so in one of its trees. */
void
nf_eapi_read_spanning(const struct nf_value *result, struct nf_cli_facts *facts)
{
    const struct nf_value *trees = map_of(result, "spanningTreeInstances");

    for (size_t i = 0; i < trees->map.n; i++) {
        const struct nf_value *ports =
            map_of(&trees->map.members[i].value, "interfaces");
        for (size_t j = 0; j < ports->map.n; j++) {
            const struct nf_member *m = &ports->map.members[j];
            struct nf_text state = nf_value_member_text(&m->value, "state");
            struct nf_port *port = find(facts, nf_text(m->name));
            if (port == NULL || state.len == 0 || port->forwards == NF_PORT_UP)
            {
                continue;
            }
            port->forwards = nf_text_equal(state, NF_TEXT("forwarding"))
                                 ? NF_PORT_UP
                                 : NF_PORT_DOWN;
        }
    }
}
