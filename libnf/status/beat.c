#include "status/beat.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/put.h"

static const char *const names[NF_ILLS] = {
    [NF_ILL_BROKER] = "broker",
    [NF_ILL_SPOOL] = "spool",
    [NF_ILL_BROKER_HUNG] = "broker-hung",
    [NF_ILL_STORE] = "store",
    [NF_ILL_TEMPLATE] = "template",
    [NF_ILL_FULL] = "full",
    [NF_ILL_FILES] = "files",
    [NF_ILL_RESERVE] = "reserve",
    [NF_ILL_WORKER] = "worker",
};

void
nf_ill_set(struct nf_ill *ill, nf_time_t now, const char *words)
{
    if (words == NULL) {
        *ill = (struct nf_ill){0};
        return;
    }
    ill->since = ill->since == 0 ? now : ill->since;
    snprintf(ill->words, sizeof(ill->words), "%s", words);
    nf_text_scrub(ill->words);
}

/* "1769076000000 1234", then lines such as
 * "broker 1769075000000 127.0.0.1:1883: Connection refused" */
bool
nf_beat_put(const struct nf_settings *settings, const struct nf_beat *beat)
{
    char text[NF_PUT_MAX], path[NF_RUN_PATH];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_out_printf(&out, "%" PRId64 " %" PRIu64 "\n", beat->said, beat->process);
    for (size_t i = 0; i < NF_ILLS; i++) {
        if (beat->ills[i].since != 0) {
            nf_out_printf(&out, "%s %" PRId64 " %s\n", names[i],
                          beat->ills[i].since, beat->ills[i].words);
        }
    }
    nf_run_path(settings, "relay/state", path);
    return !out.full && nf_put(path, nf_out_text(&out)) != NF_PUT_FAILED;
}

/* Of a later version's word nothing is known. */
static void
take_ill(struct nf_text line, struct nf_beat *beat)
{
    struct nf_text name = nf_text_cut(&line, ' ');
    nf_time_t since;

    if (!nf_put_take_time(&line, &since)) {
        return;
    }
    for (size_t i = 0; i < NF_ILLS; i++) {
        if (nf_text_equal(name, nf_text(names[i]))) {
            struct nf_ill *ill = &beat->ills[i];
            ill->since = since;
            (void) nf_text_copy(ill->words, sizeof(ill->words), line);
            nf_text_scrub(ill->words);
        }
    }
}

bool
nf_beat_get(const struct nf_settings *settings, struct nf_beat *beat)
{
    char text[NF_PUT_MAX], path[NF_RUN_PATH];
    struct nf_text rest;

    *beat = (struct nf_beat){0};
    nf_run_path(settings, "relay/state", path);
    if (!nf_put_read(path, text, &rest)) {
        return false;
    }
    struct nf_text line = nf_text_cut(&rest, '\n');
    if (!nf_put_take_time(&line, &beat->said)
        || !nf_text_number(line, INT32_MAX, &beat->process))
    {
        *beat = (struct nf_beat){0};
        return false;
    }
    while (rest.len > 0) {
        take_ill(nf_text_cut(&rest, '\n'), beat);
    }
    return true;
}
