#ifndef NF_JSON_PLACE_H
#define NF_JSON_PLACE_H

/*
 * Where in a document a byte stands, for what no parser gets past.
 */

#include "base/text.h"

/* As "hardware.disks[3].model", cut to the size; empty: in no member.  The
 * document need not be well-formed. */
void nf_json_place(struct nf_text text, size_t at, char *place, size_t size);

/* The first byte that is not UTF-8; text.len when all is. */
size_t nf_json_bad_byte(struct nf_text text);

#endif
