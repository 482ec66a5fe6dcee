/*
 * From schema 1 to 2.  Nodes got a bootfile, tasks what an operator asked for
 * and steps for devices and agents.  Keys stay, and so do the tables that lead
 * to nodes and tasks; tasks are counted.  The log stays as it was written.
 */
#include "store/step.h"

#include <stdio.h>

#include "store/profiles.h"
#include "store/schema_1.h"
#include "store/schema_2.h"

/* Profiles are written as today's: whoever changes their record has to write
 * them here as they are now. */
static_assert(offsetof(struct nf_profile, json) == 416, "as schema 2 has it");

/* What their numbers are in schema 2. */
static const uint8_t boots[] = {0, 1, 3, 4};
static const uint8_t kinds[] = {3, 7, 10, 11, 14};
static const uint8_t step_statuses[] = {0, 1, 3, 4, 5};

enum {
    STATUSES = 7,
    LIVE = 2, /* pending, approved, installing */
    WAITING = 0,
    SKIPPED = 4,
    HAS_IMAGE = 1 << 2,
};

static const struct nf_bytes counts_key = {"task-counts", 11};

/* False: the number is none of that version. */
static bool
translate(const uint8_t *table, size_t count, uint8_t number, uint8_t *now)
{
    if (number >= count) {
        return false;
    }
    *now = table[number];
    return true;
}

#define TRANSLATE(table, number, now)                                          \
    translate(table, sizeof(table), number, now)

/* --- nodes ------------------------------------------------------------------
 */

static bool
convert_node(const struct nf_node_1 *old, struct nf_node_2 *node)
{
    *node = (struct nf_node_2){
        .created_at = old->created_at,
        .updated_at = old->updated_at,
        .revision = old->revision,
        .last_event = old->last_event,
        .task = old->task,
        .mac = old->mac,
        .status = old->status,
        .attempt = old->attempt,
        .extra_len = old->extra_len,
        .macs_n = old->macs_n,
        .dns_n = old->dns_n,
        .online = old->online,
        .ip = old->ip,
        .netmask = old->netmask,
        .gateway = old->gateway,
    };
    memcpy(node->dns, old->dns, sizeof(old->dns));
    memcpy(node->macs, old->macs, sizeof(old->macs));
    memcpy(node->hostname, old->hostname, sizeof(old->hostname));
    memcpy(node->serial, old->serial, sizeof(old->serial));
    memcpy(node->profile, old->profile, sizeof(old->profile));
    return TRANSLATE(boots, old->boot, &node->boot);
}

/* What follows the record, the operator's object and JSON, is as it was. */
static bool
rewrite_node(struct nf_write *w, struct nf_bytes key, struct nf_bytes value)
{
    struct nf_node_1 old;
    struct nf_node_2 node;

    if (value.len < sizeof(old)) {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    memcpy(&old, value.data, sizeof(old));
    struct nf_text pieces[] = {
        {(const char *) &node, sizeof(node)},
        {(const char *) value.data + sizeof(old), value.len - sizeof(old)}};
    if (old.extra_len > pieces[1].len || key.len != sizeof(old.mac.b)
        || memcmp(key.data, old.mac.b, key.len) != 0
        || !convert_node(&old, &node))
    {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    return nf_rewrite_put(w, NF_NODES, key, pieces, 2);
}

/* --- tasks ------------------------------------------------------------------
 */

static bool
convert_step(const struct nf_step_1 *old, struct nf_step_2 *step)
{
    *step = (struct nf_step_2){.started = old->started,
                               .ended = old->ended,
                               .deadline = old->deadline,
                               .attempts = old->attempts};
    memcpy(step->error, old->error, sizeof(step->error));
    return TRANSLATE(kinds, old->kind, &step->kind)
           && TRANSLATE(step_statuses, old->status, &step->status);
}

/* The plan of schema 2 with nothing in it. */
static void
empty_plan(struct nf_task_2 *task)
{
    task->steps_n = NF_STEP_KINDS_2;
    task->step = NF_STEP_KINDS_2;
    for (size_t i = 0; i < NF_STEP_KINDS_2; i++) {
        task->steps[i].kind = (uint8_t) i;
    }
}

/* What waits still, up to where the task stands, was not known then or not
 * reached. */
static void
skip_the_rest(struct nf_task_2 *task, unsigned known)
{
    for (size_t i = 0; i < task->step; i++) {
        struct nf_step_2 *step = &task->steps[i];
        if (step->status == WAITING) {
            step->status = SKIPPED;
            snprintf(step->error, sizeof(step->error), "skipped: %s",
                     known & 1u << i
                         ? "not reached"
                         : "the task was made by an earlier version");
        }
    }
}

static bool
convert_steps(const struct nf_task_1 *old, struct nf_task_2 *task)
{
    unsigned known = 0;

    empty_plan(task);
    for (size_t i = 0; i < old->steps_n; i++) {
        struct nf_step_2 step;
        if (!convert_step(&old->steps[i], &step)) {
            return false;
        }
        known |= 1u << step.kind;
        task->steps[step.kind] = step;
        if (old->status <= LIVE && i == old->step) {
            task->step = step.kind;
        }
    }
    skip_the_rest(task, known);
    return true;
}

/* Its node has been written already. */
static void
add_serial(struct nf_read *r, struct nf_task_2 *task)
{
    struct nf_bytes key = {task->mac.b, sizeof(task->mac.b)}, value;
    struct nf_node_2 node;

    if (nf_read_get(r, NF_NODES, key, &value) && value.len >= sizeof(node)) {
        memcpy(&node, value.data, sizeof(node));
        memcpy(task->sn, node.serial, sizeof(task->sn));
    }
}

/* What the shipped profile of that name is. */
static void
add_profile(struct nf_task_2 *task, const struct nf_profile *profile)
{
    task->flags = profile->image[0] != '\0' ? HAS_IMAGE : 0;
    task->method = profile->method;
    task->first_boot = profile->first_boot;
    memcpy(task->os_type, profile->os_type, sizeof(task->os_type));
    memcpy(task->os_version, profile->os_version, sizeof(task->os_version));
}

static bool
convert_task(const struct nf_task_1 *old, struct nf_task_2 *task)
{
    *task = (struct nf_task_2){
        .id = old->id,
        .revision = old->revision,
        .created_at = old->created_at,
        .updated_at = old->updated_at,
        .approved_at = old->created_at, /* whoever made it approved it */
        .deadline = old->deadline,
        .mac = old->mac,
        .status = old->status,
        .percent = old->percent,
        .attempt = old->attempt,
        .scripts = old->scripts,
    };
    memcpy(task->profile, old->profile, sizeof(old->profile));
    memcpy(task->actor, old->actor, sizeof(old->actor));
    memcpy(task->approver, old->actor, sizeof(old->actor));
    memcpy(task->reason, old->reason, sizeof(old->reason));
    return old->status < STATUSES && old->steps_n <= NF_STEPS_1
           && old->step <= old->steps_n
           && nf_text_is_ended(old->profile, sizeof(old->profile))
           && convert_steps(old, task);
}

static void
count(struct nf_write *w, uint8_t status)
{
    uint64_t counts[STATUSES] = {0};
    struct nf_bytes value;

    if (nf_read_get(&w->read, NF_META, counts_key, &value)
        && value.len == sizeof(counts))
    {
        memcpy(counts, value.data, sizeof(counts));
    }
    counts[status]++;
    nf_write_put(w, NF_META, counts_key,
                 (struct nf_bytes){counts, sizeof(counts)});
}

static bool
rewrite_task(struct nf_write *w, struct nf_bytes key, struct nf_bytes value)
{
    struct nf_task_1 old;
    struct nf_task_2 task;

    if (value.len == sizeof(old)) {
        memcpy(&old, value.data, sizeof(old));
    }
    if (value.len != sizeof(old) || nf_key_number_at(key, 0) != old.id
        || !convert_task(&old, &task))
    {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    const struct nf_profile *profile = nf_profile_find(task.profile);
    add_serial(&w->read, &task);
    if (profile != NULL) {
        add_profile(&task, profile);
    }
    count(w, task.status);
    return nf_write_put(w, NF_TASKS, key,
                        (struct nf_bytes){&task, sizeof(task)})
           && (profile == NULL || nf_task_profiles_put(w, task.id, profile));
}

void
nf_migrate_1(struct nf_write *w, struct nf_migration *done)
{
    done->nodes = nf_rewrite(w, NF_NODES, rewrite_node);
    done->tasks = nf_rewrite(w, NF_TASKS, rewrite_task);
}
