/*
 * The catalogue of boot files.
 */
#include "store/files.h"
#include "api/page.h"
#include "api/upload.h"
#include "change/change.h"

nf_error_t
nf_api_file_find(const struct nf_site *site, struct nf_text path,
                 struct nf_file *file)
{
    struct nf_fault fault;

    if (nf_file_path_check(path, &fault) != NF_OK) {
        return NF_NOT_FOUND;
    }
    NF_READ(r, site->store);
    if (nf_files_get(&r, path, file)) {
        return NF_OK;
    }
    return r.err != NF_OK ? r.err : NF_NOT_FOUND;
}

/* The ETag is the content's hash: the bytes' and, as far as a client can
 * change it, the entry's. */
static struct nf_text
make_etag(struct nf_call *call, const char *sha256)
{
    struct nf_out out = nf_reply_buffer(call, NF_SHA256_TEXT + 2);

    nf_out_printf(&out, "\"%s\"", sha256);
    return nf_out_text(&out);
}

static nf_error_t
find(struct nf_call *call, struct nf_read *r, struct nf_file *file)
{
    nf_error_t err = nf_file_path_check(call->id, &call->fault);

    if (err != NF_OK || nf_files_get(r, call->id, file)) {
        return err;
    }
    if (r->err != NF_OK) {
        return r->err;
    }
    (void) nf_refuse(&call->fault, "path", "there is no such boot file");
    return NF_NOT_FOUND;
}

nf_error_t
nf_api_files_match(struct nf_call *call, struct nf_read *r)
{
    struct nf_file file;
    bool has_match = call->if_match.len > 0;
    bool has_none = call->if_none_match.len > 0;

    if (!has_match && !has_none) {
        return NF_OK;
    }
    bool is_there = nf_files_get(r, call->id, &file);
    if (r->err != NF_OK) {
        return r->err;
    }
    struct nf_text tag = {0};
    if (is_there) {
        tag = make_etag(call, file.sha256);
    }
    if (has_match && (!is_there || !nf_reply_has_tag(call->if_match, tag))) {
        (void) nf_refuse(&call->fault, "If-Match",
                         is_there ? "the file has changed in the meantime"
                                  : "there is no such file");
        return NF_PRECONDITION;
    }
    if (has_none && is_there && nf_reply_has_tag(call->if_none_match, tag)) {
        (void) nf_refuse(&call->fault, "If-None-Match",
                         "the file already exists");
        return NF_PRECONDITION;
    }
    return NF_OK;
}

/* --- one file ----------------------------------------------------------------
 */

static nf_error_t
reply_file(struct nf_call *call, unsigned status, const struct nf_file *file)
{
    struct nf_out out = nf_reply_buffer(call, NF_FILE_JSON_MAX);

    call->etag = make_etag(call, file->sha256);
    nf_file_json(file, &out);
    return nf_reply_json(call, status, &out);
}

/* How much of an upload has come. */
static nf_error_t
reply_offset(struct nf_call *call, const struct nf_site *site,
             struct nf_text id)
{
    struct nf_out out = nf_reply_buffer(call, 128);
    uint64_t size;

    if (!nf_incoming_is_id(id)) {
        return nf_refuse(&call->fault, "upload",
                         "must be 1 to %d letters, digits, '_' or '-'",
                         NF_INCOMING_ID);
    }
    nf_error_t err = nf_incoming_size(site->settings->files_dir, id, &size);
    if (err == NF_NOT_FOUND) {
        (void) nf_refuse(&call->fault, "upload", "there is no such upload");
    }
    if (err != NF_OK) {
        return err;
    }
    nf_out_puts(&out, "{\"upload\":");
    nf_out_json(&out, id);
    nf_out_puts(&out, ",\"offset\":");
    nf_out_number(&out, (int64_t) size);
    nf_out_putc(&out, '}');
    return nf_reply_json(call, 200, &out);
}

static nf_error_t
reply_content(struct nf_call *call, const struct nf_file *file)
{
    struct nf_text hash = nf_arena_copy(call->arena, nf_text(file->sha256));

    if (hash.data == NULL) {
        return NF_NO_MEMORY;
    }
    call->status = 200;
    call->content = hash.data;
    return NF_OK;
}

nf_error_t
nf_api_files_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_text value;
    struct nf_file file;

    if (nf_query(call, "upload", &value)) {
        nf_error_t bad = nf_file_path_check(call->id, &call->fault);
        return bad != NF_OK ? bad : reply_offset(call, scope->site, value);
    }
    nf_error_t err = find(call, scope->r, &file);
    if (err != NF_OK) {
        return err;
    }
    if (nf_query(call, "content", &value) && nf_text_equal(value, NF_TEXT("1")))
    {
        return reply_content(call, &file);
    }
    err = reply_file(call, 200, &file);
    if (err == NF_OK && nf_reply_has_tag(call->if_none_match, call->etag)) {
        call->status = 304;
    }
    return err;
}

/* Behind nf_api_upload_end(): the content is there and gets its name. */
nf_error_t
nf_api_files_put(struct nf_call *call, struct nf_scope *scope)
{
    const struct nf_upload *upload = call->upload;
    struct nf_file file = {.size = upload->in.size, .origin = NF_FILE_UPLOAD};
    struct nf_change c = nf_reply_change(call, scope);
    bool is_new = false;

    nf_error_t err = nf_api_files_match(call, scope->r);
    if (err != NF_OK) {
        return err;
    }
    if (!nf_text_copy(file.path, sizeof(file.path), call->id)) {
        return NF_BUG; /* it was checked */
    }
    memcpy(file.sha256, upload->sha256, sizeof(file.sha256));
    file.type = (uint8_t) nf_file_type_of(
        call->id, (struct nf_bytes){upload->in.head, upload->in.head_len});
    err = nf_change_file_put(&c, &file, &is_new);
    if (err != NF_OK) {
        call->fault = c.fault;
        return err;
    }
    if (is_new) {
        struct nf_out location = nf_reply_buffer(call, NF_FILE_PATH + 32);
        nf_out_puts(&location, "/api/v1/files/");
        nf_out_put(&location, call->id);
        call->location = nf_out_text(&location);
    }
    return reply_file(call, is_new ? 201 : 200, &file);
}

nf_error_t
nf_api_files_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    nf_error_t err = nf_file_path_check(call->id, &call->fault);

    if (err == NF_OK) {
        err = nf_api_files_match(call, scope->r);
    }
    if (err != NF_OK) {
        return err;
    }
    err = nf_change_file_delete(&c, call->id);
    if (err != NF_OK) {
        call->fault = c.fault;
        return err;
    }
    call->status = 204;
    return NF_OK;
}

/* --- list --------------------------------------------------------------------
 */

/* ?name= as the beginning of a path, "" when it is not there.  No byte of a
 * path needs an escape, but clients may escape '/', '+', '@' and '~'. */
static nf_error_t
read_path(struct nf_call *call, const char *name, struct nf_text *path)
{
    struct nf_text raw;

    *path = NF_TEXT("");
    if (!nf_query(call, name, &raw)) {
        return NF_OK;
    }
    *path = nf_page_unescape(call, raw);
    return path->len < NF_FILE_PATH
               ? NF_OK
               : nf_refuse(&call->fault, name, "must have at most %d bytes",
                           NF_FILE_PATH - 1);
}

nf_error_t
nf_api_files_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_page page = {
        .table = NF_FILES, .line = NF_FILE_JSON_MAX, .must = "a path"};
    uint64_t limit;
    nf_error_t err =
        nf_query_number(call, "limit", NF_PAGE_MAX, NF_PAGE_MAX, &limit);

    if (err != NF_OK || (err = read_path(call, "prefix", &page.prefix)) != NF_OK
        || (err = read_path(call, "after", &page.after)) != NF_OK)
    {
        return err;
    }
    page.has_after = page.after.len > 0;
    return limit != 0 ? nf_page_reply(call, scope, &page)
                      : nf_refuse(&call->fault, "limit", "must be 1 to %d",
                                  NF_PAGE_MAX);
}
