/*
 * The plan as people read it, in docs/flow.md.
 */
#include "flow/plan.h"

static const char *const executors[] = {
    [NF_EXECUTOR_STORE] = "the store",
    [NF_EXECUTOR_OPERATOR] = "an operator",
    [NF_EXECUTOR_NODE] = "the machine",
    [NF_EXECUTOR_FILES] = "nf-relay",
    [NF_EXECUTOR_COMMAND] = "the BMC and switch worker",
    [NF_EXECUTOR_AGENT] = "nf-agent in RAM",
    [NF_EXECUTOR_INSTALLER] = "the installer",
};

static const char *const boots[] = {
    [NF_BOOT_WAIT] = "asks again",
    [NF_BOOT_INSTALL] = "installer",
    [NF_BOOT_AGENT] = "nf-agent in RAM",
    [NF_BOOT_LOCAL] = "its disk",
    [NF_BOOT_STUCK] = "waits, with the reason",
};

/* A live task at this step, that has everything but an image, or that too. */
static struct nf_task
task_at(enum nf_step_kind kind, bool has_image)
{
    struct nf_task task = {.status = NF_TASK_INSTALLING,
                           .flags = NF_TASK_HAS_BMC | NF_TASK_HAS_SWITCH
                                    | NF_TASK_HAS_HARDWARE | NF_TASK_HAS_FILES
                                    | (has_image ? NF_TASK_HAS_IMAGE : 0),
                           .steps_n = NF_STEP_KINDS,
                           .step = (uint8_t) kind};

    for (size_t i = 0; i < NF_STEP_KINDS; i++) {
        task.steps[i].kind = (uint8_t) i;
        task.steps[i].status = i < kind ? NF_STEP_DONE : NF_STEP_WAITING;
    }
    task.steps[kind].status = NF_STEP_RUNNING;
    return task;
}

/* With an image nf-agent is the installer that is served. */
static void
put_boot(struct nf_out *out, enum nf_step_kind kind)
{
    struct nf_task plain = task_at(kind, false), image = task_at(kind, true);
    enum nf_node_boot boot = nf_node_boot_for(NF_NODE_INSTALLING, &plain);
    enum nf_node_boot other = nf_node_boot_for(NF_NODE_INSTALLING, &image);

    if (kind == NF_STEP_NODE_BOOT) { /* what it is depends on what follows */
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
put_operation(struct nf_out *out, enum nf_step_kind kind)
{
    struct nf_task plain = task_at(kind, false), image = task_at(kind, true);
    enum nf_operation operation = nf_task_operation(&plain);
    enum nf_operation other = nf_task_operation(&image);

    nf_out_printf(out, "`%s`", nf_operations[operation]);
    if (operation != other) {
        nf_out_printf(out, " (an image: `%s`)", nf_operations[other]);
    }
}

static void
put_step(struct nf_out *out, const struct nf_plan_row *row)
{
    struct nf_task bare = {.first_boot = NF_FIRST_BOOT_NONE};
    const char *skip = row->skip(&bare);

    nf_out_printf(out, "| `%s` | %s | %s | %s%s%s | %s | %u | ",
                  nf_step_kinds[row->kind], executors[row->executor],
                  skip != NULL ? skip : "-", row->deadline != NULL ? "`" : "",
                  row->deadline != NULL ? row->deadline : "-",
                  row->deadline != NULL ? "`" : "",
                  nf_step_is_tried_again(row->kind) ? "`NF_COMMAND_TRIES`"
                                                    : "1",
                  row->percent);
    if (row->undoes != row->kind) {
        nf_out_printf(out, "`%s`", nf_step_kinds[row->undoes]);
    } else {
        nf_out_putc(out, '-');
    }
    nf_out_puts(out, " | ");
    put_boot(out, row->kind);
    nf_out_puts(out, " | ");
    put_operation(out, row->kind);
    nf_out_puts(out, " |\n");
}

void
nf_task_print_steps(struct nf_out *out)
{
    nf_out_puts(out,
                "| step | done by | left out when | deadline | tries | percent "
                "| undoes | boot script | agent's operation |\n"
                "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < NF_STEP_KINDS; i++) {
        put_step(out, &nf_plan[i]);
    }
}

void
nf_task_print_diagram(struct nf_out *out)
{
    nf_out_puts(out, "```mermaid\nflowchart TD\n");
    for (size_t i = 0; i < NF_STEP_KINDS; i++) {
        nf_out_printf(out, "    %s[\"%s<br>%s\"]\n", nf_step_kinds[i],
                      nf_step_kinds[i], executors[nf_plan[i].executor]);
    }
    for (size_t i = 0; i + 1 < NF_STEP_KINDS; i++) {
        nf_out_printf(out, "    %s --> %s\n", nf_step_kinds[i],
                      nf_step_kinds[i + 1]);
    }
    nf_out_printf(out,
                  "    %s --> completed([completed])\n"
                  "    %s -- rejected --> rejected([rejected])\n",
                  nf_step_kinds[NF_STEP_KINDS - 1],
                  nf_step_kinds[NF_STEP_APPROVAL]);
    nf_out_puts(out, "    ended([failed or cancelled])\n");
    for (size_t i = 0; i < NF_STEP_KINDS; i++) {
        if (nf_plan[i].undoes != nf_plan[i].kind) {
            nf_out_printf(out, "    ended -. undoes %s .-> %s\n",
                          nf_step_kinds[nf_plan[i].undoes], nf_step_kinds[i]);
        }
    }
    nf_out_puts(out, "    ended -- retry --> approval\n```\n");
}
