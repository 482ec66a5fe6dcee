/*
 * The rows, and how each kind of object is printed.
 */
#include "base/time.h"
#include "model/member.h"
#include "store/cards.h"
#include "store/commands.h"
#include "store/consoles.h"
#include "store/credentials.h"
#include "store/devices.h"
#include "store/diagnoses.h"
#include "store/events.h"
#include "store/files.h"
#include "store/hardware.h"
#include "store/labels.h"
#include "store/leases.h"
#include "store/links.h"
#include "store/nodes.h"
#include "store/ports.h"
#include "store/profiles.h"
#include "store/progress.h"
#include "store/reservations.h"
#include "store/resource.h"
#include "store/signs.h"
#include "store/tallies.h"
#include "store/tasks.h"
#include "store/voices.h"
#include "store/workers.h"

static bool
put_node(struct nf_read *r, const struct nf_resource_at *at, struct nf_out *out)
{
    struct nf_node_view view;

    if (!nf_nodes_get(r, at->mac, &view)) {
        return false;
    }
    nf_out_put(out, view.json);
    nf_member_time(out, "last_heartbeat", view.node.heard);
    nf_out_putc(out, '}');
    return true;
}

static bool
put_task(struct nf_read *r, const struct nf_resource_at *at, struct nf_out *out)
{
    struct nf_task task;

    if (!nf_tasks_get(r, at->number, &task)) {
        return false;
    }
    nf_task_json(&task, nf_tasks_spec(r, at->number), out);
    nf_out_putc(out, '}');
    return true;
}

static bool
put_lease(struct nf_read *r, const struct nf_resource_at *at,
          struct nf_out *out)
{
    struct nf_lease lease;

    if (!nf_leases_get(r, at->ip, &lease)) {
        return false;
    }
    nf_lease_json(&lease, out);
    return true;
}

static bool
is_lease_gone(struct nf_read *r, const struct nf_resource_at *at)
{
    struct nf_lease lease;

    return nf_leases_get(r, at->ip, &lease) && lease.is_gone;
}

static bool
put_reservation(struct nf_read *r, const struct nf_resource_at *at,
                struct nf_out *out)
{
    struct nf_reservation reservation;

    if (!nf_reservations_get(r, at->ip, &reservation)) {
        return false;
    }
    nf_reservation_json(&reservation, out);
    return true;
}

static bool
put_command(struct nf_read *r, const struct nf_resource_at *at,
            struct nf_out *out)
{
    struct nf_command command;

    if (!nf_commands_get(r, at->number, &command)) {
        return false;
    }
    nf_command_json(&command, out);
    return true;
}

static bool
put_order(struct nf_read *r, const struct nf_resource_at *at,
          struct nf_out *out)
{
    struct nf_text json;

    if (!nf_orders_get(r, at->number, &json)) {
        return false;
    }
    nf_out_put(out, json);
    return true;
}

static bool
put_labels(struct nf_read *r, const struct nf_resource_at *at,
           struct nf_out *out)
{
    struct nf_text labels = nf_labels_get(r, at->mac);

    nf_out_put(out, labels);
    return labels.len > 0;
}

static void
put_time(struct nf_out *out, nf_time_t time)
{
    char text[NF_TIME_TEXT];

    nf_time_format(time, text);
    nf_out_putc(out, '"');
    nf_out_puts(out, text);
    nf_out_putc(out, '"');
}

static bool
put_cards(struct nf_read *r, const struct nf_resource_at *at,
          struct nf_out *out)
{
    nf_mac_t cards[NF_CARDS_MAX];
    size_t n = nf_cards_of(r, at->mac, cards);
    char mac[NF_MAC_TEXT];

    for (size_t i = 0; i < n; i++) {
        nf_mac_format(cards[i], mac);
        nf_out_printf(out, "%s\"%s\"", i == 0 ? "[" : ",", mac);
    }
    nf_out_putc(out, ']');
    return n > 0;
}

static bool
put_hardware(struct nf_read *r, const struct nf_resource_at *at,
             struct nf_out *out)
{
    struct nf_hardware hardware;

    if (!nf_hardware_get(r, at->mac, &hardware)) {
        return false;
    }
    nf_out_puts(out, "{\"reported_at\":");
    put_time(out, hardware.reported_at);
    nf_out_puts(out, ",\"hardware\":");
    nf_out_put(out, hardware.json);
    nf_out_putc(out, '}');
    return true;
}

static bool
put_progress(struct nf_read *r, const struct nf_resource_at *at,
             struct nf_out *out)
{
    return nf_progress_json(r, at->mac, at->number, out);
}

static bool
put_console(struct nf_read *r, const struct nf_resource_at *at,
            struct nf_out *out)
{
    char text[NF_CONSOLE_PIECE];
    struct nf_out piece = nf_out(text, sizeof(text));
    uint64_t begin = at->number * NF_CONSOLE_PIECE;

    (void) nf_consoles_read(r, at->mac, begin, &piece);
    nf_out_json(out, nf_out_text(&piece));
    return r->err == NF_OK && piece.len > 0;
}

static bool
put_unmatched(struct nf_read *r, const struct nf_resource_at *at,
              struct nf_out *out)
{
    struct nf_unmatched unmatched;

    if (!nf_unmatched_get(r, at->mac, &unmatched)) {
        return false;
    }
    nf_out_printf(out, "{\"reason\":\"%s\",\"count\":%u",
                  nf_unmatched_reasons[unmatched.reason], unmatched.count);
    nf_member_text(out, "sn", unmatched.sn);
    nf_member_time(out, "first_seen", unmatched.first_seen);
    nf_member_time(out, "last_seen", unmatched.last_seen);
    nf_out_putc(out, '}');
    return true;
}

static bool
put_profile(struct nf_read *r, const struct nf_resource_at *at,
            struct nf_out *out)
{
    struct nf_profile profile;

    if (!nf_profiles_get_own(r, at->name, &profile)) {
        return false;
    }
    nf_out_put(out, profile.json);
    return true;
}

static bool
put_task_profile(struct nf_read *r, const struct nf_resource_at *at,
                 struct nf_out *out)
{
    struct nf_profile profile;

    if (!nf_task_profiles_get(r, at->number, &profile)) {
        return false;
    }
    nf_out_put(out, profile.json);
    return true;
}

static bool
put_file(struct nf_read *r, const struct nf_resource_at *at, struct nf_out *out)
{
    struct nf_file file;

    if (!nf_files_get(r, nf_text(at->name), &file)) {
        return false;
    }
    nf_file_json(&file, out);
    return true;
}

/* Sealed, and so they stay. */
static bool
put_secret(struct nf_read *r, const struct nf_resource_at *at,
           struct nf_out *out)
{
    (void) r, (void) at;
    nf_out_puts(out, "\"sealed\"");
    return true;
}

static bool
put_agent(struct nf_read *r, const struct nf_resource_at *at,
          struct nf_out *out)
{
    struct nf_agent_voice voice;
    char mac[NF_MAC_TEXT];

    if (!nf_agent_voice_get(r, at->mac, &voice)) {
        return false;
    }
    nf_mac_format(voice.mac, mac);
    nf_out_printf(out, "{\"mac\":\"%s\",\"journal\":%s}", mac,
                  voice.has_journal ? "true" : "false");
    return true;
}

static bool
put_signs(struct nf_read *r, const struct nf_resource_at *at,
          struct nf_out *out)
{
    struct nf_signs signs;

    if (!nf_signs_get(r, at->mac, &signs)) {
        return false;
    }
    nf_signs_json(&signs, out);
    return true;
}

static bool
put_voices(struct nf_read *r, const struct nf_resource_at *at,
           struct nf_out *out)
{
    return nf_voices_json(r, at->mac, out);
}

static bool
put_diagnosis(struct nf_read *r, const struct nf_resource_at *at,
              struct nf_out *out)
{
    return nf_diagnoses_json(r, at->number, out);
}

static bool
put_worker(struct nf_read *r, const struct nf_resource_at *at,
           struct nf_out *out)
{
    struct nf_worker worker;

    if (!nf_workers_get(r, at->name, &worker)) {
        return false;
    }
    nf_worker_json(&worker, out);
    return true;
}

static bool
put_device(struct nf_read *r, const struct nf_resource_at *at,
           struct nf_out *out)
{
    struct nf_managed_device device;

    if (!nf_devices_get(r, at->name, &device)) {
        return false;
    }
    nf_managed_json(&device, out);
    return true;
}

static bool
put_credential(struct nf_read *r, const struct nf_resource_at *at,
               struct nf_out *out)
{
    struct nf_credential credential;

    if (!nf_credentials_get(r, at->name, &credential)) {
        return false;
    }
    nf_credential_json(&credential, out);
    return true;
}

static bool
put_switch(struct nf_read *r, const struct nf_resource_at *at,
           struct nf_out *out)
{
    struct nf_switch_seen seen;

    if (!nf_switches_get(r, at->name, &seen)) {
        return false;
    }
    nf_switch_seen_json(&seen, out);
    return true;
}

/* "sw1/Ethernet1" */
static bool
put_port(struct nf_read *r, const struct nf_resource_at *at, struct nf_out *out)
{
    struct nf_text rest = nf_text(at->name), json;
    struct nf_text device = nf_text_cut(&rest, '/');
    char name[NF_MANAGED_NAME], port[NF_LINK_PORT];

    if (rest.data == NULL || !nf_text_copy(name, sizeof(name), device)
        || !nf_text_copy(port, sizeof(port), rest)
        || !nf_ports_get(r, name, port, &json))
    {
        return false;
    }
    nf_out_put(out, json);
    return true;
}

static bool
put_sighting(struct nf_read *r, const struct nf_resource_at *at,
             struct nf_out *out)
{
    nf_time_t last;

    if (!nf_ports_sight(r, at->name, &last)) {
        return false;
    }
    nf_out_number(out, last);
    return true;
}

static bool
put_link(struct nf_read *r, const struct nf_resource_at *at, struct nf_out *out)
{
    struct nf_port_link link;

    if (!nf_links_get(r, at->mac, &link)) {
        return false;
    }
    nf_port_link_json(&link, out);
    return true;
}

static bool
put_kept(struct nf_read *r, const struct nf_resource_at *at, struct nf_out *out)
{
    struct nf_port_kept kept;

    if (!nf_kept_get(r, at->mac, &kept)) {
        return false;
    }
    nf_port_kept_json(&kept, out);
    return true;
}

static bool
put_tally(struct nf_read *r, const struct nf_resource_at *at,
          struct nf_out *out)
{
    struct nf_tally tally;

    if (!nf_tallies_get(r, at->name, &tally)) {
        return false;
    }
    nf_tally_json(&tally, out);
    return true;
}

static bool
put_cursor(struct nf_read *r, const struct nf_resource_at *at,
           struct nf_out *out)
{
    nf_out_number(out, (int64_t) nf_cursor_get(r, at->name));
    return r->err == NF_OK;
}

static bool
put_audit(struct nf_read *r, const struct nf_resource_at *at,
          struct nf_out *out)
{
    uint64_t before = at->number - 1;
    struct nf_event event;

    if (!nf_audit_read(r, &before, &event)) {
        return false;
    }
    nf_out_put(out, event.json);
    return true;
}

static bool
put_event(struct nf_read *r, const struct nf_resource_at *at,
          struct nf_out *out)
{
    uint64_t before = at->number - 1;
    struct nf_event event;

    if (!nf_events_read(r, &before, &event)) {
        return false;
    }
    nf_out_put(out, event.json);
    return true;
}

/* clang-format off */
const struct nf_resource nf_resources[] = {
    {"nodes", NF_NODES, {NF_NODES_BY_AGE, NF_INDEX, NF_EXPIRY, NF_STRANGERS},
     NF_KEY_OF_MAC, NF_REBUILD_EVENTS,
     .member = "node", .id = "mac",
     .gone = NF_EVENT_NODE_DELETED, .gone_id = "mac",
     .path = "/api/v1/nodes", .word = "NODE", .put = put_node},
    {"tasks", NF_TASKS, {NF_TASKS_BY_NODE, NF_TASKS_AWAITED, NF_DEADLINES, NF_TASKS_ENDED},
     NF_KEY_OF_TASK, NF_REBUILD_EVENTS,
     .member = "task", .id = "task_id",
     .gone = NF_EVENT_TASK_DELETED, .gone_id = "detail",
     .path = "/api/v1/tasks", .word = "TASK", .put = put_task},
    {"leases", NF_LEASES, {NF_LEASES_BY_MAC, NF_EXPIRY},
     NF_KEY_OF_IP, NF_REBUILD_EVENTS,
     .member = "lease", .id = "ip", .gone = NF_EVENT_LEASE_DELETED,
     .path = "/api/v1/admin/dhcp/leases",
     .put = put_lease, .is_gone = is_lease_gone},
    {"reservations", NF_RESERVATIONS,
     {NF_RESERVATIONS_BY_CARD, NF_RESERVATIONS_DROPPED},
     NF_KEY_OF_IP, NF_REBUILD_LOCAL,
     .why = "who may have an address when it asks next; a flood of invented cards "
     "is no event, and a card that asks gets one again",
     .put = put_reservation},
    {"labels", NF_LABELS_OF, {NF_LABEL_INDEX},
     NF_KEY_OF_MAC, NF_REBUILD_PART, .why = "nodes", .put = put_labels},
    {"commands", NF_COMMANDS, {NF_COMMANDS_BY_NODE, NF_COMMANDS_TO_SEND, NF_COMMANDS_DUE},
     NF_KEY_OF_NUMBER, NF_REBUILD_LOCAL,
     .why = "how often one was said is no event; what it came to is",
     .put = put_command},
    {"orders", NF_ORDERS, {},
     NF_KEY_OF_NUMBER, NF_REBUILD_LOCAL,
     .why = "what a worker is told at length; its command, and what became of it, "
     "are events", .put = put_order},
    {"hardware", NF_HARDWARE, {},
     NF_KEY_OF_MAC, NF_REBUILD_LOCAL,
     .why = "a report has up to 256 KiB, an event far less; the machine reports again",
     .put = put_hardware},
    {"progress", NF_PROGRESS, {},
     NF_KEY_OF_MAC_NUMBER, NF_REBUILD_LOCAL,
     .why = "the newest of what the log has, kept by node to be found",
     .put = put_progress},
    {"unmatched", NF_UNMATCHED, {},
     NF_KEY_OF_MAC, NF_REBUILD_LOCAL,
     .why = "every report counts and few are events; the machine reports again",
     .path = "/api/v1/unmatched-reports", .id = "mac",
     .put = put_unmatched},
    {"profiles", NF_PROFILES, {},
     NF_KEY_OF_NAME, NF_REBUILD_HASH,
     .member = "profile", .id = "name", .gone = NF_EVENT_PROFILE_DELETED,
     .path = "/api/v1/profiles", .word = "PROFILE", .put = put_profile},
    {"task-profiles", NF_TASK_PROFILES, {},
     NF_KEY_OF_TASK, NF_REBUILD_LOCAL,
     .why = "a profile has up to 64 KiB, an event less; a task that is made again "
     "has its own",
     .put = put_task_profile},
    {"files", NF_FILES, {},
     NF_KEY_OF_NAME, NF_REBUILD_EVENTS,
     .member = "file", .id = "path", .gone = NF_EVENT_FILE_DELETED,
     .path = "/api/v1/files", .put = put_file},
    {"secrets", NF_SECRETS, {},
     NF_KEY_OF_NAME, NF_REBUILD_LOCAL,
     .why = "a secret is never in an event", .put = put_secret},
    {"agents", NF_AGENTS, {},
     NF_KEY_OF_MAC, NF_REBUILD_LOCAL,
     .why = "as which card a node's agent listens; each status says it again",
     .put = put_agent},
    {"signs", NF_SIGNS, {},
     NF_KEY_OF_MAC, NF_REBUILD_LOCAL,
     .why = "what a machine was sent and refused recently; it requests it again",
     .put = put_signs},
    {"voices", NF_VOICES, {},
     NF_KEY_OF_MAC, NF_REBUILD_LOCAL,
     .why = "when a machine was last heard; it says so again within a minute",
     .put = put_voices},
    {"diagnoses", NF_DIAGNOSES, {},
     NF_KEY_OF_TASK, NF_REBUILD_LOCAL,
     .why = "what was known when a task failed; the event of that says by what",
     .put = put_diagnosis},
    {"workers", NF_WORKERS, {},
     NF_KEY_OF_NAME, NF_REBUILD_LOCAL,
     .why = "who is there now; each worker says so again within seconds",
     .path = "/api/v1/workers", .id = "name", .word = "WORKER",
     .put = put_worker},
    {"devices", NF_DEVICES, {NF_DEVICE_INDEX},
     NF_KEY_OF_NAME, NF_REBUILD_EVENTS,
     .member = "device", .id = "name", .gone = NF_EVENT_DEVICE_DELETED,
     .path = "/api/v1/devices", .word = "DEVICE", .put = put_device},
    {"credentials", NF_CREDENTIALS, {},
     NF_KEY_OF_NAME, NF_REBUILD_EVENTS,
     .member = "credential", .id = "name",
     .gone = NF_EVENT_CREDENTIAL_DELETED,
     .path = "/api/v1/credentials", .word = "SET", .put = put_credential},
    {"tallies", NF_TALLIES, {},
     NF_KEY_OF_NAME, NF_REBUILD_LOCAL,
     .why = "how many commands to BMCs ended how; the log keeps the last ones only",
     .put = put_tally},
    {"switches", NF_SWITCHES, {},
     NF_KEY_OF_NAME, NF_REBUILD_LOCAL,
     .why = "when each was looked at, and which worker has it", .put = put_switch},
    {"ports", NF_PORTS, {},
     NF_KEY_OF_NAME, NF_REBUILD_LOCAL,
     .why = "what switches say of their ports; the next scan says it again",
     .put = put_port},
    {"sightings", NF_SIGHTINGS, {},
     NF_KEY_OF_NAME, NF_REBUILD_LOCAL,
     .why = "at which ports each MAC was seen; the next scan says it again",
     .put = put_sighting},
    {"links", NF_LINKS, {NF_LINK_INDEX},
     NF_KEY_OF_MAC, NF_REBUILD_EVENTS,
     .member = "link", .id = "node", .gone = NF_EVENT_LINK_DELETED,
     .put = put_link},
    {"kept", NF_KEPT, {},
     NF_KEY_OF_MAC, NF_REBUILD_EVENTS,
     .member = "kept", .id = "node", .gone = NF_EVENT_PORT_FORGOTTEN,
     .put = put_kept},
    {"cursors", NF_CURSORS, {},
     NF_KEY_OF_NAME, NF_REBUILD_LOCAL,
     .why = "how far readers of this log are", .put = put_cursor},
    {"requests", NF_REQUESTS, {},
     NF_KEY_OF_NAME, NF_REBUILD_LOCAL,
     .why = "answers that are kept for a day"},
    {"meta", NF_META, {},
     NF_KEY_OF_NAME, NF_REBUILD_LOCAL,
     .why = "the schema, the log's generation, and counts of what there is"},
    {"audit", NF_AUDIT, {},
     NF_KEY_OF_NUMBER, NF_REBUILD_LOCAL,
     .why = "what people did, which the log may have no more",
     .put = put_audit},
    {"events", NF_EVENTS, {},
     NF_KEY_OF_NUMBER, NF_REBUILD_LOCAL,
     .why = "they are the log",
     .put = put_event},
    {"cards", NF_CARDS, {NF_CARD_INDEX},
     NF_KEY_OF_MAC, NF_REBUILD_LOCAL,
     .why = "what a report lists, as the hardware", .put = put_cards},
    {"consoles", NF_CONSOLES, {NF_EXPIRY},
     NF_KEY_OF_MAC_NUMBER, NF_REBUILD_LOCAL,
     .why = "what machines print, of which nothing is an event; it is kept for a day",
     .put = put_console},
    {.name = NULL},
};
/* clang-format on */
