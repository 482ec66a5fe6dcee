#include <stdlib.h>

#include "port/snmp_switch.h"

struct nf_snmp_switch *
nf_snmp_new(void)
{
    return calloc(1, sizeof(struct nf_snmp_switch));
}

void
nf_snmp_free(struct nf_snmp_switch *sw)
{
    if (sw != NULL) {
        free(sw->interfaces);
        free(sw->learnt);
        free(sw->pvids);
        free(sw->stations);
        free(sw->neighbors);
        free(sw->ports);
        free(sw);
    }
}

void
nf_snmp_vendor(struct nf_snmp_switch *sw, const uint32_t *oid, size_t n)
{
    static const uint32_t enterprises[] = {1, 3, 6, 1, 4, 1};

    if (n > 6 && memcmp(oid, enterprises, sizeof(enterprises)) == 0) {
        sw->vendor = oid[6];
    }
}

bool
nf_snmp_make_room(struct nf_snmp_switch *sw, void **rows, size_t size, size_t n,
                  size_t *room, size_t max, const char *what)
{
    size_t more = *room == 0 ? 64 : *room * 2;

    if (n < *room) {
        return true;
    }
    if (n >= max) {
        sw->excess = what;
        return false;
    }
    void *grown = realloc(*rows, (more > max ? max : more) * size);
    if (grown == NULL) {
        sw->is_out_of_memory = true;
        return false;
    }
    *rows = grown;
    *room = more > max ? max : more;
    return true;
}

/* --- interfaces --------------------------------------------------------------
 */

/* Where the interface of this index is, or would be. */
static size_t
place(const struct nf_snmp_switch *sw, uint32_t index)
{
    size_t at = (index * 2654435761u) >> 17;

    while (sw->by_index[at] != 0
           && nf_snmp_at(sw, sw->by_index[at])->index != index)
    {
        at = (at + 1) % NF_SNMP_INDEX_ROOM;
    }
    return at;
}

uint32_t
nf_snmp_by_index(const struct nf_snmp_switch *sw, int64_t index)
{
    return index <= 0 || index > UINT32_MAX
               ? 0
               : sw->by_index[place(sw, (uint32_t) index)];
}

uint32_t
nf_snmp_add_interface(struct nf_snmp_switch *sw, uint32_t index)
{
    size_t at = place(sw, index);

    if (index == 0 || sw->by_index[at] != 0) {
        return index == 0 ? 0 : sw->by_index[at];
    }
    if (!nf_snmp_make_room(sw, (void **) &sw->interfaces,
                           sizeof(*sw->interfaces), sw->interfaces_n,
                           &sw->interfaces_room, NF_SNMP_INTERFACES,
                           "interfaces"))
    {
        return 0;
    }
    sw->interfaces[sw->interfaces_n] =
        (struct nf_snmp_interface){.index = index};
    sw->by_index[at] = (uint16_t) ++sw->interfaces_n;
    return sw->by_index[at];
}

uint32_t
nf_snmp_by_bridge_port(const struct nf_snmp_switch *sw, int64_t port)
{
    if (port <= 0 || port > UINT32_MAX) {
        return 0;
    }
    if (port <= NF_SNMP_BRIDGE_PORT_MAX && sw->bridge[port] != 0) {
        return sw->bridge[port];
    }
    /* One that does not say is taken to number them as interfaces. */
    return sw->is_renumbered ? 0 : nf_snmp_by_index(sw, port);
}

static bool
is_called(const char *called, struct nf_text name)
{
    size_t len = strlen(called);

    return len > 0 && name.len > 0 && called[len - 1] == name.data[name.len - 1]
           && nf_port_is_named((struct nf_text){called, len}, name);
}

uint32_t
nf_snmp_by_name(const struct nf_snmp_switch *sw, struct nf_text name)
{
    uint32_t found = 0;

    for (uint32_t slot = 1; slot <= sw->interfaces_n; slot++) {
        const struct nf_snmp_interface *interface = nf_snmp_at(sw, slot);
        if (nf_text_equal(nf_text(interface->name), name)) {
            return slot;
        }
        if (found == 0
            && (is_called(interface->name, name)
                || is_called(interface->descr, name)))
        {
            found = slot;
        }
    }
    return found;
}

struct nf_text
nf_snmp_words(const struct nf_snmp_row *row)
{
    struct nf_text words = row->octets;

    while (words.len > 0 && words.data[words.len - 1] == '\0') {
        words.len--;
    }
    return words;
}

/* --- PVIDs -------------------------------------------------------------------
 */

/* Whether dot1qPvid's index can be none but ifIndex, whatever the MIB says. */
static bool
is_pvid_by_index(const struct nf_snmp_switch *sw)
{
    bool is_bridge_port = true;

    for (size_t i = 0; i < sw->pvids_n; i++) {
        uint32_t port = sw->pvids[i].port;
        const struct nf_snmp_interface *interface =
            nf_snmp_at(sw, nf_snmp_by_index(sw, port));
        if (interface == NULL || interface->bridge_port == 0) {
            return false;
        }
        is_bridge_port &= nf_snmp_by_bridge_port(sw, port) != 0;
    }
    return !is_bridge_port;
}

void
nf_snmp_place_pvids(struct nf_snmp_switch *sw)
{
    sw->is_pvid_by_index = is_pvid_by_index(sw);
    for (size_t i = 0; i < sw->pvids_n; i++) {
        uint32_t port = sw->pvids[i].port;
        uint32_t slot = sw->is_pvid_by_index ? nf_snmp_by_index(sw, port)
                                             : nf_snmp_by_bridge_port(sw, port);
        if (slot != 0) {
            nf_snmp_at(sw, slot)->pvid = sw->pvids[i].vlan;
        }
    }
}

/* --- port lists --------------------------------------------------------------
 */

bool
nf_snmp_is_text_list(struct nf_text list)
{
    return nf_text_has_only(list, "0123456789, ");
}

static void
each_of_text(struct nf_snmp_switch *sw, struct nf_text list,
             void (*take)(struct nf_snmp_interface *, unsigned), unsigned vlan)
{
    while (list.data != NULL) {
        struct nf_text word = nf_text_cut(&list, ',');
        uint64_t port;
        if (nf_text_number(word, NF_SNMP_BRIDGE_PORT_MAX, &port)) {
            uint32_t slot = nf_snmp_by_bridge_port(sw, (int64_t) port);
            if (slot != 0) {
                take(nf_snmp_at(sw, slot), vlan);
            }
        }
    }
}

/* How many bytes of a list are one: in recordings of walks that were printed,
 * 16 bytes are followed by lines of hex digits that stand for the rest. */
static size_t
true_length(struct nf_text list)
{
    struct nf_text rest = {list.data + 16, list.len - 16};
    size_t max = list.len < NF_SNMP_MAP ? list.len : NF_SNMP_MAP;

    return list.len > 19 && rest.data[0] == '\n' && rest.data[3] == ' '
                   && nf_text_has_only(rest, "0123456789abcdefABCDEF \n")
               ? 16
               : max;
}

void
nf_snmp_each_port(struct nf_snmp_switch *sw, struct nf_text list,
                  void (*take)(struct nf_snmp_interface *, unsigned),
                  unsigned vlan)
{
    size_t len;

    if (sw->vendor == NF_SNMP_JUNIPER && nf_snmp_is_text_list(list)) {
        each_of_text(sw, list, take, vlan);
        return;
    }
    len = true_length(list);
    for (size_t i = 0; i < len * 8; i++) {
        uint32_t slot;
        if ((list.data[i / 8] >> (7 - i % 8) & 1) != 0
            && (slot = nf_snmp_by_bridge_port(sw, (int64_t) i + 1)) != 0)
        {
            take(nf_snmp_at(sw, slot), vlan);
        }
    }
}
