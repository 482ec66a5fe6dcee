#include "base/arena.h"

#include <stdlib.h>

enum {
    FIRST_SIZE = 4096,
    BLOCK_SIZE = 4096,
    ALIGN = 16
};

struct block {
    struct block *next;
    size_t used, cap;
    _Alignas(ALIGN) char data[];
};

/* The first block is part of it: a small call is one malloc. */
struct nf_arena {
    struct block *more; /* the newest first */
    size_t used;
    _Alignas(ALIGN) char data[FIRST_SIZE];
};

/* One that this thread gave back, for its next call. */
static _Thread_local nf_arena_t *spare;

static void
give_back(nf_arena_t *arena)
{
#ifdef NF_ARENA_MALLOC
    free(arena); /* so that whoever uses it afterwards is found out */
#else
    if (spare == NULL) {
        spare = arena;
    } else {
        free(arena);
    }
#endif
}

nf_arena_t *
nf_arena_new(void)
{
    nf_arena_t *arena = spare != NULL ? spare : malloc(sizeof(*arena));

    spare = NULL;
    if (arena != NULL) {
        arena->more = NULL;
        arena->used = 0;
    }
    return arena;
}

void
nf_arena_free(nf_arena_t *arena)
{
    if (arena == NULL) {
        return;
    }
    for (struct block *b = arena->more, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    give_back(arena);
}

static void *
block_add(nf_arena_t *arena, size_t size, size_t cap)
{
    struct block *b = malloc(sizeof(*b) + cap);

    if (b == NULL) {
        return NULL;
    }
    *b = (struct block){.next = arena->more, .used = size, .cap = cap};
    arena->more = b;
    return b->data;
}

void *
nf_arena_room(nf_arena_t *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
#ifdef NF_ARENA_MALLOC
    return block_add(arena, size, size);
#else
    size = (size + ALIGN - 1) & ~(size_t) (ALIGN - 1);
    if (size <= FIRST_SIZE - arena->used) {
        arena->used += size;
        return arena->data + arena->used - size;
    }
    struct block *b = arena->more;
    if (b != NULL && size <= b->cap - b->used) {
        b->used += size;
        return b->data + b->used - size;
    }
    return block_add(arena, size, size > BLOCK_SIZE ? size : BLOCK_SIZE);
#endif
}

void *
nf_arena_take(nf_arena_t *arena, size_t size)
{
    void *at = nf_arena_room(arena, size);

    return at == NULL ? NULL : memset(at, 0, size);
}

struct nf_text
nf_arena_copy(nf_arena_t *arena, struct nf_text text)
{
    char *copy = nf_arena_room(arena, text.len + 1);

    if (copy == NULL) {
        return (struct nf_text){0};
    }
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    copy[text.len] = '\0';
    return (struct nf_text){copy, text.len};
}
