#ifndef NF_MODEL_MEMBER_H
#define NF_MODEL_MEMBER_H

/*
 * Members of the JSON objects that models print: `,"name":value`, or nothing
 * where there is no value.
 */

#include "base/address.h"
#include "base/out.h"

void nf_member_text(struct nf_out *out, const char *name, const char *text);
void nf_member_ip(struct nf_out *out, const char *name, nf_ip4_t ip);
void nf_member_time(struct nf_out *out, const char *name, nf_time_t time);

#endif
