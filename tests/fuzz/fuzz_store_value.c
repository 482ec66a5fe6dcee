/*
 * Any bytes as stored values: what reads them says NF_CORRUPT, or gives
 * something that is safe to use.  The first byte is the table.
 */
#include <stdint.h>

#include "fuzz_store.h"
#include "store/events.h"
#include "store/leases.h"
#include "store/nodes.h"
#include "store/tasks.h"

static const nf_mac_t mac = {{0x52, 0x54, 0, 0, 0, 1}};
static const nf_ip4_t ip = {{10, 66, 0, 1}};
static const uint8_t one[8] = {0, 0, 0, 0, 0, 0, 0, 1};

/* A record under every key that names it. */
static bool
put(uint8_t table, struct nf_bytes value)
{
    const struct nf_bytes none = {"", 0};
    const struct nf_bytes mac_key = {mac.b, 6}, ip_key = {ip.b, 4},
                          number = {one, 8}, request = {"kx", 2};
    uint8_t by_mac[14] = {0x52, 0x54, 0, 0, 0, 1};
    NF_WRITE(w, site.store);

    memcpy(by_mac + 6, one, 8);
    switch (table % 5) {
    case 0:
        nf_write_put(&w, NF_NODES, mac_key, value);
        nf_write_put(&w, NF_NODES_BY_AGE,
                     (struct nf_bytes){"\xff\xff\xff\xff\xff\xff\xff\xff"
                                       "\x52\x54\0\0\0\1",
                                       14},
                     none);
        break;
    case 1:
        nf_write_put(&w, NF_LEASES, ip_key, value);
        break;
    case 2:
        nf_write_put(&w, NF_TASKS, number, value);
        nf_write_put(&w, NF_TASKS_BY_NODE, (struct nf_bytes){by_mac, 14}, none);
        break;
    case 3:
        nf_write_put(&w, NF_EVENTS, number, value);
        break;
    default:
        nf_write_put(&w, NF_REQUESTS, request, value);
    }
    return nf_write_commit(&w) == NF_OK;
}

static void
ask(const char *where)
{
    static char buffer[NF_STREAM_BUFFER];
    struct nf_call call = {.method = NF_GET,
                           .face = NF_FACE_API,
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
read_directly(void)
{
    static char text[65536];
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_node_view view;
    struct nf_task task;
    struct nf_lease lease;
    struct nf_request request;
    char name[64];
    NF_READ(r, site.store);

    if (nf_nodes_get(&r, mac, &view)) {
        nf_node_hostname(&view.node, name);
        nf_node_json(&view.node, view.extra, &out);
    }
    r.err = NF_OK;
    if (nf_tasks_next_of(&r, mac, 0, &task)) {
        nf_task_json(&task, &out);
    }
    r.err = NF_OK;
    if (nf_leases_next(&r, NULL, &lease)) {
        nf_lease_json(&lease, &out);
        nf_lease_line(&lease, &out);
    }
    r.err = NF_OK;
    (void) nf_requests_get(&r, NF_TEXT("x"), &request);
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
