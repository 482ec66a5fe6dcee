#ifndef NF_API_UPLOAD_H
#define NF_API_UPLOAD_H

/*
 * A boot file that is coming; lives in the call's arena.  For the files of
 * this folder.
 */

#include "api/api.h"
#include "store/content.h"

struct nf_upload {
    struct nf_incoming in;
    const char *dir;
    struct nf_text id; /* of what goes on or may, or empty */
    uint64_t offset;
    char wanted[NF_SHA256_TEXT]; /* what the client says it is, or empty */
    char sha256[NF_SHA256_TEXT]; /* what it is */
    bool is_open;
};

/* If-Match and If-None-Match against what stands at the path: NF_OK or
 * NF_PRECONDITION. */
nf_error_t nf_api_files_match(struct nf_call *call, struct nf_read *r);

#endif
