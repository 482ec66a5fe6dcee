#ifndef NF_FLOW_PLAN_H
#define NF_FLOW_PLAN_H

/*
 * The plan: every step in its order.  For the files of this folder.
 */

#include "flow/task.h"

struct nf_plan_row {
    enum nf_step_kind kind;
    enum nf_step_executor executor;
    uint8_t percent; /* reached when it is done */
    /* The step it undoes; a task that ends early still runs it when that one
     * began.  Itself: it undoes nothing. */
    enum nf_step_kind undoes;
    const char *deadline; /* the setting, NULL: it may take for ever */
    /* Why this task has no need of it, NULL: it has. */
    const char *(*skip)(const struct nf_task *task);
    struct nf_step_words words;
};

extern const struct nf_plan_row nf_plan[NF_STEP_KINDS];

/* Why the step is not run, by the plan and by how the task is going. */
const char *nf_plan_skips(const struct nf_task *task,
                          const struct nf_plan_row *row);

#endif
