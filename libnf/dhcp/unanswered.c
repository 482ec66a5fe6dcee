#include "dhcp/unanswered.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/pidfile.h"
#include "base/put.h"

uint64_t
nf_unanswered_process(const struct nf_settings *settings)
{
    char path[NF_RUN_PATH];

    nf_run_path(settings, "dnsmasq.pid", path);
    return (uint64_t) nf_pidfile_find(path, "dnsmasq");
}

/* "1769076000000 1769076060000 4321" */
bool
nf_unanswered_put(const struct nf_settings *settings,
                  const struct nf_unanswered *unanswered)
{
    char text[128], path[NF_RUN_PATH];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_run_path(settings, "reserve/unanswered", path);
    if (unanswered->since == 0) {
        return unlink(path) == 0 || errno == ENOENT;
    }
    nf_out_printf(&out, "%" PRId64 " %" PRId64 " %" PRIu64 "\n",
                  unanswered->since, unanswered->last, unanswered->process);
    return nf_put(path, nf_out_text(&out)) != NF_PUT_FAILED;
}

static bool
read_line(struct nf_text line, struct nf_unanswered *unanswered)
{
    uint64_t since, last;

    if (!nf_text_number(nf_text_cut(&line, ' '), INT64_MAX, &since)
        || !nf_text_number(nf_text_cut(&line, ' '), INT64_MAX, &last)
        || !nf_text_number(line, INT32_MAX, &unanswered->process))
    {
        return false;
    }
    unanswered->since = (nf_time_t) since;
    unanswered->last = (nf_time_t) last;
    return true;
}

bool
nf_unanswered_get(const struct nf_settings *settings, nf_time_t now,
                  struct nf_unanswered *unanswered)
{
    char text[NF_PUT_MAX], path[NF_RUN_PATH];
    struct nf_text rest;

    nf_run_path(settings, "reserve/unanswered", path);
    return nf_put_read(path, text, &rest)
           && read_line(nf_text_cut(&rest, '\n'), unanswered)
           && now - unanswered->last <= NF_SECONDS(NF_UNANSWERED_S)
           && unanswered->process != 0
           && unanswered->process == nf_unanswered_process(settings);
}
