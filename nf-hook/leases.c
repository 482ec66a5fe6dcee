#include "leases.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "spool/spool.h"
#include "store/leases.h"

enum {
    PATIENCE = 5,         /* seconds that dnsmasq's start waits for the drain */
    LINE_ROOM = 768,      /* more than any lease's line */
    CHUNK = 64 * 1024,    /* one read scope's worth of lines */
    WAITING_MAX = 100000, /* reports looked at in the spool */
};

/* --- draining ------------------------------------------------------------- */

static nf_error_t
drain(const struct nf_settings *settings, nf_time_t now)
{
    struct nf_spool_target target = {.settings = settings,
                                     .now = now,
                                     .actor = nf_actor_word(NF_ACTOR_HOOK)};
    struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    struct nf_spool_count count;
    nf_error_t err = nf_store_open_as_is(&target.store, settings->db_path);

    if (err != NF_OK) {
        return err;
    }
    /* Busy: nf-relay is at it; the alarm ends the wait. */
    while ((err = nf_spool_drain(settings->spool_dir, nf_spool_store, &target,
                                 &count))
           == NF_BUSY)
    {
        nanosleep(&pause, NULL);
    }
    return err;
}

/*
 * In a process of its own, because waiting for LMDB's writer lock cannot be
 * given up otherwise; reading afterwards needs no lock.
 */
static bool
is_drained(const struct nf_settings *settings, nf_time_t now)
{
    int status;

    if (nf_spool_is_empty(settings->spool_dir)) {
        return true;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(STDOUT_FILENO);
        signal(SIGALRM, SIG_DFL);
        alarm(PATIENCE);
        _exit(drain(settings, now) == NF_OK ? 0 : 1);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status)
           && WEXITSTATUS(status) == 0;
}

/* --- printing ------------------------------------------------------------- */

static bool
is_written(struct nf_text text)
{
    while (text.len > 0) {
        ssize_t n = write(STDOUT_FILENO, text.data, text.len);
        if (n <= 0) {
            return false;
        }
        text.data += n;
        text.len -= (size_t) n;
    }
    return true;
}

/* Lines of leases behind *after, as many as fit; moves *after. */
static nf_error_t
fill(nf_store_t *store, struct nf_out *out, nf_ip4_t *after)
{
    struct nf_lease lease;
    NF_READ(r, store);

    while (out->cap - out->len >= LINE_ROOM
           && nf_leases_next(&r, nf_ip4_is_set(*after) ? after : NULL, &lease))
    {
        *after = lease.ip;
        if (!lease.is_gone) {
            nf_lease_line(&lease, out);
        }
    }
    return r.err;
}

/* dnsmasq may read slowly: no read scope is open while it does. */
static nf_error_t
print_store(nf_store_t *store)
{
    static char buffer[CHUNK];
    nf_ip4_t after = {0}, before;
    nf_error_t err;

    do {
        struct nf_out out = nf_out(buffer, sizeof(buffer));
        before = after;
        err = fill(store, &out, &after);
        if (err == NF_OK && !is_written(nf_out_text(&out))) {
            err = NF_IO;
        }
    } while (err == NF_OK && !nf_ip4_equal(before, after));
    return err;
}

/* --- what could not be drained -------------------------------------------- */

struct waiting {
    nf_store_t *store;
    size_t n;
    struct nf_lease leases[WAITING_MAX];
};

/* The newest report of each address that the store gives to nobody. */
static nf_error_t
note_waiting(void *arg, const struct nf_lease_report *reports, size_t n)
{
    struct waiting *waiting = arg;
    struct nf_lease stored;
    NF_READ(r, waiting->store);

    for (size_t i = 0; i < n && waiting->n < WAITING_MAX; i++) {
        bool is_known =
            nf_leases_get(&r, reports[i].lease.ip, &stored) && !stored.is_gone;
        if (!is_known && reports[i].action != NF_LEASE_DEL) {
            waiting->leases[waiting->n++] = reports[i].lease;
        }
    }
    return r.err;
}

/* By address, the latest report first. */
static int
compare(const void *a, const void *b)
{
    const struct nf_lease *left = a, *right = b;
    int order = memcmp(left->ip.b, right->ip.b, sizeof(left->ip.b));

    return order != 0 ? order
                      : (left->changed_at < right->changed_at)
                            - (left->changed_at > right->changed_at);
}

/*
 * Rather one address too many in use than one given out twice: a report that
 * a lease was given back is not looked at.
 */
static nf_error_t
print_waiting(nf_store_t *store, const char *spool_dir)
{
    struct waiting *waiting = calloc(1, sizeof(*waiting));
    char line[LINE_ROOM];

    if (waiting == NULL) {
        return NF_NO_MEMORY;
    }
    waiting->store = store;
    nf_error_t err = nf_spool_look(spool_dir, note_waiting, waiting);
    qsort(waiting->leases, waiting->n, sizeof(waiting->leases[0]), compare);
    for (size_t i = 0; err == NF_OK && i < waiting->n; i++) {
        const struct nf_lease *lease = &waiting->leases[i];
        struct nf_out out = nf_out(line, sizeof(line));
        if (i > 0 && nf_ip4_equal(lease->ip, lease[-1].ip)) {
            continue;
        }
        nf_lease_line(lease, &out);
        err = is_written(nf_out_text(&out)) ? NF_OK : NF_IO;
    }
    free(waiting);
    return err;
}

int
nf_hook_print_leases(const struct nf_settings *settings, nf_time_t now)
{
    bool has_all = is_drained(settings, now);
    nf_store_t *store;
    nf_error_t err = nf_store_open_as_is(&store, settings->db_path);

    if (err == NF_OK) {
        err = print_store(store);
    }
    if (err == NF_OK && !has_all) {
        nf_log(NF_LOG_WARNING, "lease reports wait in %s", settings->spool_dir);
        err = print_waiting(store, settings->spool_dir);
    }
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "cannot give dnsmasq its leases: %s; store=%s",
               nf_error_text(err), settings->db_path);
        return 1;
    }
    return 0;
}
