#ifndef NF_STORE_NODES_H
#define NF_STORE_NODES_H

/*
 * Nodes: by MAC, in order of age, and found by anything else that names one.
 */

#include "model/node.h"
#include "store/txn.h"

/* A node as stored; the texts point into the store. */
struct nf_node_view {
    struct nf_node node;
    struct nf_text extra;
    struct nf_text json; /* nf_node_json()'s text, without the last brace */
};

/* What whoever uses a record relies on: indexes within their tables, texts
 * that end.  Nothing else is stored or read. */
bool nf_nodes_is_sound(const struct nf_node *node);

bool nf_nodes_get(struct nf_read *r, nf_mac_t mac, struct nf_node_view *view);

/* The node of any spelling of any of its MACs, or of its serial number. */
bool nf_nodes_find(struct nf_read *r, struct nf_text name, nf_mac_t *mac);

/* The same, and by its host name, which people may use and machines may not:
 * several nodes may share one.  How many there are: 0, 1 or, with two of
 * them, 2. */
unsigned nf_nodes_find_named(struct nf_read *r, struct nf_text name,
                             nf_mac_t macs[static 2]);

/* Another node than `mac` that has this serial number or owns this MAC. */
bool nf_nodes_serial_owner(struct nf_read *r, const char *serial,
                           nf_mac_t *owner);
bool nf_nodes_mac_owner(struct nf_read *r, nf_mac_t mac, nf_mac_t *owner);

/* The node itself, by any of its MACs. */
bool nf_nodes_get_owner(struct nf_read *r, nf_mac_t mac,
                        struct nf_node_view *view);

/* Another node than mac of this host name: one that shares it with nobody, if
 * there is one.  Upper and lower case are the same. */
bool nf_nodes_name_other(struct nf_read *r, const char *hostname, nf_mac_t mac,
                         nf_mac_t *other);

/* The node's row of `index` by its host name, which is set. */
struct nf_key nf_nodes_name_key(const struct nf_node *node);

/* The node that last had this address. */
bool nf_nodes_ip_owner(struct nf_read *r, nf_ip4_t ip, nf_mac_t *owner);

/* Store it, with all indexes; created_at never changes once stored. */
bool nf_nodes_put(struct nf_write *w, const struct nf_node *node,
                  struct nf_text extra);

/* Make the rows that a store of before them lacks: those that are online in
 * the index of store/expiry.h, and host names. */
void nf_nodes_file(struct nf_write *w);

/* With what is known of the machine: hardware, progress. */
bool nf_nodes_delete(struct nf_write *w, nf_mac_t mac);

/* Note its last event, or its last heartbeat: nothing else of it changes, and
 * a put leaves the heartbeat as it is.  False: there is no such node. */
bool nf_nodes_touch(struct nf_write *w, nf_mac_t mac, uint64_t event);
bool nf_nodes_heard(struct nf_write *w, nf_mac_t mac, nf_time_t time);

/* A place in the list: behind the node made then. */
struct nf_node_position {
    nf_time_t created_at;
    nf_mac_t mac;
};

/*
 * The list, newest first.  Starts behind `after` (NULL: at the newest), also
 * when that node is gone by now; use as:
 * for (ok = nf_nodes_list(...); ok; ok = nf_nodes_list_next(...)).
 */
bool nf_nodes_list(struct nf_scan *scan, const struct nf_node_position *after,
                   struct nf_node_view *view);
bool nf_nodes_list_next(struct nf_scan *scan, struct nf_node_view *view);

/* How many there are, kept up to date by every put and delete. */
struct nf_node_counts {
    uint64_t by_status[3];
    uint64_t online;
};
struct nf_node_counts nf_nodes_count(struct nf_read *r);

#endif
