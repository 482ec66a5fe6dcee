#include "status/find.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "base/pidfile.h"
#include "base/time.h"
#include "dhcp/gate.h"
#include "dhcp/pool.h"
#include "dhcp/unanswered.h"
#include "status/failing.h"
#include "status/mirror.h"
#include "store/commands.h"
#include "store/jump.h"
#include "store/room.h"
#include "store/workers.h"

enum {
    FILES_MIN = 64 << 20, /* bytes free that an upload needs at least, */
    FILES_SHARE = 16,     /* of a small disk this part */
    RUN_MIN = 8192,       /* what nf-relay says of itself, and a draft of it */
    QUEUED_MAX = 256,     /* commands looked at */
    STARTS_S = 10,        /* in which a worker connects after a start */
};

/* --- the store, and disks ---------------------------------------------------
 */

static void
find_full_store(const struct nf_settings *s, struct nf_read *r, nf_time_t since,
                struct nf_troubles *troubles)
{
    char words[64];
    uint64_t size;
    enum nf_room_lack lack = nf_room_lacks(r, &size);

    if (lack == NF_ROOM_MAP) {
        snprintf(words, sizeof(words), "%" PRIu64 " MiB", size >> 20);
        nf_trouble_add(troubles, NF_TROUBLE_STORE_FULL, since, words);
    } else if (lack == NF_ROOM_DISK) {
        nf_trouble_add(troubles, NF_TROUBLE_DISK_FULL, since, s->db_path);
    }
}

static bool
is_files_full(const struct nf_settings *s)
{
    struct statvfs fs;

    if (statvfs(s->files_dir, &fs) != 0) {
        return false;
    }
    uint64_t total = (uint64_t) fs.f_blocks * fs.f_frsize / FILES_SHARE;
    uint64_t wanted = total < FILES_MIN ? total : FILES_MIN;
    return (uint64_t) fs.f_bavail * fs.f_frsize < wanted;
}

/* --- nf-relay ---------------------------------------------------------------
 */

static void
add_ill(struct nf_troubles *troubles, const struct nf_beat *beat,
        enum nf_ill_kind ill, enum nf_trouble_kind kind)
{
    if (beat->ills[ill].since != 0) {
        nf_trouble_add(troubles, kind, beat->ills[ill].since,
                       beat->ills[ill].words);
    }
}

/* By what words a program of ours ends again and again; NULL: it runs. */
static const char *
find_failing(const struct nf_settings *s, nf_time_t now, const char *name,
             struct nf_failing *failing)
{
    return nf_failing_get(s, now, name, failing) ? failing->words : NULL;
}

/* A beat of the future is one of before the clock was set back. */
static bool
is_relay_silent(const struct nf_beat *beat, nf_time_t now)
{
    nf_time_t ago = now - beat->said;

    return ago > NF_SECONDS(NF_BEAT_SILENT_S)
           || ago < -NF_SECONDS(NF_BEAT_SILENT_S);
}

/* What it says of itself needs room there, so that its silence means nothing
 * then. */
static bool
is_run_dir_full(const struct nf_settings *s)
{
    struct statvfs fs;

    return statvfs(s->run_dir, &fs) == 0 && fs.f_blocks > 0
           && (uint64_t) fs.f_bavail * fs.f_frsize < RUN_MIN;
}

static void
add_silent_relay(const struct nf_settings *s, const struct nf_beat *beat,
                 nf_time_t now, struct nf_troubles *troubles)
{
    nf_time_t since = beat->said < now ? beat->said : now;
    bool is_there = beat->said != 0
                    && nf_process_is_named((pid_t) beat->process, "nf-relay");
    struct nf_failing failing;
    char process[32];

    snprintf(process, sizeof(process), "%" PRIu64, beat->process);
    if (is_there && is_run_dir_full(s)) {
        nf_trouble_add(troubles, NF_TROUBLE_RUN_FULL, since, s->run_dir);
    } else if (is_there) {
        nf_trouble_add(troubles, NF_TROUBLE_RELAY_HUNG, since, process);
    } else {
        nf_trouble_add(troubles, NF_TROUBLE_RELAY_GONE, since,
                       find_failing(s, now, "nf-relay", &failing));
    }
}

/* With what mosquitto itself says, where it is ours to start. */
static void
add_broker(const struct nf_settings *s, const struct nf_beat *beat,
           nf_time_t now, struct nf_troubles *troubles)
{
    const struct nf_ill *ill = &beat->ills[NF_ILL_BROKER];
    char words[NF_TROUBLE_WORDS];
    struct nf_failing failing;

    if (ill->since != 0 && nf_failing_get(s, now, "mosquitto", &failing)) {
        snprintf(words, sizeof(words), "%s; mosquitto %s", ill->words,
                 failing.words);
        nf_trouble_add(troubles, NF_TROUBLE_BROKER_DOWN, ill->since, words);
    } else {
        add_ill(troubles, beat, NF_ILL_BROKER, NF_TROUBLE_BROKER_DOWN);
    }
}

/* --- DHCP -------------------------------------------------------------------
 */

bool
nf_status_dhcp(const struct nf_settings *s, nf_time_t now,
               char words[static NF_TROUBLE_WORDS])
{
    bool is_served = strcmp(s->dhcp_mode, "server") == 0
                     && (s->dhcp_start[0] != '\0' || s->dhcp_ranges[0] != '\0');
    char state[NF_GATE_STATE];

    if (!is_served) {
        return false;
    }
    struct nf_failing failing;
    if (nf_gate_state(s, now, state)) {
        snprintf(words, NF_TROUBLE_WORDS, "%s", state);
    } else if (nf_failing_get(s, now, "nf-reserve", &failing)) {
        snprintf(words, NF_TROUBLE_WORDS, "it %s", failing.words);
    } else {
        snprintf(words, NF_TROUBLE_WORDS, "it is not running");
    }
    return words[0] != '\0';
}

/* True: nobody is answered, which says more than what follows of that. */
static bool
find_no_dhcp(const struct nf_settings *s, nf_time_t now,
             struct nf_troubles *troubles)
{
    struct nf_unanswered unanswered;
    struct nf_failing failing;
    char process[32];

    if (nf_failing_get(s, now, "dnsmasq", &failing)) {
        nf_trouble_add(troubles, NF_TROUBLE_DHCP_GONE, failing.since,
                       failing.words);
        return true;
    }
    if (nf_unanswered_get(s, now, &unanswered)) {
        snprintf(process, sizeof(process), "%" PRIu64, unanswered.process);
        nf_trouble_add(troubles, NF_TROUBLE_DHCP_HUNG, unanswered.since,
                       process);
        return true;
    }
    return false;
}

static void
find_full_pool(const struct nf_settings *s, nf_time_t now,
               struct nf_troubles *troubles)
{
    char first[NF_IP4_TEXT], end[NF_IP4_TEXT], words[2 * NF_IP4_TEXT];
    struct nf_pool_full full;

    if (nf_pool_get(s, now, &full)) {
        nf_ip4_format(full.first, first);
        nf_ip4_format(full.end, end);
        snprintf(words, sizeof(words), "%s-%s", first, end);
        nf_trouble_add(troubles, NF_TROUBLE_POOL, full.since, words);
    }
}

/* --- workers ----------------------------------------------------------------
 */

static bool
has_work(struct nf_read *r)
{
    struct nf_command command = {.send_at = 0};

    for (unsigned n = 0;
         n < QUEUED_MAX
         && nf_commands_to_send(r, command.send_at, command.number, &command);
         n++)
    {
        if (command.target != NF_COMMAND_NODE) {
            return true;
        }
    }
    return nf_read_count(r, NF_DEVICES) > 0;
}

/* A site without devices needs none, but `nf up` runs one where it is to.
 * *since: 0: there never was one. */
static bool
lacks_worker(const struct nf_settings *s, struct nf_read *r, nf_time_t *since)
{
    bool is_ours = strcmp(s->bmc, "1") == 0;

    return !nf_workers_any(r, since)
           && ((*since != 0 && is_ours) || has_work(r));
}

/* --- the mirror -------------------------------------------------------------
 */

/* A suite that nobody is about to install is nobody's trouble. */
static void
find_mirror(const struct nf_settings *s, nf_time_t now,
            struct nf_troubles *troubles)
{
    char words[NF_TROUBLE_WORDS];
    struct nf_mirror_state state;

    if (!nf_mirror_get(s, now, &state)) {
        return;
    }
    for (size_t i = 0; i < state.n; i++) {
        const struct nf_mirror_suite *suite = &state.each[i];
        if (suite->is_wanted && suite->since != 0) {
            snprintf(words, sizeof(words), "%.128s: %s", s->mirror_url,
                     suite->words);
            nf_trouble_add(troubles, NF_TROUBLE_MIRROR, suite->since, words);
            return;
        }
    }
}

/* --- all of it --------------------------------------------------------------
 */

void
nf_status_watch(const struct nf_settings *settings, struct nf_read *r,
                nf_time_t now, struct nf_beat *beat)
{
    char words[NF_TROUBLE_WORDS];
    uint64_t size;
    nf_time_t gone;
    bool is_full = nf_room_lacks(r, &size) != NF_ROOM_ENOUGH;
    bool is_silent = nf_status_dhcp(settings, now, words);

    nf_ill_set(&beat->ills[NF_ILL_FULL], now, is_full ? "" : NULL);
    nf_ill_set(&beat->ills[NF_ILL_FILES], now,
               is_files_full(settings) ? "" : NULL);
    nf_ill_set(&beat->ills[NF_ILL_RESERVE], now, is_silent ? words : NULL);
    nf_ill_set(&beat->ills[NF_ILL_WORKER], now,
               lacks_worker(settings, r, &gone) ? "" : NULL);
}

/* Times of before the clock was set, as it is now; none is in the future. */
static void
settle(struct nf_read *r, nf_time_t now, struct nf_troubles *troubles)
{
    if (troubles->n == 0) {
        return;
    }
    struct nf_jump jump = nf_jump_get(r);
    for (size_t i = 0; i < troubles->n; i++) {
        nf_time_t *since = &troubles->each[i].since;
        *since = nf_jump_settle(&jump, now, *since);
    }
}

/* What nf-relay has not noticed yet has just begun; `now` 0: it notices
 * nothing any more. */
static nf_time_t
since_of(const struct nf_beat *beat, enum nf_ill_kind ill, nf_time_t now)
{
    return beat->ills[ill].since != 0 ? beat->ills[ill].since : now;
}

void
nf_status_find(const struct nf_settings *settings, struct nf_read *r,
               nf_time_t now, struct nf_troubles *troubles)
{
    char words[NF_TROUBLE_WORDS];
    struct nf_failing failing;
    struct nf_beat beat;

    troubles->n = 0;
    (void) nf_beat_get(settings, &beat);
    bool is_silent = is_relay_silent(&beat, now);
    nf_time_t begun = is_silent ? 0 : now, gone;
    find_full_store(settings, r, since_of(&beat, NF_ILL_FULL, begun), troubles);
    if (is_silent) {
        add_silent_relay(settings, &beat, now, troubles);
    } else {
        add_ill(troubles, &beat, NF_ILL_STORE, NF_TROUBLE_STORE_REFUSES);
        add_broker(settings, &beat, now, troubles);
        add_ill(troubles, &beat, NF_ILL_BROKER_HUNG, NF_TROUBLE_BROKER_HUNG);
        add_ill(troubles, &beat, NF_ILL_SPOOL, NF_TROUBLE_SPOOL);
    }
    bool is_unserved = find_no_dhcp(settings, now, troubles);
    find_full_pool(settings, now, troubles);
    if (!is_unserved && nf_status_dhcp(settings, now, words)) {
        nf_trouble_add(troubles, NF_TROUBLE_RESERVE,
                       since_of(&beat, NF_ILL_RESERVE, begun), words);
    }
    /* it is nf-relay that writes who is there, as far as it hears them */
    bool hears = beat.ills[NF_ILL_BROKER].since == 0
                 && beat.ills[NF_ILL_BROKER_HUNG].since == 0;
    if (!is_silent && hears && lacks_worker(settings, r, &gone)) {
        nf_time_t noticed = since_of(&beat, NF_ILL_WORKER, now);
        if (now - noticed >= NF_SECONDS(STARTS_S)) {
            nf_trouble_add(troubles, NF_TROUBLE_NO_WORKER,
                           gone != 0 ? gone : noticed,
                           find_failing(settings, now, "nf-bmc", &failing));
        }
    }
    find_mirror(settings, now, troubles);
    if (is_files_full(settings)) {
        nf_trouble_add(troubles, NF_TROUBLE_FILES_FULL,
                       since_of(&beat, NF_ILL_FILES, begun),
                       settings->files_dir);
    }
    add_ill(troubles, &beat, NF_ILL_TEMPLATE, NF_TROUBLE_TEMPLATE);
    settle(r, now, troubles);
}
