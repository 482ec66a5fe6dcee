/*
 * Boot files, images and the agent: plain files, sent by nginx with sendfile,
 * ranges and validators.
 */

#include "ngx_http_nf.h"

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

static ngx_int_t
ngx_http_nf_file_open(ngx_http_request_t *r, ngx_str_t *path,
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
    if (ngx_http_set_disable_symlinks(r, clcf, path, of) != NGX_OK) {
        return NGX_ERROR;
    }
    if (ngx_open_cached_file(clcf->open_file_cache, path, of, r->pool)
        != NGX_OK) {
        if (of->err != NGX_ENOENT && of->err != NGX_ENOTDIR) {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, of->err,
                          "%s \"%V\" failed", of->failed, path);
        }
        return NGX_DECLINED;
    }
    return of->is_file ? NGX_OK : NGX_DECLINED;
}

static ngx_int_t
ngx_http_nf_file_header(ngx_http_request_t *r, const ngx_open_file_info_t *of,
                        const char *type, struct nf_text disposition)
{
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = of->size;
    r->headers_out.last_modified_time = of->mtime;
    if (type != NULL) {
        r->headers_out.content_type.data = (u_char *) type;
        r->headers_out.content_type.len = ngx_strlen(type);
        r->headers_out.content_type_len = r->headers_out.content_type.len;
        r->headers_out.content_type_lowcase = NULL;
    } else if (ngx_http_set_content_type(r) != NGX_OK) {
        return NGX_ERROR;
    }
    if (ngx_http_set_etag(r) != NGX_OK) {
        return NGX_ERROR;
    }
    r->allow_ranges = 1;
    return ngx_http_nf_header_add(r, "Content-Disposition", disposition, NULL);
}

/* type NULL: by the file's name, as `types` says.  NGX_DECLINED: there is no
 * such file. */
static ngx_int_t
ngx_http_nf_file_send(ngx_http_request_t *r, ngx_str_t *path, const char *type,
                      struct nf_text disposition)
{
    ngx_open_file_info_t of;

    ngx_int_t rc = ngx_http_nf_file_open(r, path, &of);
    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? rc : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    /* everything is allocated before the header goes out */
    ngx_buf_t *b = ngx_calloc_buf(r->pool);
    ngx_file_t *file = ngx_pcalloc(r->pool, sizeof(*file));
    if (b == NULL || file == NULL
        || ngx_http_nf_file_header(r, &of, type, disposition) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }
    file->fd = of.fd;
    file->name = *path;
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

ngx_int_t
ngx_http_nf_files_handler(ngx_http_request_t *r)
{
    const ngx_http_nf_loc_conf_t *lcf =
        ngx_http_get_module_loc_conf(r, ngx_http_nf_module);
    const ngx_http_core_loc_conf_t *clcf =
        ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    struct nf_text name = {(char *) r->uri.data, r->uri.len};
    ngx_str_t path;

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
    if (ngx_http_nf_file_path(r, lcf->files, name, &path) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_int_t rc = ngx_http_nf_file_send(r, &path, NULL, (struct nf_text){0});
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
    ngx_str_t arch = ngx_string("amd64"), path;
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
    if (ngx_http_nf_file_path(r, dir, at, &path) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return ngx_http_nf_file_send(
        r, &path, "application/octet-stream",
        NF_TEXT("attachment; filename=\"nodefoundry-agent\""));
}

/* The unit that was put beside the agents, or else the one that is shipped. */
static ngx_int_t
ngx_http_nf_agent_unit(ngx_http_request_t *r, ngx_str_t dir)
{
    const ngx_http_nf_main_conf_t *mcf =
        ngx_http_get_module_main_conf(r, ngx_http_nf_module);
    const char *share_dir = mcf->settings->share_dir;
    ngx_str_t share = {ngx_strlen(share_dir), (u_char *) share_dir}, path;

    if (ngx_http_nf_file_path(r, dir,
                              NF_TEXT("agent/nodefoundry-agent.service"), &path)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_int_t rc =
        ngx_http_nf_file_send(r, &path, "text/plain", (struct nf_text){0});
    if (rc != NGX_DECLINED) {
        return rc;
    }
    if (ngx_http_nf_file_path(r, share, NF_TEXT("nodefoundry-agent.service"),
                              &path)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return ngx_http_nf_file_send(r, &path, "text/plain", (struct nf_text){0});
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
