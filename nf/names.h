#ifndef NF_NAMES_H
#define NF_NAMES_H

/*
 * The names that a command was given, and what is done to each of them.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "consent.h"

/* Names of the command line; "-" is those of stdin, one a line, where what
 * follows a '#' is a comment. */
struct nf_names {
    const char **each;
    size_t n;
    char *text; /* of stdin */
};

/* False: said why they cannot be read.  In either case nf_names_end(). */
bool nf_names_take(struct nf_names *names, int argc, char **argv);
void nf_names_end(struct nf_names *names);

/* One thing done to each name of several. */
struct nf_each {
    const char *done; /* "approved": what those are that it was done to; NULL:
                         there is nothing to sum up */
    bool is_json;     /* what nf_each_show() was given is printed at the end */
    bool has_titles;  /* of several each one's name is a line above it */
    const struct nf_consent
        *consent; /* asked for first; NULL: none is needed */

    /* The exit status; what went wrong has been said.  `of` is the caller's. */
    int (*run)(struct nf_each *each, const char *name);
    void *of;

    /* of nf_each_run() */
    json_t *shown;
    bool is_several;
    bool is_dry; /* `run` prints nothing */
};

/*
 * Do it to each: one that fails does not keep the others, but a server that
 * does not answer does.  What the server refuses is said with the name in
 * front, and of several the sum on stderr.  The exit status is that of the
 * first failure.
 */
int nf_each_run(struct nf_each *each, int argc, char **argv);

/* Keep what the server answered, for --json: of one name it is printed as it
 * is, of several as a list. */
void nf_each_show(struct nf_each *each, json_t *answer);

/* "38 approved, 2 failed" on stderr. */
void nf_each_sum_up(const char *done, size_t n_done, size_t n_failed);

#endif
