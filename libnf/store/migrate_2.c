/*
 * From schema 2 to 3.  A task holds as many steps as its plan had, a node its
 * last heartbeat.  The log goes on: its generation is the first, which has no
 * number.  What ends by itself gets an index, and a lease may be of any kind of
 * card.
 */
#include "store/step.h"

#include "store/leases.h"
#include "store/nodes.h"
#include "store/schema_2.h"
#include "store/tasks.h"

/* Of each node the time of its last one, 8 bytes, big-endian. */
static const char heartbeats[] = "heartbeats";

/* --- nodes ------------------------------------------------------------------
 */

static nf_time_t
heard(struct nf_write *w, nf_mac_t mac)
{
    struct nf_bytes time;

    return nf_old_table_get(w, heartbeats,
                            (struct nf_bytes){mac.b, sizeof(mac.b)}, &time)
               ? (nf_time_t) nf_key_number_at(time, 0)
               : 0;
}

/* Who made it and named its cards is not known any more: an operator. */
static bool
convert_node(struct nf_read *r, const struct nf_node_2 *old, nf_time_t heard,
             struct nf_node *node)
{
    static_assert(offsetof(struct nf_node, heard) == sizeof(struct nf_node_2),
                  "else each member by itself");
    memset(node, 0, sizeof(*node));
    memcpy(node, old, sizeof(*old));
    node->heard = heard;
    node->is_known = 1;
    node->is_leased = nf_leases_any_of(r, node);
    return nf_nodes_is_sound(node);
}

/* What follows the record, the operator's object and JSON, is as it was. */
static bool
rewrite_node(struct nf_write *w, struct nf_bytes key, struct nf_bytes value)
{
    struct nf_node_2 old;
    struct nf_node node;

    if (value.len < sizeof(old)) {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    memcpy(&old, value.data, sizeof(old));
    struct nf_text pieces[] = {
        {(const char *) &node, sizeof(node)},
        {(const char *) value.data + sizeof(old), value.len - sizeof(old)}};
    if (old.extra_len > pieces[1].len || old.extra_len > NF_EXTRA_MAX_2
        || key.len != sizeof(old.mac.b)
        || memcmp(key.data, old.mac.b, key.len) != 0
        || !convert_node(&w->read, &old, heard(w, old.mac), &node))
    {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    return nf_rewrite_put(w, NF_NODES, key, pieces, 2);
}

/* --- tasks ------------------------------------------------------------------
 */

/* The head is what it was; steps are as many as there are. */
static bool
convert_task(const struct nf_task_2 *old, struct nf_task *task)
{
    static_assert(offsetof(struct nf_task, steps)
                      == offsetof(struct nf_task_2, steps),
                  "else each member by itself");
    static_assert(sizeof(struct nf_step) == sizeof(struct nf_step_2),
                  "else each member by itself");
    memset(task, 0, sizeof(*task));
    memcpy(task, old, offsetof(struct nf_task_2, steps));
    if (old->steps_n > NF_STEPS_2) {
        return false;
    }
    for (size_t i = 0; i < old->steps_n; i++) {
        if (old->steps[i].kind >= NF_STEP_KINDS_2
            || old->steps[i].status >= NF_STEP_STATUSES_2)
        {
            return false;
        }
        memcpy(&task->steps[i], &old->steps[i], sizeof(task->steps[i]));
    }
    return nf_tasks_is_sound(task);
}

static bool
rewrite_task(struct nf_write *w, struct nf_bytes key, struct nf_bytes value)
{
    struct nf_task_2 old;
    struct nf_task task;

    if (value.len >= sizeof(old)) {
        memcpy(&old, value.data, sizeof(old));
    }
    if (value.len < sizeof(old) || old.spec_len != value.len - sizeof(old)
        || nf_key_number_at(key, 0) != old.id || !convert_task(&old, &task))
    {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    struct nf_text pieces[] = {
        {(const char *) &task, nf_tasks_stored_size(&task)},
        {(const char *) value.data + sizeof(old), old.spec_len}};
    return nf_rewrite_put(w, NF_TASKS, key, pieces, 2);
}

/* --- leases -----------------------------------------------------------------
 */

static bool
rewrite_lease(struct nf_write *w, struct nf_bytes key, struct nf_bytes value)
{
    struct nf_lease_2 old;
    struct nf_lease lease;

    if (value.len == sizeof(old)) {
        memcpy(&old, value.data, sizeof(old));
    }
    if (value.len != sizeof(old) || key.len != sizeof(old.ip.b)
        || memcmp(key.data, old.ip.b, key.len) != 0
        || old.client_id_len > sizeof(old.client_id))
    {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    nf_lease_from_2(&old, &lease);
    struct nf_text piece = {(const char *) &lease, sizeof(lease)};
    return nf_rewrite_put(w, NF_LEASES, key, &piece, 1);
}

void
nf_migrate_2(struct nf_write *w, struct nf_migration *done)
{
    done->nodes = nf_rewrite(w, NF_NODES, rewrite_node);
    nf_old_table_drop(w, heartbeats);
    done->tasks = nf_rewrite(w, NF_TASKS, rewrite_task);
    (void) nf_rewrite(w, NF_LEASES, rewrite_lease);
    nf_nodes_file(w);
    nf_leases_file(w);
}
