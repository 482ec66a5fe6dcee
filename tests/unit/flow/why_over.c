/* What is said of tasks that are over, and of nodes without one. */
#include "why_ways.h"

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
had_a_profile_that_was_mended(void)
{
    struct scene *s = its_disk_is_too_small();

    s->facts.has_new_profile = true;
    snprintf(s->task.profile, sizeof(s->task.profile), "debian-image");
    return s;
}

static struct scene *
had_an_image_that_was_replaced(void)
{
    struct scene *s = its_disk_is_too_small();

    s->facts.replaced = "images/debian-12.img.zst";
    return s;
}

static struct scene *
waits_at_its_script(void)
{
    struct scene *s = its_disk_is_too_small();

    s->facts.at_script = NOW + NF_SECONDS(5);
    s->facts.now = NOW + NF_SECONDS(20);
    return s;
}

static struct scene *
asked_before_it_failed(void)
{
    struct scene *s = its_disk_is_too_small();

    s->facts.at_script = NOW - NF_SECONDS(5);
    return s;
}

static struct scene *
was_known_to_be_off(void)
{
    struct scene *s = at(NF_STEP_NODE_BOOT);

    assert_true(walk_step(&s->task, NF_TASK_DEADLINE, s->task.deadline));
    s->facts.diagnosis = "It has never asked for an address.";
    s->facts.diagnosed_at = NOW;
    return s;
}

static struct scene *
was_installed_and_may_not_be_again(void)
{
    struct scene *s = was_known_to_be_off();

    s->node.status = NF_NODE_INSTALLED;
    s->node.online = 1;
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
was_offered_no_file(void)
{
    struct scene *s = was_only_written_down();

    s->facts.firmware = "client architecture 39 (LoongArch UEFI of 64 bits)";
    s->facts.lacks = "there is no boot loader for it";
    s->facts.refused = NOW;
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
has_an_address_that_is_none(void)
{
    struct scene *s = has_no_task();

    s->node.ip = (nf_ip4_t){{10, 66, 0, 1}};
    s->facts.unfit = "is the bastion's own";
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

/* clang-format off */
static const struct way ways[] = {
    {its_disk_is_too_small, "failed", NULL, NULL, "The task is failed: /dev/sda has 1073741824 bytes, the image needs 2147483648. Fix what the installer reports. Its disk may have been written to, so it stays installing. Start over with `nf retry task-00000001` or `nf reinstall 52:54:00:00:00:01`."},
    {had_a_profile_that_was_mended, "failed", NULL, NULL, " Its profile debian-image has changed since the task was made. Start over with `nf retry --refresh task-00000001`, which takes that as it is now; `nf retry task-00000001` takes it as it was."},
    {was_never_heard_of_again, "failed", NULL, NULL, "Check the machine's console and its boot order. The system is on the disk: let the node boot from it. It becomes installed when its agent reports, however late. `nf retry task-00000001` would install it again."},
    {had_an_image_that_was_replaced, "failed", NULL, NULL, " images/debian-12.img.zst has been replaced since the task was made. Start over with `nf retry --refresh task-00000001`, which takes that as it is now;"},
    {waits_at_its_script, "failed", NULL, NULL, "Fix what the installer reports. The node asked for its boot script 15s ago, and waits there. Its disk"},
    {asked_before_it_failed, "failed", NULL, NULL, "Fix what the installer reports. Its disk may have been written to"},
    {was_known_to_be_off, "failed", NULL, NULL, " When it failed, at 2026-01-22T10:00:00Z: It has never asked for an address. Start over with `nf retry task-00000001`"},
    {was_installed_and_may_not_be_again, "installed", NULL, NULL, " To wipe it and install it again: `nf reinstall --yes-wipe 52:54:00:00:00:01`. Installed; boots its own disk."},
    {was_cancelled, "never_seen", "an operator to install it", NULL, "The task is cancelled: because. Start over with `nf retry task-00000001` or `nf install 52:54:00:00:00:01`. Discovered 2026-01-22T09:00:00Z; waiting for an operator"},
    {was_rejected, "rejected", NULL, NULL, "The task is rejected: because."},
    {has_no_task, "no_task", "an operator to install it", NULL, "Discovered 2026-01-22T09:00:00Z; waiting for an operator to install it"},
    {was_only_written_down, "never_seen", "an operator to install it", NULL, "It has never asked for an address."},
    {was_offered_no_file, "firmware_not_served", "an operator to install it", NULL, "as client architecture 39 (LoongArch UEFI of 64 bits), and got none: there is no boot loader for it."},
    {has_the_number_of_another, "report_unmatched", "an operator to install it", NULL, "52:54:00:00:00:07 reported serial number S-7, which belongs to 52:54:00:00:00:09. If they are one machine, run `nf delete 52:54:00:00:00:07` and then `nf macs 52:54:00:00:00:09 --add 52:54:00:00:00:07`; if they are two,"},
    {lost_its_task, "task_gone", NULL, NULL, "Installing, but its task is gone: run `nf reinstall 52:54:00:00:00:01`."},
    {has_an_address_that_is_none, "no_task", "an operator to install it", NULL, " DHCP keeps no address for it: its own, 10.66.0.1, is the bastion's own."},
    {is_installed, "installed", NULL, NULL, "Installed; boots its own disk. Its agent reports."},
    {is_installed_and_silent, "agent_offline", NULL, NULL, "Its agent has been silent since 2026-01-22T09:51:00Z."},
    {is_installed_without_an_agent, "installed", NULL, NULL, "Installed; boots its own disk. Its profile does not wait for an agent to report."},
    {its_agent_was_there_all_the_same, "agent_offline", NULL, NULL, "Its agent has been silent since "},
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_names_itself),
        cmocka_unit_test(each_state_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
