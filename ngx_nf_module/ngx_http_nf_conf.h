#ifndef NGX_HTTP_NF_CONF_H
#define NGX_HTTP_NF_CONF_H

/*
 * nginx's callbacks; see ngx_http_nf_module.c.
 */

#include "ngx_http_nf.h"

void *ngx_http_nf_create_main_conf(ngx_conf_t *cf);
char *ngx_http_nf_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_http_nf_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_nf_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);
char *ngx_http_nf_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_nf_config(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_nf_listener(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_nf_dir(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
