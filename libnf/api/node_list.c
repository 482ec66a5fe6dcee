#include "api/node_list.h"

enum {
    FAILED = UINT8_MAX,
    AT_ONCE = 2000, /* nodes looked at before others get their turn */
};

static const char failed[] = "failed";

/* Of ?status=: behind the nodes' own there is one of their tasks. */
static bool
has_status(const struct nf_stream *s, struct nf_read *r,
           const struct nf_node *node)
{
    return s->filter == 0
           || (s->filter == FAILED ? nf_reply_has_failed(r, node)
                                   : node->status == s->filter - 1);
}

static bool
is_listed(const struct nf_stream *s, struct nf_read *r,
          const struct nf_node *node)
{
    return has_status(s, r, node)
           && (s->nodes->has == NULL || s->nodes->has(node))
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
        s->nodes->put(out, r, view);
        if (s->nodes->more != NULL) {
            out->len--; /* its brace */
            s->nodes->more(r, out, &view->node);
            nf_out_putc(out, '}');
        }
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
        if (out->cap - out->len < s->nodes->line) {
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
        if (out->cap - out->len < s->nodes->line || n == AT_ONCE) {
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
    if (nf_text_equal(status, nf_text(failed))) {
        s->filter = FAILED;
        return NF_OK;
    }
    for (uint8_t i = 0; nf_node_statuses[i] != NULL; i++) {
        if (nf_text_equal(status, nf_text(nf_node_statuses[i]))) {
            s->filter = i + 1;
            return NF_OK;
        }
    }
    return nf_refuse(&call->fault, "status",
                     "must be discovered, installing, installed or failed");
}

/* With `created`, as links have it, the place is known even when the node is
 * gone by now. */
nf_error_t
nf_node_list_read_position(struct nf_call *call, struct nf_read *r,
                           struct nf_stream *s)
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
    } else if (is_mac && nf_nodes_get(r, s->after, &view)) {
        s->after_created = view.node.created_at;
    } else {
        return nf_refuse(&call->fault, "after",
                         "must be the MAC of an existing node");
    }
    s->has_after = true;
    return r->err;
}

void
nf_node_list_link(struct nf_call *call, const struct nf_stream *s,
                  uint64_t limit)
{
    struct nf_out more = nf_reply_buffer(call, 160 + call->query.len);
    char mac[NF_MAC_TEXT];

    nf_mac_format(s->after, mac);
    nf_out_printf(&more, "&created=%lld", (long long) s->after_created);
    if (s->filter != 0) {
        nf_out_printf(&more, "&status=%s",
                      s->filter == FAILED ? failed
                                          : nf_node_statuses[s->filter - 1]);
    }
    nf_chosen_link(s->chosen, &more);
    nf_page_link(call, limit, nf_text(mac), nf_out_text(&more));
}

static nf_error_t
reply_page(struct nf_call *call, struct nf_scope *scope, struct nf_stream *s)
{
    uint64_t limit = s->left;

    nf_read_end(scope->r); /* a page opens its own scope */
    nf_error_t err = nf_page_fill(call, scope->site, s, s->nodes->line);
    if (err == NF_OK && s->has_more) {
        nf_node_list_link(call, s, limit);
    }
    return err;
}

nf_error_t
nf_node_list_reply(struct nf_call *call, struct nf_scope *scope,
                   const struct nf_node_list *list)
{
    struct nf_stream *s = nf_arena_take(call->arena, sizeof(*s));
    struct nf_chosen *chosen;

    if (nf_list_is_known(call, scope, list->of)) {
        return NF_OK;
    }
    nf_error_t err = nf_chosen_read(call, scope->r, &chosen);
    if (s == NULL || err != NF_OK) {
        return err != NF_OK ? err : NF_NO_MEMORY;
    }
    s->nodes = list;
    s->chosen = chosen;
    s->fill = chosen != NULL && chosen->is_found ? fill_found : fill_list;
    if ((err = nf_page_limit(call, &s->left)) != NF_OK
        || (err = read_filter(call, s)) != NF_OK
        || (err = nf_node_list_read_position(call, scope->r, s)) != NF_OK)
    {
        return err;
    }
    if (s->left != 0) {
        return reply_page(call, scope, s);
    }
    s->left = UINT64_MAX;
    return nf_reply_stream(call, s);
}
