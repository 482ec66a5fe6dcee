/* Events in any order against one task: what always holds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow/node.h"
#include "flow/task.h"

static void
demand(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void
check(const struct nf_task *task, const struct nf_task *before)
{
    unsigned running = 0;

    demand(task->percent >= before->percent && task->percent <= 100);
    demand((task->status == NF_TASK_COMPLETED) == (task->percent == 100));
    for (int i = 0; i < task->steps_n; i++) {
        running += task->steps[i].status == NF_STEP_RUNNING;
    }
    demand(running == nf_task_is_live(task));
    demand(nf_task_is_live(task) || task->deadline == 0);
    demand(nf_task_is_live(before) || !nf_task_is_live(task));
}

/* One byte is one event; the first three are the rules. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char json[NF_TASK_JSON_MAX];
    struct nf_task task = {.id = 1};

    if (size < 3) {
        return 0;
    }
    struct nf_task_rules rules = {
        .deadlines =
            {[NF_STEP_NODE_BOOT] = data[0], [NF_STEP_OS_INSTALL] = data[1]},
        .scripts = data[2] >> 4,
        .first_boot = (enum nf_first_boot)(data[2] % 3)};
    nf_task_start(&task, &rules, 1);
    for (size_t i = 3; i < size; i++) {
        struct nf_task before = task;
        struct nf_task_input input = {
            (enum nf_task_event)(data[i] % NF_TASK_EVENT_COUNT), (nf_time_t) i,
            data[i] & 0x80 ? "why\n\xff" : NULL};
        (void) nf_task_step(&task, &rules, &input);
        check(&task, &before);
        for (int status = 0; status < 3; status++) {
            demand(nf_node_boot_for((enum nf_node_status) status, &task)
                   <= NF_BOOT_STUCK);
        }
    }
    struct nf_out out = nf_out(json, sizeof(json));
    nf_task_json(&task, &out);
    demand(!out.full);
    return 0;
}
