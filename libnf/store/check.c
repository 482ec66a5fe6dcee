#include "store/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/env.h"
#include "store/expiry.h"
#include "store/given.h"
#include "store/hardware.h"
#include "store/jump.h"
#include "store/leases.h"
#include "store/nodes.h"
#include "store/pages.h"
#include "store/resource.h"
#include "store/strangers.h"
#include "store/tasks.h"

enum {
    PRINTED_MAX = NF_HARDWARE_JSON_MAX + 4096,
    FAULT_MAX = 512,
    SHOWN_MAX = 48, /* bytes of a key, in hex */
    TRIES = 10,     /* to find the head of the moment that is looked at */
};

/* A table that leads to records of another. */
struct index {
    nf_table_t table, of;
    size_t tail; /* bytes at the end of its key that are the record's key; 0:
                    that is its value */
};

/* --- what is told ------------------------------------------------------------
 */

static void
tell(struct nf_check *check, const char *what, const char *table,
     const char *name)
{
    char fault[FAULT_MAX];

    check->faults++;
    snprintf(fault, sizeof(fault), "%s/%s: %s", table, name, what);
    check->tell(check->of, fault);
}

static void
tell_record(struct nf_check *check, const char *what,
            const struct nf_resource *resource, const struct nf_resource_at *at)
{
    char name[NF_RESOURCE_NAME];

    nf_resource_name(resource, at, name);
    tell(check, what, resource->name, name);
}

static void
tell_row(struct nf_check *check, const char *what, nf_table_t table,
         struct nf_bytes key)
{
    char hex[2 * SHOWN_MAX + 1] = "";
    const uint8_t *bytes = key.data;

    for (size_t i = 0; i < key.len && i < SHOWN_MAX; i++) {
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    }
    tell(check, what, nf_table_name(table), hex);
}

/* One record that makes no sense is a fault, and the others are looked at. */
static bool
is_readable(struct nf_read *r)
{
    if (r->err != NF_CORRUPT) {
        return true;
    }
    r->err = NF_OK;
    return false;
}

static const struct index indexes[] = {
    {NF_NODES_BY_AGE, NF_NODES, 6},
    {NF_INDEX, NF_NODES, 0},
    {NF_LABEL_INDEX, NF_LABELS_OF, 6},
    {NF_TASKS_BY_NODE, NF_TASKS, 8},
    {NF_TASKS_AWAITED, NF_TASKS, 0},
    {NF_TASKS_ENDED, NF_TASKS, 0},
    {NF_DEADLINES, NF_TASKS, 8},
    {NF_LEASES_BY_MAC, NF_LEASES, 4},
    {NF_COMMANDS_BY_NODE, NF_COMMANDS, 8},
    {NF_COMMANDS_TO_SEND, NF_COMMANDS, 8},
    {NF_COMMANDS_DUE, NF_COMMANDS, 8},
    {NF_CARD_INDEX, NF_CARDS, 6},
    {NF_STRANGERS, NF_NODES, 6},
    {NF_RESERVATIONS_BY_CARD, NF_RESERVATIONS, 4},
    {NF_RESERVATIONS_DROPPED, NF_RESERVATIONS, 4},
    {NF_DEVICE_INDEX, NF_DEVICES, 0},
    {NF_LINK_INDEX, NF_LINKS, 0},
};

/* --- records -----------------------------------------------------------------
 */

/* Every row that the record gives is there. */
static void
check_given(struct nf_read *r, struct nf_check *check, nf_table_t of,
            const struct nf_resource_at *at)
{
    struct nf_given given;
    struct nf_bytes value;

    (void) nf_given_by(r, of, at, &given);
    for (size_t i = 0; r->err == NF_OK && i < given.n; i++) {
        const struct nf_given_row *row = &given.row[i];
        struct nf_bytes key = {row->key, row->len};
        if (!row->is_shared && !nf_read_get(r, row->table, key, &value)) {
            tell_row(check, "is missing", row->table, key);
        }
    }
}

static void
check_record(struct nf_read *r, struct nf_check *check,
             const struct nf_resource *resource,
             const struct nf_resource_at *at, struct nf_out out)
{
    bool is_there = resource->put(r, at, &out) && !out.full;

    if (is_there) {
        check_given(r, check, resource->table, at);
    }
    if (!is_readable(r) || (!is_there && r->err == NF_OK)) {
        tell_record(check, "malformed", resource, at);
    }
}

static void
check_records(struct nf_read *r, struct nf_check *check,
              const struct nf_resource *resource, struct nf_out out)
{
    struct nf_resource_at at = {0};

    while (nf_resource_next(r, resource, &at)) {
        check->records++;
        check_record(r, check, resource, &at, out);
    }
    if (!is_readable(r)) { /* where the walk ends */
        tell_record(check, "the key after it is invalid", resource, &at);
    }
}

/* --- the rows that there are -------------------------------------------------
 */

/* The record's key of these bytes; false: they are none. */
static bool
read_at(const struct nf_resource *resource, struct nf_bytes key,
        struct nf_resource_at *at)
{
    bool is_mac = resource->form == NF_KEY_OF_MAC;
    bool is_ip = resource->form == NF_KEY_OF_IP;

    *at = (struct nf_resource_at){.has_begun = true};
    if (resource->form == NF_KEY_OF_NAME) {
        return key.len > 0
               && nf_text_copy(at->name, sizeof(at->name),
                               (struct nf_text){key.data, key.len});
    }
    if (key.len
        != (is_mac  ? sizeof(at->mac.b)
            : is_ip ? sizeof(at->ip.b)
                    : sizeof(at->number)))
    {
        return false;
    }
    if (is_mac) {
        memcpy(at->mac.b, key.data, key.len);
    } else if (is_ip) {
        memcpy(at->ip.b, key.data, key.len);
    } else {
        at->number = nf_key_number_at(key, 0);
    }
    return true;
}

/* The key of the record that a row leads to. */
static bool
owner_of(const struct nf_scan *scan, const struct index *index,
         struct nf_resource_at *at)
{
    const char *end = (const char *) scan->key.data + scan->key.len;
    struct nf_bytes owner = scan->value;

    if (index->tail > 0) {
        if (scan->key.len < index->tail || scan->value.len != 0) {
            return false;
        }
        owner = (struct nf_bytes){end - index->tail, index->tail};
    }
    return read_at(nf_resource_of(index->of), owner, at);
}

/* Whether that record gives it. */
static bool
is_given(struct nf_scan *scan, const struct index *index)
{
    struct nf_given given;
    struct nf_resource_at at;

    if (!owner_of(scan, index, &at)) {
        return false;
    }
    (void) nf_given_by(scan->r, index->of, &at, &given);
    for (size_t i = 0; i < given.n; i++) {
        const struct nf_given_row *row = &given.row[i];
        if (row->table == index->table && row->len == scan->key.len
            && memcmp(row->key, scan->key.data, scan->key.len) == 0)
        {
            return true;
        }
    }
    return false;
}

static void
check_rows(struct nf_read *r, struct nf_check *check, const struct index *index)
{
    NF_SCAN(scan, r, index->table);
    bool more = nf_scan_seek(&scan, (struct nf_bytes){"", 0});

    for (; more; more = nf_scan_next(&scan)) {
        bool is_right = is_given(&scan, index);
        check->rows++;
        if (is_readable(r) && !is_right) { /* else the record was told */
            tell_row(check, "belongs to no record", index->table, scan.key);
        }
    }
}

/* --- what ends by itself -----------------------------------------------------
 */

/* Whether a record is looked at in time; what need not be looked at may be. */
static bool
is_filed(struct nf_read *r, enum nf_expiry_kind kind, struct nf_bytes id,
         nf_time_t by)
{
    nf_time_t at = nf_expiry_at(r, kind, id);

    return at >= 0 && at <= by;
}

static void
check_filed(struct nf_read *r, struct nf_check *check)
{
    const struct nf_resource *nodes = nf_resource_of(NF_NODES);
    const struct nf_resource *leases = nf_resource_of(NF_LEASES);
    struct nf_resource_at at = {0};
    struct nf_node_view view;
    struct nf_lease lease;
    struct nf_jump jump = nf_jump_get(r); /* then all end as much later */
    nf_time_t later = jump.by > 0 ? jump.by : 0;

    for (; nf_resource_next(r, nodes, &at); (void) is_readable(r)) {
        struct nf_bytes id = {at.mac.b, sizeof(at.mac.b)};
        if (nf_nodes_get(r, at.mac, &view) && view.node.online
            && !is_filed(r, NF_EXPIRY_NODE, id, INT64_MAX))
        {
            tell_record(check, "nothing will set it offline", nodes, &at);
        }
    }
    (void) is_readable(r);
    at = (struct nf_resource_at){0};
    for (; nf_resource_next(r, leases, &at); (void) is_readable(r)) {
        struct nf_bytes id = {at.ip.b, sizeof(at.ip.b)};
        nf_time_t over =
            nf_leases_get(r, at.ip, &lease) ? nf_leases_over(&lease) : 0;
        if (over != 0 && !is_filed(r, NF_EXPIRY_LEASE, id, over + later)) {
            tell_record(check, "nothing will expire it", leases, &at);
        }
    }
    (void) is_readable(r);
}

/* Each row has its partner, and a record. */
static bool
has_partner(struct nf_read *r, struct nf_bytes key, struct nf_bytes value)
{
    const uint8_t *data = key.data;
    size_t head = data[0] == 't' ? 1 + 8 : 1;
    struct nf_bytes id = {data + head + 1, key.len - head - 1};
    enum nf_expiry_kind kind = data[head];
    struct nf_bytes found;
    nf_table_t of = kind == NF_EXPIRY_LEASE ? NF_LEASES : NF_NODES;

    if (!nf_read_get(r, of, id, &found)) {
        return false;
    }
    if (data[0] == 't') {
        return value.len == 0
               && nf_expiry_at(r, kind, id)
                      == (nf_time_t) nf_key_number_at(key, 1);
    }
    struct nf_key at = {.data = {'t'}, .len = 1};
    nf_key_add(&at, value.data, value.len <= 8 ? value.len : 8);
    nf_key_add(&at, data + head, key.len - head);
    return nf_read_get(r, NF_EXPIRY, nf_key_bytes(&at), &found);
}

static void
check_expiry(struct nf_read *r, struct nf_check *check)
{
    NF_SCAN(scan, r, NF_EXPIRY);
    bool more = nf_scan_seek(&scan, (struct nf_bytes){"", 0});

    for (; more; more = nf_scan_next(&scan)) {
        const char *data = scan.key.data;
        size_t least = data[0] == 't' ? 1 + 8 + 1 + 4 : 1 + 1 + 4;
        check->rows++;
        if (scan.key.len < least || scan.key.len > least + 2
            || (data[0] != 't' && data[0] != 'r')
            || !has_partner(r, scan.key, scan.value))
        {
            tell_row(check, "belongs to no record", NF_EXPIRY, scan.key);
        }
    }
    check_filed(r, check);
}

/* --- counts ------------------------------------------------------------------
 */

static void
check_counts(struct nf_read *r, struct nf_check *check)
{
    struct nf_node_counts nodes = {0}, nodes_told = nf_nodes_count(r);
    struct nf_task_counts tasks = {0}, tasks_told = nf_tasks_count(r);
    struct nf_resource_at at = {0};
    struct nf_hardware hardware;
    struct nf_node_view view;
    struct nf_task task;
    uint64_t bytes = 0;

    for (; nf_resource_next(r, nf_resource_of(NF_NODES), &at);
         (void) is_readable(r))
    {
        if (nf_nodes_get(r, at.mac, &view)) {
            nodes.by_status[view.node.status]++;
            nodes.online += view.node.online;
            bytes +=
                !view.node.is_known && nf_hardware_get(r, at.mac, &hardware)
                    ? hardware.json.len
                    : 0;
        }
    }
    (void) is_readable(r);
    at = (struct nf_resource_at){0};
    for (; nf_resource_next(r, nf_resource_of(NF_TASKS), &at);
         (void) is_readable(r))
    {
        if (nf_tasks_get(r, at.number, &task)) {
            tasks.by_status[task.status]++;
        }
    }
    (void) is_readable(r);
    if (memcmp(&nodes, &nodes_told, sizeof(nodes)) != 0) {
        tell(check, "does not match the records", "meta", "node-counts");
    }
    if (memcmp(&tasks, &tasks_told, sizeof(tasks)) != 0) {
        tell(check, "does not match the records", "meta", "task-counts");
    }
    if (bytes != nf_strangers_count(r).bytes) {
        tell(check, "does not match the records", "meta", "stranger-bytes");
    }
}

/* --- all of it ---------------------------------------------------------------
 */

/* Whether the file may be read at all. */
static nf_error_t
check_file(struct nf_read *r, struct nf_check *check)
{
    struct nf_fault fault = {0};
    int fd;

    if (r->err != NF_OK || mdb_env_get_fd(r->store->env, &fd) != MDB_SUCCESS) {
        return r->err != NF_OK ? r->err : NF_IO;
    }
    nf_error_t err = nf_pages_check_of(fd, mdb_txn_id(r->mdb), &fault);
    if (err == NF_CORRUPT) {
        tell(check, "damaged", "file", fault.reason);
    }
    return err;
}

static nf_error_t
check_contents(struct nf_read *r, struct nf_check *check)
{
    char *buffer = malloc(PRINTED_MAX);

    if (buffer == NULL) {
        return NF_NO_MEMORY;
    }
    const struct nf_resource *resource = nf_resources;
    for (; resource->name != NULL && r->err == NF_OK; resource++) {
        if (resource->put != NULL) { /* else its keys are of several forms */
            check_records(r, check, resource, nf_out(buffer, PRINTED_MAX));
        }
    }
    for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
        check_rows(r, check, &indexes[i]);
    }
    check_expiry(r, check);
    check_counts(r, check);
    free(buffer);
    return r->err;
}

static nf_error_t
check_all(nf_store_t *store, struct nf_check *check)
{
    NF_READ(r, store);
    nf_error_t err = check_file(&r, check);

    return err == NF_OK        ? check_contents(&r, check)
           : err == NF_CORRUPT ? NF_OK
                               : err;
}

nf_error_t
nf_store_check(nf_store_t *store, struct nf_check *check)
{
    nf_error_t err = NF_BUSY;

    for (int i = 0; i < TRIES && err == NF_BUSY; i++) {
        err = check_all(store, check);
    }
    return err;
}
