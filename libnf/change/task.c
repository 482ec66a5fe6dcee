/*
 * Tasks: created, approved, rejected, cancelled, asked for again, forgotten.
 */
#include <stdio.h>

#include "change/change.h"
#include "change/effective.h"
#include "change/given.h"
#include "change/name.h"
#include "change/record.h"
#include "change/refresh.h"
#include "change/start.h"
#include "change/step.h"
#include "flow/node.h"
#include "model/profile.h"
#include "store/hardware.h"
#include "store/profiles.h"
#include "store/secrets.h"
#include "store/tasks.h"

#define COPY(to, from) snprintf(to, sizeof(to), "%s", from)

static nf_error_t
find_task(struct nf_change *c, uint64_t id, struct nf_task *task)
{
    if (nf_tasks_get(&c->w->read, id, task)) {
        return NF_OK;
    }
    if (c->w->read.err != NF_OK) {
        return c->w->read.err;
    }
    (void) nf_refuse(&c->fault, "task_id", "task not found");
    return NF_NOT_FOUND;
}

/* --- create ----------------------------------------------------------------
 */

/* The machine of a draft: *has_node false when it is not known yet. */
static nf_error_t
find_machine(struct nf_change *c, const struct nf_task_draft *draft,
             nf_mac_t *mac, bool *has_node)
{
    bool by_mac = !nf_mac_equal(draft->mac, (nf_mac_t){0});
    struct nf_node_view view;
    nf_mac_t owner;

    *mac = draft->mac;
    *has_node = by_mac && nf_nodes_mac_owner(&c->w->read, draft->mac, mac);
    if (nf_nodes_serial_owner(&c->w->read, draft->sn, &owner)) {
        if (by_mac && !nf_mac_equal(owner, *mac)) {
            return nf_conflict_owner(c, "sn", owner);
        }
        *mac = owner;
        *has_node = true;
    }
    if (*has_node && draft->sn[0] != '\0'
        && nf_nodes_get(&c->w->read, *mac, &view) && view.node.serial[0] != '\0'
        && strcmp(view.node.serial, draft->sn) != 0)
    {
        return nf_conflict(c, "sn", "the node with this MAC has another one");
    }
    return c->w->read.err;
}

/* By the site's setting, or because an operator named this very node. */
static bool
may_reinstall(const struct nf_change *c, bool has_consent)
{
    return has_consent || nf_setting_is_on(c->settings->allow_reinstall);
}

static bool
is_consented(const struct nf_task *task)
{
    return (task->flags & NF_TASK_CONSENTED) != 0;
}

/* Whether the node may be installed (again) by a new task. */
static nf_error_t
check_node(struct nf_change *c, nf_mac_t mac, bool has_consent)
{
    struct nf_node_view view;
    struct nf_task task;

    if (!nf_nodes_get(&c->w->read, mac, &view)) {
        return c->w->read.err;
    }
    enum nf_node_status status = view.node.status;
    struct nf_node_input input = {
        .event =
            status == NF_NODE_DISCOVERED ? NF_NODE_INSTALL : NF_NODE_REINSTALL,
        .may_reinstall = may_reinstall(c, has_consent)};
    if (nf_record_find_task(c, mac, &task)) {
        if (nf_task_is_live(&task) || task.is_undoing) {
            return nf_conflict_unfinished(c, &task);
        }
    }
    return nf_node_step(&status, &input, &c->fault);
}

static nf_error_t
check_draft(struct nf_change *c, const struct nf_task_draft *draft,
            nf_mac_t *mac, bool *has_node)
{
    bool by_mac = !nf_mac_equal(draft->mac, (nf_mac_t){0});
    bool is_kept;
    uint64_t other;
    nf_error_t err = find_machine(c, draft, mac, has_node);

    if (err != NF_OK) {
        return err;
    }
    if (!by_mac && draft->sn[0] == '\0') {
        return nf_refuse(&c->fault, "sn", "either sn or mac is required");
    }
    if (draft->sn[0] != '\0'
        && nf_tasks_awaited(&c->w->read, draft->sn, &other)) {
        return nf_conflict_task(c, "sn", other,
                                "already waits for this machine");
    }
    if (draft->bmc_password.len > NF_SECRET_MAX) {
        return nf_refuse(&c->fault, "bmc", "its password is too long");
    }
    if (draft->bmc_password.len > 0 && c->key == NULL) {
        return nf_refuse(&c->fault, "bmc",
                         "no password can be stored: there is no site key");
    }
    err =
        nf_refresh_check(c, *mac, draft->effective, draft->is_moved, &is_kept);
    if (err == NF_OK) {
        err = nf_record_name_check(c, *mac, draft->hostname, is_kept);
    }
    return err == NF_OK && *has_node ? check_node(c, *mac, draft->has_consent)
                                     : err;
}

static uint16_t
flags_of(const struct nf_task_draft *draft)
{
    const struct nf_profile *profile = draft->effective;
    bool has_bootfile =
        draft->bootfile[0] != '\0' || profile->bootfile[0] != '\0';

    return (uint16_t) ((draft->has_bmc ? NF_TASK_HAS_BMC : 0)
                       | (draft->has_switch ? NF_TASK_HAS_SWITCH : 0)
                       | (draft->has_consent ? NF_TASK_CONSENTED : 0)
                       | nf_refresh_flags(profile, has_bootfile));
}

static struct nf_task
make_task(struct nf_change *c, const struct nf_task_draft *draft)
{
    const struct nf_profile *profile = draft->effective;
    struct nf_task_rules rules = nf_rules_for(c->settings);
    struct nf_task task = {.flags = flags_of(draft),
                           .method = profile->method,
                           .first_boot = profile->first_boot};
    bool has_type = draft->os_type[0] != '\0';
    bool has_version = draft->os_version[0] != '\0';

    COPY(task.sn, draft->sn);
    COPY(task.profile, draft->profile);
    COPY(task.os_type, has_type ? draft->os_type : profile->os_type);
    COPY(task.os_version,
         has_version ? draft->os_version : profile->os_version);
    COPY(task.bootfile,
         draft->bootfile[0] != '\0' ? draft->bootfile : profile->bootfile);
    COPY(task.actor, c->actor);
    nf_task_start(&task, &rules, c->now);
    return task;
}

/* Counted on, so that what comes late of the task before fits no more; 0 would
 * say that there is no attempt. */
static uint16_t
next_attempt(const struct nf_node *node)
{
    return node->attempt == UINT16_MAX ? 1 : node->attempt + 1;
}

/* The node becomes the task's: from now on its steps are the node's. */
static bool
give_to_node(struct nf_change *c, struct nf_task *task,
             const struct nf_profile *effective, nf_mac_t mac,
             struct nf_held_node *held)
{
    if (nf_hold_node(c, mac, held) != NF_OK) {
        return false;
    }
    nf_error_t err = nf_record_give(c, &held->node, effective);
    if (err != NF_OK) {
        nf_read_fail(&c->w->read, err);
        return false;
    }
    held->node.is_known = 1;
    task->mac = mac;
    task->attempt = next_attempt(&held->node);
    if (task->sn[0] == '\0') {
        COPY(task->sn, held->node.serial);
    } else if (held->node.serial[0] == '\0') {
        memset(held->node.serial, 0, sizeof(held->node.serial));
        COPY(held->node.serial, task->sn);
    }
    held->node.attempt = task->attempt;
    memcpy(held->node.profile, task->profile, sizeof(held->node.profile));
    held->node.is_profile_chosen = 0;
    if (!held->node.is_bound) {
        memcpy(held->node.bootfile, task->bootfile,
               sizeof(held->node.bootfile));
    } else if (held->node.bootfile[0] != '\0') {
        task->flags |= NF_TASK_HAS_FILES;
    }
    return true;
}

static void
set_hostname(struct nf_node *node, const char *hostname)
{
    if (hostname[0] != '\0') {
        nf_record_name_give(node, hostname);
    }
}

static bool
record_with_node(struct nf_change *c, enum nf_event_kind kind,
                 struct nf_task *task, const struct nf_text *spec,
                 struct nf_held_node *held)
{
    if (!nf_record_task(c, kind, task, spec)) {
        return false;
    }
    /* its own event has just become the node's latest */
    held->node.task = task->id;
    (void) nf_unmatched_delete(c->w, task->mac);
    return nf_record_node(c, NF_EVENT_NODE_UPDATED, &held->node, held->extra);
}

static void
keep_password(struct nf_change *c, const struct nf_task *task,
              const struct nf_task_draft *draft)
{
    char id[NF_TASK_TEXT + 8], name[48];

    if (draft->bmc_password.len > 0) {
        nf_task_format(task->id, id);
        snprintf(name, sizeof(name), "%s/bmc", id);
        (void) nf_secrets_put(c->w, c->key, name, draft->bmc_password);
    }
}

nf_error_t
nf_change_task_create(struct nf_change *c, const struct nf_task_draft *draft,
                      uint64_t *id)
{
    struct nf_held_node held;
    bool has_node;
    nf_mac_t mac;
    nf_error_t err = check_draft(c, draft, &mac, &has_node);

    if (err == NF_OK) {
        err = nf_start_look_draft(c, draft, mac);
    }
    if (err != NF_OK) {
        return err;
    }
    bool by_mac = has_node || !nf_mac_equal(draft->mac, (nf_mac_t){0});
    if (!has_node && by_mac) {
        (void) nf_record_discovered(c, mac, (nf_ip4_t){0}, "");
    }
    struct nf_task task = make_task(c, draft);
    if (by_mac && give_to_node(c, &task, draft->effective, mac, &held)) {
        set_hostname(&held.node, draft->hostname);
        (void) record_with_node(c, NF_EVENT_TASK_CREATED, &task, &draft->spec,
                                &held);
    } else if (!by_mac) {
        (void) nf_record_task(c, NF_EVENT_TASK_CREATED, &task, &draft->spec);
    }
    (void) nf_refresh_keep(c, task.id, draft->effective);
    keep_password(c, &task, draft);
    *id = task.id;
    return c->w->read.err;
}

/* --- what happens to one ----------------------------------------------------
 */

static nf_error_t
refuse_status(struct nf_change *c, const struct nf_task *task, const char *verb)
{
    bool is_undoing = task->is_undoing && nf_task_running(task) != NULL;

    (void) nf_refuse(&c->fault, "task_id", "cannot %s a task that is %s%s",
                     verb, nf_task_statuses[task->status],
                     is_undoing ? " while its changes are being undone" : "");
    return NF_CONFLICT;
}

/* Whether its node, if there is one yet, may be installed now. */
static nf_error_t
check_start(struct nf_change *c, const struct nf_task *task)
{
    struct nf_node_view view;

    if (!nf_task_has_node(task)) {
        return c->w->read.err;
    }
    if (!nf_nodes_get(&c->w->read, task->mac, &view)) {
        return c->w->read.err != NF_OK
                   ? c->w->read.err
                   : nf_conflict(c, "task_id", "its node is gone");
    }
    if (view.node.task != task->id) {
        return nf_conflict(c, "task_id", "the node has a newer task");
    }
    enum nf_node_status status = view.node.status;
    struct nf_node_input input = {
        .event =
            status == NF_NODE_DISCOVERED ? NF_NODE_INSTALL : NF_NODE_REINSTALL,
        .may_reinstall = may_reinstall(c, is_consented(task))};
    return nf_node_step(&status, &input, &c->fault);
}

static nf_error_t
approve(struct nf_change *c, uint64_t id, uint16_t flags)
{
    struct nf_task_input input = {.event = NF_TASK_APPROVE};
    struct nf_task task;
    nf_error_t err = find_task(c, id, &task);

    if (err != NF_OK) {
        return err;
    }
    if (task.status != NF_TASK_PENDING) {
        return refuse_status(c, &task, "approve");
    }
    if ((err = check_start(c, &task)) != NF_OK
        || (err = nf_start_look_of(c, &task, NULL, true)) != NF_OK)
    {
        return err;
    }
    COPY(task.approver, c->actor);
    task.flags |= flags;
    (void) nf_record_step(c, &task, &input);
    return c->w->read.err;
}

nf_error_t
nf_change_task_approve(struct nf_change *c, uint64_t id)
{
    return approve(c, id, 0);
}

nf_error_t
nf_change_task_approve_off(struct nf_change *c, uint64_t id)
{
    return approve(c, id, NF_TASK_WHEN_IT_BOOTS);
}

/* Another one may wait for the same machine by its serial number. */
static void
match_other_task(struct nf_change *c, const struct nf_task *ended)
{
    struct nf_node_view view;
    struct nf_task live;

    if (nf_task_has_node(ended) && nf_nodes_get(&c->w->read, ended->mac, &view)
        && view.node.task == ended->id)
    {
        (void) nf_record_live_task(c, &view.node, view.node.serial, &live);
    }
}

static nf_error_t
end_task(struct nf_change *c, uint64_t id, const struct nf_task_input *input,
         const char *verb)
{
    struct nf_task task;
    nf_error_t err = find_task(c, id, &task);

    if (err != NF_OK) {
        return err;
    }
    if (input->event == NF_TASK_REJECT) {
        COPY(task.approver, c->actor);
    }
    if (!nf_record_step(c, &task, input) && c->w->read.err == NF_OK) {
        return refuse_status(c, &task, verb);
    }
    match_other_task(c, &task);
    return c->w->read.err;
}

nf_error_t
nf_change_task_reject(struct nf_change *c, uint64_t id, const char *reason)
{
    struct nf_task_input input = {.event = NF_TASK_REJECT, .detail = reason};

    return end_task(c, id, &input, "reject");
}

nf_error_t
nf_change_task_cancel(struct nf_change *c, uint64_t id, const char *reason)
{
    struct nf_task_input input = {.event = NF_TASK_CANCEL, .detail = reason};

    return end_task(c, id, &input, "cancel");
}

/* It waits for a machine; nobody else may wait for the same one. */
static nf_error_t
check_awaited(struct nf_change *c, const struct nf_task *task)
{
    uint64_t other;

    return !nf_task_has_node(task)
                   && nf_tasks_awaited(&c->w->read, task->sn, &other)
               ? nf_conflict_task(c, "sn", other,
                                  "already waits for this machine")
               : c->w->read.err;
}

/* The machine may have come while nobody waited for it. */
static void
match_known_machine(struct nf_change *c, const struct nf_task *task)
{
    struct nf_node_view view;
    struct nf_task live;
    nf_mac_t owner;

    if (!nf_task_has_node(task)
        && nf_nodes_serial_owner(&c->w->read, task->sn, &owner)
        && nf_nodes_get(&c->w->read, owner, &view))
    {
        (void) nf_record_live_task(c, &view.node, task->sn, &live);
    }
}

/* Another node may have taken its address since. */
static nf_error_t
check_address(struct nf_change *c, const struct nf_task *task,
              const struct nf_profile *fresh)
{
    struct nf_profile own;

    if (fresh == NULL && nf_task_profiles_get(&c->w->read, task->id, &own)) {
        fresh = &own;
    }
    bool is_kept;
    return fresh == NULL
               ? c->w->read.err
               : nf_refresh_check(c, task->mac, fresh, true, &is_kept);
}

nf_error_t
nf_change_task_retry(struct nf_change *c, uint64_t id,
                     const struct nf_profile *fresh)
{
    struct nf_task_input input = {.event = NF_TASK_RETRY};
    struct nf_held_node held;
    struct nf_task task;
    nf_error_t err = find_task(c, id, &task);

    if (err != NF_OK) {
        return err;
    }
    if ((task.status != NF_TASK_FAILED && task.status != NF_TASK_CANCELLED)
        || task.is_undoing)
    {
        return refuse_status(c, &task, "retry");
    }
    if ((err = check_start(c, &task)) != NF_OK
        || (err = check_awaited(c, &task)) != NF_OK
        || (err = check_address(c, &task, fresh)) != NF_OK
        || (err = nf_start_look_of(c, &task, fresh, task.approved_at != 0))
               != NF_OK)
    {
        return err;
    }
    if (fresh != NULL && (err = nf_refresh(c, &task, fresh)) != NF_OK) {
        return err;
    }
    if (task.approved_at != 0) { /* else no token of it was ever given */
        COPY(task.approver, c->actor);
        if (nf_task_has_node(&task)
            && nf_hold_node(c, task.mac, &held) == NF_OK) {
            task.attempt = next_attempt(&held.node);
        }
    }
    if (nf_record_step(c, &task, &input)) {
        match_known_machine(c, &task);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_task_delete(struct nf_change *c, uint64_t id)
{
    char text[NF_TASK_TEXT + 8], name[48];
    struct nf_node_view view;
    struct nf_task task;
    nf_error_t err = find_task(c, id, &task);

    if (err != NF_OK) {
        return err;
    }
    if (nf_task_is_live(&task) || task.is_undoing) {
        return nf_conflict(c, "task_id",
                           "the task is not over: cancel it first");
    }
    if (nf_task_has_node(&task) && nf_nodes_get(&c->w->read, task.mac, &view)
        && view.node.task == id && view.node.status == NF_NODE_INSTALLING)
    {
        return nf_conflict(c, "task_id", "it is still installing the node");
    }
    nf_task_format(id, text);
    snprintf(name, sizeof(name), "%s/bmc", text);
    (void) nf_secrets_delete(c->w, name);
    (void) nf_task_profiles_delete(c->w, id);
    (void) nf_diagnoses_delete(c->w, id);
    if (nf_tasks_delete(c->w, id)) {
        (void) nf_record_note(c, NF_EVENT_TASK_DELETED, task.mac, text);
    }
    return c->w->read.err;
}

/* --- its machine, devices and files ----------------------------------------
 */

bool
nf_record_match(struct nf_change *c, struct nf_task *task, nf_mac_t mac)
{
    struct nf_task_input input = {.event = NF_TASK_MATCHED};
    struct nf_text spec = nf_tasks_spec(&c->w->read, task->id);
    struct nf_profile effective = {.json = NF_TEXT("{}")};
    struct nf_held_node held;
    char hostname[64] = "";

    (void) nf_task_profiles_get(&c->w->read, task->id, &effective);
    nf_error_t err =
        spec.len == 0 ? NF_OK : nf_effective_hostname(spec, hostname);
    if (err != NF_OK) {
        nf_read_fail(&c->w->read, err);
    }
    if (err != NF_OK || !give_to_node(c, task, &effective, mac, &held)) {
        return false;
    }
    /* it was free when the task was made */
    if (nf_record_name_is_free(c, mac, hostname, nf_node_is_bound(&held.node)))
    {
        set_hostname(&held.node, hostname);
    }
    return record_with_node(c, NF_EVENT_TASK_STEP, task, NULL, &held)
           && (task->status == NF_TASK_PENDING
               || nf_record_step(c, task, &input));
}

bool
nf_record_live_task(struct nf_change *c, const struct nf_node *node,
                    const char *sn, struct nf_task *task)
{
    struct nf_fault why;
    uint64_t id;

    if (nf_record_find_task(c, node->mac, task)
        && (nf_task_is_live(task) || task->is_undoing))
    {
        return nf_task_is_live(task);
    }
    if (sn[0] == '\0' || !nf_tasks_awaited(&c->w->read, sn, &id)
        || !nf_tasks_get(&c->w->read, id, task))
    {
        return false;
    }
    enum nf_node_status status = node->status;
    struct nf_node_input input = {
        .event =
            status == NF_NODE_DISCOVERED ? NF_NODE_INSTALL : NF_NODE_REINSTALL,
        .may_reinstall = may_reinstall(c, is_consented(task))};
    return nf_node_step(&status, &input, &why) == NF_OK
           && nf_record_match(c, task, node->mac);
}

nf_error_t
nf_change_files_applied(struct nf_change *c, uint64_t id,
                        enum nf_step_kind step)
{
    struct nf_task_input input = {.event = NF_TASK_FILES_APPLIED, .step = step};
    struct nf_task task;

    if (nf_tasks_get(&c->w->read, id, &task)) {
        (void) nf_record_step(c, &task, &input);
    }
    return c->w->read.err;
}
