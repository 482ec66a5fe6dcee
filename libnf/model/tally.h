#ifndef NF_MODEL_TALLY_H
#define NF_MODEL_TALLY_H

/*
 * What became of commands to BMCs, counted: a record for each operation and
 * driver.
 */

#include <assert.h>
#include <stddef.h>

#include "base/out.h"
#include "model/command.h"

enum {
    NF_TALLY_OPERATION = 24,
    NF_TALLY_DRIVER = 16,
    NF_TALLY_KEY = NF_TALLY_OPERATION + NF_TALLY_DRIVER,
    NF_TALLY_CAUSE = 24,
    NF_TALLY_CAUSES = 20,
    NF_TALLY_BOUNDS = 10,
    NF_TALLY_JSON_MAX = 2048,
};

/* Milliseconds: a duration belongs to the first that it does not exceed. */
extern const uint32_t nf_tally_bounds[NF_TALLY_BOUNDS];

struct nf_tally_cause {
    char word[NF_TALLY_CAUSE]; /* "": the place is free */
    uint64_t n;
};

/* Stored as it is. */
struct nf_tally {
    char operation[NF_TALLY_OPERATION]; /* "power_on" */
    char driver[NF_TALLY_DRIVER];       /* "ipmi"; "none": nobody was asked */
    uint64_t ended;                     /* commands */
    uint64_t repeated; /* times that one was said again, as no answer came */
    uint64_t asked;    /* requests to devices, as workers count them */
    uint64_t timed;    /* commands for which a device was asked, */
    uint64_t took_ms;  /* and how long all of these took */
    uint64_t within[NF_TALLY_BOUNDS + 1];          /* each how many of these */
    struct nf_tally_cause causes[NF_TALLY_CAUSES]; /* of those that failed */
};

static_assert(sizeof(struct nf_tally) == 808, "stored: see docs/store.md");

/* What a worker tells of the device, besides how the command ended.  All of
 * it may lack, and be anything printable. */
struct nf_command_told {
    char driver[NF_TALLY_DRIVER], cause[NF_TALLY_CAUSE]; /* or "" */
    int64_t took_ms, asked;                              /* or 0 */
};

/*
 * The operation of a command, by its word and its arguments, and the driver
 * that it was told to have been: words of our own, and few.  "other": none
 * that is known.
 */
void nf_tally_begin(struct nf_tally *tally, const struct nf_command *command,
                    const struct nf_command_told *told);

/* Count a command that has ended.  told may be NULL. */
void nf_tally_add(struct nf_tally *tally, const struct nf_command *command,
                  const struct nf_command_told *told);

/* Each text is one, with its end. */
bool nf_tally_is_sound(const struct nf_tally *tally);

void nf_tally_json(const struct nf_tally *tally, struct nf_out *out);

#endif
