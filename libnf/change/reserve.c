#include "change/reserve.h"

#include <stdio.h>

#include "base/time.h"
#include "store/jump.h"
#include "store/leases.h"
#include "store/nodes.h"

enum {
    NOTE_SECONDS = 30, /* how exact asked_at is */
};

static void
drop(struct nf_change *c, struct nf_reservation *row)
{
    row->state = NF_RESERVATION_DROPPED;
    row->asked_at = c->now;
    (void) nf_reservations_put(c->w, row);
}

static bool
is_live(const struct nf_change *c, const struct nf_lease *lease)
{
    if (lease->is_gone || lease->expires == 0 || lease->expires > c->now) {
        return !lease->is_gone;
    }
    struct nf_jump jump = nf_jump_get(&c->w->read);
    return lease->expires + nf_jump_shift(&jump, c->now, lease->changed_at)
           > c->now;
}

static bool
is_clients(const struct nf_lease *lease, const struct nf_card *card)
{
    struct nf_card its = nf_lease_card(lease);

    return card->len > 0 && nf_card_equal(&its, card);
}

/* --- whose an address is ----------------------------------------------------
 */

static bool
is_leased_to_other(struct nf_change *c, nf_ip4_t ip, const struct nf_card *card)
{
    struct nf_lease lease;

    return nf_leases_get(&c->w->read, ip, &lease) && is_live(c, &lease)
           && !is_clients(&lease, card);
}

static bool
is_bound_to_other(struct nf_change *c, nf_ip4_t ip, const struct nf_card *card)
{
    struct nf_node_view view;
    nf_mac_t owner, mac, its;

    if (!nf_nodes_ip_owner(&c->w->read, ip, &owner)
        || !nf_nodes_get(&c->w->read, owner, &view))
    {
        return false;
    }
    /* a task may have bound the address that the node has */
    bool is_kept =
        nf_node_is_static(&view.node) || view.node.status == NF_NODE_INSTALLING;
    bool is_own = nf_card_mac(card, &mac)
                  && nf_nodes_mac_owner(&c->w->read, mac, &its)
                  && nf_mac_equal(its, owner);
    return is_kept && !is_own;
}

static bool
is_reserved(struct nf_change *c, nf_ip4_t ip, const struct nf_card *card)
{
    struct nf_reservation row;

    return nf_reservations_get(&c->w->read, ip, &row)
           && (row.state != NF_RESERVATION_DROPPED
               || !nf_card_equal(&row.card, card));
}

static bool
is_free(struct nf_change *c, const struct nf_reserve_ask *ask, nf_ip4_t ip)
{
    return nf_ip4_is_set(ip) && nf_ip4_net_has(ask->range->net, ip)
           && nf_ranges_misfit(ask->ranges, ip) == NULL
           && !is_reserved(c, ip, &ask->card)
           && !is_leased_to_other(c, ip, &ask->card)
           && !is_bound_to_other(c, ip, &ask->card);
}

/* --- which one it gets ------------------------------------------------------
 */

/* What it leases, also where addresses are not given any more; else what it
 * leased lately. */
static bool
find_leased(struct nf_change *c, const struct nf_reserve_ask *ask, nf_ip4_t *ip)
{
    struct nf_lease lease;
    nf_ip4_t at = {0};
    nf_mac_t mac;
    bool is_found = false;

    if (!nf_card_mac(&ask->card, &mac)) {
        return false;
    }
    while (nf_leases_next_of(&c->w->read, mac, nf_ip4_is_set(at) ? &at : NULL,
                             &lease))
    {
        at = lease.ip;
        bool is_held = is_live(c, &lease);
        if ((!is_held && (is_found || !nf_range_leases(ask->range, at)))
            || !is_free(c, ask, at))
        {
            continue;
        }
        *ip = at;
        is_found = true;
        if (is_held) {
            break;
        }
    }
    return is_found;
}

static bool
holds(struct nf_change *c, nf_ip4_t ip, const struct nf_card *card)
{
    struct nf_lease lease;

    return nf_leases_get(&c->w->read, ip, &lease) && is_live(c, &lease)
           && is_clients(&lease, card);
}

static bool
is_wish_granted(struct nf_change *c, const struct nf_reserve_ask *ask)
{
    return (nf_range_leases(ask->range, ask->wish)
            || holds(c, ask->wish, &ask->card))
           && is_free(c, ask, ask->wish);
}

/* From the hint on and round; who was given the last one may come back. */
static bool
find_free(struct nf_change *c, const struct nf_reserve_ask *ask, nf_ip4_t *ip)
{
    uint32_t first = nf_ip4_number(ask->range->first);
    uint32_t size = nf_ip4_number(ask->range->last) - first + 1;
    uint32_t from = nf_range_leases(ask->range, *ask->hint)
                        ? nf_ip4_number(*ask->hint) - first
                        : 0;

    if (!nf_ip4_is_set(ask->range->first)) {
        return false;
    }
    for (uint32_t i = 0; i < size && c->w->read.err == NF_OK; i++) {
        nf_ip4_t at = nf_ip4_of(first + (from + i) % size);
        if (is_free(c, ask, at)) {
            *ip = at;
            *ask->hint = nf_ip4_of(first + (from + i + 1) % size);
            return true;
        }
    }
    return false;
}

static bool
find(struct nf_change *c, const struct nf_reserve_ask *ask, nf_ip4_t *ip)
{
    if (find_leased(c, ask, ip)) {
        return true;
    }
    if (is_wish_granted(c, ask)) {
        *ip = ask->wish;
        return true;
    }
    return find_free(c, ask, ip);
}

static void
note(struct nf_change *c, const struct nf_reserve_ask *ask,
     struct nf_reservation *row)
{
    bool is_told = row->batch != 0; /* else a lease made it */

    if (!is_told) {
        row->batch = ask->batch;
    }
    if (!is_told || row->asked_at > c->now
        || c->now - row->asked_at >= NF_SECONDS(NOTE_SECONDS))
    {
        row->asked_at = c->now;
        (void) nf_reservations_put(c->w, row);
    }
}

nf_error_t
nf_change_reserve(struct nf_change *c, const struct nf_reserve_ask *ask,
                  struct nf_reservation *out, bool *is_new)
{
    struct nf_reservation row;

    if (nf_reservations_of(&c->w->read, &ask->card, ask->range->net, &row)) {
        *is_new = row.batch == 0;
        note(c, ask, &row);
        *out = row;
        return c->w->read.err;
    }
    row = (struct nf_reservation){.made_at = c->now,
                                  .asked_at = c->now,
                                  .batch = ask->batch,
                                  .card = ask->card};
    if (!find(c, ask, &row.ip)) {
        char net[NF_IP4_TEXT];
        nf_ip4_format(ask->range->net.ip, net);
        (void) nf_refuse(&c->fault, "ip", "no address of %s/%u is free", net,
                         ask->range->net.bits);
        return c->w->read.err != NF_OK ? c->w->read.err : NF_CONFLICT;
    }
    row.state = holds(c, row.ip, &ask->card) ? NF_RESERVATION_HELD
                                             : NF_RESERVATION_OFFERED;
    if (nf_reservations_put(c->w, &row)) {
        *out = row;
        *is_new = true;
    }
    return c->w->read.err;
}

/* --- those that nobody needs ------------------------------------------------
 */

/* Since when the card is not about; INT64_MAX: it is. */
static nf_time_t
idle_since(struct nf_change *c, const struct nf_reservation *row)
{
    struct nf_lease lease;
    bool is_its = nf_leases_get(&c->w->read, row->ip, &lease)
                  && is_clients(&lease, &row->card);

    struct nf_jump jump = nf_jump_get(&c->w->read);
    if (is_its && is_live(c, &lease)) {
        return INT64_MAX;
    }
    bool has_ended =
        is_its && lease.expires > row->asked_at && lease.expires <= c->now;
    return nf_jump_settle(&jump, c->now,
                          has_ended ? lease.expires : row->asked_at);
}

unsigned
nf_change_reserve_drop(struct nf_change *c, const struct nf_range *range,
                       bool is_offered, nf_time_t idle, unsigned max)
{
    struct nf_reservation row;
    nf_ip4_t at = nf_ip4_of(nf_ip4_number(range->net.ip));
    unsigned n = 0;

    while (n < max && nf_reservations_next(&c->w->read, &at, &row)
           && nf_ip4_net_has(range->net, row.ip))
    {
        at = row.ip;
        bool fits =
            row.state
            == (is_offered ? NF_RESERVATION_OFFERED : NF_RESERVATION_HELD);
        nf_time_t since = fits ? idle_since(c, &row) : INT64_MAX;
        if (since != INT64_MAX && c->now - since >= idle) {
            drop(c, &row);
            n++;
        }
    }
    return n;
}

void
nf_change_reserve_forget(struct nf_change *c, nf_ip4_t ip)
{
    struct nf_reservation row;

    if (nf_reservations_get(&c->w->read, ip, &row)
        && row.state == NF_RESERVATION_DROPPED)
    {
        (void) nf_reservations_delete(c->w, ip);
    }
}

/* --- what follows from other changes ----------------------------------------
 */

void
nf_record_reserve_lease(struct nf_change *c, const struct nf_lease *lease)
{
    struct nf_reservation row;

    if (!nf_reservations_get(&c->w->read, lease->ip, &row)
        || row.state == NF_RESERVATION_DROPPED || !is_clients(lease, &row.card))
    {
        return;
    }
    if (lease->is_gone) {
        row.asked_at = c->now;
    } else if (row.state == NF_RESERVATION_HELD) {
        return;
    }
    row.state = NF_RESERVATION_HELD;
    (void) nf_reservations_put(c->w, &row);
}

static nf_ip4_t
bound_ip(const struct nf_node *node)
{
    return node != NULL && nf_node_is_bound(node) ? node->ip : (nf_ip4_t){0};
}

static bool
has_card(const struct nf_node *node, nf_mac_t mac)
{
    bool is_its = nf_mac_equal(node->mac, mac);

    for (size_t i = 0; i < node->macs_n; i++) {
        is_its |= nf_mac_equal(node->macs[i], mac);
    }
    return is_its;
}

/* The subnet of an address; of one that is in none, the address itself. */
static struct nf_ip4_net
net_of(const struct nf_change *c, nf_ip4_t ip)
{
    struct nf_ranges ranges;
    struct nf_fault ignored; /* the settings were checked */
    const struct nf_range *range =
        nf_ranges_read(c->settings, &ranges, &ignored) == NF_OK
            ? nf_ranges_of(&ranges, ip)
            : NULL;

    return range != NULL ? range->net : nf_ip4_net_of(ip, 32);
}

/* It is the node's no more: its card's that leases it, or nobody's. */
static void
release(struct nf_change *c, const struct nf_node *old, nf_ip4_t ip)
{
    struct nf_reservation row, other;
    struct nf_lease lease;

    if (nf_reservations_get(&c->w->read, ip, &row)) {
        return;
    }
    row = (struct nf_reservation){.made_at = c->now,
                                  .asked_at = c->now,
                                  .ip = ip,
                                  .card = nf_card_of(old->mac),
                                  .state = NF_RESERVATION_DROPPED};
    if (nf_leases_get(&c->w->read, ip, &lease) && is_live(c, &lease)
        && lease.card.type == 0 && has_card(old, lease.mac))
    {
        row.card = nf_card_of(lease.mac);
        if (!nf_reservations_of(&c->w->read, &row.card, net_of(c, ip), &other))
        {
            row.state = NF_RESERVATION_HELD;
        }
    }
    (void) nf_reservations_put(c->w, &row);
}

/* It is the node's own now: no reservation of its card says another one, nor
 * anybody's the same. */
static void
take(struct nf_change *c, const struct nf_node *node, nf_ip4_t ip)
{
    struct nf_card card = nf_card_of(node->mac);
    struct nf_reservation row;

    if (nf_reservations_of(&c->w->read, &card, net_of(c, ip), &row)) {
        drop(c, &row);
    }
    if (nf_reservations_get(&c->w->read, ip, &row)
        && row.state != NF_RESERVATION_DROPPED)
    {
        drop(c, &row);
    }
}

void
nf_record_reserve_node(struct nf_change *c, const struct nf_node *old,
                       const struct nf_node *node)
{
    nf_ip4_t was = bound_ip(old), is = bound_ip(node);

    if (nf_ip4_equal(was, is)) {
        return;
    }
    if (nf_ip4_is_set(was)) {
        release(c, old, was);
    }
    if (nf_ip4_is_set(is)) {
        take(c, node, is);
    }
}
