#ifndef NF_STORE_DIAGNOSES_H
#define NF_STORE_DIAGNOSES_H

/*
 * What was known of a task at the moment when it failed: what held its step up
 * then is not to be found out any more later.  NF_DIAGNOSES.
 */

#include "base/out.h"
#include "store/txn.h"

/* Stored; texts end with NUL and are zero behind it. */
struct nf_diagnosis {
    nf_time_t at;
    char state[24]; /* the word for it: docs/stuck.md */
    char says[480];
};

/* False: there is none, or the scope has failed. */
bool nf_diagnoses_get(struct nf_read *r, uint64_t task,
                      struct nf_diagnosis *diagnosis);

bool nf_diagnoses_put(struct nf_write *w, uint64_t task,
                      const struct nf_diagnosis *diagnosis);

/* One that is not there is fine. */
bool nf_diagnoses_delete(struct nf_write *w, uint64_t task);

/* Print it; false: there is none, or the scope has failed. */
bool nf_diagnoses_json(struct nf_read *r, uint64_t task, struct nf_out *out);

#endif
