#ifndef NF_TEST_CARRY_OUT_H
#define NF_TEST_CARRY_OUT_H

/*
 * One call from its route to its answer, as an adapter carries it out that
 * has the whole body.
 */

#include "api/api.h"

static inline void
carry_out_upload(const struct nf_site *on, struct nf_call *call)
{
    struct nf_call *calls[] = {call};
    struct nf_bytes body = {call->body.data, call->body.len};

    if (!nf_api_upload_begin(on, call)) {
        return;
    }
    nf_error_t err = nf_api_upload_open(call);
    if (err == NF_OK) {
        err = nf_api_upload_take(call, body);
    }
    if (err == NF_OK) {
        err = nf_api_upload_end(call);
    }
    if (err == NF_OK) {
        nf_api_write(on, calls, 1);
    } else {
        nf_api_fail(call, err);
    }
    nf_api_upload_close(call);
}

static inline void
carry_out(const struct nf_site *on, struct nf_call *call)
{
    struct nf_call *calls[] = {call};

    if (!nf_api_route(call)) {
        return;
    }
    if (call->route->kind == NF_UPLOADS) {
        carry_out_upload(on, call);
    } else if (call->route->kind == NF_WRITES) {
        nf_api_write(on, calls, 1);
    } else {
        nf_api_read(on, call);
    }
}

#endif
