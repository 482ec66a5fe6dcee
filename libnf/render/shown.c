#include "render/shown.h"

static nf_error_t
render_own(const nf_templates_t *templates, struct nf_text source,
           const struct nf_view_values *values, struct nf_out *out)
{
    nf_template_t *parsed = NULL;
    struct nf_fault fault;
    nf_error_t err =
        nf_templates_parse(templates, "templates", source, &parsed, &fault);

    if (!err) {
        err = nf_template_render(parsed, &values->root, out);
    }
    nf_template_free(parsed);
    return err;
}

nf_error_t
nf_render_shown(const nf_templates_t *templates, enum nf_template_id id,
                const char *own, const struct nf_view_values *values,
                struct nf_out *out)
{
    const struct nf_value *own_ones =
        nf_value_member(&values->document, "templates");
    struct nf_text source =
        own == NULL ? NF_TEXT("") : nf_value_member_text(own_ones, own);

    return source.len > 0 ? render_own(templates, source, values, out)
                          : nf_template_render(nf_templates_get(templates, id),
                                               &values->root, out);
}
