/* Which machine is which: both sides name the other one, and what settles it.
 */
#include "situation.h"

#define NODE(n) "/api/v1/nodes/52540000000" #n

static bool
now_names(const char *path, const char *word)
{
    char whole[128];

    snprintf(whole, sizeof(whole), "%s/timeline", path);
    assert_int_equal(ask(NF_GET, whole, NULL), 200);
    return strstr(situation_text("now"), word) != NULL;
}

/* By a card of its own, with the serial number that its firmware has. */
static void
card_asks_script(unsigned n, const char *hex)
{
    char path[128];

    snprintf(path, sizeof(path), "/boot/5254%08x/boot.ipxe?sn=%s", n, hex);
    assert_int_equal(
        ask_with(NF_GET, path, NULL,
                 (struct ask){.peer = ip_of(n), .listener = NF_LISTENER_BOOT}),
        200);
    ask_after();
}

/* A task as `nf create` makes it, approved; which is what it names. */
static void
task_begins(const char *which, const char *body)
{
    char path[128];

    operator_asks(NF_POST, "/api/v1/tasks", body);
    snprintf(path, sizeof(path), "/api/v1/tasks/%s/approve", which);
    operator_asks(NF_POST, path, "{}");
}

/* --- two nodes and one serial number ----------------------------------------
 */

static void
another_machine_reports_its_number(void)
{
    create(1);
    operator_asks(NF_PATCH, NODE(1), "{\"serial\":\"SRV-1\"}");
    firmware_leases(1);
    firmware_leases(2);
    assert_false(machine_reports(2, "SRV-1"));
}

/* What the other machine says of itself is taken again, without a report. */
static unsigned
other_tells(void)
{
    return ask_with(
        NF_POST, "/api/v1/progress",
        "{\"mac\":\"525400000002\",\"step\":\"x\",\"percent\":1}",
        (struct ask){.peer = ip_of(2), .listener = NF_LISTENER_AGENT});
}

static void
its_number_is_corrected(void)
{
    assert_int_equal(other_tells(), 403);
    operator_asks(NF_PATCH, NODE(1), "{\"serial\":\"SRV-7\"}");
    assert_false(now_names(NODE(1), "52:54:00:00:00:02"));
    assert_false(now_names(NODE(2), "52:54:00:00:00:01"));
    assert_int_equal(other_tells(), 200);
    /* and the other one gets the number that is its own */
    assert_false(machine_reports(2, "SRV-1"));
    assert_string_equal(world_node(mac_of(2)).serial, "SRV-1");
}

/* --- another card of one machine --------------------------------------------
 */

static void
another_card_of_it_boots(void)
{
    create(1);
    operator_asks(NF_PATCH, NODE(1), "{\"serial\":\"SRV-1\"}");
    operator_asks(NF_PUT, NODE(1), "{\"action\":\"install\"}");
    firmware_leases(2);
    card_asks_script(2, "5352562d31");
}

static void
the_card_is_added(void)
{
    operator_asks(NF_PATCH, NODE(1), "{\"macs\":[\"525400000002\"]}");
    assert_false(now_names(NODE(1), "52:54:00:00:00:02"));
}

static void
the_card_is_added_and_boots(void)
{
    the_card_is_added();
    firmware_leases(2);
    machine_asks_script(2);
}

static void
its_report_lists_a_card_that_is_a_node(void)
{
    struct nf_hardware_report report = {.mac = mac_of(1),
                                        .peer = ip_of(1),
                                        .sn = "SRV-1",
                                        .macs = {mac_of(2)},
                                        .macs_n = 1,
                                        .json = NF_TEXT("{\"cpu\":1}")};
    bool is_matched;

    firmware_leases(1);
    firmware_leases(2);
    assert_int_equal(CHANGE(nf_change_report(&c, &report, &is_matched)), NF_OK);
}

/* The report of a machine that booted by its second card, and lists the first.
 */
static void
second_reports_both(void)
{
    struct nf_hardware_report report = {.mac = mac_of(2),
                                        .peer = ip_of(2),
                                        .sn = "SRV-1",
                                        .macs = {mac_of(1)},
                                        .macs_n = 1,
                                        .json = NF_TEXT("{\"cpu\":1}")};
    bool is_matched;

    assert_int_equal(CHANGE(nf_change_report(&c, &report, &is_matched)), NF_OK);
    assert_false(is_matched);
}

/* --- a task by MAC and serial number ----------------------------------------
 */

static void
the_number_comes_with_another_mac(void)
{
    task_begins("SRV-1", "{\"mac\":\"525400000001\",\"sn\":\"SRV-1\"}");
    firmware_leases(2);
    second_reports_both();
}

static void
another_machine_has_its_mac(void)
{
    task_begins("SRV-1", "{\"mac\":\"525400000001\",\"sn\":\"SRV-1\"}");
    firmware_leases(1);
    assert_false(machine_reports(1, "SRV-8"));
}

static void
the_number_is_what_it_reported(void)
{
    operator_asks(NF_PATCH, NODE(1), "{\"serial\":\"SRV-8\"}");
    assert_true(machine_reports(1, "SRV-8"));
    firmware_leases(1);
    machine_asks_script(1);
}

/* --- a network card that was replaced ---------------------------------------
 */

static void
install_it(void)
{
    firmware_leases(1);
    assert_false(machine_reports(1, "SRV-1"));
    operator_asks(NF_PUT, NODE(1), "{\"action\":\"install\"}");
    machine_asks_script(1);
    machine_operates(1, "os_install", true, "");
    machine_is_up(1);
    assert_int_equal(world_node(mac_of(1)).status, NF_NODE_INSTALLED);
}

static void
its_network_card_is_replaced(void)
{
    install_it();
    minutes_pass(60);
    firmware_leases(2);
    assert_false(machine_reports(2, "SRV-1"));
}

static void
the_new_card_is_added(void)
{
    the_card_is_added();
    /* the node has its story, by the new card too */
    assert_int_equal(ask(NF_GET, NODE(2), NULL), 200);
    EXPECT(200, "\"mac\":\"525400000001\"");
    EXPECT(200, "\"status\":\"installed\"");
}

/* --- two tasks for one machine ----------------------------------------------
 */

static void
two_tasks_mean_it(void)
{
    task_begins("525400000001", "{\"mac\":\"525400000001\"}");
    task_begins("SRV-1", "{\"sn\":\"SRV-1\"}");
    firmware_leases(1);
    assert_true(machine_reports(1, "SRV-1"));
}

static void
the_second_is_cancelled(void)
{
    operator_asks(NF_POST, "/api/v1/tasks/task-00000006/cancel",
                  "{\"reason\":\"one too many\"}");
    assert_false(now_names(NODE(1), "task-00000006"));
}

static void
a_task_waits_for_an_installed_machine(void)
{
    install_it();
    task_begins("SRV-0", "{\"sn\":\"SRV-0\"}");
    /* the node's number is corrected only then */
    operator_asks(NF_PATCH, NODE(1), "{\"serial\":\"SRV-0\"}");
}

static void
that_task_is_cancelled(void)
{
    operator_asks(NF_POST, "/api/v1/tasks/task-00000010/cancel",
                  "{\"reason\":\"it is installed\"}");
    assert_false(now_names(NODE(1), "task-00000010"));
}

/* --- a number that was mistyped ---------------------------------------------
 */

static void
its_number_was_mistyped(void)
{
    task_begins("AB-123", "{\"sn\":\"AB-123\"}");
    firmware_leases(2);
    assert_false(machine_reports(2, "ab123"));
}

static void
it_is_cancelled_and_that_node_installed(void)
{
    operator_asks(NF_POST, "/api/v1/tasks/task-00000001/cancel", "{}");
    assert_false(now_names(NODE(2), "task-00000001"));
    operator_asks(NF_PUT, NODE(2), "{\"action\":\"install\"}");
    firmware_leases(2);
    machine_asks_script(2);
}

/* --- a node that was deleted ------------------------------------------------
 */

static void
it_is_deleted(void)
{
    install_it();
    operator_asks(NF_DELETE, NODE(1), NULL);
}

static void
it_is_deleted_and_still_asks(void)
{
    it_is_deleted();
    minutes_pass(5);
    firmware_leases(1);
    machine_asks_script(1);
}

static void
it_is_deleted_once_it_is_off(void)
{
    operator_asks(NF_DELETE, NODE(1), NULL);
    minutes_pass(5);
}

static void
a_task_is_created_for_it(void)
{
    operator_asks(NF_POST, "/api/v1/tasks", "{\"mac\":\"525400000001\"}");
}

static void
what_is_no_node_leases(void)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_ADD,
        .lease = {.ip = ip_of(1),
                  .mac = mac_of(1),
                  .expires = world.now + NF_SECONDS(3600),
                  .changed_at = world.now}};

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
    assert_false(world_has_node(mac_of(1)));
    minutes_pass(2);
}

/* --- a machine that never came ----------------------------------------------
 */

static void
its_task_was_rejected(void)
{
    operator_asks(NF_POST, "/api/v1/tasks", "{\"sn\":\"SRV-9\"}");
    operator_asks(NF_POST, "/api/v1/tasks/SRV-9/reject",
                  "{\"reason\":\"not ours\"}");
}

static void
its_task_was_cancelled(void)
{
    task_begins("SRV-9", "{\"sn\":\"SRV-9\"}");
    operator_asks(NF_POST, "/api/v1/tasks/SRV-9/cancel",
                  "{\"reason\":\"not delivered\"}");
}

static void
another_is_created(void)
{
    operator_asks(NF_POST, "/api/v1/tasks", "{\"sn\":\"SRV-9\"}");
}

static void
it_is_retried(void)
{
    operator_asks(NF_POST, "/api/v1/tasks/SRV-9/retry", "{}");
}

/* clang-format off */
static const struct situation all[] = {
    {"A machine that reports another node's serial number", another_machine_reports_its_number,
     "nodes/525400000002", "report_unmatched", "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:02`, or a task. 52:54:00:00:00:02 reported serial number SRV-1, which belongs to 52:54:00:00:00:01. If they are one machine, run `nf macs 52:54:00:00:00:01 --add 52:54:00:00:00:02`; if they are two, correct the serial number of 52:54:00:00:00:01 with `nf serial 52:54:00:00:00:01 NUMBER`.", its_number_is_corrected, "no_task"},
    {"A node whose serial number another machine reports", another_machine_reports_its_number,
     "nodes/525400000001", "no_task", "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. 52:54:00:00:00:02 reported the serial number of this node, SRV-1, and is a node of its own. If they are one machine, run `nf macs 52:54:00:00:00:01 --add 52:54:00:00:00:02`; if they are two, correct the serial number of 52:54:00:00:00:01 with `nf serial 52:54:00:00:00:01 NUMBER`.", its_number_is_corrected, "no_task"},
    {"A node that waits while another card of its machine boots", another_card_of_it_boots,
     "nodes/525400000001", "other_card", "Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. 52:54:00:00:00:02 seems to be the same machine by another card, and is a node of its own. If they are one machine, run `nf macs 52:54:00:00:00:01 --add 52:54:00:00:00:02`; if they are two, correct the serial number of 52:54:00:00:00:01 with `nf serial 52:54:00:00:00:01 NUMBER`. The task starts once it boots by a card of this node. Next: os_install.", the_card_is_added_and_boots, "installer_silent"},
    {"A card that boots as a node of its own", another_card_of_it_boots,
     "nodes/525400000002", "other_card", "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:02`, or a task. 52:54:00:00:00:02 asked for its boot script with serial number SRV-1, which belongs to 52:54:00:00:00:01. If they are one machine, run `nf macs 52:54:00:00:00:01 --add 52:54:00:00:00:02`; if they are two, correct the serial number of 52:54:00:00:00:01 with `nf serial 52:54:00:00:00:01 NUMBER`.", the_card_is_added_and_boots, "installer_silent"},
    {"A node that is a card of another one", its_report_lists_a_card_that_is_a_node,
     "nodes/525400000002", "other_card", "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:02`, or a task. 52:54:00:00:00:02 is among the cards that 52:54:00:00:00:01 reported. If they are one machine, run `nf macs 52:54:00:00:00:01 --add 52:54:00:00:00:02`.", the_card_is_added, "no_task"},
    {"A task whose machine comes with another MAC", the_number_comes_with_another_mac,
     "tasks/task-00000002", "other_card", "Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. 52:54:00:00:00:02 reported the serial number of this node, SRV-1, and is a node of its own. If they are one machine, run `nf macs 52:54:00:00:00:01 --add 52:54:00:00:00:02`; if they are two, correct the serial number of 52:54:00:00:00:01 with `nf serial 52:54:00:00:00:01 NUMBER`. The task starts once it boots by a card of this node. Next: os_install.", the_card_is_added_and_boots, "installer_silent"},
    {"A machine that a task expects with another MAC", the_number_comes_with_another_mac,
     "nodes/525400000002", "report_unmatched", "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:02`, or a task. 52:54:00:00:00:02 reported serial number SRV-1, but task-00000002 expects that machine as 52:54:00:00:00:01. If they are one machine, run `nf macs 52:54:00:00:00:01 --add 52:54:00:00:00:02`; if they are two, correct the serial number of 52:54:00:00:00:01 with `nf serial 52:54:00:00:00:01 NUMBER`.", the_card_is_added_and_boots, "installer_silent"},
    {"A machine with another serial number than its task expects", another_machine_has_its_mac,
     "nodes/525400000001", "serial_mismatch", "Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. 52:54:00:00:00:01 reported serial number SRV-8, but SRV-1 is expected. If this is the machine, correct the number with `nf serial 52:54:00:00:00:01 SRV-8`; if not, cancel the task with `nf cancel task-00000002`. Next: os_install.", the_number_is_what_it_reported, "installer_silent"},
    {"A replaced network card", its_network_card_is_replaced,
     "nodes/525400000002", "report_unmatched", "Discovered 2026-01-22T11:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:02`, or a task. 52:54:00:00:00:02 reported serial number SRV-1, which belongs to 52:54:00:00:00:01. If they are one machine, run `nf macs 52:54:00:00:00:01 --add 52:54:00:00:00:02`; if they are two, correct the serial number of 52:54:00:00:00:01 with `nf serial 52:54:00:00:00:01 NUMBER`.", the_new_card_is_added, "agent_offline"},
    {"A node whose network card was replaced", its_network_card_is_replaced,
     "nodes/525400000001", "agent_offline", "Installed; boots its own disk. Its agent has been silent since 2026-01-22T10:00:00Z. 52:54:00:00:00:02 reported the serial number of this node, SRV-1, and is a node of its own. If they are one machine, run `nf macs 52:54:00:00:00:01 --add 52:54:00:00:00:02`; if they are two, correct the serial number of 52:54:00:00:00:01 with `nf serial 52:54:00:00:00:01 NUMBER`.", the_new_card_is_added, "agent_offline"},
    {"A task that waits for a machine that has a task", two_tasks_mean_it,
     "tasks/task-00000006", "two_tasks", "Waiting for a machine with its serial number to report since 2026-01-22T10:00:00Z. 52:54:00:00:00:01 has that serial number, and task-00000002 is its task. Cancel this one with `nf cancel task-00000006`. Next: node_boot.", the_second_is_cancelled, "cancelled"},
    {"A machine that two tasks mean", two_tasks_mean_it,
     "nodes/525400000001", "agent_waiting", "Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. nf-agent runs in its RAM and was heard from 0s ago: it continues with its next request. Next: os_install. task-00000006 waits for the same machine by its serial number, SRV-1: cancel it with `nf cancel task-00000006`.", the_second_is_cancelled, "agent_waiting"},
    {"A task that waits for an installed machine", a_task_waits_for_an_installed_machine,
     "tasks/task-00000010", "machine_is_installed", "Waiting for a machine with its serial number to report since 2026-01-22T10:00:00Z. 52:54:00:00:00:01 has that serial number, but it is already installed and NF_ALLOW_REINSTALL is off. Cancel the task with `nf cancel task-00000010`. Next: node_boot.", that_task_is_cancelled, "cancelled"},
    {"An installed machine that a task waits for", a_task_waits_for_an_installed_machine,
     "nodes/525400000001", "installed", "Installed; boots its own disk. Its agent reports. task-00000010 waits for the same machine by its serial number, SRV-0: cancel it with `nf cancel task-00000010`.", that_task_is_cancelled, "installed"},
    {"A task with a serial number that was mistyped", its_number_was_mistyped,
     "tasks/task-00000001", "serial_mismatch", "Waiting for a machine with its serial number to report since 2026-01-22T10:00:00Z. 52:54:00:00:00:02 reported serial number ab123, which is nearly AB-123. If that is the machine, cancel the task with `nf cancel task-00000001` and run `nf install 52:54:00:00:00:02`. Next: node_boot.", it_is_cancelled_and_that_node_installed, "cancelled"},
    {"A machine that a task nearly names", its_number_was_mistyped,
     "nodes/525400000002", "no_task", "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:02`, or a task. task-00000001 waits for serial number AB-123, and this machine reported ab123. If it is that machine, cancel that task with `nf cancel task-00000001` and install this node.", it_is_cancelled_and_that_node_installed, "installer_silent"},
    {"A deleted node whose machine still asks", it_is_deleted_and_still_asks,
     "nodes/525400000001", "no_task", "Discovered 2026-01-22T10:05:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. A node with this MAC was deleted; its last task, task-00000006, is completed. The machine still boots from the network: if it is not to be used, power it off before you run `nf delete 52:54:00:00:00:01` again.", it_is_deleted_once_it_is_off, "not_a_node"},
    {"A task whose node was deleted and is back", it_is_deleted_and_still_asks,
     "tasks/task-00000006", "completed", "The task is completed. Its node was deleted, and a machine with the same MAC, 52:54:00:00:00:01, has been discovered since: `nf why 52:54:00:00:00:01`.", it_is_deleted_once_it_is_off, "completed"},
    {"A deleted node", it_is_deleted,
     "nodes/525400000001", "not_a_node", "52:54:00:00:00:01 is not a node. It last asked for an address 0s ago. To install it, run `nf create --mac 52:54:00:00:00:01`. A node with this MAC was deleted; its last task, task-00000006, is completed.", a_task_is_created_for_it, "approval_missing"},
    {"A machine that is not a node", what_is_no_node_leases,
     "nodes/525400000001", "not_a_node", "52:54:00:00:00:01 is not a node. It last asked for an address 2m0s ago. To install it, run `nf create --mac 52:54:00:00:00:01`.", a_task_is_created_for_it, "approval_missing"},
    {"A machine that never came, and whose task was rejected", its_task_was_rejected,
     "tasks/SRV-9", "rejected", "The task is rejected: not ours. No machine with serial number SRV-9 has reported; to wait for it again, run `nf create --sn SRV-9`.", another_is_created, "approval_missing"},
    {"A machine that never came, and whose task was cancelled", its_task_was_cancelled,
     "nodes/SRV-9", "cancelled", "The task is cancelled: not delivered. Start over with `nf retry task-00000001`.", it_is_retried, "never_seen"},
};
/* clang-format on */

SITUATIONS(all)
