/*
 * Any bytes as stored values: what reads them says NF_CORRUPT, or gives
 * something that is safe to use.  The first byte is the table's number.
 */
#include <stdint.h>

#include "fuzz_store.h"
#include "store/labels.h"
#include "store/leases.h"
#include "store/nodes.h"
#include "store/profiles.h"
#include "store/requests.h"
#include "store/resource.h"
#include "store/secrets.h"
#include "store/tasks.h"

static const nf_mac_t mac = {{0x52, 0x54, 0, 0, 0, 1}};
static const nf_ip4_t ip = {{10, 66, 0, 1}};
static const uint8_t by_mac[14] = {0x52, 0x54, 0, 0, 0, 1, 0,
                                   0,    0,    0, 0, 0, 0, 1};

#define KEY(bytes)                                                             \
    {                                                                          \
        bytes, sizeof(bytes) - 1                                               \
    }
#define OLDEST "\xff\xff\xff\xff\xff\xff\xff\xff"

/* Every kind's own object. */
static const struct nf_resource_at sample = {.mac = {{0x52, 0x54, 0, 0, 0, 1}},
                                             .ip = {{10, 66, 0, 1}},
                                             .number = 1,
                                             .name = "x"};

/* Values beside those of the resources, or under another key. */
static const struct place {
    nf_table_t table;
    struct nf_bytes key;
} places[] = {
    {NF_REQUESTS, KEY("kx")},
    {NF_TASKS_AWAITED, KEY("sx")},
    {NF_LABEL_INDEX, KEY("role=db\0RT\0\0\0\1")},
    {NF_META, KEY("task-counts")},
    {NF_META, KEY("node-counts")},
};

/* Rows that lead to an object. */
static const struct place leads[] = {
    {NF_NODES_BY_AGE, KEY(OLDEST "\x52\x54\0\0\0\1")},
    {NF_TASKS_BY_NODE, {by_mac, 14}},
};

/* Where a value goes: the table of this number, or with the highest bit a place
 * of its own. */
static bool
find_place(uint8_t which, struct place *place, struct nf_key *key)
{
    const struct nf_resource *resource = nf_resources;

    if (which >= 0x80) {
        *place = places[which % (sizeof(places) / sizeof(places[0]))];
        return true;
    }
    place->table = which % NF_TABLE_COUNT;
    while (resource->name != NULL && resource->table != place->table) {
        resource++;
    }
    if (resource->name == NULL) {
        return false;
    }
    place->key = nf_resource_key(resource, &sample, key);
    return true;
}

/* Nothing else is there but a node that the record may belong to. */
static bool
put(uint8_t which, struct nf_bytes value)
{
    struct nf_node node = {.mac = mac, .task = 1};
    struct place place;
    struct nf_key key;
    NF_WRITE(w, site.store);

    for (size_t i = 0; i < NF_TABLE_COUNT; i++) {
        if (find_place((uint8_t) i, &place, &key)) {
            nf_write_delete(&w, place.table, place.key);
        }
    }
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        nf_write_delete(&w, places[i].table, places[i].key);
    }
    nf_nodes_put(&w, &node, (struct nf_text){0});
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        nf_write_put(&w, leads[i].table, leads[i].key,
                     (struct nf_bytes){"", 0});
    }
    return find_place(which, &place, &key)
           && nf_write_put(&w, place.table, place.key, value)
           && nf_write_commit(&w) == NF_OK;
}

static void
ask(const char *where)
{
    static char buffer[NF_STREAM_BUFFER];
    struct nf_call call = {.method = NF_GET,
                           .listener = NF_LISTENER_API,
                           .path = nf_text(where),
                           .accept = NF_TEXT("text/event-stream"),
                           .last_event_id = NF_TEXT("0"),
                           .peer = ip,
                           .now = 1769076000000,
                           .arena = nf_arena_new()};

    if (nf_api_route(&call)) {
        nf_api_read(&site, &call);
    }
    for (int i = 0; call.stream != NULL && !call.stream->is_done && i < 9; i++)
    {
        struct nf_out out = nf_out(buffer, sizeof(buffer));
        if (call.stream->fill(call.stream, &site, &out) != NF_OK) {
            break;
        }
    }
    nf_arena_free(call.arena);
}

/* All that the rows of resources lead to. */
static void
read_resources(struct nf_read *r)
{
    static char text[512 * 1024];
    char name[NF_RESOURCE_NAME];

    for (const struct nf_resource *each = nf_resources; each->name != NULL;
         each++) {
        struct nf_resource_at at = {0};
        while (each->put != NULL && nf_resource_next(r, each, &at)) {
            struct nf_out out = nf_out(text, sizeof(text));
            nf_resource_name(each, &at, name);
            (void) each->put(r, &at, &out);
            (void) (each->is_gone != NULL && each->is_gone(r, &at));
        }
        r->err = NF_OK;
    }
}

/* What is read in other ways too. */
static void
read_directly(struct nf_read *r)
{
    struct nf_label label = {NF_TEXT("role"), NF_TEXT("db")};
    struct nf_label_position position = {0};
    static const uint8_t key[32];
    char secret[NF_SECRET_MAX + 1], line[NF_LEASE_JSON_MAX], name[64];
    struct nf_out out = nf_out(line, sizeof(line));
    struct nf_node_view view;
    struct nf_request request;
    struct nf_profile profile;
    struct nf_lease lease;
    uint64_t id;

    if (nf_nodes_get(r, mac, &view)) {
        nf_node_hostname(&view.node, name);
    }
    r->err = NF_OK;
    if (nf_task_profiles_get(r, 1, &profile)) {
        nf_out_puts(&out, nf_methods[profile.method]);
        nf_out_puts(&out, profile.bootfile);
    }
    r->err = NF_OK;
    if (nf_leases_next(r, NULL, &lease)) {
        nf_lease_line(&lease, &out);
    }
    r->err = NF_OK;
    while (nf_labels_next_of(r, &label, true, &position)) {
        nf_out_puts(&out, position.value);
    }
    r->err = NF_OK;
    (void) nf_tasks_awaited(r, "x", &id);
    (void) nf_tasks_count(r);
    r->err = NF_OK;
    (void) nf_requests_get(r, NF_TEXT("x"), &request);
    (void) nf_secrets_get(r, key, "x", secret);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"/api/v1/nodes/525400000001",
                                        "/api/v1/nodes/525400000001/timeline",
                                        "/api/v1/events",
                                        "/boot/525400000001/boot.ipxe",
                                        "/api/v1/profiles/x",
                                        "/api/v1/tasks/task-00000001",
                                        "/api/v1/unmatched",
                                        "/metrics"};

    fresh_store(NULL);
    if (size < 1 || size > 60000
        || !put(data[0], (struct nf_bytes){data + 1, size - 1}))
    {
        return 0;
    }
    {
        NF_READ(r, site.store);
        read_resources(&r);
        read_directly(&r);
    }
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        ask(paths[i]);
    }
    for (const struct nf_resource *each = nf_resources; each->name != NULL;
         each++) {
        if (each->path != NULL) {
            ask(each->path);
        }
    }
    return 0;
}
