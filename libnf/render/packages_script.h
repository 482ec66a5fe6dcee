#ifndef NF_RENDER_PACKAGES_SCRIPT_H
#define NF_RENDER_PACKAGES_SCRIPT_H

/*
 * What nf-agent runs in a written image, in front of the profile's own scripts,
 * to add the profile's packages.
 */

#include "render/build.h"

/* Of Debian's suite, by the mirror that server passes on: a node in RAM may
 * reach nothing else.  Empty where the document has no packages. */
struct nf_text nf_packages_script(struct nf_build *build, struct nf_text server,
                                  const struct nf_value *document);

#endif
