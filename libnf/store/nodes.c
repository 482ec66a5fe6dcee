/*
 * nodes:        mac                  -> struct nf_node, extra, JSON
 * nodes-by-age: ~created_at, mac     -> nothing; the newest sorts first
 * index:        'm' mac              -> mac of the node that owns it
 *               's' serial number    -> mac
 *               'i' address          -> mac of the node that last had it
 *               'h' host name NUL, 1 where it is shared (else 0), mac of the
 *               node                 -> the same mac; small letters
 * meta:         "node-counts"        -> struct nf_node_counts
 */
#include "store/nodes.h"

#include "store/cards.h"
#include "store/consoles.h"
#include "store/expiry.h"
#include "store/hardware.h"
#include "store/key.h"
#include "store/labels.h"
#include "store/progress.h"
#include "store/signs.h"
#include "store/strangers.h"

enum {
    INDEXES_MORE = 3, /* beside its MACs */
};

static const struct nf_bytes nothing = {"", 0};

bool
nf_nodes_is_sound(const struct nf_node *node)
{
    return node->status <= NF_NODE_INSTALLED && node->boot <= NF_BOOT_STUCK
           && node->macs_n <= NF_NODE_MACS && node->dns_n <= NF_NODE_DNS
           && nf_text_is_ended(node->hostname, sizeof(node->hostname))
           && nf_text_is_ended(node->serial, sizeof(node->serial))
           && nf_text_is_ended(node->profile, sizeof(node->profile))
           && nf_text_is_ended(node->bootfile, sizeof(node->bootfile))
           && node->online <= 1 && node->is_leased <= 1 && node->is_known <= 1
           && node->name_kind <= NF_NAME_SHARED
           && node->found >> node->macs_n == 0
           && node->given <= NF_GIVEN_BY_SYSTEM
           && node->boot_mode < NF_BOOT_MODES && node->unused == 0;
}

/* A record under another's key would lead a walk round in circles. */
static bool
decode(struct nf_read *r, nf_mac_t mac, struct nf_bytes value,
       struct nf_node_view *view)
{
    const char *text = (const char *) value.data + sizeof(view->node);

    if (value.len < sizeof(view->node)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    memcpy(&view->node, value.data, sizeof(view->node));
    size_t left = value.len - sizeof(view->node);
    size_t extra_len = view->node.extra_len;
    if (extra_len > left || extra_len > NF_NODE_EXTRA_MAX
        || !nf_mac_equal(view->node.mac, mac)
        || !nf_nodes_is_sound(&view->node))
    {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    view->extra = (struct nf_text){text, extra_len};
    view->json = (struct nf_text){text + extra_len, left - extra_len};
    return true;
}

bool
nf_nodes_get(struct nf_read *r, nf_mac_t mac, struct nf_node_view *view)
{
    struct nf_bytes value;

    return nf_read_get(r, NF_NODES, (struct nf_bytes){mac.b, sizeof(mac.b)},
                       &value)
           && decode(r, mac, value, view);
}

static struct nf_key
index_key(char kind, const void *data, size_t len)
{
    struct nf_key key = {.len = 0};

    nf_key_add(&key, &kind, 1);
    nf_key_add(&key, data, len);
    return key;
}

static bool
index_get(struct nf_read *r, struct nf_key key, nf_mac_t *mac)
{
    struct nf_bytes value;

    if (!nf_read_get(r, NF_INDEX, nf_key_bytes(&key), &value)
        || value.len != sizeof(mac->b))
    {
        return false;
    }
    memcpy(mac->b, value.data, sizeof(mac->b));
    return true;
}

bool
nf_nodes_serial_owner(struct nf_read *r, const char *serial, nf_mac_t *owner)
{
    return serial[0] != '\0'
           && index_get(r, index_key('s', serial, strlen(serial)), owner);
}

bool
nf_nodes_mac_owner(struct nf_read *r, nf_mac_t mac, nf_mac_t *owner)
{
    struct nf_bytes value;

    if (nf_read_get(r, NF_NODES, (struct nf_bytes){mac.b, sizeof(mac.b)},
                    &value)) {
        *owner = mac;
        return true;
    }
    return index_get(r, index_key('m', mac.b, sizeof(mac.b)), owner);
}

bool
nf_nodes_get_owner(struct nf_read *r, nf_mac_t mac, struct nf_node_view *view)
{
    nf_mac_t owner;

    if (nf_nodes_get(r, mac, view)) {
        return true;
    }
    return r->err == NF_OK
           && index_get(r, index_key('m', mac.b, sizeof(mac.b)), &owner)
           && nf_nodes_get(r, owner, view);
}

bool
nf_nodes_ip_owner(struct nf_read *r, nf_ip4_t ip, nf_mac_t *owner)
{
    return index_get(r, index_key('i', ip.b, sizeof(ip.b)), owner);
}

/* What the rows of a host name begin with. */
static struct nf_key
name_key(const char *hostname)
{
    struct nf_key key = index_key('h', hostname, strlen(hostname) + 1);

    for (size_t i = 1; i < key.len; i++) {
        if (key.data[i] >= 'A' && key.data[i] <= 'Z') {
            key.data[i] = (uint8_t) (key.data[i] - 'A' + 'a');
        }
    }
    return key;
}

struct nf_key
nf_nodes_name_key(const struct nf_node *node)
{
    struct nf_key key = name_key(node->hostname);

    key.data[key.len++] = node->name_kind == NF_NAME_SHARED;
    nf_key_add(&key, node->mac.b, sizeof(node->mac.b));
    return key;
}

bool
nf_nodes_name_other(struct nf_read *r, const char *hostname, nf_mac_t mac,
                    nf_mac_t *other)
{
    struct nf_key key = name_key(hostname);
    NF_SCAN(scan, r, NF_INDEX);
    bool more = nf_scan_seek(&scan, nf_key_bytes(&key));

    for (; more && nf_scan_has(&scan, nf_key_bytes(&key));
         more = nf_scan_next(&scan))
    {
        if (scan.value.len != sizeof(other->b)) {
            nf_read_fail(r, NF_CORRUPT);
            return false;
        }
        memcpy(other->b, scan.value.data, sizeof(other->b));
        if (!nf_mac_equal(*other, mac)) {
            return true;
        }
    }
    return false;
}

bool
nf_nodes_find(struct nf_read *r, struct nf_text name, nf_mac_t *mac)
{
    nf_mac_t parsed;

    if (nf_mac_parse(name, &parsed)) {
        return nf_nodes_mac_owner(r, parsed, mac);
    }
    return name.len > 0 && name.len < sizeof(((struct nf_node *) 0)->serial)
           && index_get(r, index_key('s', name.data, name.len), mac);
}

unsigned
nf_nodes_find_named(struct nf_read *r, struct nf_text name,
                    nf_mac_t macs[static 2])
{
    char hostname[sizeof(((struct nf_node *) 0)->hostname)];

    if (nf_nodes_find(r, name, &macs[0])) {
        return 1;
    }
    if (name.len == 0 || !nf_text_copy(hostname, sizeof(hostname), name)
        || !nf_nodes_name_other(r, hostname, (nf_mac_t){{0}}, &macs[0]))
    {
        return 0;
    }
    return nf_nodes_name_other(r, hostname, macs[0], &macs[1]) ? 2 : 1;
}

static struct nf_key
age_key(nf_time_t created_at, nf_mac_t mac)
{
    return nf_key_number_mac(~(uint64_t) created_at, mac);
}

/* Every index key of a node; the number of them. */
static size_t
index_keys(const struct nf_node *node,
           struct nf_key keys[NF_NODE_MACS + INDEXES_MORE])
{
    size_t n = 0;

    for (size_t i = 0; i < node->macs_n; i++) {
        keys[n++] = index_key('m', node->macs[i].b, sizeof(node->mac.b));
    }
    if (node->serial[0] != '\0') {
        keys[n++] = index_key('s', node->serial, strlen(node->serial));
    }
    if (nf_ip4_is_set(node->ip)) {
        keys[n++] = index_key('i', node->ip.b, sizeof(node->ip.b));
    }
    if (node->hostname[0] != '\0') {
        keys[n++] = nf_nodes_name_key(node);
    }
    return n;
}

static void
drop_row(struct nf_write *w, const struct nf_node *node,
         const struct nf_key *key)
{
    nf_mac_t owner;

    if (index_get(&w->read, *key, &owner) && nf_mac_equal(owner, node->mac)) {
        nf_write_delete(w, NF_INDEX, nf_key_bytes(key));
    }
}

static void
put_row(struct nf_write *w, const struct nf_node *node,
        const struct nf_key *key)
{
    nf_write_put(w, NF_INDEX, nf_key_bytes(key),
                 (struct nf_bytes){node->mac.b, sizeof(node->mac.b)});
}

/* Another node may have taken an address or a name meanwhile: leave its. */
static void
drop_indexes(struct nf_write *w, const struct nf_node *node)
{
    struct nf_key keys[NF_NODE_MACS + INDEXES_MORE];
    size_t n = index_keys(node, keys);

    for (size_t i = 0; i < n; i++) {
        drop_row(w, node, &keys[i]);
    }
}

static void
put_indexes(struct nf_write *w, const struct nf_node *node)
{
    struct nf_key keys[NF_NODE_MACS + INDEXES_MORE];
    size_t n = index_keys(node, keys);

    for (size_t i = 0; i < n; i++) {
        put_row(w, node, &keys[i]);
    }
}

static bool
has_same_name(const struct nf_node *a, const struct nf_node *b)
{
    return strcmp(a->hostname, b->hostname) == 0
           && (a->name_kind == NF_NAME_SHARED)
                  == (b->name_kind == NF_NAME_SHARED);
}

/* The row that changes most often, without the others. */
static void
move_name(struct nf_write *w, const struct nf_node *old,
          const struct nf_node *now)
{
    struct nf_key key = nf_nodes_name_key(old);

    if (has_same_name(old, now)) {
        return;
    }
    if (old->hostname[0] != '\0') {
        drop_row(w, old, &key);
    }
    if (now->hostname[0] != '\0') {
        key = nf_nodes_name_key(now);
        put_row(w, now, &key);
    }
}

static bool
has_same_indexes(const struct nf_node *a, const struct nf_node *b)
{
    return nf_ip4_equal(a->ip, b->ip) && strcmp(a->serial, b->serial) == 0
           && a->macs_n == b->macs_n
           && memcmp(a->macs, b->macs, a->macs_n * sizeof(a->macs[0])) == 0;
}

static const struct nf_bytes counts_key = {"node-counts", 11};

struct nf_node_counts
nf_nodes_count(struct nf_read *r)
{
    struct nf_node_counts counts = {0};
    struct nf_bytes value;

    if (nf_read_get(r, NF_META, counts_key, &value)
        && value.len == sizeof(counts)) {
        memcpy(&counts, value.data, sizeof(counts));
    }
    return counts;
}

/* NULL: it was not there before, or is not there any more. */
static void
update_counts(struct nf_write *w, const struct nf_node *old,
              const struct nf_node *now)
{
    struct nf_node_counts counts = nf_nodes_count(&w->read);

    if (old != NULL && now != NULL && old->status == now->status
        && old->online == now->online)
    {
        return;
    }
    if (old != NULL) {
        counts.by_status[old->status]--;
        counts.online -= old->online;
    }
    if (now != NULL) {
        counts.by_status[now->status]++;
        counts.online += now->online;
    }
    nf_write_put(w, NF_META, counts_key,
                 (struct nf_bytes){&counts, sizeof(counts)});
}

/* One that comes online is looked at once; from then on whoever looks knows
 * when to look again. */
static void
file(struct nf_write *w, const struct nf_node *old, const struct nf_node *node)
{
    if (node->online && (old == NULL || !old->online)) {
        nf_expiry_file_by(w, NF_EXPIRY_NODE,
                          (struct nf_bytes){node->mac.b, sizeof(node->mac.b)},
                          0);
    }
}

/* Bring the other tables in line with the record that is about to change. */
static void
update_indexes(struct nf_write *w, const struct nf_node *node)
{
    struct nf_node_view old;
    struct nf_key age = age_key(node->created_at, node->mac);

    if (!nf_nodes_get(&w->read, node->mac, &old)) {
        nf_write_put(w, NF_NODES_BY_AGE, nf_key_bytes(&age), nothing);
        put_indexes(w, node);
        update_counts(w, NULL, node);
        nf_strangers_follow(w, NULL, node);
        file(w, NULL, node);
        return;
    }
    update_counts(w, &old.node, node);
    nf_strangers_follow(w, &old.node, node);
    file(w, &old.node, node);
    if (!has_same_indexes(&old.node, node)) {
        drop_indexes(w, &old.node);
        put_indexes(w, node);
        return;
    }
    move_name(w, &old.node, node);
}

bool
nf_nodes_put(struct nf_write *w, const struct nf_node *node,
             struct nf_text extra)
{
    char value[sizeof(*node) + NF_NODE_EXTRA_MAX + NF_NODE_JSON_MAX];
    struct nf_node stored = *node;
    struct nf_node_view old;
    struct nf_out out = nf_out(value, sizeof(value));

    if (nf_nodes_get(&w->read, node->mac, &old)) {
        stored.created_at = old.node.created_at; /* its key in the list */
        stored.heard = old.node.heard;           /* whoever held it is late */
    }
    stored.extra_len = (uint16_t) extra.len;
    if (extra.len > NF_NODE_EXTRA_MAX || !nf_nodes_is_sound(&stored)) {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    nf_out_put(&out, (struct nf_text){(const char *) &stored, sizeof(stored)});
    nf_out_put(&out, extra);
    nf_node_json(&stored, extra, nf_labels_get(&w->read, node->mac), &out);
    if (out.full) {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    update_indexes(w, &stored);
    return nf_write_put(w, NF_NODES,
                        (struct nf_bytes){node->mac.b, sizeof(node->mac.b)},
                        (struct nf_bytes){value, out.len});
}

bool
nf_nodes_delete(struct nf_write *w, nf_mac_t mac)
{
    struct nf_bytes key = {mac.b, sizeof(mac.b)};
    struct nf_node_view view;

    if (!nf_nodes_get(&w->read, mac, &view)) {
        return false;
    }
    struct nf_key age = age_key(view.node.created_at, mac);
    drop_indexes(w, &view.node);
    update_counts(w, &view.node, NULL);
    nf_hardware_delete(w, mac);
    nf_strangers_follow(w, &view.node, NULL);
    return nf_write_delete(w, NF_NODES_BY_AGE, nf_key_bytes(&age))
           && nf_expiry_drop(w, NF_EXPIRY_NODE, key)
           && nf_write_delete(w, NF_AGENTS, key) && nf_signs_delete(w, mac)
           && nf_write_delete(w, NF_VOICES, key)
           && nf_labels_put(w, mac, (struct nf_text){0})
           && nf_cards_delete(w, mac) && nf_unmatched_delete(w, mac)
           && nf_progress_delete(w, mac) && nf_consoles_delete(w, mac)
           && nf_expiry_drop(w, NF_EXPIRY_CONSOLE, key)
           && nf_write_delete(w, NF_NODES, key);
}

/* Change one number of eight bytes of its record. */
static bool
set(struct nf_write *w, nf_mac_t mac, size_t offset, uint64_t number)
{
    char copy[sizeof(struct nf_node) + NF_NODE_EXTRA_MAX + NF_NODE_JSON_MAX];
    struct nf_bytes key = {mac.b, sizeof(mac.b)}, value;

    if (!nf_read_get(&w->read, NF_NODES, key, &value)
        || value.len < sizeof(struct nf_node) || value.len > sizeof(copy))
    {
        return false;
    }
    memcpy(copy, value.data, value.len); /* a put may move what it points to */
    memcpy(copy + offset, &number, sizeof(number));
    return nf_write_put(w, NF_NODES, key, (struct nf_bytes){copy, value.len});
}

bool
nf_nodes_touch(struct nf_write *w, nf_mac_t mac, uint64_t event)
{
    return set(w, mac, offsetof(struct nf_node, last_event), event);
}

bool
nf_nodes_heard(struct nf_write *w, nf_mac_t mac, nf_time_t time)
{
    return set(w, mac, offsetof(struct nf_node, heard), (uint64_t) time);
}

/* The node that the age scan stands on. */
static bool
listed(struct nf_scan *scan, struct nf_node_view *view)
{
    nf_mac_t mac;

    if (scan->key.len != 8 + sizeof(mac.b)) {
        nf_read_fail(scan->r, NF_CORRUPT);
        return false;
    }
    memcpy(mac.b, (const char *) scan->key.data + 8, sizeof(mac.b));
    if (!nf_nodes_get(scan->r, mac, view)) {
        nf_read_fail(scan->r, NF_CORRUPT);
        return false;
    }
    return true;
}

bool
nf_nodes_list(struct nf_scan *scan, const struct nf_node_position *after,
              struct nf_node_view *view)
{
    if (after == NULL) {
        return nf_scan_seek(scan, nothing) && listed(scan, view);
    }
    struct nf_key key = age_key(after->created_at, after->mac);
    if (!nf_scan_seek(scan, nf_key_bytes(&key))) {
        return false;
    }
    if (nf_scan_has(scan, nf_key_bytes(&key))) {
        return nf_nodes_list_next(scan, view);
    }
    return listed(scan, view);
}

bool
nf_nodes_list_next(struct nf_scan *scan, struct nf_node_view *view)
{
    return nf_scan_next(scan) && listed(scan, view);
}

void
nf_nodes_file(struct nf_write *w)
{
    struct nf_node_view view;
    NF_SCAN(scan, &w->read, NF_NODES_BY_AGE);

    for (bool ok = nf_nodes_list(&scan, NULL, &view); ok;
         ok = nf_nodes_list_next(&scan, &view))
    {
        file(w, NULL, &view.node);
        if (view.node.hostname[0] != '\0') {
            struct nf_key name = nf_nodes_name_key(&view.node);
            put_row(w, &view.node, &name);
        }
    }
}
