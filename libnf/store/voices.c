/*
 * voices: mac -> struct nf_voices
 */
#include "store/voices.h"

#include <assert.h>

#include "base/time.h"

static_assert(sizeof(struct nf_voices) == 32, "stored: see docs/store.md");

struct nf_voices
nf_voices_get(struct nf_read *r, nf_mac_t node)
{
    struct nf_voices voices = {0};
    struct nf_bytes value;

    if (!nf_read_get(r, NF_VOICES, (struct nf_bytes){node.b, sizeof(node.b)},
                     &value))
    {
        return voices;
    }
    if (value.len == sizeof(voices)) {
        memcpy(&voices, value.data, sizeof(voices));
    } else {
        nf_read_fail(r, NF_CORRUPT);
    }
    return voices;
}

bool
nf_voices_put(struct nf_write *w, nf_mac_t node, const struct nf_voices *voices)
{
    return nf_write_put(w, NF_VOICES, (struct nf_bytes){node.b, sizeof(node.b)},
                        (struct nf_bytes){voices, sizeof(*voices)});
}

bool
nf_voices_json(struct nf_read *r, nf_mac_t node, struct nf_out *out)
{
    struct nf_voices voices = nf_voices_get(r, node);
    char in_ram[NF_TIME_TEXT], at_script[NF_TIME_TEXT];

    nf_time_format(voices.in_ram, in_ram);
    nf_time_format(voices.at_script, at_script);
    nf_out_printf(out, "{\"in_ram\":\"%s\",\"at_script\":\"%s\"}", in_ram,
                  at_script);
    return r->err == NF_OK;
}
