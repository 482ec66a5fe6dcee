/*
 * Any bytes as stored values: what reads them says NF_CORRUPT, or gives
 * something that is safe to use.  The first byte is the table.
 */
#include <stdint.h>

#include "fuzz_store.h"
#include "store/files.h"
#include "store/hardware.h"
#include "store/leases.h"
#include "store/nodes.h"
#include "store/profiles.h"
#include "store/progress.h"
#include "store/requests.h"
#include "store/secrets.h"
#include "store/tasks.h"

static const nf_mac_t mac = {{0x52, 0x54, 0, 0, 0, 1}};
static const nf_ip4_t ip = {{10, 66, 0, 1}};
static const uint8_t one[8] = {0, 0, 0, 0, 0, 0, 0, 1};

static const uint8_t by_mac[14] = {0x52, 0x54, 0, 0, 0, 1, 0,
                                   0,    0,    0, 0, 0, 0, 1};

#define KEY(bytes)                                                             \
    {                                                                          \
        bytes, sizeof(bytes) - 1                                               \
    }
#define OLDEST "\xff\xff\xff\xff\xff\xff\xff\xff"

/* Which table, under which key, and a row of another one that leads there. */
static const struct place {
    nf_table_t table;
    struct nf_bytes key;
    nf_table_t index;
    struct nf_bytes row;
} places[] = {
    {NF_NODES, {mac.b, 6}, NF_NODES_BY_AGE, KEY(OLDEST "\x52\x54\0\0\0\1")},
    {NF_LEASES, {ip.b, 4}, NF_TABLE_COUNT, {0}},
    {NF_TASKS, {one, 8}, NF_TASKS_BY_NODE, {by_mac, 14}},
    {NF_EVENTS, {one, 8}, NF_TABLE_COUNT, {0}},
    {NF_REQUESTS, KEY("kx"), NF_TABLE_COUNT, {0}},
    {NF_PROGRESS, {by_mac, 14}, NF_TABLE_COUNT, {0}},
    {NF_HARDWARE, {mac.b, 6}, NF_TABLE_COUNT, {0}},
    {NF_UNMATCHED, {mac.b, 6}, NF_TABLE_COUNT, {0}},
    {NF_PROFILES, KEY("x"), NF_TABLE_COUNT, {0}},
    {NF_TASK_PROFILES, {one, 8}, NF_TABLE_COUNT, {0}},
    {NF_FILES, KEY("x"), NF_TABLE_COUNT, {0}},
    {NF_SECRETS, KEY("x"), NF_TABLE_COUNT, {0}},
    {NF_TASKS_AWAITED, KEY("sx"), NF_TABLE_COUNT, {0}},
    {NF_META, KEY("task-counts"), NF_TABLE_COUNT, {0}},
    {NF_META, KEY("node-counts"), NF_TABLE_COUNT, {0}},
};

/* Nothing else is there but a node that the record may belong to. */
static bool
put(uint8_t which, struct nf_bytes value)
{
    const struct place *at =
        &places[which % (sizeof(places) / sizeof(places[0]))];
    struct nf_node node = {.mac = mac, .task = 1};
    NF_WRITE(w, site.store);

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        nf_write_delete(&w, places[i].table, places[i].key);
    }
    nf_nodes_put(&w, &node, (struct nf_text){0});
    nf_write_put(&w, at->table, at->key, value);
    if (at->index != NF_TABLE_COUNT) {
        nf_write_put(&w, at->index, at->row, (struct nf_bytes){"", 0});
    }
    return nf_write_commit(&w) == NF_OK;
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

static void
read_node(struct nf_read *r, struct nf_out *out)
{
    struct nf_node_view view;
    struct nf_hardware hardware;
    struct nf_unmatched unmatched;
    struct nf_progress progress;
    char name[64];

    if (nf_nodes_get(r, mac, &view)) {
        nf_node_hostname(&view.node, name);
        nf_node_json(&view.node, view.extra, (struct nf_text){0}, out);
    }
    r->err = NF_OK;
    if (nf_hardware_get(r, mac, &hardware)) {
        nf_out_put(out, hardware.json);
    }
    r->err = NF_OK;
    if (nf_unmatched_next(r, NULL, &unmatched)) {
        nf_out_puts(out, nf_unmatched_reasons[unmatched.reason]);
        nf_out_puts(out, unmatched.sn);
    }
    r->err = NF_OK;
    if (nf_progress_last_of(r, mac, &progress)) {
        nf_out_puts(out, progress.step);
        nf_out_puts(out, progress.message);
    }
}

static void
read_task(struct nf_read *r, struct nf_out *out)
{
    struct nf_profile profile;
    struct nf_task task;
    uint64_t id;
    NF_SCAN(scan, r, NF_TASKS);

    if (nf_tasks_list(&scan, 0, &task)) {
        nf_task_json(&task, nf_tasks_spec(r, task.id), out);
    }
    r->err = NF_OK;
    (void) nf_tasks_awaited(r, "x", &id);
    (void) nf_tasks_count(r);
    r->err = NF_OK;
    if (nf_task_profiles_get(r, 1, &profile)) {
        nf_out_puts(out, nf_methods[profile.method]);
        nf_out_puts(out, profile.bootfile);
        nf_out_put(out, profile.json);
    }
    r->err = NF_OK;
    if (nf_profiles_next(r, "", &profile)) {
        nf_out_puts(out, profile.title);
    }
}

static void
read_directly(void)
{
    static const uint8_t key[32];
    static char text[512 * 1024];
    char secret[NF_SECRET_MAX + 1];
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_request request;
    struct nf_lease lease;
    struct nf_text json;
    struct nf_file file;
    NF_READ(r, site.store);

    read_node(&r, &out);
    r.err = NF_OK;
    read_task(&r, &out);
    r.err = NF_OK;
    if (nf_leases_next(&r, NULL, &lease)) {
        nf_lease_json(&lease, &out);
        nf_lease_line(&lease, &out);
    }
    r.err = NF_OK;
    if (nf_files_next(&r, NF_TEXT(""), NF_TEXT(""), &file, &json)) {
        nf_file_json(&file, &out);
        nf_out_put(&out, json);
    }
    r.err = NF_OK;
    (void) nf_requests_get(&r, NF_TEXT("x"), &request);
    (void) nf_secrets_get(&r, key, "x", secret);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"/api/v1/nodes/525400000001",
                                        "/api/v1/nodes",
                                        "/api/v1/nodes/525400000001/timeline",
                                        "/api/v1/events",
                                        "/boot/525400000001/boot.ipxe",
                                        "/api/v1/admin/dhcp/leases",
                                        "/api/v1/tasks",
                                        "/api/v1/tasks/task-00000001",
                                        "/api/v1/profiles",
                                        "/api/v1/profiles/x",
                                        "/api/v1/files",
                                        "/api/v1/unmatched",
                                        "/metrics"};

    fresh_store(NULL);
    if (size < 1 || size > 60000
        || !put(data[0], (struct nf_bytes){data + 1, size - 1}))
    {
        return 0;
    }
    read_directly();
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        ask(paths[i]);
    }
    return 0;
}
