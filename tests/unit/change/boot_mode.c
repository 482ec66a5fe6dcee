/* Which boot flag a task begins with, and what is kept of how it went. */
#include "task_world.h"

#include "change/boot_mode.h"
#include "model/arch.h"
#include "store/hardware.h"

#define UEFI "PXEClient:Arch:00007:UNDI:003016"
#define BIOS "PXEClient:Arch:00000:UNDI:002001"

static void
create(void)
{
    struct nf_node_edit edit = {.node = {.mac = mac_of(1)}, .has = NF_HAS_MAC};

    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
}

static void
asks_as(unsigned ip, const char *vendor_class, nf_time_t time)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_ADD,
        .lease = {.ip = ip_of(ip),
                  .mac = mac_of(1),
                  .expires = NOW * 2,
                  .changed_at = time},
    };

    snprintf(report.lease.vendor_class, sizeof(report.lease.vendor_class), "%s",
             vendor_class);
    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

static nf_error_t
put_hardware(struct nf_change *c, const char *json)
{
    struct nf_hardware hardware = {.reported_at = c->now,
                                   .json = nf_text(json)};

    (void) nf_hardware_put(c->w, mac_of(1), &hardware);
    return c->w->read.err;
}

static void
is_found(const char *json)
{
    assert_int_equal(CHANGE(put_hardware(&c, json)), NF_OK);
}

static enum nf_boot_mode
mode_of(void)
{
    struct nf_node node = world_node(mac_of(1));
    NF_READ(r, world.s.store);

    return nf_boot_mode_of(&r, &node);
}

static void
what_is_known_best_decides(void **state)
{
    (void) state;
    create();
    assert_int_equal(mode_of(), NF_BOOT_MODE_EFI); /* nothing is known */
    asks_as(1, BIOS, NOW);
    assert_int_equal(mode_of(), NF_BOOT_MODE_BIOS);
    asks_as(2, UEFI, NOW + 1); /* set to the other mode since */
    assert_int_equal(mode_of(), NF_BOOT_MODE_EFI);
    asks_as(3, "MSFT 5.0", NOW + 2); /* its system is no firmware */
    assert_int_equal(mode_of(), NF_BOOT_MODE_EFI);
    is_found("{\"firmware\":\"bios\",\"arch\":\"x86_64\"}");
    assert_int_equal(mode_of(), NF_BOOT_MODE_BIOS);
}

static void
a_report_without_it_leaves_it_to_the_request(void **state)
{
    static const char *const reports[] = {"{}", "{\"firmware\":\"\"}",
                                          "{\"firmware\":\"coreboot\"}",
                                          "{\"firmware\":7}"};

    (void) state;
    create();
    asks_as(1, BIOS, NOW);
    for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
        is_found(reports[i]);
        assert_int_equal(mode_of(), NF_BOOT_MODE_BIOS);
    }
    is_found("{\"firmware\":\"uefi\"}");
    assert_int_equal(mode_of(), NF_BOOT_MODE_EFI);
}

static void
each_architecture_has_its_mode(void **state)
{
    static const struct {
        uint16_t number;
        enum nf_boot_mode mode;
    } rows[] = {
        {0, NF_BOOT_MODE_BIOS},    {6, NF_BOOT_MODE_EFI},
        {7, NF_BOOT_MODE_EFI},     {9, NF_BOOT_MODE_EFI},
        {11, NF_BOOT_MODE_EFI},    {16, NF_BOOT_MODE_EFI},
        {2, NF_BOOT_MODE_UNKNOWN}, {999, NF_BOOT_MODE_UNKNOWN},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(nf_arch_boot_mode(rows[i].number), rows[i].mode);
    }
}

/* --- what a task makes of it ------------------------------------------------
 */

static void
expect_flag(uint64_t id, const char *arguments)
{
    struct nf_command command;

    task_bring_to(id, 1, NF_STEP_BMC_BOOT_PXE);
    assert_true(task_command(id, &command));
    assert_string_equal(command.arguments, arguments);
}

static void
does_not_come(uint64_t id)
{
    task_bring_to(id, 1, NF_STEP_NODE_BOOT);
    wait_ms(NF_MINUTES(15));
}

#define BY_UEFI "{\"device\":\"pxe\",\"firmware\":\"efi\"}"
#define BY_BIOS "{\"device\":\"pxe\",\"firmware\":\"bios\"}"

static void
what_worked_is_what_the_next_task_begins_with(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_bmc = true});
    expect_flag(id, BY_UEFI);
    does_not_come(id);
    assert_int_equal(world_node(mac_of(1)).boot_mode, NF_BOOT_MODE_UNKNOWN);
    expect_flag(id, BY_BIOS);
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    assert_int_equal(world_node(mac_of(1)).boot_mode, NF_BOOT_MODE_BIOS);
    task_bring_to(id, 1, NF_STEP_KINDS);
    assert_int_equal(task_get(id).status, NF_TASK_COMPLETED);

    is_found("{\"firmware\":\"uefi\"}"); /* what worked is better known */
    world_set("NF_ALLOW_REINSTALL", "1");
    id = task_make((struct wanted_task){.mac = 1, .has_bmc = true});
    expect_flag(id, BY_BIOS);
    does_not_come(id); /* it was set to UEFI since */
    expect_flag(id, BY_UEFI);
    task_bring_to(id, 1, NF_STEP_OS_INSTALL);
    assert_int_equal(world_node(mac_of(1)).boot_mode, NF_BOOT_MODE_EFI);
}

static void
a_retry_looks_anew(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1, .has_bmc = true});
    does_not_come(id);
    does_not_come(id);
    assert_int_equal(task_get(id).status, NF_TASK_FAILED);
    assert_string_equal(
        task_get(id).reason,
        "the node did not ask for its install script within "
        "15m0s with the UEFI boot flag, then with the BIOS one");
    task_bring_to(id, 1, NF_STEP_KINDS); /* undone */
    assert_int_equal(CHANGE(nf_change_task_retry(&c, id, NULL)), NF_OK);
    expect_flag(id, BY_UEFI);
    task_bring_to(id, 1, NF_STEP_NODE_BOOT);
    assert_int_equal(CHANGE(nf_change_task_cancel(&c, id, "")), NF_OK);
    task_bring_to(id, 1, NF_STEP_KINDS);
    asks_as(1, BIOS, world.now);
    assert_int_equal(CHANGE(nf_change_task_retry(&c, id, NULL)), NF_OK);
    expect_flag(id, BY_BIOS);
}

static void
without_a_bmc_nothing_is_learnt(void **state)
{
    (void) state;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    task_bring_to(id, 1, NF_STEP_KINDS);
    assert_int_equal(world_node(mac_of(1)).boot_mode, NF_BOOT_MODE_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_known_best_decides),
        TEST(a_report_without_it_leaves_it_to_the_request),
        TEST(each_architecture_has_its_mode),
        TEST(what_worked_is_what_the_next_task_begins_with),
        TEST(a_retry_looks_anew),
        TEST(without_a_bmc_nothing_is_learnt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
