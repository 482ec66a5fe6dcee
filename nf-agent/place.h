#ifndef NF_AGENT_PLACE_H
#define NF_AGENT_PLACE_H

/*
 * Where a machine stands, in the files of its new system: time zone, language
 * and keyboard.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    NF_ZONE_SIZE = 64,
    NF_LOCALE_SIZE = 48,
};

/* An empty one leaves the system's own. */
struct nf_place {
    char zone[NF_ZONE_SIZE];       /* a file below /usr/share/zoneinfo */
    char locale[NF_LOCALE_SIZE];   /* de_DE.UTF-8 */
    char keyboard[NF_LOCALE_SIZE]; /* a layout of X: de */
};

/* From the members of an order; NULL, or the one that is wrong. */
const char *nf_place_read(const json_t *order, struct nf_place *place);

/*
 * Writes them into the system whose root is open, and which is at directory: a
 * locale that it does not have is made by its own localedef.  False and a
 * sentence when it does not know such a zone or locale.
 */
bool nf_place_write(const struct nf_place *place, int root,
                    const char *directory, char *fault, size_t size);

#endif
