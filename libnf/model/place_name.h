#ifndef NF_MODEL_PLACE_NAME_H
#define NF_MODEL_PLACE_NAME_H

/*
 * Where a machine stands: names that an installer must know, or it stops.
 */

#include <stdbool.h>

#include "base/text.h"

/* Lists, their words divided by blanks. */
extern const char nf_zone_names[];     /* Europe/Berlin */
extern const char nf_locale_names[];   /* de_DE.UTF-8 */
extern const char nf_keyboard_names[]; /* de */

bool nf_place_is_zone(struct nf_text name);
bool nf_place_is_locale(struct nf_text name);
bool nf_place_is_keyboard(struct nf_text name);

#endif
