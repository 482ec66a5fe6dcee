/*
 * tasks:         id             -> struct nf_task up to its last step, spec
 * tasks-by-node: mac, id        -> nothing; none without a machine
 * tasks-awaited: 's' serial     -> id of the live task without a machine
 * deadlines:     time, id       -> nothing
 * meta:          "task-counts"  -> struct nf_task_counts
 */
#include "store/tasks.h"

#include "model/node.h"
#include "model/profile.h"
#include "store/key.h"

static const struct nf_bytes nothing = {"", 0};
static const struct nf_bytes counts_key = {"task-counts", 11};

static_assert(sizeof(((struct nf_task *) 0)->sn)
                  < sizeof(((struct nf_key *) 0)->data),
              "a serial number and its 's' are a key");
static_assert(NF_TASK_FAILED + 1
                  == sizeof(struct nf_task_counts) / sizeof(uint64_t),
              "one count for each status");

/* --- the record -------------------------------------------------------------
 */

#define IS_ENDED(task, member)                                                 \
    nf_text_is_ended((task)->member, sizeof((task)->member))

bool
nf_tasks_is_sound(const struct nf_task *task)
{
    bool is_fine =
        task->status <= NF_TASK_FAILED && task->steps_n <= NF_TASK_STEPS
        && task->step <= task->steps_n && task->method <= NF_METHOD_KICKSTART
        && task->first_boot <= NF_FIRST_BOOT_NONE && task->is_undoing <= 1
        && task->node_was <= NF_NODE_INSTALLED && IS_ENDED(task, sn)
        && IS_ENDED(task, profile) && IS_ENDED(task, os_type)
        && IS_ENDED(task, os_version) && IS_ENDED(task, bootfile)
        && IS_ENDED(task, actor) && IS_ENDED(task, approver)
        && IS_ENDED(task, reason);

    for (size_t i = 0; is_fine && i < task->steps_n; i++) {
        const struct nf_step *step = &task->steps[i];
        is_fine = step->kind < NF_STEP_KINDS && step->status <= NF_STEP_FAILED
                  && IS_ENDED(step, error);
    }
    return is_fine;
}

size_t
nf_tasks_stored_size(const struct nf_task *task)
{
    return offsetof(struct nf_task, steps)
           + task->steps_n * sizeof(task->steps[0]);
}

static bool
decode(struct nf_read *r, uint64_t id, struct nf_bytes value,
       struct nf_task *task)
{
    size_t head = offsetof(struct nf_task, steps);
    const char *from = value.data;

    if (value.len >= head) {
        memcpy(task, from, head);
        size_t size = nf_tasks_stored_size(task);
        if (task->id == id && task->steps_n <= NF_TASK_STEPS
            && task->spec_len <= NF_TASK_SPEC_MAX
            && value.len == size + task->spec_len)
        {
            memset(task->steps, 0, sizeof(task->steps));
            memcpy(task->steps, from + head, size - head);
            if (nf_tasks_is_sound(task)) {
                return true;
            }
        }
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

/* The record and its spec, which points into the store. */
static bool
get(struct nf_read *r, uint64_t id, struct nf_task *task, struct nf_text *spec)
{
    struct nf_key key = nf_key_number(id);
    struct nf_bytes value;

    if (!nf_read_get(r, NF_TASKS, nf_key_bytes(&key), &value)
        || !decode(r, id, value, task))
    {
        return false;
    }
    *spec = (struct nf_text){
        (const char *) value.data + nf_tasks_stored_size(task), task->spec_len};
    return true;
}

bool
nf_tasks_get(struct nf_read *r, uint64_t id, struct nf_task *task)
{
    struct nf_text spec;

    return get(r, id, task, &spec);
}

bool
nf_tasks_is(struct nf_read *r, uint64_t id, enum nf_task_status status)
{
    struct nf_key key = nf_key_number(id);
    struct nf_bytes value;
    typeof(((struct nf_task *) 0)->status) is;

    if (!nf_read_get(r, NF_TASKS, nf_key_bytes(&key), &value)) {
        return false;
    }
    if (value.len < offsetof(struct nf_task, steps)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    memcpy(&is, (const char *) value.data + offsetof(struct nf_task, status),
           sizeof(is));
    return is == status;
}

struct nf_text
nf_tasks_spec(struct nf_read *r, uint64_t id)
{
    struct nf_task task;
    struct nf_text spec;

    return get(r, id, &task, &spec) ? spec : (struct nf_text){0};
}

/* --- what is kept in line with it -------------------------------------------
 */

struct nf_task_counts
nf_tasks_count(struct nf_read *r)
{
    struct nf_task_counts counts = {0};
    struct nf_bytes value;

    if (nf_read_get(r, NF_META, counts_key, &value)
        && value.len == sizeof(counts)) {
        memcpy(&counts, value.data, sizeof(counts));
    }
    return counts;
}

/* NULL: it was not there before, or is not there any more. */
static void
update_counts(struct nf_write *w, const struct nf_task *old,
              const struct nf_task *now)
{
    struct nf_task_counts counts = nf_tasks_count(&w->read);

    if (old != NULL && now != NULL && old->status == now->status) {
        return;
    }
    if (old != NULL) {
        counts.by_status[old->status]--;
    }
    if (now != NULL) {
        counts.by_status[now->status]++;
    }
    nf_write_put(w, NF_META, counts_key,
                 (struct nf_bytes){&counts, sizeof(counts)});
}

static struct nf_key
awaited_key(const char *sn)
{
    struct nf_key key = {.data = {'s'}, .len = 1};

    nf_key_add(&key, sn, strnlen(sn, sizeof(((struct nf_task *) 0)->sn)));
    return key;
}

/* No machine has come for it, and none is waited for any more. */
static bool
is_ended(const struct nf_task *task)
{
    return !nf_task_is_live(task) && !nf_task_has_node(task)
           && task->sn[0] != '\0';
}

static bool
is_awaiting(const struct nf_task *task)
{
    return nf_task_is_live(task) && !nf_task_has_node(task)
           && task->sn[0] != '\0';
}

/* A row of another table that a task has or has not. */
struct row {
    nf_table_t table;
    struct nf_key key;
    bool is_there;
};

enum {
    ROWS = 4
};

static void
rows_of(const struct nf_task *task, struct row rows[static ROWS])
{
    rows[0] =
        (struct row){NF_TASKS_BY_NODE, nf_key_mac_number(task->mac, task->id),
                     nf_task_has_node(task)};
    rows[1] = (struct row){NF_DEADLINES,
                           nf_key_numbers((uint64_t) task->deadline, task->id),
                           task->deadline != 0};
    rows[2] = (struct row){NF_TASKS_AWAITED, awaited_key(task->sn),
                           is_awaiting(task)};
    rows[3] =
        (struct row){NF_TASKS_ENDED, awaited_key(task->sn), is_ended(task)};
}

static bool
is_same_row(const struct row *a, const struct row *b)
{
    return a->is_there == b->is_there && a->key.len == b->key.len
           && memcmp(a->key.data, b->key.data, a->key.len) == 0;
}

/* Another task may be of the same serial number by now: leave its row. */
static void
drop_row(struct nf_write *w, const struct row *row, uint64_t id)
{
    struct nf_bytes value;

    if (row->is_there
        && nf_read_get(&w->read, row->table, nf_key_bytes(&row->key), &value)
        && (value.len == 0 || nf_key_number_at(value, 0) == id))
    {
        nf_write_delete(w, row->table, nf_key_bytes(&row->key));
    }
}

static void
put_row(struct nf_write *w, const struct row *row, uint64_t id)
{
    struct nf_key number = nf_key_number(id);

    if (row->is_there) {
        nf_write_put(w, row->table, nf_key_bytes(&row->key),
                     row->table == NF_TASKS_AWAITED
                             || row->table == NF_TASKS_ENDED
                         ? nf_key_bytes(&number)
                         : nothing);
    }
}

/* old NULL: there was none. */
static void
update_rows(struct nf_write *w, const struct nf_task *old,
            const struct nf_task *now)
{
    struct row before[ROWS] = {0}, after[ROWS];

    rows_of(now, after);
    if (old != NULL) {
        rows_of(old, before);
    }
    for (size_t i = 0; i < ROWS; i++) {
        if (old == NULL || !is_same_row(&before[i], &after[i])) {
            drop_row(w, &before[i], now->id);
            put_row(w, &after[i], now->id);
        }
    }
}

/* --- changing ---------------------------------------------------------------
 */

bool
nf_tasks_put(struct nf_write *w, const struct nf_task *task,
             const struct nf_text *spec)
{
    char value[sizeof(*task) + NF_TASK_SPEC_MAX];
    struct nf_key key = nf_key_number(task->id);
    struct nf_text kept = {0};
    struct nf_task old, stored = *task;
    bool was_there = get(&w->read, task->id, &old, &kept);
    struct nf_out out = nf_out(value, sizeof(value));

    if (spec == NULL) {
        spec = &kept;
    }
    stored.spec_len = (uint16_t) spec->len;
    if (spec->len > NF_TASK_SPEC_MAX || !nf_tasks_is_sound(&stored)) {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    nf_out_put(&out, (struct nf_text){(const char *) &stored,
                                      nf_tasks_stored_size(&stored)});
    nf_out_put(&out, *spec);
    update_counts(w, was_there ? &old : NULL, &stored);
    update_rows(w, was_there ? &old : NULL, &stored);
    return nf_write_put(w, NF_TASKS, nf_key_bytes(&key),
                        (struct nf_bytes){value, out.len});
}

bool
nf_tasks_delete(struct nf_write *w, uint64_t id)
{
    struct nf_key key = nf_key_number(id);
    struct row rows[ROWS];
    struct nf_task task;

    if (!nf_tasks_get(&w->read, id, &task)) {
        return false;
    }
    rows_of(&task, rows);
    for (size_t i = 0; i < ROWS; i++) {
        drop_row(w, &rows[i], id);
    }
    update_counts(w, &task, NULL);
    return nf_write_delete(w, NF_TASKS, nf_key_bytes(&key));
}

/* --- finding ----------------------------------------------------------------
 */

static bool
find_by_serial(struct nf_read *r, nf_table_t table, const char *sn,
               uint64_t *id)
{
    struct nf_key key = awaited_key(sn);
    struct nf_bytes value;

    if (sn[0] == '\0' || !nf_read_get(r, table, nf_key_bytes(&key), &value)) {
        return false;
    }
    *id = nf_key_number_at(value, 0);
    return true;
}

bool
nf_tasks_awaited(struct nf_read *r, const char *sn, uint64_t *id)
{
    return find_by_serial(r, NF_TASKS_AWAITED, sn, id);
}

bool
nf_tasks_ended(struct nf_read *r, const char *sn, struct nf_task *task)
{
    uint64_t id;

    return find_by_serial(r, NF_TASKS_ENDED, sn, &id)
           && nf_tasks_get(r, id, task);
}

bool
nf_tasks_awaited_next(struct nf_read *r, const char *after,
                      struct nf_task *task)
{
    struct nf_key from = awaited_key(after);
    NF_SCAN(scan, r, NF_TASKS_AWAITED);

    nf_key_add(&from, "", 1); /* a byte more: the first key behind it */
    return nf_scan_seek(&scan, nf_key_bytes(&from))
           && nf_tasks_get(r, nf_key_number_at(scan.value, 0), task);
}

/* The task that the scan stands on. */
static bool
listed(struct nf_scan *scan, struct nf_task *task)
{
    return decode(scan->r, nf_key_number_at(scan->key, 0), scan->value, task);
}

bool
nf_tasks_list(struct nf_scan *scan, uint64_t before, struct nf_task *task)
{
    struct nf_key key = nf_key_number(before);

    if (before != 0 && nf_scan_seek(scan, nf_key_bytes(&key))) {
        return nf_tasks_list_next(scan, task);
    }
    return nf_scan_last(scan) && listed(scan, task);
}

bool
nf_tasks_list_next(struct nf_scan *scan, struct nf_task *task)
{
    return nf_scan_previous(scan) && listed(scan, task);
}

bool
nf_tasks_next_of(struct nf_read *r, nf_mac_t mac, uint64_t after,
                 struct nf_task *task)
{
    struct nf_key from = nf_key_mac_number(mac, after + 1);
    NF_SCAN(scan, r, NF_TASKS_BY_NODE);

    if (!nf_scan_seek(&scan, nf_key_bytes(&from))
        || !nf_scan_has(&scan, (struct nf_bytes){mac.b, sizeof(mac.b)}))
    {
        return false;
    }
    return nf_tasks_get(r, nf_key_number_at(scan.key, sizeof(mac.b)), task);
}

nf_time_t
nf_tasks_next_deadline(struct nf_read *r)
{
    NF_SCAN(scan, r, NF_DEADLINES);
    return nf_scan_seek(&scan, nothing)
               ? (nf_time_t) nf_key_number_at(scan.key, 0)
               : 0;
}

bool
nf_tasks_due(struct nf_read *r, nf_time_t now, struct nf_task *task)
{
    NF_SCAN(scan, r, NF_DEADLINES);

    if (!nf_scan_seek(&scan, nothing)
        || (nf_time_t) nf_key_number_at(scan.key, 0) > now)
    {
        return false;
    }
    return nf_tasks_get(r, nf_key_number_at(scan.key, 8), task);
}
