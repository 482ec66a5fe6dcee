#include "dhcp/host.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/range.h"
#include "store/nodes.h"
#include "store/tasks.h"

/* --- a node's own line ------------------------------------------------------
 */

/*
 * dnsmasq tells the members of a line by their looks: a name that looks like
 * a lease time, or is a word of its own, would mean something else.
 */
static bool
is_plain_name(struct nf_text name)
{
    size_t digits = 0;

    while (digits < name.len && name.data[digits] >= '0'
           && name.data[digits] <= '9')
    {
        digits++;
    }
    return name.len > 0 && (digits == 0 || digits + 1 < name.len)
           && !nf_text_equal(name, NF_TEXT("ignore"))
           && !nf_text_equal(name, NF_TEXT("infinite"));
}

static struct nf_host
print(const struct nf_node *node)
{
    struct nf_host host = {.mac = node->mac};
    struct nf_out out = nf_out(host.line, sizeof(host.line));
    struct nf_text rest = nf_text(nf_node_name(node));
    struct nf_text name = nf_text_cut(&rest, '.'); /* dnsmasq adds a domain */
    char mac[NF_MAC_COLONS], ip[NF_IP4_TEXT];

    nf_mac_format_divided(node->mac, ':', mac);
    nf_ip4_format(node->ip, ip);
    nf_out_printf(&out, "%s,id:*,%s", mac, ip);
    if (is_plain_name(name)) {
        nf_out_putc(&out, ',');
        nf_out_put(&out, name);
    }
    nf_out_putc(&out, '\n');
    host.len = out.full ? 0 : out.len;
    return host;
}

/* What runs on it needs its address; nearly always a reservation says so. */
static bool
is_for_task(struct nf_read *r, const struct nf_node *node)
{
    struct nf_card card = nf_card_of(node->mac);
    struct nf_reservation row;
    struct nf_task task;

    return node->task != 0 && nf_tasks_get(r, node->task, &task)
           && nf_task_is_live(&task) && task.status != NF_TASK_PENDING
           && !nf_reservations_of(r, &card, (struct nf_ip4_net){0}, &row)
           && !nf_reservations_get(r, node->ip, &row);
}

struct nf_host
nf_host_of_node(struct nf_read *r, const struct nf_settings *settings,
                const struct nf_node *node)
{
    nf_mac_t owner;
    bool is_anothers = nf_nodes_ip_owner(r, node->ip, &owner)
                       && !nf_mac_equal(owner, node->mac);

    return nf_ip4_is_set(node->ip) && !is_anothers
                   && (nf_node_is_bound(node) || is_for_task(r, node))
                   && nf_ranges_unfit(settings, node->ip) == NULL
               ? print(node)
               : (struct nf_host){.mac = node->mac};
}

void
nf_host_path(const char *dir, nf_mac_t mac, char path[static NF_HOST_PATH])
{
    char name[NF_MAC_TEXT];

    nf_mac_format(mac, name);
    snprintf(path, NF_HOST_PATH, "%s/%s", dir, name);
}

bool
nf_host_exists(const char *dir, nf_mac_t mac)
{
    char path[NF_HOST_PATH];

    nf_host_path(dir, mac, path);
    return access(path, F_OK) == 0;
}

/* --- batches ----------------------------------------------------------------
 */

void
nf_batch_path(const char *dir, uint32_t batch, char path[static NF_HOST_PATH])
{
    snprintf(path, NF_HOST_PATH, "%s/r%" PRIu32, dir, batch);
}

bool
nf_batch_parse(const char *name, uint32_t *batch)
{
    char usual[16];
    uint64_t number;

    if (name[0] != 'r'
        || !nf_text_number(nf_text(name + 1), UINT32_MAX, &number)) {
        return false;
    }
    snprintf(usual, sizeof(usual), "r%" PRIu64, number);
    *batch = (uint32_t) number;
    return strcmp(usual, name) == 0;
}

void
nf_batch_print(uint32_t batch, const struct nf_reservation *rows, size_t n,
               struct nf_out *out)
{
    char card[NF_CARD_TEXT], ip[NF_IP4_TEXT];

    for (size_t i = 0; i < n; i++) {
        if (rows[i].batch != batch || rows[i].state == NF_RESERVATION_DROPPED) {
            continue;
        }
        nf_card_format(&rows[i].card, card);
        nf_ip4_format(rows[i].ip, ip);
        nf_out_printf(out, "%s,id:*,%s\n", card, ip);
    }
}

static int
compare(const void *a, const void *b)
{
    const struct nf_reservation *left = a, *right = b;
    int order = (left->batch > right->batch) - (left->batch < right->batch);

    return order != 0 ? order : memcmp(left->ip.b, right->ip.b, 4);
}

nf_error_t
nf_batches_read(struct nf_read *r, struct nf_reservation **rows, size_t *n)
{
    size_t room = (size_t) nf_read_count(r, NF_RESERVATIONS);
    struct nf_reservation *all = malloc((room + 1) * sizeof(*all)), row;
    nf_ip4_t at;

    if (all == NULL) {
        return NF_NO_MEMORY;
    }
    *n = 0;
    for (bool more = nf_reservations_next(r, NULL, &row); more && *n < room;
         more = nf_reservations_next(r, &at, &row))
    {
        at = row.ip;
        if (row.state != NF_RESERVATION_DROPPED && row.batch != 0) {
            all[(*n)++] = row;
        }
    }
    qsort(all, *n, sizeof(*all), compare);
    *rows = all;
    return r->err;
}
