#ifndef NF_OUTCOME_H
#define NF_OUTCOME_H

/*
 * How a command of the API goes.
 */

#include <jansson.h>
#include <stdbool.h>

/* Print a command: its id, its state, and its result if it has one. */
void nf_outcome_tell(const json_t *command);

/* Ask until it has ended, and print each state once if is_told.  *command is
 * replaced by what it is then.  Returns as nf_server_ask(). */
int nf_outcome_wait(json_t **command, bool is_told);

#endif
