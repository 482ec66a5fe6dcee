#ifndef NF_PATIENCE_H
#define NF_PATIENCE_H

/*
 * How long nf waits for what does not come: an answer of the API, or a lock of
 * the store of this machine.
 */

/* --timeout; a minute without. */
void nf_patience_set(long milliseconds);
long nf_patience(void);

/* From now on end the process, with a word about who has the store open, where
 * its locks are waited for longer than that. */
void nf_patience_watch_store(void);

/* No longer: for a process that must not end. */
void nf_patience_leave_store(void);

#endif
