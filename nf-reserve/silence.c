#include "silence.h"

enum {
    ASKED = 2, /* times in vain */
    LONG_MS = 3000,
    ALL_ASKED = 3, /* times in vain, whoever asked */
    ALL_MS = 3500,
    LATELY_MS = 600000,
    FORGET_MS = 120000,
};

static size_t
find(const struct nf_silence *silence, const struct nf_card *card)
{
    size_t i = 0;

    while (i < NF_SILENT_CARDS && !nf_card_equal(&silence->each[i].card, card))
    {
        i++;
    }
    return i;
}

/* A free place, or that of who asked longest ago. */
static size_t
make(struct nf_silence *silence)
{
    size_t oldest = 0;

    for (size_t i = 0; i < NF_SILENT_CARDS; i++) {
        if (silence->each[i].last < silence->each[oldest].last) {
            oldest = i;
        }
    }
    return oldest;
}

bool
nf_silence_asked(struct nf_silence *silence, const struct nf_card *card,
                 nf_time_t tick)
{
    size_t i = find(silence, card);

    if (i == NF_SILENT_CARDS || tick - silence->each[i].last > FORGET_MS) {
        i = i == NF_SILENT_CARDS ? make(silence) : i;
        silence->each[i].card = *card;
        silence->each[i].since = tick;
        silence->each[i].asked = 0;
    }
    silence->each[i].last = tick;
    silence->each[i].asked++;
    bool is_long = silence->each[i].asked >= ASKED
                   && tick - silence->each[i].since >= LONG_MS;
    bool is_its_own =
        silence->answered_at != 0 && tick - silence->answered_at <= LATELY_MS;
    if (is_long && is_its_own) {
        silence->each[i].since = tick;
        silence->each[i].asked = 0;
    }
    return is_long && is_its_own;
}

nf_time_t
nf_silence_of_all(struct nf_silence *silence, nf_time_t tick)
{
    silence->quiet_since = silence->in_vain == 0 ? tick : silence->quiet_since;
    silence->in_vain++;
    bool is_long =
        silence->in_vain >= ALL_ASKED && tick - silence->quiet_since >= ALL_MS;

    return is_long ? silence->quiet_since : 0;
}

void
nf_silence_answered(struct nf_silence *silence, const struct nf_card *card,
                    nf_time_t tick)
{
    size_t i = find(silence, card);

    silence->answered_at = tick;
    silence->in_vain = 0;
    if (i < NF_SILENT_CARDS) {
        silence->each[i].card = (struct nf_card){0};
        silence->each[i].last = 0;
    }
}
