/* BMCs and switches that do not do it, and workers that are not there. */
#include "situation.h"

#include "change/link.h"
#include "change/switch.h"
#include "change/worker.h"
#include "store/ports.h"

#define NODE   "nodes/525400000001"
#define BMC    "/api/v1/devices/b1"
#define LOGIN  "/api/v1/credentials/lab"
#define SWITCH "/api/v1/devices/sw1"
#define PLACE  "{\"vlan\":\"install\",\"switch\":\"sw1\",\"port\":\"Gi1/0/1\"}"

static uint64_t task;

/* --- what there is, and what it does ----------------------------------------
 */

static void
worker_comes(void)
{
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", true, NULL)), NF_OK);
}

static void
worker_goes(void)
{
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", false, NULL)), NF_OK);
}

/* What the operator of nf create and nf approve does. */
static void
approved(const char *with)
{
    char body[128], path[64];

    snprintf(body, sizeof(body), "{\"mac\":\"525400000001\",%s}", with);
    operator_asks(NF_POST, "/api/v1/tasks", body);
    assert_true(nf_task_parse(nf_text(situation_text("task_id")), &task));
    snprintf(path, sizeof(path), "/api/v1/tasks/%s/approve",
             situation_text("task_id"));
    operator_asks(NF_POST, path, "{}");
    world.now += NF_SECONDS(5);
}

static void
bmc_is_to_boot_it(void)
{
    create(1);
    operator_asks(NF_PUT, LOGIN, "{\"user\":\"root\",\"password\":\"wrong\"}");
    operator_asks(NF_PUT, BMC,
                  "{\"driver\":\"ipmi\",\"address\":\"10.0.0.5\","
                  "\"credentials\":\"lab\",\"node\":\"525400000001\"}");
    approved("\"bmc\":{\"ip\":\"10.0.0.5\"}");
    task_bring_to(task, 1, NF_STEP_BMC_BOOT_PXE);
}

static void
switch_is_to_move_it(void)
{
    operator_asks(NF_PUT, SWITCH,
                  "{\"driver\":\"ios\",\"address\":\"10.0.0.2\"}");
    create(1);
    worker_comes();
    approved("\"switch\":{\"port\":\"Gi1/0/1\"}");
}

static struct nf_command
sent(void)
{
    struct nf_command command;

    assert_true(task_command(task, &command));
    assert_int_equal(
        CHANGE(nf_change_command_sent(&c, command.number, "w1", 0)), NF_OK);
    return command;
}

/* nf-relay finds where the machine is, and the worker says how it went. */
static void
switch_says(const char *words)
{
    struct nf_command command;

    assert_true(task_command(task, &command));
    assert_int_equal(
        CHANGE(nf_change_command_aim(&c, command.number, PLACE, NF_TEXT("{}"))),
        NF_OK);
    (void) sent();
    assert_int_equal(worker_says(&command, NF_COMMAND_SAYS_FAILED, words),
                     NF_OK);
}

/* The attempts that follow, each with the same end. */
static void
switch_says_at_last(const char *words)
{
    for (struct nf_task now = task_get(task); nf_task_is_live(&now);
         now = task_get(task))
    {
        switch_says(words);
        wait_ms(NF_MINUTES(1));
    }
}

/* What it is told next succeeds. */
static void
device_obeys(void)
{
    wait_ms(NF_MINUTES(1));
    assert_true(device_answers(task, true, ""));
}

static void
task_is_retried(void)
{
    char path[64];

    snprintf(path, sizeof(path), "/api/v1/tasks/task-%08x/retry",
             (unsigned) task);
    operator_asks(NF_POST, path, "{}");
    task_bring_to(task, 1, NF_STEP_NODE_BOOT);
}

/* --- workers ----------------------------------------------------------------
 */

static void
no_worker_was_ever_there(void)
{
    bmc_is_to_boot_it();
}

static void
last_worker_went(void)
{
    worker_comes();
    worker_goes();
    world.now += NF_MINUTES(2);
    bmc_is_to_boot_it();
}

static void
worker_comes_and_does_it(void)
{
    worker_comes();
    assert_true(device_answers(task, true, ""));
}

static void
worker_does_not_begin(void)
{
    worker_comes();
    bmc_is_to_boot_it();
    (void) sent();
    world.now += NF_SECONDS(30);
}

static void
worker_goes_with_it(void)
{
    worker_comes();
    bmc_is_to_boot_it();
    struct nf_command command = sent();
    assert_int_equal(
        worker_says(&command, NF_COMMAND_SAYS_RUNNING, "logging in"), NF_OK);
    worker_goes();
    world.now += NF_SECONDS(20);
}

static void
worker_begins_it(void)
{
    struct nf_command command;

    worker_comes();
    assert_true(task_command(task, &command));
    assert_int_equal(worker_says(&command, NF_COMMAND_SAYS_RUNNING, ""), NF_OK);
}

/* --- BMCs -------------------------------------------------------------------
 */

static void
bmc_refuses_password(void)
{
    worker_comes();
    bmc_is_to_boot_it();
    assert_true(device_answers(task, false,
                               "wrong_password: the BMC rejects the password"));
}

static void
password_is_corrected(void)
{
    operator_asks(NF_PUT, LOGIN, "{\"user\":\"root\",\"password\":\"right\"}");
    device_obeys();
}

static void
reset_machine_does_not_come(void)
{
    worker_comes();
    bmc_is_to_boot_it();
    task_bring_to(task, 1, NF_STEP_NODE_BOOT);
    wait_ms(NF_MINUTES(3));
}

static void
it_comes(void)
{
    firmware_leases(1);
    machine_asks_script(1);
}

static void
neither_flag_helps(void)
{
    reset_machine_does_not_come();
    wait_ms(NF_MINUTES(15));
    task_bring_to(task, 1, NF_STEP_NODE_BOOT);
    wait_ms(NF_MINUTES(15));
    device_obeys(); /* the boot device is put back */
}

static void
task_is_retried_and_it_comes(void)
{
    task_is_retried();
    it_comes();
}

/* --- switches ---------------------------------------------------------------
 */

static void
port_is_looked_for(void)
{
    switch_is_to_move_it();
    assert_int_equal(CHANGE(nf_change_look(&c, "sw1", world.now)), NF_OK);
}

static void
switch_lacks_the_vlan(void)
{
    switch_is_to_move_it();
    switch_says(
        "no_vlan: a VLAN is missing on the switch (it has no VLAN 100)");
}

static void
nobody_creates_the_vlan(void)
{
    switch_is_to_move_it();
    switch_says_at_last(
        "no_vlan: a VLAN is missing on the switch (it has no VLAN 100)");
    assert_true(device_answers(task, true, "")); /* put back */
}

static void
two_ports_have_it(void)
{
    struct nf_command command;

    switch_is_to_move_it();
    assert_true(task_command(task, &command));
    assert_int_equal(
        CHANGE(nf_change_command_unheard(
            &c, command.number,
            "two_ports: two ports may be the machine's (Gi1/0/1 and Gi1/0/7 "
            "of sw1)")),
        NF_OK);
}

static void
port_is_linked(void)
{
    operator_asks(NF_PUT, "/api/v1/nodes/525400000001/port",
                  "{\"switch\":\"sw1\",\"port\":\"Gi1/0/7\"}");
    device_obeys();
}

static void
switch_has_another_key(void)
{
    switch_is_to_move_it();
    switch_says("host_key: the switch's key is not the pinned one");
}

static void
port_stays_where_it_is(void)
{
    struct nf_port_kept kept = {.node = mac_of(1),
                                .is_open = true,
                                .vlan = 7,
                                .device = "sw1",
                                .port = "Gi1/0/1"};

    create(1);
    firmware_leases(1);
    assert_int_equal(CHANGE(nf_record_port_kept(&c, &kept) ? NF_OK : NF_BUG),
                     NF_OK);
}

static void
port_is_restored(void)
{
    struct nf_command command;
    char text[NF_COMMAND_ID_TEXT];
    struct nf_command_speaker worker = {.worker = "w1"};

    operator_asks(NF_PUT, SWITCH,
                  "{\"driver\":\"ios\",\"address\":\"10.0.0.2\"}");
    worker_comes();
    operator_asks(NF_POST, "/api/v1/nodes/525400000001/port/restore", "{}");
    {
        NF_READ(r, world.s.store);
        assert_true(nf_commands_next_of(&r, mac_of(1), 0, &command));
    }
    assert_int_equal(
        CHANGE(nf_change_command_aim(
            &c, command.number,
            "{\"vlan\":\"restore\",\"switch\":\"sw1\",\"port\":\"Gi1/0/1\"}",
            NF_TEXT("{}"))),
        NF_OK);
    assert_int_equal(
        CHANGE(nf_change_command_sent(&c, command.number, "w1", 0)), NF_OK);
    nf_command_format(&command, text);
    assert_int_equal(CHANGE(nf_change_command_answered(
                         &c, &worker,
                         &(struct nf_command_answer){
                             nf_text(text), NF_COMMAND_SAYS_DONE, "", NULL})),
                     NF_OK);
    ask(NF_GET, "/api/v1/" NODE "/timeline", NULL);
    assert_false(says("put back"));
}

/* clang-format off */
static const struct situation all[] = {
    {"No worker was ever connected", no_worker_was_ever_there, NODE, "no_worker",
     "Waiting for the BMC to set the boot device to network since 2026-01-22T10:00:07Z, attempt 1; it is retried if that has not happened by 2026-01-22T10:02:07Z. No worker for BMCs and switches is connected: start nf-bmc. Next: bmc_reset.",
     worker_comes_and_does_it, "command_waits"},
    {"The last worker has disconnected", last_worker_went, NODE, "no_worker",
     "Waiting for the BMC to set the boot device to network since 2026-01-22T10:02:07Z, attempt 1; it is retried if that has not happened by 2026-01-22T10:04:07Z. No worker for BMCs and switches is connected (the last one disconnected at 2026-01-22T10:00:00Z): start nf-bmc. Next: bmc_reset.",
     worker_comes_and_does_it, "command_waits"},
    {"A worker does not begin", worker_does_not_begin, NODE, "device_silent",
     "Waiting for the BMC to set the boot device to network since 2026-01-22T10:00:07Z, attempt 1; it is retried if that has not happened by 2026-01-22T10:02:07Z. Worker w1 was sent attempt 1 of 3 and has not begun it: it is busy with other commands, is holding off because the device did not answer, or hangs. Check its log. Next: bmc_reset.",
     worker_begins_it, "device_working"},
    {"A worker has disconnected with its command", worker_goes_with_it, NODE, "no_worker",
     "Waiting for the BMC to set the boot device to network since 2026-01-22T10:00:07Z, attempt 1; it is retried if that has not happened by 2026-01-22T10:02:07Z. Worker w1 has attempt 1 of 3 and has been gone since 2026-01-22T10:00:07Z: start it again. No other worker gets this command, which could then be carried out twice. Next: bmc_reset.",
     worker_begins_it, "device_working"},
    {"The BMC refuses the password", bmc_refuses_password, NODE, "retrying",
     "Attempt 1 of 3 of bmc_boot_pxe failed (wrong_password: the BMC rejects the password); the next attempt begins at 2026-01-22T10:00:12Z, and after attempt 3 the task fails. Correct the password in its credentials. Some BMCs lock a user after a few wrong passwords, and over Redfish a wrong user looks the same. Next: bmc_reset.",
     password_is_corrected, "command_waits"},
    {"A machine that its BMC has reset does not come", reset_machine_does_not_come, NODE, "never_seen",
     "Waiting for the node to ask for its install script since 2026-01-22T10:00:09Z; it is reset with the BIOS boot flag if that has not happened by 2026-01-22T10:15:09Z. Its BMC has reset it with the UEFI boot flag, and it has never asked for an address. Its self test may take minutes. Check its boot order, that network boot is enabled in its setup, its cable, and the VLAN of its switch port. Next: os_install.",
     it_comes, "installer_silent"},
    {"Neither boot flag helps", neither_flag_helps, NODE, "failed",
     "The task is failed: the node did not ask for its install script within 15m0s with the UEFI boot flag, then with the BIOS one. When it failed, at 2026-01-22T10:33:11Z: Its BMC has reset it with the BIOS boot flag, and it has never asked for an address. Earlier: the node did not ask for its install script within 15m0s with the UEFI boot flag. Its self test may take minutes. Check its boot order, that network boot is enabled in its setup, its cable, and the VLAN of its switch port. Start over with `nf retry task-00000005` or `nf reinstall 52:54:00:00:00:01`.",
     task_is_retried_and_it_comes, "installer_silent"},
    {"The machine's switch port is being looked for", port_is_looked_for, NODE, "switch_read",
     "Waiting for the switch to put the port into the install VLAN since 2026-01-22T10:00:00Z, attempt 1; it is retried if that has not happened by 2026-01-22T10:02:00Z. Reading the ports of sw1 first, to find the machine's port and its current configuration. Next: node_boot.",
     device_obeys, "never_seen"},
    {"The install VLAN is missing on the switch", switch_lacks_the_vlan, NODE, "retrying",
     "Attempt 1 of 3 of switch_install_vlan at Gi1/0/1 of sw1 failed (no_vlan: a VLAN is missing on the switch (it has no VLAN 100)); the next attempt begins at 2026-01-22T10:00:10Z, and after attempt 3 the task fails. Create that VLAN in the switch and allow it on its uplinks, or name another one in NF_INSTALL_VLAN, NF_PRODUCTION_VLAN or the task. Next: node_boot.",
     device_obeys, "never_seen"},
    {"The install VLAN stays missing on the switch", nobody_creates_the_vlan, NODE, "failed",
     "The task is failed: no_vlan: a VLAN is missing on the switch (it has no VLAN 100). The port is Gi1/0/1 of sw1. Create that VLAN in the switch and allow it on its uplinks, or name another one in NF_INSTALL_VLAN, NF_PRODUCTION_VLAN or the task. Start over with `nf retry task-00000004` or `nf reinstall 52:54:00:00:00:01`.",
     task_is_retried, "never_seen"},
    {"Two ports may be the machine's", two_ports_have_it, NODE, "retrying",
     "Attempt 1 of 3 of switch_install_vlan failed (two_ports: two ports may be the machine's (Gi1/0/1 and Gi1/0/7 of sw1)); the next attempt begins at 2026-01-22T10:00:10Z, and after attempt 3 the task fails. Say which one it is with `nf port link NODE SWITCH PORT`. Next: node_boot.",
     port_is_linked, "never_seen"},
    {"The switch shows another host key", switch_has_another_key, NODE, "retrying",
     "Attempt 1 of 3 of switch_install_vlan at Gi1/0/1 of sw1 failed (host_key: the switch's key is not the pinned one); the next attempt begins at 2026-01-22T10:00:10Z, and after attempt 3 the task fails. Compare that key with the one on the switch's console, and pin it in its device. If nobody gave the switch a new key, something else answers at its address. Next: node_boot.",
     device_obeys, "never_seen"},
    {"A port was not put back", port_stays_where_it_is, NODE, "no_task",
     "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. Gi1/0/1 of sw1 was not put back as it was (VLAN 7). `nf port restore 52:54:00:00:00:01` does that once the switch can be reached.",
     port_is_restored, "no_task"},
};
/* clang-format on */

SITUATIONS(all)
