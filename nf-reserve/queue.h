#ifndef NF_RESERVE_QUEUE_H
#define NF_RESERVE_QUEUE_H

/*
 * Cards that ask, until dnsmasq has answered them: each once, with what it said
 * last.
 */

#include "dhcp/ask.h"
#include "dhcp/host.h"
#include "model/range.h"
#include "wire.h"

enum {
    NF_QUEUE_MAX = 512,
};

enum nf_waiting_state {
    NF_WAITING_ASKED,  /* not looked at yet */
    NF_WAITING_NEW,    /* it has no address */
    NF_WAITING_TELL,   /* it has one, of which dnsmasq was not told */
    NF_WAITING_SEND,   /* dnsmasq knows: it is to be asked again */
    NF_WAITING_SENT,   /* dnsmasq was asked, by the card or by us */
    NF_WAITING_SILENT, /* dnsmasq should have answered, more than once */
    NF_WAITING_OVER,
};

/* A card that asks, and what is found out about it. */
struct nf_waiting {
    struct nf_ask ask;
    struct nf_datagram datagram;
    const struct nf_range *range; /* where it asks */
    enum nf_waiting_state state;
    nf_time_t sent_at;  /* tick */
    unsigned tries;     /* how often we asked */
    bool is_known;      /* it is a node's */
    bool has_row;       /* it was given one before, in that subnet */
    struct nf_host own; /* the node's own line; len 0: it has none */
    struct nf_reservation row;
};

struct nf_queue {
    size_t n;
    struct nf_waiting each[NF_QUEUE_MAX];
};

/* A place for what this card says; NULL: the queue is full. */
struct nf_waiting *nf_queue_place(struct nf_queue *queue,
                                  const struct nf_card *card);

/* What it waits for; NULL: for nothing. */
struct nf_waiting *nf_queue_find(struct nf_queue *queue,
                                 const struct nf_card *card);

/* Forget those that are over. */
void nf_queue_sweep(struct nf_queue *queue);

size_t nf_queue_count(const struct nf_queue *queue,
                      enum nf_waiting_state state);

#endif
