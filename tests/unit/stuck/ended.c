/* When a task has ended. */
#include "situation.h"

#include "../catalogue.h"

#include "store/files.h"

#define NODE  "/api/v1/nodes/525400000001"
#define TASK  "/api/v1/tasks/525400000001"
#define IMAGE "images/debian.img"
#define OWN(package)                                                           \
    "{\"method\":\"preseed\",\"os_type\":\"debian\",\"os_version\":"           \
    "\"12\",\"suite\":\"bookworm\",\"packages\":[\"" package "\"]}"

static void
seconds_pass(unsigned n)
{
    wait_ms(NF_SECONDS(n));
}

static void
is_asked_for(void)
{
    create(1);
    operator_asks(NF_PUT, NODE, "{\"action\":\"install\"}");
}

static void
it_is_retried(void)
{
    operator_asks(NF_POST, TASK "/retry", NULL);
}

static void
it_is_retried_afresh(void)
{
    operator_asks(NF_POST, TASK "/retry", "{\"refresh\":true}");
}

static void
system_is_up(void)
{
    machine_is_up(1);
}

static bool
its_copy_says(const char *part)
{
    uint64_t id = world_node(mac_of(1)).task;
    struct nf_profile profile;
    NF_READ(r, world.s.store);

    assert_true(nf_task_profiles_get(&r, id, &profile));
    return memmem(profile.json.data, profile.json.len, part, strlen(part))
           != NULL;
}

/* By its own copy: nothing else knows its profile. */
static void
it_is_retried_in_ram(void)
{
    uint64_t id = world_node(mac_of(1)).task;

    assert_int_equal(CHANGE(nf_change_task_retry(&c, id, NULL)), NF_OK);
    agent_in_ram_asks();
}

/* --- nobody said why --------------------------------------------------------
 */

static void
it_is_never_switched_on(void)
{
    is_asked_for();
    minutes_pass(31);
}

static void
it_is_retried_and_switched_on(void)
{
    it_is_retried();
    firmware_leases(1);
    machine_asks_script(1);
}

static void
it_starts_its_disk(void)
{
    is_asked_for();
    minutes_pass(1);
    firmware_leases(1);
    minutes_pass(30);
}

static void
its_installer_restarts_and_restarts(void)
{
    is_asked_for();
    firmware_leases(1);
    for (unsigned i = 0; i < 6; i++) {
        machine_asks_script(1);
        minutes_pass(2);
    }
}

static void
its_installer_is_mended(void)
{
    it_is_retried_and_switched_on();
    assert_int_equal(machine_says(1, 0, "partitioning", 20, "partitioning"),
                     NF_OK);
}

/* --- the installer said why -------------------------------------------------
 */

static void
its_disk_is_too_small(void)
{
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_image = true});

    firmware_leases(1);
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    machine_operates(1, "os_install", false,
                     "/dev/sda is too small: it has 1024 MiB, and 2048 MiB are "
                     "needed");
}

static void
it_waits_at_its_script(void)
{
    its_disk_is_too_small();
    seconds_pass(90);
    machine_asks_script(1);
    seconds_pass(10);
}

static void
its_profile_fails(void)
{
    operator_asks(NF_PUT, "/api/v1/profiles/own", OWN("no-such"));
    operator_asks(NF_POST, "/api/v1/tasks",
                  "{\"mac\":\"525400000001\",\"profile\":\"own\"}");
    operator_asks(NF_POST, TASK "/approve", NULL);
    firmware_leases(1);
    machine_asks_script(1);
    machine_operates(1, "os_install", false, "unable to locate no-such");
}

static void
its_profile_is_changed(void)
{
    its_profile_fails();
    operator_asks(NF_PUT, "/api/v1/profiles/own", OWN("htop"));
}

static void
its_profile_is_deleted(void)
{
    its_profile_fails();
    operator_asks(NF_DELETE, "/api/v1/profiles/own", NULL);
}

static void
it_keeps_the_deleted_profile(void)
{
    it_is_retried();
    assert_true(its_copy_says("no-such"));
}

static void
it_takes_the_changed_profile(void)
{
    it_is_retried_afresh();
    assert_true(its_copy_says("htop"));
}

static void
its_image_is_replaced(void)
{
    put_file(IMAGE, 'a');
    uint64_t id = task_make((struct wanted_task){
        .mac = 1,
        .has_image = true,
        .json = "{\"title\":\"x\",\"image\":\"" IMAGE "\"}"});
    firmware_leases(1);
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    machine_operates(1, "os_install", false, "the image is damaged");
    put_file(IMAGE, 'b');
}

static void
it_takes_the_new_image(void)
{
    struct nf_profile fresh = {
        .name = "test",
        .method = NF_METHOD_IMAGE,
        .image = IMAGE,
        .json = NF_TEXT("{\"title\":\"x\",\"image\":\"" IMAGE "\"}")};
    uint64_t id = world_node(mac_of(1)).task;

    assert_int_equal(CHANGE(nf_change_task_retry(&c, id, &fresh)), NF_OK);
    assert_true(its_copy_says("bbbb"));
    forget_file(IMAGE);
}

/* --- too late ---------------------------------------------------------------
 */

static void
its_first_boot_takes_too_long(void)
{
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_image = true});

    firmware_leases(1);
    task_bring_to(id, 1, NF_STEP_FIRST_BOOT);
    minutes_pass(31);
}

static void
it_boots_too_late(void)
{
    uint64_t id = task_make(
        (struct wanted_task){.mac = 1, .first_boot = NF_FIRST_BOOT_BOOT});

    firmware_leases(1);
    task_bring_to(id, 1, NF_STEP_FIRST_BOOT);
    minutes_pass(31);
}

static void
it_asks_for_its_script(void)
{
    firmware_leases(1);
    machine_asks_script(1);
}

/* --- people -----------------------------------------------------------------
 */

static void
is_cancelled_before_anything(void)
{
    is_asked_for();
    firmware_leases(1);
    operator_asks(NF_POST, TASK "/cancel", "{\"reason\":\"wrong rack\"}");
}

static void
is_cancelled_in_the_middle(void)
{
    is_asked_for();
    firmware_leases(1);
    machine_asks_script(1);
    operator_asks(NF_POST, TASK "/cancel", "{\"reason\":\"wrong rack\"}");
}

static void
it_is_installed(void)
{
    operator_asks(NF_PUT, NODE, "{\"action\":\"install\"}");
}

static void
it_is_reinstalled(void)
{
    operator_asks(NF_PUT, NODE, "{\"action\":\"reinstall\"}");
}

static void
is_rejected(void)
{
    create(1);
    firmware_leases(1);
    operator_asks(NF_POST, "/api/v1/tasks",
                  "{\"mac\":\"525400000001\",\"profile\":\"debian-12\"}");
    operator_asks(NF_POST, TASK "/reject", "{\"reason\":\"not now\"}");
}

static void
a_task_is_made(void)
{
    operator_asks(NF_POST, "/api/v1/tasks",
                  "{\"mac\":\"525400000001\",\"profile\":\"debian-12\"}");
}

/* --- installed --------------------------------------------------------------
 */

static void
its_system_falls_silent(void)
{
    create(1);
    operator_asks(NF_PUT, NODE, "{\"action\":\"install\"}");
    firmware_leases(1);
    task_bring_to(world_node(mac_of(1)).task, 1, NF_STEP_KINDS);
    minutes_pass(10);
}

static void
is_not_reached_for_a_reinstallation(void)
{
    world_set("NF_ALLOW_REINSTALL", "1");
    its_system_falls_silent();
    system_is_up();
    operator_asks(NF_PUT, NODE, "{\"action\":\"reinstall\"}");
    minutes_pass(29);
    system_is_up();
    seconds_pass(70);
    world_set("NF_ALLOW_REINSTALL", "0");
}

static void
it_is_wiped_by_consent(void)
{
    operator_asks(NF_PUT, NODE,
                  "{\"action\":\"reinstall\",\"consent\":\"525400000001\"}");
    firmware_leases(1);
    machine_asks_script(1);
}

/* clang-format off */
static const struct situation all[] = {
    {"A machine that was never switched on", it_is_never_switched_on, "nodes/525400000001", "failed", "The task is failed: the node did not ask for its install script within 30m0s. When it failed, at 2026-01-22T10:31:00Z: It has never asked for an address: check that it is powered on and that its cable is in the install network. Start over with `nf retry task-00000002` or `nf reinstall 52:54:00:00:00:01`.", it_is_retried_and_switched_on, "installer_silent"},
    {"A machine that started its disk", it_starts_its_disk, "nodes/525400000001", "failed", "The task is failed: the node did not ask for its install script within 30m0s. When it failed, at 2026-01-22T10:31:00Z: It asked for an address 30m0s ago, but not for its boot script: it does not boot from the network first, or its firmware refused the boot file. Start over with `nf retry task-00000002` or `nf reinstall 52:54:00:00:00:01`.", it_is_retried_and_switched_on, "installer_silent"},
    {"An installer that restarts and restarts", its_installer_restarts_and_restarts, "nodes/525400000001", "failed", "The task is failed: the installer was started 5 times and never reported. When it failed, at 2026-01-22T10:10:00Z: The install script was served 5 of at most 5 times, and the installer has reported nothing since: check the machine's console, and that it can reach the mirror. Its disk may have been written to, so it stays installing. Start over with `nf retry task-00000002` or `nf reinstall 52:54:00:00:00:01`.", its_installer_is_mended, "installing"},
    {"An image that is larger than the disk", its_disk_is_too_small, "nodes/525400000001", "failed", "The task is failed: /dev/sda is too small: it has 1024 MiB, and 2048 MiB are needed. Use a profile with a smaller image or another disk: `nf hardware NODE` lists those of the machine. Its disk may have been written to, so it stays installing. Start over with `nf retry task-00000002` or `nf reinstall 52:54:00:00:00:01`.", it_is_retried_in_ram, "agent_working"},
    {"A failed machine waits at its boot script", it_waits_at_its_script, "nodes/525400000001", "failed", "The task is failed: /dev/sda is too small: it has 1024 MiB, and 2048 MiB are needed. Use a profile with a smaller image or another disk: `nf hardware NODE` lists those of the machine. The node asked for its boot script 10s ago, and waits there. Its disk may have been written to, so it stays installing. Start over with `nf retry task-00000002` or `nf reinstall 52:54:00:00:00:01`.", it_is_retried_in_ram, "agent_working"},
    {"A profile that was fixed after the failure", its_profile_is_changed, "nodes/525400000001", "failed", "The task is failed: unable to locate no-such. Fix what the installer reports. Its disk may have been written to, so it stays installing. Its profile own has changed since the task was made. Start over with `nf retry --refresh task-00000003`, which takes that as it is now; `nf retry task-00000003` takes it as it was.", it_takes_the_changed_profile, "firmware_loads"},
    {"A profile that was deleted after the failure", its_profile_is_deleted, "nodes/525400000001", "failed", "The task is failed: unable to locate no-such. Fix what the installer reports. Its disk may have been written to, so it stays installing. Its profile own has been deleted. Start over with `nf retry task-00000003`, which uses the profile as it was.", it_keeps_the_deleted_profile, "firmware_loads"},
    {"An image that was replaced after the failure", its_image_is_replaced, "nodes/525400000001", "failed", "The task is failed: the image is damaged. Fix what the installer reports. Its disk may have been written to, so it stays installing. images/debian.img has been replaced since the task was made. Start over with `nf retry --refresh task-00000002`, which takes that as it is now; `nf retry task-00000002` takes it as it was.", it_takes_the_new_image, "not_restarted"},
    {"A first boot that took too long", its_first_boot_takes_too_long, "nodes/525400000001", "failed", "The task is failed: the installed system did not report within 30m0s. When it failed, at 2026-01-22T10:31:05Z: Nothing has been heard from it since: check on the machine's console that it boots from its disk. The system is on the disk: let the node boot from it. It becomes installed when its agent reports, however late. `nf retry task-00000002` would install it again.", system_is_up, "installed"},
    {"A first boot without an agent that took too long", it_boots_too_late, "nodes/525400000001", "failed", "The task is failed: the installed system did not report within 30m0s. When it failed, at 2026-01-22T10:31:03Z: It still has to ask for its boot script once more. The system is on the disk: let the node boot from it. It becomes installed when it asks for its boot script once more. `nf retry task-00000002` would install it again.", it_asks_for_its_script, "installed"},
    {"Cancelled before anything was served", is_cancelled_before_anything, "nodes/525400000001", "no_task", "The task is cancelled: wrong rack. Start over with `nf retry task-00000002` or `nf install 52:54:00:00:00:01`. Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task.", it_is_installed, "wrong_boot_order"},
    {"Cancelled in the middle", is_cancelled_in_the_middle, "nodes/525400000001", "cancelled", "The task is cancelled: wrong rack. Its disk may have been written to, so it stays installing. Start over with `nf retry task-00000002` or `nf reinstall 52:54:00:00:00:01`.", it_is_reinstalled, "wrong_boot_order"},
    {"A task that was rejected with a reason", is_rejected, "nodes/525400000001", "no_task", "The task is rejected: not now. Discovered 2026-01-22T10:00:00Z; waiting for an operator to install it: `nf install 52:54:00:00:00:01`, or a task.", a_task_is_made, "approval_missing"},
    {"An installed machine that fell silent", its_system_falls_silent, "nodes/525400000001", "agent_offline", "Installed; boots its own disk. Its agent has been silent since 2026-01-22T10:00:03Z.", system_is_up, "installed"},
    {"A reinstallation that never reached its machine", is_not_reached_for_a_reinstallation, "nodes/525400000001", "installed", "The task is failed: the node did not ask for its install script within 30m0s. When it failed, at 2026-01-22T10:40:13Z: It runs its installed system, whose agent was heard from 1m10s ago: restart it and let it boot from the network. To wipe it and install it again: `nf reinstall --yes-wipe 52:54:00:00:00:01`. Installed; boots its own disk. Its agent reports.", it_is_wiped_by_consent, "installer_silent"},
};
/* clang-format on */

SITUATIONS(all)
