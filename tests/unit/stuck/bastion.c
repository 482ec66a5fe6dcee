/* The bastion itself: its store, its disk, and the programs that serve. */
#include "situation.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/put.h"
#include "change/reserve.h"
#include "change/worker.h"
#include "dhcp/gate.h"
#include "dhcp/pool.h"
#include "dhcp/unanswered.h"
#include "spool/spool.h"
#include "status/failing.h"

#define NODE     "nodes/525400000001"
#define COMMANDS "/api/v1/nodes/525400000001/commands"

static bool has_own_disk;

/* Nothing is wrong any more, and the sentence is about the node alone. */
static void
all_is_well(void)
{
    struct ask health = {.listener = NF_LISTENER_HEALTH};

    ask_with(NF_GET, "/health", NULL, health);
    EXPECT(200, "{\"status\":\"ok\"");
    ask(NF_GET, "/api/v1/" NODE "/timeline", NULL);
    if (says("\"trouble\":")) {
        fail_msg("it is said still: %s", situation_text("now"));
    }
}

/* --- what waits -------------------------------------------------------------
 */

static void
an_installation_waits(void)
{
    create(1);
    operator_asks(NF_PUT, "/api/v1/" NODE, "{\"action\":\"install\"}");
    minutes_pass(1);
}

static void
a_command_waits(void)
{
    create(1);
    operator_asks(NF_POST, COMMANDS, "{\"command\":\"reboot\"}");
    world.now += NF_SECONDS(5);
}

static uint64_t
a_task_at(enum nf_step_kind kind, struct wanted_task wanted)
{
    wanted.mac = 1;
    uint64_t id = task_make(wanted);

    assert_int_equal(task_approve(id), NF_OK);
    task_bring_to(id, 1, kind);
    world.now += NF_SECONDS(5);
    return id;
}

/* --- the store --------------------------------------------------------------
 */

static void
the_store_fills(void)
{
    static char body[2048], extra[1901];

    memset(extra, 'x', sizeof(extra) - 1);
    create(1);
    for (unsigned n = 2;; n++) {
        snprintf(body, sizeof(body),
                 "{\"mac\":\"5254%08x\",\"extra\":{\"a\":\"%s\"}}", n, extra);
        if (ask(NF_POST, "/api/v1/nodes", body) != 201) {
            break;
        }
    }
    assert_int_equal(answer.call.status, 507);
    nf_ill_set(&relay.beat.ills[NF_ILL_FULL], world.now, "");
}

static void
nodes_are_deleted(void)
{
    char path[64];

    for (unsigned n = 2; n < 500; n++) {
        snprintf(path, sizeof(path), "/api/v1/nodes/5254%08x", n);
        assert_int_equal(ask(NF_DELETE, path, NULL), 204);
    }
    all_is_well();
    create(0x77777);
}

static const char *
filler(void)
{
    static char path[96];

    snprintf(path, sizeof(path), "%s.filler", world.s.dir);
    return path;
}

/* NF_RUN_DIR is on another disk: what nf-relay said there stays. */
static void
the_disk_fills(void)
{
    an_installation_waits();
    nf_ill_set(&relay.beat.ills[NF_ILL_FULL], world.now, "");
    relay_beat();
    relay.is_stopped = true;
    int fd = open(filler(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    for (off_t at = 0, step = 16 << 20; step >= 4096; step /= 2) {
        while (fallocate(fd, 0, at, step) == 0) {
            at += step;
        }
    }
    close(fd);
}

static void
space_is_freed(void)
{
    assert_int_equal(unlink(filler()), 0);
    relay.is_stopped = false;
    all_is_well();
}

static void
the_store_refuses_nf_relay(void)
{
    an_installation_waits();
    nf_ill_set(&relay.beat.ills[NF_ILL_STORE], world.now, nf_error_text(NF_IO));
    world.now += NF_SECONDS(20);
}

static void
its_disk_is_well_again(void)
{
    nf_ill_set(&relay.beat.ills[NF_ILL_STORE], world.now, NULL);
    all_is_well();
}

/* --- nf-relay ---------------------------------------------------------------
 */

/* A process that is called as this program is. */
static pid_t
program_starts(const char *name)
{
    int pipe_of[2];
    char byte;

    assert_int_equal(pipe(pipe_of), 0);
    pid_t process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, name);
        (void) !write(pipe_of[1], "x", 1);
        for (;;) {
            pause();
        }
    }
    assert_int_equal(read(pipe_of[0], &byte, 1), 1);
    close(pipe_of[0]);
    close(pipe_of[1]);
    snprintf(situation_process, sizeof(situation_process), "%d", process);
    return process;
}

static void
relay_starts(void)
{
    relay.is_stopped = false;
    relay.beat.process = (uint64_t) program_starts("nf-relay");
    relay_beat();
}

static void
relay_is_sent(int signal)
{
    pid_t process = (pid_t) relay.beat.process;

    relay.is_stopped = true;
    kill(process, signal);
    if (signal == SIGKILL) {
        waitpid(process, NULL, 0);
    }
}

static void
relay_dies(void)
{
    relay_starts();
    relay_is_sent(SIGKILL);
    world.now += NF_SECONDS(20);
}

static void
relay_dies_while_one_waits(void)
{
    an_installation_waits();
    relay_dies();
}

/* Time passes, and nobody acts on it. */
static void
relay_dies_for_an_hour(void)
{
    an_installation_waits();
    relay_dies();
    world.now += NF_MINUTES(60);
}

static void
relay_hangs(void)
{
    an_installation_waits();
    relay_starts();
    relay_is_sent(SIGSTOP);
    world.now += NF_SECONDS(20);
}

static void
relay_dies_with_files_to_write(void)
{
    create(1);
    (void) a_task_at(NF_STEP_BOOT_CONFIG,
                     (struct wanted_task){.has_bootfile = true});
    relay_dies();
}

static void
relay_dies_with_a_command(void)
{
    a_command_waits();
    relay_dies();
    world.now += NF_MINUTES(60);
}

static void
relay_is_started(void)
{
    relay_starts();
    all_is_well();
    relay_is_sent(SIGKILL);
    relay.is_stopped = false;
}

static void
relay_is_killed_and_started(void)
{
    relay_is_sent(SIGKILL);
    relay_is_started();
}

static void
time_passes(void)
{
    nf_time_t next;

    assert_int_equal(CHANGE(nf_change_clock(&c, 100, &next)), NF_OK);
}

static void
relay_is_started_late(void)
{
    relay_is_started();
    time_passes();
}

/* It is there, and has not come to that yet. */
static void
relay_is_held_up(void)
{
    an_installation_waits();
    world.now += NF_MINUTES(60);
}

/* --- the broker -------------------------------------------------------------
 */

static void
broker_dies(void)
{
    nf_ill_set(&relay.beat.ills[NF_ILL_BROKER], world.now,
               "127.0.0.1:1883: Connection refused");
    world.now += NF_SECONDS(20);
}

static void
broker_dies_with_a_command(void)
{
    create(1);
    (void) a_task_at(NF_STEP_BMC_BOOT_PXE,
                     (struct wanted_task){.has_bmc = true});
    assert_int_equal(CHANGE(nf_change_worker(&c, "w1", true, NULL)), NF_OK);
    broker_dies();
}

static void
broker_hangs_at_a_first_boot(void)
{
    create(1);
    (void) a_task_at(NF_STEP_FIRST_BOOT,
                     (struct wanted_task){.first_boot = NF_FIRST_BOOT_AGENT});
    nf_ill_set(&relay.beat.ills[NF_ILL_BROKER_HUNG], world.now,
               "127.0.0.1:1883");
    world.now += NF_SECONDS(20);
}

/* Its agent is well, and nobody hears it. */
static void
broker_dies_of_an_installed_node(void)
{
    create(1);
    (void) a_task_at(NF_STEP_KINDS,
                     (struct wanted_task){.first_boot = NF_FIRST_BOOT_AGENT});
    machine_is_up(1);
    broker_dies();
    minutes_pass(5);
}

static void
broker_is_started(void)
{
    nf_ill_set(&relay.beat.ills[NF_ILL_BROKER], world.now, NULL);
    nf_ill_set(&relay.beat.ills[NF_ILL_BROKER_HUNG], world.now, NULL);
    all_is_well();
}

static void
broker_lets_the_system_report(void)
{
    broker_is_started();
    machine_is_up(1);
}

/* --- DHCP -------------------------------------------------------------------
 */

static void
dhcp_is_served(void)
{
    char path[128];

    world_set("NF_DHCP_IP_POOL_START", "10.66.0.101");
    world_set("NF_DHCP_IP_POOL_END", "10.66.0.102");
    snprintf(path, sizeof(path), "%s/reserve", world.s.dir);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void
reserve_says(const char *state)
{
    struct nf_gate gate;

    nf_gate_init(&gate, &world.settings);
    assert_true(nf_gate_say(&gate, state));
    char path[128];
    snprintf(path, sizeof(path), "%s/reserve/state", world.s.dir);
    struct timespec then[2] = {{.tv_sec = world.now / 1000},
                               {.tv_sec = world.now / 1000}};
    assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
}

/* What nf-reserve does of a card that asks. */
static nf_error_t
card_asks(unsigned n)
{
    static nf_ip4_t hint;
    struct nf_reservation row;
    struct nf_ranges ranges;
    struct nf_fault fault;
    bool is_new;

    assert_int_equal(nf_ranges_read(&world.settings, &ranges, &fault), NF_OK);
    struct nf_reserve_ask ask = {.card = nf_card_of(mac_of(n)),
                                 .ranges = &ranges,
                                 .range = &ranges.each[0],
                                 .batch = 1,
                                 .hint = &hint};
    nf_error_t err = CHANGE(nf_change_reserve(&c, &ask, &row, &is_new));
    struct nf_pool_full full = {.since = err == NF_CONFLICT ? world.now : 0,
                                .last = world.now,
                                .first = ranges.each[0].first,
                                .end = ranges.each[0].last};
    assert_true(nf_pool_put(&world.settings, &full));
    return err;
}

static void
the_pool_is_given_away(void)
{
    dhcp_is_served();
    assert_int_equal(card_asks(8), NF_OK);
    assert_int_equal(card_asks(9), NF_OK);
    assert_int_equal(card_asks(1), NF_CONFLICT);
    world.now += NF_SECONDS(20);
    reserve_says("");
}

static void
the_pool_is_given_away_before_a_node_asks(void)
{
    create(1);
    the_pool_is_given_away();
}

static void
the_pool_is_given_away_before_a_task_boots(void)
{
    an_installation_waits();
    the_pool_is_given_away();
}

static void
dhcp_is_left(void)
{
    static const char *const names[] = {"state", "full", ""};
    char path[128];

    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/reserve/%s", world.s.dir, names[i]);
        (void) remove(path);
    }
    world_set("NF_DHCP_IP_POOL_START", "");
    world_set("NF_DHCP_IP_POOL_END", "");
}

static void
the_pool_is_enlarged(void)
{
    world_set("NF_DHCP_IP_POOL_END", "10.66.0.109");
    assert_int_equal(card_asks(1), NF_OK);
    all_is_well();
    firmware_leases(1);
    dhcp_is_left();
}

static void
reserve_is_not_there(void)
{
    create(1);
    dhcp_is_served();
    world.now += NF_SECONDS(20);
}

static void
reserve_is_started(void)
{
    reserve_says("");
    all_is_well();
    firmware_leases(1);
    dhcp_is_left();
}

/* What `nf up` says of a program that does not stay. */
static void
dnsmasq_fails(void)
{
    an_installation_waits();
    dhcp_is_served();
    reserve_says("");
    struct nf_failing failing = {
        .name = "dnsmasq",
        .since = world.now,
        .words = "ended with status 2: dnsmasq: unknown interface eth7"};
    assert_true(nf_failing_put(&world.settings, &failing, 1));
}

static void
dnsmasq_starts(void)
{
    struct nf_failing failing = {.name = "dnsmasq",
                                 .since = world.now,
                                 .started = world.now,
                                 .words = "ended with status 2"};

    assert_true(nf_failing_put(&world.settings, &failing, 1));
    world.now += NF_SECONDS(NF_FAILING_STEADY_S);
    reserve_says("");
    all_is_well();
    assert_true(nf_failing_put(&world.settings, NULL, 0));
    firmware_leases(1);
    dhcp_is_left();
}

static void
dnsmasq_is_process(pid_t process)
{
    char path[128], text[16];

    snprintf(path, sizeof(path), "%s/dnsmasq.pid", world.s.dir);
    snprintf(text, sizeof(text), "%d\n", process);
    assert_true(nf_put(path, nf_text(text)) != NF_PUT_FAILED);
}

/* What nf-reserve says of cards that ask one after another. */
static void
dnsmasq_hangs(void)
{
    an_installation_waits();
    dhcp_is_served();
    struct nf_unanswered unanswered = {
        .since = world.now,
        .last = world.now,
        .process = (uint64_t) program_starts("dnsmasq")};
    dnsmasq_is_process((pid_t) unanswered.process);
    assert_true(nf_unanswered_put(&world.settings, &unanswered));
    world.now += NF_SECONDS(20);
    reserve_says("");
}

static void
dnsmasq_is_killed(void)
{
    char path[128];
    pid_t process = (pid_t) strtol(situation_process, NULL, 10);

    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
    all_is_well();
    firmware_leases(1);
    for (unsigned i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", world.s.dir,
                 i == 0 ? "dnsmasq.pid" : "reserve/unanswered");
        assert_int_equal(unlink(path), 0);
    }
    dhcp_is_left();
}

/* --- the spool --------------------------------------------------------------
 */

/* As nf-hook leaves it while the store refuses. */
static void
a_lease_waits_in_the_spool(void)
{
    char dir[128];
    struct nf_lease_report report = firmware_lease(1);

    create(1);
    snprintf(dir, sizeof(dir), "%s/spool", world.s.dir);
    assert_int_equal(mkdir(dir, 0755), 0);
    world_set("NF_SPOOL_DIR", dir);
    assert_int_equal(nf_spool_append(dir, &report), NF_OK);
    assert_false(nf_spool_is_empty(dir));
    nf_ill_set(&relay.beat.ills[NF_ILL_SPOOL], world.now, nf_error_text(NF_IO));
    world.now += NF_SECONDS(20);
}

static void
the_spool_is_taken(void)
{
    struct nf_spool_target target = {.store = world.s.store,
                                     .settings = &world.settings,
                                     .now = world.now,
                                     .actor = "hook"};
    struct nf_spool_count count = {0};
    char dir[128];

    snprintf(dir, sizeof(dir), "%s/spool", world.s.dir);
    assert_int_equal(nf_spool_drain(dir, nf_spool_store, &target, &count),
                     NF_OK);
    assert_int_equal(count.taken, 1);
    nf_ill_set(&relay.beat.ills[NF_ILL_SPOOL], world.now, NULL);
    all_is_well();
    assert_int_equal(rmdir(dir), 0);
}

/* clang-format off */
static const struct situation all[] = {
    {"The store is full", the_store_fills, NODE, "never_seen", "The store has been full since 2026-01-22T10:00:00Z (64 MiB): changes are refused. Delete nodes and tasks that are no longer needed, or lower NF_EVENT_WINDOW. Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. It has never asked for an address.",
     nodes_are_deleted, "never_seen"},
    {"The store refuses what nf-relay writes", the_store_refuses_nf_relay, NODE, "never_seen", "nf-relay has not been able to write to the store since 2026-01-22T10:01:00Z (input/output error): no deadline passes, and what nodes say by MQTT is not recorded. Check the store's disk, and the kernel's log for its errors. Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. It has never asked for an address: check that it is powered on and that its cable is in the install network. Next: os_install.",
     its_disk_is_well_again, "never_seen"},
    {"nf-relay has died", relay_dies_while_one_waits, NODE, "never_seen", "nf-relay has not been running since 2026-01-22T10:01:00Z: no deadline passes, no command is sent, and what nodes say by MQTT is not recorded. `nf up` starts it again; if it does not, its log says why. Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. It has never asked for an address: check that it is powered on and that its cable is in the install network. Next: os_install.",
     relay_is_started, "never_seen"},
    {"nf-relay has died, and a deadline has passed", relay_dies_for_an_hour, NODE, "never_seen", "nf-relay has not been running since 2026-01-22T10:01:00Z: no deadline passes, no command is sent, and what nodes say by MQTT is not recorded. `nf up` starts it again; if it does not, its log says why. Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; it was due by 2026-01-22T10:30:00Z, and nf-relay, which acts on that, is not working. It has never asked for an address: check that it is powered on and that its cable is in the install network. Next: os_install.",
     relay_is_started_late, "failed"},
    {"nf-relay hangs", relay_hangs, NODE, "never_seen", "nf-relay has been hanging since 2026-01-22T10:01:00Z (process 4321): no deadline passes, no command is sent, and what nodes say by MQTT is not recorded. End it with `kill -9 4321`: `nf up` starts it again. If it hangs again, check the store's disk. Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. It has never asked for an address: check that it is powered on and that its cable is in the install network. Next: os_install.",
     relay_is_killed_and_started, "never_seen"},
    {"nf-relay has died before it wrote boot files", relay_dies_with_files_to_write, NODE, "relay_silent", "nf-relay has not been running since 2026-01-22T10:00:05Z: no deadline passes, no command is sent, and what nodes say by MQTT is not recorded. `nf up` starts it again; if it does not, its log says why. Waiting for nf-relay to write the boot files since 2026-01-22T10:00:00Z, attempt 1; it is retried if that has not happened by 2026-01-22T10:02:00Z. Check that nf-relay is running. Next: dhcp_binding.",
     relay_is_started, "relay_silent"},
    {"nf-relay has died before it sent a command", relay_dies_with_a_command, NODE, "never_seen", "nf-relay has not been running since 2026-01-22T10:00:05Z: no deadline passes, no command is sent, and what nodes say by MQTT is not recorded. `nf up` starts it again; if it does not, its log says why. Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. It has never asked for an address. The command reboot of 1h0m25s ago has not been sent yet; it was due by 2026-01-22T10:10:00Z, and nf-relay, which acts on that, is not working.",
     relay_is_started_late, "never_seen"},
    {"nf-relay is held up", relay_is_held_up, NODE, "never_seen", "Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; it was due by 2026-01-22T10:30:00Z, and nf-relay has not acted on that yet: check its log. It has never asked for an address: check that it is powered on and that its cable is in the install network. Next: os_install.",
     time_passes, "failed"},
    {"The broker is down, and a BMC has to be told", broker_dies_with_a_command, NODE, "command_waits", "nf-relay has had no connection to the MQTT broker since 2026-01-22T10:00:07Z (127.0.0.1:1883: Connection refused): no command is sent, and no heartbeat arrives. Check that mosquitto is running, and NF_MQTT_BROKER. Waiting for the BMC to set the boot device to network since 2026-01-22T10:00:02Z, attempt 1; it is retried if that has not happened by 2026-01-22T10:02:02Z. It has not been sent to a worker yet: check that nf-relay and the broker are running. Next: bmc_reset.",
     broker_is_started, "command_waits"},
    {"The broker hangs at a first boot", broker_hangs_at_a_first_boot, NODE, "first_boot_silent", "The MQTT broker has not answered since 2026-01-22T10:00:07Z (127.0.0.1:1883): no command is sent, and no heartbeat arrives. Restart mosquitto: `nf up` starts it again when it is killed. Waiting for the installed system to come up and report since 2026-01-22T10:00:02Z; the task fails if that has not happened by 2026-01-22T10:30:02Z. It was installed a moment ago and restarts: its system reports next. After that the task is completed.",
     broker_lets_the_system_report, "installed"},
    {"The broker is down, and an installed node seems to be offline", broker_dies_of_an_installed_node, NODE, "agent_offline", "nf-relay has had no connection to the MQTT broker since 2026-01-22T10:00:08Z (127.0.0.1:1883: Connection refused): no command is sent, and no heartbeat arrives. Check that mosquitto is running, and NF_MQTT_BROKER. Installed; boots its own disk. Its agent has been silent since 2026-01-22T10:00:08Z.",
     broker_lets_the_system_report, "installed"},
    {"The DHCP pool is exhausted", the_pool_is_given_away_before_a_node_asks, NODE, "never_seen", "The DHCP pool 10.66.0.101-10.66.0.102 has had no free address since 2026-01-22T10:00:00Z: a machine that has none gets no answer. Enlarge the pool (NF_DHCP_IP_POOL_END, NF_DHCP_RANGES), or shorten NF_DHCP_LEASE_TIME. Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. It has never asked for an address.",
     the_pool_is_enlarged, "no_task"},
    {"The DHCP pool is exhausted before a task's machine asks", the_pool_is_given_away_before_a_task_boots, NODE, "never_seen", "The DHCP pool 10.66.0.101-10.66.0.102 has had no free address since 2026-01-22T10:01:00Z: a machine that has none gets no answer. Enlarge the pool (NF_DHCP_IP_POOL_END, NF_DHCP_RANGES), or shorten NF_DHCP_LEASE_TIME. Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. It has never asked for an address: check that it is powered on and that its cable is in the install network. Next: os_install.",
     the_pool_is_enlarged, "firmware_loads"},
    {"dnsmasq does not start", dnsmasq_fails, NODE, "never_seen", "dnsmasq has not been running since 2026-01-22T10:01:00Z (ended with status 2: dnsmasq: unknown interface eth7): no machine gets an address or a boot loader. `nf up` starts it again as soon as what it says is fixed. Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. It has never asked for an address: check that it is powered on and that its cable is in the install network. Next: os_install.",
     dnsmasq_starts, "firmware_loads"},
    {"dnsmasq hangs", dnsmasq_hangs, NODE, "never_seen", "dnsmasq has not answered a machine since 2026-01-22T10:01:00Z (process 4321): none gets an address. End it with `kill -9 4321`: `nf up` starts it again. Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. It has never asked for an address: check that it is powered on and that its cable is in the install network. Next: os_install.",
     dnsmasq_is_killed, "firmware_loads"},
    {"nf-reserve is not running", reserve_is_not_there, NODE, "never_seen", "nf-reserve has not kept addresses since 2026-01-22T10:00:20Z (it is not running): dnsmasq gives them from its own pool, and of machines that are switched on together some may get none at first. `nf up` starts it again; if it does not, its log says why. Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. It has never asked for an address.",
     reserve_is_started, "no_task"},
    {"Leases wait in the spool", a_lease_waits_in_the_spool, NODE, "never_seen", "Lease events have been waiting in the spool since 2026-01-22T10:00:00Z (input/output error): what a machine did since may be missing here. nf-relay takes them as soon as the store does; its log says what keeps it. Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task. It has never asked for an address.",
     the_spool_is_taken, "no_task"},
};

/* Needs a disk of its own. */
static const struct situation disk[] = {
    {"The disk of the store is full", the_disk_fills, NODE, "never_seen", "The store's disk has been full since 2026-01-22T10:01:00Z (/var/lib/nodefoundry/nodes.db): changes are refused. Free space on the file system of /var/lib/nodefoundry/nodes.db. Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. It has never asked for an address: check that it is powered on and that its cable is in the install network. Next: os_install.",
     space_is_freed, "never_seen"},
};
/* clang-format on */

static void
each_is_as_it_is_told(void **state)
{
    (void) state;
    situations_try(all, sizeof(all) / sizeof(all[0]));
    if (has_own_disk) {
        situations_try(disk, sizeof(disk) / sizeof(disk[0]));
    }
}

/* Where that is not allowed, memory is everybody's and cannot be filled. */
static bool
take_own_disk(void)
{
    return unshare(CLONE_NEWNS) == 0
           && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
           && mount("none", "/dev/shm", "tmpfs", 0, "size=128m") == 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_as_it_is_told)};

    has_own_disk = take_own_disk();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
