#ifndef NF_API_NODE_EDIT_H
#define NF_API_NODE_EDIT_H

/*
 * Which members of a node an operator sets.  For the files of this folder.
 */

#include "api/reply.h"
#include "model/node.h"

/* What a body of PATCH says, as JSON; texts of edit live in the arena, or point
 * into the body. */
nf_error_t nf_node_edit_read(nf_arena_t *arena, struct nf_text body,
                             struct nf_node_edit *edit, struct nf_fault *fault);

#endif
