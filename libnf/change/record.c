#include "change/record.h"

#include <stdio.h>

#include "base/time.h"

#include "change/name.h"
#include "change/reserve.h"
#include "change/stranger.h"
#include "model/range.h"
#include "store/events.h"
#include "store/labels.h"
#include "store/leases.h"
#include "store/tasks.h"

nf_error_t
nf_conflict(struct nf_change *c, const char *field, const char *why)
{
    (void) nf_refuse(&c->fault, field, "%s", why);
    return NF_CONFLICT;
}

nf_error_t
nf_conflict_owner(struct nf_change *c, const char *field, nf_mac_t owner)
{
    char mac[NF_MAC_COLONS];

    nf_mac_format_divided(owner, ':', mac);
    (void) nf_refuse(&c->fault, field, "belongs to the node %s", mac);
    return NF_CONFLICT;
}

nf_error_t
nf_conflict_address(struct nf_change *c, const char *field, nf_ip4_t ip)
{
    nf_mac_t owner;

    return nf_nodes_ip_owner(&c->w->read, ip, &owner)
               ? nf_conflict_owner(c, field, owner)
               : nf_conflict(c, field, "belongs to another node");
}

nf_error_t
nf_conflict_unfinished(struct nf_change *c, const struct nf_task *task)
{
    return nf_conflict_task(c, "mac", task->id,
                            task->is_undoing ? "is still being undone"
                                             : "is not over: cancel it first");
}

nf_error_t
nf_conflict_task(struct nf_change *c, const char *field, uint64_t id,
                 const char *why)
{
    char name[NF_TASK_TEXT + 8];

    nf_task_format(id, name);
    (void) nf_refuse(&c->fault, field, "%s %s", name, why);
    return NF_CONFLICT;
}

/*
 * The event before the next one about this node.  A node that is about to be
 * made begins with what brought it about: the lease of the same change.
 */
static uint64_t
last_event(struct nf_change *c, nf_mac_t mac)
{
    struct nf_node_view view;
    struct nf_event event;
    uint64_t seq = c->w->seq;

    if (nf_nodes_get(&c->w->read, mac, &view)) {
        return view.node.last_event;
    }
    return nf_events_read_back(&c->w->read, &seq, &event)
                   && nf_mac_equal(event.mac, mac)
               ? event.seq
               : 0;
}

/* Append an event that changes no node: it still joins the node's chain. */
static bool
append(struct nf_change *c, enum nf_event_kind kind, nf_mac_t mac,
       struct nf_text members)
{
    struct nf_event_draft draft = {.kind = kind,
                                   .mac = mac,
                                   .time = c->now,
                                   .actor = c->actor,
                                   .is_by_person = c->is_person,
                                   .members = members};
    nf_mac_t owner;
    bool has_node = nf_nodes_mac_owner(&c->w->read, mac, &owner);

    if (has_node) {
        draft.previous = last_event(c, owner);
    }
    return nf_events_add(c->w, &draft)
           && (!has_node || nf_nodes_touch(c->w, owner, c->w->seq));
}

bool
nf_record_node(struct nf_change *c, enum nf_event_kind kind,
               struct nf_node *node, struct nf_text extra)
{
    char text[NF_NODE_JSON_MAX + NF_NODE_EXTRA_MAX];
    struct nf_out out = nf_out(text, sizeof(text));

    node->revision = node->last_event = nf_events_next(c->w);
    node->updated_at = c->now;
    node->extra_len = (uint16_t) extra.len;
    nf_out_puts(&out, "\"node\":");
    nf_node_json(node, extra, nf_labels_get(&c->w->read, node->mac), &out);
    nf_out_putc(&out, '}');
    if (out.full) {
        nf_read_fail(&c->w->read, NF_BUG);
        return false;
    }
    struct nf_node_view old;
    bool has_old = nf_nodes_get(&c->w->read, node->mac, &old);
    struct nf_event_draft draft = {
        .kind = kind,
        .mac = node->mac,
        .time = c->now,
        .previous = has_old ? old.node.last_event : last_event(c, node->mac),
        .actor = c->actor,
        .is_by_person = c->is_person,
        .members = nf_out_text(&out)};
    nf_record_reserve_node(c, has_old ? &old.node : NULL, node);
    return nf_nodes_put(c->w, node, extra) && nf_events_add(c->w, &draft);
}

/* What machines say of themselves, as often as they like. */
static const bool is_noise[NF_EVENT_KIND_COUNT] = {
    [NF_EVENT_NODE_UPDATED] = true,   [NF_EVENT_STATUS_REFUSED] = true,
    [NF_EVENT_HARDWARE] = true,       [NF_EVENT_REPORT_UNMATCHED] = true,
    [NF_EVENT_REPORT_REFUSED] = true, [NF_EVENT_BMC_NOT_ENROLLED] = true,
};

static bool
is_noisy(struct nf_change *c, nf_mac_t mac)
{
    struct nf_node_view view;
    struct nf_event event;
    nf_mac_t owner;
    unsigned n = 0;

    if (!nf_nodes_mac_owner(&c->w->read, mac, &owner)
        || !nf_nodes_get(&c->w->read, owner, &view))
    {
        return false;
    }
    uint64_t seq = view.node.last_event;
    while (n < NF_NOISE_MAX && nf_events_read_back(&c->w->read, &seq, &event)
           && is_noise[event.kind] && event.time > c->now - NF_SECONDS(60)
           && event.time <= c->now)
    {
        n++;
    }
    return n == NF_NOISE_MAX;
}

/* The event that the next one takes the place of; it still says what came
 * before. */
static void
take_back(struct nf_change *c, nf_mac_t mac, enum nf_event_kind kind)
{
    struct nf_node_view view;
    struct nf_event event;

    if (!nf_nodes_get(&c->w->read, mac, &view)) {
        return;
    }
    uint64_t seq = view.node.last_event, last = seq;
    if (nf_events_read_back(&c->w->read, &seq, &event) && event.kind == kind
        && nf_events_drop(c->w, last))
    {
        (void) nf_nodes_touch(c->w, mac, seq);
    }
}

bool
nf_record_said(struct nf_change *c, enum nf_event_kind kind,
               struct nf_node *node, struct nf_text extra)
{
    if (is_noise[kind] && is_noisy(c, node->mac)) {
        take_back(c, node->mac, kind);
    }
    return nf_record_node(c, kind, node, extra);
}

bool
nf_record_task(struct nf_change *c, enum nf_event_kind kind,
               struct nf_task *task, const struct nf_text *spec)
{
    char text[NF_TASK_JSON_MAX + 16], copy[NF_TASK_SPEC_MAX];
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_text stored = spec != NULL || task->id == 0
                                ? (struct nf_text){0}
                                : nf_tasks_spec(&c->w->read, task->id);
    struct nf_text shown = spec != NULL ? *spec : stored;

    task->revision = nf_events_next(c->w);
    if (task->id == 0) {
        task->id = task->revision;
    }
    if (shown.len > sizeof(copy)) {
        nf_read_fail(&c->w->read, NF_BUG);
        return false;
    }
    if (shown.len > 0) { /* a put moves what is stored */
        memcpy(copy, shown.data, shown.len);
        shown.data = copy;
    }
    task->spec_len = (uint16_t) shown.len;
    nf_out_puts(&out, "\"task\":");
    nf_task_json(task, shown, &out);
    nf_out_putc(&out, '}');
    if (out.full) {
        nf_read_fail(&c->w->read, NF_BUG);
        return false;
    }
    return nf_tasks_put(c->w, task, &shown)
           && append(c, kind, task->mac, nf_out_text(&out));
}

bool
nf_record_lease(struct nf_change *c, const struct nf_lease *lease)
{
    char text[NF_LEASE_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_record_reserve_lease(c, lease);
    nf_out_puts(&out, "\"lease\":");
    nf_lease_json(lease, &out);
    return nf_leases_put(c->w, lease)
           && append(
               c, lease->is_gone ? NF_EVENT_LEASE_DELETED : NF_EVENT_LEASE_PUT,
               lease->mac, nf_out_text(&out));
}

bool
nf_record_members(struct nf_change *c, enum nf_event_kind kind, nf_mac_t mac,
                  struct nf_text members)
{
    return append(c, kind, mac, members);
}

bool
nf_record_note(struct nf_change *c, enum nf_event_kind kind, nf_mac_t mac,
               const char *detail)
{
    char text[1024];
    struct nf_out out = nf_out(text, sizeof(text));

    if (is_noise[kind] && is_noisy(c, mac)) {
        return c->w->read.err == NF_OK;
    }
    if (detail[0] != '\0') {
        nf_out_puts(&out, "\"detail\":");
        nf_out_json(&out, nf_text(detail));
    }
    return append(c, kind, mac, nf_out_text(&out));
}

nf_error_t
nf_hold_node(struct nf_change *c, nf_mac_t mac, struct nf_held_node *held)
{
    struct nf_node_view view;

    if (!nf_nodes_get(&c->w->read, mac, &view)) {
        if (c->w->read.err != NF_OK) {
            return c->w->read.err;
        }
        (void) nf_refuse(&c->fault, "mac", "node not found");
        return NF_NOT_FOUND;
    }
    if (view.extra.len > 0) {
        memcpy(held->buffer, view.extra.data, view.extra.len);
    }
    held->extra = (struct nf_text){held->buffer, view.extra.len};
    held->node = view.node;
    return NF_OK;
}

bool
nf_record_find_task(struct nf_change *c, nf_mac_t mac, struct nf_task *task)
{
    struct nf_node_view view;

    return nf_nodes_get(&c->w->read, mac, &view) && view.node.task != 0
           && nf_tasks_get(&c->w->read, view.node.task, task);
}

bool
nf_record_discovered(struct nf_change *c, nf_mac_t mac, nf_ip4_t said,
                     const char *hostname)
{
    struct nf_node node = {
        .mac = mac,
        .created_at = c->now,
        .status = NF_NODE_DISCOVERED,
        .boot = NF_BOOT_WAIT,
    };

    (void) nf_strangers_make_room(c, mac, 1, 0);
    nf_record_name_say(c, &node, hostname);
    nf_record_follow_leases(c, &node);
    if (!node.is_leased && nf_ranges_serve(c->settings, said)) {
        node.agent_ip = said;
    }
    return nf_record_node(c, NF_EVENT_NODE_CREATED, &node, (struct nf_text){0});
}
