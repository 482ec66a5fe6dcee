#include <stdio.h>

#include "api/ahead.h"
#include "api/node_edit.h"
#include "api/node_list.h"
#include "api/reply.h"
#include "change/change.h"
#include "model/label.h"
#include "json/field.h"

#define IN_NODE(member) .offset = offsetof(struct nf_node_edit, node.member)
#define SIZE(member)    .size = sizeof(((struct nf_node *) 0)->member)
#define COUNT(member)   .count_offset = offsetof(struct nf_node_edit, node.member)

/* clang-format off */
#define NODE_FIELDS                                                           \
    {"ip",       NF_JSON_IP,       IN_NODE(ip),       .bit = NF_HAS_IP,       .may_be_empty = true}, \
    {"netmask",  NF_JSON_NETMASK,  IN_NODE(netmask),  .bit = NF_HAS_NETMASK,  .may_be_empty = true}, \
    {"gateway",  NF_JSON_IP,       IN_NODE(gateway),  .bit = NF_HAS_GATEWAY,  .may_be_empty = true}, \
    {"dns",      NF_JSON_IPS,      IN_NODE(dns),      .size = NF_NODE_DNS,  COUNT(dns_n),  .bit = NF_HAS_DNS, .may_be_empty = true}, \
    {"hostname", NF_JSON_HOSTNAME, IN_NODE(hostname), SIZE(hostname),         .bit = NF_HAS_HOSTNAME, .may_be_empty = true}, \
    {"serial",   NF_JSON_TEXT,     IN_NODE(serial),   SIZE(serial),           .bit = NF_HAS_SERIAL,   .may_be_empty = true}, \
    {"macs",     NF_JSON_MACS,     IN_NODE(macs),     .size = NF_NODE_MACS, COUNT(macs_n), .bit = NF_HAS_MACS}, \
    {"extra",    NF_JSON_OBJECT,   .offset = offsetof(struct nf_node_edit, extra), .max = NF_NODE_EXTRA_MAX, .bit = NF_HAS_EXTRA, .may_be_empty = true}, \
    {"labels",   NF_JSON_OBJECT,   .offset = offsetof(struct nf_node_edit, labels), .max = NF_LABELS_BODY_MAX, .bit = NF_HAS_LABELS, .may_be_empty = true}

static const struct nf_json_field create_fields[] = {
    {"mac", NF_JSON_MAC, IN_NODE(mac), .bit = NF_HAS_MAC, .is_required = true},
    NODE_FIELDS,
    {0},
};

static const struct nf_json_field patch_fields[] = {
    {"profile", NF_JSON_TEXT, .offset = offsetof(struct nf_node_edit, profile), .size = 32, .bit = NF_HAS_PROFILE, .may_be_empty = true},
    NODE_FIELDS,
    {0},
};

static const struct nf_json_field put_fields[] = {
    {"action",  NF_JSON_TEXT, .offset = offsetof(struct nf_node_edit, action),  .size = 16, .bit = NF_HAS_ACTION},
    {"profile", NF_JSON_TEXT, .offset = offsetof(struct nf_node_edit, profile), .size = 32, .bit = NF_HAS_PROFILE},
    {"consent", NF_JSON_MAC,  .offset = offsetof(struct nf_node_edit, consent), .bit = NF_HAS_CONSENT},
    {"force",   NF_JSON_SWITCH, .offset = offsetof(struct nf_node_edit, force), .bit = NF_HAS_FORCE},
    NODE_FIELDS,
    {0},
};
/* clang-format on */

nf_error_t
nf_node_edit_read(nf_arena_t *arena, struct nf_text body,
                  struct nf_node_edit *edit, struct nf_fault *fault)
{
    struct nf_json_reader reader = {
        .fields = patch_fields, .source = NF_JSON_OPERATOR, .arena = arena};
    nf_error_t err = nf_json_read(&reader, body, edit, fault);

    edit->has = reader.has;
    return err;
}

/* Existing clients know two texts for every fault of a body. */
static nf_error_t
read_edit(struct nf_call *call, const struct nf_json_field *fields,
          struct nf_node_edit *edit)
{
    struct nf_json_reader reader = {
        .fields = fields, .source = NF_JSON_OPERATOR, .arena = call->arena};
    nf_error_t err = nf_reply_check_type(call);

    if (err != NF_OK) {
        return err;
    }
    err = nf_json_read(&reader, call->body, edit, &call->fault);
    edit->has = reader.has;
    if (err == NF_INVALID) {
        bool is_bad_mac = strcmp(call->fault.field, "mac") == 0
                          && strcmp(call->fault.reason, "is missing") != 0;
        call->error =
            is_bad_mac ? "invalid MAC address format" : "invalid request body";
    }
    return err;
}

/* Take over why a change was refused; the reason is the known text. */
static nf_error_t
take_fault(struct nf_call *call, const struct nf_change *c, nf_error_t err)
{
    call->fault = c->fault;
    if (err == NF_INVALID || err == NF_CONFLICT || err == NF_NOT_FOUND) {
        struct nf_text text =
            nf_arena_copy(call->arena, nf_text(c->fault.reason));
        bool says_all = strcmp(c->fault.field, "mac") == 0
                        || strcmp(c->fault.field, "action") == 0;
        call->error = says_all ? text.data : NULL;
    }
    return err;
}

static nf_error_t
reply_stored(struct nf_call *call, struct nf_scope *scope, nf_mac_t mac,
             unsigned status)
{
    struct nf_node_view view;

    if (!nf_nodes_get(scope->r, mac, &view)) {
        return scope->r->err != NF_OK ? scope->r->err : NF_BUG;
    }
    return nf_reply_node(call, scope->r, status, &view);
}

nf_error_t
nf_api_nodes_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_node_view view;
    nf_mac_t mac;

    /* By its own MAC, as most are asked for, it is found and read in one. */
    if (nf_mac_parse(call->id, &mac) && nf_nodes_get(scope->r, mac, &view)) {
        return nf_reply_node(call, scope->r, 200, &view);
    }
    nf_error_t err = nf_reply_find(call, scope, &mac);
    return err != NF_OK ? err : reply_stored(call, scope, mac, 200);
}

/* --- create, once per Idempotency-Key --------------------------------------
 */

nf_error_t
nf_api_nodes_create(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_node_edit edit = {0};
    struct nf_change c = nf_reply_change(call, scope);
    char mac[NF_MAC_TEXT];
    nf_error_t err = nf_reply_check_key(call);

    if (err != NF_OK || nf_reply_replay(call, scope, &err)
        || (err = read_edit(call, create_fields, &edit)) != NF_OK)
    {
        return err;
    }
    err = nf_change_node_create(&c, &edit);
    if (err != NF_OK) {
        return take_fault(call, &c, err);
    }
    nf_mac_format(edit.node.mac, mac);
    struct nf_out location = nf_reply_buffer(call, 40);
    nf_out_puts(&location, "/api/v1/nodes/");
    nf_out_puts(&location, mac);
    call->location = nf_out_text(&location);
    err = reply_stored(call, scope, edit.node.mac, 201);
    if (err == NF_OK) {
        nf_reply_remember(call, scope);
    }
    return err;
}

/* --- change ----------------------------------------------------------------
 */

static nf_error_t
find_for_change(struct nf_call *call, struct nf_scope *scope, nf_mac_t *mac)
{
    struct nf_node_view view;
    nf_error_t err = nf_reply_find(call, scope, mac);

    if (err != NF_OK) {
        return err;
    }
    return nf_nodes_get(scope->r, *mac, &view)
               ? nf_reply_match(call, &view.node)
               : scope->r->err;
}

static nf_error_t
act(struct nf_change *c, nf_mac_t mac, const struct nf_node_edit *edit)
{
    if ((edit->has & NF_HAS_CONSENT) == 0) {
        return nf_change_node_action(c, mac, edit->action, edit->profile);
    }
    if (strcmp(edit->action, "reinstall") != 0) {
        return nf_refuse(&c->fault, "consent", "applies to reinstall only");
    }
    return nf_mac_equal(edit->consent, mac)
               ? nf_change_node_wipe(c, mac, edit->profile)
               : nf_refuse(&c->fault, "consent", "is not this node's MAC");
}

static nf_error_t
change_node(struct nf_call *call, struct nf_scope *scope,
            const struct nf_node_edit *edit)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_ahead ahead;
    nf_mac_t mac;
    nf_error_t err = find_for_change(call, scope, &mac);

    if (err != NF_OK) {
        return err;
    }
    nf_ahead_by(&c, scope, &ahead, edit->force);
    err = edit->has & NF_HAS_ACTION ? act(&c, mac, edit)
                                    : nf_change_node_edit(&c, mac, edit);
    if (err == NF_OK) {
        err = nf_ahead_tell(call, &ahead);
    }
    return err != NF_OK ? take_fault(call, &c, err)
                        : reply_stored(call, scope, mac, 200);
}

nf_error_t
nf_api_nodes_put(struct nf_call *call, struct nf_scope *scope)
{
    enum {
        ACTION = NF_HAS_ACTION | NF_HAS_PROFILE | NF_HAS_CONSENT | NF_HAS_FORCE
    };
    struct nf_node_edit edit = {0};
    nf_error_t err = read_edit(call, put_fields, &edit);

    if (err != NF_OK) {
        return err;
    }
    if (edit.has == 0) {
        return nf_reply_refuse(call, NF_INVALID, "action",
                               "invalid request body");
    }
    if ((edit.has & ACTION) != 0 && (edit.has & ~(uint32_t) ACTION) != 0) {
        return nf_refuse(&call->fault, "action",
                         "cannot be combined with other members");
    }
    if ((edit.has & ACTION) != 0 && (edit.has & NF_HAS_ACTION) == 0) {
        return nf_refuse(&call->fault,
                         edit.has & NF_HAS_PROFILE   ? "profile"
                         : edit.has & NF_HAS_CONSENT ? "consent"
                                                     : "force",
                         "requires an action");
    }
    return change_node(call, scope, &edit);
}

nf_error_t
nf_api_nodes_patch(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_node_edit edit = {0};
    nf_error_t err = read_edit(call, patch_fields, &edit);

    return err != NF_OK ? err : change_node(call, scope, &edit);
}

/* Whoever names one of its further cards may mean that card alone. */
static nf_error_t
check_name(struct nf_call *call, nf_mac_t node)
{
    char name[NF_MAC_COLONS];
    nf_mac_t card;

    if (!nf_mac_parse(call->id, &card) || nf_mac_equal(card, node)) {
        return NF_OK;
    }
    nf_mac_format_divided(node, ':', name);
    (void) nf_refuse(&call->fault, "mac",
                     "is a further card of the node %s: delete that, or run "
                     "`nf macs %s --remove CARD`",
                     name, name);
    return NF_CONFLICT;
}

nf_error_t
nf_api_nodes_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    nf_mac_t mac;
    nf_error_t err = find_for_change(call, scope, &mac);

    if (err == NF_OK) {
        err = check_name(call, mac);
    }
    if (err == NF_OK) {
        err = nf_change_node_delete(&c, mac);
        if (err != NF_OK) {
            return take_fault(call, &c, err);
        }
        call->status = 204;
    }
    return err;
}

/* --- list --------------------------------------------------------------------
 */

nf_error_t
nf_api_nodes_list(struct nf_call *call, struct nf_scope *scope)
{
    static const struct nf_node_list list = {
        .line = NF_NODE_JSON_MAX + 160,
        .of = NF_LIST_OF_COMMITS, /* heartbeats are in it */
        .put = nf_put_node,
    };

    return nf_node_list_reply(call, scope, &list);
}
