#ifndef NF_MIRROR_H
#define NF_MIRROR_H

/*
 * NF_MIRROR_URL in nginx's words.
 */

#include "view.h"

/* Fill the view's mirror_ members and resolvers. */
void nf_mirror_fill(struct nf_conf_view *view, const char *setting);

#endif
