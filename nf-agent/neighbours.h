#ifndef NF_AGENT_NEIGHBOURS_H
#define NF_AGENT_NEIGHBOURS_H

/*
 * Listening at every card for the switch that it is plugged into.  Nothing is
 * sent.  Cards that are down are brought up to listen, for a card that is down
 * neither hears nor has a link.
 */

#include "parts.h"

typedef struct nf_neighbours nf_neighbours_t;

/* Brings the cards up and begins to listen; NULL, and errno, when it can't. */
nf_neighbours_t *nf_neighbours_open(const struct nf_tree *tree);

/*
 * Listens for at most so many seconds, less when every card with a link has
 * been heard.  What was heard goes to list.
 */
void nf_neighbours_listen(nf_neighbours_t *all, int seconds,
                          struct nf_heard_list *list);

/* Takes what arrived since, without waiting: the kernel keeps it meanwhile. */
void nf_neighbours_drain(nf_neighbours_t *all, struct nf_heard_list *list);

/* Cards that were down are taken down again. */
void nf_neighbours_close(nf_neighbours_t *all);

#endif
