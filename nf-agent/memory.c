/*
 * How much memory is built in: what firmware says of its slots, else the
 * blocks the kernel found, else what it has left for itself and others.
 */
#include "parts.h"

#include "smbios.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of one GiB, which documents and people call GB. */
#define GB (INT64_C(1) << 30)

static int64_t
meminfo_total(const struct nf_tree *tree)
{
    char line[256];
    long long kib = 0;
    FILE *file = nf_tree_open(tree, "proc/meminfo");

    while (file != NULL && kib == 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "MemTotal:", 9) == 0) {
            kib = strtoll(line + 9, NULL, 10);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return kib > 0 && kib < INT64_MAX >> 11 ? kib << 10 : 0;
}

static int64_t
slots_total(const struct nf_tree *tree)
{
    int64_t total = 0, cached = 0;
    struct nf_smbios part;
    size_t at = 0;
    uint8_t *table = malloc(NF_SMBIOS_MAX);
    ssize_t n = table == NULL ? -1
                              : nf_tree_bytes(tree, table, NF_SMBIOS_MAX,
                                              "sys/firmware/dmi/tables/DMI");

    while (n > 0 && nf_smbios_next(table, (size_t) n, &at, &part)) {
        if (part.at[0] == NF_SMBIOS_MEMORY && total < INT64_MAX / 4
            && cached < INT64_MAX / 4)
        {
            total += nf_smbios_memory(&part);
            cached += nf_smbios_cached_memory(&part);
        }
    }
    free(table);
    return cached > 0 ? cached : total;
}

static int64_t
blocks_total(const struct nf_tree *tree)
{
    char text[NF_LABEL_SIZE];
    int64_t blocks = 0;

    if (!nf_tree_label(tree, text,
                       "sys/devices/system/memory/block_size_bytes")) {
        return 0;
    }
    int64_t size = strtoll(text, NULL, 16);
    struct nf_names names = nf_tree_list(tree, "sys/devices/system/memory");
    for (size_t i = 0; i < names.n; i++) {
        const char *name = names.names[i];
        blocks +=
            strncmp(name, "memory", 6) == 0 && name[6] >= '0' && name[6] <= '9';
    }
    nf_names_free(&names);
    return size > 0 && size < INT64_MAX / 4096 ? size * blocks : 0;
}

/* The kernel keeps a little for itself; more than half as much again is not
 * what it started from. */
static bool
is_likely(int64_t built_in, int64_t used)
{
    return used == 0 ? built_in > 0
                     : built_in >= used && built_in - used <= used / 2;
}

json_int_t
nf_gb(int64_t bytes)
{
    return bytes > 0 && bytes < GB ? 1 : (json_int_t) (bytes / GB);
}

void
nf_memory_put(json_t *hardware, int64_t bytes)
{
    json_t *object = json_object();

    json_object_set_new(object, "total_gb",
                        json_integer(nf_gb(bytes + (bytes > 0 ? GB / 2 : 0))));
    json_object_set_new(object, "total_bytes", json_integer(bytes));
    json_object_set_new(hardware, "memory", object);
}

void
nf_memory_take(const struct nf_tree *tree, json_t *hardware)
{
    int64_t used = meminfo_total(tree);
    int64_t slots = slots_total(tree);
    int64_t blocks = blocks_total(tree);
    int64_t total = used;

    if (is_likely(slots, used)) {
        total = slots;
    } else if (is_likely(blocks, used)) {
        total = blocks;
    }
    nf_memory_put(hardware, total);
}
