#ifndef NF_DUMP_H
#define NF_DUMP_H

/*
 * What `nf dump` prints: kinds of objects, each walked one by one.
 */

#include "model/file.h"
#include "model/settings.h"
#include "store/nodes.h"

/* Where a walk is.  All zero: at its beginning. */
struct nf_dump {
    struct nf_read *r; /* another one for each object */
    const struct nf_settings *settings;
    bool has_begun;
    bool is_behind_nodes; /* what comes without a node is next */
    struct nf_node_position node;
    nf_mac_t mac;
    nf_ip4_t ip;
    uint64_t number;
    char name[NF_FILE_PATH];
};

struct nf_dump_walk {
    const char *prefix; /* every key of it begins so; NULL: the table's end */
    /* Print the next object as one line, without its end. */
    bool (*next)(struct nf_dump *at, struct nf_out *out);
};

/* The tables, and the same seen by the keys that the documents name. */
extern const struct nf_dump_walk nf_dump_tables[], nf_dump_site[];

/* "{"key":"...","value":"; then comes the value and "}". */
void nf_dump_begin(struct nf_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
