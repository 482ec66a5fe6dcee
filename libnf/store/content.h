#ifndef NF_STORE_CONTENT_H
#define NF_STORE_CONTENT_H

/*
 * Contents of boot files: DIR/by-hash/XX/SHA256, where XX are the first two
 * digits.  One appears whole and on disk, by rename, or not at all; it never
 * changes.  What is still coming lies in DIR/.uploads.  Nothing outside DIR is
 * opened, whatever links lie in it.
 */

#include <sodium/crypto_hash_sha256.h>

#include "model/file.h"

enum {
    NF_CONTENT_PATH = 80, /* "by-hash/XX/SHA256" */
    NF_INCOMING_ID = 64,
};

/* A content on its way in.  Belongs to one thread at a time. */
struct nf_incoming {
    int dir;        /* DIR */
    int fd;         /* locked, so that nobody else writes or sweeps it */
    bool is_kept;   /* it has a name and may go on later */
    bool is_done;   /* it has its place */
    uint64_t size;  /* bytes there are */
    uint64_t known; /* bytes that are hashed */
    char name[NF_INCOMING_ID + 16]; /* below DIR */
    crypto_hash_sha256_state state;
    size_t head_len;
    char head[NF_FILE_HEAD];
};

/* Whether text may name an upload: 1 to 64 of [A-Za-z0-9_-]. */
bool nf_incoming_is_id(struct nf_text text);

/*
 * Begin, or with an id go on at `offset`, which must be how much there is; 0
 * begins anew.  NF_CONFLICT with a fault: another one writes it, or has
 * another length.  *in needs nf_incoming_close() only when this was NF_OK.
 */
nf_error_t nf_incoming_open(struct nf_incoming *in, const char *dir,
                            struct nf_text id, uint64_t offset,
                            struct nf_fault *fault);

/* How many bytes of the upload there are; NF_NOT_FOUND. */
nf_error_t nf_incoming_size(const char *dir, struct nf_text id, uint64_t *size);

/* Append, and hash what is not hashed yet.  NF_FULL, NF_IO. */
nf_error_t nf_incoming_write(struct nf_incoming *in, struct nf_bytes data);

/* The hash of all that came. */
nf_error_t nf_incoming_hash(struct nf_incoming *in,
                            char sha256[static NF_SHA256_TEXT]);

/* Make it a content: when this is NF_OK it is on disk. */
nf_error_t nf_incoming_keep(struct nf_incoming *in, const char *sha256);

/* Close; what has no id and did not become a content goes. */
void nf_incoming_close(struct nf_incoming *in);

/* Forget even an upload that has an id. */
void nf_incoming_drop(struct nf_incoming *in);

/* "by-hash/XX/SHA256" of a hash in hex. */
void nf_content_path(const char *sha256, char path[static NF_CONTENT_PATH]);

/* Open for reading, -1 when there is none (or it is not a plain file). */
int nf_content_open(const char *dir, const char *sha256, uint64_t *size);

/* Whether there is such a content of this size. */
bool nf_content_is_there(const char *dir, const char *sha256, uint64_t size);

/* Hash what is stored under a name; false when it cannot be read. */
bool nf_content_hash(const char *dir, const char *name,
                     char sha256[static NF_SHA256_TEXT]);

/* The same of an open file, from where it stands to its end. */
bool nf_content_hash_of(int fd, char sha256[static NF_SHA256_TEXT]);

#endif
