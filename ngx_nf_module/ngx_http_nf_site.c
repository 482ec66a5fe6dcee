#include "ngx_http_nf_site.h"

#include "base/time.h"

/* The master's; workers and reloads inherit it. */
static nf_time_t started;

/* One worker's. */
static struct nf_site site;
static nf_templates_t *templates;
static bool is_open;
static char failed[NF_SETTING_MAX];
static nf_time_t failed_since;

const struct nf_site *
ngx_http_nf_site(void)
{
    return is_open ? &site : NULL;
}

const char *
ngx_http_nf_site_failed(void)
{
    return failed;
}

/* The clock may have been set back since. */
nf_time_t
ngx_http_nf_site_failed_since(void)
{
    nf_time_t now = ngx_http_nf_now();

    return failed_since < now ? failed_since : now;
}

nf_time_t
ngx_http_nf_started(void)
{
    return started;
}

nf_time_t
ngx_http_nf_now(void)
{
    const ngx_time_t *time = ngx_timeofday();

    return NF_SECONDS(time->sec) + (nf_time_t) time->msec;
}

nf_error_t
ngx_http_nf_templates_read(const struct nf_settings *settings,
                           nf_templates_t **out, struct nf_fault *fault)
{
    char shipped[NF_SETTING_MAX + sizeof("/templates")];

    ngx_snprintf((u_char *) shipped, sizeof(shipped), "%s/templates%Z",
                 settings->share_dir);
    return nf_templates_load(out, shipped, settings->templates_dir, fault);
}

nf_error_t
ngx_http_nf_templates_open(const struct nf_settings *settings,
                           nf_templates_t **out, ngx_log_t *log)
{
    struct nf_fault fault;
    nf_error_t err = nf_templates_open(out, settings, &fault);
    ngx_uint_t level = err == NF_OK ? NGX_LOG_WARN : NGX_LOG_ERR;

    if (fault.field[0] != '\0') {
        ngx_log_error(
            level, log, 0, "nf: template %s: %s%s", fault.field, fault.reason,
            err == NF_OK ? ": using the last ones without a fault" : "");
    }
    return err;
}

void
ngx_http_nf_site_born(void)
{
    if (started == 0) {
        started = ngx_http_nf_now();
    }
}

static const char *
ngx_http_nf_site_try(const ngx_http_nf_main_conf_t *mcf, nf_error_t *err,
                     ngx_log_t *log)
{
    site.settings = mcf->settings;
    *err = nf_site_key_read(mcf->settings->key_file, site.key);
    if (*err != NF_OK) {
        return mcf->settings->key_file;
    }
    nf_enroll_word(site.settings->bmc_enroll, site.key, site.enroll);
    if (templates == NULL) {
        *err = ngx_http_nf_templates_open(mcf->settings, &templates, log);
        if (*err != NF_OK) {
            return "templates";
        }
        site.templates = templates;
    }
    *err = nf_store_open(&site.store, (char *) mcf->store.data);
    is_open = *err == NF_OK;
    return is_open ? NULL : (char *) mcf->store.data;
}

const char *
ngx_http_nf_site_open(const ngx_http_nf_main_conf_t *mcf, nf_error_t *err,
                      ngx_log_t *log)
{
    const char *what = ngx_http_nf_site_try(mcf, err, log);

    ngx_snprintf((u_char *) failed, sizeof(failed), "%s%s%s%Z",
                 what == NULL ? "" : what, what == NULL ? "" : ": ",
                 what == NULL ? "" : nf_error_text(*err));
    failed[sizeof(failed) - 1] = '\0';
    if (what == NULL || failed_since == 0) {
        failed_since = what == NULL ? 0 : ngx_http_nf_now();
    }
    return what;
}

void
ngx_http_nf_site_mend(ngx_log_t *log)
{
    static nf_error_t told;

    if (!is_open || !nf_store_is_broken(site.store)) {
        return;
    }
    nf_error_t err = nf_store_reopen(site.store);
    if (err == NF_BUSY) {
        return; /* a thread reads: soon again */
    }
    if (err == NF_OK) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "nf: reopened the store after a failure of its disk");
    } else if (err != told) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "nf: cannot reopen the store: %s, retrying",
                      nf_error_text(err));
    }
    told = err;
}

void
ngx_http_nf_site_close(void)
{
    if (is_open) {
        is_open = false;
        nf_store_close(site.store);
    }
}
