#ifndef NF_AGENT_NODE_H
#define NF_AGENT_NODE_H

/*
 * The node role: tells the broker that this node lives and does what it is
 * told, until SIGTERM.  A broker that is away is tried again for ever.
 */

#include "settings.h"

/* Runs until SIGTERM or SIGINT; returns the program's exit status. */
int nf_node_run(const struct nf_agent_settings *settings);

#endif
