#ifndef NF_RENDER_ANSWERS_H
#define NF_RENDER_ANSWERS_H

/*
 * Answer files: what an installer reads instead of asking.  They carry the
 * token of their attempt; who may have one is decided before this.
 */

#include "base/out.h"
#include "render/templates.h"
#include "render/view.h"

enum {
    NF_ANSWER_MAX = 262144 /* a profile, its scripts in base64 */
};

enum nf_answer {
    NF_ANSWER_PRESEED, /* of a profile with an image: hands over to the agent */
    NF_ANSWER_IMAGE,   /* nf-agent's order, whatever the method is */
    NF_ANSWER_AUTOINSTALL, /* cloud-init's user-data */
    NF_ANSWER_META,        /* and its meta-data */
    NF_ANSWER_KICKSTART,
};

/*
 * Append the answer.  NF_NOT_FOUND: the profile has none of this kind; an
 * image profile has no preseed.
 */
nf_error_t nf_render_answer(const nf_templates_t *templates,
                            const struct nf_view *view, enum nf_answer answer,
                            struct nf_out *out);

#endif
