#ifndef NF_API_QUERY_H
#define NF_API_QUERY_H

/*
 * Which parameters each route takes in its query.
 */

#include "api/call.h"

struct nf_route_query {
    enum nf_method_kind method;
    const char *path;  /* as nf_routes has it */
    const char *names; /* with blanks between */
};

/* "true": everything is looked at and answered as if it were done, and nothing
 * is kept. */
#define NF_DRY_RUN "dry_run"

/* Those of the API's own routes; one that has no row takes none.  The last row
 * has no path. */
extern const struct nf_route_query nf_route_queries[];

/* Whether each parameter of the call is one that its route takes; else the
 * call's fault names it.  Machines may send whatever they like. */
bool nf_query_is_known(struct nf_call *call);

/* Whether the call's route has a dry run, and this is one. */
bool nf_query_is_dry(const struct nf_call *call);

#endif
