#include "dhcp/pool.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/put.h"
#include "base/time.h"

/* "1769076000000 1769076060000 10.66.0.10 10.66.0.20" */
bool
nf_pool_put(const struct nf_settings *settings, const struct nf_pool_full *full)
{
    char text[128], path[NF_RUN_PATH], first[NF_IP4_TEXT], end[NF_IP4_TEXT];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_run_path(settings, "reserve/full", path);
    if (full->since == 0) {
        return unlink(path) == 0 || errno == ENOENT;
    }
    nf_ip4_format(full->first, first);
    nf_ip4_format(full->end, end);
    nf_out_printf(&out, "%" PRId64 " %" PRId64 " %s %s\n", full->since,
                  full->last, first, end);
    return nf_put(path, nf_out_text(&out)) != NF_PUT_FAILED;
}

static bool
read_line(struct nf_text line, struct nf_pool_full *full)
{
    uint64_t since, last;

    if (!nf_text_number(nf_text_cut(&line, ' '), INT64_MAX, &since)
        || !nf_text_number(nf_text_cut(&line, ' '), INT64_MAX, &last)
        || !nf_ip4_parse(nf_text_cut(&line, ' '), &full->first)
        || !nf_ip4_parse(line, &full->end))
    {
        return false;
    }
    full->since = (nf_time_t) since;
    full->last = (nf_time_t) last;
    return true;
}

bool
nf_pool_get(const struct nf_settings *settings, nf_time_t now,
            struct nf_pool_full *full)
{
    char text[NF_PUT_MAX], path[NF_RUN_PATH];
    struct nf_text rest;

    nf_run_path(settings, "reserve/full", path);
    if (!nf_put_read(path, text, &rest)) {
        return false;
    }
    return read_line(nf_text_cut(&rest, '\n'), full)
           && now - full->last <= NF_SECONDS(NF_POOL_FULL_S);
}
