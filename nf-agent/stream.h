#ifndef NF_AGENT_STREAM_H
#define NF_AGENT_STREAM_H

/*
 * An image or archive on its way from the server, never whole in memory: the
 * body is summed as it was served, expanded by the tool that its first bytes
 * ask for, and read from a descriptor, by us or by tar.  Where a connection
 * breaks another one goes on, as long as the server says it is the same body.
 *
 * A tool behind a pipe rather than three libraries in the agent: the pipe is
 * needed for tar anyway, each tool is in the RAM disk's list once per
 * architecture, and a damaged file can't reach the agent's memory.
 */

#include "http.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    NF_STREAM_FAULT = 300,
    NF_STREAM_PATIENCE_S = 600, /* without a byte */
};

struct nf_download {
    struct nf_http http;
    struct nf_url url;
    const char *coding;    /* "zstd", "gzip", "xz", or "" */
    int64_t expanded;      /* bytes it expands to; -1 when it doesn't say */
    int fd;                /* reads the expanded bytes, once started */
    _Atomic int64_t taken; /* bytes of the body that have gone by */
    /* the rest is stream.c's own */
    int feed;
    pid_t tool;
    int said; /* what the tool says */
    pthread_t feeder;
    bool is_fed;
    _Atomic bool is_given_up; /* nobody reads any more */
    crypto_hash_sha256_state sum;
    uint8_t head[32];
    size_t head_len;
    char fault[NF_STREAM_FAULT];
};

/* Asks for url and looks at its first bytes.  False, with nothing to finish
   and a sentence in fault, unless the server sends it. */
bool nf_stream_open(struct nf_download *stream, const struct nf_url *url,
                    char *fault, size_t size);

/* Lets the bytes flow; the caller reads stream->fd.  False and a sentence when
   the RAM disk has no tool for the coding; finish it all the same. */
bool nf_stream_start(struct nf_download *stream, char *fault, size_t size);

/*
 * Ends it, and closes stream->fd.  True when the whole body came, the tool
 * found it sound, and its sum is sha256 (when not "").  A fault that is there
 * already is the reader's own reason, and stays.
 */
bool nf_stream_finish(struct nf_download *stream, const char *sha256,
                      char *fault, size_t size);

#endif
