#ifndef NF_SERVER_H
#define NF_SERVER_H

/*
 * The API of a running bastion, as nf's commands ask it.
 *
 * Where it is: see client.h.  How long an answer may take: see patience.h; 5 s
 * of it for the connection.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    NF_ANSWER_MAX_BYTES = 64 << 20,
    NF_PATH_MAX_BYTES = 512
};

struct nf_reply {
    long status;  /* of HTTP; 0: no answer */
    json_t *json; /* NULL: the body was none */
    char *text;   /* the body; never NULL after nf_server_ask() */
    char next[NF_PATH_MAX_BYTES]; /* the page after this one (RFC 8288); "" */
};

/* Take `--api URL`; to be called before anything is asked. */
void nf_server_set(const char *url);

/* From now on the server only tries what it is asked to change.  NF_EXIT_OK, or
 * told why that cannot be: a server that knows no dry run would do it. */
int nf_server_dry(void);

/*
 * Make a path of what stands before and behind a name that someone typed.
 * False: said why there can be nothing of this name.
 */
bool nf_server_path(char path[static NF_PATH_MAX_BYTES], const char *before,
                    const char *name, const char *behind);

/* Add "?name=value", or "&name=value" where there is a query, of any value;
 * NULL adds nothing.  False: said that it does not fit. */
bool nf_server_query(char path[static NF_PATH_MAX_BYTES], const char *name,
                     const char *value);

/*
 * Ask, and wait for the whole answer.  body may be NULL and stays the
 * caller's.  NF_EXIT_OK for a status of 2xx; NF_EXIT_UNREACHABLE or
 * NF_EXIT_FAILED otherwise, and the reason has been told on stderr.
 */
int nf_server_ask(const char *method, const char *path, const json_t *body,
                  struct nf_reply *reply);
void nf_server_end(struct nf_reply *reply);

/* GET what is a text and no JSON. */
int nf_server_text(const char *path, struct nf_reply *reply);

/* The same without a word about a status that is not 2xx. */
int nf_server_try(const char *method, const char *path, const json_t *body,
                  struct nf_reply *reply);

/* PUT what has been changed of an object as it was at this revision: where
 * somebody else has changed it meanwhile, reply->status is 412.  Returns as
 * nf_server_try(). */
int nf_server_replace(const char *path, const json_t *body, uint64_t revision,
                      struct nf_reply *reply);

/* The server's words for a refusal, which begin with the field that it is
 * about; has_subject: not with one that only says which object was meant, for
 * its name is in front.  They are the reply's. */
const char *nf_server_words(const struct nf_reply *reply, bool has_subject);

/* Say on stderr, in the server's words, why it refused. */
void nf_server_tell(const struct nf_reply *reply);

/* The same of one result of many, with the name that it is of in front. */
void nf_server_tell_item(const char *name, const json_t *item);

/* Say what will go wrong with what was accepted: of an answer, or of each
 * result of many. */
void nf_server_warn(const json_t *answer);

/* A list of the API, a page at a time, until `take` returns false or there is
 * no next one.  Returns as nf_server_ask(). */
int nf_server_pages(const char *path,
                    bool (*take)(const json_t *page, void *of), void *of);

/* Who reads the server's events. */
struct nf_follower {
    bool (*take)(const json_t *event, void *of); /* false: that was the last */
    void (*settle)(void *of); /* all that has come was taken */
    void (*lose)(void *of);   /* the server is away, and asked again */
    void *of;
};

/*
 * Read the server's events after *seq as they come.  A connection that ends
 * is made again behind the last event.  Returns as nf_server_ask(); a failure,
 * of which it has told, also when that event is of another log than the
 * server's.
 */
int nf_server_follow(uint64_t *seq, const struct nf_follower *follower);

#endif
