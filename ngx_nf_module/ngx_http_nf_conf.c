/*
 * Reading the configuration: everything that can be wrong is said by nginx -t,
 * with file and line.
 */

#include "ngx_http_nf_conf.h"

#include "ngx_http_nf_file.h"
#include "ngx_http_nf_mask.h"
#include "ngx_http_nf_request.h"
#include "ngx_http_nf_site.h"

static const struct {
    const char *directive;
    enum nf_listener listener;
} listeners[] = {
    {"nf_api", NF_LISTENER_API},         {"nf_boot", NF_LISTENER_BOOT},
    {"nf_answers", NF_LISTENER_ANSWERS}, {"nf_device", NF_LISTENER_AGENT},
    {"nf_health", NF_LISTENER_HEALTH},   {"nf_metrics", NF_LISTENER_METRICS},
};

void *
ngx_http_nf_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_nf_main_conf_t *mcf = ngx_pcalloc(cf->pool, sizeof(*mcf));

    if (mcf != NULL) {
        mcf->batch = NGX_CONF_UNSET;
    }
    return mcf;
}

void *
ngx_http_nf_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_nf_loc_conf_t));
}

char *
ngx_http_nf_listener(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_nf_loc_conf_t *lcf = conf;
    ngx_http_nf_main_conf_t *mcf =
        ngx_http_conf_get_module_main_conf(cf, ngx_http_nf_module);
    ngx_http_core_loc_conf_t *clcf =
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (lcf->listener != 0) {
        return (char *) "is a second listener in this location";
    }
    for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++) {
        if (ngx_strcmp(cmd->name.data, listeners[i].directive) == 0) {
            lcf->listener = listeners[i].listener;
        }
    }
    clcf->handler = ngx_http_nf_handler;
    mcf->is_used = 1;
    return NGX_CONF_OK;
}

static bool
ngx_http_nf_is_dir(ngx_conf_t *cf, ngx_str_t *path)
{
    ngx_file_info_t info;

    if (ngx_file_info(path->data, &info) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_file_info_n " \"%V\" failed", path);
        return false;
    }
    if (!ngx_is_dir(&info)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" is not a directory",
                           path);
        return false;
    }
    return true;
}

/* nf_files, nf_agent */
char *
ngx_http_nf_dir(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_nf_loc_conf_t *lcf = conf;
    ngx_http_core_loc_conf_t *clcf =
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    ngx_str_t *dir = (ngx_str_t *) ((char *) conf + cmd->offset);
    const ngx_str_t *args = cf->args->elts;

    if (lcf->files.data != NULL || lcf->agent.data != NULL) {
        return (char *) "is duplicate";
    }
#if (NGX_PCRE)
    if (clcf->regex != NULL) {
        return (char *) "cannot be used in a location with a regular "
                        "expression";
    }
#endif
    *dir = args[1];
    if (ngx_conf_full_name(cf->cycle, dir, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }
    while (dir->len > 1 && dir->data[dir->len - 1] == '/') {
        dir->data[--dir->len] = '\0';
    }
    if (!ngx_http_nf_is_dir(cf, dir)) {
        return NGX_CONF_ERROR;
    }
    clcf->handler = dir == &lcf->files ? ngx_http_nf_files_handler
                                       : ngx_http_nf_agent_handler;
    ngx_http_nf_main_conf_t *mcf =
        ngx_http_conf_get_module_main_conf(cf, ngx_http_nf_module);
    mcf->has_files |= dir == &lcf->files;
    return NGX_CONF_OK;
}

/* The store itself may come later (workers try again); its directory not. */
char *
ngx_http_nf_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_nf_main_conf_t *mcf = conf;
    const ngx_str_t *args = cf->args->elts;
    ngx_str_t dir;

    (void) cmd;
    if (mcf->store.data != NULL) {
        return (char *) "is duplicate";
    }
    mcf->store = args[1];
    if (mcf->store.len == 0) {
        return (char *) "has an empty path";
    }
    if (ngx_conf_full_name(cf->cycle, &mcf->store, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }
    dir.data = ngx_pstrdup(cf->pool, &mcf->store);
    dir.len = mcf->store.len;
    if (dir.data == NULL) {
        return NGX_CONF_ERROR;
    }
    while (dir.len > 1 && dir.data[dir.len - 1] != '/') {
        dir.len--;
    }
    dir.data[dir.len - (dir.len > 1)] = '\0';
    dir.len -= dir.len > 1;
    return ngx_http_nf_is_dir(cf, &dir) ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static char *
ngx_http_nf_settings_failed(ngx_conf_t *cf, const struct nf_fault *fault,
                            nf_error_t err)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "NodeFoundry's settings: %s%s%s",
                       fault->field, fault->field[0] != '\0' ? ": " : "",
                       fault->reason[0] != '\0' ? fault->reason
                                                : nf_error_text(err));
    return NGX_CONF_ERROR;
}

/* `nf up` says where nodes reach us.  Without it a machine that has nothing but
 * loopback serves itself. */
static nf_error_t
ngx_http_nf_settings_settle(ngx_conf_t *cf, struct nf_settings *settings,
                            struct nf_fault *fault)
{
    static const char own[] = "127.0.0.1:8081";

    if (settings->server_addr[0] == '\0' && settings->interface[0] == '\0') {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "NF_SERVER_ADDR is not set: nodes are given %s",
                           own);
        ngx_memcpy(settings->server_addr, own, sizeof(own));
    }
    return nf_settings_settle(settings, fault);
}

/* Variables of the environment win over the file, as for every program. */
static nf_error_t
ngx_http_nf_settings_environ(struct nf_settings *settings,
                             struct nf_fault *fault)
{
    nf_error_t err = NF_OK;

    for (const struct nf_setting_row *row = nf_setting_rows;
         row->name != NULL && err == NF_OK; row++)
    {
        const char *value = getenv(row->name);
        if (value != NULL) {
            err = nf_settings_set(settings, row->name, nf_text(value), fault);
        }
    }
    return err;
}

char *
ngx_http_nf_config(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_nf_main_conf_t *mcf = conf;
    const ngx_str_t *args = cf->args->elts;
    ngx_str_t path = args[1];
    struct nf_fault fault = {0};

    (void) cmd;
    if (mcf->settings != NULL) {
        return (char *) "is duplicate";
    }
    mcf->settings = ngx_pcalloc(cf->pool, sizeof(*mcf->settings));
    if (mcf->settings == NULL
        || ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }
    nf_settings_default(mcf->settings);
    nf_error_t err =
        nf_settings_read(mcf->settings, (char *) path.data, &fault);
    if (err == NF_OK) {
        err = ngx_http_nf_settings_environ(mcf->settings, &fault);
    }
    if (err == NF_NOT_FOUND && fault.field[0] == '\0') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, NGX_ENOENT, "cannot read \"%V\"",
                           &path);
        return NGX_CONF_ERROR;
    }
    if (err == NF_OK) {
        err = ngx_http_nf_settings_settle(cf, mcf->settings, &fault);
    }
    return err == NF_OK ? NGX_CONF_OK
                        : ngx_http_nf_settings_failed(cf, &fault, err);
}

/* No nf_config: what the environment says. */
static char *
ngx_http_nf_settings_default(ngx_conf_t *cf, ngx_http_nf_main_conf_t *mcf)
{
    struct nf_fault fault = {0};

    mcf->settings = ngx_pcalloc(cf->pool, sizeof(*mcf->settings));
    if (mcf->settings == NULL) {
        return NGX_CONF_ERROR;
    }
    nf_error_t err = nf_settings_load(mcf->settings, &fault);
    if (err == NF_OK) {
        err = ngx_http_nf_settings_settle(cf, mcf->settings, &fault);
    }
    return err == NF_OK ? NGX_CONF_OK
                        : ngx_http_nf_settings_failed(cf, &fault, err);
}

/* NF_HTTP_HOSTS, and what this machine is called. */
static char *
ngx_http_nf_hosts_join(ngx_conf_t *cf, ngx_http_nf_main_conf_t *mcf)
{
    const char *listed = mcf->settings->http_hosts;
    ngx_str_t *own = &cf->cycle->hostname;
    size_t size = ngx_strlen(listed) + 1 + own->len;

    mcf->hosts.data = ngx_pnalloc(cf->pool, size);
    if (mcf->hosts.data == NULL) {
        return NGX_CONF_ERROR;
    }
    u_char *end = ngx_snprintf(mcf->hosts.data, size, "%s%s%V", listed,
                               listed[0] != '\0' ? "," : "", own);
    mcf->hosts.len = (size_t) (end - mcf->hosts.data);
    return NGX_CONF_OK;
}

/* A broken template stops `nginx -t` and a reload, which leave all as it is. At
 * a start there is nothing to leave: nodes are served by the last ones that had
 * no fault, if these were kept. */
static nf_error_t
ngx_http_nf_templates_try(ngx_conf_t *cf, const ngx_http_nf_main_conf_t *mcf,
                          nf_templates_t **tried, struct nf_fault *fault)
{
    bool is_start = !ngx_test_config && ngx_is_init_cycle(cf->cycle->old_cycle);

    return is_start ? nf_templates_open(tried, mcf->settings, fault)
                    : ngx_http_nf_templates_read(mcf->settings, tried, fault);
}

static char *
ngx_http_nf_templates_test(ngx_conf_t *cf, const ngx_http_nf_main_conf_t *mcf)
{
    nf_templates_t *tried = NULL;
    struct nf_fault fault = {0};

    nf_error_t err = ngx_http_nf_templates_try(cf, mcf, &tried, &fault);
    if (err != NF_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "template %s: %s", fault.field,
                           fault.reason[0] != '\0' ? fault.reason
                                                   : nf_error_text(err));
        return NGX_CONF_ERROR;
    }
    nf_templates_free(tried);
    return NGX_CONF_OK;
}

char *
ngx_http_nf_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_nf_main_conf_t *mcf = conf;

    ngx_conf_init_value(mcf->batch, NGX_HTTP_NF_BATCH_MAX);
    if (mcf->settings == NULL
        && ngx_http_nf_settings_default(cf, mcf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }
    if (mcf->has_files && mcf->store.data != NULL) {
        mcf->is_used = 1; /* without a store files are what lies there */
    }
    if (!mcf->is_used) {
        return NGX_CONF_OK;
    }
    if (mcf->store.data == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no \"nf_store\" is defined, but a location needs "
                           "one");
        return NGX_CONF_ERROR;
    }
    if (ngx_http_nf_hosts_join(cf, mcf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }
    ngx_str_t *name = mcf->pool_name.data != NULL ? &mcf->pool_name : NULL;
    mcf->pool = ngx_thread_pool_add(cf, name);
    if (mcf->pool == NULL) {
        return NGX_CONF_ERROR;
    }
    return ngx_http_nf_templates_test(cf, mcf);
}

/* `limit_except` and `if` make a location inside: it keeps our handler. */
static void
ngx_http_nf_inherit(ngx_http_core_loc_conf_t *clcf,
                    const ngx_http_nf_loc_conf_t *from,
                    ngx_http_nf_loc_conf_t *to)
{
    *to = *from;
    clcf->handler = from->listener != 0        ? ngx_http_nf_handler
                    : from->files.data != NULL ? ngx_http_nf_files_handler
                                               : ngx_http_nf_agent_handler;
}

char *
ngx_http_nf_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    const ngx_http_nf_loc_conf_t *prev = parent;
    ngx_http_nf_loc_conf_t *conf = child;
    ngx_http_core_loc_conf_t *clcf =
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    bool is_ours = prev->listener != 0 || prev->files.data != NULL
                   || prev->agent.data != NULL;

    if (clcf->noname && clcf->handler == NULL && is_ours) {
        ngx_http_nf_inherit(clcf, prev, conf);
    }
    if (ngx_http_nf_mask(cf->pool, clcf->error_log) != NGX_OK) {
        return NGX_CONF_ERROR;
    }
    if (conf->listener != 0 && clcf->client_max_body_size >= NF_BODY_MAX) {
        /* The bound is libnf's, and so is the answer to a body above it. */
        clcf->client_max_body_size = 0;
    }
    return NGX_CONF_OK;
}
