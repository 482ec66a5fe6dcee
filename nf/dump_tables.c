/*
 * nf dump: what each table holds.
 */
#include <stdio.h>

#include "base/time.h"
#include "dump.h"
#include "model/member.h"
#include "store/events.h"
#include "store/files.h"
#include "store/hardware.h"
#include "store/key.h"
#include "store/leases.h"
#include "store/profiles.h"
#include "store/progress.h"
#include "store/secrets.h"
#include "store/tasks.h"

static bool
next_node(struct nf_dump *at, struct nf_out *out)
{
    struct nf_node_view view;
    char mac[NF_MAC_TEXT];
    NF_SCAN(scan, at->r, NF_NODES_BY_AGE);

    if (!nf_nodes_list(&scan, at->has_begun ? &at->node : NULL, &view)) {
        return false;
    }
    at->node = (struct nf_node_position){view.node.created_at, view.node.mac};
    nf_mac_format(view.node.mac, mac);
    nf_dump_begin(out, "nodes/%s", mac);
    nf_out_put(out, view.json);
    nf_out_puts(out, "}}");
    return true;
}

/* The next task by its number, in at->number. */
static bool
find_task(struct nf_dump *at, nf_table_t table)
{
    struct nf_key key = nf_key_number(at->number + 1);
    NF_SCAN(scan, at->r, table);

    if (!nf_scan_seek(&scan, nf_key_bytes(&key))) {
        return false;
    }
    at->number = nf_key_number_at(scan.key, 0);
    return true;
}

static bool
next_task(struct nf_dump *at, struct nf_out *out)
{
    char name[NF_TASK_TEXT + 8];
    struct nf_task task;

    if (!find_task(at, NF_TASKS) || !nf_tasks_get(at->r, at->number, &task)) {
        return false;
    }
    nf_task_format(at->number, name);
    nf_dump_begin(out, "tasks/%s", name);
    nf_task_json(&task, nf_tasks_spec(at->r, at->number), out);
    nf_out_puts(out, "}}");
    return true;
}

static bool
next_task_profile(struct nf_dump *at, struct nf_out *out)
{
    char name[NF_TASK_TEXT + 8];
    struct nf_profile profile;

    if (!find_task(at, NF_TASK_PROFILES)
        || !nf_task_profiles_get(at->r, at->number, &profile))
    {
        return false;
    }
    nf_task_format(at->number, name);
    nf_dump_begin(out, "task-profiles/%s", name);
    nf_out_put(out, profile.json);
    nf_out_putc(out, '}');
    return true;
}

/* Of the profiles only those that are in the store. */
static bool
next_profile(struct nf_dump *at, struct nf_out *out)
{
    struct nf_profile profile;

    do {
        if (!nf_profiles_next(at->r, at->name, &profile)) {
            return false;
        }
        snprintf(at->name, sizeof(at->name), "%s", profile.name);
    } while (!nf_profiles_get_own(at->r, at->name, &profile));
    nf_dump_begin(out, "profiles/%s", at->name);
    nf_out_put(out, profile.json);
    nf_out_putc(out, '}');
    return true;
}

static bool
next_file(struct nf_dump *at, struct nf_out *out)
{
    struct nf_file file;
    struct nf_text json;

    if (!nf_files_next(at->r, NF_TEXT(""), nf_text(at->name), &file, &json)) {
        return false;
    }
    snprintf(at->name, sizeof(at->name), "%s", file.path);
    nf_dump_begin(out, "files/%s", at->name);
    nf_out_put(out, json);
    nf_out_putc(out, '}');
    return true;
}

static bool
next_lease(struct nf_dump *at, struct nf_out *out)
{
    struct nf_lease lease;
    char ip[NF_IP4_TEXT];

    if (!nf_leases_next(at->r, at->has_begun ? &at->ip : NULL, &lease)) {
        return false;
    }
    at->ip = lease.ip;
    nf_ip4_format(lease.ip, ip);
    nf_dump_begin(out, "leases/%s", ip);
    nf_lease_json(&lease, out);
    nf_out_putc(out, '}');
    return true;
}

/* The next key that begins with a MAC, in at->mac; behind it comes a number or
 * nothing. */
static bool
find_mac(struct nf_dump *at, nf_table_t table)
{
    struct nf_key from = {.len = 0};
    NF_SCAN(scan, at->r, table);

    if (at->has_begun) { /* and a byte more: the first key behind it */
        from = nf_key_mac_number(at->mac, at->number);
        nf_key_add(&from, "", 1);
    }
    if (!nf_scan_seek(&scan, nf_key_bytes(&from))
        || scan.key.len < sizeof(at->mac.b))
    {
        return false;
    }
    memcpy(at->mac.b, scan.key.data, sizeof(at->mac.b));
    at->number = scan.key.len > sizeof(at->mac.b)
                     ? nf_key_number_at(scan.key, sizeof(at->mac.b))
                     : UINT64_MAX;
    return true;
}

static bool
next_hardware(struct nf_dump *at, struct nf_out *out)
{
    struct nf_hardware hardware;
    char mac[NF_MAC_TEXT], time[NF_TIME_TEXT];

    if (!find_mac(at, NF_HARDWARE)
        || !nf_hardware_get(at->r, at->mac, &hardware)) {
        return false;
    }
    nf_mac_format(at->mac, mac);
    nf_time_format(hardware.reported_at, time);
    nf_dump_begin(out, "hardware/%s", mac);
    nf_out_printf(out, "{\"reported_at\":\"%s\",\"hardware\":", time);
    nf_out_put(out, hardware.json);
    nf_out_puts(out, "}}");
    return true;
}

static bool
next_progress(struct nf_dump *at, struct nf_out *out)
{
    struct nf_progress progress;
    char mac[NF_MAC_TEXT], task[NF_TASK_TEXT + 8] = "", time[NF_TIME_TEXT];

    if (!find_mac(at, NF_PROGRESS)
        || !nf_progress_next_of(at->r, at->mac, at->number - 1, &progress))
    {
        return false;
    }
    if (progress.task != 0) {
        nf_task_format(progress.task, task);
    }
    nf_mac_format(at->mac, mac);
    nf_time_format(progress.time, time);
    nf_dump_begin(out, "progress/%s/%llu", mac,
                  (unsigned long long) progress.seq);
    nf_out_printf(out, "{\"timestamp\":\"%s\",\"percent\":%u", time,
                  progress.percent);
    nf_member_text(out, "task_id", task);
    nf_member_text(out, "step", progress.step);
    nf_member_text(out, "message", progress.message);
    nf_out_puts(out, "}}");
    return true;
}

static bool
next_unmatched(struct nf_dump *at, struct nf_out *out)
{
    struct nf_unmatched unmatched;
    char mac[NF_MAC_TEXT];

    if (!nf_unmatched_next(at->r, at->has_begun ? &at->mac : NULL, &unmatched))
    {
        return false;
    }
    at->mac = unmatched.mac;
    nf_mac_format(at->mac, mac);
    nf_dump_begin(out, "unmatched/%s", mac);
    nf_out_printf(out, "{\"reason\":\"%s\",\"count\":%u",
                  nf_unmatched_reasons[unmatched.reason], unmatched.count);
    nf_member_text(out, "sn", unmatched.sn);
    nf_member_time(out, "first_seen", unmatched.first_seen);
    nf_member_time(out, "last_seen", unmatched.last_seen);
    nf_out_puts(out, "}}");
    return true;
}

/* Sealed, and so they stay: only their names. */
static bool
next_secret(struct nf_dump *at, struct nf_out *out)
{
    struct nf_key from = {.len = 0};
    NF_SCAN(scan, at->r, NF_SECRETS);

    if (at->has_begun) {
        nf_key_add(&from, at->name, strlen(at->name));
        nf_key_add(&from, "", 1);
    }
    if (!nf_scan_seek(&scan, nf_key_bytes(&from))
        || scan.key.len > NF_SECRET_NAME_MAX)
    {
        return false;
    }
    snprintf(at->name, sizeof(at->name), "%.*s", (int) scan.key.len,
             (const char *) scan.key.data);
    nf_dump_begin(out, "secrets/%s", at->name);
    nf_out_puts(out, "\"sealed\"}");
    return true;
}

static bool
next_event(struct nf_dump *at, struct nf_out *out)
{
    struct nf_event event;

    if (!nf_events_read(at->r, &at->number, &event)) {
        return false;
    }
    nf_dump_begin(out, "events/%llu", (unsigned long long) at->number);
    nf_out_put(out, event.json);
    nf_out_putc(out, '}');
    return true;
}

const struct nf_dump_walk nf_dump_tables[] = {
    {"nodes/", next_node},        {"tasks/", next_task},
    {"leases/", next_lease},      {"hardware/", next_hardware},
    {"progress/", next_progress}, {"unmatched/", next_unmatched},
    {"profiles/", next_profile},  {"task-profiles/", next_task_profile},
    {"files/", next_file},        {"secrets/", next_secret},
    {"events/", next_event},      {NULL, NULL},
};
