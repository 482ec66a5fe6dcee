/*
 * Workers: who is there to carry out commands on BMCs and switches.
 */
#include "api/page.h"
#include "model/worker.h"

nf_error_t
nf_api_workers_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_page page = {.table = NF_WORKERS,
                           .line = NF_WORKER_JSON_MAX,
                           .must = "a worker's name"};

    page.has_after = nf_query(call, "after", &page.after);
    return nf_page_reply(call, scope, &page);
}
