/*
 * Directives, and what one worker process has open.
 */

#include "ngx_http_nf.h"

#include "base/time.h"
#include "render/templates.h"

enum {
    RETRY_MS = 1000
};

static void *ngx_http_nf_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_nf_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_nf_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_nf_merge_loc_conf(ngx_conf_t *cf, void *parent,
                                        void *child);
static ngx_int_t ngx_http_nf_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_nf_init_process(ngx_cycle_t *cycle);
static void ngx_http_nf_exit_process(ngx_cycle_t *cycle);
static char *ngx_http_nf_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_nf_config(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_nf_face(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_nf_dir(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* clang-format off */
#define NF_FACE(word)                                                         \
    {                                                                         \
        .name = ngx_string(word),                                             \
        .type = NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,                          \
        .set = ngx_http_nf_face,                                              \
        .conf = NGX_HTTP_LOC_CONF_OFFSET,                                     \
    }

#define NF_DIR(word, member)                                                  \
    {                                                                         \
        .name = ngx_string(word),                                             \
        .type = NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1,                           \
        .set = ngx_http_nf_dir,                                               \
        .conf = NGX_HTTP_LOC_CONF_OFFSET,                                     \
        .offset = offsetof(ngx_http_nf_loc_conf_t, member),                   \
    }

static ngx_conf_num_bounds_t ngx_http_nf_batch_bounds = {
    .post_handler = ngx_conf_check_num_bounds,
    .low = 1,
    .high = NGX_HTTP_NF_BATCH_MAX,
};

static ngx_command_t ngx_http_nf_commands[] = {
    {
        .name = ngx_string("nf_store"),
        .type = NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
        .set = ngx_http_nf_store,
        .conf = NGX_HTTP_MAIN_CONF_OFFSET,
    },
    {
        .name = ngx_string("nf_config"),
        .type = NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
        .set = ngx_http_nf_config,
        .conf = NGX_HTTP_MAIN_CONF_OFFSET,
    },
    {
        .name = ngx_string("nf_thread_pool"),
        .type = NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
        .set = ngx_conf_set_str_slot,
        .conf = NGX_HTTP_MAIN_CONF_OFFSET,
        .offset = offsetof(ngx_http_nf_main_conf_t, pool_name),
    },
    {
        .name = ngx_string("nf_batch"),
        .type = NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
        .set = ngx_conf_set_num_slot,
        .conf = NGX_HTTP_MAIN_CONF_OFFSET,
        .offset = offsetof(ngx_http_nf_main_conf_t, batch),
        .post = &ngx_http_nf_batch_bounds,
    },
    NF_FACE("nf_api"),
    NF_FACE("nf_boot"),
    NF_FACE("nf_answers"),
    NF_FACE("nf_device"),
    NF_FACE("nf_health"),
    NF_FACE("nf_metrics"),
    NF_DIR("nf_files", files),
    NF_DIR("nf_agent", agent),
    ngx_null_command,
};
/* clang-format on */

static ngx_http_module_t ngx_http_nf_module_ctx = {
    .create_main_conf = ngx_http_nf_create_main_conf,
    .init_main_conf = ngx_http_nf_init_main_conf,
    .create_loc_conf = ngx_http_nf_create_loc_conf,
    .merge_loc_conf = ngx_http_nf_merge_loc_conf,
};

ngx_module_t ngx_http_nf_module = {
    NGX_MODULE_V1,
    .ctx = &ngx_http_nf_module_ctx,
    .commands = ngx_http_nf_commands,
    .type = NGX_HTTP_MODULE,
    .init_module = ngx_http_nf_init_module,
    .init_process = ngx_http_nf_init_process,
    .exit_process = ngx_http_nf_exit_process,
};

static const struct {
    const char *directive;
    enum nf_face face;
} faces[] = {
    {"nf_api", NF_FACE_API},         {"nf_boot", NF_FACE_BOOT},
    {"nf_answers", NF_FACE_ANSWERS}, {"nf_device", NF_FACE_DEVICE},
    {"nf_health", NF_FACE_HEALTH},   {"nf_metrics", NF_FACE_METRICS},
};

/* The master's; workers and reloads inherit it. */
static nf_time_t started;

/* One worker's. */
static struct nf_site site;
static nf_templates_t *templates;
static bool is_open;
static ngx_event_t retry;

const struct nf_site *
ngx_http_nf_site(void)
{
    return is_open ? &site : NULL;
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

/* --- configuration ---------------------------------------------------------
 */

static void *
ngx_http_nf_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_nf_main_conf_t *mcf = ngx_pcalloc(cf->pool, sizeof(*mcf));

    if (mcf != NULL) {
        mcf->batch = NGX_CONF_UNSET;
    }
    return mcf;
}

static void *
ngx_http_nf_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_nf_loc_conf_t));
}

static char *
ngx_http_nf_face(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_nf_loc_conf_t *lcf = conf;
    ngx_http_nf_main_conf_t *mcf =
        ngx_http_conf_get_module_main_conf(cf, ngx_http_nf_module);
    ngx_http_core_loc_conf_t *clcf =
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (lcf->face != 0) {
        return (char *) "is a second face of this location";
    }
    for (size_t i = 0; i < sizeof(faces) / sizeof(faces[0]); i++) {
        if (ngx_strcmp(cmd->name.data, faces[i].directive) == 0) {
            lcf->face = faces[i].face;
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
static char *
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
    return NGX_CONF_OK;
}

/* The store itself may come later (workers try again); its directory not. */
static char *
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

static char *
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
        err = nf_settings_settle(mcf->settings, &fault);
    }
    return err == NF_OK ? NGX_CONF_OK
                        : ngx_http_nf_settings_failed(cf, &fault, err);
}

static nf_error_t
ngx_http_nf_templates_read(const struct nf_settings *settings,
                           nf_templates_t **out, struct nf_fault *fault)
{
    char shipped[NF_SETTING_MAX + sizeof("/templates")];

    ngx_snprintf((u_char *) shipped, sizeof(shipped), "%s/templates%Z",
                 settings->share_dir);
    return nf_templates_load(out, shipped, settings->templates_dir, fault);
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
        err = nf_settings_settle(mcf->settings, &fault);
    }
    return err == NF_OK ? NGX_CONF_OK
                        : ngx_http_nf_settings_failed(cf, &fault, err);
}

/* So that a broken template stops `nginx -t` and not a worker. */
static char *
ngx_http_nf_templates_test(ngx_conf_t *cf, const ngx_http_nf_main_conf_t *mcf)
{
    nf_templates_t *tried = NULL;
    struct nf_fault fault = {0};

    nf_error_t err = ngx_http_nf_templates_read(mcf->settings, &tried, &fault);
    if (err != NF_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "template %s: %s", fault.field,
                           fault.reason[0] != '\0' ? fault.reason
                                                   : nf_error_text(err));
        return NGX_CONF_ERROR;
    }
    nf_templates_free(tried);
    return NGX_CONF_OK;
}

static char *
ngx_http_nf_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_nf_main_conf_t *mcf = conf;

    ngx_conf_init_value(mcf->batch, NGX_HTTP_NF_BATCH_MAX);
    if (mcf->settings == NULL
        && ngx_http_nf_settings_default(cf, mcf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
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
    clcf->handler = from->face != 0            ? ngx_http_nf_handler
                    : from->files.data != NULL ? ngx_http_nf_files_handler
                                               : ngx_http_nf_agent_handler;
}

static char *
ngx_http_nf_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    const ngx_http_nf_loc_conf_t *prev = parent;
    ngx_http_nf_loc_conf_t *conf = child;
    ngx_http_core_loc_conf_t *clcf =
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    bool is_ours =
        prev->face != 0 || prev->files.data != NULL || prev->agent.data != NULL;

    if (clcf->noname && clcf->handler == NULL && is_ours) {
        ngx_http_nf_inherit(clcf, prev, conf);
    }
    if (conf->face != 0 && clcf->client_max_body_size >= NF_BODY_MAX) {
        /* The bound is libnf's, and so is the answer to a body above it. */
        clcf->client_max_body_size = 0;
    }
    return NGX_CONF_OK;
}

/* --- processes -------------------------------------------------------------
 */

static ngx_int_t
ngx_http_nf_init_module(ngx_cycle_t *cycle)
{
    (void) cycle;
    if (started == 0) {
        started = ngx_http_nf_now();
    }
    return NGX_OK;
}

/* Open what calls need; NULL, or what could not be had. */
static const char *
ngx_http_nf_open(const ngx_http_nf_main_conf_t *mcf, nf_error_t *err)
{
    struct nf_fault fault = {0};

    site.settings = mcf->settings;
    *err = nf_site_key_read(mcf->settings->key_file, site.key);
    if (*err != NF_OK) {
        return mcf->settings->key_file;
    }
    if (templates == NULL) {
        *err = ngx_http_nf_templates_read(mcf->settings, &templates, &fault);
        if (*err != NF_OK) {
            return "templates";
        }
        site.templates = templates;
    }
    *err = nf_store_open(&site.store, (char *) mcf->store.data);
    return *err != NF_OK ? (char *) mcf->store.data : NULL;
}

/*
 * A failure must not end the worker: the listening sockets would stay open
 * with nobody behind them.  Calls are answered 503 until it works.
 */
static void
ngx_http_nf_try(ngx_event_t *ev)
{
    ngx_cycle_t *cycle = ev->data;
    const ngx_http_nf_main_conf_t *mcf =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_nf_module);
    static const char *told;
    nf_error_t err;

    const char *failed = ngx_http_nf_open(mcf, &err);
    if (failed == NULL) {
        is_open = true;
        ngx_http_nf_bell_open(cycle);
        return;
    }
    if (failed != told) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, 0,
                      "nf: cannot open %s: %s, trying again every second",
                      failed, nf_error_text(err));
        told = failed;
    }
    ngx_add_timer(ev, RETRY_MS);
}

static ngx_int_t
ngx_http_nf_init_process(ngx_cycle_t *cycle)
{
    const ngx_http_nf_main_conf_t *mcf =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_nf_module);

    if ((ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
        || mcf == NULL || !mcf->is_used)
    {
        return NGX_OK;
    }
    ngx_http_nf_log_init(mcf->settings);
    ngx_http_nf_wait_init();
    ngx_http_nf_stream_init(cycle);
    if (ngx_http_nf_work_init(cycle, mcf) != NGX_OK) {
        return NGX_ERROR;
    }
    retry.handler = ngx_http_nf_try;
    retry.data = cycle;
    retry.log = cycle->log;
    retry.cancelable = 1;
    ngx_http_nf_try(&retry);
    return NGX_OK;
}

static void
ngx_http_nf_exit_process(ngx_cycle_t *cycle)
{
    (void) cycle;
    ngx_http_nf_bell_close();
    if (is_open && ngx_http_nf_work_is_idle()) {
        is_open = false;
        nf_store_close(site.store);
    }
}
