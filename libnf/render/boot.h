#ifndef NF_RENDER_BOOT_H
#define NF_RENDER_BOOT_H

/*
 * The boot script: what a node's firmware does next.
 */

#include "base/out.h"
#include "render/templates.h"
#include "render/view.h"

enum {
    NF_BOOT_SCRIPT_MAX = 16384
};

/*
 * Append the script for view->node->boot, or the one for an unknown MAC.  An
 * install whose profile is not known becomes a stuck script that says so; one
 * without a token is NF_BUG.
 */
nf_error_t nf_render_boot(const nf_templates_t *templates,
                          const struct nf_view *view, struct nf_out *out);

#endif
