#include "ngx_http_nf_mask.h"

#include "render/token.h"

/* What nginx does with a line, once it is whole. */
static void
ngx_http_nf_mask_write(ngx_log_t *log, ngx_uint_t level, u_char *line,
                       size_t len)
{
    (void) level;
    nf_token_mask((char *) line, len);
    (void) ngx_write_fd(log->file->fd, line, len);
}

static void
ngx_http_nf_mask_end(void *data)
{
    ngx_log_t *log = data;

    if (log->writer == ngx_http_nf_mask_write) {
        log->writer = NULL;
    }
}

/* nginx still logs when it has unloaded us: the pool's cleanups run before. */
ngx_int_t
ngx_http_nf_mask(ngx_pool_t *pool, ngx_log_t *logs)
{
    for (ngx_log_t *log = logs; log != NULL; log = log->next) {
        if (log->writer != NULL || log->file == NULL) {
            continue;
        }
        ngx_pool_cleanup_t *cln = ngx_pool_cleanup_add(pool, 0);
        if (cln == NULL) {
            return NGX_ERROR;
        }
        cln->handler = ngx_http_nf_mask_end;
        cln->data = log;
        log->writer = ngx_http_nf_mask_write;
    }
    return NGX_OK;
}

void
ngx_http_nf_unmask(ngx_log_t *logs)
{
    for (ngx_log_t *log = logs; log != NULL; log = log->next) {
        ngx_http_nf_mask_end(log);
    }
}
