/* Huawei VRP, and H3C Comware, which came from it. */
#include "port/cli_config.h"

static void
allow(struct nf_cli_section *section, struct nf_text rest)
{
    struct nf_vlans vlans;

    if (nf_cli_vlans(rest, &vlans)) {
        for (size_t i = 0; i < 64; i++) {
            section->allowed.bits[i] |= vlans.bits[i];
        }
    }
}

static void
forbid(struct nf_cli_section *section, struct nf_text rest)
{
    struct nf_vlans vlans;

    if (nf_cli_vlans(rest, &vlans)) {
        section->allowed = nf_cli_without(&section->allowed, &vlans);
    }
}

static void
take_group(struct nf_cli_section *section, const char *letters,
           struct nf_text rest)
{
    struct nf_text number = nf_cli_word(&rest);
    struct nf_out out = nf_out(section->port->lag, NF_PORT_NAME - 1);
    uint64_t group;

    if (nf_text_number(number, 65535, &group)) {
        memset(section->port->lag, 0, NF_PORT_NAME);
        nf_out_puts(&out, letters);
        nf_out_put(&out, number);
    }
}

static void
take_trunk_group(struct nf_cli_section *section, struct nf_text rest)
{
    take_group(section, "Eth-Trunk", rest);
}

static void
take_aggregation(struct nf_cli_section *section, struct nf_text rest)
{
    take_group(section, "Bridge-Aggregation", rest);
}

static void
take_layer(struct nf_cli_section *section, struct nf_text rest)
{
    if (nf_cli_begins(rest, "route")) {
        nf_cli_take_routed(section, rest);
    }
}

static const struct nf_cli_rule rules[] = {
    {"description", nf_cli_take_description},
    {"port link-type access", nf_cli_take_access},
    {"port link-type trunk", nf_cli_take_trunk},
    {"port link-type", nf_cli_take_other},
    {"port default vlan", nf_cli_take_access_vlan},
    {"port access vlan", nf_cli_take_access_vlan},
    {"port trunk pvid vlan", nf_cli_take_native},
    {"port hybrid pvid vlan", nf_cli_take_access_vlan},
    {"port trunk allow-pass vlan", allow},
    {"port trunk permit vlan", allow},
    {"undo port trunk allow-pass vlan", forbid},
    {"undo port trunk permit vlan", forbid},
    {"undo portswitch", nf_cli_take_routed},
    {"port link-mode", take_layer},
    {"eth-trunk", take_trunk_group},
    {"port link-aggregation group", take_aggregation},
    {"shutdown", nf_cli_take_down},
    {"undo shutdown", nf_cli_take_up},
    {NULL, NULL},
};

static void
read_vrp(struct nf_text screen, struct nf_cli_facts *facts)
{
    nf_cli_read_config(screen, facts, rules,
                       (struct nf_cli_defaults){.mode = NF_PORT_OTHER});
}

static void
read_comware(struct nf_text screen, struct nf_cli_facts *facts)
{
    nf_cli_read_config(
        screen, facts, rules,
        (struct nf_cli_defaults){.mode = NF_PORT_ACCESS, .shows_vlans = true});
}

/* --- VRP's display port vlan -------------------------------------------------
 */

static void
take_list(struct nf_port *port, struct nf_text list)
{
    struct nf_vlans vlans;

    if (port == NULL || port->config.mode != NF_PORT_TRUNK
        || !nf_cli_vlans(list, &vlans))
    {
        return;
    }
    for (size_t i = 0; i < 64; i++) {
        port->config.tagged.bits[i] |= vlans.bits[i];
    }
}

static struct nf_port *
take_port(struct nf_cli_facts *facts, struct nf_text name, struct nf_text rest)
{
    struct nf_port *port = nf_cli_port(facts, name);
    struct nf_text type = nf_cli_word(&rest), pvid = nf_cli_word(&rest);
    uint64_t vlan;

    if (port == NULL || !nf_text_number(pvid, NF_VLAN_MAX, &vlan)) {
        return NULL;
    }
    port->config.mode = nf_cli_begins(type, "access")  ? NF_PORT_ACCESS
                        : nf_cli_begins(type, "trunk") ? NF_PORT_TRUNK
                                                       : NF_PORT_OTHER;
    port->config.vlan = (unsigned) vlan;
    port->config.tagged = (struct nf_vlans){{0}};
    take_list(port, rest);
    return port;
}

/* The native VLAN is one of the list, or is none. */
static void
settle(struct nf_port *port)
{
    if (port == NULL || port->config.mode != NF_PORT_TRUNK) {
        return;
    }
    if (nf_vlans_has(&port->config.tagged, port->config.vlan)) {
        nf_vlans_remove(&port->config.tagged, port->config.vlan);
    } else {
        port->config.vlan = 0;
    }
}

/* A long list goes on in the next lines. */
static void
read_port_vlan(struct nf_text screen, struct nf_cli_facts *facts)
{
    struct nf_port *port = NULL;
    struct nf_text line;

    while (nf_cli_line(&screen, &line)) {
        struct nf_text rest = line, name = nf_cli_word(&rest);
        if (nf_cli_is_port(&name)) {
            settle(port);
            port = take_port(facts, name, rest);
        } else if (name.len == 0 || line.data[0] != ' ') {
            settle(port);
            port = NULL;
        } else {
            take_list(port, line);
        }
    }
    settle(port);
}

/* --- what they are told ------------------------------------------------------
 */

static void
change_vrp(const char *port, const struct nf_port_config *is,
           const struct nf_port_config *wanted, struct nf_out *out)
{
    static const struct nf_cli_words words = {
        "port default vlan", "port trunk allow-pass vlan", .is_reset = true};

    nf_out_printf(out, "system-view\ninterface %s\n", port);
    nf_cli_change_port(is, wanted, &words, out);
    nf_out_puts(out, "?commit\n"); /* where changes wait for it */
}

static void
change_comware(const char *port, const struct nf_port_config *is,
               const struct nf_port_config *wanted, struct nf_out *out)
{
    static const struct nf_cli_words words = {
        "port access vlan", "port trunk permit vlan", .is_reset = false};

    nf_out_printf(out, "system-view\ninterface %s\n", port);
    nf_cli_change_port(is, wanted, &words, out);
}

/* clang-format off */
static const struct nf_cli_screen vrp_ports[] = {
    {"display interface brief", NULL, nf_cli_read_brief, true},
    {"display current-configuration", NULL, read_vrp, true},
    {"display port vlan", NULL, read_port_vlan, false},
    {"display mac-address", NULL, nf_cli_read_macs, false},
    {"display lldp neighbor", NULL, nf_cli_read_neighbors, false},
    {"display stp brief", NULL, nf_cli_read_spanning, false},
    {0},
};
static const struct nf_cli_screen vrp_port[] = {
    {"display interface brief", NULL, nf_cli_read_brief, true},
    {"display current-configuration interface $", NULL, read_vrp, true},
    {"display port vlan $", "display port vlan", read_port_vlan, false},
    {"display mac-address", NULL, nf_cli_read_macs, false},
    {"display lldp neighbor", NULL, nf_cli_read_neighbors, false},
    {"display stp interface $ brief", NULL, nf_cli_read_spanning, false},
    {0},
};
static const struct nf_cli_screen vrp_neighbors[] = {
    {"display lldp neighbor", NULL, nf_cli_read_neighbors, true},
    {0},
};
static const struct nf_cli_screen vrp_vlans[] = {
    {"display vlan", NULL, nf_cli_read_vlans, true},
    {0},
};
static const struct nf_cli_screen comware_ports[] = {
    {"display interface brief", NULL, nf_cli_read_brief, true},
    {"display current-configuration", NULL, read_comware, true},
    {"display link-aggregation verbose", NULL, nf_cli_read_lags, false},
    {"display mac-address", NULL, nf_cli_read_macs, false},
    {"display lldp neighbor-information verbose",
     "display lldp neighbor-information", nf_cli_read_neighbors, false},
    {"display stp brief", NULL, nf_cli_read_spanning, false},
    {0},
};
static const struct nf_cli_screen comware_port[] = {
    {"display interface brief", NULL, nf_cli_read_brief, true},
    {"display current-configuration interface $", NULL, read_comware, true},
    {"display mac-address", NULL, nf_cli_read_macs, false},
    {"display lldp neighbor-information verbose",
     "display lldp neighbor-information", nf_cli_read_neighbors, false},
    {"display stp interface $ brief", "display stp brief",
     nf_cli_read_spanning, false},
    {0},
};
static const struct nf_cli_screen comware_neighbors[] = {
    {"display lldp neighbor-information verbose",
     "display lldp neighbor-information", nf_cli_read_neighbors, true},
    {0},
};
static const struct nf_cli_screen find[] = {
    {"display mac-address $", NULL, nf_cli_read_macs, true},
    {0},
};
static const struct nf_cli_screen comware_vlans[] = {
    {"display vlan", NULL, nf_cli_read_vlans, true},
    {0},
};

static const char *const vrp_unpaged[] = {"screen-length 0 temporary",
                                          "screen-width 512", NULL};
static const char *const comware_unpaged[] = {"screen-length disable", NULL};

const struct nf_cli_dialect nf_cli_vrp = {
    .name = "vrp",
    .unpaged = vrp_unpaged,
    .mac_mark = '-',
    .save = "save",
    .saved = {"successfully", "success", NULL},
    .leave = "return",
    .screens = {vrp_ports, vrp_port, find, vrp_neighbors, vrp_vlans},
    .change = change_vrp,
};

const struct nf_cli_dialect nf_cli_comware = {
    .name = "comware",
    .unpaged = comware_unpaged,
    .mac_mark = '-',
    .save = "save force",
    .saved = {"successfully", "success", NULL},
    .leave = "return",
    .screens = {comware_ports, comware_port, find, comware_neighbors,
                comware_vlans},
    .change = change_comware,
};
/* clang-format on */
