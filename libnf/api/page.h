#ifndef NF_API_PAGE_H
#define NF_API_PAGE_H

/*
 * Lists a page at a time: ?limit= and ?after=, and the Link that leads to the
 * page behind.  For the files of this folder.
 */

#include "api/reply.h"
#include "store/resource.h"

enum {
    NF_PAGE_MAX = 1000 /* objects */
};

struct nf_page {
    nf_table_t table;      /* of the resource, in the order of its keys */
    size_t line;           /* bytes of one object, at most */
    const char *must;      /* what ?after= must be */
    struct nf_text prefix; /* of their names; empty: all */
    bool has_after;
    struct nf_text after; /* from the query */

    /* Prints one; NULL: as its row does. */
    bool (*put)(struct nf_read *r, const struct nf_resource_at *at,
                struct nf_out *out);
};

/* Answer with a page, of NF_PAGE_MAX objects without ?limit=. */
nf_error_t nf_page_reply(struct nf_call *call, struct nf_scope *scope,
                         const struct nf_page *page);

/* The Link to so many behind `after`, which is escaped; more stands behind it
 * as it is, such as "&status=approved". */
void nf_page_link(struct nf_call *call, nf_table_t table, uint64_t limit,
                  struct nf_text after, struct nf_text more);

/* Append what a query's value may hold, the rest as %XX; and back, into the
 * call's arena: data NULL when there is no memory. */
void nf_page_escape(struct nf_out *out, struct nf_text text);
struct nf_text nf_page_unescape(struct nf_call *call, struct nf_text text);

#endif
