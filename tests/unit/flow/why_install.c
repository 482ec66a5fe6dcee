/* Why an installation or the first boot after it does not go on. */
#include "why_ways.h"

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

    s->facts.in_ram = NOW - NF_SECONDS(3);
    return s;
}

static struct scene *
hangs_while_it_writes(void)
{
    struct scene *s = everything_at(NF_STEP_OS_INSTALL);

    step_of(s)->started = NOW - NF_MINUTES(10);
    s->facts.in_ram = NOW - NF_MINUTES(4);
    return s;
}

static struct scene *
booted_into_ram_once_more(void)
{
    struct scene *s = at(NF_STEP_FIRST_BOOT);

    step_of(s)->started = NOW - NF_MINUTES(3);
    s->facts.in_ram = NOW - NF_SECONDS(4);
    return s;
}

static struct scene *
does_not_come_up(void)
{
    return at(NF_STEP_FIRST_BOOT);
}

static struct scene *
comes_up(void)
{
    struct scene *s = at(NF_STEP_FIRST_BOOT);

    s->facts.leased = NOW - NF_SECONDS(15);
    return s;
}

static struct scene *
comes_up_without_an_agent(void)
{
    struct scene *s = comes_up();

    step_of(s)->started = NOW - NF_MINUTES(5);
    s->facts.leased = NOW - NF_SECONDS(75);
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

/* clang-format off */
static const struct way ways[] = {
    {cannot_fetch_the_installer, "fetch_failed", "the installer to report that it is done", "first_boot", "Last error: the node could not fetch kernel or initrd (iPXE error 2d0c6). It retries by itself: check that it can reach the kernel's file and the mirror."},
    {the_installer_is_silent, "installer_silent", "the installer to report that it is done", "first_boot", "The install script was served 1 of at most 3 times, and the installer has reported nothing since"},
    {the_installer_speaks, "installing", "the installer to report that it is done", "first_boot", "It said 9s ago: writing the image."},
    {speaks_after_a_fetch_that_failed, "installing", "the installer to report that it is done", "first_boot", "It said 9s ago: writing the image. There was also an error: iPXE error 2d0c6."},
    {spoke_long_before_a_fetch_that_failed, "fetch_failed", "the installer to report that it is done", "first_boot", "Last error: iPXE error 2d0c6."},
    {restarted_into_nothing, "wrong_boot_order", "the installer to report that it is done", "first_boot", "nf-agent was told to restart into the installer, and the install script has not been requested since"},
    {writes_an_image, "installing", "the installer to report that it is done", "first_boot", "nf-agent in its RAM was heard from 3s ago."},
    {hangs_while_it_writes, "agent_silent", "the installer to report that it is done", "first_boot", "nf-agent in its RAM was last heard from 4m0s ago: check the machine's console"},
    {booted_into_ram_once_more, "in_ram_again", "the installed system to come up and report", "completed", "nf-agent in its RAM was heard from 4s ago: it booted from the network instead of its disk. Restart it, and check its boot order."},
    {does_not_come_up, "first_boot_silent", "the installed system to come up and report", "completed", "Nothing has been heard from it since: check on the machine's console that it boots from its disk."},
    {comes_up, "first_boot_silent", "the installed system to come up and report", "completed", "It is starting: it asked for an address 15s ago. Its agent reports next."},
    {comes_up_without_an_agent, "first_boot_silent", "the installed system to come up and report", "completed", "It asked for an address 1m15s ago, and its agent is silent: check that nf-agent is in the system"},
    {comes_up_and_does_not_say_so, "system_not_installed", "the installed system to come up and report", "completed", "Its agent was heard from 15s ago, but does not report that the system is installed."},
    {has_to_boot_once_more, "first_boot_awaited", "the installed system to come up and report", "completed", "It still has to ask for its boot script once more."},
    {undoes_what_it_did, "undoing", "the switch to put the port back as it was", "bmc_boot_disk", "The task is failed: because. Its changes are being undone. Waiting for the switch to put the port back as it was"},
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
