#ifndef NF_RENDER_SHOWN_H
#define NF_RENDER_SHOWN_H

/*
 * Rendering a file or what a profile has in its place.  For the files of this
 * folder.
 */

#include "render/templates.h"
#include "render/view.h"

/*
 * Append what the profile's own template of this name comes to ("boot",
 * "answer"; NULL: none is asked for), or else the file id.  NF_INVALID: its
 * own can no longer be parsed, since a partial went away.
 */
nf_error_t nf_render_shown(const nf_templates_t *templates,
                           enum nf_template_id id, const char *own,
                           const struct nf_view_values *values,
                           struct nf_out *out);

#endif
