#include <stdlib.h>

#include "port/snmp_switch.h"

enum list {
    EGRESS = 2, /* columns of dot1qVlanStaticTable */
    BARE = 4,   /* dot1qVlanStaticUntaggedPorts */
};

struct map {
    enum list list;
    unsigned vlan;
    bool joins; /* the port is put into it, not taken out */
    bool is_read;
    size_t len;
    char *bytes;
};

/* In the order that they are done in. */
enum phase {
    SHUT,
    DESCRIBE,
    MOVE,
    OPEN,
    PHASES
};

struct nf_snmp_change {
    uint32_t index, bridge_port, pvid_port;
    struct nf_port_config is, wanted;
    bool moves, is_cisco;
    unsigned pvid; /* to be set; 0: it stays */
    /* Those that the port joins, then those that it leaves: pvid is between. */
    struct map *maps;
    size_t maps_n, joins_n, read, written;
    bool is_pvid_set;
    enum phase phase;
};

static const uint32_t lists_oid[] = {1, 3, 6, 1, 2, 1, 17, 7, 1, 4, 3, 1};
static const uint32_t pvid_oid[] = {1, 3, 6, 1, 2, 1, 17, 7, 1, 4, 5, 1, 1};
static const uint32_t alias_oid[] = {1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 18};
static const uint32_t admin_oid[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 7};
static const uint32_t vm_vlan_oid[] = {1, 3,  6, 1, 4, 1, 9,
                                       9, 68, 1, 2, 2, 1, 2};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- what is to be done ------------------------------------------------------
 */

/* As what the port is to be in a VLAN. */
struct membership {
    struct nf_vlans all, bare;
};

static struct membership
membership_of(const struct nf_port_config *config)
{
    struct membership to = {{{0}}, {{0}}};

    nf_vlans_add(&to.bare, config->vlan, config->vlan);
    to.all = config->mode == NF_PORT_TRUNK ? config->tagged : to.bare;
    nf_vlans_add(&to.all, config->vlan, config->vlan);
    return to;
}

static bool
add_map(struct nf_snmp_change *change, enum list list, unsigned vlan,
        bool joins)
{
    struct map *grown =
        realloc(change->maps, (change->maps_n + 1) * sizeof(*change->maps));

    if (grown == NULL) {
        return false;
    }
    change->maps = grown;
    change->maps[change->maps_n++] =
        (struct map){.list = list, .vlan = vlan, .joins = joins};
    return true;
}

/* Of the VLANs that differ, those that the port joins or leaves. */
static bool
add_maps(struct nf_snmp_change *change, enum list list,
         const struct nf_vlans *is, const struct nf_vlans *wanted, bool joins)
{
    for (unsigned vlan = 1; vlan <= NF_VLAN_MAX; vlan++) {
        if (nf_vlans_has(wanted, vlan) == joins
            && nf_vlans_has(is, vlan) != joins
            && !add_map(change, list, vlan, joins))
        {
            return false;
        }
    }
    return true;
}

static nf_error_t
plan_lists(const struct nf_snmp_interface *interface,
           struct nf_snmp_change *change)
{
    struct membership to = membership_of(&change->wanted);
    const struct nf_vlans *all = &interface->fixed;
    const struct nf_vlans *bare = &interface->fixed_bare;
    bool is_planned = add_maps(change, EGRESS, all, &to.all, true)
                      && add_maps(change, BARE, bare, &to.bare, true);

    change->joins_n = change->maps_n;
    is_planned = is_planned && add_maps(change, BARE, bare, &to.bare, false)
                 && add_maps(change, EGRESS, all, &to.all, false);
    if (change->wanted.vlan != interface->pvid) {
        change->pvid = change->wanted.vlan;
    }
    return is_planned ? NF_OK : NF_NO_MEMORY;
}

static nf_error_t
check_vlans(const struct nf_snmp_switch *sw,
            const struct nf_port_config *wanted, struct nf_fault *fault)
{
    struct membership to = membership_of(wanted);

    for (unsigned vlan = 1; vlan <= NF_VLAN_MAX; vlan++) {
        if (nf_vlans_has(&to.all, vlan) && !nf_vlans_has(&sw->vlans, vlan)) {
            return nf_refuse(fault, "vlan",
                             "VLAN %u does not exist on this switch", vlan);
        }
    }
    if (nf_vlans_count(&to.all) == 0) {
        return nf_refuse(fault, "vlan", "the port would be in no VLAN");
    }
    return NF_OK;
}

/* Cisco's own tables are written where an access port changes its VLAN. */
static nf_error_t
plan_cisco(struct nf_snmp_change *change, struct nf_fault *fault)
{
    if (change->is.mode != NF_PORT_ACCESS
        || change->wanted.mode != NF_PORT_ACCESS) {
        return nf_refuse(fault, "mode",
                         "over SNMP this switch can change only the VLAN of "
                         "access ports; use SSH");
    }
    change->is_cisco = true;
    return NF_OK;
}

static nf_error_t
plan_move(const struct nf_snmp_switch *sw,
          const struct nf_snmp_interface *interface,
          struct nf_snmp_change *change, struct nf_fault *fault)
{
    nf_error_t err;

    if (change->wanted.mode == NF_PORT_OTHER) {
        return nf_refuse(fault, "mode", "must be access or trunk");
    }
    err = check_vlans(sw, &change->wanted, fault);
    if (err != NF_OK) {
        return err;
    }
    if (!sw->has_fixed && sw->has_vtp) {
        return plan_cisco(change, fault);
    }
    if (!sw->has_fixed || sw->has_text_lists) {
        return nf_refuse(fault, "vlan",
                         "this switch has no VLANs that SNMP can change");
    }
    if (interface->bridge_port == 0) {
        return nf_refuse(
            fault, "port",
            "is not a bridge port: it is routed, or part of an aggregate");
    }
    return plan_lists(interface, change);
}

static bool
is_moving(const struct nf_port_config *is, const struct nf_port_config *wanted)
{
    return is->mode != wanted->mode || is->vlan != wanted->vlan
           || !nf_vlans_equal(&is->tagged, &wanted->tagged);
}

nf_error_t
nf_snmp_change_new(const struct nf_snmp_switch *sw, const struct nf_port *port,
                   const struct nf_port_config *wanted,
                   struct nf_snmp_change **change, struct nf_fault *fault)
{
    const struct nf_snmp_interface *interface =
        nf_snmp_at(sw, nf_snmp_by_index(sw, port->index));
    struct nf_snmp_change *new = calloc(1, sizeof(*new));
    nf_error_t err = NF_OK;

    if (new == NULL) {
        return NF_NO_MEMORY;
    }
    if (interface == NULL) {
        free(new);
        return nf_refuse(fault, "port", "no longer exists");
    }
    new->index = interface->index;
    new->bridge_port = interface->bridge_port;
    new->pvid_port = sw->is_pvid_by_index ? new->index : new->bridge_port;
    new->is = port->config;
    new->wanted = *wanted;
    new->moves = is_moving(&new->is, wanted);
    if (new->moves) {
        err = plan_move(sw, interface, new, fault);
    }
    if (err != NF_OK) {
        nf_snmp_change_free(new);
        return err;
    }
    *change = new;
    return NF_OK;
}

void
nf_snmp_change_free(struct nf_snmp_change *change)
{
    if (change != NULL) {
        for (size_t i = 0; i < change->maps_n; i++) {
            free(change->maps[i].bytes);
        }
        free(change->maps);
        free(change);
    }
}

/* --- varbinds ----------------------------------------------------------------
 */

static struct nf_snmp_var *
add_var(struct nf_snmp_set *set, const uint32_t *oid, size_t n, uint32_t last)
{
    struct nf_snmp_var *var = &set->vars[set->n++];

    *var = (struct nf_snmp_var){.oid_n = n + 1};
    memcpy(var->oid, oid, n * sizeof(*oid));
    var->oid[n] = last;
    return var;
}

static void
add_number(struct nf_snmp_set *set, const uint32_t *oid, size_t n,
           uint32_t index, enum nf_snmp_type type, int64_t number)
{
    struct nf_snmp_var *var = add_var(set, oid, n, index);

    var->type = type;
    var->number = number;
}

static struct nf_snmp_var *
add_list(struct nf_snmp_set *set, const struct map *map)
{
    uint32_t oid[COUNT(lists_oid) + 1];

    memcpy(oid, lists_oid, sizeof(lists_oid));
    oid[COUNT(lists_oid)] = map->list;
    return add_var(set, oid, COUNT(oid), map->vlan);
}

/* --- reading lists -----------------------------------------------------------
 */

bool
nf_snmp_change_reads(struct nf_snmp_change *change, struct nf_snmp_set *set)
{
    size_t bytes = change->bridge_port / 8 + 1, room = NF_SNMP_SET_BYTES;

    set->what = "the VLANs' ports";
    set->n = 0;
    while (change->read < change->maps_n && set->n < NF_SNMP_SET_MAX
           && (set->n == 0 || room > bytes + 32))
    {
        add_list(set, &change->maps[change->read++]);
        room -= room < bytes + 32 ? room : bytes + 32;
    }
    return set->n > 0;
}

static struct map *
map_of(struct nf_snmp_change *change, const struct nf_snmp_row *row)
{
    size_t n = COUNT(lists_oid);

    if (row->n != n + 2 || memcmp(row->oid, lists_oid, sizeof(lists_oid)) != 0)
    {
        return NULL;
    }
    for (size_t i = 0; i < change->maps_n; i++) {
        if (change->maps[i].list == row->oid[n]
            && change->maps[i].vlan == row->oid[n + 1])
        {
            return &change->maps[i];
        }
    }
    return NULL;
}

/* Trailing zero bytes may be left out of a list. */
static void
put_port(struct map *map, uint32_t port)
{
    unsigned char bit = (unsigned char) (0x80 >> (port - 1) % 8);
    unsigned char byte = (unsigned char) map->bytes[(port - 1) / 8];

    map->bytes[(port - 1) / 8] = (char) (map->joins ? byte | bit : byte & ~bit);
}

bool
nf_snmp_change_read(struct nf_snmp_change *change,
                    const struct nf_snmp_row *row)
{
    struct map *map = map_of(change, row);
    size_t least = (change->bridge_port - 1) / 8 + 1;

    if (map == NULL || map->is_read || row->type != NF_SNMP_OCTETS
        || row->octets.len > NF_SNMP_MAP)
    {
        return false;
    }
    map->len = row->octets.len > least ? row->octets.len : least;
    map->bytes = calloc(1, map->len);
    if (map->bytes == NULL) {
        return false;
    }
    if (row->octets.len > 0) {
        memcpy(map->bytes, row->octets.data, row->octets.len);
    }
    put_port(map, change->bridge_port);
    map->is_read = true;
    return true;
}

/* --- setting -----------------------------------------------------------------
 */

static bool
has_room(const struct nf_snmp_set *set, size_t bytes, size_t more)
{
    return set->n == 0
           || (set->n < NF_SNMP_SET_MAX && bytes + more <= NF_SNMP_SET_BYTES);
}

/* As much of the move as fits: it is done in this order whether it takes one
 * request or more. */
static void
add_move(struct nf_snmp_change *change, struct nf_snmp_set *set)
{
    size_t bytes = 0;

    set->what = "its VLANs";
    for (;;) {
        bool is_pvid_next = change->pvid != 0 && !change->is_pvid_set
                            && change->written == change->joins_n;
        if (!is_pvid_next && change->written == change->maps_n) {
            return;
        }
        const struct map *map =
            is_pvid_next ? NULL : &change->maps[change->written];
        size_t more = 32 + (is_pvid_next ? 4 : map->len);
        if (!has_room(set, bytes, more)) {
            return;
        }
        bytes += more;
        if (is_pvid_next) {
            add_number(set, pvid_oid, COUNT(pvid_oid), change->pvid_port,
                       NF_SNMP_UNSIGNED, change->pvid);
            change->is_pvid_set = true;
            continue;
        }
        struct nf_snmp_var *var = add_list(set, map);
        var->type = NF_SNMP_OCTETS;
        var->octets = (struct nf_text){map->bytes, map->len};
        change->written++;
    }
}

/* What there is to do in this phase; nothing: it is over. */
static void
add_phase(struct nf_snmp_change *change, struct nf_snmp_set *set)
{
    bool is_admin_changed = change->is.admin != change->wanted.admin;

    switch (change->phase) {
    case SHUT:
    case OPEN:
        set->what = "its state";
        if (is_admin_changed
            && change->wanted.admin
                   == (change->phase == SHUT ? NF_PORT_DOWN : NF_PORT_UP))
        {
            add_number(set, admin_oid, COUNT(admin_oid), change->index,
                       NF_SNMP_INTEGER, change->phase == SHUT ? 2 : 1);
        }
        change->phase++;
        break;
    case DESCRIBE:
        set->what = "its description";
        if (strcmp(change->is.description, change->wanted.description) != 0) {
            struct nf_snmp_var *var =
                add_var(set, alias_oid, COUNT(alias_oid), change->index);
            var->type = NF_SNMP_OCTETS;
            var->octets = nf_text(change->wanted.description);
        }
        change->phase++;
        break;
    default:
        if (change->is_cisco) {
            set->what = "its VLAN";
            add_number(set, vm_vlan_oid, COUNT(vm_vlan_oid), change->index,
                       NF_SNMP_INTEGER, change->wanted.vlan);
            change->phase++;
            break;
        }
        add_move(change, set);
        change->phase += set->n == 0;
    }
}

bool
nf_snmp_change_next(struct nf_snmp_change *change, struct nf_snmp_set *set)
{
    set->n = 0;
    while (set->n == 0 && change->phase < PHASES) {
        add_phase(change, set);
    }
    return set->n > 0;
}
