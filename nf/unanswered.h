#ifndef NF_UNANSWERED_H
#define NF_UNANSWERED_H

/*
 * Why there is no answer of the API: what hangs, and what was waited for.
 */

#include <curl/curl.h>

/* A request that failed. */
struct nf_unanswered {
    const char *base; /* the API's URL */
    const char *what; /* "GET /api/v1/nodes" */
    CURL *curl;       /* after the request */
    CURLcode code;
    long patience_ms, connect_ms; /* that it had */
};

/* Say it on stderr; the exit status. */
int nf_unanswered_tell(const struct nf_unanswered *u);

#endif
