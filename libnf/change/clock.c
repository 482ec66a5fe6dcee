#include "change/change.h"

#include "base/time.h"
#include "change/answer.h"
#include "change/console.h"
#include "change/record.h"
#include "change/step.h"
#include "store/commands.h"
#include "store/events.h"
#include "store/expiry.h"
#include "store/jump.h"
#include "store/leases.h"
#include "store/requests.h"
#include "store/tasks.h"

enum {
    MISSED_HEARTBEATS = 3,
    REMEMBER_REQUESTS_HOURS = 24,
    /* Looking costs less than changing, and forgetting less than both. */
    LOOKS_EACH = 4,
    FORGETS_EACH = 4,
    LOOKS_MAX = 256,
    LOOK_AGAIN_MINUTES = 10,
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

/*
 * Each look says when to look again, 0: not any more; and takes one from *left
 * for what it changed.
 */
typedef nf_time_t look_t(struct nf_change *c, const struct nf_expiry *at,
                         unsigned *left);

static void
mark_offline(struct nf_change *c, nf_mac_t mac)
{
    struct nf_held_node held;

    if (nf_hold_node(c, mac, &held) == NF_OK) {
        held.node.online = 0;
        (void) nf_record_node(c, NF_EVENT_NODE_OFFLINE, &held.node, held.extra);
    }
}

/* Who did not listen cannot say that a node was silent.  A shorter interval
 * in the settings must show before a long one is over. */
static nf_time_t
look_at_node(struct nf_change *c, const struct nf_expiry *at, unsigned *left)
{
    int64_t interval = nf_setting_number(c->settings->heartbeat_interval);
    nf_time_t soon = c->now + NF_MINUTES(LOOK_AGAIN_MINUTES);
    struct nf_node_view view;
    nf_mac_t mac;

    memcpy(mac.b, at->id, sizeof(mac.b));
    if (!nf_nodes_get(&c->w->read, mac, &view) || !view.node.online) {
        return 0;
    }
    struct nf_jump jump = nf_jump_get(&c->w->read);
    nf_time_t heard = nf_jump_settle(&jump, c->now, view.node.heard);
    nf_time_t since = heard > c->listening ? heard : c->listening;
    nf_time_t end = since + NF_SECONDS(interval * MISSED_HEARTBEATS) + 1;
    if (end > c->now) {
        return end < soon ? end : soon;
    }
    mark_offline(c, mac);
    --*left;
    return 0;
}

/* First given back, with its event; at the next turn forgotten. */
static nf_time_t
look_at_lease(struct nf_change *c, const struct nf_expiry *at, unsigned *left)
{
    struct nf_lease lease;
    nf_ip4_t ip;

    memcpy(ip.b, at->id, sizeof(ip.b));
    if (!nf_leases_get(&c->w->read, ip, &lease)) {
        return 0;
    }
    nf_time_t over = nf_leases_over(&lease);
    struct nf_jump jump = nf_jump_get(&c->w->read);
    if (over != 0) {
        over += nf_jump_shift(&jump, c->now, lease.changed_at);
    }
    if (over == 0 || over > c->now) {
        return over;
    }
    --*left;
    if (lease.is_gone) {
        nf_leases_delete(c->w, ip);
        return 0;
    }
    lease.is_gone = 1;
    (void) nf_record_lease(c, &lease);
    return over;
}

static nf_time_t
look_at_console(struct nf_change *c, const struct nf_expiry *at, unsigned *left)
{
    nf_mac_t mac;

    memcpy(mac.b, at->id, sizeof(mac.b));
    nf_time_t again = nf_change_console_look(c, mac);
    *left -= again == 0;
    return again;
}

static const struct {
    look_t *look;
    size_t id_len;
} kinds[] = {
    [NF_EXPIRY_LEASE] = {look_at_lease, sizeof(((nf_ip4_t *) 0)->b)},
    [NF_EXPIRY_NODE] = {look_at_node, sizeof(((nf_mac_t *) 0)->b)},
    [NF_EXPIRY_CONSOLE] = {look_at_console, sizeof(((nf_mac_t *) 0)->b)},
};

static void
look_at(struct nf_change *c, const struct nf_expiry *at, unsigned *left)
{
    struct nf_bytes id = {at->id, at->id_len};

    if (at->kind >= sizeof(kinds) / sizeof(kinds[0])
        || kinds[at->kind].id_len != at->id_len)
    {
        nf_read_fail(&c->w->read, NF_CORRUPT);
        return;
    }
    nf_time_t again = kinds[at->kind].look(c, at, left);
    if (again != 0) {
        nf_expiry_file(c->w, at->kind, id, again);
    } else {
        nf_expiry_drop(c->w, at->kind, id);
    }
}

/* Returns when to look again. */
static nf_time_t
look_at_due(struct nf_change *c, unsigned looks, unsigned changes)
{
    struct nf_expiry due[LOOKS_MAX];
    size_t max = looks < LOOKS_MAX ? looks : LOOKS_MAX, i = 0;
    nf_time_t next;
    size_t n = nf_expiry_due(&c->w->read, c->now, due, max, &next);

    while (i < n && changes > 0 && c->w->read.err == NF_OK) {
        look_at(c, &due[i++], &changes);
    }
    return i < n ? c->now : next;
}

/* Of answers: a clock that was set forward has not made them older. */
static nf_time_t
forget_before(struct nf_change *c)
{
    const nf_time_t each = NF_MINUTES(60 * REMEMBER_REQUESTS_HOURS);
    struct nf_jump jump = nf_jump_get(&c->w->read);
    bool is_new = jump.by > 0 && c->now - jump.at < each;

    return c->now - each - (is_new ? jump.by : 0);
}

nf_time_t
nf_change_next_deadline(struct nf_read *r)
{
    nf_time_t task = nf_tasks_next_deadline(r);
    nf_time_t command = nf_commands_next_deadline(r);

    return task == 0 || (command != 0 && command < task) ? command : task;
}

nf_error_t
nf_change_clock(struct nf_change *c, unsigned max, nf_time_t *next)
{
    uint64_t window = (uint64_t) nf_setting_number(c->settings->event_window);
    nf_time_t forget = forget_before(c);
    unsigned forgets = max * FORGETS_EACH;
    nf_time_t soon = c->now + NF_SECONDS(1), late = c->now + NF_SECONDS(10);

    nf_record_commands_due(c, max);   /* first: it says why a step fails */
    pass_deadlines(c, (max + 3) / 4); /* the dearest */
    nf_time_t look = look_at_due(c, max * LOOKS_EACH, (max + 1) / 2);
    if (nf_events_trim(c->w, window, forgets) == forgets) {
        soon = look = c->now;
    }
    uint64_t audit = (uint64_t) nf_setting_number(c->settings->audit_window);
    (void) nf_audit_trim(c->w, audit, forgets);
    nf_requests_trim(c->w, forget, forgets);
    nf_time_t deadline = nf_change_next_deadline(&c->w->read);
    if (look > c->now && look < soon) { /* many at a time */
        look = soon;
    }
    look = look < late ? look : late;
    *next = deadline != 0 && deadline < look ? deadline : look;
    return c->w->read.err;
}
