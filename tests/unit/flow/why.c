/* Why a task waits for operators, devices, its machine, or nf-agent in RAM. */
#include "why_ways.h"

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
                                             .deadline = NOW + NF_MINUTES(1)};
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
has_firmware_that_nothing_is_for(void)
{
    struct scene *s = at(NF_STEP_NODE_BOOT);

    s->facts.firmware = "client architecture 6 (x86 UEFI of 32 bits)";
    s->facts.lacks = "ipxe-i386.efi is not in NF_TFTP_DIR";
    s->facts.refused = NOW - NF_SECONDS(3);
    return s;
}

static struct scene *
was_refused_before_its_agent_came(void)
{
    struct scene *s = has_firmware_that_nothing_is_for();

    s->facts.in_ram = NOW - NF_SECONDS(2);
    return s;
}

static struct scene *
is_nobodys_and_was_refused(void)
{
    struct scene *s = has_firmware_that_nothing_is_for();

    s->facts.node = NULL;
    s->facts.task = NULL;
    s->facts.mac = mac_of(8);
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

    s->facts.in_ram = NOW - NF_SECONDS(4);
    return s;
}

static struct scene *
works_on_its_hardware(void)
{
    struct scene *s = everything_at(NF_STEP_HARDWARE_CONFIG);

    s->facts.in_ram = NOW - NF_SECONDS(4);
    return s;
}

static struct scene *
goes_on_at_once(void)
{
    struct scene *s = everything_at(NF_STEP_HARDWARE_CONFIG);

    step_of(s)->started = NOW - NF_SECONDS(1);
    s->facts.in_ram = NOW - NF_SECONDS(9);
    return s;
}

static struct scene *
hangs_in_ram(void)
{
    struct scene *s = everything_at(NF_STEP_HARDWARE_CONFIG);

    step_of(s)->started = NOW - NF_MINUTES(10);
    s->facts.in_ram = NOW - NF_MINUTES(5);
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

/* clang-format off */
static const struct way ways[] = {
    {nobody_approves, "approval_missing", "an operator to approve it", "node_boot", "Waiting for an operator to approve it " SINCE ". Approve it with `nf approve task-00000001`, or reject it. Next: node_boot."},
    {nobody_approves_and_it_clashes, "approval_missing", "an operator to approve it", "node_boot", "52:54:00:00:00:07 reported serial number S-7, but another one is expected. If this is the machine, correct the number with `nf serial 52:54:00:00:00:07 S-7`; if not, cancel the task with `nf cancel task-00000001`. Approve the task with"},
    {no_machine_has_the_number, "never_seen", "a machine with its serial number to report", "switch_install_vlan", "No machine with serial number S1 has reported: boot it from the network"},
    {a_machine_nearly_has_it, "serial_mismatch", "a machine with its serial number to report", "switch_install_vlan", "52:54:00:00:00:07 reported serial number S-7, which is nearly S1. If that is the machine, cancel the task with `nf cancel task-00000001` and run `nf install 52:54:00:00:00:07`."},
    {its_machine_is_installed, "machine_is_installed", "a machine with its serial number to report", "switch_install_vlan", "52:54:00:00:00:05 has that serial number, but it is already installed and NF_ALLOW_REINSTALL is off. Cancel the task with `nf cancel task-00000001`."},
    {the_switch_says_nothing, "no_worker", "the switch to put the port into the install VLAN", "boot_config", ", attempt 1; it is retried if that has not happened by "},
    {the_bmc_is_asked_for_the_last_time, "device_silent", "the BMC to restart the machine", "node_boot", "Worker w1 was sent attempt 2 of 2 and has not begun it"},
    {the_last_worker_went, "no_worker", "the BMC to restart the machine", "node_boot", "is connected (the last one disconnected at 2026-01-22T09:58:00Z): start nf-bmc."},
    {nobody_sends_the_command, "command_waits", "the BMC to restart the machine", "node_boot", "It has not been sent to a worker yet: check that nf-relay and the broker are running."},
    {the_worker_has_begun, "device_working", "the BMC to restart the machine", "node_boot", "Worker w1 has begun attempt 1 of 2."},
    {a_reboot_waits, "first_boot_silent", "the installed system to come up and report", "completed", "The command reboot of 5s ago was sent, and its agent has not answered; it expires at 2026-01-22T10:01:00Z."},
    {nothing_writes_files, "relay_silent", "nf-relay to write the boot files", "dhcp_binding", "Check that nf-relay is running."},
    {never_switched_on, "never_seen", "the node to ask for its install script", "os_install", "It has never asked for an address: check that it is powered on"},
    {is_another_machine, "serial_mismatch", "the node to ask for its install script", "os_install", "but another one is expected. If this is the machine, correct"},
    {has_not_the_number_that_is_expected, "serial_mismatch", "the node to ask for its install script", "os_install", "reported serial number S-7, but S-1 is expected. If this is the machine, correct"},
    {a_fixed_address_is_no_sign_of_it, "never_seen", "the node to ask for its install script", "os_install", "It has never asked for an address"},
    {has_firmware_that_nothing_is_for, "firmware_not_served", "the node to ask for its install script", "os_install", "Its firmware asked for a boot file 3s ago, as client architecture 6 (x86 UEFI of 32 bits), and got none: ipxe-i386.efi is not in NF_TFTP_DIR. Provide the boot file, or choose another boot mode in the machine's setup. Next:"},
    {was_refused_before_its_agent_came, "agent_waiting", "the node to ask for its install script", "os_install", "nf-agent runs in its RAM"},
    {is_nobodys_and_was_refused, "firmware_not_served", NULL, NULL, "52:54:00:00:00:08 is not a node. Its firmware asked for a boot file 3s ago"},
    {not_restarted, "not_restarted", "the node to ask for its install script", "os_install", "It last asked for an address 30m0s ago, before this step began: restart it"},
    {boots_from_its_disk, "wrong_boot_order", "the node to ask for its install script", "os_install", "It asked for an address 20s ago, but not for its boot script: it does not boot from the network first"},
    {seen_without_a_lease, "not_booted", "the node to ask for its install script", "os_install", "It has not asked for an address since"},
    {in_ram_already, "agent_waiting", "the node to ask for its install script", "os_install", "nf-agent runs in its RAM and was heard from 4s ago"},
    {works_on_its_hardware, "agent_working", "nf-agent in RAM to configure the hardware", "network_config", "nf-agent in its RAM was heard from 4s ago."},
    {goes_on_at_once, "agent_working", "nf-agent in RAM to configure the hardware", "network_config", "nf-agent in its RAM was heard from 9s ago."},
    {hangs_in_ram, "agent_silent", "nf-agent in RAM to configure the hardware", "network_config", "nf-agent in its RAM was last heard from 5m0s ago: check the machine's console"},
    {never_came_into_ram, "agent_silent", "nf-agent in RAM to configure the hardware", "network_config", "nf-agent has not been heard from since: check on the machine's console"},
    {cannot_fetch_the_agent, "fetch_failed", "nf-agent in RAM to configure the hardware", "network_config", "Last error: iPXE error 4c116. It retries by itself."},
    {its_raid_fails_and_is_tried_again, "retrying", "nf-agent in RAM to configure the hardware", "network_config", "Attempt 1 of 2 of hardware_config failed (no controller); the next attempt begins at 2026-01-22T10:00:05Z, and after attempt 2 the task fails. Fix what nf-agent in RAM reports. Next: network_config."},
};
/* clang-format on */

enum {
    WAYS = sizeof(ways) / sizeof(ways[0])
};

static void
each_way_names_itself(void **state)
{
    (void) state;
    check_ways(ways, WAYS);
}

static void
each_state_is_explained(void **state)
{
    (void) state;
    check_explained(ways, WAYS);
}

static void
there_is_a_sentence_for_everything(void **state)
{
    (void) state;
    for (size_t i = 0; nf_plan[i].kind != NF_STEP_BMC_BOOT_DISK; i++) {
        for (unsigned known = 0; known < 64; known++) {
            struct scene *s = everything_at(nf_plan[i].kind);
            struct nf_why why;
            s->facts.in_ram = known & 1 ? NOW - NF_SECONDS(2) : 0;
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
    assert_non_null(strstr(why.sentence, "Next: first_boot."));
    s = without_node(NF_STEP_NODE_MATCH);
    for (size_t i = 0; i < NF_WHY_REPORTS; i++) {
        add_report(s, NF_WHY_MAC_OTHER);
        s->facts.reports[i] = s->facts.reports[0];
        s->facts.reports[i].sn = serial;
    }
    s->facts.reports_n = NF_WHY_REPORTS;
    nf_why(&s->facts, &why);
    assert_non_null(strstr(why.sentence, "Next: switch_install_vlan."));
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
