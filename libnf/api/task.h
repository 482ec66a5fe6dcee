#ifndef NF_API_TASK_H
#define NF_API_TASK_H

/*
 * Tasks as the API shows and takes them.  For the files of this folder.
 */

#include "api/reply.h"
#include "base/value.h"
#include "flow/task.h"

enum {
    NF_TASK_SHOWN_MAX = NF_TASK_JSON_MAX + 128 * 1024 /* with its progress */
};

/* The task without its closing brace: as in lists and events. */
void nf_put_task(struct nf_out *out, struct nf_read *r,
                 const struct nf_task *task);

/* ,"progress":[...],"logs":[...]: what was said of it, oldest first. */
void nf_put_task_progress(struct nf_out *out, struct nf_read *r,
                          const struct nf_task *task);

/* Answer with one task, whole. */
nf_error_t nf_reply_task(struct nf_call *call, struct nf_read *r,
                         unsigned status, uint64_t id);

/* The task of this id, or of a machine of this name: its latest, or the one
 * that waits for it or did so last. */
bool nf_find_task(struct nf_read *r, struct nf_text name, struct nf_task *task);

/* The one that the path names so. */
nf_error_t nf_reply_find_task(struct nf_call *call, struct nf_scope *scope,
                              struct nf_task *task);

/*
 * What an operator wrote, checked: a draft and the profile that it works by,
 * all in the arena.
 */
struct nf_task_order {
    struct nf_task_draft draft;
    struct nf_profile effective;
};
nf_error_t nf_task_order_read(struct nf_scope *scope, nf_arena_t *arena,
                              const struct nf_value *body,
                              struct nf_task_order *order,
                              struct nf_fault *fault);

/*
 * The task's profile as it is now, with what the operator said of the task
 * laid over it; in the arena.  NF_INVALID: there is none any more, or they do
 * not go together.
 */
nf_error_t nf_task_order_again(struct nf_scope *scope, nf_arena_t *arena,
                               const struct nf_task *task,
                               struct nf_profile *effective,
                               struct nf_fault *fault);

#endif
