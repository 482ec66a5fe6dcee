#include "aim.h"

#include <stdio.h>

#include "base/time.h"
#include "change/answer.h"
#include "change/command.h"
#include "change/link.h"
#include "change/switch.h"
#include "model/switch_place.h"
#include "place/place.h"
#include "port/order.h"
#include "store/devices.h"
#include "store/links.h"
#include "store/nodes.h"
#include "store/ports.h"
#include "store/tasks.h"
#include "json/tree.h"

enum {
    LOOK_AGAIN_MS = 1000,
    GATHER_MS = 300, /* so that one look serves those that come together */
    WORDS = 512,
};

#define COPY(to, from) snprintf(to, sizeof(to), "%s", from)

/* What is known of a command on its way to a port. */
struct aim {
    struct nf_change *c;
    struct nf_command *command;
    enum nf_vlan_goal goal;
    struct nf_node node;
    bool was_installed; /* before its task */
    struct nf_port_kept kept;
    bool is_open;                /* it is kept, and was not put back */
    const struct nf_value *said; /* the task's own `switch`, or NULL */
    struct nf_port_link link;
    struct nf_port_seen seen; /* the port */
};

/* --- ways to go on -----------------------------------------------------------
 */

static bool
give_up(struct aim *aim, const char *words)
{
    (void) nf_change_command_unheard(aim->c, aim->command->number, words);
    return false;
}

static bool
give_up_for(struct aim *aim, const char *cause, const struct nf_out *why)
{
    char words[WORDS];

    snprintf(words, sizeof(words), "%s: %.*s", cause, (int) why->len,
             why->data);
    return give_up(aim, words);
}

static bool
need_nothing(struct aim *aim, const char *words)
{
    (void) nf_change_command_needless(aim->c, aim->command->number, words);
    return false;
}

static bool
wait(struct aim *aim)
{
    (void) nf_change_command_wait(aim->c, aim->command->number,
                                  aim->c->now + LOOK_AGAIN_MS);
    return false;
}

/* --- switches are looked at --------------------------------------------------
 */

enum look {
    LOOKED,
    FAILED,
    LOOKING,
};

/* Since the command was made. */
static enum look
look_at(struct aim *aim, const char *device, struct nf_switch_seen *seen)
{
    nf_time_t since = aim->command->created_at;

    memset(seen, 0, sizeof(*seen));
    (void) nf_switches_get(&aim->c->w->read, device, seen);
    if (seen->scanned_at >= since) {
        return LOOKED;
    }
    if (seen->failed_at >= since) {
        return FAILED;
    }
    (void) nf_change_look(aim->c, device, aim->c->now + GATHER_MS);
    return LOOKING;
}

/* All of them; *failed has the names of those that do not tell. */
static enum look
look_at_all(struct aim *aim, struct nf_out *failed)
{
    struct nf_managed_device device;
    struct nf_switch_seen seen;
    enum look worst = LOOKED;
    NF_SCAN(scan, &aim->c->w->read, NF_DEVICES);

    for (bool has = nf_devices_list(&scan, &device); has;
         has = nf_devices_list_next(&scan, &device))
    {
        if (!nf_managed_is_switch(&device)) {
            continue;
        }
        enum look look = look_at(aim, device.name, &seen);
        worst = look == LOOKING ? LOOKING : worst;
        if (look == FAILED) {
            nf_out_printf(failed, "%s%s", failed->len == 0 ? "" : ", ",
                          device.name);
        }
    }
    return worst;
}

/* --- which port it is --------------------------------------------------------
 */

/* Where it was moved from is where it is put back. */
static enum nf_place
find_kept(struct aim *aim)
{
    struct nf_port_link by_hand;

    aim->link = (struct nf_port_link){.node = aim->node.mac};
    COPY(aim->link.device, aim->kept.device);
    COPY(aim->link.port, aim->kept.port);
    aim->link.by = nf_links_get(&aim->c->w->read, aim->node.mac, &by_hand)
                           || nf_value_member(aim->said, "port") != NULL
                       ? NF_LINK_BY_HAND
                       : NF_LINK_BY_MAC;
    return NF_PLACE_FOUND;
}

static enum nf_place
find(struct aim *aim, struct nf_out *words)
{
    struct nf_text port = nf_value_member_text(aim->said, "port");

    if (aim->goal != NF_VLAN_INSTALL && aim->is_open) {
        return find_kept(aim);
    }
    return port.len > 0 ? nf_place_named(&aim->c->w->read, aim->node.mac, port,
                                         &aim->link, words)
                        : nf_place_find(&aim->c->w->read, aim->node.mac,
                                        &aim->link, words);
}

/* Nothing is refused by what switches said long ago. */
static bool
search(struct aim *aim, enum nf_place place, struct nf_out *why)
{
    static const char *const causes[] = {
        [NF_PLACE_NONE] = "no_port",
        [NF_PLACE_TWO] = "two_ports",
        [NF_PLACE_UPLINK] = "uplink",
    };
    char names[128];
    struct nf_out failed = nf_out(names, sizeof(names) - 1);

    if (look_at_all(aim, &failed) == LOOKING) {
        return wait(aim);
    }
    names[failed.len] = '\0';
    if (failed.len > 0) {
        nf_out_printf(why, " (and these could not be read: %s)", names);
    }
    nf_out_puts(why, "; `nf port link` says which port it is");
    return give_up_for(aim, causes[place], why);
}

/* False: it waits, or has ended. */
static bool
read_port(struct aim *aim)
{
    struct nf_managed_device device;
    struct nf_switch_seen seen;
    char words[WORDS];

    if (!nf_devices_get(&aim->c->w->read, aim->link.device, &device)
        || !nf_managed_is_switch(&device))
    {
        snprintf(words, sizeof(words), "no_switch: %s is no longer a switch",
                 aim->link.device);
        return give_up(aim, words);
    }
    switch (look_at(aim, aim->link.device, &seen)) {
    case LOOKING:
        return wait(aim);
    case FAILED:
        snprintf(words, sizeof(words), "%s (%s)", seen.error, aim->link.device);
        return give_up(aim, words);
    case LOOKED:
        break;
    }
    if (nf_place_port(&aim->c->w->read, aim->link.device, aim->link.port,
                      &aim->seen))
    {
        return true;
    }
    snprintf(words, sizeof(words), "no_port: %s has no port %s",
             aim->link.device, aim->link.port);
    return give_up(aim, words);
}

/* --- what it is to be --------------------------------------------------------
 */

static void
set_access(struct nf_port_order *order, unsigned vlan)
{
    order->set.mode = NF_PORT_ACCESS;
    order->set.vlan = vlan;
    order->sets = NF_SWITCH_SETS_MODE | NF_SWITCH_SETS_VLAN;
}

/* A trunk without a native VLAN stays without one. */
static void
set_trunk(struct nf_port_order *order, unsigned native)
{
    order->set.mode = NF_PORT_TRUNK;
    order->set.vlan = native;
    order->sets =
        NF_SWITCH_SETS_MODE | NF_SWITCH_SETS_VLAN | NF_SWITCH_SETS_TAGGED;
}

/* All that is kept.  A port whose mode is negotiated has a VLAN, and is an
 * access port of it from then on. */
static bool
want_kept(struct aim *aim, struct nf_port_order *order)
{
    const struct nf_port_kept *kept = &aim->kept;

    if (kept->mode == NF_PORT_TRUNK) {
        set_trunk(order, kept->vlan);
        (void) nf_vlans_parse(nf_text(kept->tagged), &order->set.tagged);
    } else {
        set_access(order, kept->vlan);
    }
    if (kept->admin != NF_PORT_UNTOLD) {
        order->set.admin = kept->admin;
        order->sets |= NF_SWITCH_SETS_ADMIN;
    }
    if (strcmp(kept->description, aim->seen.port.config.description) != 0) {
        COPY(order->set.description, kept->description);
        order->sets |= NF_SWITCH_SETS_DESCRIPTION;
    }
    return true;
}

/* By the task's own words: the first VLAN of an access port; a trunk has them
 * all tagged, and the native one that it had before. */
static bool
want_said(struct aim *aim, const struct nf_value *vlans,
          struct nf_port_order *order)
{
    bool is_trunk = nf_text_equal(nf_value_member_text(aim->said, "mode"),
                                  NF_TEXT("trunk"));
    bool was_trunk = aim->is_open && aim->kept.mode == NF_PORT_TRUNK;
    uint64_t vlan = 0;

    for (size_t i = 0; i < vlans->list.n; i++) {
        if (!nf_text_number(vlans->list.items[i].text, NF_VLAN_MAX, &vlan)) {
            return give_up(aim,
                           "no_vlan: the task's switch.vlans are not valid");
        }
        nf_vlans_add(&order->set.tagged, (unsigned) vlan, (unsigned) vlan);
        if (!is_trunk) {
            order->set.tagged = (struct nf_vlans){{0}};
            set_access(order, (unsigned) vlan);
            return true;
        }
    }
    set_trunk(order, was_trunk ? aim->kept.vlan : 0);
    return true;
}

static bool
want_production(struct aim *aim, struct nf_port_order *order)
{
    const struct nf_value *vlans = nf_value_member(aim->said, "vlans");
    const char *setting = aim->c->settings->production_vlan;

    if (vlans != NULL && vlans->kind == NF_VALUE_LIST && vlans->list.n > 0) {
        return want_said(aim, vlans, order);
    }
    if (aim->is_open && (aim->was_installed || setting[0] == '\0')) {
        return want_kept(aim, order);
    }
    if (setting[0] == '\0') {
        return need_nothing(aim, "nothing to do: the port was not moved, and "
                                 "NF_PRODUCTION_VLAN is empty");
    }
    set_access(order, (unsigned) nf_setting_number(setting));
    return true;
}

static bool
want_install(struct aim *aim, struct nf_port_order *order)
{
    const char *setting = aim->c->settings->install_vlan;

    if (setting[0] == '\0') {
        return need_nothing(aim, "nothing to do: NF_INSTALL_VLAN is empty");
    }
    set_access(order, (unsigned) nf_setting_number(setting));
    order->set.admin = NF_PORT_UP;
    order->sets |= NF_SWITCH_SETS_ADMIN;
    order->must_forward = true;
    return true;
}

static bool
want(struct aim *aim, struct nf_port_order *order)
{
    switch (aim->goal) {
    case NF_VLAN_INSTALL:
        return want_install(aim, order);
    case NF_VLAN_PRODUCTION:
        return want_production(aim, order);
    default:
        return want_kept(aim, order);
    }
}

/* --- what it was -------------------------------------------------------------
 */

/* What cannot be put back is not touched. */
static const char *
misfit(const struct nf_port_config *config, struct nf_port_kept *kept)
{
    struct nf_out out = nf_out(kept->tagged, sizeof(kept->tagged) - 1);

    if (config->mode == NF_PORT_OTHER && config->vlan == 0) {
        return "is neither an access port nor a trunk";
    }
    nf_vlans_print(&config->tagged, &out);
    return out.full ? "has a list of VLANs that is too long to be saved" : NULL;
}

/* Two cannot be kept: the machine has been moved, and the port that it was at
 * is still in the install VLAN. */
static bool
is_kept_port(struct aim *aim)
{
    char words[WORDS];

    if (strcmp(aim->kept.device, aim->link.device) == 0
        && strcmp(aim->kept.port, aim->seen.port.name) == 0)
    {
        return true;
    }
    snprintf(words, sizeof(words),
             "not_put_back: %s of %s, where it was before, is still in the "
             "install VLAN; `nf port restore` puts it back",
             aim->kept.port, aim->kept.device);
    return give_up(aim, words);
}

/* Before it is moved for the first time, and never over what is kept. */
static bool
keep(struct aim *aim)
{
    const struct nf_port_config *config = &aim->seen.port.config;
    struct nf_port_kept kept = {
        .kept_at = aim->c->now,
        .task = aim->command->task,
        .node = aim->node.mac,
        .is_open = 1,
        .mode = (uint8_t) config->mode,
        .admin = (uint8_t) config->admin,
        .vlan = (uint16_t) config->vlan,
    };
    char words[WORDS];

    if (aim->goal != NF_VLAN_INSTALL || aim->is_open) {
        return aim->goal != NF_VLAN_INSTALL || is_kept_port(aim);
    }
    const char *why = misfit(config, &kept);
    if (why != NULL) {
        snprintf(words, sizeof(words), "unsupported: %s of %s %s",
                 aim->seen.port.name, aim->link.device, why);
        return give_up(aim, words);
    }
    COPY(kept.device, aim->link.device);
    COPY(kept.port, aim->seen.port.name);
    COPY(kept.description, config->description);
    return nf_record_port_kept(aim->c, &kept);
}

/* --- said at last ------------------------------------------------------------
 */

static size_t
put_machine(const struct aim *aim, nf_mac_t machine[static NF_SWITCH_MACHINE])
{
    size_t n = 0;

    if (aim->link.by == NF_LINK_BY_HAND) {
        return 0;
    }
    machine[n++] = aim->node.mac;
    for (size_t i = 0; i < aim->node.macs_n && n < NF_SWITCH_MACHINE; i++) {
        machine[n++] = aim->node.macs[i];
    }
    return n;
}

/* As people see it: how long a list of VLANs is does not matter here. */
static void
print_arguments(const struct aim *aim, const struct nf_port_order *order,
                char text[static NF_COMMAND_ARGUMENTS])
{
    char words[NF_KEPT_TAGGED + 64], brief[128];
    struct nf_out to = nf_out(words, sizeof(words) - 1);
    struct nf_out out = nf_out(text, NF_COMMAND_ARGUMENTS - 1);

    nf_port_order_words(order, &to);
    nf_text_copy_words(brief, sizeof(brief), nf_out_text(&to));
    nf_out_printf(&out, "{\"vlan\":\"%s\",\"switch\":\"%s\",\"port\":",
                  nf_vlan_goals[aim->goal], aim->link.device);
    nf_out_json(&out, nf_text(aim->seen.port.name));
    nf_out_puts(&out, ",\"to\":");
    nf_out_json(&out, nf_text(brief));
    nf_out_putc(&out, '}');
    text[out.len] = '\0';
}

static bool
say(struct aim *aim, struct nf_port_order *order)
{
    char json[NF_SWITCH_ARGS], words[WORDS];
    struct nf_out out = nf_out(json, sizeof(json) - 1);
    nf_mac_t machine[NF_SWITCH_MACHINE];

    order->port = aim->seen.port.name;
    order->expected = &aim->seen.port.config;
    order->machine = machine;
    order->machine_n = put_machine(aim, machine);
    nf_port_order_json(order, &out);
    if (out.full) {
        snprintf(words, sizeof(words),
                 "unsupported: %s of %s has more VLANs than a command can name",
                 aim->seen.port.name, aim->link.device);
        return give_up(aim, words);
    }
    print_arguments(aim, order, aim->command->arguments);
    return nf_change_command_aim(aim->c, aim->command->number,
                                 aim->command->arguments, nf_out_text(&out))
           == NF_OK;
}

static bool
take(struct aim *aim)
{
    char text[WORDS];
    struct nf_out why = nf_out(text, sizeof(text) / 2);
    struct nf_port_order order = {.sets = 0};

    if (aim->goal == NF_VLAN_RESTORE && !aim->is_open) {
        return need_nothing(aim, "nothing to do: no port of it was moved");
    }
    enum nf_place place = find(aim, &why);
    if (place != NF_PLACE_FOUND) {
        return search(aim, place, &why);
    }
    return read_port(aim) && want(aim, &order) && keep(aim) && say(aim, &order);
}

/* --- what there is to know ---------------------------------------------------
 */

/* The task's `switch`, in the arena. */
static void
read_task(struct aim *aim, nf_arena_t *arena, struct nf_value *spec)
{
    struct nf_read *r = &aim->c->w->read;
    struct nf_fault ignored;
    struct nf_task task;

    if (aim->command->task == 0 || !nf_tasks_get(r, aim->command->task, &task))
    {
        return;
    }
    aim->was_installed = task.node_was == NF_NODE_INSTALLED;
    if (nf_json_tree(nf_tasks_spec(r, task.id), arena, spec, &ignored) == NF_OK)
    {
        aim->said = nf_value_member(spec, "switch");
    }
}

static bool
take_with(struct aim *aim, nf_arena_t *arena)
{
    struct nf_node_view view;
    struct nf_value spec;

    if (!nf_vlan_goal_read(nf_text(aim->command->arguments), &aim->goal)) {
        return give_up(aim, "unsupported: it has no goal for a port");
    }
    if (!nf_nodes_get_owner(&aim->c->w->read, aim->command->mac, &view)) {
        return give_up(aim, "no_node: the node no longer exists");
    }
    aim->node = view.node;
    aim->is_open = nf_kept_get(&aim->c->w->read, aim->node.mac, &aim->kept)
                   && aim->kept.is_open;
    read_task(aim, arena, &spec);
    return take(aim);
}

bool
nf_aim(struct nf_change *c, struct nf_command *command)
{
    struct aim aim = {.c = c, .command = command};
    struct nf_switch_place place;

    if (strcmp(command->operation, "vlan") != 0) {
        return true;
    }
    nf_switch_place_read(nf_text(command->arguments), &place);
    if (place.device[0] != '\0') {
        return true;
    }
    nf_arena_t *arena = nf_arena_new();
    bool is_aimed = arena != NULL && take_with(&aim, arena);
    nf_arena_free(arena);
    return is_aimed;
}
