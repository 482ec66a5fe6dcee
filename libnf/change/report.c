/*
 * What nf-agent in RAM says: the hardware it found, how far it is, and that
 * it is there.
 */
#include <stdio.h>

#include "base/time.h"
#include "change/change.h"
#include "change/further_card.h"
#include "change/record.h"
#include "change/sign.h"
#include "change/step.h"
#include "change/stranger.h"
#include "flow/node.h"
#include "store/events.h"
#include "store/hardware.h"
#include "store/progress.h"
#include "store/signs.h"
#include "store/tasks.h"
#include "store/voices.h"

enum {
    SIGN_OF_LIFE_SECONDS = 10
};

/* --- hardware ----------------------------------------------------------------
 */

/* Each of the two lists the other's card: what one machine says alone could be
 * said of any. */
static bool
list_each_other(struct nf_read *r, const struct nf_hardware_report *report,
                const struct nf_node *node)
{
    bool lists = nf_cards_has(r, node->mac, report->mac);
    bool is_listed = false;

    for (size_t i = 0; i < report->macs_n && lists && !is_listed; i++) {
        is_listed = nf_mac_equal(report->macs[i], node->mac);
    }
    return is_listed;
}

static bool
owns(const struct nf_node *node, nf_mac_t mac)
{
    bool is_own = nf_mac_equal(node->mac, mac);

    for (size_t i = 0; i < node->macs_n && !is_own; i++) {
        is_own = nf_mac_equal(node->macs[i], mac);
    }
    return is_own;
}

/* The node whose further card has just shown itself: it leased an address,
 * and the machine in it has that node's serial number. */
static bool
find_card_owner(struct nf_change *c, const struct nf_hardware_report *report,
                nf_mac_t *owner)
{
    struct nf_read *r = &c->w->read;
    struct nf_node_view view;
    nf_mac_t has_it;

    return report->is_leased && nf_nodes_serial_owner(r, report->sn, owner)
           && nf_nodes_get(r, *owner, &view) && view.node.macs_n < NF_NODE_MACS
           && !owns(&view.node, report->mac)
           && list_each_other(r, report, &view.node)
           && !nf_cards_is_shared(r, report->mac, report->mac, *owner)
           && nf_card_is_free(r, *owner, report->mac, &has_it);
}

/* The node that its lease has made goes. */
static void
join_card(struct nf_change *c, const struct nf_hardware_report *report)
{
    struct nf_held_node held;
    nf_mac_t owner;

    if (!find_card_owner(c, report, &owner)
        || nf_hold_node(c, owner, &held) != NF_OK)
    {
        return;
    }
    nf_card_take(c, report->mac, owner);
    held.node.found |= (uint8_t) (1U << held.node.macs_n);
    held.node.macs[held.node.macs_n++] = report->mac;
    nf_record_follow_leases(c, &held.node);
    (void) nf_record_node(c, NF_EVENT_NODE_UPDATED, &held.node, held.extra);
}

static void
drop_card(struct nf_node *node, unsigned at)
{
    unsigned low = (1U << at) - 1;

    node->found = (uint8_t) ((node->found & low) | ((node->found >> 1) & ~low));
    node->macs_n--;
    memmove(&node->macs[at], &node->macs[at + 1],
            (node->macs_n - at) * sizeof(node->macs[0]));
    memset(&node->macs[node->macs_n], 0, sizeof(node->macs[0]));
}

/* One that another machine has as well never identified anybody: it is taken
 * back from the node that it was found for.  What an operator named stays. */
static void
part_card(struct nf_change *c, nf_mac_t reporter, nf_mac_t card)
{
    struct nf_held_node held;
    nf_mac_t owner;

    if (!nf_nodes_mac_owner(&c->w->read, card, &owner)
        || nf_mac_equal(owner, reporter) || nf_mac_equal(owner, card)
        || nf_hold_node(c, owner, &held) != NF_OK)
    {
        return;
    }
    for (unsigned i = 0; i < held.node.macs_n; i++) {
        if (nf_mac_equal(held.node.macs[i], card)
            && (held.node.found >> i & 1) != 0) {
            drop_card(&held.node, i);
            (void) nf_record_node(c, NF_EVENT_NODE_UPDATED, &held.node,
                                  held.extra);
            return;
        }
    }
}

/* What is wrong with the names that the machine gives itself; false: nothing.
 */
static bool
find_clash(struct nf_change *c, const struct nf_node *node,
           const struct nf_hardware_report *report, struct nf_unmatched *clash)
{
    struct nf_task task;
    nf_mac_t owner;

    if (nf_nodes_serial_owner(&c->w->read, report->sn, &owner)
        && !nf_mac_equal(owner, node->mac))
    {
        bool has_task =
            nf_record_find_task(c, owner, &task) && nf_task_is_live(&task);
        clash->reason =
            has_task ? NF_UNMATCHED_MAC_OTHER : NF_UNMATCHED_SERIAL_CLASH;
        clash->task = has_task ? task.id : 0;
        clash->other = owner;
        return true;
    }
    if (report->sn[0] != '\0' && node->serial[0] != '\0'
        && strcmp(report->sn, node->serial) != 0)
    {
        clash->reason = NF_UNMATCHED_SERIAL_OTHER;
        clash->task = node->task;
        clash->other = node->mac;
        return true;
    }
    return false;
}

static void
keep_unmatched(struct nf_change *c, struct nf_unmatched *now, const char *sn)
{
    struct nf_unmatched old = {.reason = UINT8_MAX};
    char detail[200], other[NF_MAC_COLONS] = "";
    bool is_known = nf_unmatched_get(&c->w->read, now->mac, &old);

    now->first_seen = is_known ? old.first_seen : c->now;
    now->last_seen = c->now;
    now->count = is_known && old.count < UINT16_MAX ? old.count + 1 : 1;
    snprintf(now->sn, sizeof(now->sn), "%s", sn);
    (void) nf_unmatched_put(c->w, now);
    if (is_known && old.reason == now->reason && strcmp(old.sn, sn) == 0) {
        return;
    }
    if (!nf_mac_equal(now->other, (nf_mac_t){0})) {
        nf_mac_format_divided(now->other, ':', other);
    }
    snprintf(detail, sizeof(detail), "%s: sn %s%s%s",
             nf_unmatched_reasons[now->reason], sn[0] != '\0' ? sn : "(none)",
             other[0] != '\0' ? ", " : "", other);
    (void) nf_record_note(c, NF_EVENT_REPORT_UNMATCHED, now->mac, detail);
}

/* Stored when it differs; a repeated report only moves its time. */
static void
keep_hardware(struct nf_change *c, nf_mac_t mac, struct nf_text json)
{
    struct nf_hardware old, now = {.reported_at = c->now, .json = json};
    bool is_same = nf_hardware_get(&c->w->read, mac, &old)
                   && nf_text_equal(old.json, json);

    (void) nf_hardware_put(c->w, mac, &now);
    if (!is_same) {
        (void) nf_record_note(c, NF_EVENT_HARDWARE, mac, "");
    }
}

/* The machine that is meant has spoken; whoever waits for that hears of it. */
static void
forget_clash(struct nf_change *c, nf_mac_t mac)
{
    if (nf_unmatched_is_clash(&c->w->read, mac)) {
        (void) nf_record_note(c, NF_EVENT_REPORT_FORGOTTEN, mac, "");
    }
    (void) nf_unmatched_delete(c->w, mac);
}

static void
keep_serial(struct nf_change *c, struct nf_held_node *held, const char *sn)
{
    if (sn[0] == '\0' || strcmp(held->node.serial, sn) == 0) {
        return;
    }
    memset(held->node.serial, 0, sizeof(held->node.serial));
    snprintf(held->node.serial, sizeof(held->node.serial), "%s", sn);
    (void) nf_record_node(c, NF_EVENT_NODE_UPDATED, &held->node, held->extra);
}

/* What another machine says of itself must not stand for the node's; of one
 * that was never heard of it is better than nothing. */
static bool
is_worth_keeping(struct nf_change *c, const struct nf_node *node, bool is_clash)
{
    struct nf_hardware old;

    return !is_clash
           || (node->serial[0] == '\0'
               && !nf_hardware_get(&c->w->read, node->mac, &old));
}

/* Of a machine that nobody has named it takes room that is bounded. */
static bool
has_room(struct nf_change *c, const struct nf_node *node, size_t len)
{
    struct nf_hardware old = {.json = {.len = 0}};

    if (node->is_known) {
        return true;
    }
    (void) nf_hardware_get(&c->w->read, node->mac, &old);
    return len <= old.json.len
           || nf_strangers_make_room(c, node->mac, 0, len - old.json.len);
}

/* Noted again once it is so old, or of a time that is still to come. */
static void
heard_in_ram(struct nf_change *c, nf_mac_t node, nf_time_t each)
{
    struct nf_voices voices = nf_voices_get(&c->w->read, node);

    if (c->now - voices.in_ram >= each || voices.in_ram > c->now) {
        voices.in_ram = c->now;
        (void) nf_voices_put(c->w, node, &voices);
    }
}

static void
keep_inventory(struct nf_change *c, const struct nf_node *node,
               const struct nf_hardware_report *report)
{
    if (!has_room(c, node, report->json.len)) {
        return;
    }
    keep_hardware(c, node->mac, report->json);
    (void) nf_cards_put(c->w, node->mac, report->macs, report->macs_n);
    for (size_t i = 0; i < report->macs_n; i++) {
        part_card(c, node->mac, report->macs[i]);
    }
}

nf_error_t
nf_change_report(struct nf_change *c, const struct nf_hardware_report *report,
                 bool *matched)
{
    struct nf_held_node held;
    struct nf_unmatched clash = {.reason = NF_UNMATCHED_NO_TASK};
    struct nf_task task;
    nf_mac_t owner = report->mac;

    *matched = false;
    join_card(c, report);
    if (!nf_nodes_mac_owner(&c->w->read, report->mac, &owner)) {
        (void) nf_record_discovered(c, report->mac, report->peer, "");
    }
    nf_error_t err = nf_hold_node(c, owner, &held);
    if (err != NF_OK) {
        return err;
    }
    clash.mac = owner;
    bool is_clash = find_clash(c, &held.node, report, &clash);
    if (!is_clash) {
        keep_serial(c, &held, report->sn);
    }
    if (is_worth_keeping(c, &held.node, is_clash)) {
        keep_inventory(c, &held.node, report);
    }
    *matched =
        !is_clash && nf_record_live_task(c, &held.node, report->sn, &task);
    if (*matched) {
        forget_clash(c, owner);
    } else {
        keep_unmatched(c, &clash, report->sn);
    }
    heard_in_ram(c, owner, 0);
    return c->w->read.err;
}

nf_error_t
nf_change_other_machine(struct nf_change *c, nf_mac_t mac, const char *sn)
{
    struct nf_unmatched clash = {
        .reason = NF_UNMATCHED_SERIAL_OTHER, .mac = mac, .other = mac};
    struct nf_node_view view;

    if (nf_nodes_get(&c->w->read, mac, &view)) {
        clash.task = view.node.task;
        keep_unmatched(c, &clash, sn);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_card_seen(struct nf_change *c, nf_mac_t mac, const char *sn)
{
    struct nf_unmatched seen = {.reason = NF_UNMATCHED_NO_TASK, .mac = mac};
    struct nf_node_view view;

    if (nf_nodes_get(&c->w->read, mac, &view)
        && !nf_unmatched_is_clash(&c->w->read, mac)
        && nf_nodes_serial_owner(&c->w->read, sn, &seen.other)
        && !nf_mac_equal(seen.other, mac))
    {
        keep_unmatched(c, &seen, sn);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_unmatched_delete(struct nf_change *c, nf_mac_t mac)
{
    struct nf_unmatched unmatched;
    nf_mac_t owner = mac;

    (void) nf_nodes_mac_owner(&c->w->read, mac, &owner);
    if (!nf_unmatched_get(&c->w->read, owner, &unmatched)) {
        if (c->w->read.err != NF_OK) {
            return c->w->read.err;
        }
        (void) nf_refuse(&c->fault, "mac", "has no unmatched report");
        return NF_NOT_FOUND;
    }
    if (nf_unmatched_delete(c->w, owner)) {
        (void) nf_record_note(c, NF_EVENT_REPORT_FORGOTTEN, owner, "");
    }
    return c->w->read.err;
}

nf_error_t
nf_change_report_refused(struct nf_change *c, nf_mac_t mac, const char *why)
{
    struct nf_node_view view;
    struct nf_event last;
    nf_mac_t owner;

    if (!nf_nodes_mac_owner(&c->w->read, mac, &owner)
        || !nf_nodes_get(&c->w->read, owner, &view))
    {
        return c->w->read.err;
    }
    uint64_t seq = view.node.last_event;
    if (!nf_events_read_back(&c->w->read, &seq, &last)
        || last.kind != NF_EVENT_REPORT_REFUSED)
    {
        (void) nf_record_note(c, NF_EVENT_REPORT_REFUSED, owner, why);
    }
    return c->w->read.err;
}

/* --- progress ----------------------------------------------------------------
 */

static bool
is_repeated(struct nf_change *c, nf_mac_t mac, const struct nf_progress *now)
{
    struct nf_progress last;

    return nf_progress_last_of(&c->w->read, mac, &last)
           && last.task == now->task && last.percent == now->percent
           && strcmp(last.step, now->step) == 0
           && strcmp(last.message, now->message) == 0;
}

/* The event carries what it changes of the task: its percent, and its time. */
static bool
record_progress(struct nf_change *c, nf_mac_t mac, struct nf_progress *progress,
                struct nf_task *task)
{
    char text[2048], id[NF_TASK_TEXT + 8] = "", time[NF_TIME_TEXT];
    struct nf_out out = nf_out(text, sizeof(text));

    if (task != NULL) {
        nf_task_format(task->id, id);
    }
    progress->seq = nf_events_next(c->w);
    progress->time = c->now;
    nf_time_format(c->now, time);
    nf_out_printf(&out, "\"progress\":{\"task_id\":\"%s\",\"step\":", id);
    nf_out_json(&out, nf_text(progress->step));
    nf_out_printf(&out, ",\"percent\":%u,\"timestamp\":\"%s\",\"message\":",
                  progress->percent, time);
    nf_out_json(&out, nf_text(progress->message));
    nf_out_printf(&out, ",\"task_percent\":%u}",
                  task != NULL ? task->percent : 0);
    if (task != NULL) {
        task->revision = progress->seq;
        task->updated_at = c->now;
        (void) nf_tasks_put(c->w, task, NULL);
    }
    return nf_progress_add(c->w, mac, progress)
           && nf_record_members(c, NF_EVENT_TASK_PROGRESS, mac,
                                nf_out_text(&out));
}

/* Agents that know no operations say by their progress that they are there,
 * and that they are done. */
static void
step_by_progress(struct nf_change *c, struct nf_task *task,
                 const struct nf_progress_report *report)
{
    bool is_done =
        report->percent == 100 && strcmp(report->step, "completed") == 0;
    struct nf_task_input input = {.event = is_done ? NF_TASK_INSTALL_DONE
                                                   : NF_TASK_AGENT_READY,
                                  .detail = ""};

    if (report->percent > 0) {
        (void) nf_record_step(c, task, &input);
    }
}

/* What it said before is how nf-agent says that it is still at work on it. */
static nf_error_t
note_alive(struct nf_change *c, nf_mac_t mac)
{
    const struct nf_sign_report sign = {.kind = NF_SIGN_ALIVE};
    struct nf_signs signs;

    (void) nf_signs_get(&c->w->read, mac, &signs);
    nf_time_t last = signs.last[NF_SIGN_ALIVE].time;
    return last > c->now || c->now - last >= NF_SECONDS(SIGN_OF_LIFE_SECONDS)
               ? nf_change_sign(c, mac, &sign)
               : c->w->read.err;
}

nf_error_t
nf_change_progress(struct nf_change *c, nf_mac_t mac,
                   const struct nf_progress_report *report)
{
    struct nf_progress progress = {.percent = report->percent};
    struct nf_task task;
    bool has_task = nf_record_find_task(c, mac, &task)
                    && (report->task != 0 || nf_task_is_live(&task));

    if (report->task != 0 && (!has_task || task.id != report->task)) {
        (void) nf_refuse(&c->fault, "task_id", "Task not found");
        return NF_NOT_FOUND;
    }
    progress.task = has_task ? task.id : 0;
    snprintf(progress.step, sizeof(progress.step), "%s", report->step);
    snprintf(progress.message, sizeof(progress.message), "%s", report->message);
    if (is_repeated(c, mac, &progress)) {
        return report->task == 0 ? c->w->read.err : note_alive(c, mac);
    }
    if (has_task && task.approved_at != 0) {
        (void) nf_task_progress(&task, report->percent, c->now);
    }
    (void) record_progress(c, mac, &progress, has_task ? &task : NULL);
    if (has_task && report->task != 0) {
        step_by_progress(c, &task, report);
        (void) nf_change_sign_over(c, mac);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_agent_ready(struct nf_change *c, nf_mac_t mac)
{
    struct nf_node_view view;

    if (nf_nodes_get(&c->w->read, mac, &view)) {
        heard_in_ram(c, mac, NF_SECONDS(SIGN_OF_LIFE_SECONDS));
    }
    (void) nf_record_node_step(c, mac, NF_TASK_AGENT_READY, NULL);
    return c->w->read.err;
}
