/* Cisco IOS and IOS-XE, and NX-OS, which speaks nearly as they do. */
#include "port/cli_config.h"

/* "1-5,10", "add 7", "except 9", "none", "all". */
static void
take_allowed(struct nf_cli_section *section, struct nf_text rest)
{
    struct nf_text list = rest, word = nf_cli_word(&list);
    struct nf_vlans all = {{0}}, vlans;
    bool is_add = nf_text_equal(word, NF_TEXT("add"));
    bool is_except = nf_text_equal(word, NF_TEXT("except"));

    if (!nf_cli_vlans(is_add || is_except ? list : rest, &vlans)) {
        return;
    }
    if (is_add) {
        for (size_t i = 0; i < 64; i++) {
            section->allowed.bits[i] |= vlans.bits[i];
        }
        return;
    }
    nf_vlans_add(&all, 1, NF_VLAN_MAX);
    section->allowed = is_except ? nf_cli_without(&all, &vlans) : vlans;
}

static void
take_group(struct nf_cli_section *section, struct nf_text rest)
{
    struct nf_text number = nf_cli_word(&rest);
    struct nf_out out = nf_out(section->port->lag, NF_PORT_NAME - 1);
    uint64_t group;

    if (nf_text_number(number, 65535, &group)) {
        memset(section->port->lag, 0, NF_PORT_NAME);
        nf_out_puts(&out, "Po");
        nf_out_put(&out, number);
    }
}

static const struct nf_cli_rule rules[] = {
    {"description", nf_cli_take_description},
    {"switchport mode access", nf_cli_take_access},
    {"switchport mode trunk", nf_cli_take_trunk},
    {"switchport mode", nf_cli_take_other},
    {"switchport access vlan", nf_cli_take_access_vlan},
    {"switchport trunk native vlan", nf_cli_take_native},
    {"switchport trunk allowed vlan", take_allowed},
    {"no switchport", nf_cli_take_routed},
    {"channel-group", take_group},
    {"shutdown", nf_cli_take_down},
    {"no shutdown", nf_cli_take_up},
    {NULL, NULL},
};

static void
read_ios(struct nf_text screen, struct nf_cli_facts *facts)
{
    nf_cli_read_config(
        screen, facts, rules,
        (struct nf_cli_defaults){.mode = NF_PORT_OTHER, .allows_all = true});
}

static void
read_nxos(struct nf_text screen, struct nf_cli_facts *facts)
{
    nf_cli_read_config(screen, facts, rules,
                       (struct nf_cli_defaults){.mode = NF_PORT_ACCESS,
                                                .allows_all = true,
                                                .shows_vlans = true});
}

static void
change(const char *port, const struct nf_port_config *is,
       const struct nf_port_config *wanted, struct nf_out *out)
{
    nf_out_printf(out, "configure terminal\ninterface %s\n", port);
    nf_cli_change_switchport(is, wanted, out);
}

/* clang-format off */
static const struct nf_cli_screen ios_ports[] = {
    {"show interfaces status", NULL, nf_cli_read_status, true},
    {"show running-config", NULL, read_ios, true},
    {"show etherchannel summary", NULL, nf_cli_read_lags, false},
    {"show mac address-table", "show mac-address-table", nf_cli_read_macs,
     false},
    {"show lldp neighbors detail", NULL, nf_cli_read_neighbors, false},
    {"show spanning-tree", NULL, nf_cli_read_spanning, false},
    {0},
};
static const struct nf_cli_screen ios_port[] = {
    {"show interfaces status", NULL, nf_cli_read_status, true},
    {"show running-config interface $", NULL, read_ios, true},
    {"show mac address-table", "show mac-address-table", nf_cli_read_macs,
     false},
    {"show lldp neighbors detail", NULL, nf_cli_read_neighbors, false},
    {"show spanning-tree interface $", NULL, nf_cli_read_spanning, false},
    {0},
};
static const struct nf_cli_screen nxos_ports[] = {
    {"show interface status", NULL, nf_cli_read_status, true},
    {"show running-config", NULL, read_nxos, true},
    {"show port-channel summary", NULL, nf_cli_read_lags, false},
    {"show mac address-table", NULL, nf_cli_read_macs, false},
    {"show lldp neighbors detail", NULL, nf_cli_read_neighbors, false},
    {"show spanning-tree", NULL, nf_cli_read_spanning, false},
    {0},
};
static const struct nf_cli_screen nxos_port[] = {
    {"show interface status", NULL, nf_cli_read_status, true},
    {"show running-config interface $", NULL, read_nxos, true},
    {"show mac address-table", NULL, nf_cli_read_macs, false},
    {"show lldp neighbors detail", NULL, nf_cli_read_neighbors, false},
    {"show spanning-tree interface $", NULL, nf_cli_read_spanning, false},
    {0},
};
static const struct nf_cli_screen find[] = {
    {"show mac address-table address $", "show mac-address-table address $",
     nf_cli_read_macs, true},
    {0},
};
static const struct nf_cli_screen neighbors[] = {
    {"show lldp neighbors detail", NULL, nf_cli_read_neighbors, true},
    {0},
};
static const struct nf_cli_screen vlans[] = {
    {"show vlan brief", "show vlan", nf_cli_read_vlans, true},
    {0},
};

static const char *const ios_unpaged[] = {"terminal length 0",
                                          "terminal width 511", NULL};

const struct nf_cli_dialect nf_cli_ios = {
    .name = "ios",
    .enable = "enable",
    .unpaged = ios_unpaged,
    .mac_mark = '.',
    .save = "write memory",
    .saved = {"[OK]", "copied", NULL},
    .leave = "end",
    .screens = {ios_ports, ios_port, find, neighbors, vlans},
    .change = change,
};

const struct nf_cli_dialect nf_cli_nxos = {
    .name = "nxos",
    .unpaged = ios_unpaged,
    .mac_mark = '.',
    .save = "copy running-config startup-config",
    .saved = {"Copy complete", "100%", NULL},
    .leave = "end",
    .screens = {nxos_ports, nxos_port, find, neighbors, vlans},
    .change = change,
};
/* clang-format on */
