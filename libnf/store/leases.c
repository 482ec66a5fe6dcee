/*
 * leases:        address       -> struct nf_lease
 * leases-by-mac: mac, address  -> nothing
 */
#include "store/leases.h"

#include "base/time.h"
#include "model/arch.h"
#include "model/node.h"
#include "store/expiry.h"
#include "store/key.h"
#include "store/schema_2.h"

enum {
    REMEMBER_MINUTES = 60,
};

static const struct nf_bytes nothing = {"", 0};

/* A record under another's key would lead a walk round in circles. */
static bool
decode(struct nf_read *r, const void *ip, struct nf_bytes value,
       struct nf_lease *lease)
{
    if (value.len != sizeof(*lease)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    memcpy(lease, value.data, sizeof(*lease));
    if (memcmp(lease->ip.b, ip, sizeof(lease->ip.b)) != 0
        || lease->client_id_len > NF_LEASE_CLIENT_ID
        || lease->card.len > NF_CARD_MAX
        || !nf_text_is_ended(lease->hostname, sizeof(lease->hostname))
        || !nf_text_is_ended(lease->vendor_class, sizeof(lease->vendor_class)))
    {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    return true;
}

bool
nf_leases_get(struct nf_read *r, nf_ip4_t ip, struct nf_lease *lease)
{
    struct nf_bytes value;

    return nf_read_get(r, NF_LEASES, (struct nf_bytes){ip.b, sizeof(ip.b)},
                       &value)
           && decode(r, ip.b, value, lease);
}

static struct nf_key
mac_ip_key(nf_mac_t mac, nf_ip4_t ip)
{
    struct nf_key key = nf_key_mac(mac);

    nf_key_add(&key, ip.b, sizeof(ip.b));
    return key;
}

nf_time_t
nf_leases_over(const struct nf_lease *lease)
{
    nf_time_t end =
        lease->expires > lease->changed_at ? lease->expires : lease->changed_at;

    return lease->is_gone || lease->expires != 0
               ? end + NF_MINUTES(REMEMBER_MINUTES) + 1
               : 0;
}

/* Renewed, it stays where it is filed. */
static void
file(struct nf_write *w, const struct nf_lease *old,
     const struct nf_lease *lease)
{
    nf_time_t over = nf_leases_over(lease);
    nf_time_t was = old == NULL ? 0 : nf_leases_over(old);

    if (over != 0 && (was == 0 || over < was)) {
        nf_expiry_file_by(w, NF_EXPIRY_LEASE,
                          (struct nf_bytes){lease->ip.b, sizeof(lease->ip.b)},
                          over);
    }
}

/* Only Ethernet cards have a row: no other leads to a node. */
static bool
index_put(struct nf_write *w, const struct nf_lease *lease)
{
    struct nf_key key = mac_ip_key(lease->mac, lease->ip);

    return lease->card.type != 0
           || nf_write_put(w, NF_LEASES_BY_MAC, nf_key_bytes(&key), nothing);
}

static bool
index_drop(struct nf_write *w, const struct nf_lease *lease)
{
    struct nf_key key = mac_ip_key(lease->mac, lease->ip);

    return nf_write_delete(w, NF_LEASES_BY_MAC, nf_key_bytes(&key));
}

bool
nf_leases_put(struct nf_write *w, const struct nf_lease *lease)
{
    struct nf_lease old;

    bool has_old = nf_leases_get(&w->read, lease->ip, &old);
    file(w, has_old ? &old : NULL, lease);
    if (has_old && !nf_mac_equal(old.mac, lease->mac)) {
        index_drop(w, &old);
    }
    return index_put(w, lease)
           && nf_write_put(w, NF_LEASES, (struct nf_bytes){lease->ip.b, 4},
                           (struct nf_bytes){lease, sizeof(*lease)});
}

bool
nf_leases_delete(struct nf_write *w, nf_ip4_t ip)
{
    struct nf_lease old;

    if (!nf_leases_get(&w->read, ip, &old)) {
        return false;
    }
    struct nf_bytes key = {ip.b, sizeof(ip.b)};
    return nf_expiry_drop(w, NF_EXPIRY_LEASE, key) && index_drop(w, &old)
           && nf_write_delete(w, NF_LEASES, key);
}

/* The first pair behind key, which itself may or may not be there. */
static bool
seek_behind(struct nf_scan *scan, struct nf_bytes key)
{
    if (!nf_scan_seek(scan, key)) {
        return false;
    }
    bool is_same =
        key.len > 0 && scan->key.len == key.len && nf_scan_has(scan, key);
    return !is_same || nf_scan_next(scan);
}

bool
nf_leases_next(struct nf_read *r, const nf_ip4_t *after, struct nf_lease *lease)
{
    struct nf_bytes from = {after == NULL ? "" : (const char *) after->b,
                            after == NULL ? 0 : 4};
    NF_SCAN(scan, r, NF_LEASES);

    return seek_behind(&scan, from) && scan.key.len == sizeof(lease->ip.b)
           && decode(r, scan.key.data, scan.value, lease);
}

bool
nf_leases_next_of(struct nf_read *r, nf_mac_t mac, const nf_ip4_t *after,
                  struct nf_lease *lease)
{
    struct nf_key from =
        after == NULL ? nf_key_mac(mac) : mac_ip_key(mac, *after);
    nf_ip4_t ip;
    NF_SCAN(scan, r, NF_LEASES_BY_MAC);

    if (!seek_behind(&scan, nf_key_bytes(&from))
        || !nf_scan_has(&scan, (struct nf_bytes){mac.b, sizeof(mac.b)})
        || scan.key.len != sizeof(mac.b) + sizeof(ip.b))
    {
        return false;
    }
    memcpy(ip.b, (const char *) scan.key.data + sizeof(mac.b), sizeof(ip.b));
    return nf_leases_get(r, ip, lease);
}

bool
nf_leases_arch_of(struct nf_read *r, nf_mac_t mac, uint16_t *arch,
                  nf_time_t *asked_at)
{
    struct nf_lease lease;
    nf_ip4_t at;
    uint16_t one;

    *asked_at = 0;
    for (bool more = nf_leases_next_of(r, mac, NULL, &lease); more;
         more = nf_leases_next_of(r, mac, &at, &lease))
    {
        at = lease.ip;
        if (lease.changed_at >= *asked_at
            && nf_arch_of_class(lease.vendor_class, &one)) {
            *arch = one;
            *asked_at = lease.changed_at;
        }
    }
    return *asked_at != 0;
}

static bool
has_row(struct nf_read *r, nf_mac_t mac)
{
    struct nf_bytes prefix = {mac.b, sizeof(mac.b)};
    NF_SCAN(scan, r, NF_LEASES_BY_MAC);

    return nf_scan_seek(&scan, prefix) && nf_scan_has(&scan, prefix);
}

bool
nf_leases_any_of(struct nf_read *r, const struct nf_node *node)
{
    bool any = has_row(r, node->mac);

    for (size_t i = 0; i < node->macs_n && i < NF_NODE_MACS && !any; i++) {
        any = has_row(r, node->macs[i]);
    }
    return any;
}

void
nf_lease_from_2(const struct nf_lease_2 *old, struct nf_lease *lease)
{
    *lease = (struct nf_lease){
        .expires = old->expires,
        .changed_at = old->changed_at,
        .ip = old->ip,
        .mac = old->mac,
        .client_id_len = old->client_id_len,
        .is_pxe = old->is_pxe,
        .is_gone = old->is_gone,
    };
    memcpy(lease->client_id, old->client_id, sizeof(old->client_id));
    memcpy(lease->hostname, old->hostname, sizeof(old->hostname));
    memcpy(lease->vendor_class, old->vendor_class, sizeof(old->vendor_class));
}

void
nf_leases_file(struct nf_write *w)
{
    struct nf_lease lease;
    nf_ip4_t at;

    for (bool more = nf_leases_next(&w->read, NULL, &lease); more;
         more = nf_leases_next(&w->read, &at, &lease))
    {
        at = lease.ip;
        file(w, NULL, &lease);
    }
}
