#ifndef NF_FLOW_IPXE_H
#define NF_FLOW_IPXE_H

/*
 * iPXE's error numbers in words.  Their highest byte is the kind of error, by
 * numbers of iPXE's own; then come the file of its sources, a place in that,
 * and the firmware's number (https://ipxe.org/err).
 */

#include "base/text.h"

/* Before the number, in a step's error; after it comes a bracket. */
#define NF_IPXE_ERROR "(iPXE error "

/* Of a number as iPXE prints it: "0x2d0c613b", with or without "0x".  NULL:
 * it is none, or its kind says nothing to anybody. */
const char *nf_ipxe_words(struct nf_text number);

/* What is to be checked after such an error of a step, as part of a sentence;
 * NULL: whatever a fetch needs. */
const char *nf_ipxe_check(const char *error);

#endif
