#ifndef NF_SERVER_H
#define NF_SERVER_H

/*
 * The API of a running bastion, as nf's commands ask it.
 *
 * Where it is: `--api URL` in front of the command, else NF_API, else
 * NF_HTTP_ADDR of the settings (":8080" is this machine).
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    NF_ANSWER_MAX_BYTES = 64 << 20
};

struct nf_reply {
    long status;  /* of HTTP; 0: no answer */
    json_t *json; /* NULL: the body was none */
    char *text;   /* the body; never NULL after nf_server_ask() */
};

/* Take `--api URL`; to be called before anything is asked. */
void nf_server_set(const char *url);

/*
 * Ask, and wait for the whole answer.  body may be NULL and stays the
 * caller's.  NF_EXIT_OK for a status of 2xx; NF_EXIT_UNREACHABLE or
 * NF_EXIT_FAILED otherwise, and the reason has been told on stderr.
 */
int nf_server_ask(const char *method, const char *path, const json_t *body,
                  struct nf_reply *reply);
void nf_server_end(struct nf_reply *reply);

/* The same without a word about a status that is not 2xx. */
int nf_server_try(const char *method, const char *path, const json_t *body,
                  struct nf_reply *reply);

/*
 * Read the server's events after *seq as they come, one call of `take` each,
 * until it returns false.  A connection that ends is made again behind the
 * last event.  Returns as nf_server_ask().
 */
int nf_server_follow(uint64_t *seq, bool (*take)(const json_t *event, void *of),
                     void *of);

/* A part of a path, percent-encoded (RFC 3986): free() it. */
char *nf_server_escape(const char *text);

#endif
