#ifndef NF_AGENT_CALLER_H
#define NF_AGENT_CALLER_H

/*
 * The node's calls to the server's device API: JSON out, JSON in.  An answer
 * is bounded in size and in time, and is an object or no answer at all.
 */

#include "boot_words.h"

#include <jansson.h>
#include <stdbool.h>

enum {
    NF_SERIAL_SIZE = 128,
    NF_TASK_ID_SIZE = 64,
    NF_ANSWER_MAX = 512 * 1024,
    NF_ANSWER_FAULT = 400,
};

/* Who asks whom. */
struct nf_caller {
    char url[NF_BOOT_URL_SIZE]; /* no '/' at its end */
    char serial[NF_SERIAL_SIZE];
    char mac[NF_MAC_COLONS];
    char token[NF_TOKEN_SIZE];  /* "" without a task */
    char task[NF_TASK_ID_SIZE]; /* "" without a task */
};

struct nf_answer {
    int status;                  /* 0: no answer came */
    json_t *body;                /* an object; NULL when there is none */
    char fault[NF_ANSWER_FAULT]; /* why there is no answer, or its error */
};

/* The members of every POST: sn, mac and, when there are, token, task_id. */
json_t *nf_caller_body(const struct nf_caller *caller);

/* Takes body, also when it fails.  True when the answer is 200 and an object;
   either way nf_answer_clear releases it. */
bool nf_caller_post(const struct nf_caller *caller, const char *path,
                    json_t *body, struct nf_answer *answer);

/* The server may hold its answer back for hold_s seconds. */
bool nf_caller_get(const struct nf_caller *caller, const char *path, int hold_s,
                   struct nf_answer *answer);

void nf_answer_clear(struct nf_answer *answer);

/* Whether the same question may be answered otherwise: nothing came, or the
   server is at fault, or asks for patience. */
bool nf_answer_is_passing(const struct nf_answer *answer);

/* Copies a member's text without its control bytes; "" when it has none. */
void nf_answer_text(const json_t *object, const char *name, char *out,
                    size_t size);

/* Waits 1, 2, 4, ... at most 30 seconds, a part of it by chance. */
void nf_back_off(int attempt);

#endif
