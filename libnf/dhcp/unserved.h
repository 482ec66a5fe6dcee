#ifndef NF_DHCP_UNSERVED_H
#define NF_DHCP_UNSERVED_H

/*
 * Machines whose firmware asked for a boot file lately and was offered none,
 * as nf-reserve heard them: a file in NF_RUN_DIR, for `nf why`.  Such a machine
 * takes no address, so the store never hears of it.
 */

#include "dhcp/offer.h"

enum {
    NF_UNSERVED_MAX = 64
};

struct nf_unserved {
    struct nf_firmware firmware;
    nf_time_t asked_at;
};

/* Replace the file; at most NF_UNSERVED_MAX rows.  False: see errno. */
bool nf_unserved_put(const struct nf_settings *settings,
                     const struct nf_unserved *rows, size_t n);

/* The machine's row; false: it has none, or there is no file. */
bool nf_unserved_find(const struct nf_settings *settings, nf_mac_t mac,
                      struct nf_unserved *out);

#endif
