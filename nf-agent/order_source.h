#ifndef NF_AGENT_ORDER_SOURCE_H
#define NF_AGENT_ORDER_SOURCE_H

/*
 * Where an order comes from when another installer is at work, and the agent
 * does parts of it: the server that the environment names, or a file.
 */

#include "caller.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct nf_order_source {
    const char *file;        /* "-" is standard input; NULL: the server */
    struct nf_caller caller; /* its url is "" without a server */
    nf_mac_t mac;
};

/* Reads NF_URL, NF_MAC and NF_TOKEN; a token on a command line could be read
   by everyone.  False and a sentence when one of them is wrong. */
bool nf_order_source_read(struct nf_order_source *source, char *fault,
                          size_t size);

/* The order as JSON, which the caller releases; NULL and a sentence.  A server
   that is away is asked again for some minutes. */
json_t *nf_order_source_get(const struct nf_order_source *source, char *fault,
                            size_t size);

/* Tells the server's task what was decided; what cannot be told is lost. */
void nf_order_source_note(const struct nf_order_source *source,
                          const char *step, const char *words);

#endif
