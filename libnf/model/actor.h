#ifndef NF_MODEL_ACTOR_H
#define NF_MODEL_ACTOR_H

/*
 * Who makes a change.  Programs of ours say so themselves; who makes a call
 * is decided by the gate alone (api/gate.c).
 */

#include "base/address.h"

/* clang-format off */
/*    kind                word in events and records, when no name is known */
#define NF_ACTORS(X)                                                          \
    X(NF_ACTOR_NOBODY,    "nobody")  /* no gate was passed */                 \
    X(NF_ACTOR_NODE,      "node")    /* a node, its installer, its agent */   \
    X(NF_ACTOR_OPERATOR,  "api")     /* who may use the API */                \
    X(NF_ACTOR_HOOK,      "hook")                                             \
    X(NF_ACTOR_RELAY,     "relay")                                            \
    X(NF_ACTOR_CLI,       "nf")
/* clang-format on */

enum nf_actor_kind {
#define X(kind, word) kind,
    NF_ACTORS(X)
#undef X
};

struct nf_actor {
    enum nf_actor_kind kind;
    const char *name; /* NULL: not known */
    nf_ip4_t address; /* unset: none, or not IPv4 */
};

/* The word of a kind. */
const char *nf_actor_word(enum nf_actor_kind kind);

/* Whether that is a person, and no program of ours or of a node. */
bool nf_actor_is_person(const struct nf_actor *actor);

/* What events call it: its name when known, or the word of its kind. */
const char *nf_actor_text(const struct nf_actor *actor);

#endif
