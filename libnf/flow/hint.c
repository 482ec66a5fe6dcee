/*
 * What holds the step up that runs, by all that is known.
 */
#include "flow/hint.h"

#include "base/time.h"
#include "flow/marks.h"
#include "flow/plan.h"
#include "flow/served.h"

enum {
    SILENT_POLLS = 6, /* of an agent that asks so often */
    SPEAKS_S = 600,   /* an installer has something to say so often */
    QUIET_S = 60,     /* so long after a word another sign is news */
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

    return f->leased == 0 && f->heard == 0 && f->in_ram == 0
           && (node == NULL || !nf_ip4_is_set(node->ip)
               || nf_ip4_is_set(node->netmask) || node->is_bound);
}

/* The installed system's agent is another one: it says nothing of the one in
 * RAM, nor that one of it. */
static bool
is_system_heard_since(const struct nf_why_facts *f)
{
    return f->heard != 0 && f->heard >= nf_hint_step(f)->started;
}

static bool
is_heard_since(const struct nf_why_facts *f)
{
    return f->in_ram != 0 && f->in_ram >= nf_hint_step(f)->started;
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

/* A system that starts takes a while to its agent's first word. */
static bool
is_leased_lately(const struct nf_why_facts *f)
{
    return is_leased_since(f) && f->now - f->leased <= NF_SECONDS(QUIET_S);
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
is_agent_heard_since(const struct nf_why_facts *f)
{
    nf_time_t heard = nf_served_heard(f);

    return heard != 0 && heard >= nf_hint_step(f)->started;
}

/* Its sign of life is noted now and then only, so a step that it brought about
 * may be younger. */
static bool
is_agent_about(const struct nf_why_facts *f)
{
    nf_time_t heard = nf_served_heard(f);

    return heard != 0 && f->now - heard <= f->poll * SILENT_POLLS;
}

static bool
is_agent_lively(const struct nf_why_facts *f)
{
    return is_agent_heard_since(f) && is_agent_about(f);
}

static bool
is_agent_silent(const struct nf_why_facts *f)
{
    return is_agent_heard_since(f) && !is_agent_about(f);
}

/* --- what nf-agent was given to do -------------------------------------------
 */

static bool
is_within_patience(const struct nf_why_facts *f)
{
    const struct nf_sign *given = nf_served_operation(f);

    return given != NULL
           && f->now - given->time <= nf_served_patience(nf_hint_step(f)->kind);
}

static bool
is_at_work(const struct nf_why_facts *f)
{
    return is_within_patience(f) && is_agent_about(f);
}

static bool
is_long_at_work(const struct nf_why_facts *f)
{
    return nf_served_operation(f) != NULL && !is_within_patience(f)
           && is_agent_about(f);
}

/* One of an earlier version says nothing until it is done. */
static bool
is_at_work_unheard(const struct nf_why_facts *f)
{
    const struct nf_sign *alive = nf_served_since(f, NF_SIGN_ALIVE);

    return is_within_patience(f)
           && (alive == NULL || alive->time < nf_served_operation(f)->time);
}

/* The machine runs its system, or did a moment ago: what asks for an address
 * since is likely its firmware. */
static bool
is_system_running(const struct nf_why_facts *f)
{
    return is_system_heard_since(f) && f->heard > nf_served_heard(f)
           && f->heard >= f->leased && f->now - f->heard <= 2 * f->beat;
}

/* Long enough after the step began for the one that did the step before to
 * have restarted the machine. */
static bool
is_in_ram_again(const struct nf_why_facts *f)
{
    return is_agent_lively(f)
           && nf_served_heard(f) - nf_hint_step(f)->started
                  > f->poll * SILENT_POLLS;
}

static bool
is_image(const struct nf_why_facts *f)
{
    return (f->task->flags & NF_TASK_HAS_IMAGE) != 0;
}

static bool
is_image_silent(const struct nf_why_facts *f)
{
    return is_image(f) && !is_agent_lively(f) && !is_at_work_unheard(f)
           && f->now - nf_hint_step(f)->started > f->poll * SILENT_POLLS;
}

static bool
is_told_since(const struct nf_why_facts *f)
{
    return f->told != 0 && f->told >= nf_hint_step(f)->started;
}

static bool
is_image_at_work(const struct nf_why_facts *f)
{
    return is_image(f) && is_within_patience(f);
}

/* --- what it was sent, and refused -------------------------------------------
 */

static bool
is_server_refused(const struct nf_why_facts *f)
{
    const struct nf_refusal *refused = nf_served_refusal(f);

    return refused != NULL && refused->time > f->told;
}

static bool
lacks_address(const struct nf_why_facts *f)
{
    return f->lacks_address && f->node != NULL
           && f->node->boot == NF_BOOT_INSTALL && !is_image(f);
}

static bool
is_loader_sent(const struct nf_why_facts *f)
{
    return nf_served_since(f, NF_SIGN_LOADER) != NULL && !is_heard_since(f);
}

/* In the minute after it asked it fetches what it was named. */
static bool
is_firmware_loading(const struct nf_why_facts *f)
{
    bool has_asked = nf_served_since(f, NF_SIGN_FIRMWARE) != NULL
                     || nf_served_since(f, NF_SIGN_LOADER) != NULL;

    return has_asked && !is_heard_since(f) && nf_served_moves(f);
}

/* Anything that only its installer or kernel asks for. */
static bool
is_served_since(const struct nf_why_facts *f)
{
    return nf_served_has_files(f) || nf_served_since(f, NF_SIGN_ANSWER) != NULL
           || nf_served_since(f, NF_SIGN_MIRROR) != NULL;
}

static bool
is_served_lately(const struct nf_why_facts *f)
{
    return is_served_since(f) && nf_served_moves(f);
}

static bool
are_files_sent_lately(const struct nf_why_facts *f)
{
    return nf_served_has_files(f) && nf_served_moves(f);
}

static bool
is_told_and_served(const struct nf_why_facts *f)
{
    return is_told_since(f) && f->now - f->told > NF_SECONDS(QUIET_S)
           && nf_served_moves(f);
}

static nf_time_t
failed_at(const struct nf_why_facts *f)
{
    return f->signs == NULL ? 0 : f->signs->failed;
}

static bool
is_since_failure(const struct nf_why_facts *f, enum nf_sign_kind kind)
{
    const struct nf_sign *sign = nf_served_since(f, kind);

    return failed_at(f) != 0 && sign != NULL && sign->time > failed_at(f);
}

/* What comes after kernel and initrd has come. */
static bool
has_got_over_failure(const struct nf_why_facts *f)
{
    return is_since_failure(f, NF_SIGN_ANSWER)
           || is_since_failure(f, NF_SIGN_MIRROR)
           || is_since_failure(f, NF_SIGN_OPERATION)
           || is_since_failure(f, NF_SIGN_ALIVE);
}

/* It tries every 30 seconds, so one that was sent something since may fail
 * again. */
static bool
is_fetching_again(const struct nf_why_facts *f)
{
    return has_error(f) && is_since_failure(f, NF_SIGN_FILE)
           && !has_got_over_failure(f)
           && f->now - failed_at(f) <= NF_SECONDS(QUIET_S);
}

static bool
is_fetch_failing(const struct nf_why_facts *f)
{
    return has_error(f) && !is_since_failure(f, NF_SIGN_FILE)
           && !has_got_over_failure(f);
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

/* Firmware that asks for its script leased its address just before. */
static bool
is_script_fresh(const struct nf_why_facts *f)
{
    const struct nf_step *step = nf_hint_step(f);
    bool is_first =
        step->attempts == 1 && f->now - step->started < NF_SECONDS(QUIET_S);

    return !is_served_since(f) && !is_told_since(f)
           && (is_first || nf_served_moves(f));
}

/* What was just written to its disk starts with the machine's self test. */
static bool
is_restart_fresh(const struct nf_why_facts *f)
{
    return f->now - nf_hint_step(f)->started < NF_SECONDS(QUIET_S);
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
    return f->firmware != NULL && f->refused >= f->heard
           && f->refused >= f->in_ram;
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

#define OF    NF_STEP_OF
#define RESET "Its BMC has reset it with the $u boot flag,"
#define LOOK                                                                   \
    "Its self test may take minutes. Check its boot order, that network boot " \
    "is enabled in its setup, its cable, and the VLAN of its switch port."
#define OTHER_CARD "$k The task starts once it boots by a card of this node."
#define SYSTEM_RUNS                                                            \
    "It runs its installed system, whose agent was heard from $j$!: restart "  \
    "it "                                                                      \
    "and let it boot from the network."

#define SILENT                                                                 \
    "nf-agent in its RAM was last heard from $h$!: check the machine's "       \
    "console, or restart it."
#define BOOT_IT "$!: restart it and let it boot from the network."
#define NO_ADDRESS                                                             \
    "Its profile's network is static, and the node has no address of its "     \
    "own: give it one with `nf address $K IP/MASK`."

/* clang-format off */
const struct nf_hint_row nf_hint_rows[] = {
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
    {NF_STEP_NODE_BOOT, "server_refused", is_server_refused, "$R"},
    {NF_STEP_NODE_BOOT, "no_address", lacks_address, NO_ADDRESS},
    {NF_STEP_NODE_BOOT, "firmware_not_served", nf_hint_is_refused, "$f"},
    {NF_STEP_NODE_BOOT, "not_switched_on", nf_hint_is_before_power, "Its time to boot (NF_BOOT_DEADLINE) begins when it first asks for an address with its firmware, or when its BMC switches it on: switch it on, and let it boot from the network."},
    {NF_STEP_NODE_BOOT, "not_restarted", is_system_running, SYSTEM_RUNS},
    {NF_STEP_NODE_BOOT, "other_card", came_by_other_card, OTHER_CARD},
    {NF_STEP_NODE_BOOT, "firmware_loads", is_firmware_loading, "It is starting: $v. It asks for its boot script next."},
    {NF_STEP_NODE_BOOT, "loader_sent", is_loader_sent, "It was sent $L, and has not asked for its boot script since: check that this loader fits its firmware (BIOS or UEFI, Secure Boot), and what its console says."},
    {NF_STEP_NODE_BOOT, "wrong_boot_order", was_reset_and_leased, RESET " and it asked for an address $l, but not for its boot script: it started its installed system, or its firmware refused the boot file.$b " LOOK},
    {NF_STEP_NODE_BOOT, "never_seen", was_reset_and_is_never_seen, RESET " and it has never asked for an address.$b " LOOK},
    {NF_STEP_NODE_BOOT, "not_booted", was_reset, RESET " and it has not asked for an address since.$b " LOOK},
    {NF_STEP_NODE_BOOT, "never_seen", nf_hint_is_never_seen, "It has never asked for an address: check that it is powered on and that its cable is in the install network."},
    {NF_STEP_NODE_BOOT, "agent_waiting", is_agent_lively, "nf-agent runs in its RAM and was heard from $h: it continues with its next request."},
    {NF_STEP_NODE_BOOT, "not_restarted", is_leased_before, "It last asked for an address $l, before this step began" BOOT_IT},
    {NF_STEP_NODE_BOOT, "wrong_boot_order", is_leased_since, "It asked for an address $l, but not for its boot script: it does not boot from the network first, or its firmware refused the boot file."},
    {NF_STEP_NODE_BOOT, "not_booted", always, "It has not asked for an address since" BOOT_IT},
    {NF_STEP_OS_INSTALL, "serial_mismatch", has_reports, "$r No other installer is started until that is settled."},
    {NF_STEP_OS_INSTALL, "server_refused", is_server_refused, "$R"},
    {NF_STEP_OS_INSTALL, "no_address", lacks_address, NO_ADDRESS},
    {NF_STEP_OS_INSTALL, "installing", is_told_since_error, "It said $t: $p. There was also an error: $e."},
    {NF_STEP_OS_INSTALL, "files_sent", is_fetching_again, "It was sent $V, after an error: $e."},
    {NF_STEP_OS_INSTALL, "fetch_failed", is_fetch_failing, "Last error: $e. It retries by itself$E."},
    {NF_STEP_OS_INSTALL, "wrong_boot_order", is_system_running, SYSTEM_RUNS},
    {NF_STEP_OS_INSTALL, "agent_silent", is_image_silent, SILENT},
    {NF_STEP_OS_INSTALL, "installing", is_told_and_served, "It said $t: $p. The latest of it: $v."},
    {NF_STEP_OS_INSTALL, "installing", is_told_since, "It said $t: $p."},
    {NF_STEP_OS_INSTALL, "installing", is_image_at_work, "nf-agent was given this operation $i and was heard from $h; it may be silent for up to $z."},
    {NF_STEP_OS_INSTALL, "installing", is_image, "nf-agent in its RAM was heard from $h."},
    {NF_STEP_OS_INSTALL, "other_card", came_by_other_card, OTHER_CARD},
    {NF_STEP_OS_INSTALL, "files_sent", is_served_lately, "The install script was served $n of at most $m times. The latest of it: $v."},
    {NF_STEP_OS_INSTALL, "wrong_boot_order", is_not_started, "nf-agent was told to restart into the installer, and the install script has not been requested since: the machine does not boot from the network first, or it hangs."},
    {NF_STEP_OS_INSTALL, "installer_silent", is_script_fresh, "The install script was served $n of at most $m times, a moment ago: the machine fetches its kernel and initrd next."},
    {NF_STEP_OS_INSTALL, "installer_silent", is_served_since, "The install script was served $n of at most $m times, and the installer has reported nothing. The latest of it: $v; check the machine's console, and that it can reach the mirror."},
    {NF_STEP_OS_INSTALL, "installer_silent", always, "The install script was served $n of at most $m times, and the installer has reported nothing since: check the machine's console, and that it can reach the mirror."},
    {OF(NF_EXECUTOR_AGENT), "serial_mismatch", has_reports, "$r It is kept waiting until that is settled."},
    {OF(NF_EXECUTOR_AGENT), "server_refused", is_server_refused, "$R"},
    {OF(NF_EXECUTOR_AGENT), "files_sent", is_fetching_again, "It was sent $V, after an error: $e."},
    {OF(NF_EXECUTOR_AGENT), "fetch_failed", is_fetch_failing, "Last error: $e. It retries by itself$E."},
    {OF(NF_EXECUTOR_AGENT), "wrong_boot_order", is_system_running, SYSTEM_RUNS},
    {OF(NF_EXECUTOR_AGENT), "agent_working", is_at_work, "nf-agent was given this operation $i and was heard from $h; it may take up to $z."},
    {OF(NF_EXECUTOR_AGENT), "agent_working", is_long_at_work, "nf-agent was given this operation $i and was heard from $h, but it usually takes no longer than $z: check the machine's console."},
    {OF(NF_EXECUTOR_AGENT), "agent_working", is_at_work_unheard, "nf-agent was given this operation $i and reports when it is done; it may take up to $z."},
    {OF(NF_EXECUTOR_AGENT), "agent_working", is_agent_about, "nf-agent in its RAM was heard from $h."},
    {OF(NF_EXECUTOR_AGENT), "agent_silent", is_agent_silent, SILENT},
    {OF(NF_EXECUTOR_AGENT), "files_sent", are_files_sent_lately, "It was sent $V: nf-agent starts in its RAM next."},
    {OF(NF_EXECUTOR_AGENT), "agent_silent", nf_served_has_files, "It was sent $V, and nf-agent has not been heard from: check on the machine's console whether it started and got an address."},
    {OF(NF_EXECUTOR_AGENT), "agent_silent", always, "nf-agent has not been heard from since: check on the machine's console whether it has booted."},
    {NF_STEP_FIRST_BOOT, "in_ram_again", is_in_ram_again, "nf-agent in its RAM was heard from $h: it booted from the network instead of its disk. Restart it, and check its boot order."},
    {NF_STEP_FIRST_BOOT, "first_boot_awaited", waits_for_boot, "It still has to ask for its boot script once more."},
    {NF_STEP_FIRST_BOOT, "system_not_installed", is_system_heard_since, "Its agent was heard from $j, but does not report that the system is installed."},
    {NF_STEP_FIRST_BOOT, "first_boot_silent", is_leased_lately, "It is starting: it asked for an address $l. Its agent reports next."},
    {NF_STEP_FIRST_BOOT, "first_boot_silent", is_leased_since, "It asked for an address $l, and its agent is silent: check that nf-agent is in the system and can reach the broker."},
    {NF_STEP_FIRST_BOOT, "first_boot_silent", is_restart_fresh, "It was installed a moment ago and restarts: its system reports next."},
    {NF_STEP_FIRST_BOOT, "first_boot_silent", always, "Nothing has been heard from it since: check on the machine's console that it boots from its disk."},
};
/* clang-format on */

const size_t nf_hint_rows_n = sizeof(nf_hint_rows) / sizeof(nf_hint_rows[0]);

/* Each step that takes its time has a row of which it can be sure. */
static const struct nf_hint_row *
find(const struct nf_why_facts *f)
{
    const struct nf_hint_row *row = nf_hint_rows;
    const struct nf_hint_row *last = &nf_hint_rows[nf_hint_rows_n - 1];

    while (row < last
           && (!nf_plan_is_for(row->step, nf_hint_step(f)->kind)
               || !row->is_it(f)))
    {
        row++;
    }
    return row;
}

const char *
nf_hint_put(struct nf_out *out, const struct nf_why_facts *f)
{
    const struct nf_hint_row *row = find(f);

    nf_marks_put(out, f, row->words);
    return row->state;
}
