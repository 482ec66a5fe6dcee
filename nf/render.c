#include "render.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "render/config_templates.h"
#include "render/mustache.h"
#include "say.h"
#include "view.h"
#include "write.h"

enum {
    OUTPUT_MAX = 256 * 1024
};

static void print_settings(const struct nf_settings *s, struct nf_out *out);
static void print_client(const struct nf_settings *s, struct nf_out *out);

static const struct file {
    const char *name;
    mode_t mode;
    bool is_template;
    void (*print)(const struct nf_settings *s, struct nf_out *out); /* else */
} files[] = {
    /* clang-format off */
    { "nginx.conf",       0644, true, NULL },
    { "dnsmasq.conf",     0644, true, NULL },
    { "mosquitto.conf",   0644, true, NULL },
    { "mosquitto.acl",    0644, true, NULL },
    { "nodefoundry.conf", 0640, false, print_settings },
    { "pxelinux.cfg",     0644, true, NULL },
    { "grub.cfg",         0644, true, NULL },
    { "mosquitto-workers.acl", 0644, true, NULL },
    { "client.conf",      0644, false, print_client },
    /* clang-format on */
};

enum {
    FILES = sizeof(files) / sizeof(files[0])
};

static bool
read_shipped(const struct nf_settings *s, const char *name, char *data,
             size_t *len)
{
    char path[NF_SETTING_MAX + 128];

    snprintf(path, sizeof(path), "%s/config/%s", s->share_dir, name);
    if (nf_read_file(path, data, NF_TEMPLATE_MAX, len)) {
        return true;
    }
    nf_log(NF_LOG_ERR, "cannot read template %s: %s", path, strerror(errno));
    return false;
}

static bool
render_source(const struct nf_value *data, const char *name,
              struct nf_text source, struct nf_out *out)
{
    struct nf_fault fault = {0};
    nf_template_t *template = NULL;
    nf_error_t err =
        nf_template_new(&template, name, source, NF_ESCAPE_NONE, &fault);

    if (err == NF_OK) {
        err = nf_template_render(template, data, out);
    }
    if (err != NF_OK) {
        nf_say_fault(name, err, &fault);
    }
    nf_template_free(template);
    return err == NF_OK;
}

/* The operator's own template, or else the one that is shipped. */
static bool
render_template(const struct nf_settings *s, const struct nf_own *own,
                const struct nf_value *data, const char *file,
                struct nf_out *out)
{
    char name[NF_CONFIG_TEMPLATE_NAME], *shipped;
    struct nf_text source = {0};

    snprintf(name, sizeof(name), "%s.mustache", file);
    if (nf_own_find(own, name, &source)) {
        return render_source(data, name, source, out);
    }
    shipped = malloc(NF_TEMPLATE_MAX);
    bool is_done =
        shipped != NULL && read_shipped(s, name, shipped, &source.len);
    source.data = shipped;
    is_done = is_done && render_source(data, name, source, out);
    free(shipped);
    return is_done;
}

/* Our own programs reach the broker that is ours by loopback: what nodes do
 * not do is allowed there alone. */
static void
print_settings(const struct nf_settings *s, struct nf_out *out)
{
    const char *port = strrchr(s->mqtt_broker, ':');

    nf_out_puts(out,
                "# Written by `nf config render`; change the NF_* settings "
                "instead.\n");
    for (const struct nf_setting_row *row = nf_setting_rows; row->name != NULL;
         row++)
    {
        if (strcmp(row->name, "NF_MQTT_BROKER") == 0
            && nf_settings_broker_is_local(s)) {
            nf_out_printf(out, "%s=127.0.0.1%s\n", row->name, port);
            continue;
        }
        nf_out_printf(out, "%s=%s\n", row->name, nf_settings_get(s, row->name));
    }
}

/* For those who may not read the settings: where the API is, and no more. */
static void
print_client(const struct nf_settings *s, struct nf_out *out)
{
    bool is_here = s->http_addr[0] == ':';

    nf_out_printf(out,
                  "# Written by `nf up`, for everybody: where the API is.\n"
                  "NF_API=http://%s%s\n",
                  is_here ? "127.0.0.1" : "", s->http_addr);
}

static bool
render_files(const struct nf_settings *s, const struct nf_own *own,
             const char *dir, struct nf_out outs[static FILES])
{
    struct nf_conf_view *view = malloc(sizeof(*view));
    bool is_done = view != NULL;

    if (view == NULL) {
        nf_log(NF_LOG_ERR, "%s", nf_error_text(NF_NO_MEMORY));
        return false;
    }
    nf_view_fill(view, s, dir);
    struct nf_value data = nf_value_map(view->members, view->n);
    for (size_t i = 0; i < FILES && is_done; i++) {
        if (files[i].is_template) {
            is_done = render_template(s, own, &data, files[i].name, &outs[i]);
        } else {
            files[i].print(s, &outs[i]);
        }
    }
    free(view);
    return is_done;
}

static bool
write_files(const struct nf_settings *s, const char *dir,
            const struct nf_out outs[static FILES], unsigned *changed)
{
    struct passwd *user = getpwnam(s->user);
    gid_t group = user != NULL && geteuid() == 0 ? user->pw_gid : (gid_t) -1;

    for (size_t i = 0; i < FILES; i++) {
        char path[NF_SETTING_MAX + 64];
        bool is_new;

        snprintf(path, sizeof(path), "%s/%s", dir, files[i].name);
        if (!nf_write_file(path, nf_out_text(&outs[i]), files[i].mode, group,
                           &is_new)) {
            nf_log(NF_LOG_ERR, "cannot write %s: %s", path, strerror(errno));
            return false;
        }
        *changed |= is_new ? 1u << i : 0;
    }
    return true;
}

/* By these own templates.  *is_rendered: what failed is not theirs. */
static bool
render_by(const struct nf_settings *s, const struct nf_own *own,
          const char *dir, unsigned *changed, bool *is_rendered)
{
    char *memory = malloc((size_t) FILES * OUTPUT_MAX);
    struct nf_out outs[FILES];
    unsigned set = 0;

    *is_rendered = memory == NULL;
    if (memory == NULL) {
        nf_log(NF_LOG_ERR, "%s", nf_error_text(NF_NO_MEMORY));
        return false;
    }
    for (size_t i = 0; i < FILES; i++) {
        outs[i] = nf_out(memory + i * OUTPUT_MAX, OUTPUT_MAX);
    }
    *is_rendered = render_files(s, own, dir, outs);
    bool is_done = *is_rendered && write_files(s, dir, outs, &set);
    free(memory);
    if (is_done) {
        *changed = set;
    }
    return is_done;
}

static bool
render_own(const struct nf_settings *s, struct nf_own *own, const char *dir,
           unsigned *changed, bool *is_rendered)
{
    struct nf_fault fault = {0};
    nf_error_t err = nf_config_templates_read(s, own, &fault);

    *is_rendered = false;
    if (err != NF_OK) {
        nf_say_fault("template", err, &fault);
        return false;
    }
    return render_by(s, own, dir, changed, is_rendered);
}

bool
nf_render_all(const struct nf_settings *settings, const char *dir,
              unsigned *changed)
{
    struct nf_own own;
    bool is_rendered;
    bool is_done = render_own(settings, &own, dir, changed, &is_rendered);

    nf_own_free(&own);
    return is_done;
}

bool
nf_render_run(const struct nf_settings *settings, bool is_start,
              unsigned *changed)
{
    const char *dir = settings->run_dir;
    struct nf_own own;
    bool is_rendered;
    bool is_done = render_own(settings, &own, dir, changed, &is_rendered);

    if (is_done && !nf_config_templates_keep(settings, &own)) {
        nf_log(NF_LOG_WARNING,
               "own templates were not kept for the next start: %s",
               strerror(errno));
    }
    nf_own_free(&own);
    if (is_done || is_rendered || !is_start) {
        return is_done;
    }
    if (nf_config_templates_kept(settings, &own)) {
        nf_log(NF_LOG_WARNING, "the last own templates without a fault are "
                               "used for the configuration");
        is_done = render_by(settings, &own, dir, changed, &is_rendered);
    }
    nf_own_free(&own);
    return is_done;
}
