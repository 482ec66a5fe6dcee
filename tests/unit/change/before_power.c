/* A task that is approved for a machine that is off, and one that an operator
 * consented to. */
#include "../task_world.h"

#include "base/time.h"
#include "change/device.h"

enum {
    DAYS = 3
};

static uint64_t
approve_off(struct wanted_task wanted)
{
    uint64_t id = task_make(wanted);

    assert_int_equal(CHANGE(nf_change_task_approve_off(&c, id)), NF_OK);
    return id;
}

static void
lease(unsigned n, bool has_boot_request)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_ADD,
        .has_boot_request = has_boot_request,
        .lease = {.ip = ip_of(n),
                  .mac = mac_of(n),
                  .expires = world.now + NF_SECONDS(3600),
                  .changed_at = world.now,
                  .is_pxe = has_boot_request}};

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

static nf_time_t
deadline_of(uint64_t id)
{
    return task_step_of(id, NF_STEP_NODE_BOOT).deadline;
}

static nf_time_t
boot_time(void)
{
    return NF_SECONDS(nf_setting_number(world.settings.boot_deadline));
}

static void
its_time_begins_with_its_firmware(void **state)
{
    (void) state;
    uint64_t id = approve_off((struct wanted_task){.mac = 1});

    wait_ms(NF_MINUTES(DAYS * 24 * 60));
    assert_int_equal(task_step(id), NF_STEP_NODE_BOOT);
    assert_int_equal(deadline_of(id), 0);
    lease(1, false); /* an installed system that runs, say */
    assert_int_equal(deadline_of(id), 0);
    lease(1, true);
    assert_int_equal(deadline_of(id), world.now + boot_time());
    wait_ms(boot_time() / 2);
    lease(1, true); /* again is no more time */
    wait_ms(boot_time() / 2 + 1);
    assert_int_equal(task_get(id).status, NF_TASK_FAILED);
}

static void
others_have_their_time_at_once(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});

    assert_int_equal(task_approve(id), NF_OK);
    assert_int_equal(deadline_of(id), world.now + boot_time());
}

static void
one_that_its_bmc_resets_is_on(void **state)
{
    (void) state;
    uint64_t id = approve_off((struct wanted_task){.mac = 1, .has_bmc = true});

    while (task_step(id) != NF_STEP_NODE_BOOT) {
        if (!device_answers(id, true, "")) {
            files_are_written(id);
        }
    }
    assert_int_equal(deadline_of(id), world.now + boot_time() / 2);
}

static void
power_on(unsigned n, const char *arguments)
{
    struct nf_command_draft draft = {.mac = mac_of(n),
                                     .target = NF_COMMAND_BMC,
                                     .operation = "power",
                                     .arguments = arguments,
                                     .deadline = world.now + NF_SECONDS(60)};
    struct nf_command command;
    uint64_t number;

    assert_int_equal(CHANGE(nf_change_command_create(&c, &draft, &number)),
                     NF_OK);
    assert_int_equal(CHANGE(nf_change_command_sent(&c, number, "w1", 0)),
                     NF_OK);
    NF_READ(r, world.s.store);
    assert_true(nf_commands_get(&r, number, &command));
    nf_read_end(&r);
    assert_int_equal(worker_says(&command, NF_COMMAND_SAYS_DONE, "on"), NF_OK);
}

static void
one_that_an_operator_switches_on_is_on(void **state)
{
    (void) state;
    uint64_t id = approve_off((struct wanted_task){.mac = 1});

    power_on(1, "{\"action\":\"status\"}");
    assert_int_equal(deadline_of(id), 0);
    power_on(1, "{\"action\":\"on\"}");
    assert_int_equal(deadline_of(id), world.now + boot_time());
}

/* --- consent -----------------------------------------------------------------
 */

static void
install(unsigned n)
{
    uint64_t id = task_make((struct wanted_task){.mac = n});

    assert_int_equal(task_approve(id), NF_OK);
    machine_serves(n);
    machine_operates(n, "os_install", true, "");
    machine_is_up(n);
    assert_int_equal(world_node(mac_of(n)).status, NF_NODE_INSTALLED);
}

static nf_error_t
wipe(unsigned n)
{
    return CHANGE(nf_change_node_wipe(&c, mac_of(n), "debian-12"));
}

static void
consent_is_for_one_node_and_its_task(void **state)
{
    (void) state;
    install(1);
    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac_of(1), "reinstall", "debian-12")),
        NF_INVALID);
    assert_int_equal(wipe(1), NF_OK);
    uint64_t id = world_node(mac_of(1)).task;
    assert_true(task_get(id).flags & NF_TASK_CONSENTED);

    /* and for what is tried again of it */
    wait_ms(boot_time() + 1);
    assert_int_equal(task_get(id).status, NF_TASK_FAILED);
    assert_int_equal(world_node(mac_of(1)).status, NF_NODE_INSTALLED);
    assert_int_equal(task_retry(id), NF_OK);
    assert_int_equal(task_cancel(id), NF_OK);

    /* but for no other */
    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac_of(1), "reinstall", "debian-12")),
        NF_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(its_time_begins_with_its_firmware),
        TEST(others_have_their_time_at_once),
        TEST(one_that_its_bmc_resets_is_on),
        TEST(one_that_an_operator_switches_on_is_on),
        TEST(consent_is_for_one_node_and_its_task),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
