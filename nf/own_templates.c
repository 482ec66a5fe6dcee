#include "own_templates.h"

#include <stdio.h>
#include <unistd.h>

#include "render/config_templates.h"
#include "render/templates.h"
#include "say.h"

bool
nf_own_templates_check(const struct nf_settings *settings)
{
    char shipped[NF_SETTING_MAX + 16];
    nf_templates_t *templates = NULL;
    struct nf_fault fault = {0};
    struct nf_own own;

    if (access(settings->templates_dir, F_OK) != 0) {
        return true; /* ours are tested before they are shipped */
    }
    snprintf(shipped, sizeof(shipped), "%s/templates", settings->share_dir);
    nf_error_t err =
        nf_templates_load(&templates, shipped, settings->templates_dir, &fault);
    nf_templates_free(templates);
    if (err == NF_OK) {
        err = nf_config_templates_read(settings, &own, &fault);
        nf_own_free(&own);
    }
    if (err != NF_OK) {
        nf_say_fault("template", err, &fault);
    }
    return err == NF_OK;
}
