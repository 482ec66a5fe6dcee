#include "render/boot.h"

#include "render/shown.h"

static enum nf_template_id
choose_install(const struct nf_profile *profile)
{
    if (profile == NULL) {
        return NF_TEMPLATE_BOOT_STUCK;
    }
    static const enum nf_template_id by_method[] = {
        [NF_METHOD_PRESEED] = NF_TEMPLATE_BOOT_INSTALL_PRESEED,
        [NF_METHOD_IMAGE] = NF_TEMPLATE_BOOT_INSTALL_IMAGE,
        [NF_METHOD_AUTOINSTALL] = NF_TEMPLATE_BOOT_INSTALL_AUTOINSTALL,
        [NF_METHOD_KICKSTART] = NF_TEMPLATE_BOOT_INSTALL_KICKSTART,
    };

    return by_method[profile->method];
}

static bool
is_install(enum nf_template_id id)
{
    return id == NF_TEMPLATE_BOOT_INSTALL_PRESEED
           || id == NF_TEMPLATE_BOOT_INSTALL_IMAGE
           || id == NF_TEMPLATE_BOOT_INSTALL_AUTOINSTALL
           || id == NF_TEMPLATE_BOOT_INSTALL_KICKSTART;
}

/* Its profile wants a static network, and nobody has said which. */
static bool
lacks_address(const struct nf_view_values *values)
{
    const struct nf_value *network =
        nf_value_member(&values->document, "network");
    const struct nf_value *address = nf_value_member(&values->root, "network");

    return nf_text_equal(nf_value_member_text(network, "method"),
                         NF_TEXT("static"))
           && address != NULL && address->kind == NF_VALUE_FALSE;
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
    if (is_install(id) && view->arena == NULL) {
        return NF_BUG; /* it would not know its kernel */
    }
    /* What a profile brings along may use anything. */
    uint64_t wanted = is_install(id)
                          ? NF_VIEW_ALL
                          : nf_template_uses(nf_templates_get(templates, id));
    nf_error_t err = nf_view_values(&shown, wanted, &values);
    if (!err && is_install(id) && lacks_address(&values)) {
        shown.reason = NF_TEXT("its network is static, and it has no address");
        id = NF_TEMPLATE_BOOT_STUCK;
        err = nf_view_values(&shown, NF_VIEW_ALL, &values);
    }
    if (!err && is_install(id) && nf_view_cannot_tag(view, &values)) {
        shown.reason = nf_view_no_tag;
        id = NF_TEMPLATE_BOOT_STUCK;
        err = nf_view_values(&shown, NF_VIEW_ALL, &values);
    }
    return err ? err
               : nf_render_shown(templates, id, is_install(id) ? "boot" : NULL,
                                 &values, out);
}
