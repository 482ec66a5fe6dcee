#include "api/page.h"

#include <ctype.h>

#include "store/events.h"
#include "store/generation.h"

enum {
    TAG_MAX = 80,
    FILLS_MAX = 10, /* of a stream, for one page */
};

/* --- what stands in a query --------------------------------------------------
 */

static int
hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* RFC 3986 2.1; what is no pair of digits stays as it is. */
struct nf_text
nf_page_unescape(struct nf_call *call, struct nf_text text)
{
    char *copy = nf_arena_room(call->arena, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; copy != NULL && i < text.len; i++, len++) {
        bool is_pair = text.data[i] == '%' && text.len - i > 2
                       && hex(text.data[i + 1]) >= 0
                       && hex(text.data[i + 2]) >= 0;
        copy[len] = text.data[i];
        if (is_pair) {
            copy[len] =
                (char) (hex(text.data[i + 1]) << 4 | hex(text.data[i + 2]));
            i += 2;
        }
    }
    return (struct nf_text){copy, len};
}

void
nf_page_escape(struct nf_out *out, struct nf_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool is_plain = isalnum((unsigned char) c)
                        || (c != '\0' && strchr("/._-~", c) != NULL);
        nf_out_printf(out, is_plain ? "%c" : "%%%02X", (unsigned char) c);
    }
}

nf_error_t
nf_page_limit(struct nf_call *call, uint64_t *limit)
{
    return nf_query_number(call, "limit", NF_PAGE_MAX, 0, limit);
}

struct nf_text
nf_page_after(struct nf_call *call)
{
    struct nf_text text = NF_TEXT("");

    return nf_query(call, "after", &text) ? nf_page_unescape(call, text) : text;
}

/* --- what a list is known by -------------------------------------------------
 */

/* The log, how far it is, and what else the answer depends on. */
static struct nf_text
put_tag(struct nf_call *call, const struct nf_scope *scope, enum nf_list_of of)
{
    uint64_t position = of == NF_LIST_OF_LOG ? nf_events_last(scope->r)
                                             : nf_read_commit(scope->r);

    struct nf_out out = nf_reply_buffer(call, TAG_MAX);
    uint64_t hash = nf_text_hash(NF_HASH, call->path);

    hash = nf_text_hash(hash, NF_TEXT("?"));
    hash = nf_text_hash(hash, call->query);
    hash = nf_text_hash(hash, nf_text(scope->site->settings->idc));
    hash = nf_text_hash(hash, NF_TEXT(NF_VERSION));
    nf_out_printf(&out, "W/\"%llx-%c%llu-%llx\"",
                  (unsigned long long) nf_generation(scope->r),
                  of == NF_LIST_OF_LOG ? 'e' : 'c',
                  (unsigned long long) position, (unsigned long long) hash);
    return out.full ? (struct nf_text){0} : nf_out_text(&out);
}

bool
nf_list_is_known(struct nf_call *call, const struct nf_scope *scope,
                 enum nf_list_of of)
{
    struct nf_text tag = put_tag(call, scope, of);

    if (tag.len == 0 || scope->r->err != NF_OK) {
        return false;
    }
    call->etag = (struct nf_text){tag.data + 2, tag.len - 2};
    bool is_known = call->if_none_match.len > 0 && nf_reply_is_unchanged(call);
    call->etag = tag; /* compared without its W/ */
    call->status = is_known ? 304 : 0;
    return is_known;
}

/* --- pages -------------------------------------------------------------------
 */

nf_error_t
nf_page_fill(struct nf_call *call, const struct nf_site *site,
             struct nf_stream *s, size_t line)
{
    struct nf_out out = nf_reply_buffer(call, (s->left + 2) * line);
    nf_error_t err = out.data == NULL ? NF_NO_MEMORY : NF_OK;

    for (int i = 0; i < FILLS_MAX && !s->is_done && err == NF_OK; i++) {
        err = s->fill(s, site, &out);
    }
    if (!s->is_done) { /* others get their turn */
        nf_out_putc(&out, ']');
        s->has_more = true;
    }
    return err != NF_OK ? err : nf_reply_json(call, 200, &out);
}

void
nf_page_link(struct nf_call *call, uint64_t limit, struct nf_text after,
             struct nf_text more)
{
    struct nf_out link = nf_reply_buffer(call, 3 * (call->path.len + after.len)
                                                   + more.len + 128);

    nf_out_putc(&link, '<');
    nf_page_escape(&link, call->path);
    nf_out_printf(&link, "?limit=%llu&after=", (unsigned long long) limit);
    nf_page_escape(&link, after);
    nf_out_put(&link, more);
    nf_out_puts(&link, ">; rel=\"next\"");
    call->link = link.full ? (struct nf_text){0} : nf_out_text(&link);
}

/* The next one that is there, and of the page's prefix. */
static bool
next_of(struct nf_read *r, const struct nf_page *page,
        struct nf_resource_at *at)
{
    const struct nf_resource *resource = nf_resource_of(page->table);
    bool found;

    if (page->next != NULL) {
        return page->next(r, at);
    }
    do {
        found = nf_resource_next(r, resource, at);
    } while (found && resource->is_gone != NULL && resource->is_gone(r, at));
    return found && nf_text_starts(nf_text(at->name), page->prefix);
}

/* Where a page begins. */
static nf_error_t
read_position(struct nf_call *call, const struct nf_page *page,
              struct nf_resource_at *at)
{
    const struct nf_resource *resource = nf_resource_of(page->table);
    struct nf_resource_at prefix = {0};

    *at = (struct nf_resource_at){0};
    if (page->has_after && !nf_resource_parse(resource, page->after, at)) {
        return nf_refuse(&call->fault, "after", "must be %s", page->must);
    }
    if (nf_text_copy(prefix.name, sizeof(prefix.name), page->prefix)
        && strcmp(at->name, prefix.name) < 0)
    {
        *at = prefix; /* itself too */
    }
    return NF_OK;
}

static void
put_link(struct nf_call *call, const struct nf_page *page, uint64_t limit,
         const struct nf_resource_at *at)
{
    struct nf_out more =
        nf_reply_buffer(call, page->prefix.len * 3 + page->more.len + 16);
    char name[NF_RESOURCE_NAME];

    if (page->prefix.len > 0) {
        nf_out_puts(&more, "&prefix=");
        nf_page_escape(&more, page->prefix);
    }
    nf_out_put(&more, page->more);
    nf_resource_name(nf_resource_of(page->table), at, name);
    nf_page_link(call, limit, nf_text(name), nf_out_text(&more));
}

nf_error_t
nf_page_reply(struct nf_call *call, struct nf_scope *scope,
              const struct nf_page *page)
{
    const struct nf_resource *resource = nf_resource_of(page->table);
    struct nf_read *r = scope->r;
    struct nf_resource_at at, last;
    uint64_t limit, n = 0;

    if (nf_list_is_known(call, scope,
                         resource->rebuild == NF_REBUILD_LOCAL
                             ? NF_LIST_OF_COMMITS
                             : NF_LIST_OF_LOG))
    {
        return NF_OK;
    }
    nf_error_t err =
        nf_query_number(call, "limit", NF_PAGE_MAX, NF_PAGE_MAX, &limit);

    if (err != NF_OK || (err = read_position(call, page, &at)) != NF_OK) {
        return err;
    }
    struct nf_out out = nf_reply_buffer(call, (limit + 1) * page->line);
    nf_out_putc(&out, '[');
    for (last = at; n < limit && next_of(r, page, &at); last = at) {
        nf_out_puts(&out, n++ == 0 ? "" : ",");
        (void) (page->put != NULL ? page->put : resource->put)(r, &at, &out);
    }
    nf_out_putc(&out, ']');
    if (n > 0 && n == limit && next_of(r, page, &at)) {
        put_link(call, page, limit, &last);
    }
    return r->err != NF_OK ? r->err : nf_reply_json(call, 200, &out);
}
