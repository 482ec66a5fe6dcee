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

static bool
is_running(const struct nf_task *task)
{
    return nf_task_running(task) != NULL;
}

static void
check(const struct nf_task *task, const struct nf_task *before)
{
    unsigned active = 0;

    demand(task->tries != before->tries || task->percent >= before->percent);
    demand(task->percent <= 100);
    demand((task->status == NF_TASK_COMPLETED) == (task->percent == 100));
    for (int i = 0; i < task->steps_n; i++) {
        active += task->steps[i].status == NF_STEP_RUNNING
                  || task->steps[i].status == NF_STEP_RETRYING;
    }
    demand(active == is_running(task));
    demand(is_running(task) == (nf_task_is_live(task) || task->is_undoing));
    demand(is_running(task) || task->deadline == 0);
    demand(nf_task_is_live(before) || !nf_task_is_live(task)
           || task->tries != before->tries);
}

static struct nf_task
make_task(const uint8_t *data, const struct nf_task_rules *rules)
{
    struct nf_task task = {.id = 1,
                           .flags = data[3] & 0x3f,
                           .mac = {{0, 0, 0, 0, 0, data[3] >> 6}},
                           .first_boot = data[2] % 3};

    nf_task_start(&task, rules, 1);
    return task;
}

/* Two bytes are one event: which, and of which step and try. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char json[NF_TASK_JSON_MAX];

    if (size < 4) {
        return 0;
    }
    struct nf_task_rules rules = {.deadlines = {[NF_STEP_NODE_BOOT] = data[0],
                                                [NF_STEP_OS_INSTALL] = data[1],
                                                [NF_STEP_BMC_RESET] = 9},
                                  .tries = {[NF_STEP_BMC_RESET] = data[0] % 4},
                                  .scripts = data[2] >> 4};
    struct nf_task task = make_task(data, &rules);
    for (size_t i = 4; i + 1 < size; i += 2) {
        struct nf_task before = task;
        struct nf_task_input input = {
            .event = (enum nf_task_event)(data[i] % NF_TASK_EVENT_COUNT),
            .now = (nf_time_t) (i * 50),
            .step = (enum nf_step_kind)((data[i + 1] & 0xf) % NF_STEP_KINDS),
            .attempt = data[i + 1] >> 4 & 3,
            .round = data[i + 1] >> 6,
            .detail = data[i] & 0x80 ? "why\n\xff" : NULL};
        (void) nf_task_step(&task, &rules, &input);
        check(&task, &before);
        for (int status = 0; status < 3; status++) {
            demand(nf_node_boot_for((enum nf_node_status) status, &task)
                   <= NF_BOOT_STUCK);
        }
        demand(nf_task_operation(&task) <= NF_OPERATION_COMPLETE);
    }
    struct nf_out out = nf_out(json, sizeof(json));
    nf_task_json(&task, (struct nf_text){0}, &out);
    demand(!out.full);
    return 0;
}
