/* Before the machine starts. */
#include "situation.h"

#define NODE  "nodes/525400000001"
#define TASKS "/api/v1/tasks"

/* Of the task that was made last. */
static char task_path[64];

static void
node_is_created(void)
{
    create(1);
}

static void
it_is_switched_on(void)
{
    firmware_leases(1);
}

static void
task_is_created(const char *body)
{
    operator_asks(NF_POST, TASKS, body);
    snprintf(task_path, sizeof(task_path), TASKS "/%s",
             situation_text("task_id"));
}

static void
task_is(const char *what)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/%s", task_path, what);
    operator_asks(NF_POST, path, "{}");
}

static void
installation_begins(void)
{
    operator_asks(NF_PUT, "/api/v1/nodes/525400000001",
                  "{\"action\":\"install\"}");
    minutes_pass(1);
}

static void
it_was_seen_before(void)
{
    create(1);
    firmware_leases(1);
    minutes_pass(1);
    installation_begins();
}

static void
it_boots(void)
{
    firmware_leases(1);
    machine_asks_script(1);
}

static void
it_is_approved_while_it_is_off(void)
{
    create(1);
    operator_asks(NF_POST, "/api/v1/tasks", "{\"mac\":\"525400000001\"}");
    operator_asks(NF_POST, "/api/v1/tasks/525400000001/approve",
                  "{\"when_it_boots\":true}");
    minutes_pass(3 * 24 * 60);
}

static void
it_is_installed_unseen(void)
{
    create(1);
    installation_begins();
}

/* --- its task ---------------------------------------------------------------
 */

static void
task_is_pending(void)
{
    task_is_created("{\"mac\":\"525400000001\"}");
    minutes_pass(10);
}

static void
task_is_approved(void)
{
    task_is("approve");
}

static void
task_was_rejected(void)
{
    task_is_created("{\"mac\":\"525400000001\"}");
    firmware_leases(1);
    task_is("reject");
}

static void
another_task_is_created(void)
{
    task_is_created("{\"mac\":\"525400000001\"}");
}

static void
nobody_has_the_number(void)
{
    task_is_created("{\"sn\":\"S-1\"}");
    task_is("approve");
    minutes_pass(5);
}

static void
machine_with_the_number_reports(void)
{
    firmware_leases(1);
    assert_true(machine_reports(1, "S-1"));
}

/* --- its firmware -----------------------------------------------------------
 */

static void
its_disk_boots_first(void)
{
    it_is_installed_unseen();
    firmware_leases(1);
    minutes_pass(2);
}

/* As the client architecture that it says (RFC 4578, 2.1). */
static void
firmware_asks_as(const char *arch)
{
    struct nf_lease_report report = firmware_lease(1);

    snprintf(report.lease.vendor_class, sizeof(report.lease.vendor_class),
             "PXEClient:Arch:%s:UNDI:003016", arch);
    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

static void
its_firmware_has_no_loader(void)
{
    create(1);
    firmware_asks_as("00039");
    minutes_pass(1);
}

/* --- and what there is for it -----------------------------------------------
 */

static char tftp[64], loader[96];

static void
leave_nothing(void)
{
    (void) unlink(loader);
    (void) rmdir(tftp);
}

static void
loader_is_missing(void)
{
    struct nf_fault fault;

    snprintf(tftp, sizeof(tftp), "/tmp/nf-stuck-XXXXXX");
    assert_non_null(mkdtemp(tftp));
    snprintf(loader, sizeof(loader), "%s/undionly.kpxe", tftp);
    assert_int_equal(atexit(leave_nothing), 0);
    assert_int_equal(
        nf_settings_set(&world.settings, "NF_TFTP_DIR", nf_text(tftp), &fault),
        NF_OK);
    firmware_asks_as("00000");
    minutes_pass(1);
}

static void
loader_is_provided(void)
{
    FILE *file = fopen(loader, "w");

    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void
another_boot_mode_is_chosen(void)
{
    loader_is_missing();
    loader_is_provided();
    firmware_asks_as("00000");
}

/* --- its address ------------------------------------------------------------
 */

static void
its_address_is_the_servers(void)
{
    create(1);
    operator_asks(NF_PUT, "/api/v1/nodes/525400000001",
                  "{\"ip\":\"10.66.0.77\",\"netmask\":\"255.255.255.0\"}");
    struct nf_fault fault;
    assert_int_equal(nf_settings_set(&world.settings, "NF_SERVER_ADDR",
                                     NF_TEXT("10.66.0.77:80"), &fault),
                     NF_OK);
    assert_int_equal(nf_settings_settle(&world.settings, &fault), NF_OK);
}

static void
it_gets_another_address(void)
{
    operator_asks(NF_PUT, "/api/v1/nodes/525400000001",
                  "{\"ip\":\"10.66.0.78\"}");
    ask(NF_GET, "/api/v1/" NODE "/timeline", NULL);
    assert_false(says("DHCP"));
}

/* clang-format off */
static const struct situation all[] = {
    {"A node that has never been seen", node_is_created, NODE, "never_seen",
     "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. It has never asked for an address.",
     it_is_switched_on, "no_task"},
    {"An installation of a node that has never been seen", it_is_installed_unseen, NODE, "never_seen",
     "Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. It has never asked for an address: check that it is powered on and that its cable is in the install network. Next: os_install.",
     it_boots, "installer_silent"},
    {"A machine that was not restarted", it_was_seen_before, NODE, "not_restarted",
     "Waiting for the node to ask for its install script since 2026-01-22T10:01:00Z; the task fails if that has not happened by 2026-01-22T10:31:00Z. It last asked for an address 2m0s ago, before this step began: restart it and let it boot from the network. Next: os_install.",
     it_boots, "installer_silent"},
    {"A machine approved before it is switched on", it_is_approved_while_it_is_off,
     "nodes/525400000001", "not_switched_on",
     "Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z, with no deadline: it was approved to install when it boots. Its time to boot (NF_BOOT_DEADLINE) begins when it first asks for an address with its firmware, or when its BMC switches it on: switch it on, and let it boot from the network. Next: os_install.",
     it_boots, "installer_silent"},
    {"A machine that starts its disk", its_disk_boots_first, NODE, "wrong_boot_order",
     "Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. It asked for an address 2m0s ago, but not for its boot script: it does not boot from the network first, or its firmware refused the boot file. Next: os_install.",
     it_boots, "installer_silent"},
    {"A task that nobody has approved", task_is_pending, NODE, "approval_missing",
     "Waiting for an operator to approve it since 2026-01-22T10:00:00Z. Approve it with `nf approve task-00000002`, or reject it. Next: node_boot.",
     task_is_approved, "never_seen"},
    {"A task that was rejected", task_was_rejected, NODE, "no_task",
     "The task is rejected: rejected by operator. Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task.",
     another_task_is_created, "approval_missing"},
    {"A task for a serial number that no machine has reported", nobody_has_the_number, "tasks/task-00000001", "never_seen",
     "Waiting for a machine with its serial number to report since 2026-01-22T10:00:00Z. No machine with serial number S-1 has reported: boot it from the network with NF_DISCOVERY_MODE=agent, or create the task for its MAC. Next: node_boot.",
     machine_with_the_number_reports, "agent_waiting"},
    {"Firmware that no boot loader is for", its_firmware_has_no_loader, NODE, "firmware_not_served",
     "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. Its firmware asked for a boot file 1m0s ago, as client architecture 39 (LoongArch UEFI of 64 bits), and got none: there is no boot loader for it. Provide the boot file, or choose another boot mode in the machine's setup.",
     another_boot_mode_is_chosen, "no_task"},
    {"A boot loader that is missing", loader_is_missing, NODE, "firmware_not_served",
     "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. Its firmware asked for a boot file 1m0s ago, as client architecture 0 (x86 BIOS), and got none: undionly.kpxe is not in NF_TFTP_DIR. Provide the boot file, or choose another boot mode in the machine's setup.",
     loader_is_provided, "no_task"},
    {"An address that DHCP cannot keep", its_address_is_the_servers, NODE, "never_seen",
     "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. It has never asked for an address. DHCP keeps no address for it: its own, 10.66.0.77, is the bastion's own.",
     it_gets_another_address, "never_seen"},
};
/* clang-format on */

SITUATIONS(all)
