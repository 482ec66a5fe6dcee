/*
 * dnsmasq's reports come late, coalesced and out of order, so what is kept is
 * the greatest report per address by (when dnsmasq queued it, expiry, present
 * before given back).  A maximum does not depend on the order of arrival.  A
 * lease that was given back stays as a mark for a while, or a report that was
 * overtaken would bring it back.
 */
#include "change/change.h"

#include "base/time.h"
#include "change/record.h"
#include "change/sign.h"
#include "change/step.h"
#include "store/leases.h"

/* A time that is so far to come is of before the clock was set back. */
enum {
    AHEAD_MINUTES = 10,
};

static int
compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* 0 means for ever. */
static int64_t
expiry(const struct nf_lease *lease)
{
    return lease->expires == 0 ? INT64_MAX : lease->expires;
}

/* Which of two reports of one address is the later: < 0, 0, > 0. */
static int
compare(const struct nf_lease *a, const struct nf_lease *b)
{
    int order = compare_numbers(a->changed_at, b->changed_at);

    if (order == 0) {
        order = compare_numbers(expiry(a), expiry(b));
    }
    if (order == 0) {
        order = compare_numbers(!a->is_gone, !b->is_gone);
    }
    return order;
}

/*
 * dnsmasq tells of a lease that ended which it was, by its expiry, but not
 * when.  The clock is no answer: while a queue of scripts stands it is ahead
 * of reports that come later and must count as later.  So the end belongs to
 * the report that it ends, and takes its time.
 */
static bool
is_late(const struct nf_lease *reported, const struct nf_lease *old)
{
    if (reported->is_gone && reported->changed_at == 0) {
        return !nf_lease_is_same_client(reported, old)
               || expiry(reported) < expiry(old);
    }
    if (old->is_gone && old->changed_at == 0) { /* its end overtook it */
        return nf_lease_is_same_client(reported, old)
               && expiry(reported) <= expiry(old);
    }
    return compare(reported, old) < 0;
}

static bool
is_of_firmware(const struct nf_lease *lease)
{
    struct nf_text class = nf_text(lease->vendor_class);

    return nf_text_starts(class, NF_TEXT("PXEClient"))
           || nf_text_starts(class, NF_TEXT("HTTPClient"));
}

/* Of two vendor classes of one client the firmware's tells more, and of two of
 * the firmware's the later: its setup may have been changed.  Between equals
 * any rule that does not depend on order will do. */
static bool
is_better_vendor_class(const struct nf_lease *a, const struct nf_lease *b)
{
    if (is_of_firmware(a) != is_of_firmware(b)) {
        return is_of_firmware(a);
    }
    return a->changed_at != b->changed_at
               ? a->changed_at > b->changed_at
               : strcmp(a->vendor_class, b->vendor_class) > 0;
}

/* What was learnt of a client in one stage of its boot holds in all. */
static void
merge(struct nf_lease *into, const struct nf_lease *from)
{
    if (!nf_lease_is_same_client(into, from)) {
        return;
    }
    into->is_pxe |= from->is_pxe;
    if (is_better_vendor_class(from, into)) {
        memcpy(into->vendor_class, from->vendor_class,
               sizeof(into->vendor_class));
    }
    if (into->client_id_len == 0) {
        into->client_id_len = from->client_id_len;
        memcpy(into->client_id, from->client_id, sizeof(into->client_id));
    }
}

/* What is stored is of before the clock was set back, and the report is not:
 * their times do not compare. */
static bool
is_of_before(const struct nf_change *c, const struct nf_lease *reported,
             const struct nf_lease *old)
{
    nf_time_t ahead = c->now + NF_MINUTES(AHEAD_MINUTES);

    return reported->changed_at != 0 && reported->changed_at <= ahead
           && old->changed_at > ahead;
}

/* The lease after this report; false: as it was. */
static bool
decide(struct nf_change *c, const struct nf_lease_report *report,
       struct nf_lease *after)
{
    struct nf_lease old, reported = report->lease;

    reported.is_gone = report->action == NF_LEASE_DEL;
    if (reported.changed_at == 0 && !reported.is_gone) {
        reported.changed_at = c->now;
    }
    if (!nf_leases_get(&c->w->read, reported.ip, &old)) {
        *after = reported;
        return c->w->read.err == NF_OK;
    }
    bool was_overtaken =
        !is_of_before(c, &reported, &old) && is_late(&reported, &old);
    if (reported.changed_at == 0) {
        reported.changed_at = old.changed_at;
    }
    *after = was_overtaken ? old : reported;
    merge(after, was_overtaken ? &reported : &old);
    /* Only dnsmasq's clock moved: nothing that anybody could see. */
    struct nf_lease seen = *after;
    seen.changed_at = old.changed_at;
    return memcmp(&seen, &old, sizeof(old)) != 0;
}

/* Which clients become nodes is the operator's rule. */
static bool
makes_node(const struct nf_change *c, const struct nf_lease *lease)
{
    const char *rule = c->settings->node_rule;

    return !lease->is_gone && lease->card.type == 0
           && (strcmp(rule, "all") == 0
               || (strcmp(rule, "pxe") == 0 && lease->is_pxe));
}

/* Of a machine's leases the one that it holds, and longest. */
static bool
is_better(const struct nf_lease *a, const struct nf_lease *b)
{
    return a->is_gone != b->is_gone ? !a->is_gone : expiry(a) > expiry(b);
}

static void
find_best(struct nf_read *r, nf_mac_t mac, struct nf_lease *best)
{
    struct nf_lease lease;
    nf_ip4_t after = {0};

    while (nf_leases_next_of(r, mac, nf_ip4_is_set(after) ? &after : NULL,
                             &lease)) {
        after = lease.ip;
        if (!nf_ip4_is_set(best->ip) || is_better(&lease, best)) {
            *best = lease;
        }
    }
}

/*
 * An address that an operator or a task gave is not moved; any other follows
 * the leases, and is nobody's whom one was given to.  Firmware and system may
 * each hold a lease: which counts must not depend on whose report came last.
 */
void
nf_record_follow_leases(struct nf_change *c, struct nf_node *node)
{
    struct nf_lease best = {0};

    find_best(&c->w->read, node->mac, &best);
    for (unsigned i = 0; i < node->macs_n; i++) {
        find_best(&c->w->read, node->macs[i], &best);
    }
    if (!nf_ip4_is_set(best.ip)) {
        return;
    }
    node->is_leased = 1;
    if (!node->is_bound && !nf_ip4_is_set(node->netmask)
        && !nf_record_is_taken(c, node->mac, best.ip))
    {
        node->ip = best.ip;
    }
}

static void
update_node(struct nf_change *c, nf_mac_t mac)
{
    struct nf_held_node held;

    if (nf_hold_node(c, mac, &held) != NF_OK) {
        return;
    }
    struct nf_node before = held.node;
    held.node.is_leased = 1;
    nf_record_follow_leases(c, &held.node);
    if (memcmp(&before, &held.node, sizeof(before)) != 0) {
        (void) nf_record_node(c, NF_EVENT_NODE_UPDATED, &held.node, held.extra);
    }
}

static void
follow_lease(struct nf_change *c, const struct nf_lease *lease)
{
    nf_mac_t owner;

    if (nf_nodes_mac_owner(&c->w->read, lease->mac, &owner)) {
        update_node(c, owner);
    } else if (makes_node(c, lease)) {
        (void) nf_record_discovered(c, lease->mac, (nf_ip4_t){0},
                                    lease->hostname);
    }
}

/* Another client has the address by now, or nobody, but this one had it: that
 * it is there, and was leased one, must not depend on which report came
 * first. */
static void
follow_overtaken(struct nf_change *c, const struct nf_lease *reported)
{
    struct nf_lease kept;
    nf_mac_t owner;

    if (!nf_leases_get(&c->w->read, reported->ip, &kept)
        || (!kept.is_gone && nf_lease_is_same_client(&kept, reported)))
    {
        return;
    }
    if (!nf_nodes_mac_owner(&c->w->read, reported->mac, &owner)
        && makes_node(c, reported))
    {
        (void) nf_record_discovered(c, reported->mac, (nf_ip4_t){0},
                                    reported->hostname);
    }
    if (nf_nodes_mac_owner(&c->w->read, reported->mac, &owner)) {
        update_node(c, owner);
    }
}

nf_error_t
nf_change_lease(struct nf_change *c, const struct nf_lease_report *report)
{
    struct nf_lease lease;
    nf_mac_t owner;

    if (decide(c, report, &lease) && nf_record_lease(c, &lease)) {
        follow_lease(c, &lease);
    }
    if (report->action != NF_LEASE_DEL) {
        follow_overtaken(c, &report->lease);
    }
    if (report->has_boot_request && report->action != NF_LEASE_DEL
        && nf_nodes_mac_owner(&c->w->read, report->lease.mac, &owner))
    {
        const struct nf_sign_report sign = {.kind = NF_SIGN_FIRMWARE};
        (void) nf_record_node_step(c, owner, NF_TASK_BOOTED, NULL);
        nf_record_seen(c, owner);
        (void) nf_change_sign(c, owner, &sign);
    }
    return c->w->read.err;
}
