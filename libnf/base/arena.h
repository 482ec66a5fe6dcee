#ifndef NF_BASE_ARENA_H
#define NF_BASE_ARENA_H

/*
 * Memory with one lifetime.  Everything taken from an arena is freed with it;
 * nothing is freed by itself.  One arena serves one call, on one thread.
 */

#include <stddef.h>

#include "base/text.h"

typedef struct nf_arena nf_arena_t;

/* NULL when there is no memory. */
nf_arena_t *nf_arena_new(void);
void nf_arena_free(nf_arena_t *arena);

/* Zeroed memory, aligned for any type, valid until the arena is freed; NULL
 * when there is none.  Built with NF_ARENA_MALLOC each piece is a malloc of
 * its own, so that AddressSanitizer sees its edges. */
void *nf_arena_take(nf_arena_t *arena, size_t size);

/* The same, but what it holds is not set: for buffers that are written. */
void *nf_arena_room(nf_arena_t *arena, size_t size);

/* A copy with a NUL behind it; .data is NULL when there is no memory. */
struct nf_text nf_arena_copy(nf_arena_t *arena, struct nf_text text);

#endif
