#include "look.h"

#include <unistd.h>

#include "store/nodes.h"

enum {
    NOTE_SECONDS = 30, /* how exactly it is noted that a card still asks */
};

/* A node's own line comes before a reservation. */
static void
look_at_node(struct nf_read *r, const struct nf_settings *settings,
             struct nf_waiting *waiting)
{
    struct nf_node_view view;
    nf_mac_t mac, owner;

    waiting->own.len = 0;
    waiting->is_known = nf_card_mac(&waiting->ask.card, &mac)
                        && nf_nodes_mac_owner(r, mac, &owner);
    if (waiting->is_known && nf_nodes_get(r, mac, &view)) {
        waiting->own = nf_host_of_node(r, settings, &view.node);
    }
}

static bool
is_to_be_noted(const struct nf_reservation *row, nf_time_t now)
{
    return row->state == NF_RESERVATION_OFFERED
           && now - row->asked_at >= NF_SECONDS(NOTE_SECONDS);
}

static void
look_at(struct nf_read *r, const struct nf_reserve *reserve,
        struct nf_waiting *waiting)
{
    struct nf_reservation *row = &waiting->row;

    look_at_node(r, &reserve->settings, waiting);
    waiting->has_row =
        nf_reservations_of(r, &waiting->ask.card, waiting->range->net, row);
    bool is_here = waiting->has_row && row->batch != 0
                   && !is_to_be_noted(row, reserve->now);
    waiting->state =
        waiting->own.len > 0 || is_here ? NF_WAITING_TELL : NF_WAITING_NEW;
}

bool
nf_look_is_told(const struct nf_reserve *reserve,
                const struct nf_waiting *waiting)
{
    const char *dir = reserve->settings.hosts_dir;
    char path[NF_HOST_PATH];

    if (waiting->own.len > 0) {
        return nf_host_exists(dir, waiting->own.mac);
    }
    nf_batch_path(dir, waiting->row.batch, path);
    return access(path, F_OK) == 0;
}

/* dnsmasq has the question already: it is asked again only if it says
 * nothing.  A burst of them is more than its socket holds. */
static void
settle(const struct nf_reserve *reserve, struct nf_waiting *waiting)
{
    if (waiting->state == NF_WAITING_TELL && nf_look_is_told(reserve, waiting))
    {
        waiting->state = NF_WAITING_SENT;
    }
}

nf_error_t
nf_look(struct nf_reserve *reserve)
{
    struct nf_queue *queue = &reserve->queue;
    nf_error_t err;
    {
        NF_READ(r, reserve->store);
        for (size_t i = 0; i < queue->n; i++) {
            if (queue->each[i].state == NF_WAITING_ASKED) {
                look_at(&r, reserve, &queue->each[i]);
            }
        }
        err = r.err;
    }
    for (size_t i = 0; i < queue->n; i++) {
        settle(reserve, &queue->each[i]);
    }
    return err;
}
