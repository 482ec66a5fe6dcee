#include "base/arena.h"

#include <stdlib.h>

enum {
    BLOCK_SIZE = 4096,
    ALIGN = 16
};

struct block {
    struct block *next;
    size_t used, cap;
    _Alignas(ALIGN) char data[];
};

struct nf_arena {
    struct block *blocks; /* the newest first */
};

nf_arena_t *
nf_arena_new(void)
{
    return calloc(1, sizeof(nf_arena_t));
}

void
nf_arena_free(nf_arena_t *arena)
{
    if (arena == NULL) {
        return;
    }
    for (struct block *b = arena->blocks, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    free(arena);
}

static struct block *
block_add(nf_arena_t *arena, size_t cap)
{
    struct block *b = calloc(1, sizeof(*b) + cap);

    if (b != NULL) {
        b->cap = cap;
        b->next = arena->blocks;
        arena->blocks = b;
    }
    return b;
}

void *
nf_arena_take(nf_arena_t *arena, size_t size)
{
    struct block *b = arena->blocks;

    if (size > SIZE_MAX / 2) {
        return NULL;
    }
#ifndef NF_ARENA_MALLOC
    size = (size + ALIGN - 1) & ~(size_t) (ALIGN - 1);
    if (b == NULL || b->cap - b->used < size) {
        b = block_add(arena, size > BLOCK_SIZE ? size : BLOCK_SIZE);
    }
#else
    b = block_add(arena, size);
#endif
    if (b == NULL) {
        return NULL;
    }
    void *at = b->data + b->used;
    b->used += size;
    return at;
}

struct nf_text
nf_arena_copy(nf_arena_t *arena, struct nf_text text)
{
    char *copy = nf_arena_take(arena, text.len + 1);

    if (copy == NULL) {
        return (struct nf_text){0};
    }
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    return (struct nf_text){copy, text.len};
}
