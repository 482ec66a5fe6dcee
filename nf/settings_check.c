#include "settings_check.h"

#include "base/log.h"
#include "interface.h"
#include "model/profile.h"
#include "store/profiles.h"
#include "store/store.h"

static bool
has_interface(const struct nf_settings *s)
{
    char names[256];

    if (s->interface[0] == '\0' || nf_interface_exists(s->interface)) {
        return true;
    }
    nf_interface_names(names, sizeof(names));
    nf_log(NF_LOG_ERR,
           "NF_DHCP_INTERFACE names %s, and this machine has no such "
           "interface: it has %s",
           s->interface, names);
    return false;
}

/* Profiles of an operator are in the store; before there is one, the shipped
 * ones are all. */
static bool
is_profile(const struct nf_settings *s)
{
    nf_store_t *store = NULL;

    if (nf_profile_find(s->default_profile) != NULL) {
        return true;
    }
    nf_error_t err = nf_store_open_as_is(&store, s->db_path);
    if (err != NF_OK) {
        return err != NF_NOT_FOUND; /* what cannot be read has other words */
    }
    struct nf_profile profile;
    bool is_there;
    {
        NF_READ(r, store);
        is_there =
            nf_profiles_get(&r, s->default_profile, &profile) || r.err != NF_OK;
    }
    nf_store_close(store);
    return is_there;
}

static bool
has_default_profile(const struct nf_settings *s)
{
    if (is_profile(s)) {
        return true;
    }
    nf_log(NF_LOG_ERR,
           "NF_DEFAULT_PROFILE names %s, and there is no such profile: `nf "
           "profiles list` has all, `nf profiles put` adds one",
           s->default_profile);
    return false;
}

unsigned
nf_settings_count_missing(const struct nf_settings *settings)
{
    bool (*const all[])(const struct nf_settings *) = {has_interface,
                                                       has_default_profile};
    unsigned n = 0;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        n += !all[i](settings);
    }
    return n;
}
