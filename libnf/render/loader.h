#ifndef NF_RENDER_LOADER_H
#define NF_RENDER_LOADER_H

/*
 * What boot loaders other than iPXE read: PXELINUX its file by TFTP, GRUB its
 * file by TFTP or HTTP.
 */

#include "base/out.h"
#include "render/templates.h"
#include "render/view.h"

enum nf_loader {
    NF_LOADER_PXELINUX,
    NF_LOADER_GRUB
};

enum {
    NF_LOADER_FILE_MAX = 4096,
    NF_LOADER_PATH = 64
};

/*
 * What a node's files say; task is its latest, or NULL.  From boot_config on,
 * since they must be there when the machine starts; before that nothing, for
 * what a file holds is for whoever reads TFTP.
 */
enum nf_node_boot nf_loader_boot_for(const struct nf_node *node,
                                     const struct nf_task *task);

/* Whether there is a file of its own for this: else the default one serves. */
bool nf_loader_has_file(enum nf_loader loader, enum nf_node_boot boot,
                        const struct nf_task *task);

/* "pxelinux.cfg/01-52-54-00-00-00-01" or "grub/01-52:54:00:00:00:01.cfg",
 * below the TFTP root: the spellings that the loaders themselves have, of the
 * card that they were booted by. */
void nf_loader_path(enum nf_loader loader, nf_mac_t card,
                    char path[static NF_LOADER_PATH]);

/*
 * Append the file.  view->loader_root "" means the loader's own root (TFTP).
 * A boot that this loader cannot do becomes a file that says so and waits.
 */
nf_error_t nf_render_loader(const nf_templates_t *templates,
                            const struct nf_view *view, enum nf_loader loader,
                            enum nf_node_boot boot, struct nf_out *out);

#endif
