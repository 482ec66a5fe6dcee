#include "model/actor.h"

const char *
nf_actor_word(enum nf_actor_kind kind)
{
    static const char *const words[] = {
#define X(kind, word) [kind] = word,
        NF_ACTORS(X)
#undef X
    };
    return words[kind];
}

const char *
nf_actor_text(const struct nf_actor *actor)
{
    return actor->name != NULL ? actor->name : nf_actor_word(actor->kind);
}

bool
nf_actor_is_person(const struct nf_actor *actor)
{
    return actor->kind == NF_ACTOR_OPERATOR || actor->kind == NF_ACTOR_CLI;
}
