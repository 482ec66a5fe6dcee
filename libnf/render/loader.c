#include "render/loader.h"

#include <stdio.h>

#include "flow/task.h"

static bool
has_turn(const struct nf_task *task)
{
    const struct nf_step *step = nf_task_find_step(task, NF_STEP_BOOT_CONFIG);

    return step == NULL || step->started != 0;
}

/* As the boot script says, but for the steps between the files and the boot:
 * those are about to restart the machine. */
static enum nf_node_boot
boot_by_task(const struct nf_task *task)
{
    enum nf_node_boot boot = nf_node_boot_for(NF_NODE_INSTALLING, task);

    if (!has_turn(task)) {
        return NF_BOOT_STUCK;
    }
    if (boot == NF_BOOT_STUCK && (task->flags & NF_TASK_HAS_HARDWARE)) {
        return NF_BOOT_AGENT;
    }
    if (boot == NF_BOOT_STUCK || boot == NF_BOOT_INSTALL) {
        return task->flags & NF_TASK_HAS_IMAGE ? NF_BOOT_AGENT
                                               : NF_BOOT_INSTALL;
    }
    return boot;
}

enum nf_node_boot
nf_loader_boot_for(const struct nf_node *node, const struct nf_task *task)
{
    if (task != NULL && nf_task_is_live(task)
        && task->status != NF_TASK_PENDING) {
        return boot_by_task(task);
    }
    return node->boot == NF_BOOT_LOCAL ? NF_BOOT_LOCAL : NF_BOOT_WAIT;
}

bool
nf_loader_has_file(enum nf_loader loader, enum nf_node_boot boot,
                   const struct nf_task *task)
{
    if (boot == NF_BOOT_WAIT || boot == NF_BOOT_STUCK) {
        return false;
    }
    return loader == NF_LOADER_GRUB
           || (task != NULL && nf_task_is_live(task)
               && !(task->flags & NF_TASK_NO_PXE));
}

void
nf_loader_path(enum nf_loader loader, nf_mac_t card,
               char path[static NF_LOADER_PATH])
{
    char text[NF_MAC_COLONS];
    bool is_grub = loader == NF_LOADER_GRUB;

    nf_mac_format_divided(card, is_grub ? ':' : '-', text);
    snprintf(path, NF_LOADER_PATH,
             is_grub ? "grub/01-%s.cfg" : "pxelinux.cfg/01-%s", text);
}

/* clang-format off */
static const enum nf_template_id templates_of[2][5] = {
    [NF_LOADER_PXELINUX] = {
        [NF_BOOT_INSTALL] = NF_TEMPLATE_PXELINUX_INSTALL,
        [NF_BOOT_AGENT]   = NF_TEMPLATE_PXELINUX_AGENT,
        [NF_BOOT_LOCAL]   = NF_TEMPLATE_PXELINUX_LOCAL,
        [NF_BOOT_WAIT]    = NF_TEMPLATE_PXELINUX_WAIT,
        [NF_BOOT_STUCK]   = NF_TEMPLATE_PXELINUX_WAIT,
    },
    [NF_LOADER_GRUB] = {
        [NF_BOOT_INSTALL] = NF_TEMPLATE_GRUB_STUCK,
        [NF_BOOT_AGENT]   = NF_TEMPLATE_GRUB_AGENT,
        [NF_BOOT_LOCAL]   = NF_TEMPLATE_GRUB_LOCAL,
        [NF_BOOT_WAIT]    = NF_TEMPLATE_GRUB_WAIT,
        [NF_BOOT_STUCK]   = NF_TEMPLATE_GRUB_STUCK,
    },
};
/* clang-format on */

/* What GRUB can start by itself; its kernel comes before it, by HTTP or as a
 * boot file. */
static const enum nf_template_id grub_installers[] = {
    [NF_METHOD_PRESEED] = NF_TEMPLATE_GRUB_PRESEED,
    [NF_METHOD_IMAGE] = NF_TEMPLATE_GRUB_STUCK,
    [NF_METHOD_AUTOINSTALL] = NF_TEMPLATE_GRUB_AUTOINSTALL,
    [NF_METHOD_KICKSTART] = NF_TEMPLATE_GRUB_KICKSTART,
};

static bool
is_grub_installer(const struct nf_view *view, enum nf_loader loader,
                  enum nf_node_boot boot)
{
    return loader == NF_LOADER_GRUB && boot == NF_BOOT_INSTALL
           && view->profile != NULL && view->arena != NULL;
}

/* Debian's own stands on the mirror. */
static bool
can_load(const struct nf_view *view, const struct nf_view_values *values)
{
    const struct nf_value *install = nf_value_member(&values->root, "install");

    return (view->profile->method == NF_METHOD_PRESEED
            && view->loader_root.len > 0)
           || (nf_value_member_text(install, "kernel_path").len > 0
               && nf_value_member_text(install, "initrd_path").len > 0);
}

/* nf-agent writes it, by whatever iPXE would have started. */
static bool
has_image(const struct nf_view *view)
{
    return view->profile != NULL && view->profile->image[0] != '\0';
}

nf_error_t
nf_render_loader(const nf_templates_t *templates, const struct nf_view *view,
                 enum nf_loader loader, enum nf_node_boot boot,
                 struct nf_out *out)
{
    struct nf_view_values values;
    struct nf_view shown = *view;

    if (boot == NF_BOOT_INSTALL && has_image(view)) {
        boot = NF_BOOT_AGENT;
    }
    enum nf_template_id id = templates_of[loader][boot];
    bool is_installer = is_grub_installer(view, loader, boot);
    if (is_installer) {
        id = grub_installers[view->profile->method];
    }
    if (loader == NF_LOADER_GRUB && boot == NF_BOOT_WAIT
        && strcmp(view->settings->discovery_mode, "agent") == 0)
    {
        id = templates_of[loader][NF_BOOT_AGENT];
    }
    if (id == NF_TEMPLATE_GRUB_STUCK && view->reason.len == 0) {
        shown.reason = NF_TEXT("its installer needs iPXE");
    }
    if ((boot == NF_BOOT_AGENT || boot == NF_BOOT_INSTALL)
        && view->token.len == 0) {
        return NF_BUG; /* what it leads to would be refused */
    }
    const nf_template_t *template = nf_templates_get(templates, id);
    nf_error_t err =
        nf_view_values(&shown, nf_template_uses(template), &values);
    bool is_untold = is_installer && !err && nf_view_cannot_tag(view, &values);
    if (!err && is_installer && (is_untold || !can_load(view, &values))) {
        shown.reason = is_untold
                           ? nf_view_no_tag
                           : NF_TEXT("its installer needs iPXE, or kernel and "
                                     "initrd among the boot files");
        template = nf_templates_get(templates, NF_TEMPLATE_GRUB_STUCK);
        err = nf_view_values(&shown, nf_template_uses(template), &values);
    }
    return err ? err : nf_template_render(template, &values.root, out);
}
