#include <stdio.h>
#include <stdlib.h>

#include "port/snmp_switch.h"

/* --- one port ----------------------------------------------------------------
 */

/* ifAdminStatus and ifOperStatus; what is tested or not known is not told. */
static enum nf_port_state
state_of(uint32_t status)
{
    return status == 1                                 ? NF_PORT_UP
           : status == 0 || status == 3 || status == 4 ? NF_PORT_UNTOLD
                                                       : NF_PORT_DOWN;
}

/* dot1dStpPortState; "disabled" is said of ports without a spanning tree too.
 */
static enum nf_port_state
forwarding_of(uint32_t spanning)
{
    return spanning == 5                    ? NF_PORT_UP
           : spanning >= 2 && spanning <= 6 ? NF_PORT_DOWN
                                            : NF_PORT_UNTOLD;
}

static void
intersect(struct nf_vlans *of, const struct nf_vlans *with, bool is_without)
{
    for (size_t i = 0; i < 64; i++) {
        of->bits[i] &= is_without ? ~with->bits[i] : with->bits[i];
    }
}

/* By Q-BRIDGE-MIB: what leaves with a tag and without, and where to what comes
 * without one belongs. */
static void
by_lists(const struct nf_snmp_interface *interface,
         struct nf_port_config *config)
{
    bool is_fixed = nf_vlans_count(&interface->fixed) > 0;
    struct nf_vlans all = is_fixed ? interface->fixed : interface->live;
    struct nf_vlans bare =
        is_fixed ? interface->fixed_bare : interface->live_bare;
    unsigned bare_n;

    intersect(&bare, &all, false);
    intersect(&all, &bare, true);
    bare_n = nf_vlans_count(&bare);
    config->tagged = all;
    config->vlan = interface->pvid;
    if (config->vlan == 0 && bare_n == 1) {
        while (!nf_vlans_has(&bare, config->vlan)) {
            config->vlan++;
        }
    }
    if (nf_vlans_count(&all) > 0 && bare_n == 0) {
        config->mode = NF_PORT_TRUNK;
        config->vlan = 0;
    } else if (bare_n == 1 && nf_vlans_has(&bare, config->vlan)) {
        config->mode =
            nf_vlans_count(&all) > 0 ? NF_PORT_TRUNK : NF_PORT_ACCESS;
    }
}

static bool
is_cisco_port(const struct nf_snmp_interface *interface)
{
    return (interface->vm_vlan | interface->wish | interface->status
            | interface->wire)
           != 0;
}

/* vlanTrunkPortDynamicState: on, off, desirable, auto, onNoNegotiate; where it
 * is not told, what became of it: trunking, or isl or dot1Q on the wire. */
static enum nf_port_mode
cisco_mode(const struct nf_snmp_interface *interface)
{
    bool is_trunk = interface->status == 1
                    || (interface->status == 0
                        && (interface->wire == 1 || interface->wire == 4));

    switch (interface->wish) {
    case 1:
    case 5:
        return NF_PORT_TRUNK;
    case 2:
        return interface->vm_vlan != 0 ? NF_PORT_ACCESS : NF_PORT_OTHER;
    case 0:
        return is_trunk                  ? NF_PORT_TRUNK
               : interface->vm_vlan != 0 ? NF_PORT_ACCESS
                                         : NF_PORT_OTHER;
    default:
        return NF_PORT_OTHER;
    }
}

static void
by_cisco(const struct nf_snmp_interface *interface,
         struct nf_port_config *config)
{
    uint32_t vlan;

    config->mode = cisco_mode(interface);
    vlan =
        config->mode == NF_PORT_TRUNK ? interface->native : interface->vm_vlan;
    config->vlan = vlan <= NF_VLAN_MAX ? vlan : 0;
    if (config->mode == NF_PORT_TRUNK) {
        config->tagged = interface->enabled;
        nf_vlans_remove(&config->tagged, config->vlan);
    }
}

static void
put_name(const struct nf_snmp_interface *interface, char name[NF_PORT_NAME])
{
    const char *said =
        interface->name[0] != '\0' ? interface->name : interface->descr;

    if (said[0] != '\0') {
        snprintf(name, NF_PORT_NAME, "%s", said);
    } else {
        snprintf(name, NF_PORT_NAME, "port %u", (unsigned) interface->index);
    }
}

/* The aggregate that it is in, as the LAG-MIB says or how it is stacked; on
 * some, one that is alone is an aggregate of itself. */
static uint32_t
aggregate_of(const struct nf_snmp_switch *sw,
             const struct nf_snmp_interface *interface)
{
    const uint32_t said[] = {
        nf_snmp_by_index(sw, interface->attached),
        nf_snmp_by_index(sw, interface->selected),
        interface->above,
    };

    for (size_t i = 0; i < 3; i++) {
        const struct nf_snmp_interface *over = nf_snmp_at(sw, said[i]);
        if (over != NULL && over->whole != 0) {
            over = nf_snmp_at(sw, over->whole);
        }
        if (over != NULL && over != interface && over->type == 161) {
            return (uint32_t) (over - sw->interfaces) + 1;
        }
    }
    return 0;
}

void
nf_snmp_describe(const struct nf_snmp_switch *sw,
                 const struct nf_snmp_interface *interface,
                 struct nf_port *port)
{
    const struct nf_snmp_interface *over =
        nf_snmp_at(sw, aggregate_of(sw, interface));

    *port = (struct nf_port){
        .index = interface->index,
        .link = state_of(interface->oper),
        .forwards = forwarding_of(interface->spanning),
        .mbps = interface->mbps,
        .config = {.admin = state_of(interface->admin)},
    };
    put_name(interface, port->name);
    snprintf(port->config.description, sizeof(port->config.description), "%s",
             interface->alias);
    if (is_cisco_port(interface)) {
        by_cisco(interface, &port->config);
    } else {
        by_lists(interface, &port->config);
    }
    if (over != NULL) {
        put_name(over, port->lag);
    }
}

/* --- which are ports ---------------------------------------------------------
 */

/* Ethernet under its four numbers, and aggregates (ieee8023adLag). */
static bool
is_port(const struct nf_snmp_interface *interface)
{
    static const uint32_t types[] = {6, 62, 69, 117, 161};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (interface->type == types[i]) {
            return true;
        }
    }
    return interface->bridge_port != 0;
}

/* What is said of a unit of a port, "xe-0/0/0.0", is said of the port. */
static void
join(struct nf_snmp_switch *sw, struct nf_snmp_interface *unit, uint32_t slot)
{
    struct nf_snmp_interface *whole = nf_snmp_at(sw, slot);

    unit->whole = slot;
    if (whole->bridge_port == 0 && unit->bridge_port != 0) {
        whole->bridge_port = unit->bridge_port;
        whole->pvid = unit->pvid;
        whole->fixed = unit->fixed;
        whole->fixed_bare = unit->fixed_bare;
        whole->live = unit->live;
        whole->live_bare = unit->live_bare;
        whole->spanning = unit->spanning;
    }
    if (whole->above == 0) {
        whole->above = unit->above;
    }
}

static void
join_units(struct nf_snmp_switch *sw)
{
    for (size_t i = 0; i < sw->interfaces_n; i++) {
        struct nf_snmp_interface *unit = &sw->interfaces[i];
        struct nf_text name = nf_text(unit->name);
        if (!nf_text_ends(name, NF_TEXT(".0"))) {
            continue;
        }
        name.len -= 2;
        for (size_t k = 0; k < sw->interfaces_n; k++) {
            if (nf_text_equal(nf_text(sw->interfaces[k].name), name)) {
                join(sw, unit, (uint32_t) k + 1);
                break;
            }
        }
    }
}

static void
list_ports(struct nf_snmp_switch *sw)
{
    size_t n = 0;

    for (size_t i = 0; i < sw->interfaces_n; i++) {
        struct nf_snmp_interface *interface = &sw->interfaces[i];
        bool is_one = interface->whole == 0 && is_port(interface);
        interface->port = is_one ? (uint32_t) ++n : 0;
    }
    if (n > NF_PORTS_MAX) {
        sw->excess = "ports";
        return;
    }
    sw->ports = calloc(n == 0 ? 1 : n, sizeof(*sw->ports));
    if (sw->ports == NULL) {
        sw->is_out_of_memory = true;
        return;
    }
    sw->ports_n = n;
    for (size_t i = 0; i < sw->interfaces_n; i++) {
        struct nf_snmp_interface *interface = &sw->interfaces[i];
        if (interface->port != 0) {
            nf_snmp_describe(sw, interface, &sw->ports[interface->port - 1]);
        } else if (interface->whole != 0) {
            interface->port = nf_snmp_at(sw, interface->whole)->port;
        }
    }
}

/* --- addresses ---------------------------------------------------------------
 */

static int
compare_fids(const void *a, const void *b)
{
    const struct nf_snmp_fid *x = a, *y = b;

    return x->fid != y->fid ? (x->fid > y->fid) - (x->fid < y->fid)
                            : (x->vlan > y->vlan) - (x->vlan < y->vlan);
}

/* Whether the port may have learnt something in this VLAN. */
static bool
is_in(const struct nf_snmp_switch *sw, uint32_t slot, uint32_t vlan)
{
    const struct nf_snmp_interface *at = nf_snmp_at(sw, slot);

    return at != NULL && at->port != 0
           && (sw->ports[at->port - 1].config.vlan == vlan
               || nf_vlans_has(&sw->ports[at->port - 1].config.tagged, vlan));
}

/* Of a filtering database that several VLANs share, the only one of them that
 * the port is in; 0: there are more, or none. */
static unsigned
only_vlan(const struct nf_snmp_switch *sw, size_t first, uint32_t slot)
{
    unsigned found = 0;

    for (size_t i = first;
         i < sw->fids_n && sw->fids[i].fid == sw->fids[first].fid; i++)
    {
        uint32_t vlan = sw->fids[i].vlan;
        if (vlan != found && is_in(sw, slot, vlan)) {
            if (found != 0) {
                return 0;
            }
            found = vlan;
        }
    }
    return found;
}

/* Where no table says, the database's number is the VLAN's, if there is one. */
static unsigned
vlan_of_fid(const struct nf_snmp_switch *sw, uint32_t fid, uint32_t slot)
{
    size_t low = 0, high = sw->fids_n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sw->fids[middle].fid < fid) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < sw->fids_n && sw->fids[low].fid == fid) {
        bool is_shared = low + 1 < sw->fids_n && sw->fids[low + 1].fid == fid
                         && sw->fids[low + 1].vlan != sw->fids[low].vlan;
        return is_shared ? only_vlan(sw, low, slot) : sw->fids[low].vlan;
    }
    return sw->fids_n == 0 && nf_vlans_has(&sw->vlans, fid) ? fid : 0;
}

/* By address, then port, the one with a VLAN before that without. */
static int
compare_learnt(const void *a, const void *b)
{
    const struct nf_snmp_learnt *x = a, *y = b;
    int order = memcmp(x->mac.b, y->mac.b, sizeof(x->mac.b));

    return order != 0           ? order
           : x->slot != y->slot ? (x->slot > y->slot) - (x->slot < y->slot)
                                : (y->vlan > x->vlan) - (y->vlan < x->vlan);
}

/* One that was read in its VLAN's view too is not told without it. */
static void
count_learnt(struct nf_snmp_switch *sw)
{
    const struct nf_snmp_learnt *before = NULL;
    size_t n = 0;

    for (size_t i = 0; i < sw->learnt_n; i++) {
        struct nf_snmp_learnt learnt = sw->learnt[i];
        bool is_same = before != NULL && before->slot == learnt.slot
                       && nf_mac_equal(before->mac, learnt.mac);
        const struct nf_snmp_interface *at = nf_snmp_at(sw, learnt.slot);
        if (is_same && (learnt.vlan == 0 || learnt.vlan == before->vlan)) {
            continue;
        }
        if (!is_same && at != NULL && at->port != 0) {
            sw->ports[at->port - 1].macs++;
        }
        sw->learnt[n] = learnt;
        before = &sw->learnt[n++];
    }
    sw->learnt_n = n;
}

static void
place_learnt(struct nf_snmp_switch *sw)
{
    qsort(sw->fids, sw->fids_n, sizeof(sw->fids[0]), compare_fids);
    for (size_t i = 0; i < sw->learnt_n; i++) {
        if (sw->learnt[i].vlan == 0) {
            sw->learnt[i].vlan = (uint16_t) vlan_of_fid(sw, sw->learnt[i].fid,
                                                        sw->learnt[i].slot);
        }
    }
    if (sw->learnt_n > 0) {
        qsort(sw->learnt, sw->learnt_n, sizeof(sw->learnt[0]), compare_learnt);
    }
    count_learnt(sw);
}

/* --- the whole ---------------------------------------------------------------
 */

nf_error_t
nf_snmp_finish(struct nf_snmp_switch *sw, struct nf_fault *fault)
{
    if (sw->vendor == NF_SNMP_JUNIPER) {
        join_units(sw);
    }
    if (sw->excess == NULL) {
        list_ports(sw);
    }
    if (sw->is_out_of_memory) {
        return NF_NO_MEMORY;
    }
    if (sw->excess != NULL) {
        (void) nf_refuse(fault, "", "the switch has too many %s", sw->excess);
        return NF_TOO_LARGE;
    }
    place_learnt(sw);
    nf_snmp_place_neighbors(sw);
    return NF_OK;
}

const struct nf_port *
nf_snmp_ports(const struct nf_snmp_switch *sw, size_t *n)
{
    *n = sw->ports_n;
    return sw->ports;
}

bool
nf_snmp_mac(const struct nf_snmp_switch *sw, size_t i, struct nf_port_mac *mac)
{
    const struct nf_snmp_interface *at;

    if (i >= sw->learnt_n) {
        return false;
    }
    *mac = (struct nf_port_mac){.mac = sw->learnt[i].mac,
                                .vlan = sw->learnt[i].vlan};
    at = nf_snmp_at(sw, sw->learnt[i].slot);
    if (at != NULL) {
        put_name(at->whole != 0 ? nf_snmp_at(sw, at->whole) : at, mac->port);
    }
    return true;
}

const struct nf_vlans *
nf_snmp_vlans(const struct nf_snmp_switch *sw)
{
    return &sw->vlans;
}
