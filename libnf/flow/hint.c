/*
 * What holds the step up that runs, by all that is known.
 */
#include "flow/hint.h"

#include "base/time.h"
#include "flow/identity.h"
#include "flow/plan.h"
#include "flow/words.h"

enum {
    SILENT_POLLS = 6, /* of an agent that asks so often */
    SPEAKS_S = 600,   /* an installer has something to say so often */
    SAYS_MAX = 128,   /* of a worker's words */
};

const struct nf_step *
nf_hint_step(const struct nf_why_facts *f)
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
bool
nf_hint_is_never_seen(const struct nf_why_facts *f)
{
    const struct nf_node *node = f->node;

    return f->leased == 0 && f->heard == 0
           && (node == NULL || !nf_ip4_is_set(node->ip)
               || nf_ip4_is_set(node->netmask) || node->is_bound);
}

static bool
is_heard_since(const struct nf_why_facts *f)
{
    return f->heard != 0 && f->heard >= nf_hint_step(f)->started;
}

bool
nf_hint_is_before_power(const struct nf_why_facts *f)
{
    return nf_hint_step(f)->kind == NF_STEP_NODE_BOOT
           && nf_task_is_before_power(f->task);
}

static bool
is_leased_since(const struct nf_why_facts *f)
{
    return f->leased != 0 && f->leased >= nf_hint_step(f)->started;
}

static bool
is_leased_before(const struct nf_why_facts *f)
{
    return f->leased != 0 && !is_leased_since(f);
}

static bool
came_by_other_card(const struct nf_why_facts *f)
{
    return f->kin_n > 0 && !is_heard_since(f) && !is_leased_since(f);
}

static bool
has_error(const struct nf_why_facts *f)
{
    return nf_hint_step(f)->error[0] != '\0';
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
           && f->now - nf_hint_step(f)->started > f->poll * SILENT_POLLS;
}

static bool
is_told_since(const struct nf_why_facts *f)
{
    return f->told != 0 && f->told >= nf_hint_step(f)->started;
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
    return nf_hint_step(f)->attempts == 0;
}

static bool
is_taken(const struct nf_why_facts *f)
{
    return !is_zero(f->taken);
}

static bool
has_twin(const struct nf_why_facts *f)
{
    return is_taken(f) && f->twin != 0;
}

static bool
has_reports(const struct nf_why_facts *f)
{
    return f->reports_n > 0;
}

bool
nf_hint_is_refused(const struct nf_why_facts *f)
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
is_read_first(const struct nf_why_facts *f)
{
    return is_command(f, NF_COMMAND_QUEUED) && f->read_first != NULL
           && f->read_first[0] != '\0';
}

/* It stays his: another one could do it a second time. */
static bool
is_his_and_he_is_gone(const struct nf_why_facts *f)
{
    return f->his_worker_gone != 0
           && (is_command_begun(f) || is_command_sent(f));
}

/* Its BMC was told all there is, and no agent of it has spoken since. */
static bool
was_reset(const struct nf_why_facts *f)
{
    return (f->task->flags & NF_TASK_HAS_BMC) && !is_heard_since(f);
}

static bool
was_reset_and_leased(const struct nf_why_facts *f)
{
    return was_reset(f) && is_leased_since(f);
}

static bool
was_reset_and_is_never_seen(const struct nf_why_facts *f)
{
    return was_reset(f) && nf_hint_is_never_seen(f);
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
 * $k the nodes that may be it, $x the machine that is taken, $y its task, $a
 * and $s the commands to approve and cancel, $w the worker, $d when he went, $g
 * since when none is there, $c what the worker says, $f what firmware was
 * offered nothing, $u of which mode the boot flag is, $b what came of the one
 * before, $q the switches that are read, $o the serial number.
 */
#define OF    NF_STEP_OF
#define RESET "Its BMC has reset it with the $u boot flag,"
#define LOOK                                                                   \
    "Its self test may take minutes. Check its boot order, that network boot " \
    "is enabled in its setup, its cable, and the VLAN of its switch port."
#define LAST_WENT  " (the last one disconnected at "
#define OTHER_CARD "$k The task starts once it boots by a card of this node."

/* clang-format off */
static const struct row {
    int step; /* a kind, or any OF whom */
    const char *state;
    bool (*is_it)(const struct nf_why_facts *f);
    const char *words;
} rows[] = {
    {NF_STEP_APPROVAL, "approval_missing", has_reports, "$r Approve the task with $a, or reject it."},
    {NF_STEP_APPROVAL, "approval_missing", always, "Approve it with $a, or reject it."},
    {NF_STEP_NODE_MATCH, "two_tasks", has_twin, "$x has that serial number, and $y is its task. Cancel this one with $s."},
    {NF_STEP_NODE_MATCH, "machine_is_installed", is_taken, "$x has that serial number, but it is already installed and NF_ALLOW_REINSTALL is off. Cancel the task with $s."},
    {NF_STEP_NODE_MATCH, "serial_mismatch", has_reports, "$r"},
    {NF_STEP_NODE_MATCH, "firmware_not_served", nf_hint_is_refused, "$f"},
    {NF_STEP_NODE_MATCH, "never_seen", always, "No machine with serial number $o has reported: boot it from the network with NF_DISCOVERY_MODE=agent, or create the task for its MAC."},
    {OF(NF_EXECUTOR_COMMAND), "no_worker", is_his_and_he_is_gone, "Worker $w has attempt $n of $m and has been gone since $d: start it again. No other worker gets this command, which could then be carried out twice."},
    {OF(NF_EXECUTOR_COMMAND), "device_working", is_command_begun, "Worker $w has begun attempt $n of $m$c."},
    {OF(NF_EXECUTOR_COMMAND), "no_worker", has_no_worker, "No worker for BMCs and switches is connected$g: start nf-bmc."},
    {OF(NF_EXECUTOR_COMMAND), "device_silent", is_command_sent, "Worker $w was sent attempt $n of $m and has not begun it: it is busy with other commands, is holding off because the device did not answer, or hangs. Check its log."},
    {OF(NF_EXECUTOR_COMMAND), "switch_read", is_read_first, "Reading the ports of $q first, to find the machine's port and its current configuration."},
    {OF(NF_EXECUTOR_COMMAND), "command_waits", always, "It has not been sent to a worker yet: check that nf-relay and the broker are running."},
    {OF(NF_EXECUTOR_FILES), "relay_silent", always, "Check that nf-relay is running."},
    {NF_STEP_NODE_BOOT, "serial_mismatch", has_reports, "$r"},
    {NF_STEP_NODE_BOOT, "firmware_not_served", nf_hint_is_refused, "$f"},
    {NF_STEP_NODE_BOOT, "not_switched_on", nf_hint_is_before_power, "Its time to boot (NF_BOOT_DEADLINE) begins when it first asks for an address with its firmware, or when its BMC switches it on: switch it on, and let it boot from the network."},
    {NF_STEP_NODE_BOOT, "other_card", came_by_other_card, OTHER_CARD},
    {NF_STEP_NODE_BOOT, "wrong_boot_order", was_reset_and_leased, RESET " and it asked for an address $l, but not for its boot script: it started its installed system, or its firmware refused the boot file.$b " LOOK},
    {NF_STEP_NODE_BOOT, "never_seen", was_reset_and_is_never_seen, RESET " and it has never asked for an address.$b " LOOK},
    {NF_STEP_NODE_BOOT, "not_booted", was_reset, RESET " and it has not asked for an address since.$b " LOOK},
    {NF_STEP_NODE_BOOT, "never_seen", nf_hint_is_never_seen, "It has never asked for an address: check that it is powered on and that its cable is in the install network."},
    {NF_STEP_NODE_BOOT, "agent_waiting", is_agent_lively, "nf-agent runs in its RAM and was heard from $h: it continues with its next request."},
    {NF_STEP_NODE_BOOT, "not_restarted", is_leased_before, "It last asked for an address $l, before this step began: restart it and let it boot from the network."},
    {NF_STEP_NODE_BOOT, "wrong_boot_order", is_leased_since, "It asked for an address $l, but not for its boot script: it does not boot from the network first, or its firmware refused the boot file."},
    {NF_STEP_NODE_BOOT, "not_booted", always, "It has not asked for an address since: restart it and let it boot from the network."},
    {NF_STEP_OS_INSTALL, "serial_mismatch", has_reports, "$r No other installer is started until that is settled."},
    {NF_STEP_OS_INSTALL, "installing", is_told_since_error, "It said $t: $p. There was also an error: $e."},
    {NF_STEP_OS_INSTALL, "fetch_failed", has_error, "Last error: $e. It retries by itself: check that it can reach the kernel's file and the mirror."},
    {NF_STEP_OS_INSTALL, "agent_silent", is_image_silent, "nf-agent in its RAM was last heard from $h: check the machine's console, or restart it."},
    {NF_STEP_OS_INSTALL, "installing", is_told_since, "It said $t: $p."},
    {NF_STEP_OS_INSTALL, "installing", is_image, "nf-agent in its RAM was heard from $h."},
    {NF_STEP_OS_INSTALL, "other_card", came_by_other_card, OTHER_CARD},
    {NF_STEP_OS_INSTALL, "wrong_boot_order", is_not_started, "nf-agent was told to restart into the installer, and the install script has not been requested since: the machine does not boot from the network first, or it hangs."},
    {NF_STEP_OS_INSTALL, "installer_silent", always, "The install script was served $n of at most $m times, and the installer has reported nothing since: check the machine's console, and that it can reach the mirror."},
    {OF(NF_EXECUTOR_AGENT), "serial_mismatch", has_reports, "$r It is kept waiting until that is settled."},
    {OF(NF_EXECUTOR_AGENT), "fetch_failed", has_error, "Last error: $e. It retries by itself."},
    {OF(NF_EXECUTOR_AGENT), "agent_working", is_agent_about, "nf-agent in its RAM was heard from $h."},
    {OF(NF_EXECUTOR_AGENT), "agent_silent", is_agent_silent, "nf-agent in its RAM was last heard from $h: check the machine's console, or restart it."},
    {OF(NF_EXECUTOR_AGENT), "agent_silent", always, "nf-agent has not been heard from since: check on the machine's console whether it has booted."},
    {NF_STEP_FIRST_BOOT, "first_boot_awaited", waits_for_boot, "It still has to ask for its boot script once more."},
    {NF_STEP_FIRST_BOOT, "system_not_installed", is_heard_since, "Its agent was heard from $h, but does not report that the system is installed."},
    {NF_STEP_FIRST_BOOT, "first_boot_silent", is_leased_since, "It asked for an address $l, and its agent is silent: check that nf-agent is in the system and can reach the broker."},
    {NF_STEP_FIRST_BOOT, "first_boot_silent", always, "Nothing has been heard from it since: check on the machine's console that it boots from its disk."},
};
/* clang-format on */

/* Each step that takes its time has a row of which it can be sure. */
static const struct row *
find(const struct nf_why_facts *f)
{
    const struct row *row = rows;
    const struct row *last = &rows[sizeof(rows) / sizeof(rows[0]) - 1];

    while (row < last
           && (!nf_plan_is_for(row->step, nf_hint_step(f)->kind)
               || !row->is_it(f)))
    {
        row++;
    }
    return row;
}

/* Which machine is which; false: the mark is of something else. */
static bool
put_who(struct nf_out *out, const struct nf_why_facts *f, char mark)
{
    switch (mark) {
    case 'r':
        nf_identity_reports(out, f);
        return true;
    case 'k':
        nf_identity_kin(out, f);
        return true;
    case 'x':
        nf_words_mac(out, f->taken);
        return true;
    case 'y':
        nf_words_task(out, f->twin);
        return true;
    default:
        return false;
    }
}

/* What a mark stands for that is a text, NULL: it is none. */
static const char *
text_of(const struct nf_why_facts *f, char mark)
{
    switch (mark) {
    case 'e':
        return nf_hint_step(f)->error;
    case 'p':
        return f->progress;
    case 'w':
        return f->command->worker;
    case 'q':
        return f->read_first;
    case 'o':
        return f->task->sn;
    case 'u':
        return nf_boot_mode_names[nf_task_boot_mode(f->task)];
    default:
        return NULL;
    }
}

/* The same of one that is an age. */
static const nf_time_t *
time_of(const struct nf_why_facts *f, char mark)
{
    return mark == 'l'   ? &f->leased
           : mark == 'h' ? &f->heard
           : mark == 't' ? &f->told
                         : NULL;
}

static void
put_other_mark(struct nf_out *out, const struct nf_why_facts *f, char mark)
{
    const struct nf_step *step = nf_hint_step(f);
    bool is_started = step != NULL && nf_plan_executor(step->kind)->is_started;

    switch (mark) {
    case 'n':
        nf_out_printf(out, "%u", step->attempts);
        break;
    case 'm':
        nf_out_printf(out, "%u", is_started ? f->starts : f->tries);
        break;
    case 'f':
        nf_words_firmware(out, f);
        break;
    case 'g':
        if (f->worker_gone != 0) {
            nf_words_time(out, LAST_WENT, f->worker_gone);
            nf_out_putc(out, ')');
        }
        break;
    case 'd':
        nf_words_time(out, "", f->his_worker_gone);
        break;
    case 'c':
        nf_out_printf(out, "%s%.*s", f->command->result[0] != '\0' ? ": " : "",
                      SAYS_MAX, f->command->result);
        break;
    case 'b':
        if (step->error[0] != '\0') {
            nf_out_printf(out, " Earlier: %s.", step->error);
        }
        break;
    default:
        nf_words_command(out, mark == 'a' ? "approve" : "cancel", f->task);
    }
}

static void
put_mark(struct nf_out *out, const struct nf_why_facts *f, char mark)
{
    const char *text = text_of(f, mark);
    const nf_time_t *time = time_of(f, mark);

    if (text != NULL) {
        nf_out_puts(out, text);
    } else if (time != NULL) {
        nf_words_ago(out, f->now, *time);
    } else {
        put_other_mark(out, f, mark);
    }
}

static void
put_words(struct nf_out *out, const struct nf_why_facts *f, const char *words)
{
    for (; words[0] != '\0'; words++) {
        if (words[0] == '$') {
            words++;
            if (!put_who(out, f, words[0])) {
                put_mark(out, f, words[0]);
            }
        } else {
            nf_out_putc(out, words[0]);
        }
    }
}

const char *
nf_hint_put(struct nf_out *out, const struct nf_why_facts *f)
{
    const struct row *row = find(f);

    put_words(out, f, row->words);
    return row->state;
}
