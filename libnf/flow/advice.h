#ifndef NF_FLOW_ADVICE_H
#define NF_FLOW_ADVICE_H

/*
 * What a person can do about a step that failed.  For the files of this folder.
 */

#include "flow/task.h"

/* A sentence, or "": by who was to do the step, and by what he says went wrong.
 */
const char *nf_advice_for(const struct nf_task *task,
                          const struct nf_step *step);

#endif
