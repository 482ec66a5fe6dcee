#include "json/memory.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local bool is_parsing, has_failed;

static void *
allocate(size_t size)
{
    void *memory = is_parsing && has_failed ? NULL : malloc(size);

    has_failed = has_failed || (is_parsing && memory == NULL);
    return memory;
}

/* A document may hold a password. */
static void
release(void *memory)
{
    if (memory != NULL) {
        explicit_bzero(memory, malloc_usable_size(memory));
    }
    free(memory);
}

/* Before there is a second thread, or any JSON. */
__attribute__((constructor)) static void
take_over(void)
{
    json_set_alloc_funcs(allocate, release);
}

void
nf_json_memory_begin(void)
{
    is_parsing = true;
    has_failed = false;
}

bool
nf_json_memory_end(void)
{
    is_parsing = false;
    return !has_failed;
}
