#ifndef NF_FLOW_STEPS_H
#define NF_FLOW_STEPS_H

/*
 * How a step begins, pauses and ends, whatever brings that about.  For the
 * files of this folder.
 */

#include "flow/task.h"

/* The step that runs.  The caller knows that there is one. */
struct nf_step *nf_steps_now(struct nf_task *task);

/* Every step as before its turn. */
void nf_steps_reset(struct nf_task *task);

/* Begin the step that task->step points at, and all that are over at once;
 * behind the last one the task is over, or undone. */
void nf_steps_begin(struct nf_task *task, const struct nf_task_rules *rules,
                    nf_time_t now);

/* Begin this step once more. */
void nf_steps_run(struct nf_task *task, const struct nf_task_rules *rules,
                  nf_time_t now);

/* From this step on, which the task has gone through, once more. */
void nf_steps_go_back(struct nf_task *task, const struct nf_task_rules *rules,
                      enum nf_step_kind kind, nf_time_t now);

/* How long the step that runs may take, 0: for ever. */
nf_time_t nf_steps_allowed(const struct nf_task *task,
                           const struct nf_task_rules *rules);

/* It failed; it runs again at this time. */
void nf_steps_pause(struct nf_task *task, const char *why, nf_time_t until);

/* Each ends the step that runs; the first also begins what follows. */
void nf_steps_complete(struct nf_task *task, const struct nf_task_rules *rules,
                       nf_time_t now);
void nf_steps_skip(struct nf_task *task, const char *why, nf_time_t now);
void nf_steps_end(struct nf_task *task, enum nf_step_status status,
                  const char *why, nf_time_t now);

/* Keep a device's words: printable, and cut to what there is room for. */
void nf_steps_say(char *to, size_t size, const char *words);
#define NF_STEPS_SAY(field, words) nf_steps_say(field, sizeof(field), words)

#endif
