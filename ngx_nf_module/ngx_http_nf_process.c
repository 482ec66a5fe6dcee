/*
 * What one worker process has open.
 */

#include "ngx_http_nf.h"

#include "base/time.h"

enum {
    RETRY_MS = 1000
};

/* The master's; workers and reloads inherit it. */
static nf_time_t started;

/* One worker's. */
static struct nf_site site;
static nf_templates_t *templates;
static bool is_open;
static ngx_event_t retry;

const struct nf_site *
ngx_http_nf_site(void)
{
    return is_open ? &site : NULL;
}

nf_time_t
ngx_http_nf_started(void)
{
    return started;
}

nf_time_t
ngx_http_nf_now(void)
{
    const ngx_time_t *time = ngx_timeofday();

    return NF_SECONDS(time->sec) + (nf_time_t) time->msec;
}

nf_error_t
ngx_http_nf_templates_read(const struct nf_settings *settings,
                           nf_templates_t **out, struct nf_fault *fault)
{
    char shipped[NF_SETTING_MAX + sizeof("/templates")];

    ngx_snprintf((u_char *) shipped, sizeof(shipped), "%s/templates%Z",
                 settings->share_dir);
    return nf_templates_load(out, shipped, settings->templates_dir, fault);
}

ngx_int_t
ngx_http_nf_init_module(ngx_cycle_t *cycle)
{
    (void) cycle;
    if (started == 0) {
        started = ngx_http_nf_now();
    }
    return NGX_OK;
}

/* Open what calls need; NULL, or what could not be had. */
static const char *
ngx_http_nf_open(const ngx_http_nf_main_conf_t *mcf, nf_error_t *err)
{
    struct nf_fault fault = {0};

    site.settings = mcf->settings;
    *err = nf_site_key_read(mcf->settings->key_file, site.key);
    if (*err != NF_OK) {
        return mcf->settings->key_file;
    }
    if (templates == NULL) {
        *err = ngx_http_nf_templates_read(mcf->settings, &templates, &fault);
        if (*err != NF_OK) {
            return "templates";
        }
        site.templates = templates;
    }
    *err = nf_store_open(&site.store, (char *) mcf->store.data);
    return *err != NF_OK ? (char *) mcf->store.data : NULL;
}

/*
 * A failure must not end the worker: the listening sockets would stay open
 * with nobody behind them.  Calls are answered 503 until it works.
 */
static void
ngx_http_nf_try(ngx_event_t *ev)
{
    ngx_cycle_t *cycle = ev->data;
    const ngx_http_nf_main_conf_t *mcf =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_nf_module);
    static const char *told;
    nf_error_t err;

    const char *failed = ngx_http_nf_open(mcf, &err);
    if (failed == NULL) {
        is_open = true;
        ngx_http_nf_notify_open(cycle);
        return;
    }
    if (failed != told) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, 0,
                      "nf: cannot open %s: %s, trying again every second",
                      failed, nf_error_text(err));
        told = failed;
    }
    ngx_add_timer(ev, RETRY_MS);
}

ngx_int_t
ngx_http_nf_init_process(ngx_cycle_t *cycle)
{
    const ngx_http_nf_main_conf_t *mcf =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_nf_module);

    if ((ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
        || mcf == NULL || !mcf->is_used)
    {
        return NGX_OK;
    }
    ngx_http_nf_log_init(mcf->settings);
    ngx_http_nf_wait_init();
    ngx_http_nf_stream_init(cycle);
    if (ngx_http_nf_work_init(cycle, mcf) != NGX_OK) {
        return NGX_ERROR;
    }
    retry.handler = ngx_http_nf_try;
    retry.data = cycle;
    retry.log = cycle->log;
    retry.cancelable = 1;
    ngx_http_nf_try(&retry);
    return NGX_OK;
}

void
ngx_http_nf_exit_process(ngx_cycle_t *cycle)
{
    (void) cycle;
    ngx_http_nf_notify_close();
    if (is_open && ngx_http_nf_work_is_idle()) {
        is_open = false;
        nf_store_close(site.store);
    }
}
