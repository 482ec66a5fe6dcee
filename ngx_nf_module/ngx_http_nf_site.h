#ifndef NGX_HTTP_NF_SITE_H
#define NGX_HTTP_NF_SITE_H

/*
 * What one worker process has open, and the time.
 */

#include "api/api.h"
#include "ngx_http_nf.h"

/* NULL while the store cannot be opened. */
const struct nf_site *ngx_http_nf_site(void);

/* Why it cannot, in words; "" while it was not tried. */
const char *ngx_http_nf_site_failed(void);
/* Since when, as far as this worker knows. */
nf_time_t ngx_http_nf_site_failed_since(void);

/* When the server was first started, whatever was reloaded since. */
nf_time_t ngx_http_nf_started(void);
nf_time_t ngx_http_nf_now(void);

/* Parse the shipped templates and the operator's; the caller frees them. */
nf_error_t ngx_http_nf_templates_read(const struct nf_settings *settings,
                                      nf_templates_t **out,
                                      struct nf_fault *fault);

/* The same for who has to go on: see nf_templates_open(), and say what is
 * wrong.
 */
nf_error_t ngx_http_nf_templates_open(const struct nf_settings *settings,
                                      nf_templates_t **out, ngx_log_t *log);

/* In the master: workers inherit when it started. */
void ngx_http_nf_site_born(void);

/* NULL, or what could not be had and why; then it may be tried again. */
const char *ngx_http_nf_site_open(const ngx_http_nf_main_conf_t *mcf,
                                  nf_error_t *err, ngx_log_t *log);

/* Open the store anew when that is what it needs.  On the event loop, while no
 * thread writes. */
void ngx_http_nf_site_mend(ngx_log_t *log);

/* No thread may be at work; closing accepts that it was never open. */
void ngx_http_nf_site_close(void);

#endif
