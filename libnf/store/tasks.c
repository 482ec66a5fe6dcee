/*
 * tasks:         id             -> struct nf_task
 * tasks-by-node: mac, id        -> nothing
 * deadlines:     time, id       -> nothing
 * requests:      'k' key        -> time, body hash, reply
 *                't' time, key  -> nothing, to forget the old ones
 */
#include "store/tasks.h"

#include "store/key.h"

enum {
    REQUEST_KEY_MAX = 64
};

static const struct nf_bytes nothing = {"", 0};

/* Whoever uses the record relies on these. */
static bool
is_sound(const struct nf_task *task)
{
    bool is_fine = task->status <= NF_TASK_FAILED
                   && task->steps_n <= NF_TASK_STEPS
                   && task->step <= task->steps_n
                   && nf_text_is_ended(task->profile, sizeof(task->profile))
                   && nf_text_is_ended(task->actor, sizeof(task->actor))
                   && nf_text_is_ended(task->reason, sizeof(task->reason));

    for (size_t i = 0; is_fine && i < task->steps_n; i++) {
        const struct nf_step *step = &task->steps[i];
        is_fine = step->kind < NF_STEP_KINDS && step->status <= NF_STEP_FAILED
                  && nf_text_is_ended(step->error, sizeof(step->error));
    }
    return is_fine;
}

bool
nf_tasks_get(struct nf_read *r, uint64_t id, struct nf_task *task)
{
    struct nf_key key = nf_key_number(id);
    struct nf_bytes value;

    if (!nf_read_get(r, NF_TASKS, nf_key_bytes(&key), &value)) {
        return false;
    }
    if (value.len != sizeof(*task)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    memcpy(task, value.data, sizeof(*task));
    if (task->id != id || !is_sound(task)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    return true;
}

static struct nf_key
deadline_key(const struct nf_task *task)
{
    struct nf_key key = nf_key_number((uint64_t) task->deadline);

    nf_key_add_number(&key, task->id);
    return key;
}

static void
move_deadline(struct nf_write *w, const struct nf_task *task)
{
    struct nf_task old;
    struct nf_key key = deadline_key(task);

    if (nf_tasks_get(&w->read, task->id, &old) && old.deadline != 0) {
        if (old.deadline == task->deadline) {
            return;
        }
        struct nf_key old_key = deadline_key(&old);
        nf_write_delete(w, NF_DEADLINES, nf_key_bytes(&old_key));
    }
    if (task->deadline != 0) {
        nf_write_put(w, NF_DEADLINES, nf_key_bytes(&key), nothing);
    }
}

bool
nf_tasks_put(struct nf_write *w, const struct nf_task *task)
{
    struct nf_key key = nf_key_number(task->id);
    struct nf_key by_node = nf_key_mac_number(task->mac, task->id);

    move_deadline(w, task);
    return nf_write_put(w, NF_TASKS_BY_NODE, nf_key_bytes(&by_node), nothing)
           && nf_write_put(w, NF_TASKS, nf_key_bytes(&key),
                           (struct nf_bytes){task, sizeof(*task)});
}

bool
nf_tasks_delete(struct nf_write *w, uint64_t id)
{
    struct nf_task task;
    struct nf_key key = nf_key_number(id);

    if (!nf_tasks_get(&w->read, id, &task)) {
        return false;
    }
    struct nf_key by_node = nf_key_mac_number(task.mac, id);
    struct nf_key deadline = deadline_key(&task);
    return nf_write_delete(w, NF_DEADLINES, nf_key_bytes(&deadline))
           && nf_write_delete(w, NF_TASKS_BY_NODE, nf_key_bytes(&by_node))
           && nf_write_delete(w, NF_TASKS, nf_key_bytes(&key));
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

static bool
request_key(struct nf_text text, struct nf_key *key)
{
    *key = (struct nf_key){.data = {'k'}, .len = 1};
    if (text.len == 0 || text.len > REQUEST_KEY_MAX) {
        return false;
    }
    nf_key_add(key, text.data, text.len);
    return true;
}

static struct nf_key
request_age_key(nf_time_t time, struct nf_text text)
{
    struct nf_key key = {.data = {'t'}, .len = 1};

    nf_key_add_number(&key, (uint64_t) time);
    nf_key_add(&key, text.data, text.len);
    return key;
}

bool
nf_requests_get(struct nf_read *r, struct nf_text text,
                struct nf_request *request)
{
    struct nf_key key;
    struct nf_bytes value;

    if (!request_key(text, &key)
        || !nf_read_get(r, NF_REQUESTS, nf_key_bytes(&key), &value)
        || value.len < 16)
    {
        return false;
    }
    *request = (struct nf_request){
        .time = (nf_time_t) nf_key_number_at(value, 0),
        .body_hash = nf_key_number_at(value, 8),
        .reply = {(const char *) value.data + 16, value.len - 16},
    };
    return true;
}

bool
nf_requests_put(struct nf_write *w, struct nf_text text,
                const struct nf_request *request)
{
    char value[16 + NF_REQUEST_REPLY_MAX];
    struct nf_key key, head = nf_key_number((uint64_t) request->time);
    struct nf_out out = nf_out(value, sizeof(value));

    nf_key_add_number(&head, request->body_hash);
    nf_out_put(&out, (struct nf_text){(const char *) head.data, head.len});
    nf_out_put(&out, request->reply);
    if (out.full || !request_key(text, &key)) {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    struct nf_key age = request_age_key(request->time, text);
    return nf_write_put(w, NF_REQUESTS, nf_key_bytes(&age), nothing)
           && nf_write_put(w, NF_REQUESTS, nf_key_bytes(&key),
                           (struct nf_bytes){value, out.len});
}

static bool
forget_oldest(struct nf_write *w, nf_time_t before)
{
    struct nf_key age = {.len = 0}, key;
    struct nf_scan scan = nf_scan_begin(&w->read, NF_REQUESTS);
    bool found = nf_scan_seek(&scan, (struct nf_bytes){"t", 1})
                 && scan.key.len > 9 && scan.key.len <= sizeof(age.data)
                 && (nf_time_t) nf_key_number_at(scan.key, 1) < before;

    if (found) {
        nf_key_add(&age, scan.key.data, scan.key.len);
    }
    nf_scan_end(&scan);
    struct nf_text text = {(const char *) age.data + 9, age.len - 9};
    return found && request_key(text, &key)
           && nf_write_delete(w, NF_REQUESTS, nf_key_bytes(&key))
           && nf_write_delete(w, NF_REQUESTS, nf_key_bytes(&age));
}

unsigned
nf_requests_trim(struct nf_write *w, nf_time_t before, unsigned max)
{
    unsigned gone = 0;

    while (gone < max && forget_oldest(w, before)) {
        gone++;
    }
    return gone;
}
