#include "status/find.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/time.h"
#include "dhcp/gate.h"
#include "dhcp/pool.h"
#include "status/beat.h"
#include "status/mirror.h"
#include "store/commands.h"
#include "store/room.h"
#include "store/workers.h"

enum {
    FILES_MIN = 64 << 20, /* bytes free that an upload needs at least, */
    FILES_SHARE = 16,     /* of a small disk this part */
    QUEUED_MAX = 256,     /* commands looked at */
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

static void
find_full_files(const struct nf_settings *s, struct nf_troubles *troubles)
{
    struct statvfs fs;

    if (statvfs(s->files_dir, &fs) != 0) {
        return;
    }
    uint64_t total = (uint64_t) fs.f_blocks * fs.f_frsize / FILES_SHARE;
    uint64_t wanted = total < FILES_MIN ? total : FILES_MIN;
    if ((uint64_t) fs.f_bavail * fs.f_frsize < wanted) {
        nf_trouble_add(troubles, NF_TROUBLE_FILES_FULL, 0, s->files_dir);
    }
}

/* --- nf-relay ---------------------------------------------------------------
 */

/* A number alone may be another program's by now. */
static bool
is_relay(uint64_t process)
{
    char path[64], name[32];

    snprintf(path, sizeof(path), "/proc/%" PRIu64 "/comm", process);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t n = read(fd, name, sizeof(name));
    close(fd);
    return n > 0
           && nf_text_equal((struct nf_text){name, (size_t) n},
                            NF_TEXT("nf-relay\n"));
}

static void
add_ill(struct nf_troubles *troubles, const struct nf_beat *beat,
        enum nf_ill_kind ill, enum nf_trouble_kind kind)
{
    if (beat->ills[ill].since != 0) {
        nf_trouble_add(troubles, kind, beat->ills[ill].since,
                       beat->ills[ill].words);
    }
}

/* A beat of the future is one of before the clock was set back. */
static bool
is_relay_silent(const struct nf_beat *beat, nf_time_t now)
{
    nf_time_t ago = now - beat->said;

    return ago > NF_SECONDS(NF_BEAT_SILENT_S)
           || ago < -NF_SECONDS(NF_BEAT_SILENT_S);
}

static void
add_silent_relay(const struct nf_beat *beat, nf_time_t now,
                 struct nf_troubles *troubles)
{
    nf_time_t since = beat->said < now ? beat->said : now;
    char process[32];

    snprintf(process, sizeof(process), "%" PRIu64, beat->process);
    if (beat->said != 0 && is_relay(beat->process)) {
        nf_trouble_add(troubles, NF_TROUBLE_RELAY_HUNG, since, process);
    } else {
        nf_trouble_add(troubles, NF_TROUBLE_RELAY_GONE, since, NULL);
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
    if (!nf_gate_state(s, now, state)) {
        snprintf(state, sizeof(state), "it does not run");
    }
    snprintf(words, NF_TROUBLE_WORDS, "%s", state);
    return words[0] != '\0';
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

/* A site without devices needs none, but `nf up` runs one where it is to. */
static void
find_no_worker(const struct nf_settings *s, struct nf_read *r,
               struct nf_troubles *troubles)
{
    bool is_ours = strcmp(s->bmc, "1") == 0;
    nf_time_t since;

    if (!nf_workers_any(r, &since) && ((since != 0 && is_ours) || has_work(r)))
    {
        nf_trouble_add(troubles, NF_TROUBLE_NO_WORKER, since, NULL);
    }
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

void
nf_status_find(const struct nf_settings *settings, struct nf_read *r,
               nf_time_t now, struct nf_troubles *troubles)
{
    char words[NF_TROUBLE_WORDS];
    struct nf_beat beat;

    troubles->n = 0;
    (void) nf_beat_get(settings, &beat);
    find_full_store(settings, r, beat.ills[NF_ILL_FULL].since, troubles);
    bool is_silent = is_relay_silent(&beat, now);
    if (is_silent) {
        add_silent_relay(&beat, now, troubles);
    } else {
        add_ill(troubles, &beat, NF_ILL_STORE, NF_TROUBLE_STORE_REFUSES);
        add_ill(troubles, &beat, NF_ILL_BROKER, NF_TROUBLE_BROKER_DOWN);
        add_ill(troubles, &beat, NF_ILL_BROKER_HUNG, NF_TROUBLE_BROKER_HUNG);
        add_ill(troubles, &beat, NF_ILL_SPOOL, NF_TROUBLE_SPOOL);
    }
    find_full_pool(settings, now, troubles);
    if (nf_status_dhcp(settings, now, words)) {
        nf_trouble_add(troubles, NF_TROUBLE_RESERVE, 0, words);
    }
    if (!is_silent) { /* it is nf-relay that writes who is there */
        find_no_worker(settings, r, troubles);
    }
    find_mirror(settings, now, troubles);
    find_full_files(settings, troubles);
    add_ill(troubles, &beat, NF_ILL_TEMPLATE, NF_TROUBLE_TEMPLATE);
}
