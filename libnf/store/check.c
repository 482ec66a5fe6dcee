#include "store/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/commands.h"
#include "store/expiry.h"
#include "store/hardware.h"
#include "store/labels.h"
#include "store/leases.h"
#include "store/nodes.h"
#include "store/resource.h"
#include "store/tasks.h"

enum {
    ROWS_MAX = NF_LABELS, /* of a record, in the tables that lead to it */
    KEY_MAX = 2 * NF_LABEL_MAX + 16,
    PRINTED_MAX = NF_HARDWARE_JSON_MAX + 4096,
    FAULT_MAX = 512,
    SHOWN_MAX = 48, /* bytes of a key, in hex */
};

/* What a record gives the tables that lead to it. */
struct row {
    nf_table_t table;
    bool is_shared; /* another record may have taken it, and given it up */
    size_t len;
    uint8_t key[KEY_MAX];
};

struct rows {
    size_t n;
    struct row row[ROWS_MAX];
};

/* One kind of records.  False: this one cannot be read. */
struct giver {
    nf_table_t of;
    bool (*rows_of)(struct nf_read *r, const struct nf_resource_at *at,
                    struct rows *rows);
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

/* --- what each record gives --------------------------------------------------
 */

static void
add(struct rows *rows, nf_table_t table, struct nf_key key)
{
    struct row *row = &rows->row[rows->n++];

    row->table = table;
    row->is_shared = false;
    row->len = key.len;
    memcpy(row->key, key.data, key.len);
}

static void
add_named(struct rows *rows, nf_table_t table, char kind, const void *data,
          size_t len)
{
    struct nf_key key = {.data = {(uint8_t) kind}, .len = 1};

    nf_key_add(&key, data, len);
    add(rows, table, key);
}

static bool
rows_of_node(struct nf_read *r, const struct nf_resource_at *at,
             struct rows *rows)
{
    struct nf_node_view view;
    const struct nf_node *node = &view.node;

    if (!nf_nodes_get(r, at->mac, &view)) {
        return false;
    }
    add(rows, NF_NODES_BY_AGE,
        nf_key_number_mac(~(uint64_t) node->created_at, at->mac));
    for (size_t i = 0; i < node->macs_n; i++) {
        add_named(rows, NF_INDEX, 'm', node->macs[i].b, sizeof(node->mac.b));
    }
    if (node->serial[0] != '\0') {
        add_named(rows, NF_INDEX, 's', node->serial, strlen(node->serial));
    }
    if (nf_ip4_is_set(node->ip)) {
        add_named(rows, NF_INDEX, 'i', node->ip.b, sizeof(node->ip.b));
        rows->row[rows->n - 1].is_shared = true;
    }
    return true;
}

static bool
add_label(struct rows *rows, const struct nf_label *label, nf_mac_t mac)
{
    struct row *row = &rows->row[rows->n];
    struct nf_out out = nf_out(row->key, sizeof(row->key));

    nf_out_put(&out, label->key);
    nf_out_putc(&out, '=');
    nf_out_put(&out, label->value);
    nf_out_putc(&out, '\0');
    nf_out_put(&out, (struct nf_text){(const char *) mac.b, sizeof(mac.b)});
    row->table = NF_LABEL_INDEX;
    row->is_shared = false;
    row->len = out.len;
    rows->n++;
    return !out.full;
}

static bool
rows_of_labels(struct nf_read *r, const struct nf_resource_at *at,
               struct rows *rows)
{
    struct nf_text labels = nf_labels_get(r, at->mac);
    bool is_fine = true;
    struct nf_label label;

    while (is_fine && nf_labels_next(&labels, &label)) {
        is_fine = rows->n < ROWS_MAX && add_label(rows, &label, at->mac);
    }
    if (!is_fine) {
        nf_read_fail(r, NF_CORRUPT);
    }
    return is_fine && r->err == NF_OK;
}

static bool
rows_of_task(struct nf_read *r, const struct nf_resource_at *at,
             struct rows *rows)
{
    struct nf_task task;

    if (!nf_tasks_get(r, at->number, &task)) {
        return false;
    }
    if (nf_task_has_node(&task)) {
        add(rows, NF_TASKS_BY_NODE, nf_key_mac_number(task.mac, task.id));
    } else if (nf_task_is_live(&task) && task.sn[0] != '\0') {
        add_named(rows, NF_TASKS_AWAITED, 's', task.sn, strlen(task.sn));
    }
    if (task.deadline != 0) {
        add(rows, NF_DEADLINES,
            nf_key_numbers((uint64_t) task.deadline, task.id));
    }
    return true;
}

static bool
rows_of_lease(struct nf_read *r, const struct nf_resource_at *at,
              struct rows *rows)
{
    struct nf_lease lease;

    if (!nf_leases_get(r, at->ip, &lease)) {
        return false;
    }
    struct nf_key key = nf_key_mac(lease.mac);
    nf_key_add(&key, lease.ip.b, sizeof(lease.ip.b));
    add(rows, NF_LEASES_BY_MAC, key);
    return true;
}

static bool
rows_of_command(struct nf_read *r, const struct nf_resource_at *at,
                struct rows *rows)
{
    struct nf_command command;

    if (!nf_commands_get(r, at->number, &command)) {
        return false;
    }
    uint64_t number = command.number;
    add(rows, NF_COMMANDS_BY_NODE, nf_key_mac_number(command.mac, number));
    if (!nf_command_is_live(&command)) {
        return true;
    }
    add(rows, NF_COMMANDS_DUE,
        nf_key_numbers((uint64_t) command.deadline, number));
    if (command.send_at != 0) {
        add(rows, NF_COMMANDS_TO_SEND,
            nf_key_numbers((uint64_t) command.send_at, number));
    }
    return true;
}

static const struct giver givers[] = {
    {NF_NODES, rows_of_node},       {NF_LABELS_OF, rows_of_labels},
    {NF_TASKS, rows_of_task},       {NF_LEASES, rows_of_lease},
    {NF_COMMANDS, rows_of_command}, {NF_META, NULL},
};

static const struct index indexes[] = {
    {NF_NODES_BY_AGE, NF_NODES, 6},
    {NF_INDEX, NF_NODES, 0},
    {NF_LABEL_INDEX, NF_LABELS_OF, 6},
    {NF_TASKS_BY_NODE, NF_TASKS, 8},
    {NF_TASKS_AWAITED, NF_TASKS, 0},
    {NF_DEADLINES, NF_TASKS, 8},
    {NF_LEASES_BY_MAC, NF_LEASES, 4},
    {NF_COMMANDS_BY_NODE, NF_COMMANDS, 8},
    {NF_COMMANDS_TO_SEND, NF_COMMANDS, 8},
    {NF_COMMANDS_DUE, NF_COMMANDS, 8},
};

static const struct giver *
giver_of(nf_table_t table)
{
    const struct giver *giver = givers;

    while (giver->rows_of != NULL && giver->of != table) {
        giver++;
    }
    return giver;
}

/* --- records -----------------------------------------------------------------
 */

/* Every row that the record gives is there. */
static void
check_given(struct nf_read *r, struct nf_check *check,
            const struct giver *giver, const struct nf_resource_at *at)
{
    struct rows rows = {.n = 0};
    struct nf_bytes value;

    (void) giver->rows_of(r, at, &rows);
    for (size_t i = 0; r->err == NF_OK && i < rows.n; i++) {
        struct nf_bytes key = {rows.row[i].key, rows.row[i].len};
        if (!rows.row[i].is_shared
            && !nf_read_get(r, rows.row[i].table, key, &value)) {
            tell_row(check, "is missing", rows.row[i].table, key);
        }
    }
}

/* False: it makes no sense, and has been told. */
static bool
check_record(struct nf_read *r, struct nf_check *check,
             const struct nf_resource *resource,
             const struct nf_resource_at *at, struct nf_out out)
{
    const struct giver *giver = giver_of(resource->table);
    bool is_there = resource->put(r, at, &out) && !out.full;

    if (is_there && giver->rows_of != NULL) {
        check_given(r, check, giver, at);
    }
    if (!is_readable(r) || (!is_there && r->err == NF_OK)) {
        tell_record(check, "malformed", resource, at);
        return false;
    }
    return true;
}

static void
check_records(struct nf_read *r, struct nf_check *check,
              const struct nf_resource *resource, struct nf_out out)
{
    struct nf_resource_at at = {0};

    while (nf_resource_next(r, resource, &at)) {
        check->records++;
        (void) check_record(r, check, resource, &at, out);
    }
    if (!is_readable(r)) { /* where the walk ends */
        tell_record(check, "a key behind it is none", resource, &at);
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
    struct rows rows = {.n = 0};
    struct nf_resource_at at;

    if (!owner_of(scan, index, &at)) {
        return false;
    }
    (void) giver_of(index->of)->rows_of(scan->r, &at, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        if (rows.row[i].table == index->table
            && rows.row[i].len == scan->key.len
            && memcmp(rows.row[i].key, scan->key.data, scan->key.len) == 0)
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
            tell_row(check, "no record gives it", index->table, scan.key);
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

    for (; nf_resource_next(r, nodes, &at); (void) is_readable(r)) {
        struct nf_bytes id = {at.mac.b, sizeof(at.mac.b)};
        if (nf_nodes_get(r, at.mac, &view) && view.node.online
            && !is_filed(r, NF_EXPIRY_NODE, id, INT64_MAX))
        {
            tell_record(check, "nobody will see it go offline", nodes, &at);
        }
    }
    (void) is_readable(r);
    at = (struct nf_resource_at){0};
    for (; nf_resource_next(r, leases, &at); (void) is_readable(r)) {
        struct nf_bytes id = {at.ip.b, sizeof(at.ip.b)};
        nf_time_t over =
            nf_leases_get(r, at.ip, &lease) ? nf_leases_over(&lease) : 0;
        if (over != 0 && !is_filed(r, NF_EXPIRY_LEASE, id, over)) {
            tell_record(check, "nobody will see it end", leases, &at);
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
            tell_row(check, "no record gives it", NF_EXPIRY, scan.key);
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
    struct nf_node_view view;
    struct nf_task task;

    for (; nf_resource_next(r, nf_resource_of(NF_NODES), &at);
         (void) is_readable(r))
    {
        if (nf_nodes_get(r, at.mac, &view)) {
            nodes.by_status[view.node.status]++;
            nodes.online += view.node.online;
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
        tell(check, "is not what there is", "meta", "node-counts");
    }
    if (memcmp(&tasks, &tasks_told, sizeof(tasks)) != 0) {
        tell(check, "is not what there is", "meta", "task-counts");
    }
}

nf_error_t
nf_store_check(nf_store_t *store, struct nf_check *check)
{
    char *buffer = malloc(PRINTED_MAX);

    if (buffer == NULL) {
        return NF_NO_MEMORY;
    }
    NF_READ(r, store);
    const struct nf_resource *resource = nf_resources;
    for (; resource->name != NULL && r.err == NF_OK; resource++) {
        if (resource->put != NULL) { /* else its keys are of several forms */
            check_records(&r, check, resource, nf_out(buffer, PRINTED_MAX));
        }
    }
    for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
        check_rows(&r, check, &indexes[i]);
    }
    check_expiry(&r, check);
    check_counts(&r, check);
    free(buffer);
    return r.err;
}
