#ifndef NF_API_NODE_LIST_H
#define NF_API_NODE_LIST_H

/*
 * Lists that are made of nodes, newest first: whole as a stream, or with
 * ?limit= a page at a time.  For the files of this folder.
 */

#include "api/chosen.h"
#include "api/page.h"

struct nf_node_list {
    size_t line; /* bytes of one, at most */
    enum nf_list_of of;
    /* NULL: every one. */
    bool (*has)(const struct nf_node *node);
    void (*put)(struct nf_out *out, struct nf_read *r,
                const struct nf_node_view *view);
    /* Members that are added to what put wrote, each after a comma; NULL. */
    void (*more)(struct nf_read *r, struct nf_out *out,
                 const struct nf_node *node);
};

/* Answer with one: ?limit=, ?after= with &created=, ?status=, ?label=. */
nf_error_t nf_node_list_reply(struct nf_call *call, struct nf_scope *scope,
                              const struct nf_node_list *list);

/* Where the nodes behind ?after= begin.  NF_INVALID with a fault. */
nf_error_t nf_node_list_read_position(struct nf_call *call, struct nf_read *r,
                                      struct nf_stream *s);

/* The link to the page behind the last node sent. */
void nf_node_list_link(struct nf_call *call, const struct nf_stream *s,
                       uint64_t limit);

#endif
