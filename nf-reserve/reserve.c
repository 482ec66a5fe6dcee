#include "reserve.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "allot.h"
#include "base/log.h"
#include "change/reserve.h"
#include "guard.h"
#include "look.h"

enum {
    BUSY_MS = 1000, /* longer than dnsmasq is busy with one file */
    RETRY_MS = 5000,
    TIDY_MS = 600000,
    READ_AT_ONCE = 4096,
    AT_ONCE = 32,    /* questions that dnsmasq has not answered */
    ANSWER_MS = 500, /* it is asked again, */
    TRIES = 2,       /* so often */
    MOVES = 20,      /* to another address, in a minute */
    LOOK_MS = 50,    /* while anybody waits */
};

static nf_time_t
clock_read(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (nf_time_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
look_at_clocks(struct nf_reserve *reserve)
{
    reserve->now = clock_read(CLOCK_REALTIME);
    reserve->tick = clock_read(CLOCK_MONOTONIC);
}

/* --- what comes in ----------------------------------------------------------
 */

static void
say_foreign(struct nf_reserve *reserve, nf_ip4_t link)
{
    char text[NF_IP4_TEXT];
    uint64_t withheld;

    if (nf_quota_take(&reserve->said[1], 1, reserve->now, &withheld)) {
        nf_ip4_format(link, text);
        nf_log(NF_LOG_WARNING,
               "a relay asks for a subnet that is not in NF_DHCP_RANGES: "
               "%s withheld=%" PRIu64,
               text, withheld);
    }
}

/* The subnet that it asks for; NULL: none of ours. */
static const struct nf_range *
range_of(struct nf_reserve *reserve, const struct nf_ask *ask)
{
    const struct nf_range *range = &reserve->ranges.each[0];

    if (nf_ip4_is_set(ask->link)) {
        range = nf_ranges_of(&reserve->ranges, ask->link);
        if (range == NULL) {
            say_foreign(reserve, ask->link);
        }
    }
    return range;
}

/* For whoever asks why machines get no address. */
static void
note_unanswered(struct nf_reserve *reserve, nf_time_t since)
{
    struct nf_unanswered *noted = &reserve->unanswered;
    uint64_t withheld;

    if (since == 0 && noted->since == 0) {
        return;
    }
    noted->since = since == 0 ? 0 : reserve->now - (reserve->tick - since);
    noted->last = reserve->now;
    noted->process = nf_unanswered_process(&reserve->settings);
    if (!nf_unanswered_put(&reserve->settings, noted)
        && nf_quota_take(&reserve->said[3], 1, reserve->now, &withheld))
    {
        nf_log(NF_LOG_WARNING, "could not write %s/reserve/unanswered: %s",
               reserve->settings.run_dir, strerror(errno));
    }
}

static void
asked_in_vain(struct nf_reserve *reserve)
{
    note_unanswered(reserve,
                    nf_silence_of_all(&reserve->silence, reserve->tick));
}

static void
take_asked(struct nf_reserve *reserve, const struct nf_datagram *datagram)
{
    struct nf_ask ask;

    if (!nf_ask_read(datagram->data, datagram->len, &ask)
        || (nf_ip4_is_set(ask.server)
            && !nf_ip4_equal(ask.server, reserve->ranges.server)))
    {
        return;
    }
    nf_firmware_asked(&reserve->firmwares, &reserve->settings, &ask,
                      reserve->now);
    if (reserve->is_in_trouble || reserve->is_proxy) {
        return;
    }
    const struct nf_range *range = range_of(reserve, &ask);
    const struct nf_waiting *before = nf_queue_find(&reserve->queue, &ask.card);
    if (before != NULL && before->state == NF_WAITING_SENT && before->tries > 0)
    {
        asked_in_vain(reserve);
    }
    struct nf_waiting *waiting =
        range == NULL ? NULL : nf_queue_place(&reserve->queue, &ask.card);
    if (waiting != NULL) {
        waiting->ask = ask;
        waiting->range = range;
        waiting->state = NF_WAITING_ASKED;
        waiting->sent_at = reserve->tick;
        waiting->tries = 0;
        waiting->datagram.len = datagram->len;
        memcpy(waiting->datagram.data, datagram->data, datagram->len);
    }
}

static void
take_answer(struct nf_reserve *reserve, const struct nf_datagram *datagram)
{
    struct nf_card card;

    if (!nf_ask_read_reply(datagram->data, datagram->len, &card)) {
        return;
    }
    struct nf_waiting *waiting = nf_queue_find(&reserve->queue, &card);
    if (waiting != NULL) {
        waiting->state = NF_WAITING_OVER;
    }
    nf_silence_answered(&reserve->silence, &card, reserve->tick);
    note_unanswered(reserve, 0);
    reserve->answer_by = 0;
}

/* False: there is nothing to listen to any more. */
static bool
read_wire(struct nf_reserve *reserve)
{
    struct nf_datagram datagram;
    enum nf_wire_read what = NF_WIRE_NOTHING;

    for (int i = 0; i < READ_AT_ONCE; i++) {
        what = nf_wire_read(&reserve->wire, &datagram);
        if (what == NF_WIRE_ASKED) {
            take_asked(reserve, &datagram);
        } else if (what == NF_WIRE_ANSWERED) {
            take_answer(reserve, &datagram);
        } else {
            break;
        }
    }
    if (what == NF_WIRE_GONE) {
        nf_log(NF_LOG_ERR, "could not listen on %s: %s",
               reserve->settings.interface, strerror(errno));
    }
    return what != NF_WIRE_GONE;
}

/* --- what goes out ----------------------------------------------------------
 */

static bool
put(const char *path, struct nf_text text)
{
    if (nf_put(path, text) != NF_PUT_FAILED) {
        return true;
    }
    nf_log(NF_LOG_ERR, "could not write %s: %s", path, strerror(errno));
    return false;
}

/* The file of a batch that was told before, but is gone: with all that the
 * store has of it. */
static bool
put_again(struct nf_reserve *reserve, uint32_t batch)
{
    char text[NF_PUT_MAX], path[NF_HOST_PATH];
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_reservation *rows;
    size_t n;
    {
        NF_READ(r, reserve->store);
        if (nf_batches_read(&r, &rows, &n) != NF_OK) {
            return false;
        }
    }
    nf_batch_print(batch, rows, n, &out);
    free(rows);
    nf_batch_path(reserve->settings.hosts_dir, batch, path);
    return !out.full && put(path, nf_out_text(&out));
}

static bool
put_own(struct nf_reserve *reserve, const struct nf_host *host)
{
    char path[NF_HOST_PATH];

    nf_host_path(reserve->settings.hosts_dir, host->mac, path);
    return put(path, (struct nf_text){host->line, host->len});
}

static bool
tell_one(struct nf_reserve *reserve, struct nf_waiting *waiting)
{
    if (nf_look_is_told(reserve, waiting)) { /* together with another */
        return true;
    }
    reserve->answer_by = reserve->tick + BUSY_MS;
    return waiting->own.len > 0 ? put_own(reserve, &waiting->own)
                                : put_again(reserve, waiting->row.batch);
}

/* dnsmasq reads a file within a millisecond, and before it reads a question
 * that was sent after it: the file comes first. */
static bool
tell(struct nf_reserve *reserve)
{
    bool is_told = true;

    for (size_t i = 0; i < reserve->queue.n && is_told; i++) {
        struct nf_waiting *waiting = &reserve->queue.each[i];
        if (waiting->state == NF_WAITING_TELL) {
            is_told = tell_one(reserve, waiting);
            waiting->state = NF_WAITING_SEND;
        }
    }
    return is_told;
}

/* It was asked long enough ago: once more, or never again. */
static void
look_at_sent(struct nf_reserve *reserve, struct nf_waiting *waiting)
{
    bool is_late = reserve->tick - waiting->sent_at >= ANSWER_MS;

    if (!is_late) {
        return;
    }
    if (waiting->tries < TRIES) {
        waiting->state = NF_WAITING_SEND;
        return;
    }
    bool is_silent = waiting->own.len == 0
                     && waiting->ask.kind == NF_ASK_DISCOVER
                     && nf_silence_asked(&reserve->silence, &waiting->ask.card,
                                         reserve->tick);
    asked_in_vain(reserve);
    waiting->state = is_silent ? NF_WAITING_SILENT : NF_WAITING_OVER;
}

/* Its socket holds some eighty questions, and they ask by themselves too. */
static void
ask_again(struct nf_reserve *reserve)
{
    struct nf_queue *queue = &reserve->queue;
    size_t sent = 0;

    for (size_t i = 0; i < queue->n; i++) {
        struct nf_waiting *waiting = &queue->each[i];
        if (waiting->state == NF_WAITING_SENT) {
            look_at_sent(reserve, waiting);
        }
        sent += waiting->state == NF_WAITING_SENT && waiting->tries > 0;
    }
    for (size_t i = 0; i < queue->n && sent < AT_ONCE; i++) {
        struct nf_waiting *waiting = &queue->each[i];
        if (waiting->state == NF_WAITING_SEND) {
            (void) nf_wire_send(&reserve->wire, &waiting->datagram);
            waiting->state = NF_WAITING_SENT;
            waiting->sent_at = reserve->tick;
            waiting->tries++;
            sent++;
        }
    }
}

/* --- one round --------------------------------------------------------------
 */

static void
trouble(struct nf_reserve *reserve, const char *why)
{
    reserve->is_in_trouble = true;
    reserve->try_at = reserve->tick + RETRY_MS;
    reserve->queue.n = 0;
    nf_guard_set(why);
}

/* dnsmasq was told, and says nothing: another address, then. */
static void
drop_one(struct nf_reserve *reserve, struct nf_write *w,
         struct nf_waiting *waiting)
{
    char ip[NF_IP4_TEXT], card[NF_CARD_TEXT];
    uint64_t withheld;

    if (!nf_quota_take(&reserve->said[2], MOVES, reserve->now, &withheld)) {
        waiting->state = NF_WAITING_OVER;
        return;
    }
    nf_ip4_format(waiting->row.ip, ip);
    nf_card_format(&waiting->row.card, card);
    nf_log(NF_LOG_WARNING,
           "dnsmasq does not answer %s with its address %s: trying another one",
           card, ip);
    waiting->row.state = NF_RESERVATION_DROPPED;
    waiting->row.asked_at = reserve->now;
    (void) nf_reservations_put(w, &waiting->row);
    waiting->state = NF_WAITING_NEW;
    waiting->ask.wish = (nf_ip4_t){0};
    waiting->tries = 0;
}

static nf_error_t
drop_silent(struct nf_reserve *reserve)
{
    NF_WRITE(w, reserve->store);

    for (size_t i = 0; i < reserve->queue.n; i++) {
        if (reserve->queue.each[i].state == NF_WAITING_SILENT) {
            drop_one(reserve, &w, &reserve->queue.each[i]);
        }
    }
    return nf_write_commit(&w);
}

static void
work(struct nf_reserve *reserve)
{
    nf_guard_arm();
    nf_error_t err = nf_look(reserve);
    if (err == NF_OK && nf_queue_count(&reserve->queue, NF_WAITING_SILENT) > 0)
    {
        err = drop_silent(reserve);
    }
    if (err == NF_OK) {
        err = nf_allot(reserve);
    }
    if (err != NF_OK) {
        trouble(reserve, nf_error_text(err));
    } else if (!tell(reserve)) {
        trouble(reserve, "cannot write to NF_HOSTS_DIR");
    }
    nf_guard_disarm();
}

/* --- what is due ------------------------------------------------------------
 */

/* No scope is open between two rounds. */
static nf_error_t
try_store(struct nf_reserve *reserve)
{
    nf_error_t err = nf_store_is_broken(reserve->store)
                         ? nf_store_reopen(reserve->store)
                         : NF_OK;

    if (err == NF_OK) {
        NF_WRITE(w, reserve->store);
        err = w.read.err;
    }
    return err;
}

static void
try_again(struct nf_reserve *reserve)
{
    nf_guard_arm();
    nf_error_t err = try_store(reserve);
    nf_guard_disarm();
    if (err == NF_OK) {
        reserve->is_in_trouble = false;
        nf_guard_set("");
    } else {
        trouble(reserve, nf_error_text(err));
    }
}

static void
tidy(struct nf_reserve *reserve)
{
    reserve->tidy_at = reserve->tick + TIDY_MS;
    nf_guard_arm();
    nf_error_t err = nf_allot_tidy(reserve);
    nf_guard_disarm();
    if (err != NF_OK) {
        nf_log(NF_LOG_WARNING, "could not drop old reservations: %s",
               nf_error_text(err));
    }
}

static void
do_what_is_due(struct nf_reserve *reserve)
{
    if (reserve->is_in_trouble && reserve->tick >= reserve->try_at) {
        try_again(reserve);
    }
    if (reserve->tick >= reserve->beat_at) {
        nf_guard_beat();
        reserve->beat_at = reserve->tick + NF_SECONDS(1);
    }
    if (!reserve->is_in_trouble && reserve->tick >= reserve->tidy_at) {
        tidy(reserve);
    }
    nf_queue_sweep(&reserve->queue);
    bool is_any = nf_queue_count(&reserve->queue, NF_WAITING_ASKED) > 0
                  || nf_queue_count(&reserve->queue, NF_WAITING_SILENT) > 0;
    if (is_any && reserve->tick >= reserve->answer_by) {
        work(reserve);
    }
    ask_again(reserve);
}

static int
wait_ms(const struct nf_reserve *reserve)
{
    nf_time_t at = reserve->beat_at;

    if (reserve->queue.n > 0) {
        nf_time_t soon = reserve->tick + LOOK_MS;
        at = soon < at ? soon : at;
    }
    return at > reserve->tick ? (int) (at - reserve->tick) : 0;
}

/* --- the loop ---------------------------------------------------------------
 */

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

/* False: it is time to end.  Who changes settings starts us again. */
static bool
signals_read(int fd)
{
    struct signalfd_siginfo info;

    while (read(fd, &info, sizeof(info)) == (ssize_t) sizeof(info)) {
        if (info.ssi_signo != SIGHUP) {
            return false;
        }
    }
    return true;
}

/* New batches must not be old ones' files. */
static nf_error_t
find_last_batch(struct nf_reserve *reserve)
{
    struct nf_reservation *rows;
    size_t n;
    NF_READ(r, reserve->store);

    nf_error_t err = nf_batches_read(&r, &rows, &n);
    if (err == NF_OK) {
        reserve->batch = n > 0 ? rows[n - 1].batch : 0;
        free(rows);
    }
    return err;
}

static bool
start(struct nf_reserve *reserve)
{
    look_at_clocks(reserve);
    nf_guard_arm();
    nf_error_t err = find_last_batch(reserve);
    nf_guard_disarm();
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "could not read the store: %s", nf_error_text(err));
        return false;
    }
    try_again(reserve);
    /* With other settings it may be full no more. */
    (void) nf_pool_put(&reserve->settings, &reserve->full);
    (void) nf_unanswered_put(&reserve->settings, &reserve->unanswered);
    reserve->tidy_at = reserve->tick + TIDY_MS;
    return true;
}

static bool
serve(struct nf_reserve *reserve, int signals)
{
    struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
                           {.fd = reserve->wire.in, .events = POLLIN}};
    bool goes_on = true, is_heard = true;

    while (goes_on && is_heard) {
        look_at_clocks(reserve);
        do_what_is_due(reserve);
        if (poll(fds, 2, wait_ms(reserve)) < 0) {
            continue;
        }
        look_at_clocks(reserve);
        goes_on = signals_read(signals);
        is_heard = fds[1].revents == 0 || read_wire(reserve);
    }
    nf_guard_set(is_heard ? "it has ended" : "it cannot listen");
    return is_heard;
}

bool
nf_reserve_run(struct nf_reserve *reserve)
{
    int signals = signals_open();

    if (signals < 0 || !start(reserve)) {
        nf_guard_set("it could not start");
        return false;
    }
    bool has_run = serve(reserve, signals);
    close(signals);
    return has_run;
}
