#include "deliver.h"

#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "change/sign.h"
#include "spool/spool.h"

/* For the signal handler: complete before the alarm is set, never changed. */
static struct {
    const char *spool_dir;
    struct nf_lease_report report;
} pending;

/*
 * LMDB waits for its writer lock without a bound, and a disk may hang.  The
 * process cannot jump out of LMDB, but it may end in the midst of it (robust
 * mutex, no half commits), and appending takes nothing but system calls.  If
 * the commit was through already, the report comes twice, which is harmless.
 */
static void
on_alarm(int number)
{
    (void) number;
    _exit(nf_spool_append(pending.spool_dir, &pending.report) == NF_OK ? 0 : 1);
}

static void
arm(const struct nf_settings *settings, const struct nf_lease_report *report)
{
    struct sigaction action = {.sa_handler = on_alarm};
    sigset_t set;

    pending.spool_dir = settings->spool_dir;
    pending.report = *report;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigaction(SIGALRM, &action, NULL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    alarm(NF_HOOK_PATIENCE);
}

/* A spool that hangs too must not stop dnsmasq's later reports. */
static void
disarm(void)
{
    signal(SIGALRM, SIG_DFL);
    alarm(NF_HOOK_PATIENCE);
}

static void
log_refusal(const struct nf_spool_target *target)
{
    if (target->fault.reason[0] != '\0') {
        nf_log(NF_LOG_WARNING, "lease refused: %s %s", target->fault.field,
               target->fault.reason);
    }
}

/* What waits in the spool is older, and goes first; of much of it a part, for
 * dnsmasq waits, and then this report waits behind the rest. */
static nf_error_t
store_in_order(struct nf_spool_target *target, const char *spool_dir,
               const struct nf_lease_report *report)
{
    struct nf_spool_place place = {.is_set = false};
    struct nf_spool_count count;

    if (!nf_spool_is_empty(spool_dir)) {
        nf_error_t err = nf_spool_drain_some(spool_dir, nf_spool_store, target,
                                             &place, &count);
        if (err != NF_OK || count.has_more) {
            return err != NF_OK ? err : NF_BUSY;
        }
    }
    return nf_spool_store(target, report, 1);
}

static int
spool(const char *dir, const struct nf_lease_report *report, nf_error_t why)
{
    nf_error_t err = nf_spool_append(dir, report);

    if (err == NF_OK) {
        if (why != NF_BUSY) { /* that is over by itself */
            nf_log(NF_LOG_WARNING, "lease report waits in the spool: %s",
                   nf_error_text(why));
        }
        return 0;
    }
    nf_log(NF_LOG_ERR,
           "lease report lost until the client renews: %s; spool: %s",
           nf_error_text(why), nf_error_text(err));
    return 1;
}

int
nf_hook_deliver(const struct nf_settings *settings,
                const struct nf_lease_report *report, nf_time_t now)
{
    struct nf_spool_target target = {.settings = settings,
                                     .now = now,
                                     .actor = nf_actor_word(NF_ACTOR_HOOK)};

    arm(settings, report);
    nf_error_t err = nf_store_open_as_is(&target.store, settings->db_path);
    if (err == NF_OK) {
        err = store_in_order(&target, settings->spool_dir, report);
    }
    disarm();
    /* The store is not closed: the process ends, and closing costs. */
    log_refusal(&target);
    return err == NF_OK ? 0 : spool(settings->spool_dir, report, err);
}

/* --- files by TFTP -----------------------------------------------------------
 */

static void
on_late(int number)
{
    (void) number;
    _exit(0);
}

/* Below the directory of TFTP as its clients name it; of a long one the end. */
static void
put_path(const struct nf_settings *settings, struct nf_text path,
         struct nf_sign_report *report)
{
    size_t dir = strlen(settings->tftp_dir);
    size_t room = sizeof(report->what) - 1;

    if (nf_text_starts(path, nf_text(settings->tftp_dir)) && path.len > dir + 1)
    {
        path.data += dir + 1;
        path.len -= dir + 1;
    }
    if (path.len > room) {
        path.data += path.len - room;
        path.len = room;
    }
    memcpy(report->what, path.data, path.len);
    report->what[path.len] = '\0';
    nf_text_scrub(report->what);
}

static bool
find_node(nf_store_t *store, nf_ip4_t client, nf_time_t now, nf_mac_t *mac)
{
    struct nf_node_view view;
    NF_READ(r, store);
    bool is_found = nf_sign_find(&r, client, now, &view);

    *mac = is_found ? view.node.mac : (nf_mac_t){0};
    return is_found;
}

void
nf_hook_note_sent(const struct nf_settings *settings,
                  const struct nf_hook_sent *sent, nf_time_t now)
{
    struct nf_sign_report report = {
        .kind = NF_SIGN_LOADER, .sent = sent->size, .size = sent->size};
    nf_store_t *store;
    nf_mac_t mac;

    signal(SIGALRM, on_late);
    alarm(NF_HOOK_PATIENCE);
    if (nf_store_open_as_is(&store, settings->db_path) != NF_OK
        || !find_node(store, sent->client, now, &mac))
    {
        return;
    }
    put_path(settings, sent->path, &report);
    NF_WRITE(w, store);
    struct nf_change c = {.w = &w,
                          .settings = settings,
                          .now = now,
                          .actor = nf_actor_word(NF_ACTOR_HOOK)};
    if (nf_change_sign(&c, mac, &report) == NF_OK) {
        (void) nf_write_commit(&w);
    }
}
