#include "mirror.h"

#include <errno.h>
#include <inttypes.h>

#include "base/arena.h"
#include "base/log.h"
#include "store/profiles.h"
#include "store/tasks.h"

enum {
    AGAIN_S = 5,     /* after a first failure */
    WANTED_S = 10,   /* as long as somebody waits for it */
    TASKS_MAX = 256, /* the latest, looked at for their profiles */
};

/* --- which suites -----------------------------------------------------------
 */

static void
add(struct nf_mirror_ask *ask, const struct nf_profile *profile, bool is_wanted)
{
    size_t i = 0;

    while (i < ask->n && strcmp(ask->each[i].name, profile->suite) != 0) {
        i++;
    }
    if (i == NF_MIRROR_SUITES || profile->suite[0] == '\0') {
        return;
    }
    if (i == ask->n) {
        ask->each[ask->n++] = (struct nf_mirror_suite){0};
        (void) nf_text_copy(ask->each[i].name, sizeof(ask->each[i].name),
                            nf_text(profile->suite));
    }
    ask->each[i].is_wanted |= is_wanted;
}

static void
add_needing(struct nf_mirror_ask *ask, const struct nf_profile *profile,
            bool is_wanted)
{
    nf_arena_t *arena = nf_arena_new();

    if (arena != NULL && nf_profile_needs_mirror(profile, arena)) {
        add(ask, profile, is_wanted);
    }
    nf_arena_free(arena);
}

static void
add_tasks(struct nf_mirror_ask *ask, struct nf_read *r)
{
    struct nf_profile profile;
    struct nf_task task;
    unsigned n = 0;
    NF_SCAN(scan, r, NF_TASKS);

    for (bool more = nf_tasks_list(&scan, 0, &task); more && n < TASKS_MAX; n++)
    {
        if (nf_task_is_live(&task)
            && nf_task_profiles_get(r, task.id, &profile)) {
            add_needing(ask, &profile, true);
        }
        more = nf_tasks_list_next(&scan, &task);
    }
}

/* What tasks need, and what they may. */
static void
find_suites(struct nf_mirror_looker *looker)
{
    struct nf_mirror_ask *ask = &looker->ask;
    struct nf_profile profile;
    NF_READ(r, looker->turn->store);

    ask->n = 0;
    add_tasks(ask, &r);
    for (bool more = nf_profiles_next(&r, "", &profile); more;
         more = nf_profiles_next(&r, profile.name, &profile))
    {
        add_needing(ask, &profile, false);
    }
}

/* --- what came of it --------------------------------------------------------
 */

static nf_time_t
since(const struct nf_mirror_state *state, const char *name)
{
    for (size_t i = 0; i < state->n; i++) {
        if (strcmp(state->each[i].name, name) == 0) {
            return state->each[i].since;
        }
    }
    return 0;
}

static void
say(const struct nf_mirror_looker *looker, const struct nf_mirror_suite *suite)
{
    const char *url = looker->turn->settings.mirror_url;

    if (suite->since != 0) {
        nf_log(NF_LOG_WARNING,
               "the mirror does not serve what installations need: mirror=%s "
               "suite=%s: %s",
               url, suite->name, suite->words);
    } else {
        nf_log(NF_LOG_NOTICE, "the mirror serves again: mirror=%s suite=%s",
               url, suite->name);
    }
}

static void
note(struct nf_mirror_looker *looker)
{
    struct nf_mirror_state now = {.said = looker->turn->now,
                                  .n = looker->ask.n};
    uint64_t withheld;

    for (size_t i = 0; i < now.n; i++) {
        struct nf_mirror_suite *suite = &now.each[i];
        nf_time_t before = since(&looker->state, looker->ask.each[i].name);
        *suite = looker->ask.each[i];
        nf_text_scrub(suite->words);
        suite->since = suite->words[0] == '\0' ? 0
                       : before != 0           ? before
                                               : now.said;
        if ((before != 0) != (suite->since != 0)) {
            say(looker, suite);
        }
    }
    looker->state = now;
    if (!nf_mirror_put(&looker->turn->settings, &now)
        && nf_pace_allows(&looker->pace, looker->turn->tick, &withheld))
    {
        nf_log(NF_LOG_ERR,
               "could not write %s/relay/mirror: %s withheld=%" PRIu64,
               looker->turn->settings.run_dir, strerror(errno), withheld);
    }
}

static bool
has_failed(const struct nf_mirror_ask *ask, bool is_wanted)
{
    bool has = false;

    for (size_t i = 0; i < ask->n; i++) {
        has |= ask->each[i].words[0] != '\0'
               && (!is_wanted || ask->each[i].is_wanted);
    }
    return has;
}

/* Of a mirror that served, a failure is told when it was seen twice. */
static void
take(struct nf_mirror_looker *looker)
{
    bool is_bad = has_failed(&looker->ask, false);
    bool is_first = is_bad && !looker->has_failed;
    bool is_awaited = has_failed(&looker->ask, true);

    looker->is_asked = false;
    looker->has_failed = is_bad;
    if (!is_first || looker->state.said == 0) {
        note(looker);
    }
    looker->at = looker->turn->tick
                 + NF_SECONDS(is_first     ? AGAIN_S
                              : is_awaited ? WANTED_S
                                           : NF_MIRROR_LOOK_S);
}

nf_time_t
nf_mirror_looker_run(struct nf_mirror_looker *looker)
{
    nf_time_t tick = looker->turn->tick;

    if (atomic_load(&looker->ask.is_running)) {
        return tick + NF_LOOK_MS;
    }
    if (looker->is_asked) {
        take(looker);
    }
    if (tick < looker->at) {
        return looker->at;
    }
    looker->ask.setting = looker->turn->settings.mirror_url;
    find_suites(looker);
    looker->is_asked = nf_mirror_ask_start(&looker->ask);
    looker->at = tick + NF_SECONDS(AGAIN_S);
    return tick + NF_LOOK_MS;
}
