#include "base/ip.h"
#include "change/change.h"
#include "change/further_card.h"

#include <stdio.h>

#include "change/command.h"
#include "change/device.h"
#include "change/link.h"
#include "change/name.h"
#include "change/record.h"
#include "change/reserve.h"
#include "change/step.h"
#include "flow/node.h"
#include "model/range.h"
#include "store/hardware.h"
#include "store/labels.h"
#include "store/leases.h"
#include "store/profiles.h"
#include "store/tasks.h"

/* No other node may own what names this one. */
static nf_error_t
check_names(struct nf_change *c, const struct nf_node *before,
            const struct nf_node_edit *edit)
{
    nf_mac_t owner, mac = before->mac;
    bool is_renamed = (edit->has & NF_HAS_HOSTNAME)
                      && strcmp(nf_node_name(before), edit->node.hostname) != 0;

    for (size_t i = 0; i < edit->node.macs_n; i++) {
        if (!nf_card_is_free(&c->w->read, mac, edit->node.macs[i], &owner)) {
            return nf_conflict_owner(c, "macs", owner);
        }
    }
    if (nf_nodes_serial_owner(&c->w->read, edit->node.serial, &owner)
        && !nf_mac_equal(owner, mac))
    {
        return nf_conflict_owner(c, "serial", owner);
    }
    return is_renamed ? nf_record_name_check(c, mac, edit->node.hostname,
                                             before->is_bound)
                      : c->w->read.err;
}

/* Another node's, by a binding of its own. */
static bool
is_bound_to_other(struct nf_change *c, nf_mac_t mac, nf_ip4_t ip,
                  nf_mac_t *owner)
{
    struct nf_node_view view;

    return nf_ip4_is_set(ip) && nf_nodes_ip_owner(&c->w->read, ip, owner)
           && !nf_mac_equal(*owner, mac)
           && nf_nodes_get(&c->w->read, *owner, &view) && view.node.is_bound;
}

/* An address that is new to it; the last of two that have one gets it, but for
 * what was bound by hand. */
static nf_error_t
check_address(struct nf_change *c, const struct nf_node *before,
              const struct nf_node *node)
{
    bool is_new = !nf_ip4_equal(before->ip, node->ip)
                  || nf_node_is_bound(before) != nf_node_is_bound(node);
    const char *why = is_new ? nf_ranges_unfit_of(c->settings, node) : NULL;
    nf_mac_t owner;

    if (why != NULL) {
        return nf_refuse(&c->fault, "ip", "%s", why);
    }
    return is_new && is_bound_to_other(c, node->mac, node->ip, &owner)
               ? nf_conflict_owner(c, "ip", owner)
               : c->w->read.err;
}

/* Copy into node the members that the edit means. */
static void
apply_edit(struct nf_node *node, const struct nf_node_edit *edit)
{
    const struct nf_node *from = &edit->node;

#define TAKE(bit, member)                                                      \
    if (edit->has & (bit)) {                                                   \
        memcpy(&node->member, &from->member, sizeof(node->member));            \
    }
    TAKE(NF_HAS_IP, ip)
    TAKE(NF_HAS_NETMASK, netmask)
    TAKE(NF_HAS_GATEWAY, gateway)
    TAKE(NF_HAS_DNS, dns)
    TAKE(NF_HAS_DNS, dns_n)
    TAKE(NF_HAS_SERIAL, serial)
    TAKE(NF_HAS_MACS, macs)
    TAKE(NF_HAS_MACS, macs_n)
#undef TAKE
    if (edit->has & NF_HAS_HOSTNAME) {
        nf_record_name_give(node, from->hostname);
    }
    if (edit->has & NF_HAS_MACS) {
        node->found = 0; /* they are the operator's words now */
    }
    if (edit->has & (NF_HAS_IP | NF_HAS_NETMASK)) {
        node->given = NF_GIVEN_BY_OPERATOR;
    }
}

/* What its next task installs where nothing else is asked for; "": what it
 * would be without that. */
static nf_error_t
choose_next(struct nf_change *c, struct nf_node *node,
            const struct nf_node_edit *edit)
{
    struct nf_profile profile;

    if ((edit->has & NF_HAS_PROFILE) == 0) {
        return NF_OK;
    }
    if (edit->profile[0] != '\0'
        && !nf_profiles_get(&c->w->read, edit->profile, &profile))
    {
        return c->w->read.err != NF_OK ? c->w->read.err
                                       : nf_refuse(&c->fault, "profile",
                                                   "there is no such profile");
    }
    node->is_profile_chosen = edit->profile[0] != '\0';
    if (node->is_profile_chosen) {
        memset(node->profile, 0, sizeof(node->profile));
        (void) nf_text_copy(node->profile, sizeof(node->profile),
                            nf_text(edit->profile));
    }
    return NF_OK;
}

/* What follows from an operator's having named it. */
static void
settle(struct nf_change *c, struct nf_node *node)
{
    node->is_known = 1;
    node->is_leased |= nf_leases_any_of(&c->w->read, node);
}

/* Why no machine can have the address, in a network of so many bits. */
static const char *
ip_misfit(nf_ip4_t address, uint8_t bits)
{
    struct nf_ip ip = {.is_v6 = false};

    memcpy(ip.b, address.b, sizeof(address.b));
    return nf_ip4_is_set(address) ? nf_ip_misfit(ip, bits) : NULL;
}

static const char *
gateway_misfit(const struct nf_node *node, uint8_t bits)
{
    if (!nf_ip4_is_set(node->gateway)) {
        return NULL;
    }
    if (!nf_ip4_is_set(node->ip)) {
        return "requires an ip";
    }
    if (nf_ip4_equal(node->gateway, node->ip)) {
        return "is the node's own address";
    }
    /* a machine alone in its network has its router outside of it */
    if (nf_ip4_is_set(node->netmask) && bits < 32
        && !nf_ip4_net_has(nf_ip4_net_of(node->ip, bits), node->gateway))
    {
        return "is not in the network of ip and netmask";
    }
    return ip_misfit(node->gateway, bits);
}

/* What makes sense only together; an address that was only seen may be any. */
static nf_error_t
check_network(struct nf_change *c, const struct nf_node *node, uint32_t has)
{
    bool has_mask = nf_ip4_is_set(node->netmask);
    uint8_t bits = has_mask ? nf_ip4_bits(node->netmask) : 32;
    const char *why;

    if ((has & (NF_HAS_IP | NF_HAS_NETMASK | NF_HAS_GATEWAY | NF_HAS_DNS)) == 0)
    {
        return NF_OK;
    }
    if (has_mask && !nf_ip4_is_set(node->ip)) {
        return nf_refuse(&c->fault, "netmask", "requires an ip");
    }
    /* without a netmask it is where the node is, which may be here */
    bool is_here = !has_mask && node->ip.b[0] == 127;
    if (!is_here && (why = ip_misfit(node->ip, bits)) != NULL) {
        return nf_refuse(&c->fault, "ip", "%s", why);
    }
    if ((why = gateway_misfit(node, bits)) != NULL) {
        return nf_refuse(&c->fault, "gateway", "%s", why);
    }
    for (size_t i = 0; i < node->dns_n; i++) {
        if ((why = ip_misfit(node->dns[i], 32)) != NULL) {
            return nf_refuse(&c->fault, "dns", "%s", why);
        }
    }
    return NF_OK;
}

/* A task may wait for the serial number that the node has now. */
static void
match(struct nf_change *c, const struct nf_node *node)
{
    struct nf_task task;

    (void) nf_record_live_task(c, node, node->serial, &task);
}

/* What the node's labels are after an edit; buffer holds them. */
static nf_error_t
merge_labels(struct nf_change *c, nf_mac_t mac, const struct nf_node_edit *edit,
             char buffer[static NF_LABELS_JSON_MAX], struct nf_text *labels)
{
    struct nf_out out = nf_out(buffer, NF_LABELS_JSON_MAX);
    struct nf_text old = nf_labels_get(&c->w->read, mac);

    *labels = edit->has & NF_HAS_LABELS ? (struct nf_text){0} : old;
    if ((edit->has & NF_HAS_LABELS) == 0 || edit->labels.len == 0) {
        return c->w->read.err;
    }
    nf_arena_t *arena = nf_arena_new();
    if (arena == NULL) {
        return NF_NO_MEMORY;
    }
    nf_error_t err = nf_labels_merge(old, edit->labels, arena, &out, &c->fault);
    nf_arena_free(arena);
    *labels = nf_out_text(&out);
    return err;
}

static void
take_cards(struct nf_change *c, const struct nf_node *node,
           const struct nf_node_edit *edit)
{
    for (size_t i = 0; i < edit->node.macs_n; i++) {
        nf_card_take(c, edit->node.macs[i], node->mac);
    }
}

/* They are stored before the node, whose JSON holds them. */
static bool
put_labels(struct nf_change *c, nf_mac_t mac, const struct nf_node_edit *edit,
           struct nf_text labels)
{
    return (edit->has & NF_HAS_LABELS) == 0 || nf_labels_put(c->w, mac, labels);
}

nf_error_t
nf_change_node_create(struct nf_change *c, const struct nf_node_edit *edit)
{
    struct nf_node none = {.mac = edit->node.mac},
                   node = {
                       .mac = edit->node.mac,
                       .created_at = c->now,
                       .status = NF_NODE_DISCOVERED,
                       .boot = NF_BOOT_WAIT,
                   };
    char buffer[NF_LABELS_JSON_MAX];
    struct nf_text labels;
    nf_mac_t owner;
    nf_error_t err;

    if (nf_nodes_mac_owner(&c->w->read, node.mac, &owner)) {
        return nf_conflict(c, "mac", "node already exists");
    }
    apply_edit(&node, edit);
    if ((err = check_names(c, &none, edit)) != NF_OK
        || (err = check_network(c, &node, edit->has)) != NF_OK
        || (err = check_address(c, &none, &node)) != NF_OK
        || (err = merge_labels(c, node.mac, edit, buffer, &labels)) != NF_OK)
    {
        return err;
    }
    take_cards(c, &node, edit);
    settle(c, &node);
    if (put_labels(c, node.mac, edit, labels)
        && nf_record_node(c, NF_EVENT_NODE_CREATED, &node, edit->extra))
    {
        match(c, &node);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_node_edit(struct nf_change *c, nf_mac_t mac,
                    const struct nf_node_edit *edit)
{
    char buffer[NF_LABELS_JSON_MAX];
    struct nf_held_node held;
    struct nf_text labels;
    nf_error_t err;

    if ((err = nf_hold_node(c, mac, &held)) != NF_OK) {
        return err;
    }
    struct nf_node before = held.node;
    apply_edit(&held.node, edit);
    if ((err = choose_next(c, &held.node, edit)) != NF_OK
        || (err = check_names(c, &before, edit)) != NF_OK
        || (err = check_network(c, &held.node, edit->has)) != NF_OK
        || (err = check_address(c, &before, &held.node)) != NF_OK
        || (err = merge_labels(c, mac, edit, buffer, &labels)) != NF_OK)
    {
        return err;
    }
    struct nf_text new_extra =
        edit->has & NF_HAS_EXTRA ? edit->extra : held.extra;
    if (memcmp(&before, &held.node, sizeof(held.node)) == 0
        && nf_text_equal(held.extra, new_extra)
        && nf_text_equal(nf_labels_get(&c->w->read, mac), labels))
    {
        return NF_OK;
    }
    take_cards(c, &held.node, edit);
    settle(c, &held.node);
    if (put_labels(c, mac, edit, labels)
        && nf_record_node(c, NF_EVENT_NODE_UPDATED, &held.node, new_extra)
        && (edit->has & NF_HAS_SERIAL))
    {
        (void) nf_unmatched_delete(c->w, mac); /* that is decided */
        match(c, &held.node);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_node_delete(struct nf_change *c, nf_mac_t mac)
{
    struct nf_held_node held;
    struct nf_task task;
    nf_error_t err = nf_hold_node(c, mac, &held);

    if (err != NF_OK) {
        return err;
    }
    if (held.node.task != 0 && nf_tasks_get(&c->w->read, held.node.task, &task)
        && (nf_task_is_live(&task) || task.is_undoing))
    {
        return nf_conflict_unfinished(c, &task);
    }
    nf_record_commands_cancelled(c, mac);
    nf_record_device_left(c, mac);
    nf_record_links_left(c, mac);
    nf_record_reserve_node(c, &held.node, NULL);
    if (nf_nodes_delete(c->w, mac)) {
        (void) nf_record_note(c, NF_EVENT_NODE_DELETED, mac, "");
    }
    return c->w->read.err;
}

/* The text that existing clients know, before anything else is looked at. */
static nf_error_t
check_action(struct nf_change *c, const struct nf_node *node,
             enum nf_node_event event, const struct nf_task *task,
             bool has_consent)
{
    enum nf_node_status status = node->status;
    struct nf_node_input input = {
        .event = event,
        .task = task,
        .may_reinstall =
            has_consent || nf_setting_is_on(c->settings->allow_reinstall),
    };

    return nf_node_step(&status, &input, &c->fault);
}

/* A task that waits for its approval is not passed over, nor one that runs. */
static nf_error_t
check_way(struct nf_change *c, const struct nf_task *task)
{
    struct nf_task_input input = {.event = NF_TASK_CANCEL,
                                  .now = c->now,
                                  .detail = "a new task replaces it"};
    struct nf_task_rules rules = nf_rules_for(c->settings);
    struct nf_task then = *task;

    if (task->status == NF_TASK_PENDING) {
        return nf_refuse(&c->fault, "action",
                         "a task waits for approval: approve or cancel it");
    }
    if (nf_task_step(&then, &rules, &input) && then.is_undoing) {
        return nf_refuse(&c->fault, "action",
                         "a task is still running: cancel it first");
    }
    return NF_OK;
}

/* One whose machine came up late makes way. */
static nf_error_t
make_way(struct nf_change *c, const struct nf_node *node, struct nf_task *task)
{
    struct nf_task_input input = {.event = NF_TASK_CANCEL,
                                  .now = c->now,
                                  .detail = "a new task replaces it"};

    if (nf_task_is_live(task) && node->status == NF_NODE_INSTALLED) {
        (void) nf_record_step(c, task, &input);
    }
    return c->w->read.err;
}

/* Nothing came of it, and nobody wants it any more. */
static bool
was_given_up(const struct nf_task *task)
{
    return task->status == NF_TASK_REJECTED
           || (task->status == NF_TASK_CANCELLED
               && nf_task_is_disk_untouched(task));
}

/* What the node was last installed by, or was to be; "": nothing. */
static void
find_last_profile(struct nf_change *c, const struct nf_node *node,
                  char name[static NF_PROFILE_NAME])
{
    struct nf_task task = {0};
    bool any = false;

    memset(name, 0, NF_PROFILE_NAME);
    while (nf_tasks_next_of(&c->w->read, node->mac, task.id, &task)) {
        any |= task.id == node->task;
        if (!was_given_up(&task)) {
            memcpy(name, task.profile, NF_PROFILE_NAME);
        }
    }
    if (name[0] == '\0' && !any) { /* its task was forgotten */
        memcpy(name, node->profile, NF_PROFILE_NAME);
    }
}

/* The one that was asked for, now or for the node's next task; again what it
 * was, in last; else the usual one. */
static const char *
choose_profile(struct nf_change *c, const struct nf_node *node,
               enum nf_node_event event, const char *asked,
               char last[static NF_PROFILE_NAME])
{
    if (asked[0] != '\0') {
        return asked;
    }
    if (node->is_profile_chosen) {
        memcpy(last, node->profile, NF_PROFILE_NAME);
        return last;
    }
    if (event == NF_NODE_REINSTALL) {
        find_last_profile(c, node, last);
    }
    return last[0] != '\0' ? last : c->settings->default_profile;
}

static nf_error_t
install(struct nf_change *c, nf_mac_t mac, enum nf_node_event event,
        const char *profile_name, bool has_consent)
{
    char last[NF_PROFILE_NAME] = "";
    struct nf_task_draft draft = {.mac = mac, .has_consent = has_consent};
    char copy[NF_PROFILE_JSON_MAX]; /* writing may move what is stored */
    struct nf_profile profile;
    struct nf_held_node held;
    struct nf_task task;
    uint64_t id;
    nf_error_t err = nf_hold_node(c, mac, &held);

    if (err != NF_OK) {
        return err;
    }
    const char *name = choose_profile(c, &held.node, event, profile_name, last);
    if (!nf_profiles_get(&c->w->read, name, &profile)) {
        return nf_refuse(&c->fault, "profile", "there is no such profile%s%s",
                         profile_name[0] != '\0' ? "" : ": ",
                         profile_name[0] != '\0' ? "" : name);
    }
    bool has_task = nf_record_find_task(c, mac, &task);
    err = check_action(c, &held.node, event, has_task ? &task : NULL,
                       has_consent);
    if (err == NF_OK && has_task) {
        err = check_way(c, &task);
    }
    if (err == NF_OK && c->preflight != NULL) {
        err = c->preflight(c, &(struct nf_start){.profile = &profile,
                                                 .mac = mac,
                                                 .begins = true});
        c->preflight = NULL; /* it has looked */
    }
    if (err == NF_OK && has_task) {
        err = make_way(c, &held.node, &task);
    }
    if (err != NF_OK) {
        return err;
    }
    if (profile.json.len > sizeof(copy)) {
        return NF_CORRUPT;
    }
    memcpy(copy, profile.json.data, profile.json.len);
    profile.json.data = copy;
    (void) nf_text_copy(draft.profile, sizeof(draft.profile), nf_text(name));
    draft.effective = &profile;
    err = nf_change_task_create(c, &draft, &id);
    return err != NF_OK ? err : nf_change_task_approve(c, id);
}

static nf_error_t
cancel(struct nf_change *c, nf_mac_t mac)
{
    struct nf_held_node held;
    nf_error_t err = nf_hold_node(c, mac, &held);

    if (err != NF_OK) {
        return err;
    }
    if (!nf_record_node_step(c, mac, NF_TASK_CANCEL, "cancelled by an operator")
        && c->w->read.err == NF_OK)
    {
        return nf_refuse(&c->fault, "action",
                         "cannot cancel: the node has no running task");
    }
    return c->w->read.err;
}

nf_error_t
nf_change_node_wipe(struct nf_change *c, nf_mac_t mac, const char *profile)
{
    return install(c, mac, NF_NODE_REINSTALL, profile, true);
}

nf_error_t
nf_change_node_action(struct nf_change *c, nf_mac_t mac, const char *action,
                      const char *profile)
{
    if (strcmp(action, "install") == 0) {
        return install(c, mac, NF_NODE_INSTALL, profile, false);
    }
    if (strcmp(action, "reinstall") == 0) {
        return install(c, mac, NF_NODE_REINSTALL, profile, false);
    }
    if (strcmp(action, "cancel") == 0) {
        return cancel(c, mac);
    }
    return nf_refuse(&c->fault, "action", "unknown action");
}
