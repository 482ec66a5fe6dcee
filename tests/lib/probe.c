/*
 * What tests do to a store from outside: make one, show it, lock it, fill it,
 * drain a spool into it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "spool/spool.h"
#include "store/leases.h"
#include "store/nodes.h"

static nf_store_t *store;
static struct nf_settings settings;

static int
say(nf_error_t err)
{
    if (err != NF_OK) {
        fprintf(stderr, "%s\n", nf_error_text(err));
    }
    return err == NF_OK ? 0 : 1;
}

/* One JSON object a line. */
static int
dump_leases(struct nf_read *r)
{
    char text[NF_LEASE_JSON_MAX];
    struct nf_lease lease;
    nf_ip4_t after = {0};

    while (nf_leases_next(r, nf_ip4_is_set(after) ? &after : NULL, &lease)) {
        struct nf_out out = nf_out(text, sizeof(text));
        nf_lease_json(&lease, &out);
        printf("{\"gone\":%s,\"lease\":%.*s}\n",
               lease.is_gone ? "true" : "false", (int) out.len, text);
        after = lease.ip;
    }
    return say(r->err);
}

static int
dump(const char *unused)
{
    struct nf_node_view view;
    NF_READ(r, store);

    (void) unused;
    if (dump_leases(&r) != 0) {
        return 1;
    }
    NF_SCAN(scan, &r, NF_NODES_BY_AGE);
    for (bool ok = nf_nodes_list(&scan, NULL, &view); ok;
         ok = nf_nodes_list_next(&scan, &view))
    {
        printf("{\"node\":%.*s}}\n", (int) view.json.len, view.json.data);
    }
    return say(r.err);
}

/* Be the one writer until standard input ends. */
static int
hold(const char *unused)
{
    NF_WRITE(w, store);

    (void) unused;
    puts("held");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return say(w.read.err);
}

static bool
fill_one(uint32_t i, size_t size)
{
    static char junk[4000];
    char key[32];
    NF_WRITE(w, store);

    snprintf(key, sizeof(key), "junk-%08x", i);
    nf_write_put(&w, NF_META, (struct nf_bytes){key, strlen(key)},
                 (struct nf_bytes){junk, size});
    return nf_write_commit(&w) == NF_OK;
}

/* Until not even a small value fits. */
static int
fill(const char *unused)
{
    uint32_t i = 0;

    (void) unused;
    for (size_t size = 4000; size > 0; size /= 2) {
        while (fill_one(i, size)) {
            i++;
        }
    }
    printf("%u\n", i);
    return 0;
}

static int
drain(const char *dir)
{
    struct nf_spool_target target = {
        .store = store, .settings = &settings, .now = 1, .actor = "test"};
    struct nf_spool_count count;
    nf_error_t err = nf_spool_drain(dir, nf_spool_store, &target, &count);

    printf("%u %u %llu\n", count.taken, count.left,
           (unsigned long long) count.lost_bytes);
    return say(err);
}

static const struct {
    const char *name;
    int (*run)(const char *arg);
} commands[] = {
    {"dump", dump}, {"hold", hold}, {"fill", fill}, {"drain", drain}};

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: probe init|dump|hold|fill|drain STORE [ARG]\n", stderr);
        return 2;
    }
    const char *arg = argc > 3 ? argv[3] : "";
    if (strcmp(argv[1], "init") == 0) {
        struct nf_store_init init = {.map_size = strtoul(arg, NULL, 10)};
        return say(nf_store_init(argv[2], &init));
    }
    nf_settings_default(&settings);
    if (say(nf_store_open(&store, argv[2])) != 0) {
        return 1;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(arg);
        }
    }
    return 2;
}
