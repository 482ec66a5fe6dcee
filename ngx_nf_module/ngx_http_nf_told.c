#include "ngx_http_nf_told.h"

#include "base/log.h"
#include "base/quota.h"
#include "ngx_http_nf_site.h"

enum {
    LINES_PER_MINUTE = 60 /* of each worker, of failures and of refusals */
};

static void
ngx_http_nf_tell(const struct nf_call *call, unsigned status)
{
    static struct nf_quota failed, refused;
    bool is_failure = status >= NGX_HTTP_INTERNAL_SERVER_ERROR;
    char line[NF_TOLD_MAX];
    uint64_t withheld;

    if (nf_api_is_told(call, status)
        && nf_quota_take(is_failure ? &failed : &refused, LINES_PER_MINUTE,
                         ngx_http_nf_now(), &withheld))
    {
        nf_api_tell(call, status, withheld, line);
        nf_log(is_failure ? NF_LOG_ERR : NF_LOG_WARNING, "%s", line);
    }
}

/* Of a request that made no call, or whose call a thread still has. */
static void
ngx_http_nf_tell_bare(ngx_http_request_t *r, unsigned status)
{
    static const struct nf_route files = {.path = "/files/"};
    const ngx_http_nf_loc_conf_t *lcf =
        ngx_http_get_module_loc_conf(r, ngx_http_nf_module);
    bool is_file = lcf->files.data != NULL || lcf->agent.data != NULL;
    if (!is_file && lcf->listener == 0) {
        return; /* nginx's own affair */
    }
    struct nf_call call = {
        .method = r->method == NGX_HTTP_GET ? NF_GET : NF_OTHER_METHOD,
        .listener =
            is_file ? NF_LISTENER_AGENT : (enum nf_listener) lcf->listener,
        .route = is_file ? &files : NULL};

    ngx_http_nf_tell(&call, status);
}

ngx_int_t
ngx_http_nf_told(ngx_http_request_t *r)
{
    ngx_uint_t status =
        r->err_status != 0 ? r->err_status : r->headers_out.status;

    const ngx_http_nf_op_t *op = ngx_http_get_module_ctx(r, ngx_http_nf_module);

    if (op != NULL && !op->is_writing) {
        ngx_http_nf_tell(&op->call, (unsigned) status);
    } else if (status >= NGX_HTTP_BAD_REQUEST) {
        ngx_http_nf_tell_bare(r, (unsigned) status);
    }
    return NGX_OK;
}

void
ngx_http_nf_told_unheard(const struct nf_call *call)
{
    if (call->status >= NGX_HTTP_INTERNAL_SERVER_ERROR) {
        ngx_http_nf_tell(call, call->status);
    }
}
