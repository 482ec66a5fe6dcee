/*
 * Boot files, images and the agent, sent by nginx with sendfile, ranges and
 * validators: what the catalogue names, or else a plain file of that path.
 */

#include "ngx_http_nf_file.h"

#include "ngx_http_nf_reply.h"
#include "ngx_http_nf_served.h"
#include "ngx_http_nf_site.h"

#include "model/file.h"
#include "store/content.h"

/* How a file is sent; zero: as its name and its time say. */
struct file_form {
    const char *type; /* content type; NULL: by name */
    struct nf_text disposition;
    struct nf_text cache;        /* Cache-Control */
    struct nf_text etag, digest; /* of a content */
    time_t time;                 /* Last-Modified; 0: the file's */
};

static ngx_int_t
ngx_http_nf_file_missing(ngx_http_request_t *r)
{
    return ngx_http_nf_reply_text(r, NGX_HTTP_NOT_FOUND, "no such file\n");
}

static bool
ngx_http_nf_file_is_read(const ngx_http_request_t *r)
{
    return (r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) != 0;
}

static ngx_int_t
ngx_http_nf_file_refuse_method(ngx_http_request_t *r)
{
    if (ngx_http_nf_header_add(r, "Allow", NF_TEXT("GET, HEAD"), NULL)
        != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return ngx_http_nf_reply_text(r, NGX_HTTP_NOT_ALLOWED,
                                  "only GET and HEAD\n");
}

/*
 * nginx has resolved dots and decoded already; whatever is left of them, and
 * hidden files (unfinished uploads), stays hidden.
 */
static bool
ngx_http_nf_file_name_is_plain(struct nf_text name)
{
    if (name.len == 0 || memchr(name.data, '\0', name.len) != NULL) {
        return false;
    }
    while (name.data != NULL) {
        struct nf_text rest = name;
        struct nf_text part = nf_text_cut(&rest, '/');
        if (part.len == 0 || part.data[0] == '.') {
            return false;
        }
        name = rest;
    }
    return true;
}

/* dir/name, with the NUL that ngx_open_cached_file() wants. */
static ngx_int_t
ngx_http_nf_file_path(ngx_http_request_t *r, ngx_str_t dir, struct nf_text name,
                      ngx_str_t *path)
{
    path->data = ngx_pnalloc(r->pool, dir.len + name.len + 2);
    if (path->data == NULL) {
        return NGX_ERROR;
    }
    u_char *end = ngx_cpymem(path->data, dir.data, dir.len);
    *end++ = '/';
    end = ngx_cpymem(end, name.data, name.len);
    *end = '\0';
    path->len = (size_t) (end - path->data);
    return NGX_OK;
}

/* No link leads out of the first dir_len bytes of path.  NGX_HTTP_FORBIDDEN: it
 * is a link, or may not be read; "no such file" would be said to somebody who
 * sees that it is there. */
static ngx_int_t
ngx_http_nf_file_open(ngx_http_request_t *r, ngx_str_t *path, size_t dir_len,
                      ngx_open_file_info_t *of)
{
    ngx_http_core_loc_conf_t *clcf =
        ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    ngx_memzero(of, sizeof(*of));
    of->read_ahead = clcf->read_ahead;
    of->directio = clcf->directio;
    of->valid = clcf->open_file_cache_valid;
    of->min_uses = clcf->open_file_cache_min_uses;
    of->errors = clcf->open_file_cache_errors;
    of->events = clcf->open_file_cache_events;
#if (NGX_HAVE_OPENAT)
    of->disable_symlinks = NGX_DISABLE_SYMLINKS_ON;
    of->disable_symlinks_from = dir_len;
#endif
    if (ngx_open_cached_file(clcf->open_file_cache, path, of, r->pool)
        != NGX_OK) {
        if (of->err != NGX_ENOENT && of->err != NGX_ENOTDIR
            && of->err != NGX_ENAMETOOLONG)
        {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, of->err,
                          "%s \"%V\" failed", of->failed, path);
        }
        return of->err == NGX_EACCES || of->err == NGX_ELOOP
                   ? NGX_HTTP_FORBIDDEN
                   : NGX_DECLINED;
    }
    return of->is_file ? NGX_OK : NGX_DECLINED;
}

static ngx_int_t
ngx_http_nf_file_type(ngx_http_request_t *r, const char *type)
{
    if (type == NULL) {
        return ngx_http_set_content_type(r);
    }
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    return NGX_OK;
}

static ngx_int_t
ngx_http_nf_file_header(ngx_http_request_t *r, const ngx_open_file_info_t *of,
                        const struct file_form *form)
{
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = of->size;
    r->headers_out.last_modified_time =
        form->time != 0 ? form->time : of->mtime;
    r->allow_ranges = 1;
    ngx_int_t rc = form->etag.len == 0
                       ? ngx_http_set_etag(r)
                       : ngx_http_nf_header_add(r, "ETag", form->etag,
                                                &r->headers_out.etag);
    if (rc != NGX_OK || ngx_http_nf_file_type(r, form->type) != NGX_OK
        || ngx_http_nf_header_add(r, "Repr-Digest", form->digest, NULL)
               != NGX_OK
        || ngx_http_nf_header_add(r, "Cache-Control", form->cache, NULL)
               != NGX_OK)
    {
        return NGX_ERROR;
    }
    return ngx_http_nf_header_add(r, "Content-Disposition", form->disposition,
                                  NULL);
}

/* dir/name; NGX_DECLINED: there is no such file, NGX_HTTP_FORBIDDEN: there is,
 * and it cannot be sent. */
static ngx_int_t
ngx_http_nf_file_send(ngx_http_request_t *r, ngx_str_t dir, struct nf_text name,
                      const struct file_form *form)
{
    ngx_open_file_info_t of;
    ngx_str_t path;

    if (ngx_http_nf_file_path(r, dir, name, &path) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_int_t rc = ngx_http_nf_file_open(r, &path, dir.len, &of);
    if (rc != NGX_OK) {
        return rc;
    }
    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    /* everything is allocated before the header goes out */
    ngx_buf_t *b = ngx_calloc_buf(r->pool);
    ngx_file_t *file = ngx_pcalloc(r->pool, sizeof(*file));
    if (b == NULL || file == NULL
        || ngx_http_nf_file_header(r, &of, form) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }
    ngx_http_nf_served_watch(r, of.size);
    file->fd = of.fd;
    file->name = path;
    file->log = r->connection->log;
    file->directio = of.is_directio;
    b->file = file;
    b->file_last = of.size;
    b->in_file = of.size > 0;
    b->last_buf = r == r->main;
    b->last_in_chain = 1;
    ngx_chain_t out = {.buf = b};
    return ngx_http_output_filter(r, &out);
}

/* --- contents ----------------------------------------------------------------
 */

/* Everything that a content's headers need, in the request's pool. */
static ngx_int_t
ngx_http_nf_content_form(ngx_http_request_t *r, const char *sha256,
                         struct file_form *form)
{
    char *text = ngx_pnalloc(r->pool, NF_SHA256_TEXT + 2 + NF_DIGEST_TEXT);

    if (text == NULL) {
        return NGX_ERROR;
    }
    u_char *end = ngx_sprintf((u_char *) text, "\"%s\"", sha256);
    form->etag = (struct nf_text){text, (size_t) (end - (u_char *) text)};
    form->digest = nf_api_digest(sha256, text + NF_SHA256_TEXT + 2);
    return NGX_OK;
}

/* NGX_DECLINED: there is no such content. */
static ngx_int_t
ngx_http_nf_file_content(ngx_http_request_t *r, ngx_str_t dir,
                         const char *sha256, struct file_form *form)
{
    char name[NF_CONTENT_PATH];

    nf_content_path(sha256, name);
    return ngx_http_nf_content_form(r, sha256, form) == NGX_OK
               ? ngx_http_nf_file_send(r, dir, nf_text(name), form)
               : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

/* by-hash/SHA256 or by-hash/SHA256/any-name: never another content. */
static ngx_int_t
ngx_http_nf_file_by_hash(ngx_http_request_t *r, ngx_str_t dir,
                         struct nf_text rest)
{
    struct file_form form = {
        .cache = NF_TEXT("public, max-age=31536000, immutable")};
    struct nf_text hash = nf_text_cut(&rest, '/');
    char sha256[NF_SHA256_TEXT];

    if (!nf_sha256_is_text(hash) || !nf_text_copy(sha256, sizeof(sha256), hash))
    {
        return NGX_DECLINED;
    }
    return ngx_http_nf_file_content(r, dir, sha256, &form);
}

static ngx_int_t
ngx_http_nf_file_of_catalogue(ngx_http_request_t *r, ngx_str_t dir,
                              const struct nf_file *file)
{
    struct file_form form = {.cache = NF_TEXT("no-cache"),
                             .time = (time_t) (file->updated_at / 1000)};

    ngx_int_t rc = ngx_http_nf_file_content(r, dir, file->sha256, &form);
    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "nf: the content of a boot file is missing: path=%s "
                      "sha256=%s",
                      file->path, file->sha256);
    }
    return rc;
}

ngx_int_t
ngx_http_nf_content_send(ngx_http_request_t *r, struct nf_call *call)
{
    const ngx_http_nf_main_conf_t *mcf =
        ngx_http_get_module_main_conf(r, ngx_http_nf_module);
    const char *dir = mcf->settings->files_dir;
    struct file_form form = {.cache = NF_TEXT("no-cache"),
                             .type = "application/octet-stream"};
    ngx_str_t at = {ngx_strlen(dir), (u_char *) dir};

    ngx_int_t rc = ngx_http_nf_file_content(r, at, call->content, &form);
    if (rc == NGX_DECLINED) {
        (void) nf_refuse(&call->fault, "path",
                         "its content is missing; see nf files check");
        nf_api_fail(call, NF_NOT_FOUND);
        return ngx_http_nf_reply(r, call);
    }
    return rc;
}

/* --- what is asked for -------------------------------------------------------
 */

static ngx_int_t
ngx_http_nf_file_named(ngx_http_request_t *r, ngx_str_t dir,
                       struct nf_text name)
{
    const ngx_http_nf_main_conf_t *mcf =
        ngx_http_get_module_main_conf(r, ngx_http_nf_module);
    const struct nf_site *site = ngx_http_nf_site();
    const struct nf_text by_hash = NF_TEXT("by-hash/");
    const struct file_form plain = {0};
    struct nf_file file;

    if (nf_text_starts(name, by_hash)) {
        name.data += by_hash.len;
        name.len -= by_hash.len;
        return ngx_http_nf_file_by_hash(r, dir, name);
    }
    nf_error_t err =
        site == NULL ? NF_NOT_FOUND : nf_api_file_find(site, name, &file);
    if (err == NF_OK) {
        return ngx_http_nf_file_of_catalogue(r, dir, &file);
    }
    ngx_int_t rc = err == NF_NOT_FOUND
                       ? ngx_http_nf_file_send(r, dir, name, &plain)
                       : NGX_HTTP_SERVICE_UNAVAILABLE;
    /* Who could not look must not say that there is none. */
    bool is_blind = mcf->is_used && site == NULL;
    return rc == NGX_DECLINED && is_blind ? NGX_HTTP_SERVICE_UNAVAILABLE : rc;
}

ngx_int_t
ngx_http_nf_files_handler(ngx_http_request_t *r)
{
    const ngx_http_nf_loc_conf_t *lcf =
        ngx_http_get_module_loc_conf(r, ngx_http_nf_module);
    const ngx_http_core_loc_conf_t *clcf =
        ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    struct nf_text name = {(char *) r->uri.data, r->uri.len};

    if (!ngx_http_nf_file_is_read(r)) {
        return ngx_http_nf_file_refuse_method(r);
    }
    if (name.len <= clcf->name.len) {
        return ngx_http_nf_file_missing(r);
    }
    name.data += clcf->name.len;
    name.len -= clcf->name.len;
    if (!ngx_http_nf_file_name_is_plain(name)) {
        return ngx_http_nf_file_missing(r);
    }
    ngx_int_t rc = ngx_http_nf_file_named(r, lcf->files, name);
    return rc == NGX_DECLINED ? ngx_http_nf_file_missing(r) : rc;
}

/* Debian's name of the architecture that a node calls its own. */
static const char *
ngx_http_nf_agent_arch(ngx_str_t arch)
{
    static const struct {
        ngx_str_t asked;
        const char *arch;
    } names[] = {
        {ngx_string("amd64"), "amd64"},
        {ngx_string("x86_64"), "amd64"},
        {ngx_string("arm64"), "arm64"},
        {ngx_string("aarch64"), "arm64"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (arch.len == names[i].asked.len
            && ngx_memcmp(arch.data, names[i].asked.data, arch.len) == 0)
        {
            return names[i].arch;
        }
    }
    return NULL;
}

static ngx_int_t
ngx_http_nf_agent_program(ngx_http_request_t *r, ngx_str_t dir)
{
    ngx_str_t arch = ngx_string("amd64");
    char name[64];

    (void) ngx_http_arg(r, (u_char *) "arch", 4, &arch);
    const char *debian = ngx_http_nf_agent_arch(arch);
    if (debian == NULL) {
        return ngx_http_nf_reply_text(r, NGX_HTTP_BAD_REQUEST,
                                      "arch: must be amd64 or arm64\n");
    }
    u_char *end = ngx_snprintf((u_char *) name, sizeof(name),
                               "agent/%s/nodefoundry-agent", debian);
    struct nf_text at = {name, (size_t) (end - (u_char *) name)};
    struct file_form form = {
        .type = "application/octet-stream",
        .disposition = NF_TEXT("attachment; filename=\"nodefoundry-agent\"")};
    return ngx_http_nf_file_send(r, dir, at, &form);
}

/* The unit that was put beside the agents, or else the one that is shipped. */
static ngx_int_t
ngx_http_nf_agent_unit(ngx_http_request_t *r, ngx_str_t dir)
{
    const ngx_http_nf_main_conf_t *mcf =
        ngx_http_get_module_main_conf(r, ngx_http_nf_module);
    const char *share_dir = mcf->settings->share_dir;
    ngx_str_t share = {ngx_strlen(share_dir), (u_char *) share_dir};
    struct file_form form = {.type = "text/plain"};

    ngx_int_t rc = ngx_http_nf_file_send(
        r, dir, NF_TEXT("agent/nodefoundry-agent.service"), &form);
    if (rc != NGX_DECLINED) {
        return rc;
    }
    return ngx_http_nf_file_send(r, share, NF_TEXT("nodefoundry-agent.service"),
                                 &form);
}

ngx_int_t
ngx_http_nf_agent_handler(ngx_http_request_t *r)
{
    const ngx_http_nf_loc_conf_t *lcf =
        ngx_http_get_module_loc_conf(r, ngx_http_nf_module);
    const struct nf_text uri = {(char *) r->uri.data, r->uri.len};
    ngx_int_t rc = NGX_DECLINED;

    if (!ngx_http_nf_file_is_read(r)) {
        return ngx_http_nf_file_refuse_method(r);
    }
    if (nf_text_equal(uri, NF_TEXT("/agent/nodefoundry-agent"))) {
        rc = ngx_http_nf_agent_program(r, lcf->agent);
    } else if (nf_text_equal(uri, NF_TEXT("/agent/nodefoundry-agent.service")))
    {
        rc = ngx_http_nf_agent_unit(r, lcf->agent);
    }
    return rc == NGX_DECLINED ? ngx_http_nf_file_missing(r) : rc;
}
