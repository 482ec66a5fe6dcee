#include "render.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
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

/* The operator's own template, or else the one that is shipped. */
static bool
read_template(const struct nf_settings *s, const char *name, char *data,
              size_t *len)
{
    char path[NF_SETTING_MAX + 64];

    snprintf(path, sizeof(path), "%s/%s.mustache", s->templates_dir, name);
    if (nf_read_file(path, data, NF_TEMPLATE_MAX, len)) {
        return true;
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        snprintf(path, sizeof(path), "%s/config/%s.mustache", s->share_dir,
                 name);
        if (nf_read_file(path, data, NF_TEMPLATE_MAX, len)) {
            return true;
        }
    }
    nf_log(NF_LOG_ERR, "cannot read template %s: %s", path, strerror(errno));
    return false;
}

static bool
render_template(const struct nf_settings *s, const struct nf_value *data,
                const char *name, struct nf_out *out)
{
    char *source = malloc(NF_TEMPLATE_MAX);
    struct nf_fault fault = {0};
    nf_template_t *template = NULL;
    size_t len = 0;

    if (source == NULL || !read_template(s, name, source, &len)) {
        free(source);
        return false;
    }
    nf_error_t err = nf_template_new(
        &template, name, (struct nf_text){source, len}, NF_ESCAPE_NONE, &fault);
    if (err == NF_OK) {
        err = nf_template_render(template, data, out);
    }
    if (err != NF_OK) {
        nf_say_fault(name, err, &fault);
    }
    nf_template_free(template);
    free(source);
    return err == NF_OK;
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
render_files(const struct nf_settings *s, const char *dir,
             struct nf_out outs[static FILES])
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
            is_done = render_template(s, &data, files[i].name, &outs[i]);
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

bool
nf_render_all(const struct nf_settings *settings, const char *dir,
              unsigned *changed)
{
    char *memory = malloc((size_t) FILES * OUTPUT_MAX);
    struct nf_out outs[FILES];
    unsigned set = 0;

    if (memory == NULL) {
        nf_log(NF_LOG_ERR, "%s", nf_error_text(NF_NO_MEMORY));
        return false;
    }
    for (size_t i = 0; i < FILES; i++) {
        outs[i] = nf_out(memory + i * OUTPUT_MAX, OUTPUT_MAX);
    }
    bool is_done = render_files(settings, dir, outs)
                   && write_files(settings, dir, outs, &set);
    free(memory);
    if (is_done) {
        *changed = set;
    }
    return is_done;
}
