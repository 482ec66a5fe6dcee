#ifndef NF_MODEL_FILE_H
#define NF_MODEL_FILE_H

/*
 * A boot file: a path that nodes ask for, and which content stands there now.
 * Contents are named by their SHA-256 and never change; a path may name
 * another one tomorrow.
 */

#include <assert.h>

#include "base/error.h"
#include "base/out.h"

enum {
    NF_FILE_PATH = 256,
    NF_SHA256_TEXT = 65, /* lower-case hex and a NUL */
    NF_FILE_JSON_MAX = 640,
    NF_FILE_HEAD = 32774, /* first bytes that tell the type; an ISO's is last */
};

/* Stored, and so are the origins: a number never gets another meaning. */
/* clang-format off */
#define NF_FILE_TYPES(X)                                                      \
    X(NF_FILE_OTHER,   0, "other")                                            \
    X(NF_FILE_KERNEL,  1, "kernel")                                           \
    X(NF_FILE_INITRD,  2, "initrd")                                           \
    X(NF_FILE_IMAGE,   3, "image")                                            \
    X(NF_FILE_ISO,     4, "iso")                                              \
    X(NF_FILE_ARCHIVE, 5, "archive")
/* clang-format on */

enum nf_file_type {
#define X(type, number, word) type = (number),
    NF_FILE_TYPES(X)
#undef X
    NF_FILE_TYPE_COUNT,
};

enum nf_file_origin {
    NF_FILE_UPLOAD = 0, /* by the API */
    NF_FILE_IMPORT = 1, /* by nf files */
    NF_FILE_ORIGIN_COUNT,
};

struct nf_file {
    nf_time_t created_at; /* when the path was first put */
    nf_time_t updated_at; /* when it got this content */
    uint64_t revision;    /* number of the event that last changed it */
    uint64_t size;
    char path[NF_FILE_PATH];
    char sha256[NF_SHA256_TEXT];
    uint8_t type;   /* enum nf_file_type */
    uint8_t origin; /* enum nf_file_origin */
    uint8_t reserved[5];
};

static_assert(sizeof(struct nf_file) == 360, "stored: see docs/store.md");

extern const char *const nf_file_types[];

/*
 * Whether path may name a boot file: segments of [A-Za-z0-9._+@~-] divided by
 * single '/', none of which begins with a dot; at most 255 bytes; not below
 * by-hash, where contents are served by their hash.  The fault is about
 * "path".
 */
nf_error_t nf_file_path_check(struct nf_text path, struct nf_fault *fault);

/*
 * The same of a path as it stands in a request, before anything is decoded:
 * refuses what a server would decode or resolve into another path (dots,
 * empty segments, %2e, %2f, %5c, %00, backslashes).
 */
nf_error_t nf_file_raw_path_check(struct nf_text path, struct nf_fault *fault);

/* 64 lower-case hex digits. */
bool nf_sha256_is_text(struct nf_text text);

/* What a content is, told by its first bytes or else by its name. */
enum nf_file_type nf_file_type_of(struct nf_text path, struct nf_bytes head);

void nf_file_json(const struct nf_file *file, struct nf_out *out);

#endif
