#include <stdlib.h>

#include "port/snmp_switch.h"

enum {
    SILENT_VIEWS = 8 /* in a row: it has none */
};

/* What stands in a row's OID behind that of its column. */
struct index {
    const uint32_t *at;
    size_t n;
};

struct column {
    const uint32_t *oid;
    size_t n;
    unsigned groups;
    bool (*is_needed)(const struct nf_snmp_switch *sw); /* NULL: always */
    bool is_per_vlan; /* read again in each VLAN's view */
    void (*take)(struct nf_snmp_switch *sw, const struct column *column,
                 struct index index, const struct nf_snmp_row *row,
                 unsigned vlan);
    size_t field, size; /* of struct nf_snmp_interface */
};

const uint32_t nf_snmp_object_id[9] = {1, 3, 6, 1, 2, 1, 1, 2, 0};

static bool
is_cisco(const struct nf_snmp_switch *sw)
{
    return sw->vendor == NF_SNMP_CISCO;
}

static bool
is_juniper(const struct nf_snmp_switch *sw)
{
    return sw->vendor == NF_SNMP_JUNIPER;
}

static bool
lacks_q_learnt(const struct nf_snmp_switch *sw)
{
    return !sw->has_q_learnt;
}

static bool
is_number(const struct nf_snmp_row *row)
{
    return (row->type == NF_SNMP_INTEGER || row->type == NF_SNMP_UNSIGNED)
           && row->number >= 0 && row->number <= UINT32_MAX;
}

/* --- interfaces --------------------------------------------------------------
 */

static void
take_type(struct nf_snmp_switch *sw, const struct column *column,
          struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    uint32_t slot;

    (void) column;
    (void) vlan;
    if (index.n == 1 && is_number(row)
        && (slot = nf_snmp_add_interface(sw, index.at[0])) != 0)
    {
        nf_snmp_at(sw, slot)->type = (uint32_t) row->number;
    }
}

static void
take_number(struct nf_snmp_switch *sw, const struct column *column,
            struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    struct nf_snmp_interface *interface;

    (void) vlan;
    if (index.n == 1 && is_number(row)
        && (interface = nf_snmp_at(sw, nf_snmp_by_index(sw, index.at[0])))
               != NULL)
    {
        uint32_t number = (uint32_t) row->number;
        memcpy((char *) interface + column->field, &number, sizeof(number));
    }
}

/* What names interfaces adds them: not every switch tells all of it. */
static void
take_words(struct nf_snmp_switch *sw, const struct column *column,
           struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    uint32_t slot;

    (void) vlan;
    if (index.n == 1 && row->type == NF_SNMP_OCTETS
        && (slot = nf_snmp_add_interface(sw, index.at[0])) != 0)
    {
        nf_text_copy_words((char *) nf_snmp_at(sw, slot) + column->field,
                           column->size, nf_snmp_words(row));
    }
}

/* ifStackStatus of a higher and a lower interface. */
static void
take_stack(struct nf_snmp_switch *sw, const struct column *column,
           struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    uint32_t above, below;

    (void) column;
    (void) vlan;
    if (index.n != 2 || !is_number(row)) {
        return;
    }
    above = nf_snmp_by_index(sw, index.at[0]);
    below = nf_snmp_by_index(sw, index.at[1]);
    /* An aggregate may not be the only one above. */
    if (above != 0 && below != 0 && above != below
        && (nf_snmp_at(sw, below)->above == 0
            || nf_snmp_at(sw, above)->type == 161))
    {
        nf_snmp_at(sw, below)->above = above;
    }
}

/* --- bridge ports ------------------------------------------------------------
 */

static void
take_base_port(struct nf_snmp_switch *sw, const struct column *column,
               struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    uint32_t slot = nf_snmp_by_index(sw, is_number(row) ? row->number : 0);

    (void) column;
    if (index.n != 1 || index.at[0] == 0
        || index.at[0] > NF_SNMP_BRIDGE_PORT_MAX || slot == 0)
    {
        return;
    }
    sw->bridge[index.at[0]] = (uint16_t) slot;
    sw->is_renumbered |= row->number != index.at[0];
    if (nf_snmp_at(sw, slot)->bridge_port == 0 || vlan == 0) {
        nf_snmp_at(sw, slot)->bridge_port = index.at[0];
    }
}

static struct nf_snmp_interface *
bridge_port(const struct nf_snmp_switch *sw, struct index index)
{
    return index.n == 1
               ? nf_snmp_at(sw, nf_snmp_by_bridge_port(sw, index.at[0]))
               : NULL;
}

static void
take_pvid(struct nf_snmp_switch *sw, const struct column *column,
          struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    (void) column;
    (void) vlan;
    if (index.n == 1 && is_number(row) && row->number <= NF_VLAN_MAX
        && nf_snmp_make_room(sw, (void **) &sw->pvids, sizeof(*sw->pvids),
                             sw->pvids_n, &sw->pvids_room, NF_SNMP_INTERFACES,
                             "PVIDs"))
    {
        sw->pvids[sw->pvids_n++] =
            (struct nf_snmp_pvid){index.at[0], (uint32_t) row->number};
    }
}

/* A switch with a spanning tree per VLAN: where the port forwards in any, it
 * is said to. */
static void
take_spanning(struct nf_snmp_switch *sw, const struct column *column,
              struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    struct nf_snmp_interface *interface = bridge_port(sw, index);

    (void) column;
    (void) vlan;
    if (interface != NULL && is_number(row) && interface->spanning != 5) {
        interface->spanning = (uint32_t) row->number;
    }
}

/* --- VLANs -------------------------------------------------------------------
 */

/* The VLAN that a row is of: the last of its index, behind a TimeMark or a
 * domain; 0: none. */
static unsigned
vlan_of(struct index index)
{
    uint32_t vlan = index.n == 1 || index.n == 2 ? index.at[index.n - 1] : 0;

    return vlan <= NF_VLAN_MAX ? vlan : 0;
}

static void
take_vlan(struct nf_snmp_switch *sw, const struct column *column,
          struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    unsigned of = vlan_of(index);

    (void) column;
    (void) vlan;
    (void) row;
    nf_vlans_add(&sw->vlans, of, of);
    sw->is_repeated = nf_vlans_has(&sw->seen, of);
    nf_vlans_add(&sw->seen, of, of);
}

static void
take_fid(struct nf_snmp_switch *sw, const struct column *column,
         struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    unsigned of = vlan_of(index);

    take_vlan(sw, column, index, row, vlan);
    if (of != 0 && is_number(row) && sw->fids_n < NF_VLAN_MAX) {
        sw->fids[sw->fids_n++] =
            (struct nf_snmp_fid){(uint32_t) row->number, of};
    }
}

static void
add_fixed(struct nf_snmp_interface *interface, unsigned vlan)
{
    nf_vlans_add(&interface->fixed, vlan, vlan);
}

static void
add_fixed_bare(struct nf_snmp_interface *interface, unsigned vlan)
{
    nf_vlans_add(&interface->fixed_bare, vlan, vlan);
}

static void
add_live(struct nf_snmp_interface *interface, unsigned vlan)
{
    nf_vlans_add(&interface->live, vlan, vlan);
}

static void
add_live_bare(struct nf_snmp_interface *interface, unsigned vlan)
{
    nf_vlans_add(&interface->live_bare, vlan, vlan);
}

/* The fields name which set of VLANs: see take_list(). */
static void (*const list_adders[])(struct nf_snmp_interface *, unsigned) = {
    add_fixed, add_fixed_bare, add_live, add_live_bare};

static void
take_list(struct nf_snmp_switch *sw, const struct column *column,
          struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    unsigned of = vlan_of(index);

    take_vlan(sw, column, index, row, vlan);
    if (of != 0 && row->type == NF_SNMP_OCTETS) {
        sw->has_fixed |= column->field == 0;
        sw->has_text_lists |= column->field == 0 && is_juniper(sw)
                              && nf_snmp_is_text_list(row->octets);
        nf_snmp_each_port(sw, row->octets, list_adders[column->field], of);
    }
}

/* --- Cisco and Juniper -------------------------------------------------------
 */

/* CISCO-VTP-MIB's vtpVlanState; of 1002 to 1005 there is nothing to see. */
static void
take_vtp(struct nf_snmp_switch *sw, const struct column *column,
         struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    unsigned of = vlan_of(index);

    if (of == 0 || (of >= 1002 && of <= 1005)) {
        return;
    }
    sw->has_vtp = true;
    take_vlan(sw, column, index, row, vlan);
    nf_vlans_add(&sw->views, of, of); /* a suspended one has a bridge too */
}

/* vlanTrunkPortVlansEnabled and its three sequels: a bit of each of 1,024
 * VLANs. */
static void
take_enabled(struct nf_snmp_switch *sw, const struct column *column,
             struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    struct nf_snmp_interface *interface =
        nf_snmp_at(sw, index.n == 1 ? nf_snmp_by_index(sw, index.at[0]) : 0);

    (void) vlan;
    if (interface == NULL || row->type != NF_SNMP_OCTETS) {
        return;
    }
    for (unsigned i = 0; i < 1024 && i / 8 < row->octets.len; i++) {
        unsigned of = (unsigned) column->field * 1024 + i;
        if ((row->octets.data[i / 8] >> (7 - i % 8) & 1) != 0) {
            nf_vlans_add(&interface->enabled, of, of);
        }
    }
}

/* A VLAN's tag, by Juniper's own number of it. */
static void
take_tag(struct nf_snmp_switch *sw, const struct column *column,
         struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    (void) vlan;
    if (index.n != 1 || !is_number(row) || row->number == 0
        || row->number > NF_VLAN_MAX)
    {
        return;
    }
    struct nf_snmp_fid tag = {index.at[0], (uint32_t) row->number};
    nf_vlans_add(&sw->vlans, tag.vlan, tag.vlan);
    if (column->field == 0 && sw->tags_n < NF_VLAN_MAX) {
        sw->tags[sw->tags_n++] = tag;
    } else if (column->field == 1 && sw->fids_n < NF_VLAN_MAX) {
        sw->fids[sw->fids_n++] = tag;
    }
}

static void
take_tag_fid(struct nf_snmp_switch *sw, const struct column *column,
             struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    (void) column;
    (void) vlan;
    for (size_t i = 0; index.n == 1 && is_number(row) && i < sw->tags_n; i++) {
        if (sw->tags[i].fid == index.at[0] && sw->fids_n < NF_VLAN_MAX) {
            sw->fids[sw->fids_n++] =
                (struct nf_snmp_fid){(uint32_t) row->number, sw->tags[i].vlan};
            return;
        }
    }
}

/* --- addresses ---------------------------------------------------------------
 */

/* Port 0 is the switch itself, and so may a negative one be. */
static void
take_learnt(struct nf_snmp_switch *sw, const struct column *column,
            struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    bool has_fid = column->field != 0;
    struct nf_snmp_learnt learnt = {.vlan = (uint16_t) vlan};
    unsigned any = 0;

    if (index.n != 6u + has_fid || !is_number(row)) {
        return;
    }
    sw->has_q_learnt |= has_fid;
    learnt.fid = has_fid ? index.at[0] : 0;
    for (size_t i = 0; i < 6; i++) {
        uint32_t byte = index.at[i + has_fid];
        if (byte > 255) {
            return;
        }
        learnt.mac.b[i] = (uint8_t) byte;
        any |= byte;
    }
    if (row->number == 0 || any == 0 || (learnt.mac.b[0] & 1) != 0
        || !nf_snmp_make_room(sw, (void **) &sw->learnt, sizeof(*sw->learnt),
                              sw->learnt_n, &sw->learnt_room, NF_SNMP_MACS_MAX,
                              "addresses"))
    {
        return;
    }
    learnt.slot = nf_snmp_by_bridge_port(sw, row->number);
    sw->learnt[sw->learnt_n++] = learnt;
}

/* --- neighbors ---------------------------------------------------------------
 */

static void
take_local(struct nf_snmp_switch *sw, const struct column *column,
           struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    (void) vlan;
    if (index.n == 1 && row->type == NF_SNMP_OCTETS) {
        (column->field == 0 ? nf_snmp_take_local_id
                            : nf_snmp_take_local_descr)(sw, index.at[0], row);
    }
}

/* A TimeMark, the local port, and a number of the neighbor. */
static void
take_remote(struct nf_snmp_switch *sw, const struct column *column,
            struct index index, const struct nf_snmp_row *row, unsigned vlan)
{
    struct nf_snmp_neighbor *neighbor;

    (void) vlan;
    if (index.n != 3 || row->type != NF_SNMP_OCTETS
        || (neighbor = nf_snmp_neighbor(sw, index.at[1], index.at[2])) == NULL)
    {
        return;
    }
    sw->is_repeated = neighbor->column == (unsigned) column->field + 1;
    neighbor->column = (unsigned) column->field + 1;
    switch (column->field) {
    case 0:
        nf_snmp_take_chassis(neighbor, row);
        break;
    case 1:
        nf_text_copy_words(neighbor->name, sizeof(neighbor->name),
                           nf_snmp_words(row));
        break;
    default:
        nf_snmp_take_abilities(neighbor, row);
    }
}

/* --- which -------------------------------------------------------------------
 */

#define OID(...)                                                               \
    .oid = (const uint32_t[]){__VA_ARGS__},                                    \
    .n = sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)
#define FIELD(name)                                                            \
    .field = offsetof(struct nf_snmp_interface, name),                         \
    .size = sizeof(((struct nf_snmp_interface *) 0)->name)
#define MIB2    1, 3, 6, 1, 2, 1
#define BRIDGE  MIB2, 17
#define Q       BRIDGE, 7, 1
#define LLDP    1, 0, 8802, 1, 1, 2, 1
#define LAG     1, 2, 840, 10006, 300, 43, 1, 2, 1, 1
#define CISCO   1, 3, 6, 1, 4, 1, 9, 9
#define TRUNK   CISCO, 46, 1, 6, 1, 1
#define JUNIPER 1, 3, 6, 1, 4, 1, 2636, 3

enum {
    ANY = NF_SNMP_ALL,
    CONFIG = NF_SNMP_CONFIG,
    STATE = NF_SNMP_STATE,
    LEARNT = NF_SNMP_LEARNT,
    SEEN = NF_SNMP_SEEN
};

/* clang-format off */
/* In the order that they are walked in: a row is read by what went before. */
static const struct column columns[] = {
    /* IF-MIB */
    {OID(MIB2, 2, 2, 1, 3), ANY, .take = take_type},
    {OID(MIB2, 2, 2, 1, 2), ANY, .take = take_words, FIELD(descr)},
    {OID(MIB2, 31, 1, 1, 1, 1), ANY, .take = take_words, FIELD(name)},
    {OID(MIB2, 2, 2, 1, 7), ANY, .take = take_number, FIELD(admin)},
    {OID(MIB2, 2, 2, 1, 8), ANY, .take = take_number, FIELD(oper)},
    {OID(MIB2, 31, 1, 1, 1, 18), ANY, .take = take_words, FIELD(alias)},
    {OID(MIB2, 31, 1, 1, 1, 15), STATE, .take = take_number, FIELD(mbps)},
    {OID(MIB2, 31, 1, 2, 1, 3), STATE, .take = take_stack},
    /* LAG-MIB: dot3adAggPortSelectedAggID, AttachedAggID */
    {OID(LAG, 12), STATE, .take = take_number, FIELD(selected)},
    {OID(LAG, 13), STATE, .take = take_number, FIELD(attached)},
    /* BRIDGE-MIB */
    {OID(BRIDGE, 1, 4, 1, 2), ANY, .is_per_vlan = true, .take = take_base_port},
    {OID(BRIDGE, 2, 15, 1, 3), STATE, .is_per_vlan = true,
     .take = take_spanning},
    /* Q-BRIDGE-MIB: dot1qVlanStatic-, dot1qVlanCurrentTable, dot1qPvid */
    {OID(Q, 4, 3, 1, 5), ANY, .take = take_vlan},
    {OID(Q, 4, 3, 1, 2), ANY, .take = take_list, .field = 0},
    {OID(Q, 4, 3, 1, 4), ANY, .take = take_list, .field = 1},
    {OID(Q, 4, 2, 1, 3), LEARNT, .take = take_fid},
    {OID(Q, 4, 2, 1, 4), ANY, .take = take_list, .field = 2},
    {OID(Q, 4, 2, 1, 5), ANY, .take = take_list, .field = 3},
    {OID(Q, 4, 5, 1, 1), ANY, .take = take_pvid},
    /* CISCO-VTP-MIB, CISCO-VLAN-MEMBERSHIP-MIB */
    {OID(CISCO, 46, 1, 3, 1, 1, 2), ANY, is_cisco, .take = take_vtp},
    {OID(CISCO, 68, 1, 2, 2, 1, 2), ANY, is_cisco, .take = take_number,
     FIELD(vm_vlan)},
    {OID(TRUNK, 13), ANY, is_cisco, .take = take_number, FIELD(wish)},
    {OID(TRUNK, 14), ANY, is_cisco, .take = take_number, FIELD(status)},
    {OID(TRUNK, 16), ANY, is_cisco, .take = take_number, FIELD(wire)},
    {OID(TRUNK, 5), ANY, is_cisco, .take = take_number, FIELD(native)},
    {OID(TRUNK, 4), ANY, is_cisco, .take = take_enabled, .field = 0},
    {OID(TRUNK, 17), ANY, is_cisco, .take = take_enabled, .field = 1},
    {OID(TRUNK, 18), ANY, is_cisco, .take = take_enabled, .field = 2},
    {OID(TRUNK, 19), ANY, is_cisco, .take = take_enabled, .field = 3},
    /* jnxL2aldVlanTag, jnxL2aldVlanFdbId; jnxExVlanTag, of those before */
    {OID(JUNIPER, 48, 1, 3, 1, 1, 3), LEARNT, is_juniper, .take = take_tag,
     .field = 0},
    {OID(JUNIPER, 48, 1, 3, 1, 1, 5), LEARNT, is_juniper,
     .take = take_tag_fid},
    {OID(JUNIPER, 40, 1, 5, 1, 5, 1, 5), LEARNT, is_juniper, .take = take_tag,
     .field = 1},
    /* dot1qTpFdbPort, dot1dTpFdbPort */
    {OID(Q, 2, 2, 1, 2), LEARNT, .take = take_learnt, .field = 1},
    {OID(BRIDGE, 4, 3, 1, 2), LEARNT, lacks_q_learnt, .is_per_vlan = true,
     .take = take_learnt, .field = 0},
    /* LLDP-MIB: lldpLocPortId, Desc; lldpRemChassisId, SysName,
     * SysCapEnabled */
    {OID(LLDP, 3, 7, 1, 3), SEEN, .take = take_local, .field = 0},
    {OID(LLDP, 3, 7, 1, 4), SEEN, .take = take_local, .field = 1},
    {OID(LLDP, 4, 1, 1, 5), SEEN, .take = take_remote, .field = 0},
    {OID(LLDP, 4, 1, 1, 9), SEEN, .take = take_remote, .field = 1},
    {OID(LLDP, 4, 1, 1, 12), SEEN, .take = take_remote, .field = 2},
};
/* clang-format on */

enum {
    COLUMNS = sizeof(columns) / sizeof(columns[0])
};

static bool
is_wanted(const struct nf_snmp_switch *sw, unsigned groups,
          const struct column *column, unsigned vlan)
{
    return (column->groups & groups) != 0 && (vlan == 0 || column->is_per_vlan)
           && (column->is_needed == NULL || column->is_needed(sw));
}

/* Of a switch with a bridge per VLAN, the next one; 0: there is none more.
 * With VLAN 1 its own view begins anew: what it learnt there has a VLAN. */
static unsigned
next_view(struct nf_snmp_switch *sw, unsigned groups, unsigned vlan)
{
    if (vlan == 0) {
        nf_snmp_place_pvids(sw);
    }
    if (!sw->has_vtp || sw->has_q_learnt
        || (groups & (NF_SNMP_LEARNT | NF_SNMP_STATE)) == 0)
    {
        return 0;
    }
    while (++vlan <= NF_VLAN_MAX) {
        if (nf_vlans_has(&sw->views, vlan)) {
            memset(sw->bridge, 0, sizeof(sw->bridge));
            sw->is_renumbered = true;
            return vlan;
        }
    }
    return 0;
}

bool
nf_snmp_next(struct nf_snmp_switch *sw, unsigned groups,
             struct nf_snmp_walk *walk)
{
    unsigned i = walk->oid == NULL ? 0 : walk->column + 1;

    for (;; i++) {
        if (i == COLUMNS) {
            walk->vlan = next_view(sw, groups, walk->vlan);
            if (walk->vlan == 0) {
                return false;
            }
            i = 0;
        }
        if (is_wanted(sw, groups, &columns[i], walk->vlan)) {
            sw->seen = (struct nf_vlans){{0}};
            sw->is_repeated = false;
            walk->column = i;
            walk->oid = columns[i].oid;
            walk->n = columns[i].n;
            return true;
        }
    }
}

void
nf_snmp_skip_view(struct nf_snmp_switch *sw, struct nf_snmp_walk *walk)
{
    walk->column = COLUMNS - 1;
    if (++sw->skipped == SILENT_VIEWS) {
        sw->views = (struct nf_vlans){{0}};
    }
}

bool
nf_snmp_take(struct nf_snmp_switch *sw, const struct nf_snmp_walk *walk,
             const struct nf_snmp_row *row)
{
    const struct column *column = &columns[walk->column];

    if (row->type == NF_SNMP_NONE || row->n <= column->n
        || memcmp(row->oid, column->oid, column->n * sizeof(*row->oid)) != 0)
    {
        return false;
    }
    sw->skipped = 0;
    column->take(sw, column,
                 (struct index){row->oid + column->n, row->n - column->n}, row,
                 walk->vlan);
    return !sw->is_repeated;
}
