#include "relay.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "tell.h"

enum {
    FD_SIGNAL,
    FD_WATCH,
    FD_BROKER,
    FDS,
};

/* In this order: what was read is stored, and only then acknowledged; what
 * was stored is told to others. */
static nf_time_t (*const parts[])(struct nf_relay *relay) = {
    nf_broker_run,   nf_batch_run,  nf_broker_flush, nf_drain_run,
    nf_clock_run,    nf_follow_run, nf_binding_run,  nf_loader_run,
    nf_broker_flush, nf_counts_run, nf_sweep_files,
};

static nf_time_t
time_read(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (nf_time_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
look_at_clocks(struct nf_relay *relay)
{
    relay->now = time_read(CLOCK_REALTIME);
    relay->tick = time_read(CLOCK_MONOTONIC);
}

void
nf_relay_blame(struct nf_relay *relay, const char *what, nf_error_t err)
{
    uint64_t withheld;

    if (nf_pace_allows(&relay->store_pace, relay->tick, &withheld)) {
        nf_log(NF_LOG_ERR, "%s: %s withheld=%" PRIu64, what, nf_error_text(err),
               withheld);
    }
}

/* Signals arrive as something to read, between two rounds of the loop. */
static int
signals_open(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* SIGHUP: the log level again, and a doubt about every binding. */
static void
reload(struct nf_relay *relay)
{
    struct nf_settings settings;
    struct nf_fault fault;

    if (nf_settings_load(&settings, &fault) != NF_OK) {
        nf_log(NF_LOG_ERR, "the settings stay as they are: %s %s", fault.field,
               fault.reason);
        return;
    }
    (void) nf_log_level(settings.log_level);
    nf_binding_open(relay);
    nf_loader_open(relay);
    nf_log(NF_LOG_NOTICE, "read the settings again: NF_LOG_LEVEL=%s",
           settings.log_level);
}

/* False: it is time to end. */
static bool
signals_read(struct nf_relay *relay, int fd)
{
    struct signalfd_siginfo info;

    while (read(fd, &info, sizeof(info)) == (ssize_t) sizeof(info)) {
        if (info.ssi_signo != SIGHUP) {
            return false;
        }
        reload(relay);
    }
    return true;
}

static int
run_parts(struct nf_relay *relay)
{
    nf_time_t wake = relay->tick + NF_LOOK_MS;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        nf_time_t at = parts[i](relay);
        wake = at < wake ? at : wake;
    }
    return wake > relay->tick ? (int) (wake - relay->tick) : 0;
}

static void
serve(struct nf_relay *relay, int signals)
{
    bool goes_on = true;

    while (goes_on) {
        look_at_clocks(relay);
        int wait_ms = run_parts(relay);
        struct pollfd fds[FDS] = {
            [FD_SIGNAL] = {.fd = signals, .events = POLLIN},
            [FD_WATCH] = {.fd = relay->watch.fd, .events = POLLIN},
            [FD_BROKER] = nf_broker_pollfd(relay),
        };
        if (poll(fds, FDS, wait_ms) < 0) {
            continue;
        }
        look_at_clocks(relay);
        if (fds[FD_WATCH].revents != 0) {
            nf_watch_read(&relay->watch);
        }
        nf_broker_ready(relay, fds[FD_BROKER].revents);
        goes_on = signals_read(relay, signals) && !relay->is_broken;
    }
}

/* What was taken is stored and acknowledged, so that it does not come again. */
static void
end(struct nf_relay *relay)
{
    if (!relay->is_broken && nf_batch_commit(relay)) {
        (void) nf_broker_flush(relay);
        nf_broker_close(relay);
        nf_follow_save(relay);
    }
    nf_watch_close(&relay->watch);
    nf_loader_close(relay);
}

bool
nf_relay_run(struct nf_relay *relay)
{
    int signals = signals_open();

    look_at_clocks(relay);
    if (signals < 0) {
        nf_log(NF_LOG_ERR, "could not wait for signals: %s", strerror(errno));
        return false;
    }
    nf_watch_open(&relay->watch);
    nf_watch_add(&relay->watch, NF_WATCH_NOTIFY,
                 nf_store_notify_path(relay->store));
    nf_binding_open(relay);
    nf_loader_open(relay);
    if (nf_follow_open(relay) && nf_broker_open(relay)) {
        nf_log(NF_LOG_NOTICE, "started: version=%s store=%s", NF_VERSION,
               relay->settings.db_path);
        nf_tell_start(&relay->settings);
        serve(relay, signals);
        end(relay);
        nf_log(NF_LOG_NOTICE, "stopped");
        close(signals);
        return !relay->is_broken;
    }
    nf_watch_close(&relay->watch);
    close(signals);
    return false;
}
