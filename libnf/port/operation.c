#include "port/operation.h"

const char *const nf_switch_causes[NF_SWITCH_CAUSE_COUNT + 1] = {
#define X(name, word, text) [name] = (word),
    NF_SWITCH_CAUSES(X)
#undef X
};

const char *const nf_switch_drivers[] = {
    "snmp", "ios", "nxos", "vrp", "comware", "eapi", NULL,
};

const char *const nf_switch_verbs[NF_SWITCH_VERB_COUNT + 1] = {
#define X(name, word) [name] = (word),
    NF_SWITCH_VERBS(X)
#undef X
};

const char *
nf_switch_cause_text(enum nf_switch_cause cause)
{
    static const char *const texts[] = {
#define X(name, word, text) [name] = (text),
        NF_SWITCH_CAUSES(X)
#undef X
    };

    return texts[cause];
}

void
nf_switch_fail(struct nf_switch_told *told, enum nf_switch_cause cause,
               struct nf_text words)
{
    told->cause = cause;
    nf_text_copy_words(told->words, sizeof(told->words), words);
}
