#include "api/revised.h"

nf_error_t
nf_revised_reply(struct nf_call *call, unsigned status, uint64_t revision,
                 const struct nf_out *out)
{
    struct nf_out tag = nf_reply_buffer(call, 24);

    nf_out_putc(&tag, '"');
    nf_out_number(&tag, (int64_t) revision);
    nf_out_putc(&tag, '"');
    call->etag = nf_out_text(&tag);
    if (nf_reply_is_unchanged(call)) {
        call->status = 304;
        return NF_OK;
    }
    return nf_reply_json(call, status, out);
}

nf_error_t
nf_revised_name(struct nf_call *call, char name[static NF_MANAGED_NAME])
{
    if (nf_managed_is_name(call->id)
        && nf_text_copy(name, NF_MANAGED_NAME, call->id))
    {
        return NF_OK;
    }
    return nf_reply_refuse(
        call, NF_INVALID, "name",
        "must be a name of letters, digits and . _ -, at most 31");
}

nf_error_t
nf_revised_match(struct nf_call *call, struct nf_scope *scope, bool has_old,
                 uint64_t revision)
{
    static const char why[] = "it has changed in the meantime";

    if (scope->r->err != NF_OK) {
        return scope->r->err;
    }
    if (!has_old) {
        return call->if_match.len == 0
                   ? NF_OK
                   : nf_reply_refuse(call, NF_PRECONDITION, "If-Match", why);
    }
    return nf_reply_match_revision(call, revision, why);
}

nf_error_t
nf_revised_read(struct nf_call *call, const struct nf_json_field *fields,
                void *object)
{
    struct nf_json_reader reader = {
        .fields = fields, .source = NF_JSON_OPERATOR, .arena = call->arena};
    nf_error_t err = nf_reply_check_type(call);

    return err == NF_OK
               ? nf_json_read(&reader, call->body, object, &call->fault)
               : err;
}
