#ifndef NF_STORE_JUMP_H
#define NF_STORE_JUMP_H

/*
 * What is known of the wall clock itself: how far it is from the one that only
 * goes forward, and when it was last set.  Stored times are of the wall clock
 * as it was then.
 */

#include "base/text.h"
#include "store/expiry.h"
#include "store/txn.h"

enum {
    NF_JUMP_BOOT = 16,       /* bytes of the kernel's id of this boot */
    NF_JUMP_SLACK_MS = 2000, /* it is noticed within so much */
};

/* The wall clock was set. */
struct nf_jump {
    nf_time_t from; /* it had run by itself since then, by itself; 0: ever */
    nf_time_t at;   /* by the clock as it is since; 0: it never was set */
    nf_time_t by;   /* how far ahead of what it was; negative: behind */
};

/* Stored.  All zero where nothing is known yet. */
struct nf_clock_mark {
    uint8_t boot[NF_JUMP_BOOT];
    nf_time_t offset; /* of the wall clock from the monotonic one */
    nf_time_t since;  /* that is so since then; 0: since ever */
    struct nf_jump jump;
    /* What is moved with it goes on behind these. */
    uint64_t task;                 /* UINT64_MAX: all are */
    uint8_t row[2 + NF_EXPIRY_ID]; /* kind, length, id */
    uint8_t has_rows;              /* some are left */
    uint8_t reserved[5];           /* 0 */
};

struct nf_clock_mark nf_clock_mark_get(struct nf_read *r);
bool nf_clock_mark_put(struct nf_write *w, const struct nf_clock_mark *mark);

/* The last time that it was set. */
struct nf_jump nf_jump_get(struct nf_read *r);

/* What has to be added to times that were written at `written`, for them to be
 * of the clock as it is; 0: they are.  now is the present time. */
nf_time_t nf_jump_shift(const struct nf_jump *jump, nf_time_t now,
                        nf_time_t written);

/* When that was, by the clock as it is; never later than now.  0 stays. */
nf_time_t nf_jump_settle(const struct nf_jump *jump, nf_time_t now,
                         nf_time_t written);

/* Of a table whose keys are a time and a number: the smallest numbers behind
 * `after`, in their order, at most max; how many. */
size_t nf_jump_numbers(struct nf_read *r, nf_table_t table, uint64_t after,
                       uint64_t *numbers, size_t max);

#endif
