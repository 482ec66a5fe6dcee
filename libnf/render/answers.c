#include "render/answers.h"

static bool
has_image(const struct nf_profile *profile)
{
    return profile->image[0] != '\0';
}

static nf_error_t
choose(const struct nf_profile *profile, enum nf_answer answer,
       enum nf_template_id *id)
{
    if (profile == NULL) {
        return NF_NOT_FOUND;
    }
    if (answer == NF_ANSWER_IMAGE) {
        *id = NF_TEMPLATE_IMAGE;
        return has_image(profile) ? NF_OK : NF_NOT_FOUND;
    }
    *id =
        has_image(profile) ? NF_TEMPLATE_PRESEED_HANDOVER : NF_TEMPLATE_PRESEED;
    return profile->method == NF_METHOD_PRESEED ? NF_OK : NF_NOT_FOUND;
}

nf_error_t
nf_render_answer(const nf_templates_t *templates, const struct nf_view *view,
                 enum nf_answer answer, struct nf_out *out)
{
    struct nf_view_values values;
    enum nf_template_id id;
    nf_error_t err = choose(view->profile, answer, &id);

    if (!err) {
        err = nf_view_values(view, &values);
    }
    return err ? err
               : nf_template_render(nf_templates_get(templates, id),
                                    &values.root, out);
}
