#ifndef NF_RENDER_CONFIG_TEMPLATES_H
#define NF_RENDER_CONFIG_TEMPLATES_H

/*
 * Templates of the configuration of nginx, dnsmasq and mosquitto that an
 * operator has in the place of ours.
 */

#include "model/settings.h"
#include "render/own.h"

enum {
    NF_CONFIG_TEMPLATE_NAME = 64
};

/* "nginx.conf.mustache"; NULL after the last. */
extern const char *const nf_config_templates[];

/* Those that there are, checked.  NF_INVALID: fault has name and line.  Free it
 * in any case. */
nf_error_t nf_config_templates_read(const struct nf_settings *settings,
                                    struct nf_own *own, struct nf_fault *fault);

/* What was kept of them beside the store; false: nothing.  Free it in any
 * case. */
bool nf_config_templates_kept(const struct nf_settings *settings,
                              struct nf_own *own);

/* Keep them for the next start.  False: see errno. */
bool nf_config_templates_keep(const struct nf_settings *settings,
                              const struct nf_own *own);

#endif
