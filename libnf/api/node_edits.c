/*
 * Members of many nodes, set at once; each has its own result.
 */
#include "api/node_edit.h"
#include "api/reply.h"
#include "change/change.h"
#include "json/tree.h"

enum {
    NODES_MAX = 200,
    ITEM_MAX = 768, /* of an answer: a MAC, or a fault and a name */
    BODY_MAX = 12 * 1024,
    NAME_MAX_BYTES = 64
};

/* Which node it is, and the rest as a body of its own. */
static nf_error_t
read_item(struct nf_call *call, const struct nf_value *item,
          char name[static NAME_MAX_BYTES], struct nf_node_edit *edit,
          struct nf_fault *fault)
{
    struct nf_out body = nf_reply_buffer(call, BODY_MAX);
    const struct nf_value *id =
        item->kind == NF_VALUE_MAP ? nf_value_member(item, "id") : NULL;

    name[0] = '\0';
    if (id == NULL || id->kind != NF_VALUE_TEXT
        || !nf_text_is_printable(id->text)
        || !nf_text_copy(name, NAME_MAX_BYTES, id->text))
    {
        return nf_refuse(fault, "id", "must be a node's MAC or serial number");
    }
    for (size_t i = 0, n = 0; i < item->map.n; i++) {
        const struct nf_member *m = &item->map.members[i];
        if (strcmp(m->name, "id") != 0) {
            nf_out_puts(&body, n++ == 0 ? "{" : ",");
            nf_out_json(&body, nf_text(m->name));
            nf_out_putc(&body, ':');
            nf_value_json(&body, &m->value);
        }
    }
    nf_out_puts(&body, body.len == 0 ? "{}" : "}");
    return body.full ? nf_refuse(fault, "", "has more than %d bytes", BODY_MAX)
                     : nf_node_edit_read(call->arena, nf_out_text(&body), edit,
                                         fault);
}

static nf_error_t
edit_item(struct nf_call *call, struct nf_scope *scope,
          const struct nf_value *item, struct nf_out *out)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_node_edit edit = {.has = 0};
    char name[NAME_MAX_BYTES], text[NF_MAC_TEXT];
    nf_mac_t mac;
    nf_error_t err = read_item(call, item, name, &edit, &c.fault);

    if (err == NF_OK && !nf_nodes_find(scope->r, nf_text(name), &mac)) {
        (void) nf_refuse(&c.fault, "id", "node not found");
        err = scope->r->err != NF_OK ? scope->r->err : NF_NOT_FOUND;
    }
    if (err == NF_OK) {
        err = nf_change_node_edit(&c, mac, &edit);
    }
    if (err != NF_OK && nf_error_http(err) >= 500) {
        return err;
    }
    nf_out_puts(out, out->len == 1 ? "{\"id\":" : ",{\"id\":");
    nf_out_json(out, nf_text(name));
    if (err == NF_OK) {
        nf_mac_format(mac, text);
        nf_out_printf(out, ",\"mac\":\"%s\",\"status\":200}", text);
    } else {
        nf_out_putc(out, ',');
        nf_put_fault(out, err, &c.fault);
    }
    return scope->r->err;
}

nf_error_t
nf_api_nodes_patch_many(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_value body;
    nf_error_t err = nf_reply_check_type(call);

    if (err != NF_OK
        || (err = nf_json_tree(call->body, call->arena, &body, &call->fault))
               != NF_OK)
    {
        return err;
    }
    if (body.kind != NF_VALUE_LIST || body.list.n > NODES_MAX) {
        return nf_refuse(&call->fault, "", "must be a list of at most %d",
                         NODES_MAX);
    }
    struct nf_out out =
        nf_reply_buffer(call, (body.list.n + 1) * (size_t) ITEM_MAX);
    nf_out_putc(&out, '[');
    for (size_t i = 0; i < body.list.n && err == NF_OK; i++) {
        err = edit_item(call, scope, &body.list.items[i], &out);
    }
    nf_out_putc(&out, ']');
    return err != NF_OK ? err : nf_reply_json(call, 207, &out);
}
