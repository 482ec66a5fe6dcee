#ifndef NF_RENDER_H
#define NF_RENDER_H

/*
 * The configuration of the other programs, from their templates.
 */

#include "model/settings.h"

enum nf_rendered {
    NF_RENDERED_NGINX = 1 << 0,
    NF_RENDERED_DNSMASQ = 1 << 1,
    NF_RENDERED_MOSQUITTO = 1 << 2,
    NF_RENDERED_ACL = 1 << 3,
    NF_RENDERED_SETTINGS = 1 << 4,
    NF_RENDERED_WORKERS_ACL = 1 << 7,
};

/*
 * Write every file below the existing directory dir; *changed gets the set of
 * those whose content is new.  Nothing is written unless all can be rendered.
 * False: said why.
 */
bool nf_render_all(const struct nf_settings *settings, const char *dir,
                   unsigned *changed);

/* The same into NF_RUN_DIR, for `nf up`.  The operator's own templates are kept
 * when they have no fault; at a start those are used in the place of some that
 * have one. */
bool nf_render_run(const struct nf_settings *settings, bool is_start,
                   unsigned *changed);

#endif
