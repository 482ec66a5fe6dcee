#include "api/reply.h"

#include <stdatomic.h>

#include "api/why.h"
#include "base/time.h"
#include "flow/node.h"
#include "model/member.h"
#include "store/tasks.h"

enum {
    REGISTER_PER_SECOND = 50,
    ETAG_TEXT = 80,
    BEHIND = 160, /* what follows the JSON that is stored */
};

const char nf_type_json[] = "application/json";
const char nf_type_text[] = "text/plain";

static nf_error_t
reply(struct nf_call *call, unsigned status, const char *type,
      const struct nf_out *out)
{
    if (out->full) {
        return out->data == NULL ? NF_NO_MEMORY : NF_BUG;
    }
    call->status = status;
    call->type = type;
    call->reply = nf_out_text(out);
    return NF_OK;
}

nf_error_t
nf_reply_json(struct nf_call *call, unsigned status, const struct nf_out *out)
{
    return reply(call, status, nf_type_json, out);
}

nf_error_t
nf_reply_text(struct nf_call *call, unsigned status, const struct nf_out *out)
{
    return reply(call, status, nf_type_text, out);
}

nf_error_t
nf_reply_stream(struct nf_call *call, struct nf_stream *stream)
{
    call->stream = stream;
    call->status = 200;
    call->type = nf_type_json;
    return NF_OK;
}

struct nf_out
nf_reply_buffer(struct nf_call *call, size_t size)
{
    struct nf_out out = nf_out(nf_arena_room(call->arena, size), size);

    if (out.data == NULL) {
        out.cap = 0;
        out.full = true;
    }
    return out;
}

bool
nf_query(const struct nf_call *call, const char *name, struct nf_text *value)
{
    struct nf_text rest = call->query;

    if (rest.len == 0) {
        return false; /* as nearly always */
    }
    struct nf_text wanted = nf_text(name);
    while (rest.len > 0) {
        struct nf_text pair = nf_text_cut(&rest, '&');
        struct nf_text key = nf_text_cut(&pair, '=');
        if (nf_text_equal(key, wanted)) {
            *value = pair;
            return true;
        }
    }
    return false;
}

nf_error_t
nf_query_number(struct nf_call *call, const char *name, uint64_t max,
                uint64_t fallback, uint64_t *number)
{
    struct nf_text text;

    if (!nf_query(call, name, &text)) {
        *number = fallback;
        return NF_OK;
    }
    if (!nf_text_number(text, max, number)) {
        return nf_refuse(&call->fault, name, "must be a number up to %llu",
                         (unsigned long long) max);
    }
    return NF_OK;
}

void
nf_put_fault(struct nf_out *out, nf_error_t err, const struct nf_fault *fault)
{
    nf_out_printf(out, "\"status\":%d,\"error\":", nf_error_http(err));
    nf_out_json(out, nf_text(fault->reason[0] != '\0' ? fault->reason
                                                      : nf_error_text(err)));
    if (fault->field[0] != '\0') {
        nf_out_puts(out, ",\"field\":");
        nf_out_json(out, nf_text(fault->field));
    }
    nf_out_putc(out, '}');
}

nf_error_t
nf_reply_refuse(struct nf_call *call, nf_error_t err, const char *field,
                const char *error)
{
    (void) nf_refuse(&call->fault, field, "%s", error);
    call->error = error;
    return err;
}

/* A serial number is anything printable that is not meant as a MAC. */
static nf_error_t
refuse_mac(struct nf_call *call)
{
    return nf_reply_refuse(call, NF_INVALID, "mac",
                           "invalid MAC address format");
}

nf_error_t
nf_reply_mac(struct nf_call *call, nf_mac_t *mac)
{
    return nf_mac_parse(call->id, mac) ? NF_OK : refuse_mac(call);
}

nf_error_t
nf_reply_find_named(struct nf_call *call, struct nf_read *r,
                    struct nf_text name, const char *field, const char *what,
                    nf_mac_t *mac)
{
    char one[NF_MAC_COLONS], other[NF_MAC_COLONS];
    nf_mac_t macs[2];
    unsigned n = nf_nodes_find_named(r, name, macs);

    if (r->err != NF_OK) {
        return r->err;
    }
    if (n == 0) {
        return nf_reply_refuse(call, NF_NOT_FOUND, field, what);
    }
    if (n == 1) {
        *mac = macs[0];
        return NF_OK;
    }
    nf_mac_format_divided(macs[0], ':', one);
    nf_mac_format_divided(macs[1], ':', other);
    (void) nf_refuse(&call->fault, field,
                     "%.*s is the host name of %s and of %s; use a MAC",
                     (int) name.len, name.data, one, other);
    return NF_CONFLICT;
}

nf_error_t
nf_reply_find(struct nf_call *call, struct nf_scope *scope, nf_mac_t *mac)
{
    nf_mac_t parsed;
    bool is_mac = nf_mac_parse(call->id, &parsed);
    bool is_serial = call->id.len > 0 && call->id.len < 64
                     && nf_text_is_printable(call->id)
                     && memchr(call->id.data, ':', call->id.len) == NULL;
    if (!is_mac && !is_serial) {
        return refuse_mac(call);
    }
    return nf_reply_find_named(call, scope->r, call->id, "mac",
                               "node not found", mac);
}

nf_error_t
nf_reply_check_type(struct nf_call *call)
{
    struct nf_text rest = call->content_type;
    struct nf_text type = nf_text_cut(&rest, ';');

    while (type.len > 0 && type.data[type.len - 1] == ' ') {
        type.len--;
    }
    if (type.len == 0 || nf_text_equal(type, NF_TEXT("application/json"))
        || nf_text_equal(type, NF_TEXT("application/x-www-form-urlencoded")))
    {
        return NF_OK;
    }
    return nf_reply_refuse(call, NF_MEDIA_TYPE, "Content-Type",
                           "the body must be application/json");
}

bool
nf_reply_has_failed(struct nf_read *r, const struct nf_node *node)
{
    struct nf_task task;

    return node->task != 0 && nf_tasks_is(r, node->task, NF_TASK_FAILED)
           && nf_tasks_get(r, node->task, &task)
           && nf_node_has_failed(node, &task);
}

static void
put_node(struct nf_out *out, const struct nf_node_view *view, bool has_failed)
{
    char text[NF_TIME_TEXT];

    nf_out_put(out, view->json);
    if (view->node.heard != 0) {
        nf_time_format(view->node.heard, text);
        nf_out_put(out, NF_TEXT(",\"last_heartbeat\":\""));
        nf_out_puts(out, text);
        nf_out_putc(out, '"');
    }
    nf_out_put(out, NF_TEXT(",\"state\":\""));
    nf_out_puts(out, has_failed ? nf_task_statuses[NF_TASK_FAILED]
                                : nf_node_statuses[view->node.status]);
    nf_out_put(out, NF_TEXT("\"}"));
}

void
nf_put_node(struct nf_out *out, struct nf_read *r,
            const struct nf_node_view *view)
{
    put_node(out, view, nf_reply_has_failed(r, &view->node));
}

/* "revision-heartbeat-state": If-Match asks only for the revision,
 * If-None-Match for all, since the others stand in the body too. */
static struct nf_text
put_etag(struct nf_out *out, const struct nf_node *node, bool has_failed)
{
    nf_out_putc(out, '"');
    nf_out_number(out, (int64_t) node->revision);
    nf_out_putc(out, '-');
    nf_out_number(out, node->heard / 1000);
    nf_out_puts(out, has_failed ? "-failed\"" : "\"");
    return nf_out_text(out);
}

bool
nf_reply_has_tag(struct nf_text list, struct nf_text tag)
{
    while (list.len > 0) {
        struct nf_text one = nf_text_cut(&list, ',');
        while (one.len > 0 && (one.data[0] == ' ' || one.data[0] == '\t')) {
            one = (struct nf_text){one.data + 1, one.len - 1};
        }
        while (one.len > 0 && one.data[one.len - 1] == ' ') {
            one.len--;
        }
        if (nf_text_starts(one, NF_TEXT("W/"))) {
            one = (struct nf_text){one.data + 2, one.len - 2};
        }
        if (nf_text_equal(one, tag) || nf_text_equal(one, NF_TEXT("*"))) {
            return true;
        }
    }
    return false;
}

bool
nf_reply_is_unchanged(const struct nf_call *call)
{
    bool is_read = call->method == NF_GET || call->method == NF_HEAD;

    return is_read && nf_reply_has_tag(call->if_none_match, call->etag);
}

nf_error_t
nf_reply_node(struct nf_call *call, struct nf_read *r, unsigned status,
              const struct nf_node_view *view)
{
    struct nf_out out = nf_reply_buffer(
        call, view->json.len + BEHIND + ETAG_TEXT + call->warnings.len);
    bool has_failed = nf_reply_has_failed(r, &view->node);
    struct nf_text etag = put_etag(&out, &view->node, has_failed);

    call->etag = etag;
    if (call->if_none_match.len > 0 && nf_reply_is_unchanged(call)) {
        call->status = 304;
        return NF_OK;
    }
    put_node(&out, view, has_failed); /* after its tag, in the same memory */
    if (call->warnings.len > 0 && !out.full) {
        out.len--; /* before its brace */
        nf_out_put(&out, call->warnings);
        nf_out_putc(&out, '}');
    }
    nf_error_t err = nf_reply_json(call, status, &out);
    if (err == NF_OK) {
        call->reply.data += etag.len;
        call->reply.len -= etag.len;
    }
    return err;
}

nf_error_t
nf_reply_match_revision(struct nf_call *call, uint64_t wanted, const char *why)
{
    struct nf_text tag = call->if_match;
    uint64_t revision;

    if (tag.len == 0 || nf_text_equal(tag, NF_TEXT("*"))) {
        return NF_OK;
    }
    if (tag.len > 2 && tag.data[0] == '"' && tag.data[tag.len - 1] == '"') {
        struct nf_text inner = {tag.data + 1, tag.len - 2};
        struct nf_text head = nf_text_cut(&inner, '-');
        if (nf_text_number(head, INT64_MAX, &revision) && revision == wanted) {
            return NF_OK;
        }
    }
    return nf_reply_refuse(call, NF_PRECONDITION, "If-Match", why);
}

nf_error_t
nf_reply_match(struct nf_call *call, const struct nf_node *node)
{
    return nf_reply_match_revision(call, node->revision,
                                   "the node has changed in the meantime");
}

struct nf_change
nf_reply_change(const struct nf_call *call, const struct nf_scope *scope)
{
    return (struct nf_change){.w = scope->w,
                              .settings = scope->site->settings,
                              .now = call->now,
                              .actor = nf_actor_text(&call->actor),
                              .is_person = nf_actor_is_person(&call->actor),
                              .diagnose = nf_known_diagnose,
                              .key = scope->site->key};
}

nf_error_t
nf_reply_changed(struct nf_call *call, const struct nf_change *c,
                 nf_error_t err)
{
    if (err != NF_OK) {
        call->fault = c->fault;
    }
    return err;
}

/*
 * For this process: a flood of invented addresses must not fill the store.
 */
bool
nf_reply_may_register(const struct nf_call *call)
{
    static _Atomic int64_t second, count;
    int64_t this_second = call->now / 1000;

    if (atomic_exchange(&second, this_second) != this_second) {
        atomic_store(&count, 0);
    }
    return atomic_fetch_add(&count, 1) < REGISTER_PER_SECOND;
}
