/*
 * A network card is replaced: the machine is the same one, and so is its node.
 */
#include <stdio.h>
#include <stdlib.h>

#include "change/change.h"
#include "change/command.h"
#include "change/device.h"
#include "change/link.h"
#include "change/record.h"
#include "change/reserve.h"
#include "store/commands.h"
#include "store/devices.h"
#include "store/hardware.h"
#include "store/labels.h"
#include "store/progress.h"
#include "store/tasks.h"

enum {
    TASKS_MAX = 100 /* moved in one change, each with an event */
};

/* --- whether it may be -------------------------------------------------------
 */

static nf_error_t
check_commands(struct nf_change *c, nf_mac_t mac)
{
    struct nf_command command;
    uint64_t before = 0;

    while (nf_commands_next_of(&c->w->read, mac, before, &command)) {
        if (nf_command_is_live(&command)) {
            return nf_conflict(c, "mac",
                               "a command of the node has not ended: wait for "
                               "it or cancel it");
        }
        before = command.number;
    }
    return c->w->read.err;
}

static nf_error_t
check_tasks(struct nf_change *c, nf_mac_t mac)
{
    struct nf_task task = {0};

    for (unsigned n = 0; nf_tasks_next_of(&c->w->read, mac, task.id, &task);) {
        if (nf_task_is_live(&task) || task.is_undoing) {
            return nf_conflict_unfinished(c, &task);
        }
        if (++n > TASKS_MAX) {
            return nf_conflict(c, "mac",
                               "it has more than 100 tasks: forget some of "
                               "them first");
        }
    }
    return c->w->read.err;
}

/* One that only showed itself: this machine, by its new card. */
static bool
is_nobody(struct nf_change *c, const struct nf_node *node)
{
    struct nf_task task;

    return node->status == NF_NODE_DISCOVERED && !node->is_known
           && !nf_record_find_task(c, node->mac, &task);
}

/* *has_other: somebody has the card, who gives way. */
static nf_error_t
check_new(struct nf_change *c, nf_mac_t mac, nf_mac_t to, bool *has_other)
{
    char text[NF_MAC_COLONS];
    struct nf_node_view view;

    *has_other = nf_nodes_get_owner(&c->w->read, to, &view)
                 && !nf_mac_equal(view.node.mac, mac);
    if (!*has_other
        || (nf_mac_equal(view.node.mac, to) && is_nobody(c, &view.node)))
    {
        return c->w->read.err;
    }
    nf_mac_format_divided(view.node.mac, ':', text);
    (void) nf_refuse(&c->fault, "mac",
                     "belongs to the node %s: delete that node, or take the "
                     "card from its macs",
                     text);
    return NF_CONFLICT;
}

/* --- a further card ----------------------------------------------------------
 */

static bool
replace_in(struct nf_node *node, nf_mac_t from, nf_mac_t to)
{
    for (size_t i = 0; i < node->macs_n; i++) {
        if (nf_mac_equal(node->macs[i], from)) {
            node->macs[i] = to;
            node->found &= (uint8_t) ~(1U << i); /* an operator's words now */
            return true;
        }
    }
    return false;
}

/* It is the node's own now. */
static void
drop_from(struct nf_node *node, nf_mac_t mac)
{
    size_t n = 0;
    uint8_t found = 0;

    for (size_t i = 0; i < node->macs_n; i++) {
        if (!nf_mac_equal(node->macs[i], mac)) {
            found |= (uint8_t) ((node->found >> i & 1U) << n);
            node->macs[n++] = node->macs[i];
        }
    }
    memset(&node->macs[n], 0, (NF_NODE_MACS - n) * sizeof(node->macs[0]));
    node->macs_n = (uint8_t) n;
    node->found = found;
}

/* --- all that is known of it -------------------------------------------------
 */

/* Copies: what is stored goes with the node's old record. */
struct known {
    char labels[NF_LABELS_JSON_MAX];
    size_t labels_len;
    char *hardware; /* NULL: none, or no memory for it */
    struct nf_hardware report;
    nf_mac_t cards[NF_CARDS_MAX];
    size_t cards_n;
    struct nf_progress progress[NF_PROGRESS_KEEP];
    size_t progress_n;
};

static void
take_report(struct nf_read *r, nf_mac_t mac, struct known *known)
{
    if (!nf_hardware_get(r, mac, &known->report)) {
        return;
    }
    known->hardware = malloc(known->report.json.len + 1);
    if (known->hardware == NULL) {
        nf_read_fail(r, NF_NO_MEMORY);
        return;
    }
    memcpy(known->hardware, known->report.json.data, known->report.json.len);
    known->report.json.data = known->hardware;
}

static void
take_known(struct nf_read *r, nf_mac_t mac, struct known *known)
{
    struct nf_text labels = nf_labels_get(r, mac);
    struct nf_progress progress = {0};

    if (labels.len > 0 && labels.len <= sizeof(known->labels)) {
        memcpy(known->labels, labels.data, labels.len);
        known->labels_len = labels.len;
    }
    take_report(r, mac, known);
    known->cards_n = nf_cards_of(r, mac, known->cards);
    while (known->progress_n < NF_PROGRESS_KEEP
           && nf_progress_next_of(r, mac, progress.seq, &progress))
    {
        known->progress[known->progress_n++] = progress;
    }
}

static void
put_known(struct nf_change *c, nf_mac_t mac, const struct known *known)
{
    if (known->hardware != NULL) {
        (void) nf_hardware_put(c->w, mac, &known->report);
    }
    if (known->cards_n > 0) {
        (void) nf_cards_put(c->w, mac, known->cards, known->cards_n);
    }
    for (size_t i = 0; i < known->progress_n; i++) {
        (void) nf_progress_add(c->w, mac, &known->progress[i]);
    }
}

static void
move_tasks(struct nf_change *c, nf_mac_t from, nf_mac_t to)
{
    struct nf_task task = {0};

    while (nf_tasks_next_of(&c->w->read, from, task.id, &task)) {
        task.mac = to;
        (void) nf_record_task(c, NF_EVENT_TASK_STEP, &task, NULL);
    }
}

static void
move_commands(struct nf_change *c, nf_mac_t from, nf_mac_t to)
{
    struct nf_command command;
    uint64_t before = 0;

    while (nf_commands_next_of(&c->w->read, from, before, &command)) {
        before = command.number;
        command.mac = to;
        (void) nf_commands_put(c->w, &command);
    }
}

static void
move_device(struct nf_change *c, nf_mac_t from, nf_mac_t to)
{
    struct nf_managed_device device;

    if (nf_devices_of_node(&c->w->read, from, &device)) {
        device.node = to;
        device.updated_at = c->now;
        (void) nf_record_device(c, NF_EVENT_DEVICE_PUT, &device);
    }
}

/* --- the node ----------------------------------------------------------------
 */

static void
let_go(struct nf_change *c, nf_mac_t mac, const char *why)
{
    nf_record_commands_cancelled(c, mac);
    nf_record_device_left(c, mac);
    nf_record_links_left(c, mac);
    if (nf_nodes_delete(c->w, mac)) {
        (void) nf_record_note(c, NF_EVENT_NODE_DELETED, mac, why);
    }
}

/* The last event of the old MAC is the one before the first of the new one. */
static void
put_again(struct nf_change *c, struct nf_held_node *held,
          const struct known *known)
{
    struct nf_node *node = &held->node;

    (void) nf_labels_put(c->w, node->mac,
                         (struct nf_text){known->labels, known->labels_len});
    (void) nf_nodes_put(c->w, node, held->extra);
    nf_record_follow_leases(c, node);
    if (nf_record_node(c, NF_EVENT_NODE_CARD, node, held->extra)) {
        put_known(c, node->mac, known);
    }
}

static void
move(struct nf_change *c, struct nf_held_node *held, nf_mac_t to,
     struct known *known)
{
    nf_mac_t from = held->node.mac;
    struct nf_node old = held->node;
    char text[NF_MAC_COLONS], why[64];
    struct nf_node_view view;

    nf_mac_format_divided(to, ':', text);
    snprintf(why, sizeof(why), "its card was replaced by %s", text);
    take_known(&c->w->read, from, known);
    nf_record_reserve_node(c, &old, NULL);
    (void) nf_record_note(c, NF_EVENT_NODE_DELETED, from, why);
    if (nf_nodes_get(&c->w->read, from, &view)) {
        held->node.last_event = view.node.last_event;
    }
    (void) nf_nodes_delete(c->w, from);
    held->node.mac = to;
    drop_from(&held->node, to);
    put_again(c, held, known);
    nf_record_reserve_node(c, NULL, &held->node);
    move_tasks(c, from, to);
    move_commands(c, from, to);
    move_device(c, from, to);
    nf_record_links_moved(c, from, to);
}

static nf_error_t
check_replace(struct nf_change *c, const struct nf_node *node, nf_mac_t from,
              nf_mac_t to, bool *has_other)
{
    struct nf_node copy = *node;
    nf_error_t err;

    if (nf_mac_equal(from, to)) {
        return nf_refuse(&c->fault, "mac", "is the card that the node has");
    }
    if (!nf_mac_equal(from, node->mac) && !replace_in(&copy, from, to)) {
        return nf_refuse(&c->fault, "old", "is not a card of the node");
    }
    if ((err = check_new(c, node->mac, to, has_other)) != NF_OK
        || (err = check_tasks(c, node->mac)) != NF_OK)
    {
        return err;
    }
    return check_commands(c, node->mac);
}

nf_error_t
nf_change_card_replace(struct nf_change *c, nf_mac_t *mac, nf_mac_t from,
                       nf_mac_t to)
{
    struct nf_held_node held;
    bool has_other = false;
    nf_error_t err = nf_hold_node(c, *mac, &held);

    if (err != NF_OK
        || (err = check_replace(c, &held.node, from, to, &has_other)) != NF_OK)
    {
        return err;
    }
    if (has_other) {
        let_go(c, to, "it is the new card of a node");
    }
    (void) nf_unmatched_delete(c->w, to);
    held.node.is_known = 1;
    if (!nf_mac_equal(from, *mac)) {
        drop_from(&held.node, to);
        (void) replace_in(&held.node, from, to);
        (void) nf_record_node(c, NF_EVENT_NODE_CARD, &held.node, held.extra);
        return c->w->read.err;
    }
    struct known *known = calloc(1, sizeof(*known));
    if (known == NULL) {
        return NF_NO_MEMORY;
    }
    move(c, &held, to, known);
    free(known->hardware);
    free(known);
    *mac = to;
    return c->w->read.err;
}
