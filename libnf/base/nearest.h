#ifndef NF_BASE_NEAREST_H
#define NF_BASE_NEAREST_H

/*
 * Which word somebody meant who mistyped one.
 */

#include "base/text.h"

enum {
    NF_NEAREST_MAX = 64 /* longer words are compared with nothing */
};

/* How many letters differ: put in, left out, replaced, or swapped with the
 * next.  SIZE_MAX when one of them is too long to compare. */
size_t nf_text_distance(struct nf_text a, struct nf_text b);

/* The best one so far; begins as all zero but what was typed. */
struct nf_nearest {
    struct nf_text typed;
    const char *word; /* NULL: none is near enough to be offered */
    size_t distance;  /* of that one */
};

/* Look at one more word, which must live as long as the result is used.  Of
 * those that are equally near the first one stays. */
void nf_nearest_look(struct nf_nearest *nearest, const char *word);

#endif
