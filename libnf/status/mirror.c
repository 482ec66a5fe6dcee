#include "status/mirror.h"

#include <inttypes.h>

#include "base/put.h"

/* "1769076000000", then lines such as "bookworm 1 1769075000000 no answer" */
bool
nf_mirror_put(const struct nf_settings *settings,
              const struct nf_mirror_state *state)
{
    char text[NF_PUT_MAX], path[NF_RUN_PATH];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_out_printf(&out, "%" PRId64 "\n", state->said);
    for (size_t i = 0; i < state->n; i++) {
        const struct nf_mirror_suite *suite = &state->each[i];
        nf_out_printf(&out, "%s %d %" PRId64 " %s\n", suite->name,
                      suite->is_wanted, suite->since, suite->words);
    }
    nf_run_path(settings, "relay/mirror", path);
    return !out.full && nf_put(path, nf_out_text(&out)) != NF_PUT_FAILED;
}

static bool
take_suite(struct nf_text line, struct nf_mirror_suite *suite)
{
    struct nf_text name = nf_text_cut(&line, ' ');
    nf_time_t is_wanted;

    *suite = (struct nf_mirror_suite){0};
    if (!nf_text_copy(suite->name, sizeof(suite->name), name) || name.len == 0
        || !nf_put_take_time(&line, &is_wanted)
        || !nf_put_take_time(&line, &suite->since))
    {
        return false;
    }
    suite->is_wanted = is_wanted != 0;
    (void) nf_text_copy(suite->words, sizeof(suite->words), line);
    nf_text_scrub(suite->words);
    return true;
}

/* A time of the future is one of before the clock was set back. */
static bool
is_stale(nf_time_t said, nf_time_t now)
{
    nf_time_t ago = now - said;

    return ago > NF_SECONDS(NF_MIRROR_STALE_S)
           || ago < -NF_SECONDS(NF_MIRROR_STALE_S);
}

bool
nf_mirror_get(const struct nf_settings *settings, nf_time_t now,
              struct nf_mirror_state *state)
{
    char text[NF_PUT_MAX], path[NF_RUN_PATH];
    struct nf_text rest;
    uint64_t said;

    *state = (struct nf_mirror_state){0};
    nf_run_path(settings, "relay/mirror", path);
    if (!nf_put_read(path, text, &rest)) {
        return false;
    }
    if (!nf_text_number(nf_text_cut(&rest, '\n'), INT64_MAX, &said)
        || is_stale((nf_time_t) said, now))
    {
        return false;
    }
    state->said = (nf_time_t) said;
    while (rest.len > 0 && state->n < NF_MIRROR_SUITES) {
        state->n +=
            take_suite(nf_text_cut(&rest, '\n'), &state->each[state->n]);
    }
    return true;
}

bool
nf_mirror_fails(const struct nf_settings *settings, nf_time_t now,
                const char *suite, char words[static NF_MIRROR_WORDS])
{
    struct nf_mirror_state state;

    if (!nf_mirror_get(settings, now, &state)) {
        return false;
    }
    for (size_t i = 0; i < state.n; i++) {
        const struct nf_mirror_suite *one = &state.each[i];
        if (one->since != 0 && strcmp(one->name, suite) == 0) {
            memcpy(words, one->words, NF_MIRROR_WORDS);
            return true;
        }
    }
    return false;
}
