/*
 * nf dump --prefix /os/: the same state by the keys, and in the shapes, that
 * the documents give to a site's key-value store:
 *
 *   /os/{idc}/servers/{sn}              who is known
 *   /os/{idc}/machines/{sn}/task        its latest task
 *   /os/{idc}/machines/{sn}/meta        its hardware, as it was reported
 *   /os/{idc}/machines/{sn}/lease       its last sign of life
 *   /os/unmatched_reports/{idc}/{mac}   reports that fit no task
 *   /os/region/{idc}/info
 *   /os/global/stats/{idc}
 *
 * A machine without a serial number has no key there.
 */
#include <jansson.h>
#include <stdio.h>

#include "base/time.h"
#include "dump.h"
#include "store/hardware.h"
#include "store/key.h"
#include "store/progress.h"
#include "store/tasks.h"
#include "store/voices.h"

enum {
    MISSED_HEARTBEATS = 3, /* then it is offline */
};

/* --- machines ---------------------------------------------------------------
 */

struct machine {
    bool is_known; /* else a task waits for it */
    bool is_online;
    char sn[64];
    char mac[NF_MAC_COLONS]; /* "": not known */
    nf_mac_t id;
    nf_time_t added_at, heard;
    uint64_t task; /* 0: none */
};

/* By whichever agent of it. */
static nf_time_t
heard_last(struct nf_read *r, const struct nf_node *node)
{
    struct nf_voices voices = nf_voices_get(r, node->mac);

    return node->heard > voices.in_ram ? node->heard : voices.in_ram;
}

/* The next node that has a serial number. */
static bool
next_known(struct nf_dump *at, struct machine *machine)
{
    struct nf_node_view view;
    NF_SCAN(scan, at->r, NF_NODES_BY_AGE);
    bool more = nf_nodes_list(&scan, at->has_begun ? &at->node : NULL, &view);

    while (more && view.node.serial[0] == '\0') {
        more = nf_nodes_list_next(&scan, &view);
    }
    if (!more) {
        return false;
    }
    at->has_begun = true;
    at->node = (struct nf_node_position){view.node.created_at, view.node.mac};
    *machine = (struct machine){.is_known = true,
                                .is_online = view.node.online,
                                .id = view.node.mac,
                                .added_at = view.node.created_at,
                                .heard = heard_last(at->r, &view.node),
                                .task = view.node.task};
    memcpy(machine->sn, view.node.serial, sizeof(machine->sn));
    nf_mac_format_divided(view.node.mac, ':', machine->mac);
    return true;
}

/* The next task that waits for a machine. */
static bool
next_awaited(struct nf_dump *at, struct machine *machine)
{
    struct nf_key key = {.len = 0};
    struct nf_task task;
    NF_SCAN(scan, at->r, NF_TASKS_AWAITED);

    if (at->name[0] != '\0') {
        nf_key_add(&key, "s", 1);
        nf_key_add(&key, at->name, strnlen(at->name, sizeof(task.sn)));
        nf_key_add(&key, "", 1); /* the first one behind it */
    }
    if (!nf_scan_seek(&scan, nf_key_bytes(&key))
        || !nf_tasks_get(at->r, nf_key_number_at(scan.value, 0), &task))
    {
        return false;
    }
    snprintf(at->name, sizeof(at->name), "%s", task.sn);
    *machine = (struct machine){.added_at = task.created_at, .task = task.id};
    memcpy(machine->sn, task.sn, sizeof(machine->sn));
    return true;
}

static bool
next_machine(struct nf_dump *at, struct machine *machine)
{
    if (!at->is_behind_nodes && next_known(at, machine)) {
        return true;
    }
    if (at->r->err != NF_OK) {
        return false;
    }
    at->is_behind_nodes = true;
    return next_awaited(at, machine);
}

static void
put_text(struct nf_out *out, const char *name, const char *text)
{
    nf_out_printf(out, "\"%s\":", name);
    nf_out_json(out, nf_text(text));
}

static void
put_time(struct nf_out *out, const char *name, nf_time_t time)
{
    char text[NF_TIME_TEXT];

    nf_time_format(time, text);
    nf_out_printf(out, ",\"%s\":\"%s\"", name, text);
}

static void
put_names(struct nf_out *out, const struct machine *machine)
{
    put_text(out, "sn", machine->sn);
    nf_out_putc(out, ',');
    put_text(out, "mac", machine->mac);
}

static bool
next_server(struct nf_dump *at, struct nf_out *out)
{
    struct machine machine;

    if (!next_machine(at, &machine)) {
        return false;
    }
    nf_dump_begin(out, "/os/%s/servers/%s", at->settings->idc, machine.sn);
    nf_out_putc(out, '{');
    put_names(out, &machine);
    nf_out_printf(out, ",\"status\":\"%s\"",
                  machine.is_known ? "registered" : "pending");
    put_time(out, "added_at", machine.added_at);
    nf_out_puts(out, "}}");
    return true;
}

/* --- a machine's task -------------------------------------------------------
 */

typedef void put_entry(struct nf_out *out, const struct nf_progress *progress);

static void
put_step(struct nf_out *out, const struct nf_progress *progress)
{
    nf_out_putc(out, '{');
    put_text(out, "step", progress->step);
    nf_out_printf(out, ",\"percent\":%u,", progress->percent);
    put_text(out, "message", progress->message);
    nf_out_putc(out, '}');
}

static void
put_log(struct nf_out *out, const struct nf_progress *progress)
{
    char line[sizeof(progress->message) + 16];

    snprintf(line, sizeof(line), "[INFO] %s",
             progress->message[0] != '\0' ? progress->message : progress->step);
    nf_out_json(out, nf_text(line));
}

/* All that was said of the task, each by put; how many there were. */
static unsigned
put_progress(struct nf_read *r, struct nf_out *out, const struct nf_task *task,
             put_entry *put)
{
    struct nf_progress_walk walk = {.mac = task->mac, .task = task->id};
    struct nf_progress progress;
    unsigned n = 0;

    while (nf_task_has_node(task) && nf_progress_walk_next(r, &walk, &progress))
    {
        nf_out_puts(out, n++ == 0 ? "" : ",");
        put(out, &progress);
    }
    return n;
}

static void
put_logs(struct nf_read *r, struct nf_out *out, const struct nf_task *task)
{
    char line[sizeof(task->reason) + 16];

    nf_out_puts(out, ",\"logs\":[");
    unsigned n = put_progress(r, out, task, put_log);
    if (task->reason[0] != '\0') {
        nf_out_puts(out, n == 0 ? "" : ",");
        snprintf(line, sizeof(line), "[ERROR] %s", task->reason);
        nf_out_json(out, nf_text(line));
    }
    nf_out_putc(out, ']');
}

static void
put_task(struct nf_dump *at, struct nf_out *out, const struct machine *machine,
         const struct nf_task *task)
{
    char id[NF_TASK_TEXT + 8];

    nf_task_format(task->id, id);
    nf_dump_begin(out, "/os/%s/machines/%s/task", at->settings->idc,
                  machine->sn);
    nf_out_printf(out, "{\"task_id\":\"%s\",", id);
    put_names(out, machine);
    nf_out_printf(out, ",\"status\":\"%s\",", nf_task_statuses[task->status]);
    put_text(out, "os_type", task->os_type);
    nf_out_putc(out, ',');
    put_text(out, "os_version", task->os_version);
    nf_out_puts(out, ",\"progress\":[");
    (void) put_progress(at->r, out, task, put_step);
    nf_out_putc(out, ']');
    put_logs(at->r, out, task);
    put_time(out, "created_at", task->created_at);
    put_time(out, "updated_at", task->updated_at);
    nf_out_puts(out, "}}");
}

static bool
next_machine_task(struct nf_dump *at, struct nf_out *out)
{
    struct machine machine;
    struct nf_task task;

    while (next_machine(at, &machine)) {
        if (machine.task != 0 && nf_tasks_get(at->r, machine.task, &task)) {
            put_task(at, out, &machine, &task);
            return true;
        }
    }
    return false;
}

/* --- a machine's hardware, and its last sign of life ------------------------
 */

/* Of the object called name, or of json itself, only these members. */
static json_t *
pick(json_t *json, const char *const *members)
{
    json_t *some = json_object();

    for (; *members != NULL; members++) {
        json_t *value = json_object_get(json, *members);
        if (value != NULL) {
            json_object_set(some, *members, value);
        }
    }
    return some;
}

static json_t *
pick_disks(json_t *disks)
{
    static const char *const members[] = {"device", "size_gb", "type", NULL};
    json_t *some = json_array(), *disk;
    size_t i;

    json_array_foreach (disks, i, disk) {
        json_array_append_new(some, pick(disk, members));
    }
    return some;
}

static bool
put_meta(struct nf_out *out, struct nf_text text)
{
    static const char *const members[] = {
        "serial_number", "mac_address", "company", "product",
        "model_name",    "is_vm",       NULL};
    static const char *const cpu[] = {"model", "cores", NULL};
    static const char *const memory[] = {"total_gb", NULL};
    json_t *json = json_loadb(text.data, text.len, 0, NULL);
    json_t *meta = pick(json, members);

    json_object_set_new(meta, "cpu", pick(json_object_get(json, "cpu"), cpu));
    json_object_set_new(meta, "memory",
                        pick(json_object_get(json, "memory"), memory));
    json_object_set_new(meta, "disks",
                        pick_disks(json_object_get(json, "disks")));
    char *line = json_dumps(meta, JSON_COMPACT);
    bool is_done = json != NULL && line != NULL;
    nf_out_puts(out, is_done ? line : "null");
    free(line);
    json_decref(meta);
    json_decref(json);
    return is_done;
}

static bool
next_machine_meta(struct nf_dump *at, struct nf_out *out)
{
    struct nf_hardware hardware;
    struct machine machine;

    while (next_machine(at, &machine)) {
        if (machine.is_known && nf_hardware_get(at->r, machine.id, &hardware)) {
            nf_dump_begin(out, "/os/%s/machines/%s/meta", at->settings->idc,
                          machine.sn);
            if (!put_meta(out, hardware.json)) {
                nf_read_fail(at->r, NF_CORRUPT);
            }
            nf_out_putc(out, '}');
            return true;
        }
    }
    return false;
}

static bool
next_machine_lease(struct nf_dump *at, struct nf_out *out)
{
    unsigned ttl =
        MISSED_HEARTBEATS
        * (unsigned) nf_setting_number(at->settings->heartbeat_interval);
    struct machine machine;

    while (next_machine(at, &machine)) {
        if (machine.heard == 0) {
            continue;
        }
        nf_dump_begin(out, "/os/%s/machines/%s/lease", at->settings->idc,
                      machine.sn);
        nf_out_putc(out, '{');
        put_names(out, &machine);
        nf_out_printf(out, ",\"ttl\":%u,\"online\":%s", ttl,
                      machine.is_online ? "true" : "false");
        put_time(out, "renewed_at", machine.heard);
        put_time(out, "expires_at", machine.heard + NF_SECONDS(ttl));
        nf_out_puts(out, "}}");
        return true;
    }
    return false;
}

/* --- the rest of the site ---------------------------------------------------
 */

/* As the report came, and what is known of why nobody took it. */
static bool
next_unmatched(struct nf_dump *at, struct nf_out *out)
{
    struct nf_unmatched unmatched;
    struct nf_hardware hardware;
    char mac[NF_MAC_COLONS];

    if (!nf_unmatched_next(at->r, at->has_begun ? &at->mac : NULL, &unmatched))
    {
        return false;
    }
    at->mac = unmatched.mac;
    nf_mac_format_divided(unmatched.mac, ':', mac);
    nf_dump_begin(out, "/os/unmatched_reports/%s/%s", at->settings->idc, mac);
    nf_out_putc(out, '{');
    put_text(out, "sn", unmatched.sn);
    nf_out_printf(out, ",\"mac_address\":\"%s\",\"reason\":\"%s\",\"count\":%u",
                  mac, nf_unmatched_reasons[unmatched.reason], unmatched.count);
    put_time(out, "first_seen", unmatched.first_seen);
    put_time(out, "last_seen", unmatched.last_seen);
    if (nf_hardware_get(at->r, at->mac, &hardware)) {
        nf_out_puts(out, ",\"hardware\":");
        nf_out_put(out, hardware.json);
    }
    nf_out_puts(out, "}}");
    return true;
}

static bool
next_info(struct nf_dump *at, struct nf_out *out)
{
    if (at->has_begun) {
        return false;
    }
    nf_dump_begin(out, "/os/region/%s/info", at->settings->idc);
    nf_out_putc(out, '{');
    put_text(out, "idc", at->settings->idc);
    nf_out_putc(out, ',');
    put_text(out, "server_addr", at->settings->server_addr);
    nf_out_puts(out, ",\"version\":\"" NF_VERSION "\"}}");
    return true;
}

static void
put_counts(struct nf_out *out, const char *name, const char *const *words,
           const uint64_t *counts, uint64_t total)
{
    nf_out_printf(out, "\"%s\":{\"total\":%llu", name,
                  (unsigned long long) total);
    for (; *words != NULL; words++, counts++) {
        nf_out_printf(out, ",\"%s\":%llu", *words,
                      (unsigned long long) *counts);
    }
}

static bool
next_stats(struct nf_dump *at, struct nf_out *out)
{
    struct nf_node_counts nodes = nf_nodes_count(at->r);
    struct nf_task_counts tasks = nf_tasks_count(at->r);

    if (at->has_begun) {
        return false;
    }
    nf_dump_begin(out, "/os/global/stats/%s", at->settings->idc);
    nf_out_putc(out, '{');
    put_counts(out, "nodes", nf_node_statuses, nodes.by_status,
               nf_read_count(at->r, NF_NODES));
    nf_out_printf(out, ",\"online\":%llu},", (unsigned long long) nodes.online);
    put_counts(out, "tasks", nf_task_statuses, tasks.by_status,
               nf_read_count(at->r, NF_TASKS));
    nf_out_printf(out, "},\"unmatched\":%llu}}",
                  (unsigned long long) nf_read_count(at->r, NF_UNMATCHED));
    return true;
}

const struct nf_dump_walk nf_dump_site[] = {
    {"/os/", next_server},
    {"/os/", next_machine_task},
    {"/os/", next_machine_meta},
    {"/os/", next_machine_lease},
    {"/os/unmatched_reports/", next_unmatched},
    {"/os/region/", next_info},
    {"/os/global/stats/", next_stats},
    {NULL, NULL},
};
