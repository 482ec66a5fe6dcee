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

/* What a list's ETag is made of. */
enum nf_list_of {
    NF_LIST_OF_LOG,     /* an event tells of each change of what it shows */
    NF_LIST_OF_COMMITS, /* else: each change is in a commit */
};

/*
 * Give the list its ETag, of how far the log or the store is, its query and its
 * program; without looking at what is in it.  True: the client has this very
 * list, and the call is answered, with 304.
 */
bool nf_list_is_known(struct nf_call *call, const struct nf_scope *scope,
                      enum nf_list_of of);

struct nf_page {
    nf_table_t table;      /* of the resource, in the order of its keys */
    size_t line;           /* bytes of one object, at most */
    const char *must;      /* what ?after= must be */
    struct nf_text prefix; /* of their names; empty: all */
    struct nf_text more;   /* for the Link, "&kind=switch"; or empty */
    bool has_after;
    struct nf_text after; /* from the query */

    /* To the next one; NULL: by the keys of the table. */
    bool (*next)(struct nf_read *r, struct nf_resource_at *at);

    /* Prints one; NULL: as its row does. */
    bool (*put)(struct nf_read *r, const struct nf_resource_at *at,
                struct nf_out *out);
};

/* Answer with a page, of NF_PAGE_MAX objects without ?limit=. */
nf_error_t nf_page_reply(struct nf_call *call, struct nf_scope *scope,
                         const struct nf_page *page);

/* Fill a page of a stream's at once, since only then is it known whether there
 * is a next one (stream->has_more); s->left is how many objects it may have,
 * each of so many bytes at most.  It may be short where a filter fits few of
 * many. */
nf_error_t nf_page_fill(struct nf_call *call, const struct nf_site *site,
                        struct nf_stream *s, size_t line);

/* The Link to so many behind `after`, which is escaped; more stands behind it
 * as it is, such as "&status=approved". */
void nf_page_link(struct nf_call *call, uint64_t limit, struct nf_text after,
                  struct nf_text more);

/* ?limit=, 0: none; and ?after=, "" when it is not there, data NULL when there
 * is no memory. */
nf_error_t nf_page_limit(struct nf_call *call, uint64_t *limit);
struct nf_text nf_page_after(struct nf_call *call);

/* Append what a query's value may hold, the rest as %XX; and back, into the
 * call's arena: data NULL when there is no memory. */
void nf_page_escape(struct nf_out *out, struct nf_text text);
struct nf_text nf_page_unescape(struct nf_call *call, struct nf_text text);

#endif
