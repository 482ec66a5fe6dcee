#include "dhcp/unserved.h"

#include <inttypes.h>

#include "base/out.h"
#include "base/put.h"

/* "525400000006 6 0 1769076000000" */
bool
nf_unserved_put(const struct nf_settings *settings,
                const struct nf_unserved *rows, size_t n)
{
    char text[NF_PUT_MAX], path[NF_RUN_PATH], mac[NF_MAC_TEXT];
    struct nf_out out = nf_out(text, sizeof(text));

    for (size_t i = 0; i < n && i < NF_UNSERVED_MAX; i++) {
        nf_mac_format(rows[i].firmware.mac, mac);
        nf_out_printf(&out, "%s %u %d %" PRId64 "\n", mac,
                      (unsigned) rows[i].firmware.arch, rows[i].firmware.is_pi,
                      rows[i].asked_at);
    }
    nf_run_path(settings, "reserve/unserved", path);
    return !out.full && nf_put(path, nf_out_text(&out)) != NF_PUT_FAILED;
}

static bool
take_line(struct nf_text line, struct nf_unserved *row)
{
    uint64_t arch, is_pi, asked_at;

    if (!nf_mac_parse(nf_text_cut(&line, ' '), &row->firmware.mac)
        || !nf_text_number(nf_text_cut(&line, ' '), UINT16_MAX, &arch)
        || !nf_text_number(nf_text_cut(&line, ' '), 1, &is_pi)
        || !nf_text_number(line, INT64_MAX, &asked_at))
    {
        return false;
    }
    row->firmware.arch = (uint16_t) arch;
    row->firmware.is_pi = is_pi == 1;
    row->asked_at = (nf_time_t) asked_at;
    return true;
}

bool
nf_unserved_find(const struct nf_settings *settings, nf_mac_t mac,
                 struct nf_unserved *out)
{
    char text[NF_PUT_MAX], path[NF_RUN_PATH];
    struct nf_text rest;

    nf_run_path(settings, "reserve/unserved", path);
    if (!nf_put_read(path, text, &rest)) {
        return false;
    }
    while (rest.len > 0) {
        struct nf_unserved row;
        if (take_line(nf_text_cut(&rest, '\n'), &row)
            && nf_mac_equal(row.firmware.mac, mac))
        {
            *out = row;
            return true;
        }
    }
    return false;
}
