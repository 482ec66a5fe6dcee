/*
 * What is asked about the service itself: health, metrics, leases.
 */
#include <stdio.h>

#include "api/bmc_metrics.h"
#include "api/page.h"
#include "base/time.h"
#include "model/member.h"
#include "status/find.h"
#include "store/leases.h"
#include "store/tasks.h"

/* settings NULL: those of DHCP are not known.  Degraded: something is wrong,
 * and each is told.  That there is an answer at all is for who only asks
 * whether we live. */
static void
put_health(struct nf_out *out, const struct nf_call *call,
           const struct nf_settings *settings,
           const struct nf_troubles *troubles)
{
    char words[NF_TROUBLE_WORDS];

    nf_out_printf(out, "{\"status\":\"%s\",\"uptime\":\"",
                  troubles->n == 0 ? "ok" : "degraded");
    nf_out_duration(out, call->now - call->started);
    nf_out_putc(out, '"');
    if (settings != NULL && nf_status_dhcp(settings, call->now, words)) {
        nf_member_text(out, "nf-reserve", words);
    }
    if (troubles->n > 0) {
        nf_out_puts(out, ",\"details\":");
        nf_troubles_json(troubles, out);
    }
}

bool
nf_api_bare(struct nf_call *call, const char *words, nf_time_t since)
{
    struct nf_out out = nf_reply_buffer(call, 512 + NF_TROUBLE_JSON);
    struct nf_troubles troubles = {.n = 0};

    if (call->route->run != nf_api_health) {
        return false;
    }
    nf_trouble_add(&troubles, NF_TROUBLE_STORE_CLOSED, since, words);
    put_health(&out, call, NULL, &troubles);
    nf_out_putc(&out, '}');
    return nf_reply_json(call, 200, &out) == NF_OK;
}

nf_error_t
nf_api_health(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_out out =
        nf_reply_buffer(call, 512 + NF_TROUBLES * NF_TROUBLE_JSON);
    const struct nf_settings *settings = scope->site->settings;
    struct nf_troubles troubles;

    nf_status_find(settings, scope->r, call->now, &troubles);
    put_health(&out, call, settings, &troubles);
    nf_out_putc(&out, '}');
    return nf_reply_json(call, 200, &out);
}

/* {"discovered":3,...} */
static void
put_words_counted(struct nf_out *out, const char *member,
                  const char *const *words, const uint64_t *counts)
{
    nf_out_printf(out, ",\"%s\":{", member);
    for (size_t i = 0; words[i] != NULL; i++) {
        nf_out_printf(out, "%s\"%s\":%llu", i > 0 ? "," : "", words[i],
                      (unsigned long long) counts[i]);
    }
    nf_out_putc(out, '}');
}

nf_error_t
nf_api_status(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_out out =
        nf_reply_buffer(call, 2048 + NF_TROUBLES * NF_TROUBLE_JSON);
    struct nf_node_counts nodes = nf_nodes_count(scope->r);
    struct nf_task_counts tasks = nf_tasks_count(scope->r);
    const struct nf_settings *settings = scope->site->settings;
    struct nf_troubles troubles;

    nf_status_find(settings, scope->r, call->now, &troubles);
    put_health(&out, call, settings, &troubles);
    nf_member_text(&out, "version", NF_VERSION);
    nf_member_time(&out, "started_at", call->started);
    put_words_counted(&out, "nodes", nf_node_statuses, nodes.by_status);
    nf_out_printf(&out, ",\"online\":%llu", (unsigned long long) nodes.online);
    put_words_counted(&out, "tasks", nf_task_statuses, tasks.by_status);
    nf_out_putc(&out, '}');
    return scope->r->err != NF_OK ? scope->r->err
                                  : nf_reply_json(call, 200, &out);
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
               "Nodes whose agent was heard from recently.", nodes.online);
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
               "Tasks waiting for a machine.", stat.awaited);
    put_metric(&out, "nodefoundry_unmatched", "gauge",
               "Machines that have reported and have no task.", stat.unmatched);
    put_metric(&out, "nodefoundry_files", "gauge", "Boot files by path.",
               stat.files);
    put_metric(&out, "nodefoundry_leases", "gauge", "DHCP leases stored.",
               stat.leases);
    put_metric(&out, "nodefoundry_events_total", "counter",
               "Events logged in total.", stat.last_event);
    put_metric(&out, "nodefoundry_events", "gauge", "Events stored.",
               stat.events);
    put_metric(&out, "nodefoundry_store_used_bytes", "gauge",
               "Bytes of the store in use.", stat.used_bytes);
    put_metric(&out, "nodefoundry_store_map_bytes", "gauge",
               "Maximum size of the store in bytes.", stat.map_size);
    put_metric(&out, "nodefoundry_store_free_bytes", "gauge",
               "Bytes in use whose pages can be reused.", stat.free_bytes);
    put_metric(&out, "nodefoundry_store_left_bytes", "gauge",
               "Bytes that can be written before the store is full.",
               stat.left_bytes);
    put_metric(&out, "nodefoundry_store_reserve_bytes", "gauge",
               "The part of these reserved for operations that free space.",
               stat.reserve_bytes);
    put_metric(&out, "nodefoundry_store_disk_free_bytes", "gauge",
               "Bytes free on the disk of the store, excluding what its "
               "ballast holds or is to hold again.",
               stat.disk_bytes);
    put_metric(&out, "nodefoundry_store_reader_slots", "gauge",
               "Most reader slots used at once.", stat.readers);
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
