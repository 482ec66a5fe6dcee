#ifndef NF_FLOW_NODE_H
#define NF_FLOW_NODE_H

/*
 * What may happen to a node's status: a table, and nothing else changes it.
 */

#include "model/node.h"
#include "model/task.h"

enum nf_node_event {
    NF_NODE_INSTALL,   /* operator: install a discovered node */
    NF_NODE_REINSTALL, /* operator: again, after a failure or when allowed */
    NF_NODE_CANCEL, /* operator: stop the live task; or it failed by itself */
    NF_NODE_SYSTEM_UP,  /* the agent on the installed system reports */
    NF_NODE_TASK_ENDED, /* the task completed by itself */
    NF_NODE_EVENT_COUNT,
};

struct nf_node_input {
    enum nf_node_event event;
    const struct nf_task *task; /* the node's latest, after its own step */
    bool may_reinstall;         /* the setting for installed nodes */
};

/*
 * Apply one event to status.  NF_OK, or NF_INVALID with the reason, and the
 * status as it was.
 */
nf_error_t nf_node_step(enum nf_node_status *status,
                        const struct nf_node_input *input,
                        struct nf_fault *fault);

/*
 * What its latest task (NULL: it has none) was made for has not come about: it
 * failed, and the node has not become installed by it after all.
 */
bool nf_node_has_failed(const struct nf_node *node, const struct nf_task *task);

#endif
