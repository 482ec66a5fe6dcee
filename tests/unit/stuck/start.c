/* Before the machine starts. */
#include "situation.h"

static void
a_node_is_written_down(void)
{
    create(1);
}

static void
it_is_switched_on(void)
{
    firmware_leases(1);
}

static void
an_installation_waits_for_it(void)
{
    create(1);
    firmware_leases(1);
    minutes_pass(1);
    operator_asks(NF_PUT, "/api/v1/nodes/525400000001",
                  "{\"action\":\"install\"}");
    minutes_pass(1);
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

/* clang-format off */
static const struct situation all[] = {
    {"A node that has never been seen", a_node_is_written_down,
     "nodes/525400000001", "never_seen",
     "Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. It has never asked for an address.",
     it_is_switched_on, "no_task"},
    {"A machine that was not restarted", an_installation_waits_for_it,
     "nodes/525400000001", "not_restarted",
     "Waiting for the node to ask for its install script since 2026-01-22T10:01:00Z; the task fails if that has not happened by 2026-01-22T10:31:00Z. It last asked for an address 2m0s ago, before this step began: restart it and let it boot from the network. Next: os_install.",
     it_boots, "installer_silent"},
    {"A machine approved before it is switched on", it_is_approved_while_it_is_off,
     "nodes/525400000001", "not_switched_on",
     "Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z, with no deadline: it was approved to install when it boots. Its time to boot (NF_BOOT_DEADLINE) begins when it first asks for an address with its firmware, or when its BMC switches it on: switch it on, and let it boot from the network. Next: os_install.",
     it_boots, "installer_silent"},
};
/* clang-format on */

SITUATIONS(all)
