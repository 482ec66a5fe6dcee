#include "flow/why.h"

#include <stdio.h>

#include "base/time.h"
#include "flow/plan.h"
#include "flow/words.h"

enum {
    SILENT_POLLS = 6, /* of an agent that asks so often */
    SPEAKS_S = 600,   /* an installer has something to say so often */
};

static const struct nf_step *
now_step(const struct nf_why_facts *f)
{
    return f->task == NULL ? NULL : nf_task_running(f->task);
}

static bool
is_zero(nf_mac_t mac)
{
    return nf_mac_equal(mac, (nf_mac_t){0});
}

/* --- what a step that runs has to do with ------------------------------------
 */

/* A boot script that it asked for, or an agent's report, set its address where
 * no operator did. */
static bool
is_never_seen(const struct nf_why_facts *f)
{
    const struct nf_node *node = f->node;

    return f->leased == 0 && f->heard == 0
           && (node == NULL || !nf_ip4_is_set(node->ip)
               || nf_ip4_is_set(node->netmask) || node->is_bound);
}

static bool
is_heard_since(const struct nf_why_facts *f)
{
    return f->heard != 0 && f->heard >= now_step(f)->started;
}

static bool
is_leased_since(const struct nf_why_facts *f)
{
    return f->leased != 0 && f->leased >= now_step(f)->started;
}

static bool
is_leased_before(const struct nf_why_facts *f)
{
    return f->leased != 0 && !is_leased_since(f);
}

static bool
came_by_other_card(const struct nf_why_facts *f)
{
    return f->cards_n > 0 && !is_heard_since(f) && !is_leased_since(f);
}

static bool
has_error(const struct nf_why_facts *f)
{
    return now_step(f)->error[0] != '\0';
}

static bool
is_agent_lively(const struct nf_why_facts *f)
{
    return is_heard_since(f) && f->now - f->heard <= f->poll * SILENT_POLLS;
}

/* Its sign of life is noted now and then only, so a step that it brought about
 * may be younger. */
static bool
is_agent_about(const struct nf_why_facts *f)
{
    return f->heard != 0 && f->now - f->heard <= f->poll * SILENT_POLLS;
}

static bool
is_agent_silent(const struct nf_why_facts *f)
{
    return is_heard_since(f) && !is_agent_lively(f);
}

static bool
is_image(const struct nf_why_facts *f)
{
    return (f->task->flags & NF_TASK_HAS_IMAGE) != 0;
}

static bool
is_image_silent(const struct nf_why_facts *f)
{
    return is_image(f) && !is_agent_lively(f)
           && f->now - now_step(f)->started > f->poll * SILENT_POLLS;
}

static bool
is_told_since(const struct nf_why_facts *f)
{
    return f->told != 0 && f->told >= now_step(f)->started;
}

/* The fetch that failed was likely before that. */
static bool
is_told_since_error(const struct nf_why_facts *f)
{
    return has_error(f) && is_told_since(f)
           && f->now - f->told <= NF_SECONDS(SPEAKS_S);
}

static bool
is_not_started(const struct nf_why_facts *f)
{
    return now_step(f)->attempts == 0;
}

static bool
is_taken(const struct nf_why_facts *f)
{
    return !is_zero(f->taken);
}

static bool
has_reports(const struct nf_why_facts *f)
{
    return f->reports_n > 0;
}

static bool
is_refused(const struct nf_why_facts *f)
{
    return f->firmware != NULL && f->refused >= f->heard;
}

static bool
waits_for_boot(const struct nf_why_facts *f)
{
    return f->task->first_boot == NF_FIRST_BOOT_BOOT;
}

static bool
is_command(const struct nf_why_facts *f, enum nf_command_state state)
{
    return f->command != NULL && f->command->state == state;
}

static bool
is_command_begun(const struct nf_why_facts *f)
{
    return is_command(f, NF_COMMAND_RUNNING);
}

static bool
is_command_sent(const struct nf_why_facts *f)
{
    return is_command(f, NF_COMMAND_SENT);
}

static bool
has_no_worker(const struct nf_why_facts *f)
{
    return !f->has_worker && !is_command_sent(f);
}

static bool
always(const struct nf_why_facts *f)
{
    (void) f;
    return true;
}

/* Marks in the words of a row: $l, $h, $t are ages (of the lease, of the
 * agent's last sign, of its progress), $e the step's error, $p the progress,
 * $n and $m starts or tries and how many there may be, $r the reports,
 * $k the cards, $x the machine that is taken, $a and $s the commands to approve
 * and cancel, $w the worker, $g since when none is there, $c what the worker
 * says, $f what firmware was offered nothing.
 */
#define OF NF_STEP_OF
#define OTHER_CARD                                                             \
    "$k seems to be the same machine by another card, and waits as a node of " \
    "its own. Boot it by the node's card, or delete that node and add its "    \
    "MAC to this one's macs."

/* clang-format off */
static const struct hint {
    int step; /* a kind, or any OF whom */
    const char *state;
    bool (*is_it)(const struct nf_why_facts *f);
    const char *words;
} hints[] = {
    {NF_STEP_APPROVAL, "approval_missing", has_reports, "$r Approve it with $a or reject it."},
    {NF_STEP_APPROVAL, "approval_missing", always, "Approve it with $a or reject it."},
    {NF_STEP_NODE_MATCH, "machine_is_installed", is_taken, "$x has that serial number, but it is installed and NF_ALLOW_REINSTALL is off."},
    {NF_STEP_NODE_MATCH, "serial_mismatch", has_reports, "$r Correct the serial number, or cancel with $s."},
    {NF_STEP_NODE_MATCH, "firmware_not_served", is_refused, "$f"},
    {NF_STEP_NODE_MATCH, "never_seen", always, "No such machine has reported: start it from the network with NF_DISCOVERY_MODE=agent, or name its MAC in the task."},
    {OF(NF_EXECUTOR_COMMAND), "device_working", is_command_begun, "The worker $w has begun try $n of $m$c."},
    {OF(NF_EXECUTOR_COMMAND), "no_worker", has_no_worker, "No worker for BMCs and switches is connected$g: start one."},
    {OF(NF_EXECUTOR_COMMAND), "device_silent", is_command_sent, "The worker $w was told, and has not answered try $n of $m yet: can it reach the device?"},
    {OF(NF_EXECUTOR_COMMAND), "command_waits", always, "No worker was told yet: are nf-relay and the broker running?"},
    {OF(NF_EXECUTOR_FILES), "relay_silent", always, "Is nf-relay running?"},
    {NF_STEP_NODE_BOOT, "serial_mismatch", has_reports, "$r Correct the serial number, or cancel with $s."},
    {NF_STEP_NODE_BOOT, "firmware_not_served", is_refused, "$f"},
    {NF_STEP_NODE_BOOT, "other_card", came_by_other_card, OTHER_CARD},
    {NF_STEP_NODE_BOOT, "never_seen", is_never_seen, "It has never asked for an address: is it switched on, and is the cable in the install network?"},
    {NF_STEP_NODE_BOOT, "agent_waiting", is_agent_lively, "nf-agent runs in its RAM and was heard $h: it goes on when it asks next."},
    {NF_STEP_NODE_BOOT, "not_restarted", is_leased_before, "It last asked for an address $l, before this step began: restart it, and let it boot from the network."},
    {NF_STEP_NODE_BOOT, "wrong_boot_order", is_leased_since, "It asked for an address $l, but not for its boot script: it does not boot from the network first, or its firmware refused our boot file."},
    {NF_STEP_NODE_BOOT, "not_booted", always, "It has asked for no address since: restart it, and let it boot from the network."},
    {NF_STEP_OS_INSTALL, "serial_mismatch", has_reports, "$r Until that is decided no other installer is started: correct the serial number, or cancel with $s."},
    {NF_STEP_OS_INSTALL, "installing", is_told_since_error, "It said $t: $p. Something failed as well: $e."},
    {NF_STEP_OS_INSTALL, "fetch_failed", has_error, "Last: $e. It tries again by itself: are the kernel's file and the mirror within its reach?"},
    {NF_STEP_OS_INSTALL, "agent_silent", is_image_silent, "nf-agent in its RAM was last heard $h: look at the machine's console, or restart it."},
    {NF_STEP_OS_INSTALL, "installing", is_told_since, "It said $t: $p."},
    {NF_STEP_OS_INSTALL, "installing", is_image, "nf-agent in its RAM was heard $h."},
    {NF_STEP_OS_INSTALL, "other_card", came_by_other_card, OTHER_CARD},
    {NF_STEP_OS_INSTALL, "wrong_boot_order", is_not_started, "nf-agent was told to restart into the installer, and its script was not asked for since: the machine does not boot from the network first, or hangs."},
    {NF_STEP_OS_INSTALL, "installer_silent", always, "Its script was served $n of at most $m times, and the installer has said nothing since: look at the machine's console; can it reach the mirror?"},
    {OF(NF_EXECUTOR_AGENT), "serial_mismatch", has_reports, "$r It is told to wait: correct the serial number, or cancel with $s."},
    {OF(NF_EXECUTOR_AGENT), "fetch_failed", has_error, "Last: $e. It tries again by itself."},
    {OF(NF_EXECUTOR_AGENT), "agent_working", is_agent_about, "nf-agent in its RAM was heard $h."},
    {OF(NF_EXECUTOR_AGENT), "agent_silent", is_agent_silent, "nf-agent in its RAM was last heard $h: look at the machine's console, or restart it."},
    {OF(NF_EXECUTOR_AGENT), "agent_silent", always, "nf-agent was not heard since: did it boot into RAM? Look at the machine's console."},
    {NF_STEP_FIRST_BOOT, "first_boot_awaited", waits_for_boot, "It has to ask for its boot script once more."},
    {NF_STEP_FIRST_BOOT, "system_not_installed", is_heard_since, "Its agent was heard $h, but does not say that it is installed."},
    {NF_STEP_FIRST_BOOT, "first_boot_silent", is_leased_since, "It asked for an address $l, and its agent is silent: is nf-agent in the system, and can it reach the broker?"},
    {NF_STEP_FIRST_BOOT, "first_boot_silent", always, "Nothing was heard of it since: does it boot from its disk? Look at the machine's console."},
};
/* clang-format on */

static const struct hint *
find_hint(const struct nf_why_facts *f)
{
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
        if (nf_plan_is_for(hints[i].step, now_step(f)->kind)
            && hints[i].is_it(f)) {
            return &hints[i];
        }
    }
    return NULL;
}

static void
put_mark(struct nf_out *out, const struct nf_why_facts *f, char mark)
{
    const struct nf_step *step = now_step(f);
    bool is_started = step != NULL && nf_plan_executor(step->kind)->is_started;

    switch (mark) {
    case 'l':
        nf_words_ago(out, f->now, f->leased);
        break;
    case 'h':
        nf_words_ago(out, f->now, f->heard);
        break;
    case 't':
        nf_words_ago(out, f->now, f->told);
        break;
    case 'e':
        nf_out_puts(out, step->error);
        break;
    case 'p':
        nf_out_puts(out, f->progress);
        break;
    case 'n':
        nf_out_printf(out, "%u", step->attempts);
        break;
    case 'm':
        nf_out_printf(out, "%u", is_started ? f->starts : f->tries);
        break;
    case 'r':
        nf_words_reports(out, f);
        break;
    case 'k':
        for (size_t i = 0; i < f->cards_n; i++) {
            nf_out_puts(out, i > 0 ? ", " : "");
            nf_words_mac(out, f->cards[i]);
        }
        break;
    case 'x':
        nf_words_mac(out, f->taken);
        break;
    case 'f':
        nf_words_firmware(out, f);
        break;
    case 'w':
        nf_out_puts(out, f->command->worker);
        break;
    case 'g':
        if (f->worker_gone != 0) {
            nf_words_time(out, " since ", f->worker_gone);
        }
        break;
    case 'c':
        nf_out_puts(out, f->command->result[0] != '\0' ? ": " : "");
        nf_out_puts(out, f->command->result);
        break;
    default:
        nf_words_command(out, mark == 'a' ? "approve" : "cancel", f->task);
    }
}

static void
put_words(struct nf_out *out, const struct nf_why_facts *f, const char *words)
{
    for (; words[0] != '\0'; words++) {
        if (words[0] == '$') {
            words++;
            put_mark(out, f, words[0]);
        } else {
            nf_out_putc(out, words[0]);
        }
    }
}

/* --- a task that goes on ----------------------------------------------------
 */

static void
say_retrying(const struct nf_why_facts *f, struct nf_out *out)
{
    const struct nf_step *step = now_step(f);

    nf_out_printf(out, "Try %u of %u of %s failed", step->attempts, f->tries,
                  nf_step_kinds[step->kind]);
    nf_out_printf(out, " (%s)", step->error);
    nf_words_time(out, "; the next begins at ", step->deadline);
    nf_out_putc(out, '.');
}

static void
say_running(const struct nf_why_facts *f, struct nf_out *out)
{
    const struct nf_step *step = now_step(f);
    bool is_last = step->attempts >= f->tries;
    bool is_again = nf_plan_executor(step->kind)->is_asked_again;

    nf_out_printf(out, "Waits for %s", nf_plan_row(step->kind)->waits_for);
    nf_words_time(out, " since ", step->started);
    if (step->attempts > 0) {
        nf_out_printf(out, ", attempt %u", step->attempts);
    }
    if (step->deadline != 0) {
        nf_out_puts(out, f->task->is_undoing    ? "; it is passed over"
                         : is_again && !is_last ? "; it is asked again"
                                                : "; the task fails");
        nf_words_time(out, " if that has not happened by ", step->deadline);
    }
    nf_out_putc(out, '.');
}

static void
say_then(const struct nf_why_facts *f, struct nf_why *why, struct nf_out *out)
{
    enum nf_step_kind next = nf_task_next_step(f->task);
    bool has_next = next < NF_STEP_KINDS;

    why->then = has_next              ? nf_step_kinds[next]
                : f->task->is_undoing ? nf_task_statuses[f->task->status]
                                      : nf_task_statuses[NF_TASK_COMPLETED];
    nf_out_printf(out, has_next ? " Then comes %s." : " Then the task is %s.",
                  why->then);
}

static void
say_step(const struct nf_why_facts *f, struct nf_why *why, struct nf_out *out)
{
    const struct nf_step *step = now_step(f);
    const struct hint *hint = find_hint(f);

    why->waits_for = nf_plan_row(step->kind)->waits_for;
    why->since = step->started;
    why->deadline = step->deadline;
    if (f->task->is_undoing) {
        nf_out_printf(out, "The task is %s: %s. What it did is being undone. ",
                      nf_task_statuses[f->task->status], f->task->reason);
    }
    if (step->status == NF_STEP_RETRYING) {
        why->state = "retrying";
        say_retrying(f, out);
    } else {
        say_running(f, out);
        why->state = hint->state;
        nf_out_putc(out, ' ');
        put_words(out, f, hint->words);
    }
    if (f->task->is_undoing) {
        why->state = "undoing";
    }
    say_then(f, why, out);
}

/* --- and one that is over, or was never made
 * ----------------------------------
 */

/* What to look at, by who did not do the step that failed. */
static const char *
find_advice(const struct nf_task *task)
{
    for (size_t i = 0; i < task->steps_n; i++) {
        if (task->steps[i].status == NF_STEP_FAILED) {
            return nf_plan_executor(task->steps[i].kind)->advice;
        }
    }
    return "";
}

static void
say_over(const struct nf_why_facts *f, struct nf_why *why, struct nf_out *out)
{
    const struct nf_task *task = f->task;
    bool is_failed = task->status == NF_TASK_FAILED;

    why->state = nf_task_statuses[task->status];
    nf_out_printf(out, "The task is %s: %s.", nf_task_statuses[task->status],
                  task->reason[0] != '\0' ? task->reason : "no reason");
    if (is_failed && find_advice(task)[0] != '\0') {
        nf_out_printf(out, " %s", find_advice(task));
    }
    if (f->node != NULL && f->node->status == NF_NODE_INSTALLING) {
        nf_out_puts(out, nf_task_is_installed(task)
                             ? " The system is on the disk and the node boots "
                               "it; a report of its agent makes it installed."
                             : " The node waits at its boot script.");
    }
    if (is_failed || task->status == NF_TASK_CANCELLED) {
        nf_out_puts(out, " Start over with ");
        nf_words_command(out, "retry", task);
        nf_out_puts(out, " or the action reinstall.");
    }
}

static void
say_discovered(const struct nf_why_facts *f, struct nf_why *why,
               struct nf_out *out)
{
    why->state = f->reports_n > 0 && f->reports[0].clash != NF_WHY_NO_TASK
                     ? "report_unmatched"
                 : is_refused(f)    ? "firmware_not_served"
                 : is_never_seen(f) ? "never_seen"
                                    : "no_task";
    why->waits_for = "an operator to install it";
    why->since = f->node->created_at;
    nf_words_time(out, "Discovered ", f->node->created_at);
    nf_out_puts(out, "; waits for an operator to install it: PUT "
                     "{\"action\":\"install\"}, or a task.");
    if (strcmp(why->state, "report_unmatched") == 0) {
        nf_out_putc(out, ' ');
        nf_words_reports(out, f);
    }
    if (is_refused(f)) {
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
        nf_out_puts(out, "Its profile waits for no agent to report.");
    } else if (f->heard == 0) {
        nf_out_puts(out, "Its agent was never heard.");
    } else {
        nf_words_time(out, "Its agent is silent since ", f->heard);
        nf_out_putc(out, '.');
    }
}

static void
say_node(const struct nf_why_facts *f, struct nf_why *why, struct nf_out *out)
{
    const struct nf_task *task = f->task;
    bool is_ended = task != NULL && task->status > NF_TASK_COMPLETED;
    bool is_installed = f->node != NULL && f->node->status == NF_NODE_INSTALLED;

    if (is_ended && (!is_installed || task->status == NF_TASK_FAILED)) {
        say_over(f, why, out);
        nf_out_puts(out,
                    f->node == NULL || f->node->status == NF_NODE_INSTALLING
                        ? ""
                        : " ");
    }
    if (is_installed) {
        say_installed(f, why, out);
    } else if (f->node != NULL && f->node->status == NF_NODE_DISCOVERED) {
        say_discovered(f, why, out);
    } else if (task == NULL) {
        why->state = "task_gone";
        nf_out_puts(out, "Installing, but its task is gone: install it again "
                         "with the action reinstall.");
    } else if (!is_ended) {
        why->state = nf_task_statuses[task->status];
        nf_out_printf(out, "The task is %s.", why->state);
    }
    if (is_ended && task->status != NF_TASK_REJECTED
        && (!is_installed || task->status == NF_TASK_FAILED))
    {
        nf_words_again(out, f);
    }
}

/* Nobody's machine yet, but one that asks. */
static void
say_stranger(const struct nf_why_facts *f, struct nf_why *why,
             struct nf_out *out)
{
    why->state = "firmware_not_served";
    nf_words_mac(out, f->mac);
    nf_out_puts(out, " is no node. ");
    nf_words_firmware(out, f);
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
    nf_words_time(out, "; it is given up at ", command->deadline);
    nf_out_putc(out, '.');
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

void
nf_why(const struct nf_why_facts *facts, struct nf_why *why)
{
    *why = (struct nf_why){0};
    struct nf_out out = nf_out(why->sentence, sizeof(why->sentence) - 1);

    if (facts->node == NULL && facts->task == NULL) {
        say_stranger(facts, why, &out);
    } else if (now_step(facts) != NULL) {
        say_step(facts, why, &out);
    } else {
        say_node(facts, why, &out);
    }
    say_wanted(facts, &out);
    say_unfit(facts, &out);
    if (facts->not_enrolled != NULL) {
        nf_out_printf(&out, " Its BMC is not enrolled: %s.",
                      facts->not_enrolled);
    }
    why->sentence[out.len] = '\0';
}
