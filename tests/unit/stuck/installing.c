/* While it installs. */
#include "situation.h"

#include "change/jump.h"

/* --- what both have ---------------------------------------------------------
 */

/* A heartbeat by MQTT: only an installed system sends one. */
static void
system_speaks(const char *status)
{
    struct nf_status_report report = {0};

    snprintf(report.status, sizeof(report.status), "%s", status);
    assert_int_equal(CHANGE(nf_change_status(&c, mac_of(1), &report)), NF_OK);
}

static void
system_is_up(void)
{
    system_speaks("installed");
}

static uint64_t
an_image_waits_at(enum nf_step_kind kind)
{
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_image = true});

    firmware_leases(1);
    task_bring_to(id, 1, kind);
    return id;
}

static void
seconds_pass(unsigned n)
{
    wait_ms(NF_SECONDS(n));
}

/* --- each -------------------------------------------------------------------
 */

/* As its system does all the time. */
static void
its_lease_is_renewed(void)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_OLD,
        .lease = {.ip = ip_of(1),
                  .mac = mac_of(1),
                  .expires = world.now + NF_SECONDS(3600),
                  .changed_at = world.now}};

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

/* Reinstalled while its system runs: nobody restarts it. */
static void
the_old_system_runs_on(void)
{
    world_set("NF_ALLOW_REINSTALL", "1");
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_image = true});
    task_bring_to(id, 1, NF_STEP_KINDS);
    id = task_make((struct wanted_task){.mac = 1, .has_image = true});
    task_bring_to(id, 1, NF_STEP_NODE_BOOT);
    seconds_pass(50);
    its_lease_is_renewed();
    seconds_pass(10);
    system_is_up();
    seconds_pass(5);
}

static void
the_old_system_comes_back(void)
{
    the_old_system_runs_on();
    agent_in_ram_asks();
    task_bring_to(world_node(mac_of(1)).task, 1, NF_STEP_OS_INSTALL);
    seconds_pass(90);
    system_is_up();
    seconds_pass(20);
}

static void
the_agent_hangs(void)
{
    (void) an_image_waits_at(NF_STEP_NETWORK_CONFIG);
    seconds_pass(5);
    agent_in_ram_asks();
    minutes_pass(4);
}

static void
nothing_boots(void)
{
    (void) an_image_waits_at(NF_STEP_NETWORK_CONFIG);
    minutes_pass(4);
}

static void
the_kernel_is_not_there(void)
{
    uint16_t attempt;

    create(1);
    firmware_leases(1);
    operator_asks(NF_PUT, "/api/v1/nodes/525400000001",
                  "{\"action\":\"install\"}");
    machine_asks_script(1);
    attempt = world_node(mac_of(1)).attempt;
    seconds_pass(30);
    assert_int_equal(
        CHANGE(nf_change_fetch_failed(&c, mac_of(1), attempt, "2d0c6")), NF_OK);
    seconds_pass(10);
}

static void
the_installer_speaks(void)
{
    assert_int_equal(machine_says(1, 0, "partitioning", 20, "partitioning"),
                     NF_OK);
}

static void
the_installer_is_silent(void)
{
    create(1);
    firmware_leases(1);
    operator_asks(NF_PUT, "/api/v1/nodes/525400000001",
                  "{\"action\":\"install\"}");
    machine_asks_script(1);
    minutes_pass(8);
}

static void
it_boots_into_ram_once_more(void)
{
    (void) an_image_waits_at(NF_STEP_FIRST_BOOT);
    seconds_pass(120);
    agent_in_ram_asks();
    seconds_pass(5);
}

static void
the_system_is_silent(void)
{
    (void) an_image_waits_at(NF_STEP_FIRST_BOOT);
    minutes_pass(6);
}

static void
the_system_says_something_else(void)
{
    (void) an_image_waits_at(NF_STEP_FIRST_BOOT);
    seconds_pass(60);
    system_speaks("");
    seconds_pass(10);
}

/* --- the clock
 * ----------------------------------------------------------------
 */

/* What nf-relay does when it looks at both clocks. */
static void
relay_looks_at_clocks(nf_time_t tick)
{
    static const uint8_t boot[NF_JUMP_BOOT] = {1};
    nf_time_t by;
    bool has_more = true;

    assert_int_equal(CHANGE(nf_change_clock_look(&c, boot, tick, &by)), NF_OK);
    while (has_more) {
        assert_int_equal(CHANGE(nf_change_clock_move(&c, 64, &has_more)),
                         NF_OK);
    }
}

static void
the_clock_is_set(nf_time_t by)
{
    relay_looks_at_clocks(1000);
    nf_time_t before = world.now;
    (void) an_image_waits_at(NF_STEP_NETWORK_CONFIG);
    agent_in_ram_asks();
    nf_time_t tick = 1000 + world.now - before;
    world.now += by;
    relay_looks_at_clocks(tick);
    seconds_pass(20);
}

static void
the_clock_is_set_forward(void)
{
    the_clock_is_set(NF_MINUTES(3 * 24 * 60));
}

static void
the_clock_is_set_back(void)
{
    the_clock_is_set(-NF_MINUTES(3 * 24 * 60));
}

static void
the_agent_goes_on(void)
{
    task_bring_to(world_node(mac_of(1)).task, 1, NF_STEP_OS_INSTALL);
    agent_in_ram_asks();
}

/* clang-format off */
static const struct situation all[] = {
    {"The system that is to be replaced still runs", the_old_system_runs_on, "nodes/525400000001", "not_restarted", "Waiting for the node to ask for its install script since 2026-01-22T10:00:07Z; the task fails if that has not happened by 2026-01-22T10:30:07Z. It runs its installed system, whose agent was heard from 5s ago: restart it and let it boot from the network. Next: hardware_config.", agent_in_ram_asks, "agent_working"},
    {"The old system comes back in the middle of an installation", the_old_system_comes_back, "nodes/525400000001", "wrong_boot_order", "Waiting for the installer to report that it is done since 2026-01-22T10:01:14Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:01:14Z. It runs its installed system, whose agent was heard from 20s ago: restart it and let it boot from the network. Next: first_boot.", agent_in_ram_asks, "installing"},
    {"nf-agent in RAM hangs", the_agent_hangs, "nodes/525400000001", "agent_silent", "Waiting for nf-agent in RAM to configure the network since 2026-01-22T10:00:03Z, attempt 1; the task fails if that has not happened by 2026-01-22T10:30:03Z. nf-agent in its RAM was last heard from 4m0s ago: check the machine's console, or restart it. Next: os_install.", agent_in_ram_asks, "agent_working"},
    {"Nothing came into RAM", nothing_boots, "nodes/525400000001", "agent_silent", "Waiting for nf-agent in RAM to configure the network since 2026-01-22T10:00:03Z, attempt 1; the task fails if that has not happened by 2026-01-22T10:30:03Z. nf-agent has not been heard from since: check on the machine's console whether it has booted. Next: os_install.", agent_in_ram_asks, "agent_working"},
    {"The kernel cannot be fetched", the_kernel_is_not_there, "nodes/525400000001", "fetch_failed", "Waiting for the installer to report that it is done since 2026-01-22T10:00:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:00:00Z. Last error: the node could not fetch kernel or initrd (iPXE error 2d0c6). It retries by itself: check that it can reach the kernel's file and the mirror. Next: first_boot.", the_installer_speaks, "installing"},
    {"The installer says nothing", the_installer_is_silent, "nodes/525400000001", "installer_silent", "Waiting for the installer to report that it is done since 2026-01-22T10:00:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:00:00Z. The install script was served 1 of at most 5 times, and the installer has reported nothing since: check the machine's console, and that it can reach the mirror. Next: first_boot.", the_installer_speaks, "installing"},
    {"It boots into RAM once more", it_boots_into_ram_once_more, "nodes/525400000001", "in_ram_again", "Waiting for the installed system to come up and report since 2026-01-22T10:00:05Z; the task fails if that has not happened by 2026-01-22T10:30:05Z. nf-agent in its RAM was heard from 5s ago: it booted from the network instead of its disk. Restart it, and check its boot order. After that the task is completed.", system_is_up, "installed"},
    {"The new system is silent", the_system_is_silent, "nodes/525400000001", "first_boot_silent", "Waiting for the installed system to come up and report since 2026-01-22T10:00:05Z; the task fails if that has not happened by 2026-01-22T10:30:05Z. Nothing has been heard from it since: check on the machine's console that it boots from its disk. After that the task is completed.", system_is_up, "installed"},
    {"The new system does not say that it is installed", the_system_says_something_else, "nodes/525400000001", "system_not_installed", "Waiting for the installed system to come up and report since 2026-01-22T10:00:05Z; the task fails if that has not happened by 2026-01-22T10:30:05Z. Its agent was heard from 10s ago, but does not report that the system is installed. After that the task is completed.", system_is_up, "installed"},
    {"The server's clock is set forward", the_clock_is_set_forward, "nodes/525400000001", "agent_working", "Waiting for nf-agent in RAM to configure the network since 2026-01-25T10:00:03Z, attempt 1; the task fails if that has not happened by 2026-01-25T10:30:03Z. nf-agent was given this operation 20s ago and was heard from 20s ago; it may take up to 2m0s. Next: os_install. The server's clock was set forward by 72h0m0s at 2026-01-25T10:00:03Z; its deadline was moved with it.", the_agent_goes_on, "installing"},
    {"The server's clock is set back", the_clock_is_set_back, "nodes/525400000001", "agent_working", "Waiting for nf-agent in RAM to configure the network since 2026-01-19T10:00:03Z, attempt 1; the task fails if that has not happened by 2026-01-19T10:30:03Z. nf-agent was given this operation 20s ago and was heard from 20s ago; it may take up to 2m0s. Next: os_install. The server's clock was set back by 72h0m0s at 2026-01-19T10:00:03Z; its deadline was moved with it.", the_agent_goes_on, "installing"},
};
/* clang-format on */

SITUATIONS(all)
