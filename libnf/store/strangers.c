/*
 * strangers: is_leased, created_at, mac -> nothing
 * meta:      "stranger-bytes"           -> number
 */
#include "store/strangers.h"

#include "store/hardware.h"
#include "store/key.h"
#include "store/nodes.h"

static const struct nf_bytes nothing = {"", 0};
static const struct nf_bytes bytes_key = {"stranger-bytes", 14};

enum {
    KEY = 1 + 8 + 6
};

void
nf_strangers_key(const struct nf_node *node, struct nf_key *key)
{
    *key = (struct nf_key){.data = {node->is_leased}, .len = 1};
    nf_key_add_number(key, (uint64_t) node->created_at);
    nf_key_add(key, node->mac.b, sizeof(node->mac.b));
}

struct nf_strangers
nf_strangers_count(struct nf_read *r)
{
    struct nf_strangers count = {.n = nf_read_count(r, NF_STRANGERS)};
    struct nf_bytes value;

    if (nf_read_get(r, NF_META, bytes_key, &value)) {
        count.bytes = nf_key_number_at(value, 0);
    }
    return count;
}

static bool
read_mac(struct nf_scan *scan, nf_mac_t *mac)
{
    if (scan->key.len != KEY) {
        nf_read_fail(scan->r, NF_CORRUPT);
        return false;
    }
    memcpy(mac->b, (const char *) scan->key.data + KEY - sizeof(mac->b),
           sizeof(mac->b));
    return true;
}

bool
nf_strangers_oldest(struct nf_read *r, nf_mac_t keep, nf_mac_t *mac)
{
    NF_SCAN(scan, r, NF_STRANGERS);
    bool is_there = nf_scan_seek(&scan, nothing) && read_mac(&scan, mac);

    return is_there
           && (!nf_mac_equal(*mac, keep)
               || (nf_scan_next(&scan) && read_mac(&scan, mac)));
}

static void
add_bytes(struct nf_write *w, size_t was, size_t is)
{
    uint64_t sum = nf_strangers_count(&w->read).bytes + is;
    uint64_t bytes = sum > was ? sum - was : 0;
    struct nf_key value = nf_key_number(bytes);

    if (was != is && bytes > 0) {
        nf_write_put(w, NF_META, bytes_key, nf_key_bytes(&value));
    } else if (was != is) {
        nf_write_delete(w, NF_META, bytes_key);
    }
}

static size_t
inventory_of(struct nf_read *r, nf_mac_t mac)
{
    struct nf_hardware hardware;

    return nf_hardware_get(r, mac, &hardware) ? hardware.json.len : 0;
}

/* Nobody is a stranger again. */
void
nf_strangers_follow(struct nf_write *w, const struct nf_node *old,
                    const struct nf_node *now)
{
    bool was = old != NULL && !old->is_known;
    bool is = now != NULL && !now->is_known;
    struct nf_key before = {.len = 0}, after = {.len = 0};

    if (was && is && old->is_leased == now->is_leased) {
        return;
    }
    if (was) {
        nf_strangers_key(old, &before);
        nf_write_delete(w, NF_STRANGERS, nf_key_bytes(&before));
    }
    if (is) {
        nf_strangers_key(now, &after);
        nf_write_put(w, NF_STRANGERS, nf_key_bytes(&after), nothing);
    }
    if (was && !is) {
        add_bytes(w, inventory_of(&w->read, old->mac), 0);
    }
}

void
nf_strangers_resize(struct nf_write *w, nf_mac_t mac, size_t was, size_t is)
{
    struct nf_node_view view;

    if (nf_nodes_get(&w->read, mac, &view) && !view.node.is_known) {
        add_bytes(w, was, is);
    }
}
