#include "ngx_http_nf_log.h"

#include "base/log.h"

/* Any thread: ngx_log_error() formats on the stack and writes once. */
static void
ngx_http_nf_log_line(enum nf_log_level level, const char *line)
{
    static const ngx_uint_t levels[] = {
        [NF_LOG_ERR] = NGX_LOG_ERR,       [NF_LOG_WARNING] = NGX_LOG_WARN,
        [NF_LOG_NOTICE] = NGX_LOG_NOTICE, [NF_LOG_INFO] = NGX_LOG_INFO,
        [NF_LOG_DEBUG] = NGX_LOG_DEBUG,
    };

    ngx_log_error(levels[level], ngx_cycle->log, 0, "nf: %s", line);
}

void
ngx_http_nf_log_init(const struct nf_settings *settings)
{
    nf_log_to(ngx_http_nf_log_line);
    nf_log_level(settings->log_level);
}
