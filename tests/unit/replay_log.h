#ifndef NF_TEST_REPLAY_LOG_H
#define NF_TEST_REPLAY_LOG_H

/*
 * The state is the replay of the log: rebuild nodes, tasks, leases and
 * boot files from the events alone and compare with the tables, and the tables
 * with each other.  The log must be whole (never trimmed).
 */

#include <jansson.h>
#include <stdio.h>

#include "store/events.h"
#include "store/expiry.h"
#include "store/files.h"
#include "store/leases.h"
#include "store/nodes.h"
#include "store/tasks.h"

struct replayed {
    /* objects by mac, task id, address, path */
    json_t *nodes, *tasks, *leases, *files;
    char why[512]; /* empty: all agrees */
};

/* How many rows the tasks must have in the tables beside theirs. */
struct replayed_rows {
    struct nf_task_counts counts;
    uint64_t deadlines, by_node, awaited, live_nodes;
};

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
    json_t *task = json_object_get(p->tasks, id != NULL ? id : "");

    if (task != NULL) {
        json_object_set(task, "percent",
                        json_object_get(progress, "task_percent"));
        json_object_set(task, "updated_at",
                        json_object_get(progress, "timestamp"));
    }
}

static void
replay_task(struct replayed *p, const struct nf_event *event, json_t *json)
{
    json_t *task = json_object_get(json, "task");
    const char *gone = json_string_value(json_object_get(json, "detail"));

    if (task != NULL) {
        json_object_set(p->tasks,
                        json_string_value(json_object_get(task, "task_id")),
                        task);
    } else if (event->kind == NF_EVENT_TASK_DELETED && gone != NULL) {
        json_object_del(p->tasks, gone);
    } else if (event->kind == NF_EVENT_TASK_PROGRESS) {
        replay_progress(p, json_object_get(json, "progress"));
    }
}

static bool
replay_event(struct replayed *p, const struct nf_event *event)
{
    json_t *json = json_loadb(event->json.data, event->json.len,
                              JSON_REJECT_DUPLICATES, NULL);
    json_t *node = json_object_get(json, "node");
    json_t *lease = json_object_get(json, "lease");
    const char *mac = json_string_value(json_object_get(json, "mac"));
    bool is_fine =
        json != NULL && mac != NULL
        && (uint64_t) json_integer_value(json_object_get(json, "seq"))
               == event->seq;

    if (is_fine && node != NULL) {
        json_object_set(p->nodes, mac, node);
    } else if (is_fine && event->kind == NF_EVENT_NODE_DELETED) {
        json_object_del(p->nodes, mac);
    }
    if (is_fine) {
        replay_task(p, event, json);
    }
    if (is_fine && lease != NULL) {
        const char *ip = json_string_value(json_object_get(lease, "ip"));
        json_object_del(p->leases, ip);
        if (event->kind == NF_EVENT_LEASE_PUT) {
            json_object_set(p->leases, ip, lease);
        }
    }
    json_t *file = json_object_get(json, "file");
    if (is_fine && file != NULL) {
        const char *at = json_string_value(json_object_get(file, "path"));
        json_object_del(p->files, at);
        if (event->kind == NF_EVENT_FILE_PUT) {
            json_object_set(p->files, at, file);
        }
    }
    json_decref(json);
    return is_fine || replay_fail(p, "an event is malformed", "");
}

/* Take what is named out of the replayed set; it must be this. */
static bool
replay_match(struct replayed *p, json_t *set, const char *name,
             const struct nf_out *out)
{
    json_t *json = json_loadb(out->data, out->len, 0, NULL);
    bool is_same = json != NULL && json_equal(json, json_object_get(set, name));

    json_decref(json);
    json_object_del(set, name);
    return is_same || replay_fail(p, "the log says otherwise", name);
}

static bool
replay_check_nodes(struct replayed *p, struct nf_read *r)
{
    static char text[NF_NODE_JSON_MAX * 2];
    struct nf_node_counts counts = {0}, stored = nf_nodes_count(r);
    struct nf_node_view view;
    uint64_t n = 0;
    NF_SCAN(scan, r, NF_NODES_BY_AGE);

    for (bool ok = nf_nodes_list(&scan, NULL, &view); ok;
         ok = nf_nodes_list_next(&scan, &view))
    {
        struct nf_out out = nf_out(text, sizeof(text));
        char mac[NF_MAC_TEXT];
        nf_mac_t owner;
        nf_mac_format(view.node.mac, mac);
        nf_out_put(&out, view.json);
        nf_out_putc(&out, '}');
        counts.by_status[view.node.status]++;
        counts.online += view.node.online;
        n++;
        if (!replay_match(p, p->nodes, mac, &out)) {
            return false;
        }
        if (view.node.serial[0] != '\0'
            && (!nf_nodes_serial_owner(r, view.node.serial, &owner)
                || !nf_mac_equal(owner, view.node.mac)))
        {
            return replay_fail(p, "not found by its serial number", mac);
        }
    }
    if (n != nf_read_count(r, NF_NODES) || json_object_size(p->nodes) != 0) {
        return replay_fail(p, "more or fewer nodes than in the log", "");
    }
    return memcmp(&counts, &stored, sizeof(counts)) == 0
           || replay_fail(p, "the counts are wrong", "");
}

/* What must be true of every task, and the rows that it must have. */
static bool
replay_check_task(struct replayed *p, struct nf_read *r,
                  const struct nf_task *task, struct replayed_rows *rows)
{
    static char text[NF_TASK_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));
    char id[NF_TASK_TEXT + 8];
    bool has_node = nf_task_has_node(task), is_live = nf_task_is_live(task);
    uint64_t waiting;

    nf_task_json(task, nf_tasks_spec(r, task->id), &out);
    nf_out_putc(&out, '}');
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
    return replay_match(p, p->tasks, id, &out);
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
    if (json_object_size(p->tasks) != 0) {
        return replay_fail(p, "a task of the log is gone", "");
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
replay_check_leases(struct replayed *p, struct nf_read *r)
{
    char text[NF_LEASE_JSON_MAX], ip[NF_IP4_TEXT];
    struct nf_lease lease;
    nf_ip4_t at;

    for (bool more = nf_leases_next(r, NULL, &lease); more;
         more = nf_leases_next(r, &at, &lease))
    {
        struct nf_out out = nf_out(text, sizeof(text));
        at = lease.ip;
        nf_ip4_format(lease.ip, ip);
        nf_lease_json(&lease, &out);
        if (!lease.is_gone && !replay_match(p, p->leases, ip, &out)) {
            return false;
        }
    }
    if (nf_read_count(r, NF_LEASES) != nf_read_count(r, NF_LEASES_BY_MAC)) {
        return replay_fail(p, "leases by MAC disagree", "");
    }
    return json_object_size(p->leases) == 0
           || replay_fail(p, "a lease of the log is gone", "");
}

static bool
replay_check_files(struct replayed *p, struct nf_read *r)
{
    char text[NF_FILE_JSON_MAX], last[NF_FILE_PATH];
    struct nf_text json, none = NF_TEXT(""), at = none;
    struct nf_file file;

    while (nf_files_next(r, none, at, &file, &json)) {
        struct nf_out out = nf_out(text, sizeof(text));
        memcpy(last, file.path, sizeof(last));
        at = nf_text(last);
        nf_out_put(&out, json);
        if (!replay_match(p, p->files, last, &out)) {
            return false;
        }
    }
    return json_object_size(p->files) == 0
           || replay_fail(p, "a boot file of the log is gone", "");
}

/* Who waits to be looked at has one row for the time and one by its name, and
 * not later than it could be over. */
static bool
replay_check_expiry(struct replayed *p, struct nf_read *r)
{
    uint64_t n = nf_nodes_count(r).online;
    struct nf_lease lease;
    nf_ip4_t at;

    for (bool more = nf_leases_next(r, NULL, &lease); more;
         more = nf_leases_next(r, &at, &lease))
    {
        nf_time_t over = nf_leases_over(&lease);
        at = lease.ip;
        nf_time_t filed = nf_expiry_at(r, NF_EXPIRY_LEASE,
                                       (struct nf_bytes){at.b, sizeof(at.b)});
        n += filed >= 0;
        if (over != 0 && (filed < 0 || filed > over)) {
            return replay_fail(p, "a lease is not looked at in time", "");
        }
    }
    return nf_read_count(r, NF_EXPIRY) == 2 * n
           || replay_fail(p, "the index of what expires disagrees", "");
}

/* NULL, or in words what does not agree; valid until the next call. */
static const char *
replay_log(nf_store_t *store)
{
    static struct replayed p;
    struct nf_event event;
    uint64_t seq = 0, n = 0;
    NF_READ(r, store);

    p = (struct replayed){.nodes = json_object(),
                          .tasks = json_object(),
                          .leases = json_object(),
                          .files = json_object()};
    bool is_fine = true;
    while (is_fine && nf_events_read(&r, &seq, &event)) {
        is_fine = replay_event(&p, &event);
        if (seq != ++n) {
            is_fine = replay_fail(&p, "the log has a gap", "");
        }
    }
    is_fine = is_fine && replay_check_nodes(&p, &r)
              && replay_check_tasks(&p, &r) && replay_check_leases(&p, &r)
              && replay_check_files(&p, &r) && replay_check_expiry(&p, &r);
    if (is_fine && r.err != NF_OK) {
        is_fine = replay_fail(&p, nf_error_text(r.err), "");
    }
    json_decref(p.nodes);
    json_decref(p.tasks);
    json_decref(p.leases);
    json_decref(p.files);
    return is_fine ? NULL : p.why;
}

#endif
