/*
 * The plan as people read it, in docs/flow.md.
 */
#include "flow/plan.h"

static const char *const boots[] = {
    [NF_BOOT_WAIT] = "waits",
    [NF_BOOT_INSTALL] = "installer",
    [NF_BOOT_AGENT] = "nf-agent in RAM",
    [NF_BOOT_LOCAL] = "its disk",
    [NF_BOOT_STUCK] = "waits, with the reason",
};

/* A live task at this step, that has everything but an image, or that too. */
static struct nf_task
task_at(const struct nf_plan_row *row, bool has_image)
{
    struct nf_task task = {.status = NF_TASK_INSTALLING,
                           .flags = NF_TASK_HAS_BMC | NF_TASK_HAS_SWITCH
                                    | NF_TASK_HAS_HARDWARE | NF_TASK_HAS_FILES
                                    | (has_image ? NF_TASK_HAS_IMAGE : 0),
                           .steps_n = (uint8_t) nf_plan_steps,
                           .step = (uint8_t) (row - nf_plan)};

    for (size_t i = 0; i < nf_plan_steps; i++) {
        task.steps[i].kind = (uint8_t) nf_plan[i].kind;
        task.steps[i].status =
            &nf_plan[i] < row ? NF_STEP_DONE : NF_STEP_WAITING;
    }
    task.steps[task.step].status = NF_STEP_RUNNING;
    return task;
}

/* With an image nf-agent is the installer that is served. */
static void
put_boot(struct nf_out *out, const struct nf_plan_row *row)
{
    struct nf_task plain = task_at(row, false), image = task_at(row, true);
    enum nf_node_boot boot = nf_node_boot_for(NF_NODE_INSTALLING, &plain);
    enum nf_node_boot other = nf_node_boot_for(NF_NODE_INSTALLING, &image);

    if (row->kind == NF_STEP_NODE_BOOT)
    { /* what it is depends on what follows */
        plain.flags = 0;
        nf_out_printf(out, "%s, or ",
                      boots[nf_node_boot_for(NF_NODE_INSTALLING, &plain)]);
    }
    nf_out_puts(out, boots[boot]);
    if (boot == NF_BOOT_INSTALL && other == boot) {
        nf_out_puts(out, " (an image: nf-agent in RAM)");
    }
}

static void
put_operation(struct nf_out *out, const struct nf_plan_row *row)
{
    struct nf_task plain = task_at(row, false), image = task_at(row, true);
    enum nf_operation operation = nf_task_operation(&plain);
    enum nf_operation other = nf_task_operation(&image);

    nf_out_printf(out, "`%s`", nf_operations[operation]);
    if (operation != other) {
        nf_out_printf(out, " (an image: `%s`)", nf_operations[other]);
    }
}

static void
put_deadline(struct nf_out *out, const struct nf_plan_row *row)
{
    if (row->deadline == NULL) {
        nf_out_putc(out, '-');
        return;
    }
    nf_out_printf(out, "`%s`", row->deadline);
    if (row->back_to != NF_STEP_KINDS) {
        nf_out_printf(out, "; with a BMC half of it, then once more from `%s`",
                      nf_step_kinds[row->back_to]);
    }
}

static void
put_step(struct nf_out *out, const struct nf_plan_row *row)
{
    const struct nf_executor_row *executor = nf_plan_executor(row->kind);
    struct nf_task bare = {.first_boot = NF_FIRST_BOOT_NONE};
    const char *skip = row->skip(&bare);

    nf_out_printf(out, "| `%s` | %s | %s | ", nf_step_kinds[row->kind],
                  executor->name, skip != NULL ? skip : "-");
    put_deadline(out, row);
    nf_out_printf(out, " | %s | %u | ",
                  executor->is_tried_again ? "`NF_COMMAND_TRIES`" : "1",
                  row->percent);
    if (row->undoes != NF_STEP_KINDS) {
        nf_out_printf(out, "`%s`", nf_step_kinds[row->undoes]);
    } else {
        nf_out_putc(out, '-');
    }
    nf_out_puts(out, " | ");
    put_boot(out, row);
    nf_out_puts(out, " | ");
    put_operation(out, row);
    nf_out_puts(out, " |\n");
}

void
nf_task_print_steps(struct nf_out *out)
{
    nf_out_puts(
        out, "| step | done by | left out when | deadline | attempts | percent "
             "| undoes | boot script | agent's operation |\n"
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < nf_plan_steps; i++) {
        put_step(out, &nf_plan[i]);
    }
}

void
nf_task_print_diagram(struct nf_out *out)
{
    const struct nf_plan_row *end = &nf_plan[nf_plan_steps];

    nf_out_puts(out, "```mermaid\nflowchart TD\n");
    for (const struct nf_plan_row *row = nf_plan; row < end; row++) {
        nf_out_printf(out, "    %s[\"%s<br>%s\"]\n", nf_step_kinds[row->kind],
                      nf_step_kinds[row->kind],
                      nf_plan_executor(row->kind)->name);
    }
    for (const struct nf_plan_row *row = nf_plan; row + 1 < end; row++) {
        nf_out_printf(out, "    %s --> %s\n", nf_step_kinds[row->kind],
                      nf_step_kinds[row[1].kind]);
    }
    nf_out_printf(out,
                  "    %s --> completed([completed])\n"
                  "    %s -- rejected --> rejected([rejected])\n",
                  nf_step_kinds[end[-1].kind], nf_step_kinds[nf_plan[0].kind]);
    for (const struct nf_plan_row *row = nf_plan; row < end; row++) {
        if (row->back_to != NF_STEP_KINDS) {
            nf_out_printf(out, "    %s -. the other boot flag .-> %s\n",
                          nf_step_kinds[row->kind],
                          nf_step_kinds[row->back_to]);
        }
    }
    nf_out_puts(out, "    ended([failed or cancelled])\n");
    for (const struct nf_plan_row *row = nf_plan; row < end; row++) {
        if (row->undoes != NF_STEP_KINDS) {
            nf_out_printf(out, "    ended -. undoes %s .-> %s\n",
                          nf_step_kinds[row->undoes], nf_step_kinds[row->kind]);
        }
    }
    nf_out_puts(out, "    ended -- retry --> approval\n```\n");
}
