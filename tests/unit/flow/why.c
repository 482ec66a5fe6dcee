/* Every way of being stuck, and what a person reads about it. */
#include "flow/why.h"

#include <stdio.h>

#include "base/time.h"
#include "task_walk.h"

#define NOW 1769076000000 /* 2026-01-22T10:00:00Z */

/* A task that is at a step, and what else is known. */
struct scene {
    struct nf_task task;
    struct nf_node node;
    struct nf_why_facts facts;
};

/* The step began a minute ago. */
static struct scene *
scene(struct nf_task task)
{
    static struct scene s;

    s = (struct scene){.task = task};
    s.node = (struct nf_node){.mac = task.mac,
                              .status = NF_NODE_INSTALLING,
                              .created_at = NOW - NF_MINUTES(60)};
    if (s.task.step < s.task.steps_n) {
        s.task.steps[s.task.step].started = NOW - NF_MINUTES(1);
    }
    s.facts = (struct nf_why_facts){.now = NOW,
                                    .node = &s.node,
                                    .task = &s.task,
                                    .progress = "",
                                    .poll = NF_SECONDS(10),
                                    .tries = 2,
                                    .starts = 3};
    return &s;
}

static struct scene *
at(enum nf_step_kind kind)
{
    return scene(walk_to(kind));
}

static struct scene *
everything_at(enum nf_step_kind kind)
{
    return scene(walk_everything_to(kind));
}

static struct nf_step *
step_of(struct scene *s)
{
    return &s->task.steps[s->task.step];
}

static struct scene *
without_node(enum nf_step_kind kind)
{
    struct scene *s = everything_at(kind);

    s->facts.node = NULL;
    snprintf(s->task.sn, sizeof(s->task.sn), "S1");
    return s;
}

static void
add_report(struct scene *s, enum nf_why_clash clash)
{
    s->facts.reports[0] = (struct nf_why_report){
        .mac = mac_of(7), .other = mac_of(9), .sn = "S-7", .clash = clash};
    s->facts.reports_n = 1;
}

/* --- the ways ---------------------------------------------------------------
 */

static struct scene *
nobody_approves(void)
{
    return at(NF_STEP_APPROVAL);
}

static struct scene *
nobody_approves_and_it_clashes(void)
{
    struct scene *s = at(NF_STEP_APPROVAL);

    add_report(s, NF_WHY_SERIAL_OTHER);
    return s;
}

static struct scene *
no_machine_has_the_number(void)
{
    return without_node(NF_STEP_NODE_MATCH);
}

static struct scene *
a_machine_nearly_has_it(void)
{
    struct scene *s = without_node(NF_STEP_NODE_MATCH);

    add_report(s, NF_WHY_NO_TASK);
    s->facts.reports[0].other = (nf_mac_t){0};
    return s;
}

static struct scene *
its_machine_is_installed(void)
{
    struct scene *s = without_node(NF_STEP_NODE_MATCH);

    s->facts.taken = mac_of(5);
    return s;
}

static struct scene *
the_switch_says_nothing(void)
{
    return everything_at(NF_STEP_SWITCH_INSTALL_VLAN);
}

/* A worker is there, and has the step's command in this state. */
static struct scene *
commanded(enum nf_step_kind kind, enum nf_command_state state)
{
    static struct nf_command command;
    struct scene *s = everything_at(kind);

    command = (struct nf_command){.state = (uint8_t) state, .worker = "w1"};
    s->facts.command = &command;
    s->facts.has_worker = true;
    return s;
}

static struct scene *
the_last_worker_went(void)
{
    struct scene *s = commanded(NF_STEP_BMC_RESET, NF_COMMAND_QUEUED);

    s->facts.has_worker = false;
    s->facts.worker_gone = NOW - NF_MINUTES(2);
    return s;
}

static struct scene *
nobody_sends_the_command(void)
{
    return commanded(NF_STEP_BMC_RESET, NF_COMMAND_QUEUED);
}

static struct scene *
the_bmc_is_asked_for_the_last_time(void)
{
    struct scene *s = commanded(NF_STEP_BMC_RESET, NF_COMMAND_SENT);

    step_of(s)->attempts = 2;
    return s;
}

static struct scene *
the_worker_has_begun(void)
{
    return commanded(NF_STEP_BMC_RESET, NF_COMMAND_RUNNING);
}

static struct scene *
a_reboot_waits(void)
{
    static const struct nf_command reboot = {.operation = "reboot",
                                             .state = NF_COMMAND_SENT,
                                             .created_at = NOW - 5000,
                                             .deadline = NOW};
    struct scene *s = at(NF_STEP_FIRST_BOOT);

    s->facts.wanted = &reboot;
    return s;
}

static struct scene *
nothing_writes_files(void)
{
    return everything_at(NF_STEP_BOOT_CONFIG);
}

static struct scene *
never_switched_on(void)
{
    return at(NF_STEP_NODE_BOOT);
}

static struct scene *
is_another_machine(void)
{
    struct scene *s = at(NF_STEP_NODE_BOOT);

    add_report(s, NF_WHY_SERIAL_OTHER);
    return s;
}

static struct scene *
has_not_the_number_that_is_expected(void)
{
    struct scene *s = is_another_machine();

    snprintf(s->task.sn, sizeof(s->task.sn), "S-1");
    return s;
}

static struct scene *
a_fixed_address_is_no_sign_of_it(void)
{
    struct scene *s = at(NF_STEP_NODE_BOOT);

    s->node.ip = (nf_ip4_t){{10, 0, 0, 5}};
    s->node.netmask = (nf_ip4_t){{255, 255, 255, 0}};
    return s;
}

static struct scene *
not_restarted(void)
{
    struct scene *s = at(NF_STEP_NODE_BOOT);

    s->facts.leased = NOW - NF_MINUTES(30);
    return s;
}

static struct scene *
boots_from_its_disk(void)
{
    struct scene *s = at(NF_STEP_NODE_BOOT);

    s->facts.leased = NOW - NF_SECONDS(20);
    return s;
}

static struct scene *
seen_without_a_lease(void)
{
    struct scene *s = at(NF_STEP_NODE_BOOT);

    s->node.ip = (nf_ip4_t){{10, 0, 0, 5}};
    return s;
}

static struct scene *
in_ram_already(void)
{
    struct scene *s = at(NF_STEP_NODE_BOOT);

    s->facts.heard = NOW - NF_SECONDS(4);
    return s;
}

static struct scene *
works_on_its_hardware(void)
{
    struct scene *s = everything_at(NF_STEP_HARDWARE_CONFIG);

    s->facts.heard = NOW - NF_SECONDS(4);
    return s;
}

static struct scene *
goes_on_at_once(void)
{
    struct scene *s = everything_at(NF_STEP_HARDWARE_CONFIG);

    step_of(s)->started = NOW - NF_SECONDS(1);
    s->facts.heard = NOW - NF_SECONDS(9);
    return s;
}

static struct scene *
hangs_in_ram(void)
{
    struct scene *s = everything_at(NF_STEP_HARDWARE_CONFIG);

    step_of(s)->started = NOW - NF_MINUTES(10);
    s->facts.heard = NOW - NF_MINUTES(5);
    return s;
}

static struct scene *
never_came_into_ram(void)
{
    return everything_at(NF_STEP_HARDWARE_CONFIG);
}

static struct scene *
cannot_fetch_the_agent(void)
{
    struct scene *s = everything_at(NF_STEP_HARDWARE_CONFIG);

    snprintf(step_of(s)->error, sizeof(step_of(s)->error), "iPXE error 4c116");
    return s;
}

static struct scene *
its_raid_fails_and_is_tried_again(void)
{
    struct scene *s = everything_at(NF_STEP_HARDWARE_CONFIG);

    assert_true(walk_step(&s->task, NF_TASK_OPERATION_FAILED, NOW));
    snprintf(step_of(s)->error, sizeof(step_of(s)->error), "no controller");
    return s;
}

static struct scene *
cannot_fetch_the_installer(void)
{
    struct scene *s = at(NF_STEP_OS_INSTALL);

    snprintf(step_of(s)->error, sizeof(step_of(s)->error),
             "the node could not fetch kernel or initrd (iPXE error 2d0c6)");
    return s;
}

static struct scene *
the_installer_is_silent(void)
{
    return at(NF_STEP_OS_INSTALL);
}

static struct scene *
the_installer_speaks(void)
{
    struct scene *s = at(NF_STEP_OS_INSTALL);

    s->facts.told = NOW - NF_SECONDS(9);
    s->facts.progress = "writing the image";
    return s;
}

static struct scene *
speaks_after_a_fetch_that_failed(void)
{
    struct scene *s = the_installer_speaks();

    snprintf(step_of(s)->error, sizeof(step_of(s)->error), "iPXE error 2d0c6");
    return s;
}

static struct scene *
spoke_long_before_a_fetch_that_failed(void)
{
    struct scene *s = speaks_after_a_fetch_that_failed();

    step_of(s)->started = NOW - NF_MINUTES(30);
    s->facts.told = NOW - NF_MINUTES(11);
    return s;
}

static struct scene *
restarted_into_nothing(void)
{
    struct scene *s =
        scene(walk_start(NF_TASK_HAS_HARDWARE, NF_FIRST_BOOT_AGENT, true));

    walk_on(&s->task, NF_STEP_OS_INSTALL);
    step_of(s)->started = NOW - NF_MINUTES(1);
    return s;
}

static struct scene *
writes_an_image(void)
{
    struct scene *s = everything_at(NF_STEP_OS_INSTALL);

    s->facts.heard = NOW - NF_SECONDS(3);
    return s;
}

static struct scene *
hangs_while_it_writes(void)
{
    struct scene *s = everything_at(NF_STEP_OS_INSTALL);

    step_of(s)->started = NOW - NF_MINUTES(10);
    s->facts.heard = NOW - NF_MINUTES(4);
    return s;
}

static struct scene *
does_not_come_up(void)
{
    return at(NF_STEP_FIRST_BOOT);
}

static struct scene *
comes_up_without_an_agent(void)
{
    struct scene *s = at(NF_STEP_FIRST_BOOT);

    s->facts.leased = NOW - NF_SECONDS(15);
    return s;
}

static struct scene *
comes_up_and_does_not_say_so(void)
{
    struct scene *s = at(NF_STEP_FIRST_BOOT);

    s->facts.heard = NOW - NF_SECONDS(15);
    return s;
}

static struct scene *
has_to_boot_once_more(void)
{
    struct scene *s = scene(walk_start(0, NF_FIRST_BOOT_BOOT, true));

    walk_on(&s->task, NF_STEP_FIRST_BOOT);
    return s;
}

static struct scene *
undoes_what_it_did(void)
{
    struct scene *s = everything_at(NF_STEP_OS_INSTALL);

    assert_true(walk_step(&s->task, NF_TASK_INSTALL_FAILED, NOW));
    return s;
}

static struct scene *
its_disk_is_too_small(void)
{
    struct scene *s = at(NF_STEP_OS_INSTALL);

    assert_true(walk_step(&s->task, NF_TASK_INSTALL_FAILED, NOW));
    snprintf(s->task.reason, sizeof(s->task.reason),
             "/dev/sda has 1073741824 bytes, the image needs 2147483648");
    return s;
}

static struct scene *
was_never_heard_of_again(void)
{
    struct scene *s = at(NF_STEP_FIRST_BOOT);

    assert_true(walk_step(&s->task, NF_TASK_DEADLINE, s->task.deadline));
    return s;
}

static struct scene *
was_cancelled(void)
{
    struct scene *s = at(NF_STEP_NODE_BOOT);

    assert_true(walk_step(&s->task, NF_TASK_CANCEL, NOW));
    s->node.status = NF_NODE_DISCOVERED;
    return s;
}

static struct scene *
was_rejected(void)
{
    struct scene *s = without_node(NF_STEP_APPROVAL);

    assert_true(walk_step(&s->task, NF_TASK_REJECT, NOW));
    return s;
}

static struct scene *
has_no_task(void)
{
    struct scene *s = at(NF_STEP_APPROVAL);

    s->facts.task = NULL;
    s->facts.leased = NOW - NF_SECONDS(5);
    s->node.status = NF_NODE_DISCOVERED;
    return s;
}

static struct scene *
was_only_written_down(void)
{
    struct scene *s = has_no_task();

    s->facts.leased = 0;
    return s;
}

static struct scene *
has_the_number_of_another(void)
{
    struct scene *s = has_no_task();

    add_report(s, NF_WHY_SERIAL_CLASH);
    return s;
}

static struct scene *
lost_its_task(void)
{
    struct scene *s = at(NF_STEP_APPROVAL);

    s->facts.task = NULL;
    return s;
}

static struct scene *
is_installed(void)
{
    struct scene *s = at(NF_STEP_KINDS);

    s->node.status = NF_NODE_INSTALLED;
    s->node.online = 1;
    return s;
}

static struct scene *
is_installed_and_silent(void)
{
    struct scene *s = is_installed();

    s->node.online = 0;
    s->facts.heard = NOW - NF_MINUTES(9);
    return s;
}

static struct scene *
is_installed_without_an_agent(void)
{
    struct scene *s = is_installed_and_silent();

    s->task.first_boot = NF_FIRST_BOOT_BOOT;
    s->facts.heard = s->task.updated_at - NF_SECONDS(5); /* in RAM */
    return s;
}

static struct scene *
its_agent_was_there_all_the_same(void)
{
    struct scene *s = is_installed_without_an_agent();

    s->facts.heard = s->task.updated_at + NF_SECONDS(5);
    return s;
}

#define SINCE "since 2026-01-22T09:59:00Z"
#define FAILS "; the task fails if that has not happened by "

/* clang-format off */
static const struct {
    struct scene *(*make)(void);
    const char *state, *waits_for, *then, *says;
} ways[] = {
    {nobody_approves, "approval_missing", "an operator to approve it", "node_boot", "Waits for an operator to approve it " SINCE ". Approve it with `nf approve task-00000001` or reject it. Then comes node_boot."},
    {nobody_approves_and_it_clashes, "approval_missing", "an operator to approve it", "node_boot", "52:54:00:00:00:07 with serial number S-7 reported, but another number is expected (52:54:00:00:00:09). Approve it"},
    {no_machine_has_the_number, "never_seen", "a machine with its serial number to report", "switch_install_vlan", "No such machine has reported: start it from the network"},
    {a_machine_nearly_has_it, "serial_mismatch", "a machine with its serial number to report", "switch_install_vlan", "52:54:00:00:00:07 with serial number S-7 reported and no task is its. Correct the serial number, or cancel with `nf cancel task-00000001`."},
    {its_machine_is_installed, "machine_is_installed", "a machine with its serial number to report", "switch_install_vlan", "52:54:00:00:00:05 has that serial number, but it is installed and NF_ALLOW_REINSTALL is off."},
    {the_switch_says_nothing, "no_worker", "the switch to put the port into the install VLAN", "boot_config", ", attempt 1; it is asked again if that has not happened by "},
    {the_bmc_is_asked_for_the_last_time, "device_silent", "the BMC to restart the machine", "node_boot", "The worker w1 was told, and has not answered try 2 of 2 yet"},
    {the_last_worker_went, "no_worker", "the BMC to restart the machine", "node_boot", "is connected since 2026-01-22T09:58:00Z: start one."},
    {nobody_sends_the_command, "command_waits", "the BMC to restart the machine", "node_boot", "No worker was told yet: are nf-relay and the broker running?"},
    {the_worker_has_begun, "device_working", "the BMC to restart the machine", "node_boot", "The worker w1 has begun try 1 of 2."},
    {a_reboot_waits, "first_boot_silent", "the installed system to come up and report", "completed", "The command reboot of 5s ago was sent, and its agent has not answered; it is given up at 2026-01-22T10:00:00Z."},
    {nothing_writes_files, "relay_silent", "nf-relay to write the boot files", "dhcp_binding", "Is nf-relay running?"},
    {never_switched_on, "never_seen", "the node to ask for its install script", "os_install", "It has never asked for an address: is it switched on"},
    {is_another_machine, "serial_mismatch", "the node to ask for its install script", "os_install", "another number is expected (52:54:00:00:00:09). Correct the serial number"},
    {has_not_the_number_that_is_expected, "serial_mismatch", "the node to ask for its install script", "os_install", "with serial number S-7 reported, but another number is expected (S-1). Correct"},
    {a_fixed_address_is_no_sign_of_it, "never_seen", "the node to ask for its install script", "os_install", "It has never asked for an address"},
    {not_restarted, "not_restarted", "the node to ask for its install script", "os_install", "It last asked for an address 30m0s ago, before this step began: restart it"},
    {boots_from_its_disk, "wrong_boot_order", "the node to ask for its install script", "os_install", "It asked for an address 20s ago, but not for its boot script: it does not boot from the network first"},
    {seen_without_a_lease, "not_booted", "the node to ask for its install script", "os_install", "It has asked for no address since"},
    {in_ram_already, "agent_waiting", "the node to ask for its install script", "os_install", "nf-agent runs in its RAM and was heard 4s ago"},
    {works_on_its_hardware, "agent_working", "nf-agent in RAM to configure the hardware", "network_config", "nf-agent in its RAM was heard 4s ago."},
    {goes_on_at_once, "agent_working", "nf-agent in RAM to configure the hardware", "network_config", "nf-agent in its RAM was heard 9s ago."},
    {hangs_in_ram, "agent_silent", "nf-agent in RAM to configure the hardware", "network_config", "nf-agent in its RAM was last heard 5m0s ago: look at the machine's console"},
    {never_came_into_ram, "agent_silent", "nf-agent in RAM to configure the hardware", "network_config", "nf-agent was not heard since: did it boot into RAM?"},
    {cannot_fetch_the_agent, "fetch_failed", "nf-agent in RAM to configure the hardware", "network_config", "Last: iPXE error 4c116. It tries again by itself."},
    {its_raid_fails_and_is_tried_again, "retrying", "nf-agent in RAM to configure the hardware", "network_config", "Try 1 of 2 of hardware_config failed (no controller); the next begins at 2026-01-22T10:00:05Z. Then comes network_config."},
    {cannot_fetch_the_installer, "fetch_failed", "the installer to report that it is done", "first_boot", "Last: the node could not fetch kernel or initrd (iPXE error 2d0c6). It tries again by itself: are the kernel's file and the mirror within its reach?"},
    {the_installer_is_silent, "installer_silent", "the installer to report that it is done", "first_boot", "Its script was served 1 of at most 3 times, and the installer has said nothing since"},
    {the_installer_speaks, "installing", "the installer to report that it is done", "first_boot", "It said 9s ago: writing the image."},
    {speaks_after_a_fetch_that_failed, "installing", "the installer to report that it is done", "first_boot", "It said 9s ago: writing the image. Something failed as well: iPXE error 2d0c6."},
    {spoke_long_before_a_fetch_that_failed, "fetch_failed", "the installer to report that it is done", "first_boot", "Last: iPXE error 2d0c6."},
    {restarted_into_nothing, "wrong_boot_order", "the installer to report that it is done", "first_boot", "nf-agent was told to restart into the installer, and its script was not asked for since"},
    {writes_an_image, "installing", "the installer to report that it is done", "first_boot", "nf-agent in its RAM was heard 3s ago."},
    {hangs_while_it_writes, "agent_silent", "the installer to report that it is done", "first_boot", "nf-agent in its RAM was last heard 4m0s ago: look at the machine's console"},
    {does_not_come_up, "first_boot_silent", "the installed system to come up and report", "completed", "Nothing was heard of it since: does it boot from its disk?"},
    {comes_up_without_an_agent, "first_boot_silent", "the installed system to come up and report", "completed", "It asked for an address 15s ago, and its agent is silent: is nf-agent in the system"},
    {comes_up_and_does_not_say_so, "system_not_installed", "the installed system to come up and report", "completed", "Its agent was heard 15s ago, but does not say that it is installed."},
    {has_to_boot_once_more, "first_boot_awaited", "the installed system to come up and report", "completed", "It has to ask for its boot script once more."},
    {undoes_what_it_did, "undoing", "the switch to put the port into its production VLAN", "bmc_boot_disk", "The task is failed: because. What it did is being undone. Waits for the switch to put the port into its production VLAN"},
    {its_disk_is_too_small, "failed", NULL, NULL, "The task is failed: /dev/sda has 1073741824 bytes, the image needs 2147483648. Mend what the installer says. The node waits at its boot script. Start over with `nf retry task-00000001` or the action reinstall."},
    {was_never_heard_of_again, "failed", NULL, NULL, "Look at the machine's console and its boot order. The system is on the disk and the node boots it; a report of its agent makes it installed."},
    {was_cancelled, "never_seen", "an operator to install it", NULL, "The task is cancelled: because. Start over with `nf retry task-00000001` or the action reinstall. Discovered 2026-01-22T09:00:00Z; waits for an operator"},
    {was_rejected, "rejected", NULL, NULL, "The task is rejected: because."},
    {has_no_task, "no_task", "an operator to install it", NULL, "Discovered 2026-01-22T09:00:00Z; waits for an operator to install it"},
    {was_only_written_down, "never_seen", "an operator to install it", NULL, "It has never asked for an address."},
    {has_the_number_of_another, "report_unmatched", "an operator to install it", NULL, "52:54:00:00:00:07 with serial number S-7 reported, but that number is another node's (52:54:00:00:00:09)."},
    {lost_its_task, "task_gone", NULL, NULL, "Installing, but its task is gone"},
    {is_installed, "installed", NULL, NULL, "Installed; boots its own disk. Its agent reports."},
    {is_installed_and_silent, "agent_offline", NULL, NULL, "Its agent is silent since 2026-01-22T09:51:00Z."},
    {is_installed_without_an_agent, "installed", NULL, NULL, "Installed; boots its own disk. Its profile waits for no agent to report."},
    {its_agent_was_there_all_the_same, "agent_offline", NULL, NULL, "Its agent is silent since "},
};
/* clang-format on */

static bool
is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
each_way_names_itself(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct scene *s = ways[i].make();
        struct nf_why why;
        nf_why(&s->facts, &why);
        if (!is_same(why.state, ways[i].state)
            || !is_same(why.waits_for, ways[i].waits_for)
            || !is_same(why.then, ways[i].then)
            || strstr(why.sentence, ways[i].says) == NULL)
        {
            fail_msg("way %zu, wanted %s, then %s: %s\n got %s, then %s: %s", i,
                     ways[i].state, ways[i].then, ways[i].says, why.state,
                     why.then, why.sentence);
        }
        const struct nf_step *running = nf_task_running(&s->task);
        if (running != NULL && s->facts.task != NULL) {
            assert_int_equal(why.since, running->started);
            assert_int_equal(why.deadline, running->deadline);
        }
        assert_null(strstr(why.sentence, "  "));
        assert_null(strchr(why.sentence, '$'));
        assert_int_not_equal(why.sentence[strlen(why.sentence) - 1], ' ');
    }
}

/* From every step of the fullest plan, whatever is known. */
/* docs/stuck.md has a row for each of them. */
static void
each_state_is_explained(void **state)
{
    static char page[65536];
    FILE *file = fopen("docs/stuck.md", "r");

    (void) state;
    assert_non_null(file);
    assert_true(fread(page, 1, sizeof(page) - 1, file) > 0);
    (void) fclose(file);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        char word[64];
        snprintf(word, sizeof(word), "`%s`", ways[i].state);
        if (strstr(page, word) == NULL) {
            fail_msg("docs/stuck.md does not explain %s", word);
        }
    }
}

static void
there_is_a_sentence_for_everything(void **state)
{
    (void) state;
    for (size_t i = 0; nf_plan[i].kind != NF_STEP_BMC_BOOT_DISK; i++) {
        for (unsigned known = 0; known < 64; known++) {
            struct scene *s = everything_at(nf_plan[i].kind);
            struct nf_why why;
            s->facts.heard = known & 1 ? NOW - NF_SECONDS(2) : 0;
            s->facts.leased = known & 2 ? NOW - NF_SECONDS(2) : 0;
            s->facts.told = known & 4 ? NOW - NF_SECONDS(2) : 0;
            s->facts.node = known & 8 ? NULL : s->facts.node;
            if (known & 16) {
                add_report(s, NF_WHY_MAC_OTHER);
            }
            if (known & 32) {
                assert_true(walk_step(&s->task, NF_TASK_CANCEL, NOW));
            }
            nf_why(&s->facts, &why);
            assert_non_null(why.state);
            assert_true(strlen(why.sentence) > 20);
            assert_true(strlen(why.sentence) < NF_WHY_MAX - 1);
        }
    }
}

/* All texts as long as may be. */
static void
the_longest_sentence_is_not_cut(void **state)
{
    struct scene *s = everything_at(NF_STEP_OS_INSTALL);
    char serial[64];
    struct nf_why why;

    (void) state;
    memset(serial, 'x', sizeof(serial) - 1);
    serial[sizeof(serial) - 1] = '\0';
    memset(step_of(s)->error, 'x', sizeof(step_of(s)->error) - 1);
    nf_why(&s->facts, &why);
    assert_non_null(strstr(why.sentence, "Then comes first_boot."));
    s = without_node(NF_STEP_NODE_MATCH);
    for (size_t i = 0; i < NF_WHY_REPORTS; i++) {
        add_report(s, NF_WHY_MAC_OTHER);
        s->facts.reports[i] = s->facts.reports[0];
        s->facts.reports[i].sn = serial;
    }
    s->facts.reports_n = NF_WHY_REPORTS;
    nf_why(&s->facts, &why);
    assert_non_null(strstr(why.sentence, "Then comes switch_install_vlan."));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_names_itself),
        cmocka_unit_test(each_state_is_explained),
        cmocka_unit_test(there_is_a_sentence_for_everything),
        cmocka_unit_test(the_longest_sentence_is_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
