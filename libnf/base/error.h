#ifndef NF_BASE_ERROR_H
#define NF_BASE_ERROR_H

/*
 * One table defines every way an operation can fail: the code, the HTTP
 * status that reports it, and the words a person reads.
 */
#include <stdbool.h>

/* clang-format off */
#define NF_ERRORS(X)                                                          \
    X(NF_OK,           200, "ok")                                             \
    X(NF_NOT_FOUND,    404, "no such object")                                 \
    X(NF_INVALID,      400, "the request is not valid")                       \
    X(NF_FORBIDDEN,    403, "not allowed")                                    \
    X(NF_CONFLICT,     409, "the state of the object does not allow this")     \
    X(NF_GONE,         410, "the position does not belong to this log")                \
    X(NF_PRECONDITION, 412, "the object has changed in the meantime")               \
    X(NF_TOO_LARGE,    413, "the request is too large")                       \
    X(NF_MEDIA_TYPE,   415, "the body must be application/json")              \
    X(NF_BUSY,         503, "the store is busy")                              \
    X(NF_SCHEMA,       503, "the store was written by another version; "      \
                            "see nf store migrate")                           \
    X(NF_BROKEN,       503, "the store is being reopened, because its disk failed or its map has grown")                    \
    X(NF_FOREIGN,      503, "the store is open in another PID namespace: "    \
                            "all that open it must run in one")               \
    X(NF_REMOTE,       503, "the store must be on a local file system")      \
    X(NF_CUT,          503, "the store's file is truncated; see nf restore")    \
    X(NF_FULL,         507, "the store is full")                              \
    X(NF_CORRUPT,      500, "stored data is malformed")                       \
    X(NF_NO_MEMORY,    500, "out of memory")                                  \
    X(NF_IO,           500, "input/output error")                             \
    X(NF_BUG,          500, "internal error")
/* clang-format on */

enum [[nodiscard]] nf_error{
#define X(code, http, text) code,
    NF_ERRORS(X)
#undef X
};
typedef enum nf_error nf_error_t;

int nf_error_http(nf_error_t err);
const char *nf_error_text(nf_error_t err);
const char *nf_error_name(nf_error_t err); /* "NF_BUSY" */

/*
 * Why something was refused, in words the caller can act on.  Fixed buffers:
 * failing allocates nothing.  An empty field means the whole document.
 */
struct nf_fault {
    char field[48];
    char reason[144];
};

/*
 * Record why (printf style) and return NF_INVALID.  What callers quote in
 * args must be printable already: nf_text_is_printable().
 */
nf_error_t nf_refuse(struct nf_fault *fault, const char *field, const char *why,
                     ...) __attribute__((format(printf, 3, 4)));

#endif
