#include "render/boot.h"

static enum nf_template_id
choose_install(const struct nf_profile *profile)
{
    if (profile == NULL) {
        return NF_TEMPLATE_BOOT_STUCK;
    }
    return profile->method == NF_METHOD_IMAGE
               ? NF_TEMPLATE_BOOT_INSTALL_IMAGE
               : NF_TEMPLATE_BOOT_INSTALL_PRESEED;
}

/* Scripts that lead to answers, which are refused without a token. */
static bool
needs_token(enum nf_node_boot boot)
{
    return boot == NF_BOOT_INSTALL || boot == NF_BOOT_AGENT;
}

static enum nf_template_id
choose_wait(const struct nf_view *view)
{
    return strcmp(view->settings->discovery_mode, "agent") == 0
               ? NF_TEMPLATE_BOOT_AGENT
               : NF_TEMPLATE_BOOT_WAIT;
}

static enum nf_template_id
choose(const struct nf_view *view)
{
    if (view->node == NULL) {
        return NF_TEMPLATE_BOOT_UNKNOWN;
    }
    enum nf_node_boot boot = view->node->boot;
    if (view->node->bootfile[0] != '\0'
        && (needs_token(boot) || boot == NF_BOOT_WAIT))
    {
        return NF_TEMPLATE_BOOT_BOOTFILE;
    }
    switch (boot) {
    case NF_BOOT_WAIT:
        return choose_wait(view);
    case NF_BOOT_INSTALL:
        return choose_install(view->profile);
    case NF_BOOT_AGENT:
        return NF_TEMPLATE_BOOT_AGENT;
    case NF_BOOT_LOCAL:
        return NF_TEMPLATE_BOOT_LOCAL;
    case NF_BOOT_STUCK:
        break;
    }
    return NF_TEMPLATE_BOOT_STUCK;
}

nf_error_t
nf_render_boot(const nf_templates_t *templates, const struct nf_view *view,
               struct nf_out *out)
{
    struct nf_view_values values;
    struct nf_view shown = *view;
    enum nf_template_id id = choose(view);

    if (id == NF_TEMPLATE_BOOT_STUCK && view->reason.len == 0) {
        shown.reason = view->node->boot == NF_BOOT_INSTALL
                           ? NF_TEXT("its profile is not known")
                           : NF_TEXT("it has no task");
    }
    if (view->node != NULL && needs_token(view->node->boot)
        && id != NF_TEMPLATE_BOOT_STUCK && view->token.len == 0)
    {
        return NF_BUG; /* its answers would be refused */
    }
    nf_error_t err = nf_view_values(&shown, &values);
    return err ? err
               : nf_template_render(nf_templates_get(templates, id),
                                    &values.root, out);
}
