#include "render/answers.h"

#include "render/shown.h"

static bool
has_image(const struct nf_profile *profile)
{
    return profile->image[0] != '\0';
}

/* Which method asks for it, and what is rendered; the order is for any: our
 * agent helps other installers too. */
static const struct answer {
    enum nf_method method;
    enum nf_template_id id;
    bool may_be_own; /* a profile's "templates": {"answer"} stands for it */
} answers[] = {
    /* clang-format off */
    [NF_ANSWER_PRESEED]     = {NF_METHOD_PRESEED,     NF_TEMPLATE_PRESEED,          true},
    [NF_ANSWER_IMAGE]       = {NF_METHOD_IMAGE,       NF_TEMPLATE_IMAGE,            true},
    [NF_ANSWER_AUTOINSTALL] = {NF_METHOD_AUTOINSTALL, NF_TEMPLATE_AUTOINSTALL,      true},
    [NF_ANSWER_META]        = {NF_METHOD_AUTOINSTALL, NF_TEMPLATE_AUTOINSTALL_META, false},
    [NF_ANSWER_KICKSTART]   = {NF_METHOD_KICKSTART,   NF_TEMPLATE_KICKSTART,        true},
    /* clang-format on */
};

nf_error_t
nf_render_answer(const nf_templates_t *templates, const struct nf_view *view,
                 enum nf_answer answer, struct nf_out *out)
{
    const struct answer *a = &answers[answer];
    const struct nf_profile *profile = view->profile;
    struct nf_view_values values;
    enum nf_template_id id = a->id;

    if (profile == NULL
        || (answer != NF_ANSWER_IMAGE && profile->method != a->method))
    {
        return NF_NOT_FOUND;
    }
    if (answer == NF_ANSWER_PRESEED && has_image(profile)) {
        id = NF_TEMPLATE_PRESEED_HANDOVER;
    }
    if (view->arena == NULL) {
        return NF_BUG; /* half of the answer would be missing */
    }
    bool may_be_own = a->may_be_own && profile->method == a->method;
    nf_error_t err = nf_view_values(view, NF_VIEW_ALL, &values);
    return err ? err
               : nf_render_shown(templates, id, may_be_own ? "answer" : NULL,
                                 &values, out);
}
