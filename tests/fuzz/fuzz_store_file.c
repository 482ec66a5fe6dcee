/*
 * A store's file with any of its bytes changed: it is refused before LMDB has
 * it, or LMDB can read it and write to it.  Six bytes of input change four of
 * the file: a page, a place in it (2), what they are turned over with (3).
 */
#include <stdint.h>

#include "fuzz_store.h"
#include "store/check.h"
#include "store/nodes.h"
#include "store/pages.h"

enum {
    PAGE = 4096,
    NODES = 120,
    FILE_MAX = 4 << 20,
    PATCH = 6,
};

static uint8_t whole[FILE_MAX], now[FILE_MAX];
static size_t whole_len;

/* Several levels, records on pages of their own, and pages that are free. */
static void
fill(void)
{
    static const char big[3 * PAGE];

    for (unsigned n = 1; n <= NODES; n++) {
        struct nf_node node = {.mac = {{0x52, 0x54, 0, 0, 0, (uint8_t) n}},
                               .created_at = n};
        NF_WRITE(w, site.store);
        snprintf(node.serial, sizeof(node.serial), "SN-%u", n);
        nf_nodes_put(&w, &node, (struct nf_text){0});
        nf_write_put(&w, NF_HARDWARE, (struct nf_bytes){node.mac.b, 6},
                     (struct nf_bytes){big, n % 7 == 0 ? sizeof(big) : 300});
        if (n > 20 && n % 3 == 0) {
            node.mac.b[5] = (uint8_t) (n - 20);
            nf_nodes_delete(&w, node.mac);
        }
        if (nf_write_commit(&w) != NF_OK) {
            abort();
        }
    }
}

static void
make_whole(void)
{
    fresh_store(NULL);
    fill();
    nf_store_close(site.store);
    site.store = NULL;
    FILE *file = fopen(path, "re");
    whole_len = file == NULL ? 0 : fread(whole, 1, sizeof(whole), file);
    if (file == NULL || whole_len == 0 || whole_len == sizeof(whole)) {
        abort();
    }
    fclose(file);
}

/* An input of an odd length cuts the file. */
static size_t
change(const uint8_t *data, size_t size)
{
    size_t len = whole_len;

    memcpy(now, whole, whole_len);
    for (; size >= PATCH; data += PATCH, size -= PATCH) {
        size_t at = (size_t) data[0] * PAGE + data[1] + data[2] % 16 * 256u;
        for (size_t i = 0; i < 3; i++) {
            now[(at + i) % whole_len] ^= data[3 + i];
        }
    }
    if (size == 3) {
        len = (data[0] * 65536u + data[1] * 256u + data[2]) % whole_len;
    }
    return len;
}

static void
hear(void *of, const char *fault)
{
    (void) of, (void) fault;
}

/* What is let through is read, and written to. */
static void
use(void)
{
    struct nf_check check = {.tell = hear};
    static const char big[5000];

    if (nf_store_open_as_is(&site.store, path) != NF_OK) {
        return;
    }
    (void) nf_store_check(site.store, &check);
    for (unsigned n = 0; n < 20; n++) {
        NF_CLEAN(w, site.store);
        nf_write_put(&w, NF_CURSORS, (struct nf_bytes){&n, sizeof(n)},
                     (struct nf_bytes){big, n % 2 ? sizeof(big) : 40});
        nf_write_delete(&w, NF_HARDWARE,
                        (struct nf_bytes){"\x52\x54\0\0\0\x70", 6});
        (void) nf_write_commit(&w);
    }
    nf_store_close(site.store);
    site.store = NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_fault fault = {0};

    if (whole_len == 0) {
        make_whole();
    }
    size_t len = change(data, size);
    FILE *file = fopen(path, "we");
    if (file == NULL || fwrite(now, 1, len, file) != len) {
        abort();
    }
    fclose(file);
    if (nf_pages_check(path, &fault) == NF_OK) {
        use();
    } else if (size == 0 || fault.reason[0] == '\0') {
        abort(); /* a whole one is, and why not is said */
    }
    return 0;
}
