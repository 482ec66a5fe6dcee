#include <stdio.h>

#include "port/snmp_switch.h"

/* The local port's number is ifIndex on some switches, that of the bridge on
 * others, and one of its own on the rest: its id or its description says. */

static struct nf_snmp_station *
station(struct nf_snmp_switch *sw, uint32_t number)
{
    struct nf_snmp_station *last;

    for (size_t i = sw->stations_n; i > 0; i--) {
        if (sw->stations[i - 1].number == number) {
            return &sw->stations[i - 1];
        }
    }
    if (!nf_snmp_make_room(sw, (void **) &sw->stations, sizeof(*sw->stations),
                           sw->stations_n, &sw->stations_room, NF_SNMP_STATIONS,
                           "ports with LLDP"))
    {
        return NULL;
    }
    last = &sw->stations[sw->stations_n++];
    *last = (struct nf_snmp_station){.number = number};
    return last;
}

void
nf_snmp_take_local_id(struct nf_snmp_switch *sw, uint32_t number,
                      const struct nf_snmp_row *row)
{
    struct nf_snmp_station *local = station(sw, number);
    uint64_t index;

    if (local == NULL) {
        return;
    }
    local->by_id = nf_snmp_by_name(sw, nf_snmp_words(row));
    if (nf_text_number(nf_snmp_words(row), UINT32_MAX, &index)) {
        local->by_index = nf_snmp_by_index(sw, (int64_t) index);
    }
}

void
nf_snmp_take_local_descr(struct nf_snmp_switch *sw, uint32_t number,
                         const struct nf_snmp_row *row)
{
    struct nf_snmp_station *local = station(sw, number);

    if (local != NULL) {
        local->by_descr = nf_snmp_by_name(sw, nf_snmp_words(row));
    }
}

struct nf_snmp_neighbor *
nf_snmp_neighbor(struct nf_snmp_switch *sw, uint32_t number, uint32_t remote)
{
    struct nf_snmp_neighbor *last;

    for (size_t i = 0; i < sw->neighbors_n; i++) {
        if (sw->neighbors[i].number == number
            && sw->neighbors[i].remote == remote) {
            return &sw->neighbors[i];
        }
    }
    if (!nf_snmp_make_room(sw, (void **) &sw->neighbors, sizeof(*sw->neighbors),
                           sw->neighbors_n, &sw->neighbors_room,
                           NF_SNMP_STATIONS, "neighbors"))
    {
        return NULL;
    }
    last = &sw->neighbors[sw->neighbors_n++];
    *last = (struct nf_snmp_neighbor){.number = number, .remote = remote};
    return last;
}

void
nf_snmp_take_chassis(struct nf_snmp_neighbor *neighbor,
                     const struct nf_snmp_row *row)
{
    struct nf_text id = nf_snmp_words(row);
    nf_mac_t mac;

    if (row->octets.len == sizeof(mac.b) && !nf_text_is_printable(id)) {
        memcpy(mac.b, row->octets.data, sizeof(mac.b));
        nf_mac_format_divided(mac, ':', neighbor->chassis);
    } else {
        nf_text_copy_words(neighbor->chassis, sizeof(neighbor->chassis), id);
    }
}

/* BITS { other, repeater, bridge, wlanAccessPoint, router, ... }; some tell it
 * as text, its bytes in hex first. */
void
nf_snmp_take_abilities(struct nf_snmp_neighbor *neighbor,
                       const struct nf_snmp_row *row)
{
    struct nf_text bits = row->octets;
    struct nf_text first = {bits.data, 2};
    uint64_t byte = bits.len > 0 ? (unsigned char) bits.data[0] : 0;

    if (bits.len > 3 && bits.data[2] == ' ') {
        (void) nf_text_hex(first, &byte);
    }
    neighbor->is_bridge = (byte & (0x20 | 0x08)) != 0;
}

static uint32_t
place_of(const struct nf_snmp_switch *sw, uint32_t number)
{
    for (size_t i = 0; i < sw->stations_n; i++) {
        const struct nf_snmp_station *local = &sw->stations[i];
        if (local->number == number
            && (local->by_id | local->by_descr | local->by_index) != 0)
        {
            return local->by_id != 0      ? local->by_id
                   : local->by_descr != 0 ? local->by_descr
                                          : local->by_index;
        }
    }
    uint32_t slot = nf_snmp_by_index(sw, number);
    return slot != 0 && nf_snmp_at(sw, slot)->port != 0
               ? slot
               : nf_snmp_by_bridge_port(sw, number);
}

void
nf_snmp_place_neighbors(struct nf_snmp_switch *sw)
{
    for (size_t i = 0; i < sw->neighbors_n; i++) {
        const struct nf_snmp_neighbor *neighbor = &sw->neighbors[i];
        const struct nf_snmp_interface *interface =
            nf_snmp_at(sw, place_of(sw, neighbor->number));
        if (interface == NULL || interface->port == 0) {
            continue;
        }
        struct nf_port *port = &sw->ports[interface->port - 1];
        /* Of several, a bridge is the one to know of. */
        if (port->neighbor[0] == '\0'
            || (neighbor->is_bridge && !port->is_bridge_behind))
        {
            snprintf(port->neighbor, sizeof(port->neighbor), "%s",
                     neighbor->name[0] != '\0' ? neighbor->name
                                               : neighbor->chassis);
        }
        port->is_bridge_behind |= neighbor->is_bridge;
    }
}
