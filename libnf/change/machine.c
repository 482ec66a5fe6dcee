/*
 * What a node itself brings about: asking for scripts, the installer's
 * reports, the agent's status.
 */
#include "change/change.h"

#include <stdio.h>

#include "change/command.h"
#include "change/name.h"
#include "change/record.h"
#include "change/sign.h"
#include "change/step.h"
#include "flow/ipxe.h"
#include "flow/node.h"
#include "flow/plan.h"
#include "model/range.h"
#include "store/commands.h"
#include "store/tasks.h"
#include "store/voices.h"

/* What was served then is still what the node installs by. */
static bool
is_of_attempt(struct nf_change *c, nf_mac_t mac, uint16_t attempt)
{
    struct nf_node_view view;

    return nf_nodes_get(&c->w->read, mac, &view)
           && (view.node.boot == NF_BOOT_INSTALL
               || view.node.boot == NF_BOOT_AGENT)
           && view.node.attempt == attempt;
}

nf_error_t
nf_change_script_served(struct nf_change *c, nf_mac_t mac, uint16_t attempt)
{
    if (is_of_attempt(c, mac, attempt)) {
        (void) nf_record_node_step(c, mac, NF_TASK_SCRIPT_SERVED, NULL);
        (void) nf_change_sign_over(c, mac);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_fetch_failed(struct nf_change *c, nf_mac_t mac, uint16_t attempt,
                       const char *error)
{
    const char *words = nf_ipxe_words(nf_text(error));
    char why[sizeof(((struct nf_step *) 0)->error)];

    snprintf(why, sizeof(why),
             "the node could not fetch kernel or initrd%s%s " NF_IPXE_ERROR
             "%s)",
             words == NULL ? "" : ": ", words == NULL ? "" : words, error);
    if (is_of_attempt(c, mac, attempt)) {
        (void) nf_record_node_step(c, mac, NF_TASK_FETCH_FAILED, why);
        (void) nf_change_sign_failed(c, mac);
    }
    return c->w->read.err;
}

/* The task failed on its deadline, and now the system is up after all. */
static bool
late_system_up(struct nf_change *c, nf_mac_t mac)
{
    struct nf_held_node held;
    struct nf_task task;
    struct nf_fault why;

    if (nf_hold_node(c, mac, &held) != NF_OK || held.node.task == 0
        || !nf_tasks_get(&c->w->read, held.node.task, &task))
    {
        return false;
    }
    struct nf_node_input input = {.event = NF_NODE_SYSTEM_UP, .task = &task};
    enum nf_node_status status = held.node.status;
    if (nf_node_step(&status, &input, &why) != NF_OK) {
        return false;
    }
    held.node.status = (uint8_t) status;
    held.node.boot = (uint8_t) nf_node_boot_for(status, &task);
    return nf_record_node(c, NF_EVENT_NODE_STATUS, &held.node, held.extra);
}

/* Of a task that has waited for nothing else, and failed meanwhile. */
static bool
boot_is_late(struct nf_change *c, nf_mac_t mac)
{
    struct nf_task task;

    return nf_record_find_task(c, mac, &task) && !nf_task_is_live(&task)
           && task.first_boot != NF_FIRST_BOOT_AGENT && late_system_up(c, mac);
}

/* It got nothing and asks again. */
static void
note_asking(struct nf_change *c, nf_mac_t mac)
{
    struct nf_voices voices = nf_voices_get(&c->w->read, mac);
    struct nf_node_view view;

    if (nf_nodes_get(&c->w->read, mac, &view)
        && view.node.boot == NF_BOOT_STUCK) {
        voices.at_script = c->now;
        (void) nf_voices_put(c->w, mac, &voices);
    }
}

nf_error_t
nf_change_boot_seen(struct nf_change *c, nf_mac_t mac, nf_ip4_t ip)
{
    nf_mac_t owner;

    if (nf_nodes_mac_owner(&c->w->read, mac, &owner)) {
        (void) (nf_record_node_step(c, owner, NF_TASK_BOOTED, NULL)
                || boot_is_late(c, owner));
        note_asking(c, owner);
    } else if (nf_setting_is_on(c->settings->boot_register)) {
        (void) nf_record_discovered(c, mac, ip, "");
    }
    return c->w->read.err;
}

/* What the agents of others report as operations, and means nothing here. */
static bool
is_idle_operation(const char *operation)
{
    return strcmp(operation, nf_operations[NF_OPERATION_WAIT]) == 0
           || strcmp(operation, nf_operations[NF_OPERATION_REBOOT]) == 0
           || strcmp(operation, nf_operations[NF_OPERATION_COMPLETE]) == 0;
}

/* NF_TASK_EVENT_COUNT: a machine has nothing to say about such a step. */
static enum nf_task_event
event_of_report(enum nf_step_kind kind, bool success)
{
    if (kind == NF_STEP_KINDS) {
        return NF_TASK_EVENT_COUNT;
    }
    const struct nf_executor_row *executor = nf_plan_executor(kind);
    return success ? executor->done : executor->failed;
}

nf_error_t
nf_change_operation(struct nf_change *c, nf_mac_t mac,
                    const struct nf_operation_report *report)
{
    enum nf_step_kind kind = nf_step_find(nf_text(report->operation));
    struct nf_task_input input = {.step = kind, .detail = report->message};
    struct nf_task task;

    if (is_idle_operation(report->operation)) {
        return NF_OK;
    }
    input.event = event_of_report(kind, report->success);
    if (input.event == NF_TASK_EVENT_COUNT) {
        return nf_refuse(&c->fault, "operation",
                         "must be hardware_config, network_config or "
                         "os_install");
    }
    if (nf_record_find_task(c, mac, &task)) {
        (void) nf_record_step(c, &task, &input);
    }
    return c->w->read.err;
}

/* A name that an operator gave, or a task gives, is not the agent's to
 * change. */
static bool
may_name(struct nf_change *c, const struct nf_node *node)
{
    struct nf_task task;

    return !node->is_bound
           && !(nf_record_find_task(c, node->mac, &task)
                && nf_task_is_live(&task));
}

/* Members of the report that differ from the node.  Anybody may have sent it:
 * nothing goes by what it says. */
static bool
apply_report(struct nf_change *c, struct nf_node *node,
             const struct nf_status_report *report)
{
    struct nf_node before = *node;

    node->online = 1;
    if (!nf_ip4_equal(report->ip, node->agent_ip)
        && nf_ranges_serve(c->settings, report->ip))
    {
        node->agent_ip = report->ip;
    }
    if (report->hostname[0] != '\0' && may_name(c, node)) {
        nf_record_name_say(c, node, report->hostname);
    }
    return memcmp(&before, node, sizeof(before)) != 0;
}

nf_error_t
nf_change_status(struct nf_change *c, nf_mac_t mac,
                 const struct nf_status_report *report)
{
    struct nf_held_node held;
    nf_mac_t owner = mac;

    (void) nf_nodes_mac_owner(&c->w->read, mac, &owner);
    nf_error_t err = nf_hold_node(c, owner, &held);
    if (err != NF_OK) {
        return err;
    }
    nf_nodes_heard(c->w, owner, c->now);
    nf_agent_voice_put(c->w, owner, mac, report->has_journal);
    bool is_up = strcmp(report->status, "installed") == 0;
    bool is_refused = is_up && held.node.status != NF_NODE_INSTALLED
                      && !nf_record_node_step(c, owner, NF_TASK_SYSTEM_UP, NULL)
                      && !late_system_up(c, owner);
    /* The step may have changed the node: take it as it is now. */
    if ((err = nf_hold_node(c, owner, &held)) != NF_OK) {
        return err;
    }
    bool was_online = held.node.online;
    if (apply_report(c, &held.node, report)) {
        (void) nf_record_said(
            c, was_online ? NF_EVENT_NODE_UPDATED : NF_EVENT_NODE_ONLINE,
            &held.node, held.extra);
    }
    if (!was_online) { /* it may have missed what it has to do */
        nf_record_commands_soon(c, owner);
    }
    if (is_refused && !was_online) {
        (void) nf_record_note(c, NF_EVENT_STATUS_REFUSED, owner,
                              "the agent reports installed, but the installer "
                              "has not reported that it is done");
    }
    return c->w->read.err;
}
