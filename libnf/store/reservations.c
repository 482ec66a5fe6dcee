/*
 * reservations:         address        -> struct nf_reservation
 * reservations-by-card: card, address  -> nothing; those not dropped
 * reservations-dropped: address        -> nothing
 */
#include "store/reservations.h"

#include "store/key.h"

static const struct nf_bytes nothing = {"", 0};

bool
nf_reservations_is_sound(const struct nf_reservation *reservation)
{
    return reservation->state <= NF_RESERVATION_DROPPED
           && reservation->card.len <= NF_CARD_MAX;
}

/* A record under another's key would lead a walk round in circles. */
static bool
decode(struct nf_read *r, nf_ip4_t ip, struct nf_bytes value,
       struct nf_reservation *out)
{
    struct nf_reservation read;

    if (value.len == sizeof(read)) {
        memcpy(&read, value.data, sizeof(read));
    }
    if (value.len != sizeof(read) || !nf_ip4_equal(read.ip, ip)
        || !nf_reservations_is_sound(&read))
    {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    *out = read;
    return true;
}

bool
nf_reservations_get(struct nf_read *r, nf_ip4_t ip, struct nf_reservation *out)
{
    struct nf_key key = nf_key_ip(ip);
    struct nf_bytes value;

    return nf_read_get(r, NF_RESERVATIONS, nf_key_bytes(&key), &value)
           && decode(r, ip, value, out);
}

static struct nf_key
card_key(const struct nf_card *card)
{
    struct nf_key key = {.len = 0};

    nf_key_add(&key, &card->type, 1);
    nf_key_add(&key, &card->len, 1);
    nf_key_add(&key, card->b, card->len);
    return key;
}

bool
nf_reservations_of(struct nf_read *r, const struct nf_card *card,
                   struct nf_ip4_net net, struct nf_reservation *out)
{
    struct nf_key from = card_key(card);
    struct nf_bytes prefix = nf_key_bytes(&from);
    nf_ip4_t ip;
    NF_SCAN(scan, r, NF_RESERVATIONS_BY_CARD);

    for (bool more = nf_scan_seek(&scan, prefix);
         more && nf_scan_has(&scan, prefix)
         && scan.key.len == prefix.len + sizeof(ip.b);
         more = nf_scan_next(&scan))
    {
        memcpy(ip.b, (const char *) scan.key.data + prefix.len, sizeof(ip.b));
        if (nf_ip4_net_has(net, ip)) {
            return nf_reservations_get(r, ip, out);
        }
    }
    return false;
}

/* The one index that leads to it. */
static nf_table_t
index_of(const struct nf_reservation *reservation, struct nf_key *key)
{
    if (reservation->state == NF_RESERVATION_DROPPED) {
        *key = nf_key_ip(reservation->ip);
        return NF_RESERVATIONS_DROPPED;
    }
    *key = card_key(&reservation->card);
    nf_key_add(key, reservation->ip.b, sizeof(reservation->ip.b));
    return NF_RESERVATIONS_BY_CARD;
}

static bool
index_drop(struct nf_write *w, nf_ip4_t ip)
{
    struct nf_reservation old;
    struct nf_key key;

    if (!nf_reservations_get(&w->read, ip, &old)) {
        return w->read.err == NF_OK;
    }
    nf_table_t table = index_of(&old, &key);
    return nf_write_delete(w, table, nf_key_bytes(&key));
}

bool
nf_reservations_put(struct nf_write *w,
                    const struct nf_reservation *reservation)
{
    struct nf_key ip = nf_key_ip(reservation->ip), key;
    nf_table_t table = index_of(reservation, &key);

    return index_drop(w, reservation->ip)
           && nf_write_put(w, table, nf_key_bytes(&key), nothing)
           && nf_write_put(
               w, NF_RESERVATIONS, nf_key_bytes(&ip),
               (struct nf_bytes){reservation, sizeof(*reservation)});
}

bool
nf_reservations_delete(struct nf_write *w, nf_ip4_t ip)
{
    struct nf_key key = nf_key_ip(ip);

    return index_drop(w, ip)
           && nf_write_delete(w, NF_RESERVATIONS, nf_key_bytes(&key));
}

/* The first address in a table behind *after. */
static bool
next_ip(struct nf_read *r, nf_table_t table, const nf_ip4_t *after,
        nf_ip4_t *ip)
{
    struct nf_key from =
        after == NULL ? (struct nf_key){.len = 0} : nf_key_ip(*after);
    NF_SCAN(scan, r, table);

    if (!nf_scan_seek(&scan, nf_key_bytes(&from))
        || (after != NULL && nf_scan_has(&scan, nf_key_bytes(&from))
            && !nf_scan_next(&scan)))
    {
        return false;
    }
    if (scan.key.len != sizeof(ip->b)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    memcpy(ip->b, scan.key.data, sizeof(ip->b));
    return true;
}

bool
nf_reservations_next(struct nf_read *r, const nf_ip4_t *after,
                     struct nf_reservation *out)
{
    nf_ip4_t ip;

    return next_ip(r, NF_RESERVATIONS, after, &ip)
           && nf_reservations_get(r, ip, out);
}

bool
nf_reservations_next_dropped(struct nf_read *r, const nf_ip4_t *after,
                             struct nf_reservation *out)
{
    nf_ip4_t ip;

    return next_ip(r, NF_RESERVATIONS_DROPPED, after, &ip)
           && nf_reservations_get(r, ip, out);
}
