/*
 * DHCP bindings that an operator makes by hand.
 */
#include "api/node_list.h"
#include "model/member.h"
#include "json/field.h"

enum {
    LINE_MAX = 320,
};

struct binding {
    nf_mac_t mac;
    nf_ip4_t ip;
    char hostname[64];
    char bootfile[48];
};

#define IN(member)   .offset = offsetof(struct binding, member)
#define SIZE(member) .size = sizeof(((struct binding *) 0)->member)

/* clang-format off */
static const struct nf_json_field fields[] = {
    {"mac",      NF_JSON_MAC,      IN(mac), .is_required = true},
    {"ip",       NF_JSON_IP,       IN(ip),  .is_required = true},
    {"hostname", NF_JSON_HOSTNAME, IN(hostname), SIZE(hostname), .may_be_empty = true},
    {"bootfile", NF_JSON_TEXT,     IN(bootfile), SIZE(bootfile), .may_be_empty = true},
    {0},
};
/* clang-format on */

static void
put_binding(struct nf_out *out, const struct nf_node *node)
{
    char mac[NF_MAC_COLONS];

    nf_mac_format_divided(node->mac, ':', mac);
    nf_out_printf(out, "{\"mac\":\"%s\"", mac);
    nf_member_ip(out, "ip", node->ip);
    nf_member_text(out, "hostname", nf_node_name(node));
    nf_member_text(out, "bootfile", node->bootfile);
    nf_out_putc(out, '}');
}

static nf_error_t
reply_binding(struct nf_call *call, struct nf_scope *scope, nf_mac_t mac)
{
    struct nf_out out = nf_reply_buffer(call, LINE_MAX);
    struct nf_node_view view;

    if (!nf_nodes_get_owner(scope->r, mac, &view)) {
        return scope->r->err != NF_OK ? scope->r->err : NF_BUG;
    }
    put_binding(&out, &view.node);
    return nf_reply_json(call, 201, &out);
}

/* It ends up in boot scripts, and in the configuration of dnsmasq. */
static nf_error_t
check_bootfile(struct nf_call *call, const char *bootfile)
{
    const char *must =
        bootfile[0] == '\0' ? NULL : nf_bootfile_misfit(nf_text(bootfile));

    return must == NULL
               ? NF_OK
               : nf_refuse(&call->fault, "bootfile", "must be %s", must);
}

nf_error_t
nf_api_bindings_put(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct binding binding = {0};
    struct nf_json_reader reader = {
        .fields = fields, .source = NF_JSON_OPERATOR, .arena = call->arena};
    nf_error_t err = nf_reply_check_type(call);

    if (err == NF_OK) {
        err = nf_json_read(&reader, call->body, &binding, &call->fault);
    }
    if (err == NF_OK) {
        err = check_bootfile(call, binding.bootfile);
    }
    if (err != NF_OK) {
        return err;
    }
    err = nf_change_binding_put(&c, binding.mac, binding.ip, binding.hostname,
                                binding.bootfile);
    return err != NF_OK ? nf_reply_changed(call, &c, err)
                        : reply_binding(call, scope, binding.mac);
}

nf_error_t
nf_api_bindings_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    nf_mac_t mac;
    nf_error_t err = nf_reply_mac(call, &mac);

    if (err == NF_OK) {
        err = nf_reply_changed(call, &c, nf_change_binding_delete(&c, mac));
    }
    if (err == NF_OK) {
        call->status = 204;
    }
    return err;
}

/* --- list --------------------------------------------------------------------
 */

static bool
is_bound(const struct nf_node *node)
{
    return node->is_bound != 0;
}

static void
put_listed(struct nf_out *out, struct nf_read *r,
           const struct nf_node_view *view)
{
    (void) r;
    put_binding(out, &view->node);
}

/* Looked for among all nodes. */
nf_error_t
nf_api_bindings_list(struct nf_call *call, struct nf_scope *scope)
{
    static const struct nf_node_list list = {.line = LINE_MAX,
                                             .of = NF_LIST_OF_LOG,
                                             .has = is_bound,
                                             .put = put_listed};

    return nf_node_list_reply(call, scope, &list);
}
