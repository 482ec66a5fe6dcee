#ifndef NF_MODEL_SIGN_H
#define NF_MODEL_SIGN_H

/*
 * Signs of a machine that is being installed: what was sent to it last, what
 * it was told to do, and what was refused to it.  One record per node, written
 * after the answer and for the node's live task alone; no event tells of it.
 */

#include <assert.h>

#include "base/address.h"
#include "base/out.h"
#include "base/text.h"

/* Stored: a number never gets another meaning. */
enum nf_sign_kind {
    NF_SIGN_FIRMWARE = 0,  /* its firmware leased an address */
    NF_SIGN_LOADER = 1,    /* a file by TFTP, whole */
    NF_SIGN_ANSWER = 2,    /* an answer file, or an image's order */
    NF_SIGN_MIRROR = 3,    /* a file of the mirror */
    NF_SIGN_OPERATION = 4, /* it was given an operation of nf-agent */
    NF_SIGN_ALIVE = 5,     /* nf-agent in RAM: it is at work on that */
    NF_SIGN_FILE = 6,      /* a boot file or image; kept by its path */
    NF_SIGN_CALL = 7,      /* a boot script, or a call of the device API */
    NF_SIGN_KINDS,
};

enum {
    NF_SIGN_WHAT = 80,
    NF_SIGN_FILES = 3, /* the latest that it was sent */
    NF_SIGN_WHY = 96,
    NF_SIGNS_JSON_MAX = 4096,
};

struct nf_sign {
    nf_time_t time;          /* 0: never */
    uint64_t sent, size;     /* bytes; size 0: nothing is transferred */
    char what[NF_SIGN_WHAT]; /* a path without its query, or an operation */
};

struct nf_refusal {
    nf_time_t time;  /* 0: none, or it has succeeded since */
    nf_ip4_t client; /* where it came from, or unset */
    uint16_t code;   /* HTTP's */
    uint8_t kind;    /* enum nf_sign_kind */
    uint8_t step;    /* enum nf_step_kind, the one that ran */
    char what[NF_SIGN_WHAT];
    char why[NF_SIGN_WHY];
};

/* Stored as it is. */
struct nf_signs {
    uint64_t task; /* whose they are */
    struct nf_sign last[NF_SIGN_FILE];
    struct nf_sign files[NF_SIGN_FILES]; /* the newest first */
    struct nf_refusal refused;
    nf_time_t failed; /* when it said that it could not fetch; 0: never */
};

static_assert(sizeof(struct nf_sign) == 104, "stored: see docs/store.md");
static_assert(sizeof(struct nf_signs) == 1144, "stored: see docs/store.md");

/* What came about, for a sign or, with a code of 400 and more, a refusal. */
struct nf_sign_report {
    enum nf_sign_kind kind;
    unsigned code;       /* HTTP's; 0 and below 400: it went well */
    nf_ip4_t client;     /* or unset */
    uint64_t sent, size; /* bytes */
    char what[NF_SIGN_WHAT];
    char why[NF_SIGN_WHY]; /* of a refusal */
};

/* Its texts end, its numbers are of kinds that there are. */
bool nf_signs_is_sound(const struct nf_signs *signs);

/* Take it in.  True: a refusal came, changed or went. */
bool nf_signs_take(struct nf_signs *signs, const struct nf_sign_report *report,
                   unsigned step, nf_time_t now);

/* "/files/a was answered 404 (no such file)" */
void nf_refusal_put(struct nf_out *out, const struct nf_refusal *refused);

void nf_signs_json(const struct nf_signs *signs, struct nf_out *out);

#endif
