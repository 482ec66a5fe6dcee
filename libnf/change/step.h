#ifndef NF_CHANGE_STEP_H
#define NF_CHANGE_STEP_H

/*
 * A task takes a step.  For the files of this folder.
 */

#include "change/change.h"
#include "flow/task.h"

/* What the settings say about tasks. */
struct nf_task_rules nf_rules_for(const struct nf_settings *settings);

/*
 * Apply one event to this task and store what follows: the task, and its node
 * when its status or its boot script changes.  task is as it is then.  False:
 * nothing changed.
 */
bool nf_record_step(struct nf_change *c, struct nf_task *task,
                    const struct nf_task_input *input);

/* The node's machine was switched on, or speaks: where its task was approved
 * for one that is off, the time that it has begins. */
void nf_record_seen(struct nf_change *c, nf_mac_t mac);

/* The same for a node's latest task, and an event that has only words. */
bool nf_record_node_step(struct nf_change *c, nf_mac_t mac,
                         enum nf_task_event event, const char *detail);

#endif
