/* How a command reaches what it wants: asks, looks and patience. */
#include "scratch.h"

#include "bmc/operation.h"

static struct nf_bmc_operation op;
static struct nf_bmc_ask ask;
static nf_time_t at, now;

static void
begin(const char *command, const char *args)
{
    struct nf_fault fault = {0};

    now = 1000;
    assert_int_equal(
        nf_bmc_operation_read(&op, nf_text(command), nf_text(args), &fault),
        NF_OK);
}

static enum nf_bmc_next
power_is(enum nf_power power)
{
    struct nf_bmc_told told = {.power = power};

    return nf_bmc_operation_step(&op, &told, now, &ask, &at);
}

static enum nf_bmc_next
fails(enum nf_bmc_cause cause)
{
    struct nf_bmc_told told = {.cause = cause};

    return nf_bmc_operation_step(&op, &told, now, &ask, &at);
}

static void
looks(void)
{
    assert_int_equal(nf_bmc_operation_step(&op, NULL, now, &ask, &at),
                     NF_BMC_NEXT_ASK);
    assert_int_equal(ask.verb, NF_BMC_LOOK);
}

static void
looks_later(enum nf_bmc_next next)
{
    assert_int_equal(next, NF_BMC_NEXT_WAIT);
    assert_true(at > now);
    now = at;
    looks();
}

static void
acts(enum nf_bmc_next next, enum nf_power_act act)
{
    assert_int_equal(next, NF_BMC_NEXT_ASK);
    assert_int_equal(ask.verb, NF_BMC_POWER);
    assert_int_equal(ask.power, act);
}

static void
ends(enum nf_bmc_next next, enum nf_bmc_cause cause)
{
    assert_int_equal(next, NF_BMC_NEXT_END);
    assert_int_equal(op.told.cause, cause);
}

static void
reset_is_off_seen_off_on_seen_on(void **state)
{
    (void) state;
    begin("reset", "{}");
    looks();
    acts(power_is(NF_POWER_ON), NF_POWER_ACT_OFF);
    assert_int_equal(op.act, 0);
    looks_later(power_is(NF_POWER_UNKNOWN));
    looks_later(power_is(NF_POWER_ON)); /* BMCs take their time */
    acts(power_is(NF_POWER_OFF), NF_POWER_ACT_ON);
    assert_int_equal(op.act, 1);
    looks_later(fails(NF_BMC_HUNG)); /* it may have taken it */
    looks_later(fails(NF_BMC_UNREACHABLE));
    ends(power_is(NF_POWER_ON), NF_BMC_FINE);
}

static void
reset_of_what_is_off_is_on(void **state)
{
    (void) state;
    begin("power", "{\"action\":\"reset\"}");
    looks();
    acts(power_is(NF_POWER_OFF), NF_POWER_ACT_ON);
}

static void
one_that_goes_on_does_not_begin_again(void **state)
{
    (void) state;
    begin("reset", "{}");
    op.act = 1; /* by the journal: off was seen */
    looks();
    ends(power_is(NF_POWER_ON), NF_BMC_FINE);
    begin("reset", "{}");
    op.act = 1;
    looks();
    acts(power_is(NF_POWER_OFF), NF_POWER_ACT_ON);
}

static void
what_nothing_shows_is_sent_once(void **state)
{
    (void) state;
    begin("power", "{\"action\":\"nmi\"}");
    looks();
    acts(power_is(NF_POWER_ON), NF_POWER_ACT_NMI);
    assert_int_equal(op.act, 1); /* noted before it is sent */
    ends(power_is(NF_POWER_UNKNOWN), NF_BMC_FINE);
    begin("power", "{\"action\":\"nmi\"}");
    op.act = 1;
    ends(nf_bmc_operation_step(&op, NULL, now, &ask, &at), NF_BMC_FINE);
}

static void
what_is_so_already_is_left_alone(void **state)
{
    (void) state;
    begin("power", "{\"action\":\"on\"}");
    looks();
    ends(power_is(NF_POWER_ON), NF_BMC_FINE);
}

static void
nothing_changes_for_a_minute(void **state)
{
    static const struct {
        enum nf_bmc_cause said, cause;
    } rows[] = {
        {NF_BMC_FINE, NF_BMC_NO_EFFECT},
        {NF_BMC_HUNG, NF_BMC_HUNG}, /* it never said yes */
        {NF_BMC_BUSY, NF_BMC_BUSY},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int n = 0;
        begin("power", "{\"action\":\"off\"}");
        looks();
        acts(power_is(NF_POWER_ON), NF_POWER_ACT_OFF);
        enum nf_bmc_next next = fails(rows[i].said);
        while (next == NF_BMC_NEXT_WAIT && n++ < 100) {
            looks_later(next);
            next = power_is(NF_POWER_ON);
        }
        ends(next, rows[i].cause);
        assert_in_range(n, 15, 30);
        assert_in_range(now - 1000, 60000, 64000);
    }
}

static void
what_cannot_be_reached_fails_at_once(void **state)
{
    (void) state;
    begin("power", "{\"action\":\"on\"}");
    looks();
    ends(fails(NF_BMC_UNREACHABLE), NF_BMC_UNREACHABLE);
    begin("power", "{\"action\":\"on\"}");
    looks();
    acts(power_is(NF_POWER_OFF), NF_POWER_ACT_ON);
    ends(fails(NF_BMC_PRIVILEGE), NF_BMC_PRIVILEGE);
}

static enum nf_bmc_next
boot_is(enum nf_boot_device device, bool tells, bool persistent, bool efi)
{
    struct nf_bmc_told told = {.boot = {device, persistent, efi},
                               .tells_mode = tells};

    return nf_bmc_operation_step(&op, &told, now, &ask, &at);
}

static void
a_boot_device_is_read_back(void **state)
{
    static const struct {
        enum nf_boot_device device;
        bool tells, persistent, efi;
        enum nf_bmc_cause cause;
    } rows[] = {
        {NF_BOOT_PXE, true, false, true, NF_BMC_FINE},
        {NF_BOOT_PXE, false, false, false, NF_BMC_FINE}, /* it can't say */
        {NF_BOOT_PXE, true, true, true, NF_BMC_NO_EFFECT},
        {NF_BOOT_PXE, true, false, false, NF_BMC_NO_EFFECT},
        {NF_BOOT_DISK, false, false, false, NF_BMC_NO_EFFECT},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin("boot_device", "{\"device\":\"pxe\"}");
        assert_int_equal(nf_bmc_operation_step(&op, NULL, now, &ask, &at),
                         NF_BMC_NEXT_ASK);
        assert_int_equal(ask.verb, NF_BMC_SET_BOOT);
        assert_int_equal(boot_is(NF_BOOT_NONE, false, false, false),
                         NF_BMC_NEXT_ASK);
        assert_int_equal(ask.verb, NF_BMC_GET_BOOT);
        ends(boot_is(rows[i].device, rows[i].tells, rows[i].persistent,
                     rows[i].efi),
             rows[i].cause);
    }
}

static void
arguments_are_checked(void **state)
{
    static const struct {
        const char *command, *args, *field;
    } rows[] = {
        {"power", "{}", "action"},
        {"power", "{\"action\":\"boil\"}", "action"},
        {"power", "{\"action\":\"on\",\"device\":\"pxe\"}", "device"},
        {"boot_device", "{\"device\":\"tape\"}", "device"},
        {"boot_device", "{\"firmware\":\"efi\"}", "device"},
        {"boot_device", "{\"device\":\"pxe\",\"firmware\":\"x\"}", "firmware"},
        {"boot_device", "{\"device\":\"pxe\",\"persistent\":1}", "persistent"},
        {"identify", "{\"seconds\":256}", "seconds"},
        {"identify", "{\"other\":1}", "other"},
        {"info", "[]", ""},
        {"vlan", "{}", "command"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct nf_fault fault = {0};
        assert_int_not_equal(
            nf_bmc_operation_read(&op, nf_text(rows[i].command),
                                  nf_text(rows[i].args), &fault),
            NF_OK);
        assert_string_equal(fault.field, rows[i].field);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_is_off_seen_off_on_seen_on),
        cmocka_unit_test(reset_of_what_is_off_is_on),
        cmocka_unit_test(one_that_goes_on_does_not_begin_again),
        cmocka_unit_test(what_nothing_shows_is_sent_once),
        cmocka_unit_test(what_is_so_already_is_left_alone),
        cmocka_unit_test(nothing_changes_for_a_minute),
        cmocka_unit_test(what_cannot_be_reached_fails_at_once),
        cmocka_unit_test(a_boot_device_is_read_back),
        cmocka_unit_test(arguments_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
