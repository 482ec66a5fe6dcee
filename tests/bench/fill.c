/*
 * Fill a store with nodes that live, for measurements: fill STORE COUNT.
 *
 * fill STORE COUNT INSTALLING: make it as well, with a map that valgrind can
 * open, and install the first so many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "change/change.h"
#include "names.h"

enum {
    BATCH = 1000,
    MAP_SIZE = 1 << 30,
};

static struct nf_settings settings;

static nf_error_t
create(struct nf_change *c, uint32_t i)
{
    static const struct nf_status_report alive = {.status = "discovered"};
    struct nf_node_edit edit = {
        .has = NF_HAS_MAC | NF_HAS_IP | NF_HAS_HOSTNAME | NF_HAS_SERIAL,
        .node = {.mac = mac_of(i),
                 .ip = {{10, (uint8_t) (i >> 16), (uint8_t) (i >> 8),
                         (uint8_t) i}}},
    };

    snprintf(edit.node.hostname, sizeof(edit.node.hostname), "node-%06u", i);
    snprintf(edit.node.serial, sizeof(edit.node.serial), "SN%010u", i);
    nf_error_t err = nf_change_node_create(c, &edit);
    return err == NF_OK ? nf_change_status(c, mac_of(i), &alive) : err;
}

static nf_error_t
install(nf_store_t *store, uint32_t count, nf_time_t now)
{
    NF_WRITE(w, store);
    struct nf_change c = {
        .w = &w, .settings = &settings, .now = now, .actor = "bench"};

    for (uint32_t i = 0; i < count; i++) {
        nf_error_t err =
            nf_change_node_action(&c, mac_of(i), "install", "debian-12");
        if (err != NF_OK) {
            return err;
        }
    }
    return nf_write_commit(&w);
}

static nf_error_t
fill(nf_store_t *store, uint32_t from, uint32_t to, nf_time_t now)
{
    NF_WRITE(w, store);
    struct nf_change c = {
        .w = &w, .settings = &settings, .now = now, .actor = "bench"};

    for (uint32_t i = from; i < to; i++) {
        nf_error_t err = create(&c, i);
        if (err != NF_OK) {
            return err;
        }
    }
    return nf_write_commit(&w);
}

int
main(int argc, char **argv)
{
    nf_store_t *store;

    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: fill STORE COUNT [INSTALLING]\n");
        return 2;
    }
    nf_settings_default(&settings);
    uint32_t count = (uint32_t) strtoul(argv[2], NULL, 10);
    struct nf_store_init init = {.map_size = MAP_SIZE};
    nf_error_t err = argc == 4 ? nf_store_init(argv[1], &init) : NF_OK;
    err = err == NF_OK ? nf_store_open(&store, argv[1]) : err;
    nf_time_t now = (nf_time_t) time(NULL) * 1000;
    for (uint32_t i = 0; err == NF_OK && i < count; i += BATCH) {
        err = fill(store, i, i + BATCH < count ? i + BATCH : count, now + i);
    }
    if (err == NF_OK && argc == 4) {
        err =
            install(store, (uint32_t) strtoul(argv[3], NULL, 10), now + count);
    }
    if (err != NF_OK) {
        fprintf(stderr, "fill: %s\n", nf_error_text(err));
        return 1;
    }
    nf_store_close(store);
    return 0;
}
