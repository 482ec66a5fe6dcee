#ifndef NF_JSON_PARSE_H
#define NF_JSON_PARSE_H

/*
 * From bytes to jansson's tree.  For the files of this folder.
 */

#include <jansson.h>

#include "base/error.h"
#include "base/text.h"

/* flags are jansson's, beside JSON_REJECT_DUPLICATES; *json is the caller's
 * to free.  NF_INVALID: not well-formed, or nested more than 16 deep. */
nf_error_t nf_json_parse(struct nf_text text, size_t flags, json_t **json,
                         struct nf_fault *fault);

#endif
