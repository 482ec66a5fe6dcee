#include "render/config_templates.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "render/mustache.h"

enum {
    PLACE_BYTES = NF_SETTING_MAX + 32
};

const char *const nf_config_templates[] = {"nginx.conf.mustache",
                                           "dnsmasq.conf.mustache",
                                           "mosquitto.conf.mustache",
                                           "mosquitto.acl.mustache",
                                           "pxelinux.cfg.mustache",
                                           "grub.cfg.mustache",
                                           "mosquitto-workers.acl.mustache",
                                           NULL};

enum {
    NAMES = sizeof(nf_config_templates) / sizeof(nf_config_templates[0]) - 1
};

static nf_error_t
check(struct nf_text named, struct nf_text source, struct nf_fault *fault)
{
    char name[NF_CONFIG_TEMPLATE_NAME];
    nf_template_t *template = NULL;

    (void) nf_text_copy(name, sizeof(name), named);
    nf_error_t err =
        nf_template_new(&template, name, source, NF_ESCAPE_NONE, fault);
    nf_template_free(template);
    return err;
}

nf_error_t
nf_config_templates_read(const struct nf_settings *settings, struct nf_own *own,
                         struct nf_fault *fault)
{
    struct nf_text name, source;
    size_t at = 0;
    nf_error_t err = nf_own_read_named(own, settings->templates_dir,
                                       nf_config_templates, NAMES, fault);

    while (err == NF_OK && nf_own_next(own, &at, &name, &source)) {
        err = check(name, source, fault);
    }
    return err;
}

static void
find_place(const struct nf_settings *settings, char place[static PLACE_BYTES])
{
    snprintf(place, PLACE_BYTES, "%s-config-templates", settings->db_path);
}

bool
nf_config_templates_kept(const struct nf_settings *settings, struct nf_own *own)
{
    char place[PLACE_BYTES];

    find_place(settings, place);
    return nf_own_load_ours(own, place); /* root starts programs by them */
}

bool
nf_config_templates_keep(const struct nf_settings *settings,
                         const struct nf_own *own)
{
    struct nf_text name, source;
    char place[PLACE_BYTES];
    size_t at = 0;

    find_place(settings, place);
    if (!nf_own_next(own, &at, &name, &source)) {
        return unlink(place) == 0 || errno == ENOENT;
    }
    return nf_own_save(own, place);
}
