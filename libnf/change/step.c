/*
 * What happens to a task, stored with all that follows: its node, and the
 * command that a worker is given.
 */
#include "change/step.h"

#include "base/time.h"
#include "change/boot_mode.h"
#include "change/command.h"
#include "change/given.h"
#include "change/record.h"
#include "flow/node.h"
#include "flow/plan.h"
#include "place/place.h"
#include "store/devices.h"
#include "store/profiles.h"

struct nf_task_rules
nf_rules_for(const struct nf_settings *settings)
{
    unsigned tries = (unsigned) nf_setting_number(settings->command_tries);
    struct nf_task_rules rules = {
        .scripts = (unsigned) nf_setting_number(settings->install_scripts)};

    for (size_t i = 0; i < nf_plan_steps; i++) {
        const struct nf_plan_row *row = &nf_plan[i];
        if (row->deadline != NULL) {
            rules.deadlines[row->kind] = NF_SECONDS(
                nf_setting_number(nf_settings_get(settings, row->deadline)));
        }
        rules.tries[row->kind] =
            nf_plan_executor(row->kind)->is_tried_again ? tries : 1;
    }
    return rules;
}

/* The event's kind says what happened to the task as a whole. */
static enum nf_event_kind
kind_of_task(const struct nf_task *task, uint8_t before)
{
    static const enum nf_event_kind kinds[] = {
        [NF_TASK_PENDING] = NF_EVENT_TASK_STEP,
        [NF_TASK_APPROVED] = NF_EVENT_TASK_APPROVED,
        [NF_TASK_INSTALLING] = NF_EVENT_TASK_STEP,
        [NF_TASK_COMPLETED] = NF_EVENT_TASK_COMPLETED,
        [NF_TASK_REJECTED] = NF_EVENT_TASK_REJECTED,
        [NF_TASK_CANCELLED] = NF_EVENT_TASK_CANCELLED,
        [NF_TASK_FAILED] = NF_EVENT_TASK_FAILED,
    };

    return task->status == before ? NF_EVENT_TASK_STEP : kinds[task->status];
}

/* A system that runs is not to be lost to a task that never reached it; one
 * that is new waits for another try. */
static bool
has_come_to_nothing(const struct nf_task *task)
{
    return task->status == NF_TASK_FAILED
           && task->node_was == NF_NODE_INSTALLED;
}

/* Which event of the node follows from its task's. */
static bool
find_node_event(const struct nf_task *task, enum nf_task_event event,
                enum nf_node_status status, enum nf_node_event *follows)
{
    switch (event) {
    case NF_TASK_APPROVE:
    case NF_TASK_MATCHED:
    case NF_TASK_RETRY:
        *follows =
            status == NF_NODE_DISCOVERED ? NF_NODE_INSTALL : NF_NODE_REINSTALL;
        return nf_task_is_live(task) && task->approved_at != 0;
    case NF_TASK_SYSTEM_UP:
        *follows = NF_NODE_SYSTEM_UP;
        return true;
    case NF_TASK_CANCEL:
        *follows = NF_NODE_CANCEL;
        return true;
    default:
        *follows =
            has_come_to_nothing(task) ? NF_NODE_CANCEL : NF_NODE_TASK_ENDED;
        return has_come_to_nothing(task) || task->status == NF_TASK_COMPLETED;
    }
}

/* Also where it may be one of two: the step says so.  Who was seen only behind
 * other switches is at one that is not ours to move. */
static bool
has_port(struct nf_read *r, const struct nf_node *node)
{
    char text[256];
    struct nf_out words = nf_out(text, sizeof(text));
    struct nf_port_link link;

    enum nf_place place = nf_place_find(r, node->mac, &link, &words);

    return place == NF_PLACE_FOUND || place == NF_PLACE_TWO;
}

static uint16_t
devices_of(struct nf_change *c, const struct nf_node *node)
{
    struct nf_managed_device device;
    bool has_bmc = nf_devices_of_node(&c->w->read, node->mac, &device);
    bool is_moved =
        c->settings->install_vlan[0] != '\0' && has_port(&c->w->read, node);

    return (uint16_t) ((has_bmc ? NF_TASK_HAS_BMC : 0)
                       | (is_moved ? NF_TASK_HAS_SWITCH : 0));
}

/* What its node is goes with a task that begins: should nothing come of it,
 * the node is that again.  The node's BMC and switch port are the task's too.
 */
static void
note_node(struct nf_change *c, struct nf_task *task, enum nf_task_event event)
{
    bool begins = event == NF_TASK_APPROVE || event == NF_TASK_MATCHED
                  || event == NF_TASK_RETRY;
    struct nf_node_view view;

    if (begins && nf_task_has_node(task)
        && nf_nodes_get(&c->w->read, task->mac, &view))
    {
        task->node_was = view.node.status;
        task->flags |= devices_of(c, &view.node);
        nf_task_set_boot_mode(task, nf_boot_mode_of(&c->w->read, &view.node));
    }
}

/* Of one that nobody has approved nothing was asked of the node yet. */
static void
follow_status(const struct nf_task *task, enum nf_task_event event,
              struct nf_node *node)
{
    enum nf_node_status status = node->status;
    struct nf_fault ignored;
    enum nf_node_event follows;

    if (find_node_event(task, event, status, &follows)) {
        bool is_install =
            follows == NF_NODE_INSTALL || follows == NF_NODE_REINSTALL;
        struct nf_node_input input = {.event = follows,
                                      .task = is_install ? NULL : task,
                                      .may_reinstall = true};
        (void) nf_node_step(&status, &input, &ignored);
    }
    node->status = (uint8_t) status;
    node->boot = (uint8_t) nf_node_boot_for(status, task);
    node->attempt = task->attempt;
}

/* The address that it gave goes with it, and comes back with it. */
static void
follow_address(struct nf_change *c, const struct nf_task *task,
               enum nf_task_event event, struct nf_node *node)
{
    struct nf_profile profile;

    if (node->task != task->id) {
        return;
    }
    if (!nf_task_is_live(task) && node->given == NF_GIVEN_BY_TASK) {
        nf_record_give_again(c, node);
    } else if (event == NF_TASK_RETRY
               && nf_task_profiles_get(&c->w->read, task->id, &profile))
    {
        nf_error_t err = nf_record_give(c, node, &profile);
        if (err != NF_OK) {
            nf_read_fail(&c->w->read, err);
        }
    }
}

/* What brought its machine to us does so the next time. */
static void
follow_boot_mode(const struct nf_task *task, struct nf_node *node)
{
    enum nf_boot_mode mode = nf_task_worked(task);

    if (node->task == task->id && mode != NF_BOOT_MODE_UNKNOWN) {
        node->boot_mode = (unsigned) mode & 3U;
    }
}

/* Bring the node in line with its task; an event only when it changes. */
static bool
follow_task(struct nf_change *c, const struct nf_task *task,
            enum nf_task_event event)
{
    struct nf_held_node held;

    if (nf_hold_node(c, task->mac, &held) != NF_OK) {
        return false;
    }
    struct nf_node before = held.node;
    if (task->approved_at != 0 && task->status != NF_TASK_REJECTED) {
        follow_status(task, event, &held.node);
    }
    follow_address(c, task, event, &held.node);
    follow_boot_mode(task, &held.node);
    if (memcmp(&before, &held.node, sizeof(before)) == 0) {
        return true;
    }
    bool is_status = before.status != held.node.status;
    return nf_record_node(
        c, is_status ? NF_EVENT_NODE_STATUS : NF_EVENT_NODE_UPDATED, &held.node,
        held.extra);
}

static bool
is_same_command(const struct nf_task_command *a,
                const struct nf_task_command *b)
{
    return a->step == b->step && a->attempt == b->attempt
           && a->round == b->round;
}

static bool
start_command(struct nf_change *c, const struct nf_task *task,
              const struct nf_task_command *command)
{
    const struct nf_plan_command *what = nf_plan_row(command->step)->command;
    uint64_t number;

    return nf_change_command_create(
               c,
               &(struct nf_command_draft){
                   .mac = command->mac,
                   .target = what->target,
                   .operation = what->operation,
                   .arguments = nf_plan_arguments(task, command->step),
                   .deadline = nf_task_running(task)->deadline,
                   .task = task->id,
                   .step = command->step,
                   .step_attempt = command->attempt,
                   .round = command->round,
               },
               &number)
           == NF_OK;
}

/* A worker is told what it has to do now, and no more what it had to. */
static bool
follow_command(struct nf_change *c, const struct nf_task *task,
               const struct nf_task_command *old)
{
    struct nf_task_command now = {0};
    bool has = nf_task_command(task, &now);

    if (old->task != 0 && has && is_same_command(old, &now)) {
        return true;
    }
    if (old->task != 0) {
        nf_record_command_withdrawn(c, old);
    }
    return !has || start_command(c, task, &now);
}

/* What came late or not at all: nobody has said why.  Whoever fails says it,
 * and of a device its cause is named. */
static bool
is_unexplained(const struct nf_task *task, enum nf_task_event event)
{
    const struct nf_step *step = nf_task_running(task);

    return step != NULL && nf_plan_row(step->kind)->command == NULL
           && (event == NF_TASK_DEADLINE || event == NF_TASK_SCRIPT_SERVED);
}

/* By what is in the store before anything of the failure is. */
static void
follow_diagnosis(struct nf_change *c, const struct nf_task *before,
                 const struct nf_task *task, enum nf_task_event event)
{
    struct nf_diagnosis diagnosis = {.at = c->now};

    if (event == NF_TASK_RETRY) {
        (void) nf_diagnoses_delete(c->w, task->id);
    } else if (task->status == NF_TASK_FAILED && nf_task_is_live(before)
               && is_unexplained(before, event) && c->diagnose != NULL
               && c->diagnose(c, before, &diagnosis))
    {
        (void) nf_diagnoses_put(c->w, task->id, &diagnosis);
    }
}

bool
nf_record_step(struct nf_change *c, struct nf_task *task,
               const struct nf_task_input *input)
{
    struct nf_task_rules rules = nf_rules_for(c->settings);
    struct nf_task_input now = *input;
    struct nf_task_command command = {0};
    struct nf_task before = *task;

    now.now = c->now;
    (void) nf_task_command(task, &command);
    note_node(c, task, input->event);
    if (!nf_task_step(task, &rules, &now)) {
        return false;
    }
    follow_diagnosis(c, &before, task, input->event);
    return nf_record_task(c,
                          input->event == NF_TASK_RETRY
                              ? NF_EVENT_TASK_RETRIED
                              : kind_of_task(task, before.status),
                          task, NULL)
           && (!nf_task_has_node(task)
               || (follow_task(c, task, input->event)
                   && follow_command(c, task, &command)));
}

bool
nf_record_node_step(struct nf_change *c, nf_mac_t mac, enum nf_task_event event,
                    const char *detail)
{
    struct nf_task_input input = {.event = event, .detail = detail};
    struct nf_task task;

    return nf_record_find_task(c, mac, &task)
           && nf_record_step(c, &task, &input);
}

void
nf_record_seen(struct nf_change *c, nf_mac_t mac)
{
    struct nf_task_input input = {.event = NF_TASK_SEEN};
    struct nf_task task;

    if (nf_record_find_task(c, mac, &task)
        && (task.flags & NF_TASK_WHEN_IT_BOOTS)) {
        (void) nf_record_step(c, &task, &input);
    }
}
