#ifndef NF_AGENT_CONVERSATION_H
#define NF_AGENT_CONVERSATION_H

/*
 * The node in RAM and the server: inventory, report, waiting for a task, and
 * the operations the server tells, one after the other.  What to do next is
 * the server's decision; the agent keeps nothing, so that it can be killed
 * and started again anywhere.
 */

#include "boot_words.h"

#include <stdbool.h>

/*
 * Talks for ever; with is_once only until the node restarts, its task is
 * complete, or no task came in all polls.  In RAM it brings all cards up and
 * listens for switches.  The exit status.
 */
int nf_conversation_run(const struct nf_boot *boot, bool is_once,
                        bool is_in_ram);

#endif
