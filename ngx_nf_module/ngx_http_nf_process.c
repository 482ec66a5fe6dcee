#include "ngx_http_nf_process.h"

#include "ngx_http_nf_log.h"
#include "ngx_http_nf_mask.h"
#include "ngx_http_nf_notify.h"
#include "ngx_http_nf_site.h"
#include "ngx_http_nf_stream.h"
#include "ngx_http_nf_wait.h"
#include "ngx_http_nf_work.h"

enum {
    RETRY_MS = 1000
};

static ngx_event_t retry;

ngx_int_t
ngx_http_nf_init_module(ngx_cycle_t *cycle)
{
    ngx_http_nf_site_born();
    return ngx_http_nf_mask(cycle->pool, cycle->log);
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

    const char *failed = ngx_http_nf_site_open(mcf, &err, cycle->log);
    if (failed == NULL) {
        ngx_http_nf_notify_open(cycle);
        return;
    }
    if (failed != told) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, 0,
                      "nf: cannot open %s: %s, retrying every second", failed,
                      nf_error_text(err));
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
    ngx_http_nf_notify_close();
    if (ngx_http_nf_work_is_idle()) {
        ngx_http_nf_site_close();
    }
    ngx_http_nf_unmask(cycle->log);
}

void
ngx_http_nf_exit_master(ngx_cycle_t *cycle)
{
    ngx_http_nf_unmask(cycle->log);
}
