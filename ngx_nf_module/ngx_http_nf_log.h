#ifndef NGX_HTTP_NF_LOG_H
#define NGX_HTTP_NF_LOG_H

/*
 * libnf's lines go to nginx's error log.
 */

#include "model/settings.h"
#include "ngx_http_nf.h"

void ngx_http_nf_log_init(const struct nf_settings *settings);

#endif
