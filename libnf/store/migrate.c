/*
 * From schema 1 to 2.  Nodes got a bootfile, tasks what an operator asked for
 * and steps for devices and agents.  Keys stay, and so do the tables that lead
 * to nodes and tasks.  The log stays as it was written.
 */
#include "store/migrate.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/env.h"
#include "store/key.h"
#include "store/nodes.h"
#include "store/profiles.h"
#include "store/tasks.h"

/* --- the records as they were -----------------------------------------------
 */

enum {
    STEPS_1 = 12
};

struct nf_node_1 {
    nf_time_t created_at, updated_at;
    uint64_t revision, last_event, task;
    nf_mac_t mac;
    uint8_t status, boot;
    uint16_t attempt, extra_len;
    uint8_t macs_n, dns_n, online;
    uint8_t reserved[1];
    nf_ip4_t ip, netmask, gateway;
    nf_ip4_t dns[NF_NODE_DNS];
    nf_mac_t macs[NF_NODE_MACS];
    char hostname[64], serial[64], profile[32];
};

struct nf_step_1 {
    nf_time_t started, ended, deadline;
    uint16_t attempts;
    uint8_t kind, status;
    char error[108];
};

struct nf_task_1 {
    uint64_t id, revision;
    nf_time_t created_at, updated_at, deadline;
    nf_mac_t mac;
    uint8_t status, percent, steps_n, step;
    uint16_t attempt, scripts;
    uint8_t reserved[2];
    char profile[32], actor[32], reason[128];
    struct nf_step_1 steps[STEPS_1];
};

static_assert(sizeof(struct nf_node_1) == 288, "as it was stored");
static_assert(sizeof(struct nf_task_1) == 248 + STEPS_1 * 136,
              "as it was stored");

/* What their numbers mean now. */
static const uint8_t boots_1[] = {NF_BOOT_WAIT, NF_BOOT_INSTALL, NF_BOOT_LOCAL,
                                  NF_BOOT_STUCK};
static const uint8_t kinds_1[] = {NF_STEP_BOOT_CONFIG, NF_STEP_NODE_BOOT,
                                  NF_STEP_OS_INSTALL, NF_STEP_FIRST_BOOT,
                                  NF_STEP_CLEANUP};
static const uint8_t step_statuses_1[] = {NF_STEP_WAITING, NF_STEP_RUNNING,
                                          NF_STEP_DONE, NF_STEP_SKIPPED,
                                          NF_STEP_FAILED};

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
convert_node(struct nf_bytes value, struct nf_node *node, struct nf_text *extra)
{
    struct nf_node_1 old;

    if (value.len < sizeof(old)) {
        return false;
    }
    memcpy(&old, value.data, sizeof(old));
    *node = (struct nf_node){
        .created_at = old.created_at,
        .updated_at = old.updated_at,
        .revision = old.revision,
        .last_event = old.last_event,
        .task = old.task,
        .mac = old.mac,
        .status = old.status,
        .attempt = old.attempt,
        .extra_len = old.extra_len,
        .macs_n = old.macs_n,
        .dns_n = old.dns_n,
        .online = old.online,
        .ip = old.ip,
        .netmask = old.netmask,
        .gateway = old.gateway,
    };
    memcpy(node->dns, old.dns, sizeof(old.dns));
    memcpy(node->macs, old.macs, sizeof(old.macs));
    memcpy(node->hostname, old.hostname, sizeof(old.hostname));
    memcpy(node->serial, old.serial, sizeof(old.serial));
    memcpy(node->profile, old.profile, sizeof(old.profile));
    *extra = (struct nf_text){(const char *) value.data + sizeof(old),
                              old.extra_len};
    return old.extra_len <= NF_NODE_EXTRA_MAX
           && old.extra_len <= value.len - sizeof(old)
           && TRANSLATE(boots_1, old.boot, &node->boot)
           && nf_nodes_is_sound(node);
}

static bool
rewrite_node(struct nf_write *w, struct nf_bytes key, struct nf_bytes value)
{
    char text[sizeof(struct nf_node) + NF_NODE_EXTRA_MAX + NF_NODE_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_node node;
    struct nf_text extra;

    if (!convert_node(value, &node, &extra) || key.len != sizeof(node.mac.b)
        || memcmp(key.data, node.mac.b, key.len) != 0)
    {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    nf_out_put(&out, (struct nf_text){(const char *) &node, sizeof(node)});
    nf_out_put(&out, extra);
    nf_node_json(&node, extra, &out);
    if (out.full) {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    return nf_write_put(w, NF_NODES,
                        (struct nf_bytes){node.mac.b, sizeof(node.mac.b)},
                        (struct nf_bytes){text, out.len});
}

/* --- tasks ------------------------------------------------------------------
 */

static bool
convert_step(const struct nf_step_1 *old, struct nf_step *step)
{
    *step = (struct nf_step){.started = old->started,
                             .ended = old->ended,
                             .deadline = old->deadline,
                             .attempts = old->attempts};
    memcpy(step->error, old->error, sizeof(step->error));
    return TRANSLATE(kinds_1, old->kind, &step->kind)
           && TRANSLATE(step_statuses_1, old->status, &step->status);
}

/* The plan of today with nothing in it. */
static void
empty_plan(struct nf_task *task)
{
    task->steps_n = NF_STEP_KINDS;
    task->step = NF_STEP_KINDS;
    for (size_t i = 0; i < NF_STEP_KINDS; i++) {
        task->steps[i].kind = (uint8_t) i;
    }
}

/* What waits still, up to where the task stands, was not known then or not
 * reached. */
static void
skip_the_rest(struct nf_task *task, unsigned known)
{
    for (size_t i = 0; i < task->step; i++) {
        struct nf_step *step = &task->steps[i];
        if (step->status == NF_STEP_WAITING) {
            step->status = NF_STEP_SKIPPED;
            snprintf(step->error, sizeof(step->error), "skipped: %s",
                     known & 1u << i
                         ? "not reached"
                         : "the task was made by an earlier version");
        }
    }
}

static bool
convert_steps(const struct nf_task_1 *old, struct nf_task *task)
{
    bool is_live = nf_task_is_live(task);
    unsigned known = 0;

    empty_plan(task);
    for (size_t i = 0; i < old->steps_n; i++) {
        struct nf_step step;
        if (!convert_step(&old->steps[i], &step)) {
            return false;
        }
        known |= 1u << step.kind;
        task->steps[step.kind] = step;
        if (is_live && i == old->step) {
            task->step = step.kind;
        }
    }
    skip_the_rest(task, known);
    return true;
}

/* What the profile of that name is now, and the machine's serial number. */
static void
add_what_is_new(struct nf_read *r, struct nf_task *task)
{
    const struct nf_profile *profile = nf_profile_find(task->profile);
    struct nf_node_view view;

    task->approved_at = task->created_at;
    memcpy(task->approver, task->actor, sizeof(task->approver));
    if (nf_nodes_get(r, task->mac, &view)) {
        memcpy(task->sn, view.node.serial, sizeof(task->sn));
    }
    if (profile != NULL) {
        task->flags = profile->image[0] != '\0' ? NF_TASK_HAS_IMAGE : 0;
        task->method = profile->method;
        task->first_boot = profile->first_boot;
        memcpy(task->os_type, profile->os_type, sizeof(task->os_type));
        memcpy(task->os_version, profile->os_version, sizeof(task->os_version));
    }
}

static bool
convert_task(struct nf_read *r, struct nf_bytes value, struct nf_task *task)
{
    struct nf_task_1 old;

    if (value.len != sizeof(old)) {
        return false;
    }
    memcpy(&old, value.data, sizeof(old));
    *task = (struct nf_task){
        .id = old.id,
        .revision = old.revision,
        .created_at = old.created_at,
        .updated_at = old.updated_at,
        .deadline = old.deadline,
        .mac = old.mac,
        .status = old.status,
        .percent = old.percent,
        .attempt = old.attempt,
        .scripts = old.scripts,
    };
    memcpy(task->profile, old.profile, sizeof(old.profile));
    memcpy(task->actor, old.actor, sizeof(old.actor));
    memcpy(task->reason, old.reason, sizeof(old.reason));
    if (old.steps_n > STEPS_1 || old.step > old.steps_n
        || !convert_steps(&old, task) || !nf_tasks_is_sound(task))
    {
        return false;
    }
    add_what_is_new(r, task);
    return true;
}

/* The old record goes first: a put looks at what is stored. */
static bool
rewrite_task(struct nf_write *w, struct nf_bytes key, struct nf_bytes value)
{
    const struct nf_text none = {0};
    struct nf_task task;

    if (!convert_task(&w->read, value, &task)
        || nf_key_number_at(key, 0) != task.id)
    {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    const struct nf_profile *profile = nf_profile_find(task.profile);
    struct nf_key own = nf_key_number(task.id);
    return nf_write_delete(w, NF_TASKS, nf_key_bytes(&own))
           && nf_tasks_put(w, &task, &none)
           && (profile == NULL || nf_task_profiles_put(w, task.id, profile));
}

/* --- all of it --------------------------------------------------------------
 */

typedef bool rewrite_fn(struct nf_write *w, struct nf_bytes key,
                        struct nf_bytes value);

/* The first record behind `at`, copied: writing moves what is stored. */
static bool
rewrite_next(struct nf_write *w, nf_table_t table, struct nf_key *at,
             rewrite_fn *rewrite)
{
    char copy[16 * 1024]; /* no record of that version is longer */
    struct nf_bytes value = {copy, 0};
    {
        NF_SCAN(scan, &w->read, table);
        if (!nf_scan_seek(&scan, nf_key_bytes(at))) {
            return false;
        }
        if (scan.key.len >= sizeof(at->data) || scan.value.len > sizeof(copy)) {
            nf_read_fail(&w->read, NF_CORRUPT);
            return false;
        }
        at->len = 0;
        nf_key_add(at, scan.key.data, scan.key.len);
        memcpy(copy, scan.value.data, scan.value.len);
        value.len = scan.value.len;
    }
    if (!rewrite(w, nf_key_bytes(at), value)) {
        return false;
    }
    nf_key_add(at, "", 1); /* next: the first key behind it */
    return true;
}

static uint64_t
rewrite_all(struct nf_write *w, nf_table_t table, rewrite_fn *rewrite)
{
    struct nf_key at = {.len = 0};
    uint64_t n = 0;

    while (rewrite_next(w, table, &at, rewrite)) {
        n++;
    }
    return n;
}

static nf_error_t
rewrite_store(nf_store_t *store, struct nf_migration *done)
{
    uint32_t number = NF_SCHEMA_NUMBER;
    NF_WRITE(w, store);

    if (w.read.err == NF_OK) {
        w.read.err = nf_env_open_tables(store, w.read.mdb, MDB_CREATE);
    }
    done->nodes = rewrite_all(&w, NF_NODES, rewrite_node);
    done->tasks = rewrite_all(&w, NF_TASKS, rewrite_task);
    nf_write_put(&w, NF_META, nf_schema_key,
                 (struct nf_bytes){&number, sizeof(number)});
    return nf_write_commit(&w);
}

static nf_error_t
read_schema(nf_store_t *store, uint32_t *number)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);

    if (rc != MDB_SUCCESS) {
        return nf_error_from_lmdb(rc);
    }
    nf_error_t err = nf_env_schema(txn, number);
    mdb_txn_abort(txn);
    return err;
}

static nf_error_t
migrate(nf_store_t *store, const char *backup, struct nf_migration *done)
{
    nf_error_t err = read_schema(store, &done->from);

    if (err != NF_OK || done->from == done->to) {
        return err;
    }
    if (done->from != 1) {
        return NF_SCHEMA;
    }
    err = nf_store_backup(store, backup);
    return err != NF_OK ? err : rewrite_store(store, done);
}

/* The file stays open as long as the store: closing any descriptor of it
 * would give up LMDB's own lock on it. */
static bool
is_in_use(int lock_file)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

    return lock_file >= 0 && fcntl(lock_file, F_GETLK, &lock) == 0
           && lock.l_type != F_UNLCK;
}

nf_error_t
nf_store_migrate(const char *path, const char *backup,
                 struct nf_migration *done)
{
    char name[4096];
    int n = snprintf(name, sizeof(name), "%s-lock", path);

    *done = (struct nf_migration){.to = NF_SCHEMA_NUMBER};
    if (n < 0 || (size_t) n >= sizeof(name)) {
        return NF_INVALID;
    }
    if (access(path, F_OK) != 0) {
        return NF_NOT_FOUND;
    }
    nf_store_t *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return NF_NO_MEMORY;
    }
    store->notify_fd = -1;
    int lock_file = open(name, O_RDWR | O_CLOEXEC);
    nf_error_t err =
        is_in_use(lock_file) ? NF_BUSY : nf_env_open(store, path, 0);
    if (err == NF_OK) { /* somebody may have come meanwhile */
        err = is_in_use(lock_file) ? NF_BUSY : migrate(store, backup, done);
    }
    nf_store_close(store);
    if (lock_file >= 0) {
        close(lock_file);
    }
    return err;
}
