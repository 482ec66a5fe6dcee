#include "store/given.h"

#include "store/cards.h"
#include "store/commands.h"
#include "store/devices.h"
#include "store/labels.h"
#include "store/leases.h"
#include "store/links.h"
#include "store/nodes.h"
#include "store/reservations.h"
#include "store/strangers.h"
#include "store/tasks.h"

static void
add(struct nf_given *given, nf_table_t table, struct nf_key key)
{
    struct nf_given_row *row = &given->row[given->n++];

    row->table = table;
    row->is_shared = false;
    row->len = key.len;
    memcpy(row->key, key.data, key.len);
}

static void
add_named(struct nf_given *given, nf_table_t table, char kind, const void *data,
          size_t len)
{
    struct nf_key key = {.data = {(uint8_t) kind}, .len = 1};

    nf_key_add(&key, data, len);
    add(given, table, key);
}

static bool
rows_of_node(struct nf_read *r, const struct nf_resource_at *at,
             struct nf_given *given)
{
    struct nf_node_view view;
    const struct nf_node *node = &view.node;

    if (!nf_nodes_get(r, at->mac, &view)) {
        return false;
    }
    add(given, NF_NODES_BY_AGE,
        nf_key_number_mac(~(uint64_t) node->created_at, at->mac));
    for (size_t i = 0; i < node->macs_n; i++) {
        add_named(given, NF_INDEX, 'm', node->macs[i].b, sizeof(node->mac.b));
    }
    if (node->serial[0] != '\0') {
        add_named(given, NF_INDEX, 's', node->serial, strlen(node->serial));
    }
    if (!node->is_known) {
        struct nf_key key;
        nf_strangers_key(node, &key);
        add(given, NF_STRANGERS, key);
    }
    if (nf_ip4_is_set(node->ip)) {
        add_named(given, NF_INDEX, 'i', node->ip.b, sizeof(node->ip.b));
        given->row[given->n - 1].is_shared = true;
    }
    if (node->hostname[0] != '\0') {
        add(given, NF_INDEX, nf_nodes_name_key(node));
        given->row[given->n - 1].is_shared = true;
    }
    return true;
}

static bool
add_label(struct nf_given *given, const struct nf_label *label, nf_mac_t mac)
{
    struct nf_given_row *row = &given->row[given->n];
    struct nf_out out = nf_out(row->key, sizeof(row->key));

    nf_out_put(&out, label->key);
    nf_out_putc(&out, '=');
    nf_out_put(&out, label->value);
    nf_out_putc(&out, '\0');
    nf_out_put(&out, (struct nf_text){(const char *) mac.b, sizeof(mac.b)});
    row->table = NF_LABEL_INDEX;
    row->is_shared = false;
    row->len = out.len;
    given->n++;
    return !out.full;
}

static bool
rows_of_labels(struct nf_read *r, const struct nf_resource_at *at,
               struct nf_given *given)
{
    struct nf_text labels = nf_labels_get(r, at->mac);
    bool is_fine = true;
    struct nf_label label;

    while (is_fine && nf_labels_next(&labels, &label)) {
        is_fine = given->n < NF_GIVEN_MAX && add_label(given, &label, at->mac);
    }
    if (!is_fine) {
        nf_read_fail(r, NF_CORRUPT);
    }
    return is_fine && r->err == NF_OK;
}

static bool
rows_of_task(struct nf_read *r, const struct nf_resource_at *at,
             struct nf_given *given)
{
    struct nf_task task;

    if (!nf_tasks_get(r, at->number, &task)) {
        return false;
    }
    if (nf_task_has_node(&task)) {
        add(given, NF_TASKS_BY_NODE, nf_key_mac_number(task.mac, task.id));
    } else if (nf_task_is_live(&task) && task.sn[0] != '\0') {
        add_named(given, NF_TASKS_AWAITED, 's', task.sn, strlen(task.sn));
    } else if (task.sn[0] != '\0') {
        add_named(given, NF_TASKS_ENDED, 's', task.sn, strlen(task.sn));
        given->row[given->n - 1].is_shared = true;
    }
    if (task.deadline != 0) {
        add(given, NF_DEADLINES,
            nf_key_numbers((uint64_t) task.deadline, task.id));
    }
    return true;
}

static bool
rows_of_lease(struct nf_read *r, const struct nf_resource_at *at,
              struct nf_given *given)
{
    struct nf_lease lease;

    if (!nf_leases_get(r, at->ip, &lease)) {
        return false;
    }
    if (lease.card.type != 0) {
        return true;
    }
    struct nf_key key = nf_key_mac(lease.mac);
    nf_key_add(&key, lease.ip.b, sizeof(lease.ip.b));
    add(given, NF_LEASES_BY_MAC, key);
    return true;
}

static bool
rows_of_reservation(struct nf_read *r, const struct nf_resource_at *at,
                    struct nf_given *given)
{
    struct nf_reservation row;
    struct nf_key key = {.len = 0};

    if (!nf_reservations_get(r, at->ip, &row)) {
        return false;
    }
    bool is_dropped = row.state == NF_RESERVATION_DROPPED;
    if (!is_dropped) {
        nf_key_add(&key, &row.card.type, 1);
        nf_key_add(&key, &row.card.len, 1);
        nf_key_add(&key, row.card.b, row.card.len);
    }
    nf_key_add(&key, row.ip.b, sizeof(row.ip.b));
    add(given, is_dropped ? NF_RESERVATIONS_DROPPED : NF_RESERVATIONS_BY_CARD,
        key);
    return true;
}

static bool
rows_of_command(struct nf_read *r, const struct nf_resource_at *at,
                struct nf_given *given)
{
    struct nf_command command;

    if (!nf_commands_get(r, at->number, &command)) {
        return false;
    }
    uint64_t number = command.number;
    add(given, NF_COMMANDS_BY_NODE, nf_key_mac_number(command.mac, number));
    if (!nf_command_is_live(&command)) {
        return true;
    }
    add(given, NF_COMMANDS_DUE,
        nf_key_numbers((uint64_t) command.deadline, number));
    if (command.send_at != 0) {
        add(given, NF_COMMANDS_TO_SEND,
            nf_key_numbers((uint64_t) command.send_at, number));
    }
    return true;
}

static bool
rows_of_cards(struct nf_read *r, const struct nf_resource_at *at,
              struct nf_given *given)
{
    nf_mac_t cards[NF_CARDS_MAX];
    size_t n = nf_cards_of(r, at->mac, cards);

    for (size_t i = 0; i < n; i++) {
        struct nf_key key = nf_key_mac(cards[i]);
        nf_key_add(&key, at->mac.b, sizeof(at->mac.b));
        add(given, NF_CARD_INDEX, key);
    }
    return n > 0;
}

static void
add_bytes(struct nf_given *given, char kind, const void *data, size_t len)
{
    struct nf_given_row *row = &given->row[given->n++];

    row->table = NF_DEVICE_INDEX;
    row->is_shared = false;
    row->len = 1 + len;
    row->key[0] = (uint8_t) kind;
    memcpy(row->key + 1, data, len);
}

static bool
rows_of_device(struct nf_read *r, const struct nf_resource_at *at,
               struct nf_given *given)
{
    char text[1 + NF_MANAGED_ADDRESS];
    struct nf_managed_device device;
    struct nf_out out = nf_out(text, sizeof(text));

    if (!nf_devices_get(r, at->name, &device)) {
        return false;
    }
    nf_out_putc(&out, (char) device.driver);
    nf_out_puts(&out, device.address);
    add_bytes(given, 'a', text, out.len);
    if (nf_managed_is_linked(&device)) {
        add_bytes(given, 'n', device.node.b, sizeof(device.node.b));
    }
    if (device.credentials[0] != '\0') {
        out = nf_out(text, sizeof(text));
        nf_out_puts(&out, device.credentials);
        nf_out_putc(&out, '\0');
        nf_out_puts(&out, device.name);
        add_bytes(given, 'c', text, out.len);
    }
    return true;
}

static bool
rows_of_link(struct nf_read *r, const struct nf_resource_at *at,
             struct nf_given *given)
{
    struct nf_given_row *row = &given->row[given->n];
    struct nf_out out = nf_out((char *) row->key, sizeof(row->key));
    struct nf_port_link link;

    if (!nf_links_get(r, at->mac, &link)) {
        return false;
    }
    nf_out_puts(&out, link.device);
    nf_out_putc(&out, '/');
    nf_out_puts(&out, link.port);
    row->table = NF_LINK_INDEX;
    row->is_shared = false;
    row->len = out.len;
    given->n++;
    return true;
}

static const struct {
    nf_table_t of;
    bool (*rows_of)(struct nf_read *r, const struct nf_resource_at *at,
                    struct nf_given *given);
} givers[] = {
    {NF_NODES, rows_of_node},
    {NF_LABELS_OF, rows_of_labels},
    {NF_TASKS, rows_of_task},
    {NF_LEASES, rows_of_lease},
    {NF_COMMANDS, rows_of_command},
    {NF_CARDS, rows_of_cards},
    {NF_RESERVATIONS, rows_of_reservation},
    {NF_DEVICES, rows_of_device},
    {NF_LINKS, rows_of_link},
};

bool
nf_given_by(struct nf_read *r, nf_table_t of, const struct nf_resource_at *at,
            struct nf_given *given)
{
    given->n = 0;
    for (size_t i = 0; i < sizeof(givers) / sizeof(givers[0]); i++) {
        if (givers[i].of == of) {
            return givers[i].rows_of(r, at, given);
        }
    }
    return true;
}
