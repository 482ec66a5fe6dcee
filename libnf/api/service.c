/*
 * What is asked about the service itself: health, metrics, leases.
 */
#include <stdio.h>

#include "api/bmc_metrics.h"
#include "api/page.h"
#include "base/time.h"
#include "dhcp/gate.h"
#include "store/leases.h"
#include "store/tasks.h"

/* What ails DHCP; "" when nothing does, or it is not ours to serve. */
static void
find_trouble(const struct nf_settings *s, nf_time_t now,
             char trouble[static NF_GATE_STATE])
{
    bool is_served = strcmp(s->dhcp_mode, "server") == 0
                     && (s->dhcp_start[0] != '\0' || s->dhcp_ranges[0] != '\0');

    trouble[0] = '\0';
    if (is_served && !nf_gate_state(s, now, trouble)) {
        snprintf(trouble, NF_GATE_STATE, "it does not run");
    }
}

nf_error_t
nf_api_health(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_out out = nf_reply_buffer(call, 512);
    char trouble[NF_GATE_STATE];

    find_trouble(scope->site->settings, call->now, trouble);
    nf_out_puts(&out, trouble[0] == '\0' ? "{\"status\":\"ok\""
                                         : "{\"status\":\"degraded\"");
    nf_out_puts(&out, ",\"uptime\":\"");
    nf_out_duration(&out, call->now - call->started);
    nf_out_putc(&out, '"');
    if (trouble[0] != '\0') {
        nf_out_puts(&out, ",\"nf-reserve\":");
        nf_out_json(&out, nf_text(trouble));
    }
    nf_out_putc(&out, '}');
    return nf_reply_json(call, 200, &out);
}

static void
put_metric(struct nf_out *out, const char *name, const char *kind,
           const char *help, uint64_t value)
{
    nf_out_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help,
                  name, kind, name, (unsigned long long) value);
}

/* One number for each of the words. */
static void
put_by_status(struct nf_out *out, const char *name, const char *help,
              const char *const *words, const uint64_t *counts)
{
    nf_out_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
    for (; *words != NULL; words++, counts++) {
        nf_out_printf(out, "%s{status=\"%s\"} %llu\n", name, *words,
                      (unsigned long long) *counts);
    }
}

static void
put_counts(struct nf_out *out, struct nf_read *r)
{
    struct nf_node_counts nodes = nf_nodes_count(r);
    struct nf_task_counts tasks = nf_tasks_count(r);

    put_by_status(out, "nodefoundry_nodes", "Nodes by status.",
                  nf_node_statuses, nodes.by_status);
    put_metric(out, "nodefoundry_nodes_online", "gauge",
               "Nodes whose agent spoke lately.", nodes.online);
    put_by_status(out, "nodefoundry_tasks", "Tasks by status.",
                  nf_task_statuses, tasks.by_status);
}

nf_error_t
nf_api_metrics(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_out out =
        nf_reply_buffer(call, 8192 + nf_bmc_metrics_room(scope->r));
    struct nf_store_stat stat;
    nf_error_t err = nf_store_stat(scope->r, &stat);

    if (err != NF_OK) {
        return err;
    }
    put_counts(&out, scope->r);
    put_metric(&out, "nodefoundry_tasks_awaiting", "gauge",
               "Tasks that wait for a machine.", stat.awaited);
    put_metric(&out, "nodefoundry_unmatched", "gauge",
               "Machines that reported and have no task.", stat.unmatched);
    put_metric(&out, "nodefoundry_files", "gauge", "Boot files by path.",
               stat.files);
    put_metric(&out, "nodefoundry_leases", "gauge", "DHCP leases kept.",
               stat.leases);
    put_metric(&out, "nodefoundry_events_total", "counter",
               "Events ever logged.", stat.last_event);
    put_metric(&out, "nodefoundry_events", "gauge", "Events kept.",
               stat.events);
    put_metric(&out, "nodefoundry_store_used_bytes", "gauge",
               "Bytes of the store in use.", stat.used_bytes);
    put_metric(&out, "nodefoundry_store_map_bytes", "gauge",
               "Bytes the store may grow to.", stat.map_size);
    put_metric(&out, "nodefoundry_store_free_bytes", "gauge",
               "Bytes in use whose pages are free to be used again.",
               stat.free_bytes);
    put_metric(&out, "nodefoundry_store_left_bytes", "gauge",
               "Bytes that can be written before the store is full.",
               stat.left_bytes);
    put_metric(&out, "nodefoundry_store_reserve_bytes", "gauge",
               "The last of these, kept for what makes room.",
               stat.reserve_bytes);
    put_metric(&out, "nodefoundry_store_disk_free_bytes", "gauge",
               "Bytes free on the disk of the store, besides what its ballast "
               "holds or is to hold again.",
               stat.disk_bytes);
    put_metric(&out, "nodefoundry_store_reader_slots", "gauge",
               "Reader slots ever used at once.", stat.readers);
    put_metric(&out, "nodefoundry_uptime_seconds", "gauge",
               "Seconds since this process started.",
               (uint64_t) (call->now - call->started) / 1000);
    nf_bmc_metrics_put(&out, scope->r, scope->site->settings->idc);
    err = nf_reply_text(call, 200, &out);
    call->type = "text/plain; version=0.0.4";
    return err;
}

nf_error_t
nf_api_leases(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_page page = {.table = NF_LEASES,
                           .line = NF_LEASE_JSON_MAX,
                           .must = "an IPv4 address"};

    page.has_after = nf_query(call, "after", &page.after);
    return nf_page_reply(call, scope, &page);
}
