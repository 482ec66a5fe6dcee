#ifndef NF_OWN_TEMPLATES_H
#define NF_OWN_TEMPLATES_H

#include "model/settings.h"

/* Whether what nodes are served by can be read and has no fault; false: said
 * which file and line has one. */
bool nf_own_templates_check(const struct nf_settings *settings);

#endif
