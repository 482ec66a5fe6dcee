#include "status/failing.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/put.h"

/* "dnsmasq 1769076000000 0 ended with status 2: unknown interface eth1" */
bool
nf_failing_put(const struct nf_settings *settings, const struct nf_failing *all,
               size_t n)
{
    char text[NF_PUT_MAX], path[NF_RUN_PATH];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_run_path(settings, "failing", path);
    if (n == 0) {
        return unlink(path) == 0 || errno == ENOENT;
    }
    for (size_t i = 0; i < n; i++) {
        nf_out_printf(&out, "%s %" PRId64 " %" PRId64 " %s\n", all[i].name,
                      all[i].since, all[i].started, all[i].words);
    }
    return !out.full && nf_put(path, nf_out_text(&out)) != NF_PUT_FAILED;
}

static bool
read_line(struct nf_text line, struct nf_failing *failing)
{
    if (!nf_text_copy(failing->name, sizeof(failing->name),
                      nf_text_cut(&line, ' '))
        || !nf_put_take_time(&line, &failing->since)
        || !nf_put_take_time(&line, &failing->started))
    {
        return false;
    }
    nf_text_copy_words(failing->words, sizeof(failing->words), line);
    nf_text_scrub(failing->words);
    return true;
}

/* One that was started a moment ago has yet to show that it stays. */
static bool
is_down(const struct nf_failing *failing, nf_time_t now)
{
    nf_time_t runs = now - failing->started;

    return failing->started == 0
           || (runs > -NF_SECONDS(NF_FAILING_STEADY_S)
               && runs < NF_SECONDS(NF_FAILING_STEADY_S));
}

bool
nf_failing_get(const struct nf_settings *settings, nf_time_t now,
               const char *name, struct nf_failing *failing)
{
    char text[NF_PUT_MAX], path[NF_RUN_PATH];
    struct nf_text rest;

    nf_run_path(settings, "failing", path);
    if (!nf_put_read(path, text, &rest)) {
        return false;
    }
    while (rest.len > 0) {
        if (read_line(nf_text_cut(&rest, '\n'), failing)
            && strcmp(failing->name, name) == 0)
        {
            return is_down(failing, now);
        }
    }
    return false;
}
