#ifndef NF_BMC_HTTP_H
#define NF_BMC_HTTP_H

/*
 * HTTP requests to one device, one at a time, in the loop.  Credentials go to
 * the device and nowhere else: what redirects is followed on the same host
 * only, no proxy is asked, and none is sent before its key is known to be the
 * pinned one, or its certificate to be good.
 */

#include "driver.h"

enum {
    NF_HTTP_ANSWER_MAX = 1 << 20, /* bytes of an answer */
    NF_HTTP_HEADER = 512,
    NF_HTTP_HEADERS = 4,
    NF_HTTP_ANSWER_MS = 30000, /* from the request to the answer's end */
    NF_HTTP_CONNECT_MS = 10000,
    NF_HTTP_PARTING_MS = 3000,
    NF_HTTP_STRANGER_MS = 10000,
    NF_HTTP_STRANGER_CONNECT_MS = 3000,
    NF_HTTP_STRANGER_MAX = 1 << 16,
};

/* Borrowed until it is done. */
struct nf_http_request {
    const char *method, *path, *body; /* body NULL: none */
    bool is_basic;                    /* with the device's user and password */
    bool is_once; /* not again when a connection that was kept turns out dead */
    const char *names[NF_HTTP_HEADERS], *values[NF_HTTP_HEADERS];
    size_t headers_n;
};

struct nf_http {
    struct nf_transfer transfer; /* first: the loop's */
    struct nf_loop *loop;
    const struct nf_device *device;
    void (*done)(struct nf_http *http);
    void *of;
    size_t answer_max; /* set before an ask: 0: NF_HTTP_ANSWER_MAX */
    bool is_stranger; /* set before an ask: whoever answers is taken, nothing is
                         told to him, and he has less time and room */

    /* What came of it: cause is fine, or words may say more. */
    enum nf_bmc_cause cause;
    char words[NF_BMC_WORDS];
    unsigned status;
    char *body; /* of len bytes, until the next request */
    size_t len, room;
    char shown[NF_DEVICE_PIN]; /* the hash of its key; "" of a connection that
                                  was there already */
    char tag[NF_HTTP_HEADER], location[NF_HTTP_HEADER], token[NF_HTTP_HEADER];

    CURL *easy;
    CURLU *url;
    struct curl_slist *headers;
    struct nf_http_request request;
    bool is_at_work, is_parting, is_looking; /* for the key that it shows */
    unsigned redirects;
    char error[CURL_ERROR_SIZE];
};

/* device stays the caller's.  NULL: no memory. */
struct nf_http *nf_http_new(struct nf_loop *loop,
                            const struct nf_device *device,
                            void (*done)(struct nf_http *http), void *of);

/* done() follows from the loop.  False: it could not even be sent, http->cause
 * and words say why. */
bool nf_http_ask(struct nf_http *http, const struct nf_http_request *request);

/* The device has taken the connection of what is asked, or was. */
bool nf_http_is_connected(const struct nf_http *http);

/* Whatever is at work ends without done(). */
void nf_http_free(struct nf_http *http);

/* One last request without a body, whose answer nobody waits for: http is
 * freed after it. */
void nf_http_part(struct nf_http *http, const struct nf_http_request *request);

#endif
