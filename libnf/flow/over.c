#include "flow/over.h"

#include "flow/advice.h"
#include "flow/words.h"

static bool
is_node(const struct nf_why_facts *f, enum nf_node_status status)
{
    return f->node != NULL && f->node->status == status;
}

/* The system is on the disk, and its node would be installed had it said so in
 * time. */
static bool
is_late(const struct nf_why_facts *f)
{
    return is_node(f, NF_NODE_INSTALLING) && nf_task_is_installed(f->task);
}

/* --- by what ----------------------------------------------------------------
 */

/* What was known then says more than what is to be looked at in general. */
static void
say_cause(const struct nf_why_facts *f, struct nf_out *out)
{
    const struct nf_step *failed = nf_why_step(f->task);
    const char *advice = failed == NULL ? "" : nf_advice_for(f->task, failed);

    nf_words_port(out, " The port is ", f, ".");
    if (f->diagnosis != NULL) {
        nf_words_time(out, " When it failed, at ", f->diagnosed_at);
        nf_out_printf(out, ": %s", f->diagnosis);
    } else if (advice[0] != '\0') {
        nf_out_printf(out, " %s", advice);
    }
}

/* Only one that was heard since says where it waits. */
static void
say_where(const struct nf_why_facts *f, struct nf_out *out)
{
    nf_time_t since = f->task->updated_at;

    if (f->in_ram > since && f->in_ram > f->at_script) {
        nf_out_puts(out, " nf-agent in its RAM was heard from ");
        nf_words_ago(out, f->now, f->in_ram);
        nf_out_puts(out, ", and waits.");
    } else if (f->at_script != 0 && f->at_script >= since) {
        nf_out_puts(out, " The node asked for its boot script ");
        nf_words_ago(out, f->now, f->at_script);
        nf_out_puts(out, ", and waits there.");
    }
}

static void
say_disk(const struct nf_why_facts *f, struct nf_out *out)
{
    if (is_late(f)) {
        nf_out_puts(out, " The system is on the disk: let the node boot from "
                         "it.");
        nf_out_puts(out, f->task->first_boot != NF_FIRST_BOOT_AGENT
                             ? " It becomes installed when it asks for its "
                               "boot script once more."
                             : " It becomes installed when its agent reports, "
                               "however late.");
    } else if (is_node(f, NF_NODE_INSTALLING)) {
        say_where(f, out);
        nf_out_puts(out, nf_task_is_disk_untouched(f->task)
                             ? ""
                             : " Its disk may have been written to, so it "
                               "stays installing.");
    }
}

void
nf_over_put(struct nf_out *out, const struct nf_why_facts *f,
            struct nf_why *why)
{
    const struct nf_task *task = f->task;

    why->state = nf_task_statuses[task->status];
    nf_out_printf(out, "The task is %s: ", nf_task_statuses[task->status]);
    nf_words_in_full(out, f,
                     task->reason[0] != '\0' ? task->reason : "no reason");
    nf_out_putc(out, '.');
    if (task->status == NF_TASK_FAILED
        && !(is_node(f, NF_NODE_INSTALLED) && nf_task_is_installed(task)))
    {
        say_cause(f, out);
    }
    say_disk(f, out);
}

/* --- and now ----------------------------------------------------------------
 */

static void
say_node_command(const struct nf_why_facts *f, struct nf_out *out)
{
    if (f->node != NULL) {
        nf_out_puts(out, " or ");
        nf_words_node_command(
            out, is_node(f, NF_NODE_DISCOVERED) ? "install" : "reinstall",
            f->node);
    }
}

/* Its own copies are of when it was made. */
static void
say_fresh(const struct nf_why_facts *f, struct nf_out *out)
{
    if (f->replaced != NULL) {
        nf_out_printf(out, " %s has been replaced since the task was made.",
                      f->replaced);
    }
    if (f->has_new_profile) {
        nf_out_printf(out,
                      " Its profile %s has changed since the task was "
                      "made.",
                      f->task->profile);
    }
    nf_out_puts(out, " Start over with ");
    nf_words_command(out, "retry --refresh", f->task);
    nf_out_puts(out, ", which takes that as it is now; ");
    nf_words_command(out, "retry", f->task);
    nf_out_puts(out, " takes it as it was.");
}

/* The task's own copy is all that is left of it. */
static void
say_gone(const struct nf_why_facts *f, struct nf_out *out)
{
    nf_out_printf(out, " Its profile %s has been deleted. Start over with ",
                  f->task->profile);
    nf_words_command(out, "retry", f->task);
    nf_out_puts(out, ", which uses the profile as it was.");
}

/* Why there is nothing to start over; false: there is. */
static bool
say_impossible(const struct nf_why_facts *f, struct nf_out *out)
{
    if (f->place != NF_WHY_HERE) {
        return true; /* which is said elsewhere */
    } else if (is_node(f, NF_NODE_INSTALLED) && nf_task_is_installed(f->task)) {
        nf_out_puts(out, " Its system came up afterwards.");
    } else if (is_node(f, NF_NODE_INSTALLED) && !f->may_reinstall) {
        nf_out_puts(out, " To wipe it and install it again: ");
        nf_words_node_command(out, "reinstall --yes-wipe", f->node);
        nf_out_putc(out, '.');
    } else {
        return false;
    }
    return true;
}

void
nf_over_put_advice(struct nf_out *out, const struct nf_why_facts *f)
{
    if (f->task->status == NF_TASK_REJECTED || say_impossible(f, out)) {
        return;
    }
    if (is_late(f)) {
        nf_out_putc(out, ' ');
        nf_words_command(out, "retry", f->task);
        nf_out_puts(out, " would install it again.");
    } else if (f->is_profile_gone) {
        say_gone(f, out);
    } else if (f->has_new_profile || f->replaced != NULL) {
        say_fresh(f, out);
    } else {
        nf_out_puts(out, " Start over with ");
        nf_words_command(out, "retry", f->task);
        say_node_command(f, out);
        nf_out_putc(out, '.');
    }
}
