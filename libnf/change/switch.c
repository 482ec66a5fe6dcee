#include "change/switch.h"

#include <stdio.h>

#include "change/command.h"
#include "change/link.h"
#include "change/record.h"
#include "model/switch_place.h"
#include "store/commands.h"
#include "store/devices.h"
#include "store/generation.h"
#include "store/links.h"
#include "store/ports.h"

#define COPY(to, from) snprintf(to, sizeof(to), "%s", from)

static bool
is_scan(const struct nf_command *command)
{
    return command->target == NF_COMMAND_SWITCH
           && strcmp(command->operation, "scan") == 0;
}

/* --- looking -----------------------------------------------------------------
 */

/* By the time: none is given twice, also when the first is gone. */
static uint64_t
next_number(struct nf_change *c)
{
    uint64_t number = nf_command_look | (uint64_t) c->now << 12;
    struct nf_command other;

    while (nf_commands_get(&c->w->read, number, &other)) {
        number++;
    }
    return number;
}

static bool
is_on_its_way(struct nf_change *c, const struct nf_switch_seen *seen)
{
    struct nf_command command;

    return seen->scan != 0 && nf_commands_get(&c->w->read, seen->scan, &command)
           && nf_command_is_live(&command);
}

static struct nf_command
look_at(struct nf_change *c, const char *device, nf_time_t then)
{
    struct nf_command command = {
        .generation = nf_generation(&c->w->read),
        .number = next_number(c),
        .created_at = c->now,
        .updated_at = c->now,
        .deadline =
            then + NF_SECONDS(nf_setting_number(c->settings->command_deadline)),
        .send_at = then,
        .target = NF_COMMAND_SWITCH,
        .step = NF_COMMAND_NO_STEP,
    };

    COPY(command.operation, "scan");
    COPY(command.actor, nf_actor_word(NF_ACTOR_RELAY));
    snprintf(command.arguments, sizeof(command.arguments),
             "{\"switch\":\"%s\"}", device);
    return command;
}

nf_error_t
nf_change_look(struct nf_change *c, const char *device, nf_time_t then)
{
    struct nf_switch_seen seen = {.asked_at = 0};

    (void) nf_switches_get(&c->w->read, device, &seen);
    if (is_on_its_way(c, &seen)) {
        return c->w->read.err;
    }
    struct nf_command command = look_at(c, device, then);
    seen.asked_at = c->now;
    seen.scan = command.number;
    (void) nf_commands_put(c->w, &command);
    (void) nf_switches_put(c->w, device, &seen);
    return c->w->read.err;
}

/* --- held --------------------------------------------------------------------
 */

bool
nf_record_switch_held(struct nf_change *c, const char *device,
                      const char *worker, nf_time_t until)
{
    struct nf_switch_seen seen = {.asked_at = 0};

    (void) nf_switches_get(&c->w->read, device, &seen);
    if (strcmp(seen.worker, worker) == 0 && seen.held_until >= until) {
        return true;
    }
    seen.held_until =
        strcmp(seen.worker, worker) == 0 && seen.held_until > until
            ? seen.held_until
            : until;
    memset(seen.worker, 0, sizeof(seen.worker));
    COPY(seen.worker, worker);
    return nf_switches_put(c->w, device, &seen);
}

/* Whether the worker has another command of the switch. */
static bool
has_other(struct nf_change *c, const struct nf_command *ended,
          const char *device)
{
    struct nf_command command = {.deadline = 0};
    struct nf_switch_place place;

    while (nf_commands_live(&c->w->read, command.deadline, command.number,
                            &command))
    {
        if (command.number == ended->number
            || command.target != NF_COMMAND_SWITCH
            || strcmp(command.worker, ended->worker) != 0)
        {
            continue;
        }
        nf_switch_place_read(nf_text(command.arguments), &place);
        if (strcmp(place.device, device) == 0) {
            return true;
        }
    }
    return false;
}

/* What ended without a word may still be carried out. */
static bool
lets_go(struct nf_change *c, const struct nf_command *ended,
        const struct nf_switch_seen *seen, const char *device)
{
    return seen->held_until != 0 && ended->state != NF_COMMAND_UNKNOWN
           && ended->worker[0] != '\0'
           && strcmp(seen->worker, ended->worker) == 0
           && !has_other(c, ended, device);
}

/* --- ended -------------------------------------------------------------------
 */

/* One that brought nothing is none. */
static void
end_scan(struct nf_change *c, const struct nf_command *command,
         struct nf_switch_seen *seen)
{
    bool is_done = command->state == NF_COMMAND_DONE
                   && seen->scanned_at >= command->created_at;

    seen->scan = seen->scan == command->number ? 0 : seen->scan;
    memset(seen->error, 0, sizeof(seen->error));
    if (!is_done) {
        seen->failed_at = c->now;
        nf_text_copy_words(
            seen->error, sizeof(seen->error),
            command->state == NF_COMMAND_DONE
                ? NF_TEXT("malformed: the scan returned no ports")
                : nf_text(command->result));
    }
}

/* The port is where the node is to be: what was kept has been used. */
static void
close_kept(struct nf_change *c, const struct nf_command *command,
           const struct nf_switch_place *place)
{
    enum nf_vlan_goal goal;
    struct nf_port_kept kept;

    if (command->state == NF_COMMAND_DONE
        && strcmp(command->operation, "vlan") == 0
        && nf_vlan_goal_read(nf_text(command->arguments), &goal)
        && goal != NF_VLAN_INSTALL
        && nf_kept_get(&c->w->read, command->mac, &kept) && kept.is_open
        && strcmp(kept.device, place->device) == 0
        && strcmp(kept.port, place->port) == 0)
    {
        kept.is_open = 0;
        (void) nf_record_port_kept(c, &kept);
    }
}

void
nf_record_switch_ended(struct nf_change *c, const struct nf_command *command)
{
    struct nf_switch_seen seen = {.asked_at = 0};
    struct nf_managed_device device;
    struct nf_switch_place place;

    (void) nf_orders_delete(c->w, command->number);
    nf_switch_place_read(nf_text(command->arguments), &place);
    close_kept(c, command, &place);
    if (!nf_devices_get(&c->w->read, place.device, &device)) {
        return;
    }
    (void) nf_switches_get(&c->w->read, place.device, &seen);
    if (is_scan(command)) {
        end_scan(c, command, &seen);
    }
    if (lets_go(c, command, &seen, place.device)) {
        seen.held_until = 0;
        if (!is_scan(command)) {
            seen.asked_at = 0; /* what is known of its ports is old news */
        }
    }
    (void) nf_switches_put(c->w, place.device, &seen);
}

/* --- what was seen -----------------------------------------------------------
 */

static nf_error_t
find_scan(struct nf_change *c, const struct nf_ports_part *part,
          struct nf_command *command, struct nf_switch_place *place)
{
    struct nf_managed_device device;

    if (nf_commands_get(&c->w->read, part->number, command)
        && command->generation == part->generation && is_scan(command)
        && nf_command_is_live(command)
        && strcmp(command->worker, part->worker) == 0)
    {
        nf_switch_place_read(nf_text(command->arguments), place);
        if (nf_devices_get(&c->w->read, place->device, &device)) {
            return NF_OK;
        }
    }
    if (c->w->read.err != NF_OK) {
        return c->w->read.err;
    }
    (void) nf_refuse(&c->fault, "id", "the reporting worker has no such scan");
    return NF_NOT_FOUND;
}

/* What it says holds since it was begun.  total 0: it is not known. */
static void
note_scanned(struct nf_change *c, const struct nf_command *command,
             const char *device, uint32_t total)
{
    struct nf_switch_seen seen = {.asked_at = 0};

    (void) nf_switches_get(&c->w->read, device, &seen);
    seen.scanned_at = command->state == NF_COMMAND_RUNNING
                          ? command->updated_at
                          : command->created_at;
    seen.ports = total == 0 ? seen.ports : total;
    (void) nf_switches_put(c->w, device, &seen);
}

nf_error_t
nf_change_ports(struct nf_change *c, const struct nf_ports_part *part,
                char device[static NF_MANAGED_NAME])
{
    struct nf_command command;
    struct nf_switch_place place;
    nf_error_t err = find_scan(c, part, &command, &place);

    if (err != NF_OK) {
        return err;
    }
    memcpy(device, place.device, NF_MANAGED_NAME);
    for (size_t i = 0; i < part->n; i++) {
        const struct nf_port_row *row = &part->rows[i];
        (void) nf_ports_put(c->w, device, row->name, row->json, row->addresses,
                            row->addresses_n, c->now);
    }
    if (part->is_last) {
        note_scanned(c, &command, device, part->total);
    }
    return c->w->read.err;
}
