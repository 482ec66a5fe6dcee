/*
 * A process that writes through the interface as fast as it can, to be killed,
 * and one that looks at what is left.
 *
 *   writers init DB            make a store
 *   writers write DB ID FIRST  batches of creates and edits; after each is on
 *                              disk a line per acknowledged write:
 *                              "MAC NUMBER", NUMBER rises with every edit
 *   writers check DB           state against log; then "MAC NUMBER" of each
 *                              node, by its host name
 */
#include <stdlib.h>
#include <unistd.h>

#include "api/api.h"
#include "replay_log.h"

enum {
    BATCH = 24,
    CREATES = 1500
};

static struct nf_settings settings;
static struct nf_site site = {.settings = &settings};

struct job {
    struct nf_call call;
    char path[64], body[128];
    unsigned n, number;
};

static void
die(const char *why)
{
    printf("failed: %s\n", why);
    exit(1);
}

static void
prepare(struct job *job, unsigned id, unsigned n, unsigned number, bool is_new)
{
    job->n = n;
    job->number = number;
    snprintf(job->path, sizeof(job->path),
             is_new ? "/api/v1/nodes" : "/api/v1/nodes/5254%02x%06x", id, n);
    if (is_new) {
        snprintf(job->body, sizeof(job->body),
                 "{\"mac\":\"5254%02x%06x\",\"hostname\":\"h%u\","
                 "\"labels\":{\"turn\":\"%u\"}}",
                 id, n, number, number % 5);
    } else {
        snprintf(job->body, sizeof(job->body),
                 "{\"hostname\":\"h%u\",\"labels\":{\"turn\":\"%u\"}}", number,
                 number % 5);
    }
    job->call = (struct nf_call){
        .method = is_new ? NF_POST : NF_PATCH,
        .listener = NF_LISTENER_API,
        .path = nf_text(job->path),
        .body = nf_text(job->body),
        .now = 1769076000000 + number,
        .arena = nf_arena_new(),
    };
    if (!nf_api_route(&job->call)) {
        die("no route");
    }
}

static void
acknowledge(struct job jobs[], unsigned n, unsigned id)
{
    static char text[BATCH * 32];
    struct nf_out out = nf_out(text, sizeof(text));

    for (unsigned i = 0; i < n; i++) {
        if (jobs[i].call.status / 100 == 2) {
            nf_out_printf(&out, "5254%02x%06x %u\n", id, jobs[i].n,
                          jobs[i].number);
        } else {
            die("a write was refused");
        }
        nf_arena_free(jobs[i].call.arena);
    }
    if (write(1, out.data, out.len) != (ssize_t) out.len) {
        exit(0); /* nobody listens any more */
    }
}

static void
write_for_ever(unsigned id, unsigned first)
{
    static struct job jobs[BATCH];
    struct nf_call *calls[BATCH];
    unsigned made = 0;

    for (unsigned number = 1;;) {
        unsigned n = 1 + (unsigned) rand() % BATCH;
        for (unsigned i = 0; i < n; i++) {
            bool is_new = made == 0 || (made < CREATES && rand() % 2 == 0);
            unsigned node =
                first + (is_new ? made++ : (unsigned) rand() % made);
            prepare(&jobs[i], id, node, number++, is_new);
            calls[i] = &jobs[i].call;
        }
        nf_api_write(&site, calls, n);
        acknowledge(jobs, n, id);
    }
}

static void
print_nodes(nf_store_t *store)
{
    struct nf_node_view view;
    char mac[NF_MAC_TEXT];
    NF_READ(r, store);
    NF_SCAN(scan, &r, NF_NODES_BY_AGE);

    for (bool ok = nf_nodes_list(&scan, NULL, &view); ok;
         ok = nf_nodes_list_next(&scan, &view))
    {
        nf_mac_format(view.node.mac, mac);
        printf("%s %s\n", mac,
               view.node.hostname[0] == 'h' ? view.node.hostname + 1 : "0");
    }
}

int
main(int argc, char **argv)
{
    struct nf_store_init init = {.map_size = (size_t) 1 << 30};

    if (argc < 3) {
        die("usage");
    }
    if (strcmp(argv[1], "init") == 0) {
        return nf_store_init(argv[2], &init) != NF_OK;
    }
    nf_settings_default(&settings);
    if (nf_store_open(&site.store, argv[2]) != NF_OK) {
        die("the store does not open");
    }
    if (strcmp(argv[1], "write") == 0 && argc == 5) {
        srand((unsigned) getpid());
        write_for_ever((unsigned) atoi(argv[3]), (unsigned) atoi(argv[4]));
    }
    const char *why = replay_log(site.store);
    if (why != NULL) {
        die(why);
    }
    print_nodes(site.store);
    nf_store_close(site.store);
    return 0;
}
