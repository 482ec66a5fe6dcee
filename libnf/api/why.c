#include "api/why.h"

#include <stdio.h>

#include "base/time.h"
#include "change/command.h"
#include "change/effective.h"
#include "dhcp/unserved.h"
#include "model/member.h"
#include "model/range.h"
#include "store/cards.h"
#include "store/commands.h"
#include "store/devices.h"
#include "store/leases.h"
#include "store/links.h"
#include "store/ports.h"
#include "store/profiles.h"
#include "store/signs.h"
#include "store/tasks.h"
#include "store/voices.h"
#include "store/workers.h"
#include "json/tree.h"

enum {
    AWAITED_MAX = 1000
};

static_assert((int) NF_UNMATCHED_MAC_OTHER == (int) NF_WHY_MAC_OTHER,
              "one for each");

/* When DHCP last spoke of any of its leases. */
static nf_time_t
find_lease(struct nf_read *r, nf_mac_t mac)
{
    struct nf_lease lease;
    nf_ip4_t at;
    nf_time_t last = 0;

    for (bool more = nf_leases_next_of(r, mac, NULL, &lease); more;
         more = nf_leases_next_of(r, mac, &at, &lease))
    {
        at = lease.ip;
        last = lease.changed_at > last ? lease.changed_at : last;
    }
    return last;
}

static bool
is_bare(struct nf_read *r, nf_mac_t mac)
{
    struct nf_node_view view;

    return nf_nodes_get(r, mac, &view) && nf_node_is_bare(r, &view.node);
}

/* sn "": it says no number. */
static struct nf_why_report
report_of(struct nf_read *r, const struct nf_unmatched *unmatched,
          const char *sn)
{
    bool is_card = unmatched->reason == NF_UNMATCHED_NO_TASK
                   && !nf_mac_equal(unmatched->other, (nf_mac_t){0});

    return (struct nf_why_report){
        .mac = unmatched->mac,
        .other = unmatched->other,
        .task = unmatched->task,
        .sn = sn,
        .clash = is_card ? NF_WHY_CARD : (enum nf_why_clash) unmatched->reason,
        .is_bare = is_bare(r, unmatched->mac)};
}

static void
add_report(struct nf_read *r, struct nf_known *known,
           const struct nf_unmatched *unmatched)
{
    size_t n = known->facts.reports_n;

    if (n < NF_WHY_REPORTS) {
        known->unmatched[n] = *unmatched;
        known->facts.reports[n] =
            report_of(r, unmatched, known->unmatched[n].sn);
        known->facts.reports_n++;
    }
}

/* The next letter or digit as a small one, NUL at the end. */
static char
next_plain(const char **text)
{
    static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char c;

    do {
        c = **text;
        *text += c != '\0';
        if (c >= 'A' && c <= 'Z') {
            c = (char) (c | 0x20);
        }
    } while (c != '\0' && strchr(plain, c) == NULL);
    return c;
}

/* As people copy serial numbers: case and dashes aside, or with one behind
 * the other. */
static bool
is_alike(const char *a, const char *b)
{
    for (;;) {
        char one = next_plain(&a), other = next_plain(&b);
        if (one == '\0' || other == '\0') {
            return one == other;
        }
        if (one != other) {
            return false;
        }
    }
}

/* Machines that reported and may be meant: of a number that is nearly this
 * one, or that this very task was compared with. */
static void
find_near_reports(struct nf_read *r, const struct nf_task *task,
                  struct nf_known *known)
{
    struct nf_unmatched unmatched;
    nf_mac_t at;

    for (bool more = nf_unmatched_next(r, NULL, &unmatched); more;
         more = nf_unmatched_next(r, &at, &unmatched))
    {
        at = unmatched.mac;
        if (unmatched.task == task->id || is_alike(unmatched.sn, task->sn)) {
            add_report(r, known, &unmatched);
        }
    }
}

/* A machine that is installed, or has a task, has the number that this task
 * waits for. */
static void
find_taken(struct nf_read *r, const struct nf_task *task,
           struct nf_why_facts *facts)
{
    struct nf_node_view view;
    struct nf_task other;
    nf_mac_t owner;

    if (!nf_nodes_serial_owner(r, task->sn, &owner)
        || !nf_nodes_get(r, owner, &view))
    {
        return;
    }
    bool has_task = view.node.task != 0
                    && nf_tasks_get(r, view.node.task, &other)
                    && nf_task_is_live(&other);
    if (has_task || view.node.status == NF_NODE_INSTALLED) {
        facts->taken = owner;
        facts->twin = has_task ? other.id : 0;
    }
}

/* Whose node the machine of a task has become since. */
static void
find_place(struct nf_read *r, const struct nf_task *task,
           struct nf_why_facts *facts)
{
    struct nf_node_view view;

    if (!nf_nodes_get_owner(r, task->mac, &view)) {
        facts->place = NF_WHY_DELETED;
    } else if (view.node.task > task->id) {
        facts->place = NF_WHY_NEWER;
        facts->newer = view.node.task;
    } else {
        facts->place = NF_WHY_BACK;
    }
}

/* The last task of a node of this MAC that is gone. */
static void
find_before(struct nf_read *r, nf_mac_t mac, struct nf_why_facts *facts)
{
    struct nf_task task = {.id = 0};

    while (nf_tasks_next_of(r, mac, task.id, &task)) {
        facts->before.task = task.id;
        facts->before.status = task.status;
    }
}

/* --- firmware that is offered nothing ----------------------------------------
 */

/* What it asked as by its latest lease; firmware takes none that has no file
 * with it, but not all of it is so particular. */
static bool
find_leased_firmware(struct nf_read *r, nf_mac_t mac, struct nf_unserved *last)
{
    *last = (struct nf_unserved){.firmware.mac = mac};
    return nf_leases_arch_of(r, mac, &last->firmware.arch, &last->asked_at);
}

static void
find_firmware(struct nf_scope *scope, nf_mac_t mac, struct nf_known *known)
{
    const struct nf_settings *settings = scope->site->settings;
    struct nf_unserved asked;

    if (known->facts.firmware == NULL
        && (nf_unserved_find(settings, mac, &asked)
            || find_leased_firmware(scope->r, mac, &asked))
        && !nf_offer_is_any(settings, &asked.firmware, known->lacks))
    {
        nf_offer_name(&asked.firmware, known->firmware);
        known->facts.firmware = known->firmware;
        known->facts.lacks = known->lacks;
        known->facts.refused = asked.asked_at;
    }
}

static void
find_troubles(struct nf_scope *scope, nf_time_t now, struct nf_known *known)
{
    nf_status_find(scope->site->settings, scope->r, now, &known->troubles);
    known->facts.troubles = &known->troubles;
}

bool
nf_known_stranger(struct nf_scope *scope, nf_time_t now, nf_mac_t mac,
                  struct nf_known *known)
{
    struct nf_why_facts *facts = &known->facts;

    *known = (struct nf_known){.facts = {.now = now, .mac = mac}};
    find_troubles(scope, now, known);
    find_firmware(scope, mac, known);
    facts->leased = find_lease(scope->r, mac);
    find_before(scope->r, mac, facts);
    return facts->firmware != NULL || facts->leased != 0
           || facts->before.task != 0;
}

/* --- a node, and a task -----------------------------------------------------
 */

static void
add_kin(struct nf_read *r, struct nf_known *known,
        const struct nf_unmatched *unmatched)
{
    struct nf_why_facts *facts = &known->facts;
    size_t n = facts->kin_n;

    for (size_t i = 0; i < n; i++) {
        if (nf_mac_equal(facts->kin[i].mac, unmatched->mac)) {
            return;
        }
    }
    if (n < NF_WHY_REPORTS) {
        known->kin[n] = *unmatched;
        facts->kin[n] = report_of(r, unmatched, known->kin[n].sn);
        facts->kin_n++;
    }
}

/* What a machine said is over once the number is not that node's any more. */
static bool
still_holds(struct nf_read *r, const struct nf_unmatched *unmatched)
{
    nf_mac_t owner;

    return nf_nodes_serial_owner(r, unmatched->sn, &owner)
           && nf_mac_equal(owner, unmatched->other)
           && !nf_mac_equal(owner, unmatched->mac);
}

/* mac reported the serial number of owner.  That says which of the two keeps
 * its story, so lists of cards say nothing more of them. */
static bool
is_clash(struct nf_read *r, nf_mac_t mac, nf_mac_t owner)
{
    struct nf_unmatched own;

    return nf_unmatched_get(r, mac, &own) && nf_mac_equal(own.other, owner)
           && still_holds(r, &own);
}

/* Nodes by themselves that said this node's serial number, or that are among
 * the cards that its machine lists. */
static void
find_kin(struct nf_read *r, const struct nf_node *node, struct nf_known *known)
{
    nf_mac_t listed[NF_CARDS_MAX], at;
    size_t n = nf_cards_of(r, node->mac, listed);
    struct nf_unmatched unmatched;
    struct nf_node_view view;

    for (bool more = nf_unmatched_next(r, NULL, &unmatched); more;
         more = nf_unmatched_next(r, &at, &unmatched))
    {
        at = unmatched.mac;
        if (nf_mac_equal(unmatched.other, node->mac)
            && !nf_mac_equal(unmatched.mac, node->mac)
            && still_holds(r, &unmatched))
        {
            add_kin(r, known, &unmatched);
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct nf_unmatched card = {.mac = listed[i], .other = node->mac};
        if (!nf_mac_equal(listed[i], node->mac)
            && nf_nodes_get(r, listed[i], &view)
            && !is_clash(r, node->mac, listed[i]))
        {
            add_kin(r, known, &card);
        }
    }
}

/* What its own machine said that does not fit; else that it is among the cards
 * of another. */
static void
find_own_report(struct nf_read *r, const struct nf_node *node,
                struct nf_known *known)
{
    struct nf_unmatched own, card = {.mac = node->mac};
    bool has_own = nf_unmatched_get(r, node->mac, &own);

    if (has_own
        && (own.reason == NF_UNMATCHED_SERIAL_OTHER || still_holds(r, &own)))
    {
        add_report(r, known, &own);
    } else if (nf_cards_lister(r, node->mac, &card.other)
               && !is_clash(r, card.other, node->mac))
    {
        add_report(r, known, &card);
    }
}

/* A task that waits for a machine of nearly the number that this one said: of
 * so many that wait at most. */
static void
find_nearly(struct nf_read *r, const struct nf_node *node,
            struct nf_why_facts *facts)
{
    struct nf_unmatched own;
    struct nf_task task = {.sn = ""};

    if (node->task != 0 || !nf_unmatched_get(r, node->mac, &own)
        || own.reason != NF_UNMATCHED_NO_TASK || own.sn[0] == '\0')
    {
        return;
    }
    for (unsigned i = 0; i < AWAITED_MAX && facts->nearly.task == 0
                         && nf_tasks_awaited_next(r, task.sn, &task);
         i++)
    {
        if (is_alike(task.sn, own.sn) && strcmp(task.sn, own.sn) != 0) {
            facts->nearly.task = task.id;
            memcpy(facts->nearly.sn, task.sn, sizeof(task.sn));
            memcpy(facts->nearly.said, own.sn, sizeof(own.sn));
        }
    }
}

static void
find_identity(struct nf_read *r, const struct nf_node *node,
              struct nf_known *known)
{
    find_own_report(r, node, known);
    find_kin(r, node, known);
    find_nearly(r, node, &known->facts);
    (void) nf_tasks_awaited(r, node->serial, &known->facts.twin);
    if (node->task == 0) {
        find_before(r, node->mac, &known->facts);
    }
}

static void
find_node(struct nf_scope *scope, const struct nf_node *node,
          struct nf_known *known)
{
    struct nf_read *r = scope->r;

    find_firmware(scope, node->mac, known);
    for (size_t i = 0; i < node->macs_n; i++) {
        find_firmware(scope, node->macs[i], known);
    }
    struct nf_voices voices = nf_voices_get(r, node->mac);

    known->facts.heard = node->heard;
    known->facts.in_ram = voices.in_ram;
    known->facts.at_script = voices.at_script;
    known->facts.leased = find_lease(r, node->mac);
    for (size_t i = 0; i < node->macs_n; i++) {
        nf_time_t leased = find_lease(r, node->macs[i]);
        if (leased > known->facts.leased) {
            known->facts.leased = leased;
        }
    }
    if (nf_progress_last_of(r, node->mac, &known->progress)) {
        known->facts.told = known->progress.time;
        known->facts.progress = known->progress.message[0] != '\0'
                                    ? known->progress.message
                                    : known->progress.step;
    }
    if (nf_signs_get(r, node->mac, &known->signs)) {
        known->facts.signs = &known->signs;
    }
    if (scope->site->enroll[0] != '\0'
        && nf_not_enrolled(r, node, known->not_enrolled))
    {
        known->facts.not_enrolled = known->not_enrolled;
    }
    find_identity(r, node, known);
}

/* Of an earlier try, or of the last one. */
static bool
is_ill_end(const struct nf_command *command, const struct nf_task *task)
{
    const struct nf_step *step = task == NULL ? NULL : nf_why_step(task);

    return step != NULL && command->task == task->id
           && command->step == step->kind && !nf_command_is_live(command)
           && command->state != NF_COMMAND_DONE;
}

/* The newest of each: what a worker has to do for the step that it is about and
 * how that ended before, and what the node itself has to do. */
static void
find_commands(struct nf_read *r, const struct nf_node *node,
              struct nf_known *known)
{
    struct nf_why_facts *facts = &known->facts;
    struct nf_task_command now = {.task = 0};
    struct nf_command command;
    struct nf_worker worker;
    uint64_t before = 0;

    if (facts->task != NULL) {
        (void) nf_task_command(facts->task, &now);
    }
    while (nf_commands_next_of(r, node->mac, before, &command)) {
        before = command.number;
        if (facts->command == NULL && now.task != 0
            && nf_command_is_of_step(&command, &now))
        {
            known->command = command;
            facts->command = &known->command;
        } else if (facts->said == NULL && is_ill_end(&command, facts->task)) {
            known->last = command;
            facts->said = known->last.result;
        } else if (facts->wanted == NULL && command.target == NF_COMMAND_NODE
                   && nf_command_is_live(&command))
        {
            known->wanted = command;
            facts->wanted = &known->wanted;
        }
    }
    if (now.task != 0) {
        facts->has_worker = nf_workers_any(r, &facts->worker_gone);
    }
    if (facts->command != NULL
        && nf_workers_get(r, facts->command->worker, &worker)
        && !worker.is_here)
    {
        facts->his_worker_gone = worker.since;
    }
}

/* --- its switch port ---------------------------------------------------------
 */

/* Since the command was made it has been asked for, and has not come. */
static bool
is_being_read(struct nf_read *r, const char *device,
              const struct nf_command *command)
{
    struct nf_switch_seen seen;

    return nf_switches_get(r, device, &seen) && seen.scan != 0
           && seen.scanned_at < command->created_at
           && seen.failed_at < command->created_at;
}

static void
find_read_first(struct nf_read *r, struct nf_known *known)
{
    struct nf_managed_device device;
    struct nf_out out =
        nf_out(known->read_first, sizeof(known->read_first) - 1);
    NF_SCAN(scan, r, NF_DEVICES);

    for (bool has = nf_devices_list(&scan, &device); has && !out.full;
         has = nf_devices_list_next(&scan, &device))
    {
        if (nf_managed_is_switch(&device)
            && is_being_read(r, device.name, &known->command))
        {
            nf_out_printf(&out, "%s%s", out.len > 0 ? ", " : "", device.name);
        }
    }
    known->read_first[out.len] = '\0';
    known->facts.read_first = known->read_first;
}

/* nf-relay writes into a command where it goes, before it goes. */
static void
find_port(struct nf_read *r, nf_mac_t node, struct nf_known *known)
{
    struct nf_why_facts *facts = &known->facts;
    const struct nf_command *command = facts->command != NULL ? facts->command
                                       : facts->said != NULL  ? &known->last
                                                              : NULL;

    if (command != NULL && command->target == NF_COMMAND_SWITCH) {
        nf_switch_place_read(nf_text(command->arguments), &known->place);
        facts->at_switch = known->place.device;
        facts->at_port = known->place.port;
    }
    if (facts->command != NULL && facts->command->target == NF_COMMAND_SWITCH
        && facts->command->state == NF_COMMAND_QUEUED)
    {
        find_read_first(r, known);
    }
    if (nf_kept_get(r, node, &known->kept) && known->kept.is_open) {
        facts->kept = &known->kept;
    }
}

void
nf_known_find_facts(struct nf_scope *scope, nf_time_t now,
                    const struct nf_node *node, const struct nf_task *task,
                    struct nf_known *known)
{
    const struct nf_settings *settings = scope->site->settings;

    *known = (struct nf_known){0};
    known->facts = (struct nf_why_facts){
        .now = now,
        .node = node,
        .task = task,
        .progress = "",
        .poll = NF_SECONDS(nf_setting_number(settings->agent_poll)),
        .beat = NF_SECONDS(nf_setting_number(settings->heartbeat_interval)),
        .tries = (unsigned) nf_setting_number(settings->command_tries),
        .starts = (unsigned) nf_setting_number(settings->install_scripts)};
    known->facts.may_reinstall = nf_setting_is_on(settings->allow_reinstall);
    known->facts.lacks_address = nf_known_lacks_address(scope->r, node, task);
    if (task != NULL && !nf_task_is_live(task)) {
        nf_known_find_over(scope->r, task, known);
    }
    if (node != NULL) {
        known->facts.unfit = nf_ranges_unfit_of(settings, node);
        find_node(scope, node, known);
        find_commands(scope->r, node, known);
        find_port(scope->r, node->mac, known);
    } else if (task != NULL && nf_task_has_node(task)) {
        find_place(scope->r, task, &known->facts);
    } else if (task != NULL) {
        find_taken(scope->r, task, &known->facts);
        find_near_reports(scope->r, task, known);
        find_firmware(scope, task->mac, known);
    }
    nf_known_settle(scope->r, known);
}

void
nf_known_find(struct nf_scope *scope, nf_time_t now, const struct nf_node *node,
              const struct nf_task *task, struct nf_known *known)
{
    nf_known_find_facts(scope, now, node, task, known);
    known->facts.lacks_mirror = nf_known_lacks_mirror(scope, now, task);
    find_troubles(scope, now, known);
}

void
nf_known_put(struct nf_out *out, const struct nf_known *known)
{
    struct nf_why why;

    nf_why(&known->facts, &why);
    nf_out_puts(out, "\"now\":");
    nf_out_json(out, nf_text(why.sentence));
    nf_out_printf(out, ",\"waits\":{\"state\":\"%s\"", why.state);
    if (why.waits_for != NULL) {
        nf_member_text(out, "for", why.waits_for);
        nf_member_time(out, "since", why.since);
        nf_member_time(out, "deadline", why.deadline);
    }
    if (why.then != NULL) {
        nf_member_text(out, "then", why.then);
    }
    if (why.trouble != NULL) {
        nf_member_text(out, "trouble", why.trouble);
    }
    nf_out_putc(out, '}');
}
