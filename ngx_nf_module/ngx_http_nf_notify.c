/*
 * The store's notify file: it that changes after every commit, of any process.
 * A look once a second stands behind it, so a lost wake-up costs a second.
 */

#include "ngx_http_nf_notify.h"

#include <sys/inotify.h>

#include "ngx_http_nf_site.h"
#include "ngx_http_nf_stream.h"
#include "ngx_http_nf_wait.h"
#include "ngx_http_nf_work.h"
#include "store/events.h"

enum {
    LOOK_MS = 1000,
    MACS = 256
};

static ngx_connection_t *watch;
static ngx_event_t look;
static ngx_connection_t none; /* nginx logs an event's data as a connection */
static uint64_t seq;          /* the last event that the waiting were told of */

static void
ngx_http_nf_notify_rung(void)
{
    const struct nf_site *site = ngx_http_nf_site();
    nf_mac_t macs[MACS];
    uint64_t before = seq;
    size_t n;

    do {
        n = nf_api_changes(site, &seq, macs, MACS);
        for (size_t i = 0; i < n; i++) {
            ngx_http_nf_wait_wake(macs[i]);
        }
    } while (n == MACS);
    if (seq != before) {
        ngx_http_nf_stream_wake();
    }
}

void
ngx_http_nf_notify_close(void)
{
    if (look.timer_set) {
        ngx_del_timer(&look);
    }
    if (watch != NULL) {
        ngx_close_connection(watch);
        watch = NULL;
    }
}

static void
ngx_http_nf_notify_read(ngx_event_t *ev)
{
    ngx_connection_t *c = ev->data;
    char events[4096] __attribute__((aligned(8)));
    bool any = false;

    if (c->close) { /* the worker is told to stop */
        ngx_http_nf_notify_close();
        ngx_http_nf_wait_end();
        return;
    }
    while (read(c->fd, events, sizeof(events)) > 0) {
        any = true;
    }
    ev->ready = 0;
    if (any) {
        ngx_http_nf_notify_rung();
    }
}

static void
ngx_http_nf_notify_look(ngx_event_t *ev)
{
    if (ngx_http_nf_work_is_idle()) { /* a batch mends by itself */
        ngx_http_nf_site_mend(ev->log);
    }
    ngx_http_nf_notify_rung();
    ngx_add_timer(ev, LOOK_MS);
}

static void
ngx_http_nf_notify_watch(ngx_cycle_t *cycle, const char *path)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    if (fd == -1 || inotify_add_watch(fd, path, IN_MODIFY) == -1) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, ngx_errno,
                      "nf: cannot watch \"%s\", polling once a second", path);
        if (fd != -1) {
            close(fd);
        }
        return;
    }
    watch = ngx_get_connection(fd, cycle->log);
    if (watch == NULL) {
        close(fd);
        return;
    }
    watch->log = cycle->log;
    watch->read->log = cycle->log;
    watch->write->log = cycle->log;
    watch->read->handler = ngx_http_nf_notify_read;
    watch->idle = 1; /* so that a graceful stop calls us at once */
    if (ngx_add_event(watch->read, NGX_READ_EVENT, NGX_CLEAR_EVENT) != NGX_OK) {
        ngx_close_connection(watch);
        watch = NULL;
    }
}

/* Nobody waits yet: what is in the log already wakes nobody. */
static void
ngx_http_nf_notify_start(const struct nf_site *site)
{
    NF_READ(r, site->store);

    seq = nf_events_last(&r);
}

void
ngx_http_nf_notify_open(ngx_cycle_t *cycle)
{
    const struct nf_site *site = ngx_http_nf_site();

    ngx_http_nf_notify_start(site);
    ngx_http_nf_notify_watch(cycle, nf_store_notify_path(site->store));
    look.handler = ngx_http_nf_notify_look;
    look.log = cycle->log;
    look.data = &none;
    look.cancelable = 1;
    ngx_add_timer(&look, LOOK_MS);
}
