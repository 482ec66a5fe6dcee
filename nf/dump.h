#ifndef NF_DUMP_H
#define NF_DUMP_H

/*
 * What `nf dump` prints: the store's resources, and a site by the documents'
 * keys; each kind of object is walked one by one.
 */

#include "model/settings.h"
#include "store/nodes.h"
#include "store/resource.h"

/* Where a walk is.  All zero: at its beginning. */
struct nf_dump {
    struct nf_read *r; /* another one for each object */
    const struct nf_settings *settings;
    bool has_begun;

    const struct nf_resource *resource;
    struct nf_resource_at at;

    /* Of a site. */
    bool is_behind_nodes; /* what comes without a node is next */
    struct nf_node_position node;
    nf_mac_t mac;
    char name[NF_FILE_PATH];
};

/* Print the next object as one line, without its end. */
typedef bool nf_dump_next(struct nf_dump *at, struct nf_out *out);

struct nf_dump_walk {
    const char *prefix; /* every key of it begins so; NULL: the table's end */
    nf_dump_next *next;
};

/* The site by the keys that the documents name. */
extern const struct nf_dump_walk nf_dump_site[];

/* "{"key":"...","value":"; then comes the value and "}". */
void nf_dump_begin(struct nf_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
