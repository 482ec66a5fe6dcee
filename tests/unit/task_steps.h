#ifndef NF_TEST_TASK_STEPS_H
#define NF_TEST_TASK_STEPS_H

/*
 * Looking at the steps of a task.
 */

#include "flow/task.h"

#include "base/time.h"
#include "task_walk.h"

UNUSED static const struct nf_step *
step_of(const struct nf_task *task, enum nf_step_kind kind)
{
    const struct nf_step *step = nf_task_find_step(task, kind);

    assert_non_null(step);
    return step;
}

UNUSED static void
expect_running(const struct nf_task *task, enum nf_step_kind kind,
               enum nf_step_status status)
{
    const struct nf_step *step = nf_task_running(task);

    assert_non_null(step);
    assert_int_equal(step->kind, kind);
    assert_int_equal(step->status, status);
}

#endif
