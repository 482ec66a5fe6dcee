#ifndef NF_AGENT_HTTP_H
#define NF_AGENT_HTTP_H

/*
 * One HTTP request to the install server.  The request says HTTP/1.0, which
 * forbids the server chunked coding and keep-alive (RFC 9112 sections 6.1 and
 * 9.3), so a body is Content-Length bytes and nothing else needs reading.
 */

#include "address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    NF_URL_PATH_SIZE = 1024,
    NF_HTTP_HEAD_MAX = 8192,
    NF_HTTP_ETAG_SIZE = 96,
    NF_HTTP_TIMEOUT_S = 30, /* of silence, in either direction */
};

struct nf_url {
    struct nf_endpoint server;
    char path[NF_URL_PATH_SIZE];
};

struct nf_http {
    int fd;
    int status;
    int64_t length; /* of the body */
    int64_t taken;  /* bytes of the body handed out */
    int64_t from;   /* of a part: where in the whole it begins, else -1 */
    char etag[NF_HTTP_ETAG_SIZE]; /* "": the server names no version */
    size_t ahead_at, ahead_end;
    char ahead[NF_HTTP_HEAD_MAX + 1]; /* head, then the body's first bytes */
};

/* "http://host[:port][/path]" of printable ASCII, nothing else. */
bool nf_url_parse(const char *text, struct nf_url *url);

/*
 * Sends the request and reads the answer's head.  body NULL is a GET, else a
 * POST of JSON.  On failure false, nothing to close, and fault has a sentence.
 */
bool nf_http_open(struct nf_http *http, const struct nf_url *url,
                  const char *body, char *fault, size_t size);

/* The same, but the server may hold its answer back for hold_s seconds. */
bool nf_http_open_held(struct nf_http *http, const struct nf_url *url,
                       const char *body, int hold_s, char *fault, size_t size);

/* The next bytes of the body; 0 at its end; -1 when the server fell silent or
   closed before the promised length. */
ssize_t nf_http_read(struct nf_http *http, void *buffer, size_t size);

/*
 * Goes on with a GET whose nf_http_read failed, at the byte where it ended;
 * closed before or not.  On failure nothing is open, and http->status says
 * what was answered: 0 nothing, 200 and 206 another content.
 */
bool nf_http_resume(struct nf_http *http, const struct nf_url *url, char *fault,
                    size_t size);

void nf_http_close(struct nf_http *http);

#endif
