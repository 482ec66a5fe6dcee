#include "model/place_name.h"

/* Hundreds of names, but only when a profile is put. */
static bool
is_among(struct nf_text name, const char *names)
{
    struct nf_text rest = nf_text(names);

    while (rest.len > 0 && name.len > 0) {
        if (nf_text_equal(nf_text_cut(&rest, ' '), name)) {
            return true;
        }
    }
    return false;
}

bool
nf_place_is_zone(struct nf_text name)
{
    return is_among(name, nf_zone_names);
}

bool
nf_place_is_locale(struct nf_text name)
{
    return is_among(name, nf_locale_names);
}

bool
nf_place_is_keyboard(struct nf_text name)
{
    return is_among(name, nf_keyboard_names);
}
