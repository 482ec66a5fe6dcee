/*
 * What nginx's configure generates for a dynamic module.  Compiled without
 * sanitizers: the executable has a symbol of the same name.
 */

#include <ngx_config.h>
#include <ngx_core.h>

extern ngx_module_t ngx_http_nf_module;
extern ngx_module_t *ngx_modules[];
extern char *ngx_module_names[];
extern char *ngx_module_order[];

ngx_module_t *ngx_modules[] = {&ngx_http_nf_module, NULL};
char *ngx_module_names[] = {(char *) "ngx_http_nf_module", NULL};
char *ngx_module_order[] = {NULL};
