#ifndef NF_TEST_REPLAY_LOG_H
#define NF_TEST_REPLAY_LOG_H

/*
 * The state is the replay of the log: rebuild every resource whose row says so
 * from the events alone and compare with its table, and the tables with each
 * other.  The log must be whole (never trimmed).
 */

#include <jansson.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <stdio.h>

#include "store/events.h"
#include "store/labels.h"
#include "store/leases.h"
#include "store/nodes.h"
#include "store/resource.h"
#include "store/tasks.h"

enum {
    REPLAY_SETS = 32,
    REPLAY_VALUE_MAX = 128 * 1024
};

struct replayed {
    json_t *sets[REPLAY_SETS]; /* of each row: objects by their keys */
    char why[512];             /* empty: all agrees */
};

/* How many rows the tasks must have in the tables beside theirs. */
struct replayed_rows {
    struct nf_task_counts counts;
    uint64_t deadlines, by_node, awaited, live_nodes;
};

/* Whether the log tells what there is of it, and what. */
static bool
replay_has(const struct nf_resource *resource)
{
    return resource->member != NULL;
}

static json_t *
replay_set(struct replayed *p, const char *name)
{
    size_t i = 0;

    while (strcmp(nf_resources[i].name, name) != 0) {
        i++;
    }
    return p->sets[i];
}

static bool
replay_fail(struct replayed *p, const char *what, const char *which)
{
    snprintf(p->why, sizeof(p->why), "%s: %s", what, which);
    return false;
}

/* What an event of progress says changes two members of its task. */
static void
replay_progress(struct replayed *p, json_t *progress)
{
    const char *id = json_string_value(json_object_get(progress, "task_id"));
    json_t *task =
        json_object_get(replay_set(p, "tasks"), id != NULL ? id : "");

    if (task != NULL) {
        json_object_set(task, "percent",
                        json_object_get(progress, "task_percent"));
        json_object_set(task, "updated_at",
                        json_object_get(progress, "timestamp"));
    }
}

/* What an event says of one kind of object. */
static void
replay_object(const struct nf_resource *resource, json_t *set,
              enum nf_event_kind kind, json_t *json)
{
    json_t *object = json_object_get(json, resource->member);
    json_t *id = object != NULL ? json_object_get(object, resource->id) : NULL;
    bool is_gone = kind == resource->gone;

    if (id == NULL && is_gone && resource->gone_id != NULL) {
        id = json_object_get(json, resource->gone_id);
    }
    if (id == NULL) {
        return;
    }
    json_object_del(set, json_string_value(id));
    if (!is_gone) {
        json_object_set(set, json_string_value(id), object);
    }
}

static bool
replay_event(struct replayed *p, const struct nf_event *event)
{
    json_t *json = json_loadb(event->json.data, event->json.len,
                              JSON_REJECT_DUPLICATES, NULL);
    bool is_fine =
        json != NULL && json_is_string(json_object_get(json, "mac"))
        && (uint64_t) json_integer_value(json_object_get(json, "seq"))
               == event->seq;

    for (size_t i = 0; is_fine && nf_resources[i].name != NULL; i++) {
        if (replay_has(&nf_resources[i])) {
            replay_object(&nf_resources[i], p->sets[i], event->kind, json);
        }
    }
    if (is_fine && event->kind == NF_EVENT_TASK_PROGRESS) {
        replay_progress(p, json_object_get(json, "progress"));
    }
    json_decref(json);
    return is_fine || replay_fail(p, "an event is malformed", "");
}

/* The log has the object itself, or the SHA-256 of its text. */
static bool
replay_is_same(const struct nf_resource *resource, const json_t *said,
               const struct nf_out *out)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[sizeof(hash) * 2 + 1];

    if (resource->rebuild == NF_REBUILD_HASH) {
        const char *sha256 = json_string_value(json_object_get(said, "sha256"));
        crypto_hash_sha256(hash, (const uint8_t *) out->data, out->len);
        sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
        return sha256 != NULL && strcmp(sha256, hex) == 0;
    }
    json_t *json = json_loadb(out->data, out->len, 0, NULL);
    bool is_same = json != NULL && json_equal(json, said);
    json_decref(json);
    return is_same;
}

/* What is stored of one kind must be what the log says, and all of it. */
static bool
replay_check_objects(struct replayed *p, struct nf_read *r,
                     const struct nf_resource *resource, json_t *set)
{
    static char text[REPLAY_VALUE_MAX];
    char name[NF_RESOURCE_NAME];
    struct nf_resource_at at = {0};

    while (nf_resource_next(r, resource, &at)) {
        struct nf_out out = nf_out(text, sizeof(text));
        nf_resource_name(resource, &at, name);
        if (resource->is_gone != NULL && resource->is_gone(r, &at)) {
            continue;
        }
        if (!resource->put(r, &at, &out) || out.full
            || !replay_is_same(resource, json_object_get(set, name), &out))
        {
            return replay_fail(p, "the log says otherwise", name);
        }
        json_object_del(set, name);
    }
    return json_object_size(set) == 0
           || replay_fail(p, "the log has more", resource->name);
}

static bool
replay_check_nodes(struct replayed *p, struct nf_read *r)
{
    struct nf_node_counts counts = {0}, stored = nf_nodes_count(r);
    struct nf_node_view view;
    uint64_t n = 0;
    NF_SCAN(scan, r, NF_NODES_BY_AGE);

    for (bool ok = nf_nodes_list(&scan, NULL, &view); ok;
         ok = nf_nodes_list_next(&scan, &view))
    {
        char mac[NF_MAC_TEXT];
        nf_mac_t owner;
        nf_mac_format(view.node.mac, mac);
        counts.by_status[view.node.status]++;
        counts.online += view.node.online;
        n++;
        if (view.node.serial[0] != '\0'
            && (!nf_nodes_serial_owner(r, view.node.serial, &owner)
                || !nf_mac_equal(owner, view.node.mac)))
        {
            return replay_fail(p, "not found by its serial number", mac);
        }
    }
    if (n != nf_read_count(r, NF_NODES)) {
        return replay_fail(p, "more or fewer nodes by age", "");
    }
    return memcmp(&counts, &stored, sizeof(counts)) == 0
           || replay_fail(p, "the counts are wrong", "");
}

/* What must be true of every task, and the rows that it must have. */
static bool
replay_check_task(struct replayed *p, struct nf_read *r,
                  const struct nf_task *task, struct replayed_rows *rows)
{
    char id[NF_TASK_TEXT + 8];
    bool has_node = nf_task_has_node(task), is_live = nf_task_is_live(task);
    uint64_t waiting;

    nf_task_format(task->id, id);
    rows->counts.by_status[task->status]++;
    rows->deadlines += task->deadline != 0;
    rows->by_node += has_node;
    rows->awaited += is_live && !has_node;
    rows->live_nodes += is_live && has_node;
    if (task->deadline != 0 && !is_live && !task->is_undoing) {
        return replay_fail(p, "a task that is over has a deadline", id);
    }
    if (is_live && !has_node
        && (!nf_tasks_awaited(r, task->sn, &waiting) || waiting != task->id))
    {
        return replay_fail(p, "not found by its serial number", id);
    }
    return true;
}

static bool
replay_check_tasks(struct replayed *p, struct nf_read *r)
{
    struct nf_task_counts stored = nf_tasks_count(r);
    struct replayed_rows rows = {0};
    struct nf_task task;
    NF_SCAN(scan, r, NF_TASKS);

    for (bool more = nf_tasks_list(&scan, 0, &task); more;
         more = nf_tasks_list_next(&scan, &task))
    {
        if (!replay_check_task(p, r, &task, &rows)) {
            return false;
        }
    }
    if (memcmp(&stored, &rows.counts, sizeof(stored)) != 0) {
        return replay_fail(p, "the counts of tasks are wrong", "");
    }
    return (rows.deadlines == nf_read_count(r, NF_DEADLINES)
            && rows.by_node == nf_read_count(r, NF_TASKS_BY_NODE)
            && rows.awaited == nf_read_count(r, NF_TASKS_AWAITED)
            && rows.live_nodes <= nf_read_count(r, NF_NODES))
           || replay_fail(p, "deadlines or tasks by node disagree", "");
}

static bool
replay_has_label(struct nf_read *r, const struct nf_label *label, nf_mac_t mac)
{
    struct nf_label_position at = {0};

    while (nf_labels_next_of(r, label, false, &at)) {
        if (nf_mac_equal(at.mac, mac)) {
            return true;
        }
    }
    return false;
}

/* Every label has a row in the index, and no other has. */
static bool
replay_check_labels(struct replayed *p, struct nf_read *r)
{
    const struct nf_resource *resource = nf_resource_of(NF_LABELS_OF);
    struct nf_resource_at at = {0};
    uint64_t n = 0;

    while (nf_resource_next(r, resource, &at)) {
        struct nf_text labels = nf_labels_get(r, at.mac);
        struct nf_label label;
        for (; nf_labels_next(&labels, &label); n++) {
            if (!replay_has_label(r, &label, at.mac)) {
                return replay_fail(p, "a node is not found by a label", "");
            }
        }
    }
    return n == nf_read_count(r, NF_LABEL_INDEX)
           || replay_fail(p, "labels of no node", "");
}

static bool
replay_check(struct replayed *p, struct nf_read *r)
{
    for (size_t i = 0; nf_resources[i].name != NULL; i++) {
        if (replay_has(&nf_resources[i])
            && !replay_check_objects(p, r, &nf_resources[i], p->sets[i]))
        {
            return false;
        }
    }
    if (nf_read_count(r, NF_LEASES) != nf_read_count(r, NF_LEASES_BY_MAC)) {
        return replay_fail(p, "leases by MAC disagree", "");
    }
    return replay_check_nodes(p, r) && replay_check_labels(p, r)
           && replay_check_tasks(p, r);
}

/* NULL, or in words what does not agree; valid until the next call. */
static const char *
replay_log(nf_store_t *store)
{
    static struct replayed p;
    struct nf_event event;
    uint64_t seq = 0, n = 0;
    NF_READ(r, store);

    p.why[0] = '\0';
    for (size_t i = 0; nf_resources[i].name != NULL; i++) {
        p.sets[i] = json_object();
    }
    bool is_fine = true;
    while (is_fine && nf_events_read(&r, &seq, &event)) {
        is_fine = replay_event(&p, &event);
        if (seq != ++n) {
            is_fine = replay_fail(&p, "the log has a gap", "");
        }
    }
    is_fine = is_fine && replay_check(&p, &r);
    if (is_fine && r.err != NF_OK) {
        is_fine = replay_fail(&p, nf_error_text(r.err), "");
    }
    for (size_t i = 0; nf_resources[i].name != NULL; i++) {
        json_decref(p.sets[i]);
    }
    return is_fine ? NULL : p.why;
}

#endif
