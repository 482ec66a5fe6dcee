#include <stdio.h>

#include "api/chosen.h"
#include "api/page.h"
#include "api/reply.h"
#include "change/change.h"
#include "model/label.h"
#include "json/field.h"

enum {
    NODE_LINE_MAX = NF_NODE_JSON_MAX + 64,
    AT_ONCE = 2000, /* nodes looked at before others get their turn */
    FILLS_MAX = 10, /* of that for one page */
};

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

static const struct nf_json_field patch_fields[] = {NODE_FIELDS, {0}};

static const struct nf_json_field put_fields[] = {
    {"action",  NF_JSON_TEXT, .offset = offsetof(struct nf_node_edit, action),  .size = 16, .bit = NF_HAS_ACTION},
    {"profile", NF_JSON_TEXT, .offset = offsetof(struct nf_node_edit, profile), .size = 32, .bit = NF_HAS_PROFILE},
    NODE_FIELDS,
    {0},
};
/* clang-format on */

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
    return nf_reply_node(call, status, &view);
}

nf_error_t
nf_api_nodes_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_node_view view;
    nf_mac_t mac;

    /* By its own MAC, as most are asked for, it is found and read in one. */
    if (nf_mac_parse(call->id, &mac) && nf_nodes_get(scope->r, mac, &view)) {
        return nf_reply_node(call, 200, &view);
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
change_node(struct nf_call *call, struct nf_scope *scope,
            const struct nf_node_edit *edit)
{
    struct nf_change c = nf_reply_change(call, scope);
    nf_mac_t mac;
    nf_error_t err = find_for_change(call, scope, &mac);

    if (err != NF_OK) {
        return err;
    }
    err = edit->has & NF_HAS_ACTION
              ? nf_change_node_action(&c, mac, edit->action, edit->profile)
              : nf_change_node_edit(&c, mac, edit);
    return err != NF_OK ? take_fault(call, &c, err)
                        : reply_stored(call, scope, mac, 200);
}

nf_error_t
nf_api_nodes_put(struct nf_call *call, struct nf_scope *scope)
{
    enum {
        ACTION = NF_HAS_ACTION | NF_HAS_PROFILE
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
    if ((edit.has & ACTION) == NF_HAS_PROFILE) {
        return nf_refuse(&call->fault, "profile", "needs an action");
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

nf_error_t
nf_api_nodes_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    nf_mac_t mac;
    nf_error_t err = find_for_change(call, scope, &mac);

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

static bool
is_listed(const struct nf_stream *s, struct nf_read *r,
          const struct nf_node *node)
{
    return (s->filter == 0 || node->status == s->filter - 1)
           && nf_chosen_has(r, s->chosen, node->mac);
}

static void
put_listed(struct nf_stream *s, struct nf_read *r, struct nf_out *out,
           const struct nf_node_view *view)
{
    s->after = view->node.mac;
    s->after_created = view->node.created_at;
    s->has_after = true;
    if (is_listed(s, r, &view->node)) {
        nf_out_puts(out, s->count++ == 0 ? "" : ",");
        nf_put_node(out, view);
        s->left--;
    }
}

/* Whether the node stands behind the last one sent. */
static bool
is_behind(const struct nf_stream *s, const struct nf_node_position *at)
{
    return !s->has_after || at->created_at < s->after_created
           || (at->created_at == s->after_created
               && memcmp(at->mac.b, s->after.b, sizeof(at->mac.b)) > 0);
}

/* The same of nodes that an index found; seq is the place among them. */
static nf_error_t
fill_found(struct nf_stream *s, const struct nf_site *site, struct nf_out *out)
{
    const struct nf_chosen *chosen = s->chosen;
    struct nf_node_view view;
    NF_READ(r, site->store);

    nf_out_puts(out, s->is_open ? "" : "[");
    s->is_open = true;
    for (; s->seq < chosen->n && s->left > 0; s->seq++) {
        const struct nf_node_position *at = &chosen->nodes[s->seq];
        if (out->cap - out->len < NODE_LINE_MAX) {
            nf_out_putc(out, '\n');
            return r.err;
        }
        if (is_behind(s, at) && nf_nodes_get(&r, at->mac, &view)) {
            put_listed(s, &r, out, &view);
        }
    }
    nf_out_putc(out, ']');
    s->has_more = s->seq < chosen->n;
    s->is_done = true;
    return r.err;
}

/*
 * One buffer of the list.  The scan starts anew behind the last node sent, so
 * that nothing is held while a slow client reads.
 */
static nf_error_t
fill_list(struct nf_stream *s, const struct nf_site *site, struct nf_out *out)
{
    struct nf_node_position at = {s->after_created, s->after};
    struct nf_node_view view;
    NF_READ(r, site->store);
    NF_SCAN(scan, &r, NF_NODES_BY_AGE);
    bool found = nf_nodes_list(&scan, s->has_after ? &at : NULL, &view);

    if (!s->is_open) {
        nf_out_putc(out, '[');
        s->is_open = true;
    }
    for (int n = 0; found && s->left > 0;
         found = nf_nodes_list_next(&scan, &view), n++)
    {
        if (out->cap - out->len < NODE_LINE_MAX || n == AT_ONCE) {
            nf_out_putc(out, '\n'); /* who writes nothing waits for news */
            return r.err;
        }
        put_listed(s, &r, out, &view);
    }
    nf_out_putc(out, ']');
    s->has_more = found;
    s->is_done = true;
    return r.err;
}

static nf_error_t
read_filter(struct nf_call *call, struct nf_stream *s)
{
    struct nf_text status;

    if (!nf_query(call, "status", &status)) {
        return NF_OK;
    }
    for (uint8_t i = 0; nf_node_statuses[i] != NULL; i++) {
        if (nf_text_equal(status, nf_text(nf_node_statuses[i]))) {
            s->filter = i + 1;
            return NF_OK;
        }
    }
    return nf_refuse(&call->fault, "status",
                     "must be discovered, installing or installed");
}

/* With `created`, as links have it, the place is known even when the node is
 * gone by now. */
static nf_error_t
read_position(struct nf_call *call, struct nf_scope *scope, struct nf_stream *s)
{
    struct nf_text after;
    struct nf_node_view view;
    uint64_t created;
    nf_error_t err =
        nf_query_number(call, "created", INT64_MAX, UINT64_MAX, &created);

    if (err != NF_OK || !nf_query(call, "after", &after)) {
        return err;
    }
    bool is_mac = nf_mac_parse(after, &s->after);
    if (is_mac && created != UINT64_MAX) {
        s->after_created = (nf_time_t) created;
    } else if (is_mac && nf_nodes_get(scope->r, s->after, &view)) {
        s->after_created = view.node.created_at;
    } else {
        return nf_refuse(&call->fault, "after",
                         "must be the MAC of a node that exists");
    }
    s->has_after = true;
    return scope->r->err;
}

/* A page is small: it is made at once, since only then is it known whether
 * there is a next one. */
static nf_error_t
reply_page(struct nf_call *call, const struct nf_site *site,
           struct nf_stream *s)
{
    size_t size = (s->left + 1) * NODE_LINE_MAX;
    struct nf_out out = nf_reply_buffer(call, size);
    struct nf_out more = nf_reply_buffer(call, 160 + call->query.len);
    uint64_t limit = s->left;
    char mac[NF_MAC_TEXT];
    nf_error_t err = NF_OK;

    for (int i = 0; i < FILLS_MAX && !s->is_done && err == NF_OK; i++) {
        err = s->fill(s, site, &out);
    }
    if (err == NF_OK && !s->is_done) { /* others get their turn */
        nf_out_putc(&out, ']');
        s->has_more = true;
    }
    if (err == NF_OK && s->has_more && (s->left == 0 || !s->is_done)) {
        nf_mac_format(s->after, mac);
        nf_out_printf(&more, "&created=%lld", (long long) s->after_created);
        if (s->filter != 0) {
            nf_out_printf(&more, "&status=%s", nf_node_statuses[s->filter - 1]);
        }
        nf_chosen_link(s->chosen, &more);
        nf_page_link(call, NF_NODES, limit, nf_text(mac), nf_out_text(&more));
    }
    return err != NF_OK ? err : nf_reply_json(call, 200, &out);
}

nf_error_t
nf_api_nodes_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_stream *s = nf_arena_take(call->arena, sizeof(*s));
    struct nf_chosen *chosen;
    nf_error_t err = nf_chosen_read(call, scope->r, &chosen);

    if (s == NULL || err != NF_OK) {
        return err != NF_OK ? err : NF_NO_MEMORY;
    }
    s->chosen = chosen;
    s->fill = chosen != NULL && chosen->is_found ? fill_found : fill_list;
    if ((err = nf_query_number(call, "limit", NF_PAGE_MAX, 0, &s->left))
            != NF_OK
        || (err = read_filter(call, s)) != NF_OK
        || (err = read_position(call, scope, s)) != NF_OK)
    {
        return err;
    }
    if (s->left != 0) {
        nf_read_end(scope->r); /* a page opens its own scope */
        return reply_page(call, scope->site, s);
    }
    s->left = UINT64_MAX;
    call->stream = s;
    call->status = 200;
    call->type = nf_type_json;
    return NF_OK;
}
