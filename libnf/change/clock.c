#include "change/change.h"

#include "base/time.h"
#include "change/record.h"
#include "store/events.h"
#include "store/key.h"
#include "store/leases.h"
#include "store/requests.h"
#include "store/tasks.h"

enum {
    MISSED_HEARTBEATS = 3,
    REMEMBER_REQUESTS_HOURS = 24,
    REMEMBER_LEASES_MINUTES = 60,
};

/* Steps are of a node's latest task: an older one's time is not theirs. */
static bool
is_latest(struct nf_read *r, const struct nf_task *task)
{
    struct nf_node_view view;

    return !nf_task_has_node(task)
           || (nf_nodes_get(r, task->mac, &view) && view.node.task == task->id);
}

static void
pass_deadlines(struct nf_change *c, unsigned max)
{
    struct nf_task_input input = {.event = NF_TASK_DEADLINE};
    struct nf_task task;

    while (max-- > 0 && nf_tasks_due(&c->w->read, c->now, &task)) {
        if ((is_latest(&c->w->read, &task) && nf_record_step(c, &task, &input))
            || c->w->read.err != NF_OK)
        {
            continue;
        }
        /* It has nothing to wait for any more. */
        task.deadline = 0;
        (void) nf_tasks_put(c->w, &task, NULL);
    }
}

static bool
is_online(struct nf_read *r, nf_mac_t mac)
{
    struct nf_node_view view;

    return nf_nodes_get(r, mac, &view) && view.node.online;
}

/* The first node behind *at whose heartbeats stopped; false: none. */
static bool
find_stale(struct nf_read *r, nf_mac_t *at, bool *has_at, nf_time_t before)
{
    struct nf_bytes from = {*has_at ? (const char *) at->b : "",
                            *has_at ? sizeof(at->b) : 0};
    NF_SCAN(scan, r, NF_HEARTBEATS);
    bool found = nf_scan_seek(&scan, from);

    if (found && *has_at && nf_scan_has(&scan, from)) {
        found = nf_scan_next(&scan);
    }
    for (; found; found = nf_scan_next(&scan)) {
        if (scan.key.len != sizeof(at->b)) {
            continue;
        }
        memcpy(at->b, scan.key.data, sizeof(at->b));
        *has_at = true;
        /* The time is at hand: nearly all heartbeats are fresh. */
        if ((nf_time_t) nf_key_number_at(scan.value, 0) < before
            && is_online(r, *at)) {
            return true;
        }
    }
    return false;
}

static void
mark_offline(struct nf_change *c, nf_mac_t mac)
{
    struct nf_held_node held;

    if (nf_hold_node(c, mac, &held) == NF_OK) {
        held.node.online = 0;
        (void) nf_record_node(c, NF_EVENT_NODE_OFFLINE, &held.node, held.extra);
    }
}

static void
find_offline(struct nf_change *c, unsigned max)
{
    int64_t interval = nf_setting_number(c->settings->heartbeat_interval);
    nf_time_t before = c->now - NF_SECONDS(interval * MISSED_HEARTBEATS);
    nf_mac_t at = {0};
    bool has_at = false;

    if (c->listening > before) {
        return;
    }
    while (max-- > 0 && find_stale(&c->w->read, &at, &has_at, before)) {
        mark_offline(c, at);
    }
}

/*
 * Whether a lease ended so long ago that no report of it can still be on its
 * way.  One whose `del` was lost (its hook was killed) ends by its expiry.
 */
static bool
is_long_over(const struct nf_lease *lease, nf_time_t now)
{
    nf_time_t end =
        lease->expires > lease->changed_at ? lease->expires : lease->changed_at;

    return (lease->is_gone || lease->expires != 0)
           && end < now - NF_MINUTES(REMEMBER_LEASES_MINUTES);
}

/* First given back, with its event; at the next turn forgotten. */
static void
end_lease(struct nf_change *c, struct nf_lease *lease)
{
    if (lease->is_gone) {
        nf_leases_delete(c->w, lease->ip);
        return;
    }
    lease->is_gone = 1;
    (void) nf_record_lease(c, lease);
}

static void
forget_leases(struct nf_change *c, unsigned max)
{
    struct nf_lease lease;
    nf_ip4_t at;
    bool more = nf_leases_next(&c->w->read, NULL, &lease);

    while (more && max > 0) {
        at = lease.ip;
        if (is_long_over(&lease, c->now)) {
            end_lease(c, &lease);
            max--;
        }
        more = nf_leases_next(&c->w->read, &at, &lease);
    }
}

nf_error_t
nf_change_clock(struct nf_change *c, unsigned max, nf_time_t *next)
{
    pass_deadlines(c, max);
    find_offline(c, max);
    forget_leases(c, max);
    bool has_more =
        nf_events_trim(
            c->w, (uint64_t) nf_setting_number(c->settings->event_window), max)
        == max;
    nf_requests_trim(c->w, c->now - NF_MINUTES(60 * REMEMBER_REQUESTS_HOURS),
                     max);
    nf_time_t deadline = nf_tasks_next_deadline(&c->w->read);
    nf_time_t look = c->now + (has_more ? 0 : NF_SECONDS(10));
    *next = deadline != 0 && deadline < look ? deadline : look;
    return c->w->read.err;
}
