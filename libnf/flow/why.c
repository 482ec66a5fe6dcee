#include "flow/why.h"

#include <stdio.h>

#include "base/time.h"
#include "flow/advice.h"
#include "flow/hint.h"
#include "flow/identity.h"
#include "flow/over.h"
#include "flow/plan.h"
#include "flow/words.h"

enum {
    RELAY_LATE_S = 10, /* it turns more often */
    KEPT_MAX = 64,     /* of a list of VLANs */
    TROUBLES_SAID = 2, /* the rest is in `nf status` */
};

/* --- a task that goes on ----------------------------------------------------
 */

/* What follows when nothing comes of the step that runs. */
static void
put_otherwise(struct nf_out *out, const struct nf_why_facts *f)
{
    const struct nf_step *step = nf_hint_step(f);
    bool is_again = nf_plan_executor(step->kind)->is_asked_again;
    enum nf_boot_mode mode = nf_task_boot_mode(f->task);

    if (nf_task_way_back(f->task) != NF_STEP_KINDS) {
        nf_out_printf(out, "it is reset with the %s boot flag",
                      nf_boot_mode_names[nf_boot_mode_other(mode)]);
    } else {
        nf_out_puts(out, is_again && step->attempts < f->tries ? "it is retried"
                         : f->task->is_undoing                 ? "it is skipped"
                                               : "the task fails");
    }
}

/* nf-relay acts on deadlines, a moment after them.  That it does not run is
 * said in front. */
static void
say_overdue(const struct nf_why_facts *f, nf_time_t deadline,
            struct nf_out *out)
{
    bool is_late = f->now - deadline > NF_SECONDS(RELAY_LATE_S);

    nf_out_puts(out, !is_late ? "."
                     : nf_troubles_stop_clock(f->troubles)
                         ? ", and nf-relay, which acts on that, is not working."
                         : ", and nf-relay has not acted on that yet: check "
                           "its log.");
}

static void
say_retrying(const struct nf_why_facts *f, struct nf_out *out)
{
    const struct nf_step *step = nf_hint_step(f);
    bool is_due = step->deadline <= f->now;
    const char *advice = nf_advice_for(f->task, step);

    nf_out_printf(out, "Attempt %u of %u of %s", step->attempts, f->tries,
                  nf_step_kinds[step->kind]);
    nf_words_port(out, " at ", f, "");
    nf_out_puts(out, " failed (");
    nf_words_in_full(out, f, step->error);
    nf_out_putc(out, ')');
    nf_words_time(out,
                  is_due ? "; the next attempt was due at "
                         : "; the next attempt begins at ",
                  step->deadline);
    if (is_due) {
        say_overdue(f, step->deadline, out);
    } else {
        nf_out_printf(out, ", and after attempt %u %s.", f->tries,
                      f->task->is_undoing ? "it is skipped" : "the task fails");
    }
    nf_out_puts(out, advice[0] != '\0' ? " " : "");
    nf_out_puts(out, advice);
}

static void
say_running(const struct nf_why_facts *f, struct nf_out *out)
{
    const struct nf_step *step = nf_hint_step(f);

    nf_out_printf(out, "Waiting for %s",
                  nf_plan_waits_for(f->task, step->kind));
    nf_words_port(out, " (", f, ")");
    nf_words_since(out, " since ", f, step->started);
    if (step->attempts > 0) {
        nf_out_printf(out, ", attempt %u", step->attempts);
    }
    if (step->deadline == 0) {
        nf_out_puts(out, nf_hint_is_before_power(f)
                             ? ", with no deadline: it was approved to "
                               "install when it boots."
                             : ".");
    } else if (step->deadline <= f->now) {
        nf_words_time(out, "; it was due by ", step->deadline);
        say_overdue(f, step->deadline, out);
    } else {
        nf_out_puts(out, "; ");
        put_otherwise(out, f);
        nf_words_time(out, " if that has not happened by ", step->deadline);
        nf_out_putc(out, '.');
    }
}

/* Of a device that is asked once more: what came of it before, or why. */
static void
say_before(const struct nf_why_facts *f, struct nf_out *out)
{
    const struct nf_step *step = nf_hint_step(f);
    const struct nf_step *boot = nf_task_find_step(f->task, NF_STEP_NODE_BOOT);

    if (boot != NULL && boot > step && boot->error[0] != '\0'
        && !f->task->is_undoing)
    {
        nf_out_printf(out, " Earlier: %s.", boot->error);
    }
    if (nf_plan_row(step->kind)->command != NULL && step->error[0] != '\0') {
        nf_out_printf(out, " Attempt %u failed (", step->attempts - 1);
        nf_words_in_full(out, f, step->error);
        nf_out_printf(out, "). %s", nf_advice_for(f->task, step));
    }
}

static void
say_then(const struct nf_why_facts *f, struct nf_why *why, struct nf_out *out)
{
    enum nf_step_kind next = nf_task_next_step(f->task);
    bool has_next = next < NF_STEP_KINDS;

    why->then = has_next              ? nf_step_kinds[next]
                : f->task->is_undoing ? nf_task_statuses[f->task->status]
                                      : nf_task_statuses[NF_TASK_COMPLETED];
    nf_out_printf(out,
                  has_next              ? " Next: %s."
                  : f->task->is_undoing ? " After that the %s task is over."
                                        : " After that the task is %s.",
                  why->then);
}

static void
say_step(const struct nf_why_facts *f, struct nf_why *why, struct nf_out *out)
{
    const struct nf_step *step = nf_hint_step(f);

    why->waits_for = nf_plan_waits_for(f->task, step->kind);
    why->since = step->started;
    why->deadline = step->deadline;
    if (f->task->is_undoing) {
        nf_out_printf(out, "The task is %s: %s. Its changes are being undone. ",
                      nf_task_statuses[f->task->status], f->task->reason);
    }
    if (step->status == NF_STEP_RETRYING) {
        why->state = "retrying";
        say_retrying(f, out);
    } else {
        say_running(f, out);
        nf_out_putc(out, ' ');
        why->state = nf_hint_put(out, f);
        say_before(f, out);
    }
    if (f->task->is_undoing) {
        why->state = "undoing";
    }
    say_then(f, why, out);
}

/* --- and one that is over, or was never made
 * ----------------------------------
 */

/* The step that the task failed by, or undoing it; NULL: none did. */
static const struct nf_step *
find_failed(const struct nf_task *task)
{
    for (size_t i = 0; i < task->steps_n; i++) {
        if (task->steps[i].status == NF_STEP_FAILED) {
            return &task->steps[i];
        }
    }
    return NULL;
}

const struct nf_step *
nf_why_step(const struct nf_task *task)
{
    const struct nf_step *running = nf_task_running(task);

    return running != NULL ? running : find_failed(task);
}

static void
say_discovered(const struct nf_why_facts *f, struct nf_why *why,
               struct nf_out *out)
{
    why->state = f->reports_n > 0 && f->reports[0].clash == NF_WHY_CARD
                     ? "other_card"
                 : f->reports_n > 0         ? "report_unmatched"
                 : nf_hint_is_refused(f)    ? "firmware_not_served"
                 : nf_hint_is_never_seen(f) ? "never_seen"
                                            : "no_task";
    why->waits_for = "an operator to install it";
    why->since = f->node->created_at;
    nf_words_since(out, "Discovered ", f, f->node->created_at);
    nf_out_puts(out, "; waiting for an operator to install it: ");
    nf_words_node_command(out, "install", f->node);
    nf_out_puts(out, ", or a task.");
    if (f->reports_n > 0) {
        nf_out_putc(out, ' ');
        nf_identity_reports(out, f);
    }
    if (nf_hint_is_refused(f)) {
        nf_out_putc(out, ' ');
        nf_words_firmware(out, f);
    }
    if (strcmp(why->state, "never_seen") == 0) {
        nf_out_puts(out, " It has never asked for an address.");
    }
}

/* A profile may install a system without an agent: nobody is silent there,
 * unless one was heard all the same. */
static bool
has_no_agent(const struct nf_why_facts *f)
{
    return f->task != NULL && f->task->first_boot != NF_FIRST_BOOT_AGENT
           && f->heard <= f->task->updated_at;
}

static void
say_installed(const struct nf_why_facts *f, struct nf_why *why,
              struct nf_out *out)
{
    bool is_well = f->node->online || has_no_agent(f);

    why->state = is_well ? "installed" : "agent_offline";
    nf_out_puts(out, "Installed; boots its own disk. ");
    if (f->node->online) {
        nf_out_puts(out, "Its agent reports.");
    } else if (is_well) {
        nf_out_puts(out, "Its profile does not wait for an agent to report.");
    } else if (f->heard == 0) {
        nf_out_puts(out, "Its agent has never been heard from.");
    } else {
        nf_words_since(out, "Its agent has been silent since ", f, f->heard);
        nf_out_putc(out, '.');
    }
}

static void
say_node(const struct nf_why_facts *f, struct nf_why *why, struct nf_out *out)
{
    const struct nf_task *task = f->task;
    bool is_ended = task != NULL && task->status > NF_TASK_COMPLETED;
    bool is_installed = f->node != NULL && f->node->status == NF_NODE_INSTALLED;
    bool is_installing =
        f->node == NULL || f->node->status == NF_NODE_INSTALLING;
    bool is_told =
        is_ended && (!is_installed || task->status == NF_TASK_FAILED);

    if (is_told) {
        nf_over_put(out, f, why);
        nf_over_put_advice(out, f);
        nf_out_puts(out, is_installing ? "" : " ");
    }
    if (is_installed) {
        say_installed(f, why, out);
        if (f->reports_n > 0) {
            nf_out_putc(out, ' ');
            nf_identity_reports(out, f);
        }
    } else if (f->node != NULL && f->node->status == NF_NODE_DISCOVERED) {
        say_discovered(f, why, out);
    } else if (task == NULL) {
        why->state = "task_gone";
        nf_out_puts(out, "Installing, but its task is gone: run ");
        nf_words_node_command(out, "reinstall", f->node);
        nf_out_putc(out, '.');
    } else if (!is_ended) {
        why->state = nf_task_statuses[task->status];
        nf_out_printf(out, "The task is %s.", why->state);
    }
}

/* Nobody's machine, but one that asks, or that was a node before. */
static void
say_stranger(const struct nf_why_facts *f, struct nf_why *why,
             struct nf_out *out)
{
    why->state = f->firmware != NULL ? "firmware_not_served" : "not_a_node";
    nf_words_mac(out, f->mac);
    nf_out_puts(out, " is not a node. ");
    if (f->firmware != NULL) {
        nf_words_firmware(out, f);
        return;
    }
    if (f->leased != 0) {
        nf_out_puts(out, "It last asked for an address ");
        nf_words_ago(out, f->now, f->leased);
        nf_out_puts(out, ". ");
    }
    nf_out_puts(out, "To install it, run `nf create --mac ");
    nf_words_mac(out, f->mac);
    nf_out_puts(out, "`.");
}

/* What an operator wants of the node itself, and how far that is. */
static void
say_wanted(const struct nf_why_facts *f, struct nf_out *out)
{
    static const char *const words[] = {
        [NF_COMMAND_QUEUED] = "has not been sent yet",
        [NF_COMMAND_SENT] = "was sent, and its agent has not answered",
        [NF_COMMAND_RUNNING] = "is being carried out",
    };
    const struct nf_command *command = f->wanted;

    if (command == NULL || !nf_command_is_live(command)) {
        return;
    }
    nf_out_printf(out, " The command %s of ", command->operation);
    nf_words_ago(out, f->now, command->created_at);
    nf_out_printf(out, " %s", words[command->state]);
    if (command->deadline > f->now) {
        nf_words_time(out, "; it expires at ", command->deadline);
        nf_out_putc(out, '.');
    } else {
        nf_words_time(out, "; it was due by ", command->deadline);
        say_overdue(f, command->deadline, out);
    }
}

/* Of a store that took it before such addresses were refused, or before the
 * settings changed. */
static void
say_unfit(const struct nf_why_facts *f, struct nf_out *out)
{
    char ip[NF_IP4_TEXT];

    if (f->unfit != NULL) {
        nf_ip4_format(f->node->ip, ip);
        nf_out_printf(out, " DHCP keeps no address for it: its own, %s, %s.",
                      ip, f->unfit);
    }
}

/* How undoing failed, ""; a task may have failed by that very step. */
static const char *
find_not_undone(const struct nf_task *task)
{
    const struct nf_step *step =
        task == NULL ? NULL
                     : nf_task_find_step(task, NF_STEP_SWITCH_PRODUCTION_VLAN);

    if (step == NULL || step->status != NF_STEP_FAILED
        || (task->status == NF_TASK_FAILED && step == find_failed(task)))
    {
        return "";
    }
    return step->error;
}

/* A step that runs may still do it. */
static void
say_kept(const struct nf_why_facts *f, struct nf_out *out)
{
    const struct nf_port_kept *kept = f->kept;

    if (kept == NULL || nf_hint_step(f) != NULL) {
        return;
    }
    const char *why = find_not_undone(f->task);
    nf_out_printf(out, " %s of %s was not put back as it was (VLAN %u",
                  kept->port, kept->device, kept->vlan);
    if (kept->tagged[0] != '\0') {
        nf_out_printf(out, ", tagged %.*s", KEPT_MAX, kept->tagged);
    }
    nf_out_printf(out, ")%s%s", why[0] != '\0' ? ": " : "", why);
    nf_out_puts(out, ". `nf port restore ");
    nf_words_mac(out, kept->node);
    nf_out_puts(out, "` does that once the switch can be reached.");
}

/* What is wrong with the bastion explains the rest. */
static void
say_troubles(const struct nf_why_facts *f, struct nf_why *why,
             struct nf_out *out)
{
    size_t said = 0;

    for (size_t i = 0; f->troubles != NULL && i < f->troubles->n; i++) {
        const struct nf_trouble *trouble = &f->troubles->each[i];
        if (said < TROUBLES_SAID && nf_trouble_explains(trouble, f)) {
            why->trouble =
                said == 0 ? nf_trouble_name(trouble->kind) : why->trouble;
            nf_trouble_put(out, trouble);
            nf_out_putc(out, ' ');
            nf_trouble_put_advice(out, trouble);
            nf_out_putc(out, ' ');
            said++;
        }
    }
}

static bool
is_kin_named(const struct nf_why_facts *f, const struct nf_why *why)
{
    return nf_hint_step(f) != NULL && strcmp(why->state, "other_card") == 0;
}

/* What waits since before that waits as long as it would have. */
static void
say_clock(const struct nf_why_facts *f, struct nf_out *out)
{
    const struct nf_step *step = nf_hint_step(f);
    nf_time_t by = f->clock_set.by;

    if (f->clock_set.at == 0 || step == NULL || step->started > f->clock_set.at)
    {
        return;
    }
    nf_out_printf(out, " The server's clock was set %s by ",
                  by < 0 ? "back" : "forward");
    nf_out_duration(out, by < 0 ? -by : by);
    nf_words_time(out, " at ", f->clock_set.at);
    nf_out_puts(out, step->deadline != 0 ? "; its deadline was moved with it."
                                         : ".");
}

void
nf_why(const struct nf_why_facts *facts, struct nf_why *why)
{
    *why = (struct nf_why){0};
    struct nf_out out = nf_out(why->sentence, sizeof(why->sentence) - 1);

    say_troubles(facts, why, &out);
    if (facts->node == NULL && facts->task == NULL) {
        say_stranger(facts, why, &out);
    } else if (nf_hint_step(facts) != NULL) {
        say_step(facts, why, &out);
    } else {
        say_node(facts, why, &out);
    }
    say_clock(facts, &out);
    say_wanted(facts, &out);
    say_kept(facts, &out);
    say_unfit(facts, &out);
    nf_identity_rest(&out, facts, is_kin_named(facts, why));
    if (facts->not_enrolled != NULL) {
        nf_out_printf(&out, " Its BMC is not enrolled: %s.",
                      facts->not_enrolled);
    }
    why->since = why->since < facts->now ? why->since : facts->now;
    why->sentence[out.len] = '\0';
}

const char *
nf_why_hint(const struct nf_why_facts *facts, struct nf_out *out)
{
    return nf_hint_step(facts) == NULL ? "" : nf_hint_put(out, facts);
}
