#ifndef NF_RENDER_TEMPLATES_H
#define NF_RENDER_TEMPLATES_H

/*
 * The shipped templates, each of which an operator may replace by a file of
 * the same name.  docs/templates.md lists them and their variables.
 */

#include "model/settings.h"
#include "render/mustache.h"

/* clang-format off */
#define NF_TEMPLATES(X)                                         \
    X(BOOT_UNKNOWN,         "boot/unknown.ipxe")                \
    X(BOOT_WAIT,            "boot/wait.ipxe")                   \
    X(BOOT_STUCK,           "boot/stuck.ipxe")                  \
    X(BOOT_LOCAL,           "boot/local.ipxe")                  \
    X(BOOT_AGENT,           "boot/agent.ipxe")                  \
    X(BOOT_BOOTFILE,        "boot/bootfile.ipxe")               \
    X(BOOT_INSTALL_PRESEED, "boot/install-preseed.ipxe")        \
    X(BOOT_INSTALL_IMAGE,   "boot/install-image.ipxe")          \
    X(BOOT_INSTALL_AUTOINSTALL, "boot/install-autoinstall.ipxe") \
    X(BOOT_INSTALL_KICKSTART, "boot/install-kickstart.ipxe")    \
    X(AUTOINSTALL,          "answers/user-data")                \
    X(AUTOINSTALL_META,     "answers/meta-data")                \
    X(KICKSTART,            "answers/kickstart.cfg")            \
    X(PXELINUX_AGENT,       "pxelinux/agent.cfg")               \
    X(PXELINUX_INSTALL,     "pxelinux/install.cfg")             \
    X(PXELINUX_LOCAL,       "pxelinux/local.cfg")               \
    X(PXELINUX_WAIT,        "pxelinux/wait.cfg")                \
    X(GRUB_AGENT,           "grub/agent.cfg")                   \
    X(GRUB_PRESEED,         "grub/install-preseed.cfg")         \
    X(GRUB_AUTOINSTALL,     "grub/install-autoinstall.cfg")     \
    X(GRUB_KICKSTART,       "grub/install-kickstart.cfg")       \
    X(GRUB_LOCAL,           "grub/local.cfg")                   \
    X(GRUB_WAIT,            "grub/wait.cfg")                    \
    X(GRUB_STUCK,           "grub/stuck.cfg")                   \
    X(PRESEED,              "answers/preseed.cfg")              \
    X(PRESEED_HANDOVER,     "answers/preseed-handover.cfg")     \
    X(IMAGE,                "answers/image.json")
/* clang-format on */

enum nf_template_id {
#define X(id, file) NF_TEMPLATE_##id,
    NF_TEMPLATES(X)
#undef X
    NF_TEMPLATE_IDS,
};

typedef struct nf_templates nf_templates_t;

/*
 * Read them all.  override_dir may be NULL or not exist.  A missing shipped
 * file and a faulty one of either place are faults that name the file (in
 * field) and the line; an override is never passed over in silence.
 */
nf_error_t nf_templates_load(nf_templates_t **templates,
                             const char *shipped_dir, const char *override_dir,
                             struct nf_fault *fault);

/*
 * Those of the settings, for who has to go on: where one of the operator's has
 * a fault, all of his are as they were when they last had none.  Then NF_OK
 * too, and fault says what is wrong; else fault->field is "".
 */
nf_error_t nf_templates_open(nf_templates_t **templates,
                             const struct nf_settings *settings,
                             struct nf_fault *fault);

/* Check those of the settings, and when they have no fault keep the operator's
 * beside the store for nf_templates_open().  NF_IO: they cannot be kept, see
 * errno. */
nf_error_t nf_templates_keep(const struct nf_settings *settings,
                             struct nf_fault *fault);

/* NULL is allowed. */
void nf_templates_free(nf_templates_t *templates);

/*
 * Parse a text that belongs to no file: it is linked to the partials of the
 * set and checked as its files are.  The caller frees it.  NF_INVALID: fault
 * has field and line.
 */
nf_error_t nf_templates_parse(const nf_templates_t *templates,
                              const char *field, struct nf_text source,
                              nf_template_t **template, struct nf_fault *fault);

/* Borrowed: lives as long as templates. */
const nf_template_t *nf_templates_get(const nf_templates_t *templates,
                                      enum nf_template_id id);

#endif
