#ifndef NF_STATUS_BEAT_H
#define NF_STATUS_BEAT_H

/*
 * How nf-relay is, as it says itself every few seconds: a file in NF_RUN_DIR,
 * since that can be written when the store and its disk are full.
 */

#include "base/time.h"
#include "model/settings.h"

enum {
    NF_ILL_WORDS = 160,
    NF_BEAT_S = 5,
    NF_BEAT_SILENT_S = 15, /* who said nothing so long has ended or hangs */
};

/* What nf-relay knows to be out of order. */
enum nf_ill_kind {
    NF_ILL_BROKER,      /* there is no connection */
    NF_ILL_BROKER_HUNG, /* there is one, and no answer */
    NF_ILL_SPOOL,       /* lease events wait, and are not taken */
    NF_ILL_STORE,       /* it does not take what nf-relay writes */
    NF_ILL_FULL,        /* it has no room; whoever asks sees that himself */
    NF_ILL_TEMPLATE,    /* one of the operator's has a fault */
    NF_ILL_FILES,       /* the disk of the boot files; as NF_ILL_FULL */
    NF_ILL_RESERVE,     /* nf-reserve; as NF_ILL_FULL */
    NF_ILL_WORKER,      /* none is connected; as NF_ILL_FULL */
    NF_ILLS,
};

struct nf_ill {
    nf_time_t since; /* 0: it is well */
    char words[NF_ILL_WORDS];
};

struct nf_beat {
    nf_time_t said; /* 0: never */
    uint64_t process;
    struct nf_ill ills[NF_ILLS];
};

/* Note that it is so; since when it is kept from before.  NULL: it is well. */
void nf_ill_set(struct nf_ill *ill, nf_time_t now, const char *words);

/* Replace the file.  False: see errno. */
bool nf_beat_put(const struct nf_settings *settings,
                 const struct nf_beat *beat);

/* The latest one; false: there is none that can be read. */
bool nf_beat_get(const struct nf_settings *settings, struct nf_beat *beat);

#endif
