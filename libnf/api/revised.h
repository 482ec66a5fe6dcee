#ifndef NF_API_REVISED_H
#define NF_API_REVISED_H

/*
 * Objects that have a revision, which is their ETag: what a call says of one.
 * For the files of this folder.
 */

#include "api/reply.h"
#include "model/managed_device.h"
#include "json/field.h"

/* Answer with an object of this revision; 304 where the client has it. */
nf_error_t nf_revised_reply(struct nf_call *call, unsigned status,
                            uint64_t revision, const struct nf_out *out);

/* The name that the path has. */
nf_error_t nf_revised_name(struct nf_call *call,
                           char name[static NF_MANAGED_NAME]);

/* If-Match against what is there; of what is not, none fits. */
nf_error_t nf_revised_match(struct nf_call *call, struct nf_scope *scope,
                            bool has_old, uint64_t revision);

/* The body, a JSON object of these fields. */
nf_error_t nf_revised_read(struct nf_call *call,
                           const struct nf_json_field *fields, void *object);

#endif
