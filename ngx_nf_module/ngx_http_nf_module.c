/*
 * What nginx sees of the module: its directives and callbacks.
 */

#include "ngx_http_nf_conf.h"
#include "ngx_http_nf_process.h"
#include "ngx_http_nf_served.h"
#include "ngx_http_nf_told.h"

/* clang-format off */
#define NF_FACE(word)                                                         \
    {                                                                         \
        .name = ngx_string(word),                                             \
        .type = NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,                          \
        .set = ngx_http_nf_listener,                                              \
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

/* Handlers of nginx's log phase: it calls each, whatever another has returned.
 */
static ngx_int_t
ngx_http_nf_postconfiguration(ngx_conf_t *cf)
{
    static const ngx_http_handler_pt handlers[] = {ngx_http_nf_told,
                                                   ngx_http_nf_served};
    ngx_http_core_main_conf_t *cmcf =
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        ngx_http_handler_pt *handler =
            ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
        if (handler == NULL) {
            return NGX_ERROR;
        }
        *handler = handlers[i];
    }
    return NGX_OK;
}

static ngx_http_module_t ngx_http_nf_module_ctx = {
    .postconfiguration = ngx_http_nf_postconfiguration,
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
    .exit_master = ngx_http_nf_exit_master,
};
