#include "flow/node.h"

#include "flow/task.h"

/* Conditions of a transition; each says why not, or NULL. */

static const char *
always(const struct nf_node_input *in)
{
    (void) in;
    return NULL;
}

static const char *
no_live_task(const struct nf_node_input *in)
{
    return in->task != NULL && nf_task_is_live(in->task)
               ? "a task is still running: cancel it first"
               : NULL;
}

static const char *
reinstall_allowed(const struct nf_node_input *in)
{
    return in->may_reinstall ? NULL
                             : "an installed node is only reinstalled with "
                               "NF_ALLOW_REINSTALL=1 or with consent to wipe "
                               "this node: --yes-wipe of nf reinstall and nf "
                               "create";
}

/* A node whose disk nobody can have written to is what it was. */
static const char *
was(const struct nf_node_input *in, enum nf_node_status status)
{
    return in->task != NULL && nf_task_is_disk_untouched(in->task)
                   && in->task->node_was == status
               ? NULL
               : "";
}

static const char *
was_discovered(const struct nf_node_input *in)
{
    return was(in, NF_NODE_DISCOVERED);
}

static const char *
was_installed(const struct nf_node_input *in)
{
    return was(in, NF_NODE_INSTALLED);
}

static const char *
system_installed(const struct nf_node_input *in)
{
    return in->task != NULL && nf_task_is_installed(in->task)
               ? NULL
               : "the installer has not reported that it is done";
}

/*
 * The first row whose status, event and condition hold decides.  A node that
 * is not in a row keeps its status and the caller hears why.
 */
/* clang-format off */
static const struct {
    enum nf_node_status from;
    enum nf_node_event event;
    const char *(*refused)(const struct nf_node_input *in);
    enum nf_node_status to;
} rows[] = {
    {NF_NODE_DISCOVERED, NF_NODE_INSTALL,    always,            NF_NODE_INSTALLING},
    {NF_NODE_DISCOVERED, NF_NODE_REINSTALL,  always,            NF_NODE_INSTALLING},
    {NF_NODE_INSTALLING, NF_NODE_REINSTALL,  no_live_task,      NF_NODE_INSTALLING},
    {NF_NODE_INSTALLED,  NF_NODE_REINSTALL,  reinstall_allowed, NF_NODE_INSTALLING},
    {NF_NODE_INSTALLING, NF_NODE_CANCEL,     was_discovered,    NF_NODE_DISCOVERED},
    {NF_NODE_INSTALLING, NF_NODE_CANCEL,     was_installed,     NF_NODE_INSTALLED},
    {NF_NODE_INSTALLING, NF_NODE_CANCEL,     always,            NF_NODE_INSTALLING},
    {NF_NODE_INSTALLING, NF_NODE_SYSTEM_UP,  system_installed,  NF_NODE_INSTALLED},
    {NF_NODE_INSTALLED,  NF_NODE_SYSTEM_UP,  always,            NF_NODE_INSTALLED},
    {NF_NODE_INSTALLING, NF_NODE_TASK_ENDED, system_installed,  NF_NODE_INSTALLED},
};
/* clang-format on */

/* What a person reads when no row fits; %s is the status. */
static const char *const no_row[NF_NODE_EVENT_COUNT] = {
    [NF_NODE_INSTALL] = ("cannot install node with status '%s', only "
                         "'discovered' nodes can be installed"),
    [NF_NODE_REINSTALL] = "cannot reinstall node with status '%s'",
    [NF_NODE_CANCEL] = "cannot cancel: node with status '%s' has no task",
    [NF_NODE_SYSTEM_UP] = "a node with status '%s' cannot become installed",
    [NF_NODE_TASK_ENDED] = "a node with status '%s' has no task to end",
};

nf_error_t
nf_node_step(enum nf_node_status *status, const struct nf_node_input *input,
             struct nf_fault *fault)
{
    const char *why = NULL;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].from != *status || rows[i].event != input->event) {
            continue;
        }
        why = rows[i].refused(input);
        if (why == NULL) {
            *status = rows[i].to;
            return NF_OK;
        }
    }
    if (why != NULL) {
        return nf_refuse(fault, "action", "%s", why);
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return nf_refuse(fault, "action", no_row[input->event],
                     nf_node_statuses[*status]);
#pragma GCC diagnostic pop
}

bool
nf_node_has_failed(const struct nf_node *node, const struct nf_task *task)
{
    return task != NULL && task->status == NF_TASK_FAILED
           && !(node->status == NF_NODE_INSTALLED
                && nf_task_is_installed(task));
}
