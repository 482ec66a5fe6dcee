#ifndef NF_RELAY_RESOLVE_H
#define NF_RELAY_RESOLVE_H

/*
 * Finding the addresses of a name, which may take seconds when no DNS server
 * answers, on a thread of its own.
 */

#include <stdatomic.h>
#include <stdbool.h>

enum {
    NF_RESOLVE_MAX = 8,      /* addresses of one name */
    NF_RESOLVE_ADDRESS = 72, /* with the zone of a link's own */
};

struct nf_resolve {
    const char *host; /* set by the owner, and stays */
    atomic_bool is_running;
    unsigned n; /* while it is not running */
    char addresses[NF_RESOLVE_MAX][NF_RESOLVE_ADDRESS];
};

/* Begin, unless it runs; what was found before is forgotten.  False: there can
 * be no thread. */
bool nf_resolve_start(struct nf_resolve *resolve);

/* Whether the answer is still awaited; then nothing else may be looked at. */
bool nf_resolve_is_running(const struct nf_resolve *resolve);

/* One of the addresses found, another for the next nth; NULL: none. */
const char *nf_resolve_address(const struct nf_resolve *resolve, unsigned nth);

#endif
