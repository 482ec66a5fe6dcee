/*
 * What is asked about the service itself: health, metrics, leases.
 */
#include "api/reply.h"
#include "base/time.h"
#include "store/leases.h"
#include "store/tasks.h"

enum {
    LIMIT_MAX = 1000
};

nf_error_t
nf_api_health(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_out out = nf_reply_buffer(call, 96);

    (void) scope;
    nf_out_puts(&out, "{\"status\":\"ok\",\"uptime\":\"");
    nf_out_duration(&out, call->now - call->started);
    nf_out_puts(&out, "\"}");
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
    struct nf_out out = nf_reply_buffer(call, 8192);
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
    put_metric(&out, "nodefoundry_store_reader_slots", "gauge",
               "Reader slots ever used at once.", stat.readers);
    put_metric(&out, "nodefoundry_uptime_seconds", "gauge",
               "Seconds since this process started.",
               (uint64_t) (call->now - call->started) / 1000);
    err = nf_reply_text(call, 200, &out);
    call->type = "text/plain; version=0.0.4";
    return err;
}

static void
put_leases(struct nf_call *call, struct nf_scope *scope, nf_ip4_t *at,
           bool has_at, uint64_t limit, struct nf_out *out)
{
    struct nf_lease lease;
    uint64_t count = 0;

    while (count < limit
           && nf_leases_next(scope->r, has_at ? at : NULL, &lease)) {
        *at = lease.ip;
        has_at = true;
        if (!lease.is_gone) {
            nf_out_puts(out, count++ == 0 ? "" : ",");
            nf_lease_json(&lease, out);
        }
    }
    if (count == limit && nf_leases_next(scope->r, at, &lease)) {
        struct nf_out link = nf_reply_buffer(call, 128);
        char ip[NF_IP4_TEXT];
        nf_ip4_format(*at, ip);
        nf_out_printf(&link,
                      "</api/v1/admin/dhcp/leases?limit=%llu&after=%s>; "
                      "rel=\"next\"",
                      (unsigned long long) limit, ip);
        call->link = nf_out_text(&link);
    }
}

nf_error_t
nf_api_leases(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_text after;
    nf_ip4_t at = {0};
    uint64_t limit;
    bool has_at = nf_query(call, "after", &after);
    nf_error_t err =
        nf_query_number(call, "limit", LIMIT_MAX, LIMIT_MAX, &limit);

    if (err != NF_OK) {
        return err;
    }
    if (has_at && !nf_ip4_parse(after, &at)) {
        return nf_refuse(&call->fault, "after", "must be an IPv4 address");
    }
    struct nf_out out = nf_reply_buffer(call, (limit + 1) * NF_LEASE_JSON_MAX);
    nf_out_putc(&out, '[');
    put_leases(call, scope, &at, has_at, limit, &out);
    nf_out_putc(&out, ']');
    return nf_reply_json(call, 200, &out);
}
