#ifndef NF_JSON_DEVICE_H
#define NF_JSON_DEVICE_H

/*
 * Documents of devices, who do not always write what RFC 8259 has.
 */

#include "base/arena.h"
#include "base/value.h"

/*
 * The object that a device answered: what is no UTF-8, and control characters,
 * are made '?', and numbers lose their fractions.  False: it is no object, has
 * more than max values, or there is no memory.
 */
bool nf_json_device(struct nf_text body, size_t max, nf_arena_t *arena,
                    struct nf_value *doc);

#endif
