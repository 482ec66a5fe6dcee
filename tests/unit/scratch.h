#ifndef NF_TEST_SCRATCH_H
#define NF_TEST_SCRATCH_H

/*
 * A store of its own for one test, and its whole contents as bytes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/address.h"
#include "store/txn.h"

#define UNUSED __attribute__((unused))

struct scratch {
    char dir[64];
    char path[96];
    nf_store_t *store;
};

/* Memory is faster than a disk, and what is tested does not differ. */
UNUSED static void
scratch_make(struct scratch *s, size_t map_size)
{
    struct nf_store_init init = {.map_size =
                                     map_size != 0 ? map_size : 64 << 20};

    snprintf(s->dir, sizeof(s->dir), "%s/nf-test-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->path, sizeof(s->path), "%s/nodes.db", s->dir);
    assert_int_equal(nf_store_init(s->path, &init), NF_OK);
    assert_int_equal(nf_store_open(&s->store, s->path), NF_OK);
}

UNUSED static void
scratch_drop(struct scratch *s)
{
    static const char *const suffixes[] = {
        "",      "-lock",         "-bell",     "-ballast",
        ".copy", ".copy.partial", ".copy-lock"};
    char name[128];

    nf_store_close(s->store);
    s->store = NULL;
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", s->path, suffixes[i]);
        (void) unlink(name);
    }
    assert_int_equal(rmdir(s->dir), 0);
}

struct dump {
    char *data;
    size_t len, cap;
};

UNUSED static void
dump_add(struct dump *d, const void *data, size_t len)
{
    if (d->cap - d->len < len) {
        d->cap = (d->cap + len) * 2;
        d->data = realloc(d->data, d->cap);
        assert_non_null(d->data);
    }
    if (len > 0) {
        memcpy(d->data + d->len, data, len);
    }
    d->len += len;
}

/* No two stores have the same generation. */
static bool
is_of_store_alone(int table, struct nf_bytes key)
{
    return table == NF_META && key.len == 10
           && memcmp(key.data, "generation", 10) == 0;
}

/* Every key and value of every table.  The caller frees data. */
UNUSED static struct dump
dump_read(struct nf_read *r)
{
    struct dump d = {0};

    for (int table = 0; table < NF_TABLE_COUNT; table++) {
        NF_SCAN(scan, r, (nf_table_t) table);
        bool more = nf_scan_seek(&scan, (struct nf_bytes){"", 0});
        for (; more; more = nf_scan_next(&scan)) {
            if (is_of_store_alone(table, scan.key)) {
                continue;
            }
            dump_add(&d, &table, sizeof(table));
            dump_add(&d, &scan.key.len, sizeof(scan.key.len));
            dump_add(&d, scan.key.data, scan.key.len);
            dump_add(&d, &scan.value.len, sizeof(scan.value.len));
            dump_add(&d, scan.value.data, scan.value.len);
        }
    }
    assert_int_equal(r->err, NF_OK);
    return d;
}

UNUSED static struct dump
dump_store(nf_store_t *store)
{
    NF_READ(r, store);
    return dump_read(&r);
}

UNUSED static bool
dump_equal(struct dump a, struct dump b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

UNUSED static nf_mac_t
mac_of(unsigned n)
{
    return (nf_mac_t){
        {0x52, 0x54, 0, (uint8_t) (n >> 16), (uint8_t) (n >> 8), (uint8_t) n}};
}

UNUSED static nf_ip4_t
ip_of(unsigned n)
{
    return (nf_ip4_t){{10, 66, (uint8_t) (n >> 8), (uint8_t) n}};
}

#endif
