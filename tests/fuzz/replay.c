/*
 * A fuzz target without the fuzzer: runs every file of the target's corpus,
 * and some mutations of each, and prints TAP.  The corpus is found by the
 * program's own name: tests/fuzz/corpus/<name>/.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    INPUT_MAX = 1 << 20,
    MUTATIONS = 200
};

static uint32_t seed;

/* Numerical Recipes' generator: the same everywhere. */
static uint32_t
next_random(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

/* An allocation of exactly the size, so that one byte over is seen. */
static void
run(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size == 0 ? 1 : size);

    if (exact == NULL) {
        abort();
    }
    memcpy(exact, data, size);
    (void) LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static size_t
mutate(uint8_t *data, size_t size)
{
    size_t at = size == 0 ? 0 : next_random() % size;

    switch (size == 0 ? 3 : next_random() % 4) {
    case 0:
        data[at] ^= (uint8_t) (1u << next_random() % 8);
        return size;
    case 1:
        data[at] = (uint8_t) next_random();
        return size;
    case 2:
        return at;
    default:
        memmove(data + at + 1, data + at, size - at);
        data[at] = (uint8_t) next_random();
        return size + 1;
    }
}

static void
run_with_mutations(const uint8_t *input, size_t size)
{
    uint8_t *copy = malloc(size + MUTATIONS);

    if (copy == NULL) {
        abort();
    }
    run(input, size);
    for (unsigned i = 0; i < MUTATIONS; i++) {
        size_t n = size;
        memcpy(copy, input, size);
        for (unsigned j = 0; j <= i % 4; j++) {
            n = mutate(copy, n);
        }
        run(copy, n);
    }
    free(copy);
}

static size_t
read_file(const char *path, uint8_t *input)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        return SIZE_MAX;
    }
    size_t n = fread(input, 1, INPUT_MAX, file);
    fclose(file);
    return n;
}

int
main(int argc, char **argv)
{
    static uint8_t input[INPUT_MAX];
    const char *name = strrchr(argv[0], '/');
    char folder[256], path[1024];
    unsigned count = 0;

    name = name == NULL ? argv[0] : name + 1;
    snprintf(folder, sizeof(folder), "tests/fuzz/corpus/%s", name);
    DIR *dir = opendir(argc > 1 ? argv[1] : folder);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        snprintf(path, sizeof(path), "%s/%s", argc > 1 ? argv[1] : folder,
                 e->d_name);
        size_t n = e->d_name[0] == '.' ? SIZE_MAX : read_file(path, input);
        if (n != SIZE_MAX) {
            seed = 1;
            run_with_mutations(input, n);
            printf("ok %u - %s survives %s\n", ++count, name, e->d_name);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    run((const uint8_t *) "", 0);
    printf("ok %u - %s survives nothing\n1..%u\n", count + 1, name, count + 1);
    return 0;
}
