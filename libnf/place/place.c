#include "place/place.h"

#include <stdio.h>
#include <strings.h>

#include "port/operation.h"
#include "store/devices.h"
#include "store/hardware.h"
#include "store/links.h"
#include "store/nodes.h"
#include "store/ports.h"
#include "json/tree.h"

enum {
    SIGHTS = 2 * NF_PORT_SIGHTINGS, /* of all cards of a node */
};

static_assert((int) NF_SEEN_ADDRESSES == (int) NF_PORT_ADDRESSES
                  && (int) NF_SEEN_JSON_MAX == (int) NF_PORT_JSON_MAX
                  && (int) NF_PORT_NAME == (int) NF_LINK_PORT,
              "what is read can be stored");

#define COPY(to, from) snprintf(to, sizeof(to), "%s", from)

/* --- a port by its name ------------------------------------------------------
 */

static bool
read_port(struct nf_read *r, struct nf_text json, struct nf_port_seen *seen)
{
    struct nf_fault ignored;

    if (nf_port_seen_read(json, seen, &ignored) == NF_OK) {
        return true;
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

/* As somebody else calls it. */
static bool
find_port(struct nf_read *r, const char *device, const char *name,
          char port[static NF_LINK_PORT], struct nf_text *json)
{
    COPY(*(char(*)[NF_LINK_PORT]) port, name);
    if (nf_ports_get(r, device, name, json)) {
        return true;
    }
    port[0] = '\0';
    while (nf_ports_next(r, device, port, json)) {
        if (nf_port_is_named(nf_text(port), nf_text(name))) {
            return true;
        }
    }
    return false;
}

bool
nf_place_port(struct nf_read *r, const char *device, const char *port,
              struct nf_port_seen *seen)
{
    char name[NF_LINK_PORT];
    struct nf_text json;

    return find_port(r, device, port, name, &json) && read_port(r, json, seen);
}

/* A link to it; a port that nobody has seen is called as it is here. */
static struct nf_port_link
link_to(struct nf_read *r, nf_mac_t node, const char *device, const char *port,
        enum nf_link_way by)
{
    struct nf_port_link link = {.node = node, .by = (uint8_t) by};
    char name[NF_LINK_PORT];
    struct nf_text json;

    COPY(link.device, device);
    COPY(link.port, find_port(r, device, port, name, &json) ? name : port);
    return link;
}

/* --- candidates --------------------------------------------------------------
 */

/* Ports that may be the machine's own, each once. */
struct choice {
    size_t n;
    struct nf_port_link links[SIGHTS];
    nf_time_t last[SIGHTS];
};

static void
add(struct choice *choice, const struct nf_port_link *link, nf_time_t last)
{
    for (size_t i = 0; i < choice->n; i++) {
        if (strcmp(choice->links[i].device, link->device) == 0
            && strcmp(choice->links[i].port, link->port) == 0)
        {
            choice->last[i] = last > choice->last[i] ? last : choice->last[i];
            return;
        }
    }
    if (choice->n < SIGHTS) {
        choice->last[choice->n] = last;
        choice->links[choice->n++] = *link;
    }
}

static enum nf_place
settle(const struct choice *choice, struct nf_port_link *link,
       struct nf_out *words)
{
    const struct nf_port_link *a = &choice->links[0], *b = &choice->links[1];

    if (choice->n == 1) {
        *link = *a;
        return NF_PLACE_FOUND;
    }
    nf_out_printf(words,
                  "two ports can be the machine's own: %s of %s and %s of %s",
                  a->port, a->device, b->port, b->device);
    return NF_PLACE_TWO;
}

/* --- LLDP --------------------------------------------------------------------
 */

/* What a switch calls itself is its host name, with a domain or without. */
static bool
is_device(const struct nf_managed_device *device, struct nf_text name)
{
    struct nf_text ours = nf_text(device->name);
    struct nf_text a = nf_text_cut(&ours, '.'), b = nf_text_cut(&name, '.');

    return a.len == b.len && a.len > 0
           && strncasecmp(a.data, b.data, a.len) == 0;
}

static bool
find_switch(struct nf_read *r, struct nf_text name,
            struct nf_managed_device *device)
{
    NF_SCAN(scan, r, NF_DEVICES);
    bool has = nf_devices_list(&scan, device);

    while (has && !(nf_managed_is_switch(device) && is_device(device, name))) {
        has = nf_devices_list_next(&scan, device);
    }
    return has;
}

/* The port's name comes in one of two members; of a switch that was scanned it
 * is one of its ports, or it is none. */
static bool
find_lldp_port(struct nf_read *r, const char *device,
               const struct nf_value *lldp, char port[static NF_LINK_PORT])
{
    static const char *const names[] = {"port", "port_description"};
    char said[NF_LINK_PORT], any[NF_LINK_PORT] = "";
    struct nf_text json;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (nf_text_copy(said, sizeof(said),
                         nf_value_member_text(lldp, names[i]))
            && said[0] != '\0' && find_port(r, device, said, port, &json))
        {
            return true;
        }
    }
    return !nf_ports_next(r, device, any, &json) && r->err == NF_OK
           && nf_text_copy(port, NF_LINK_PORT,
                           nf_value_member_text(lldp, "port"))
           && port[0] != '\0';
}

static void
add_nic(struct nf_read *r, nf_mac_t node, const struct nf_value *nic,
        struct choice *choice)
{
    const struct nf_value *lldp = nf_value_member(nic, "lldp");
    struct nf_text name = nf_value_member_text(lldp, "switch");
    struct nf_managed_device device;
    char port[NF_LINK_PORT];

    if (name.len > 0 && find_switch(r, name, &device)
        && find_lldp_port(r, device.name, lldp, port))
    {
        struct nf_port_link link =
            link_to(r, node, device.name, port, NF_LINK_BY_LLDP);
        add(choice, &link, 0);
    }
}

static bool
is_card(const struct nf_value *nic, nf_mac_t mac)
{
    nf_mac_t own;

    return nf_mac_parse(nf_value_member_text(nic, "mac"), &own)
           && nf_mac_equal(own, mac);
}

/* The card that it boots by, else any. */
static void
add_nics(struct nf_read *r, nf_mac_t node, const struct nf_value *nics,
         struct choice *choice)
{
    size_t n = nics != NULL && nics->kind == NF_VALUE_LIST ? nics->list.n : 0;

    for (size_t i = 0; i < n; i++) {
        if (is_card(&nics->list.items[i], node)) {
            add_nic(r, node, &nics->list.items[i], choice);
        }
    }
    bool is_known = choice->n > 0;
    for (size_t i = 0; i < n && !is_known; i++) {
        add_nic(r, node, &nics->list.items[i], choice);
    }
}

static void
find_by_lldp(struct nf_read *r, nf_mac_t node, struct choice *choice)
{
    struct nf_hardware hardware;
    struct nf_value tree;
    struct nf_fault ignored;
    nf_arena_t *arena = nf_arena_new();

    if (arena != NULL && nf_hardware_get(r, node, &hardware)
        && nf_json_tree(hardware.json, arena, &tree, &ignored) == NF_OK)
    {
        add_nics(r, node, nf_value_member(&tree, "nics"), choice);
    }
    nf_arena_free(arena);
}

/* --- what switches have learnt -----------------------------------------------
 */

struct sights {
    struct choice now, before;
    size_t uplinks;
    struct nf_port_sighting seen[2]; /* the first uplinks, to be named */
    char devices[2][NF_MANAGED_NAME];
    struct nf_port ports[2];
};

static void
note_uplink(struct sights *sights, const char *device,
            const struct nf_port *port)
{
    size_t i = sights->uplinks;

    if (i < 2) {
        COPY(sights->devices[i], device);
        sights->ports[i] = *port;
        sights->seen[i] =
            (struct nf_port_sighting){sights->devices[i], &sights->ports[i]};
        sights->uplinks++;
    }
}

/* Rows of a switch that is no device any more lead nowhere. */
static void
note_sight(struct nf_read *r, nf_mac_t node, const struct nf_port_sight *sight,
           struct sights *sights)
{
    struct nf_managed_device device;
    struct nf_port_seen seen;

    if (!nf_devices_get(r, sight->device, &device)
        || !nf_managed_is_switch(&device)
        || !nf_place_port(r, sight->device, sight->port, &seen))
    {
        return;
    }
    if (nf_port_uplink(&seen.port, NF_SWITCH_UPLINK_MACS) != NULL) {
        note_uplink(sights, sight->device, &seen.port);
        return;
    }
    struct nf_port_link link =
        link_to(r, node, sight->device, sight->port, NF_LINK_BY_MAC);
    add(sight->last == 0 ? &sights->now : &sights->before, &link, sight->last);
}

static void
note_sights(struct nf_read *r, nf_mac_t node, nf_mac_t card,
            struct sights *sights)
{
    struct nf_port_sight rows[NF_PORT_SIGHTINGS];
    size_t n = nf_ports_of_mac(r, card, rows, NF_PORT_SIGHTINGS);

    for (size_t i = 0; i < n; i++) {
        note_sight(r, node, &rows[i], sights);
    }
}

/* On one switch it was at one port after the other; on two there may be another
 * machine's switch between. */
static void
keep_newest(struct choice *choice)
{
    size_t newest = 0;

    for (size_t i = 1; i < choice->n; i++) {
        if (strcmp(choice->links[i].device, choice->links[0].device) != 0) {
            return;
        }
        newest = choice->last[i] > choice->last[newest] ? i : newest;
    }
    if (choice->n > 1) {
        choice->links[0] = choice->links[newest];
        choice->n = 1;
    }
}

static enum nf_place
settle_none(const struct sights *sights, nf_mac_t mac, struct nf_out *words)
{
    char text[NF_MAC_COLONS];

    if (sights->uplinks > 0) {
        (void) nf_port_find_edge(sights->seen, sights->uplinks,
                                 NF_SWITCH_UPLINK_MACS, words);
        return NF_PLACE_UPLINK;
    }
    nf_mac_format_divided(mac, ':', text);
    nf_out_printf(words, "no switch has learnt %s", text);
    return NF_PLACE_NONE;
}

/* The card that it boots by says where; its others only where no switch has
 * seen that one, for they may be at switches of their own. */
static enum nf_place
find_by_mac(struct nf_read *r, const struct nf_node *node,
            struct nf_port_link *link, struct nf_out *words)
{
    struct sights sights = {.uplinks = 0};

    note_sights(r, node->mac, node->mac, &sights);
    for (size_t i = 0; i < node->macs_n && sights.now.n + sights.before.n == 0;
         i++) {
        note_sights(r, node->mac, node->macs[i], &sights);
    }
    if (sights.now.n > 0) {
        return settle(&sights.now, link, words);
    }
    keep_newest(&sights.before);
    return sights.before.n > 0 ? settle(&sights.before, link, words)
                               : settle_none(&sights, node->mac, words);
}

/* --- in this order -----------------------------------------------------------
 */

enum nf_place
nf_place_find(struct nf_read *r, nf_mac_t mac, struct nf_port_link *link,
              struct nf_out *words)
{
    struct nf_port_link by_hand;
    struct choice choice = {.n = 0};
    struct nf_node_view view;

    if (!nf_nodes_get_owner(r, mac, &view)) {
        nf_out_puts(words, "there is no such node");
        return NF_PLACE_NONE;
    }
    if (nf_links_get(r, view.node.mac, &by_hand)) {
        *link = link_to(r, view.node.mac, by_hand.device, by_hand.port,
                        NF_LINK_BY_HAND);
        link->created_at = by_hand.created_at;
        link->revision = by_hand.revision;
        return NF_PLACE_FOUND;
    }
    find_by_lldp(r, view.node.mac, &choice);
    return choice.n > 0 ? settle(&choice, link, words)
                        : find_by_mac(r, &view.node, link, words);
}

/* --- a name that somebody gave -----------------------------------------------
 */

/* NULL: there are none, or several. */
static const char *
only_switch(struct nf_read *r, struct nf_managed_device *only)
{
    struct nf_managed_device device;
    size_t n = 0;
    NF_SCAN(scan, r, NF_DEVICES);
    bool has = nf_devices_list(&scan, &device);

    while (has && n < 2) {
        if (nf_managed_is_switch(&device)) {
            *only = device;
            n++;
        }
        has = nf_devices_list_next(&scan, &device);
    }
    return n == 1 ? only->name : NULL;
}

/* "sw1 Gi1/0/1": names of ports have blanks, too ("Eth 1/1"). */
static bool
cut_switch(struct nf_read *r, struct nf_text *name,
           struct nf_managed_device *device)
{
    struct nf_text rest = *name, first = nf_text_cut(&rest, ' ');
    char text[NF_MANAGED_NAME];

    if (rest.data == NULL || rest.len == 0
        || !nf_text_copy(text, sizeof(text), first)
        || !nf_devices_get(r, text, device) || !nf_managed_is_switch(device))
    {
        return false;
    }
    *name = rest;
    return true;
}

enum nf_place
nf_place_named(struct nf_read *r, nf_mac_t mac, struct nf_text name,
               struct nf_port_link *link, struct nf_out *words)
{
    char port[NF_LINK_PORT];
    struct nf_managed_device device;
    struct nf_port_link known;
    char unused[256];
    struct nf_out ignored = nf_out(unused, sizeof(unused));
    const char *of = cut_switch(r, &name, &device) ? device.name : NULL;

    if (!nf_text_copy(port, sizeof(port), name) || port[0] == '\0') {
        nf_out_puts(words, "the task's switch.port is not a port name");
        return NF_PLACE_NONE;
    }
    if (of == NULL && nf_place_find(r, mac, &known, &ignored) == NF_PLACE_FOUND)
    {
        of = known.device;
    } else if (of == NULL) {
        of = only_switch(r, &device);
    }
    if (of == NULL) {
        nf_out_printf(words, "the task does not say which switch %s belongs to",
                      port);
        return NF_PLACE_NONE;
    }
    *link = link_to(r, mac, of, port, NF_LINK_BY_HAND);
    return NF_PLACE_FOUND;
}
