/*
 * Carry calls out in this process, to count what one costs:
 *
 *     calls STORE NODES INSTALLING WHAT COUNT
 *
 * on a store that `fill STORE NODES INSTALLING` made.  Two runs differ by the
 * calls alone: they are filled in before, as an adapter does, and each machine
 * that installs has asked once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carry_out.h"
#include "names.h"
#include "store/key.h"
#include "store/txn.h"

enum {
    QUESTIONS = 1024, /* and no more calls than that */
};

static const nf_time_t NOW = 1790000000000;

static struct nf_settings settings;
static struct nf_site site = {.settings = &settings};
static uint32_t nodes, installing;
static uint64_t salt; /* the log's last event: no name is given twice */

/* What is asked about the i-th node. */
struct question {
    char path[80], body[64];
    struct nf_call call;
};

struct name {
    char text[NF_MAC_TEXT];
};

static struct name
name_of(nf_mac_t mac)
{
    struct name name;

    nf_mac_format(mac, name.text);
    return name;
}

/* Nodes that wait are behind those that install. */
static nf_mac_t
waiting(uint32_t i)
{
    return mac_of(installing + i % (nodes - installing));
}

static struct question
boot(uint32_t i)
{
    struct question q = {
        .call = {.method = NF_GET, .listener = NF_LISTENER_BOOT}};

    snprintf(q.path, sizeof(q.path), "/boot/%s/boot.ipxe",
             name_of(waiting(i)).text);
    return q;
}

static struct question
node_of(nf_mac_t mac)
{
    struct question q = {
        .call = {.method = NF_GET, .listener = NF_LISTENER_API}};

    snprintf(q.path, sizeof(q.path), "/api/v1/nodes/%s", name_of(mac).text);
    return q;
}

static struct question
node(uint32_t i)
{
    return node_of(waiting(i));
}

/* One that has a task. */
static struct question
node_task(uint32_t i)
{
    return node_of(mac_of(i % installing));
}

static struct question
operation(uint32_t i)
{
    struct question q = {
        .call = {.method = NF_POST, .listener = NF_LISTENER_AGENT},
        .path = "/api/v1/device/getNextOperation"};

    snprintf(q.body, sizeof(q.body), "{\"mac\":\"%s\"}",
             name_of(mac_of(i % installing)).text);
    return q;
}

static struct question
page(uint32_t i)
{
    struct question q = {
        .call = {.method = NF_GET, .listener = NF_LISTENER_API}};

    snprintf(q.path, sizeof(q.path), "/api/v1/nodes?limit=100&after=%s",
             name_of(waiting(i)).text);
    return q;
}

static struct question
write_node(uint32_t i)
{
    struct question q = {
        .call = {.method = NF_PATCH, .listener = NF_LISTENER_API}};

    snprintf(q.path, sizeof(q.path), "/api/v1/nodes/%s",
             name_of(waiting(i)).text);
    snprintf(q.body, sizeof(q.body), "{\"hostname\":\"n%llu-%u\"}",
             (unsigned long long) salt, i);
    return q;
}

static const struct {
    const char *name;
    struct question (*ask)(uint32_t i);
} kinds[] = {
    {"boot", boot},           {"node", node}, {"node_task", node_task},
    {"operation", operation}, {"page", page}, {"write", write_node},
};

static void
fill_in(struct question *q, nf_time_t now)
{
    struct nf_call *call = &q->call;

    call->query = nf_text(q->path);
    call->path = nf_text_cut(&call->query, '?');
    call->body = nf_text(q->body);
    call->client.host = NF_TEXT("127.0.0.1:8080");
    call->peer = (nf_ip4_t){{10, 66, 0, 240}};
    call->now = now;
    call->may_wait = true;
}

/* True: it was answered with 200. */
static bool
carry_out_one(struct question *q)
{
    struct nf_call *call = &q->call;
    bool is_fine;

    call->arena = nf_arena_new();
    carry_out(&site, call);
    is_fine = call->status == 200 && call->reply.len > 0;
    if (!is_fine) {
        fprintf(stderr, "calls: %s: %u %.*s\n", q->path, call->status,
                (int) call->reply.len, call->reply.data);
    }
    nf_arena_free(call->arena);
    return is_fine;
}

/* What no program of ours can do without: find a record and copy it. */
static bool
look_up(uint32_t i)
{
    nf_mac_t mac = waiting(i);
    static char copy[1 << 14];
    struct nf_bytes value;
    NF_READ(r, site.store);

    if (!nf_read_get(&r, NF_NODES, (struct nf_bytes){mac.b, sizeof(mac.b)},
                     &value)
        || value.len > sizeof(copy))
    {
        return false;
    }
    memcpy(copy, value.data, value.len);
    return true;
}

static bool
open_site(const char *store)
{
    struct nf_fault fault = {0};
    nf_templates_t *templates = NULL;

    nf_settings_default(&settings);
    if (nf_settings_set(&settings, "NF_SERVER_ADDR", NF_TEXT("10.66.0.1:80"),
                        &fault)
            != NF_OK
        || nf_settings_settle(&settings, &fault) != NF_OK
        || nf_templates_load(&templates, "conf/templates", NULL, &fault)
               != NF_OK)
    {
        fprintf(stderr, "calls: %s: %s\n", fault.field, fault.reason);
        return false;
    }
    site.templates = templates;
    return nf_store_open(&site.store, store) == NF_OK;
}

static void
find_salt(void)
{
    struct nf_store_stat stat;
    NF_READ(r, site.store);

    if (nf_store_stat(&r, &stat) == NF_OK) {
        salt = stat.last_event;
    }
}

static bool
run(const char *what, uint32_t count)
{
    bool is_fine = true;
    size_t kind = 0;
    static struct question questions[QUESTIONS];

    if (strcmp(what, "look_up") == 0) {
        for (uint32_t i = 0; is_fine && i < count; i++) {
            is_fine = look_up(i);
        }
        return is_fine;
    }
    while (kind < sizeof(kinds) / sizeof(kinds[0])
           && strcmp(kinds[kind].name, what) != 0)
    {
        kind++;
    }
    is_fine = kind < sizeof(kinds) / sizeof(kinds[0]);
    is_fine = is_fine && installing + count <= QUESTIONS;
    for (uint32_t i = 0; is_fine && i < QUESTIONS; i++) {
        questions[i] = kinds[kind].ask(i);
        fill_in(&questions[i], NOW + i);
    }
    for (uint32_t i = 0; is_fine && i < installing + count; i++) {
        is_fine = carry_out_one(&questions[i]);
    }
    return is_fine;
}

int
main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: calls STORE NODES INSTALLING WHAT COUNT\n");
        return 2;
    }
    nodes = (uint32_t) strtoul(argv[2], NULL, 10);
    installing = (uint32_t) strtoul(argv[3], NULL, 10);
    if (!open_site(argv[1])) {
        return 1;
    }
    find_salt();
    bool is_fine = run(argv[4], (uint32_t) strtoul(argv[5], NULL, 10));
    nf_templates_free((nf_templates_t *) site.templates);
    nf_store_close(site.store);
    return is_fine ? 0 : 1;
}
