#include "relay.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "bus/topic.h"
#include "bus/worker.h"
#include "tell.h"

enum {
    FD_SIGNAL,
    FD_WATCH,
    FD_BROKER,
    FDS,
};

static const nf_time_t never = INT64_MAX;

/* --- what parts have for each other ---------------------------------------
 */

/* What was said before it is stored before it: that its scan has begun. */
static void
take_ports(struct nf_relay *relay, const char *worker, struct nf_text payload)
{
    if (!nf_batch_commit(&relay->batch)
        || !nf_intake_take(&relay->intake, worker, payload))
    {
        nf_broker_drop(&relay->broker);
    }
}

static bool
on_message(void *of, struct nf_text topic, struct nf_text payload)
{
    struct nf_relay *relay = of;
    char worker[NF_WORKER_NAME];
    enum nf_worker_topic kind;

    bool is_workers =
        nf_worker_topic_parse(topic, relay->turn.settings.idc, &kind, worker);
    if (is_workers && kind == NF_WORKER_PRESENCE) {
        nf_presence_take(&relay->presence, worker, payload);
        nf_outbox_look(&relay->outbox);
        return true;
    }
    if (is_workers && kind == NF_WORKER_PORTS) {
        take_ports(relay, worker, payload);
    } else if (!nf_batch_take(&relay->batch, topic, payload)) {
        nf_broker_drop(&relay->broker);
    }
    return nf_batch_has_room(&relay->batch);
}

static void
on_acknowledged(void *of, int number)
{
    struct nf_relay *relay = of;

    nf_outbox_acknowledged(&relay->outbox, number);
}

static int
on_send(void *of, const char *topic, struct nf_text payload)
{
    struct nf_relay *relay = of;

    return nf_broker_send(&relay->broker, topic, payload);
}

static void
on_changed(void *of, bool is_up)
{
    struct nf_relay *relay = of;

    nf_presence_changed(&relay->presence, is_up);
    nf_outbox_changed(&relay->outbox, is_up);
}

static void
look_at_nodes(struct nf_relay *relay, const nf_mac_t *macs, size_t n)
{
    nf_binding_look(&relay->binding, macs, n);
    nf_loader_look(&relay->loader, macs, n);
}

static void
on_looked(void *of, const nf_mac_t *macs, size_t n)
{
    struct nf_relay *relay = of;

    nf_clock_look(&relay->clock);
    nf_outbox_look(&relay->outbox);
    look_at_nodes(relay, macs, n);
}

static bool
on_event(void *of, struct nf_text event)
{
    struct nf_relay *relay = of;

    return nf_broker_publish(&relay->broker, NF_TOPIC_EVENTS, event);
}

static void
join(struct nf_relay *relay)
{
    struct nf_turn *turn = &relay->turn;

    relay->broker.turn = relay->batch.turn = relay->follow.turn = turn;
    relay->compare.turn = relay->binding.turn = relay->loader.turn = turn;
    relay->clock.turn = relay->drain.turn = relay->sweeper.turn = turn;
    relay->binding.compare = relay->loader.compare = &relay->compare;
    relay->reserved.compare = &relay->compare;
    relay->forget.turn = relay->reserved.turn = turn;
    relay->binding.forget = relay->reserved.forget = &relay->forget;
    relay->drain.watch = &relay->watch;
    relay->outbox.turn = relay->presence.turn = turn;
    relay->outbox.presence = relay->looker.presence = &relay->presence;
    relay->intake.turn = relay->looker.turn = relay->beater.turn = turn;
    relay->kept.turn = relay->mirror.turn = turn;
    relay->outbox.of = relay;
    relay->outbox.send = on_send;
    relay->broker.user = (struct nf_broker_user){
        .of = relay,
        .message = on_message,
        .acknowledged = on_acknowledged,
        .changed = on_changed,
    };
    relay->follow.user = (struct nf_follow_user){
        .of = relay,
        .looked = on_looked,
        .publish = on_event,
    };
}

/* --- the parts, each when it is time --------------------------------------
 */

static nf_time_t
run_broker(struct nf_relay *relay)
{
    return nf_broker_run(&relay->broker);
}

static nf_time_t
run_batch(struct nf_relay *relay)
{
    nf_time_t at;

    if (!nf_batch_run(&relay->batch, &at)) {
        nf_broker_drop(&relay->broker);
    }
    return at;
}

/* Among what is queued may be the acknowledgement of what is not on disk. */
static nf_time_t
flush(struct nf_relay *relay)
{
    if (nf_batch_is_empty(&relay->batch)) {
        nf_broker_flush(&relay->broker);
    }
    return never;
}

static nf_time_t
run_drain(struct nf_relay *relay)
{
    return nf_drain_run(&relay->drain);
}

static nf_time_t
run_clock(struct nf_relay *relay)
{
    return nf_clock_run(&relay->clock, nf_broker_listening(&relay->broker));
}

static nf_time_t
run_follow(struct nf_relay *relay)
{
    bool has_changed = nf_watch_take(&relay->watch, NF_WATCH_NOTIFY);

    return nf_follow_run(&relay->follow, has_changed,
                         nf_batch_is_empty(&relay->batch)
                             && nf_broker_is_idle(&relay->broker));
}

static nf_time_t
run_presence(struct nf_relay *relay)
{
    return nf_presence_run(&relay->presence);
}

static nf_time_t
run_outbox(struct nf_relay *relay)
{
    return nf_outbox_run(&relay->outbox);
}

static nf_time_t
run_intake(struct nf_relay *relay)
{
    return nf_intake_run(&relay->intake);
}

static nf_time_t
run_looker(struct nf_relay *relay)
{
    return nf_looker_run(&relay->looker);
}

/* Nodes first, then the files of those that are no more. */
static nf_time_t
run_compare(struct nf_relay *relay)
{
    nf_mac_t macs[NF_COMPARE_MAX];
    bool is_over;
    size_t n = nf_compare_next(&relay->compare, macs, &is_over);

    look_at_nodes(relay, macs, n);
    if (is_over) {
        nf_binding_look_at_files(&relay->binding);
        nf_reserved_look_at_files(&relay->reserved);
        nf_loader_look_at_files(&relay->loader);
    }
    return relay->compare.is_on ? relay->turn.tick : relay->compare.at;
}

static nf_time_t
run_binding(struct nf_relay *relay)
{
    return nf_binding_run(&relay->binding);
}

static nf_time_t
run_reserved(struct nf_relay *relay)
{
    return nf_reserved_run(&relay->reserved);
}

static nf_time_t
run_forget(struct nf_relay *relay)
{
    return nf_forget_run(&relay->forget);
}

static nf_time_t
run_loader(struct nf_relay *relay)
{
    return nf_loader_run(&relay->loader);
}

static nf_time_t
run_counts(struct nf_relay *relay)
{
    struct nf_turn *turn = &relay->turn;

    if (turn->tick >= relay->counts_at) {
        nf_counts_write(&turn->counts, turn->settings.run_dir,
                        relay->broker.is_up);
        relay->counts_at = turn->tick + NF_SECONDS(10);
    }
    return relay->counts_at;
}

static nf_time_t
run_kept(struct nf_relay *relay)
{
    return nf_kept_run(&relay->kept);
}

static nf_time_t
run_mirror(struct nf_relay *relay)
{
    return nf_mirror_looker_run(&relay->mirror);
}

static nf_time_t
run_beater(struct nf_relay *relay)
{
    return nf_beater_run(&relay->beater);
}

static nf_time_t
run_sweeper(struct nf_relay *relay)
{
    return nf_sweeper_run(&relay->sweeper);
}

/* In this order: what was read is stored, and only then acknowledged; what
 * was stored is told to others. */
static nf_time_t (*const parts[])(struct nf_relay *relay) = {
    run_broker,  run_batch,    flush,       run_drain,    run_clock,
    run_follow,  run_presence, run_looker,  run_outbox,   run_intake,
    run_compare, run_binding,  run_loader,  run_reserved, run_forget,
    flush,       run_counts,   run_sweeper, run_kept,     run_mirror,
    run_beater,
};

/* --- the loop --------------------------------------------------------------
 */

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

/* SIGHUP: the log level again, and a doubt about every binding and the mirror.
 */
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
    nf_loader_open(&relay->loader);
    nf_reach_open(&relay->outbox.reach, relay->turn.settings.key_file);
    nf_compare_soon(&relay->compare, 0);
    relay->mirror.at = 0;
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

/* No part has a scope open between two rounds. */
static void
mend(struct nf_turn *turn)
{
    if (!nf_store_is_broken(turn->store)) {
        return;
    }
    nf_error_t err = nf_store_reopen(turn->store);
    if (err == NF_OK) {
        nf_log(NF_LOG_WARNING,
               "reopened the store after a failure of its disk");
    } else if (err != NF_BUSY) {
        nf_turn_blame(turn, "the store cannot be reopened", err);
    }
}

static int
run_parts(struct nf_relay *relay)
{
    nf_time_t wake = relay->turn.tick + NF_LOOK_MS;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        nf_time_t at = parts[i](relay);
        wake = at < wake ? at : wake;
    }
    return wake > relay->turn.tick ? (int) (wake - relay->turn.tick) : 0;
}

static struct pollfd
broker_pollfd(struct nf_relay *relay)
{
    return nf_broker_pollfd(&relay->broker, nf_batch_has_room(&relay->batch),
                            nf_batch_is_empty(&relay->batch));
}

static void
serve(struct nf_relay *relay, int signals)
{
    bool goes_on = true;

    while (goes_on) {
        nf_turn_begin(&relay->turn);
        mend(&relay->turn);
        int wait_ms = run_parts(relay);
        struct pollfd fds[FDS] = {
            [FD_SIGNAL] = {.fd = signals, .events = POLLIN},
            [FD_WATCH] = {.fd = relay->watch.fd, .events = POLLIN},
            [FD_BROKER] = broker_pollfd(relay),
        };
        if (poll(fds, FDS, wait_ms) < 0) {
            continue;
        }
        nf_turn_begin(&relay->turn);
        if (fds[FD_WATCH].revents != 0) {
            nf_watch_read(&relay->watch);
        }
        nf_broker_ready(&relay->broker, fds[FD_BROKER].revents);
        goes_on = signals_read(relay, signals);
    }
}

/* What was taken is stored and acknowledged, so that it does not come again. */
static void
end(struct nf_relay *relay)
{
    if (nf_batch_commit(&relay->batch)) {
        nf_broker_flush(&relay->broker);
        nf_broker_close(&relay->broker);
        nf_follow_save(&relay->follow);
    }
    nf_intake_close(&relay->intake);
    nf_watch_close(&relay->watch);
    nf_binding_close(&relay->binding);
    nf_loader_close(&relay->loader);
}

bool
nf_relay_run(struct nf_relay *relay)
{
    int signals = signals_open();

    join(relay);
    nf_turn_begin(&relay->turn);
    if (signals < 0) {
        nf_log(NF_LOG_ERR, "could not wait for signals: %s", strerror(errno));
        return false;
    }
    nf_watch_open(&relay->watch);
    nf_watch_add(&relay->watch, NF_WATCH_NOTIFY,
                 nf_store_notify_path(relay->turn.store));
    nf_forget_open(&relay->forget);
    nf_loader_open(&relay->loader);
    nf_reach_open(&relay->outbox.reach, relay->turn.settings.key_file);
    nf_presence_open(&relay->presence);
    nf_clock_open(&relay->clock);
    nf_mirror_ask_open();
    if (nf_follow_open(&relay->follow)
        && nf_broker_open(&relay->broker, relay->suffix))
    {
        nf_log(NF_LOG_NOTICE, "started: version=%s store=%s", NF_VERSION,
               relay->turn.settings.db_path);
        nf_tell_start(&relay->turn.settings);
        serve(relay, signals);
        end(relay);
        nf_log(NF_LOG_NOTICE, "stopped");
        close(signals);
        return true;
    }
    nf_watch_close(&relay->watch);
    close(signals);
    return false;
}
