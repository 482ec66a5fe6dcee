#ifndef NF_RELAY_MIRROR_H
#define NF_RELAY_MIRROR_H

/*
 * Looking now and then whether the mirror serves what profiles need, so that
 * an installation is refused before its machine restarts for nothing
 * (status/mirror.h).
 */

#include "mirror_ask.h"
#include "turn.h"

struct nf_mirror_looker {
    struct nf_turn *turn;
    nf_time_t at; /* tick */
    bool is_asked;
    bool has_failed; /* the last time: one failure alone may be chance */
    struct nf_mirror_ask ask;
    struct nf_mirror_state state;
    struct nf_pace pace;
};

/* Returns the tick to be run at again. */
nf_time_t nf_mirror_looker_run(struct nf_mirror_looker *looker);

#endif
