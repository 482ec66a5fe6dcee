#ifndef NF_RENDER_BUILD_H
#define NF_RENDER_BUILD_H

/*
 * Making values in an arena.  For the files of this folder.
 *
 * Running out of memory or room is noted in `failed`: ask once, at the end.
 */

#include "base/arena.h"
#include "base/value.h"

struct nf_build {
    nf_arena_t *arena;
    bool failed;
};

/* A map or a list that is being made. */
struct nf_pile {
    struct nf_build *build;
    struct nf_member *members; /* of a map */
    struct nf_value *items;    /* of a list */
    size_t n, cap;
};

struct nf_pile nf_build_map(struct nf_build *build, size_t cap);
struct nf_pile nf_build_list(struct nf_build *build, size_t cap);
void nf_pile_add(struct nf_pile *map, const char *name, struct nf_value value);
void nf_pile_push(struct nf_pile *list, struct nf_value value);
struct nf_value nf_pile_value(const struct nf_pile *pile);

/* Every member of another map; the first of a name wins. */
void nf_pile_add_all(struct nf_pile *map, const struct nf_value *other);

struct nf_text nf_build_printf(struct nf_build *build, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What value is as JSON, at most max bytes; NULL is null. */
struct nf_text nf_build_json(struct nf_build *build,
                             const struct nf_value *value, size_t max);

struct nf_text nf_build_base64(struct nf_build *build, struct nf_text text);

/* The texts of a list, each with `mark` in front of it. */
struct nf_text nf_build_join(struct nf_build *build,
                             const struct nf_value *list, const char *mark);

/* The entries of a list; 0 for anything else, NULL too. */
static inline size_t
nf_value_count(const struct nf_value *list)
{
    return list != NULL && list->kind == NF_VALUE_LIST ? list->list.n : 0;
}

#endif
