/*
 * Workers: who is there to carry out commands on BMCs and switches.
 */
#include "api/page.h"
#include "change/worker.h"
#include "model/worker.h"
#include "json/field.h"

nf_error_t
nf_api_workers_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_page page = {.table = NF_WORKERS,
                           .line = NF_WORKER_JSON_MAX,
                           .must = "a worker's name"};

    page.has_after = nf_query(call, "after", &page.after);
    return nf_page_reply(call, scope, &page);
}

struct acceptance {
    char fingerprint[NF_WORKER_FINGERPRINT];
};

static nf_error_t
read_name(struct nf_call *call, char name[static NF_WORKER_NAME])
{
    return nf_worker_is_name(call->id)
                   && nf_text_copy(name, NF_WORKER_NAME, call->id)
               ? NF_OK
               : nf_reply_refuse(call, NF_INVALID, "name",
                                 "is not a valid worker name");
}

static nf_error_t
read_acceptance(struct nf_call *call, struct acceptance *acceptance)
{
    static const struct nf_json_field fields[] = {
        {.name = "fingerprint",
         .kind = NF_JSON_TEXT,
         .offset = offsetof(struct acceptance, fingerprint),
         .size = sizeof(((struct acceptance *) 0)->fingerprint),
         .is_required = true},
        {0},
    };
    struct nf_json_reader reader = {
        .fields = fields, .source = NF_JSON_OPERATOR, .arena = call->arena};
    nf_error_t err = nf_reply_check_type(call);

    return err == NF_OK
               ? nf_json_read(&reader, call->body, acceptance, &call->fault)
               : err;
}

nf_error_t
nf_api_workers_accept(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_out out = nf_reply_buffer(call, NF_WORKER_JSON_MAX);
    struct nf_change c = nf_reply_change(call, scope);
    struct acceptance acceptance = {.fingerprint = ""};
    struct nf_worker worker;
    char name[NF_WORKER_NAME];
    nf_error_t err = read_name(call, name);

    if (err == NF_OK) {
        err = read_acceptance(call, &acceptance);
    }
    if (err != NF_OK) {
        return err;
    }
    err = nf_change_worker_accept(&c, name, nf_text(acceptance.fingerprint),
                                  &worker);
    if (err != NF_OK) {
        return nf_reply_changed(call, &c, err);
    }
    nf_worker_json(&worker, &out);
    return nf_reply_json(call, 200, &out);
}

nf_error_t
nf_api_workers_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    char name[NF_WORKER_NAME];
    nf_error_t err = read_name(call, name);

    if (err == NF_OK) {
        err = nf_reply_changed(call, &c, nf_change_worker_forget(&c, name));
    }
    if (err == NF_OK) {
        call->status = 204;
    }
    return err;
}
