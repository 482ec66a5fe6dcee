/* How often a device that does not answer is asked. */
#include "scratch.h"

#include "bmc/circuit.h"
#include "bmc/operation.h"

enum {
    SILENT = 1000000,
    LATER = SILENT + 12000,
    FAR = SILENT + 600000,
};

static const struct nf_circuit closed, silent = {SILENT, NF_BMC_UNREACHABLE};
static nf_time_t at;

static enum nf_circuit_verdict
look(const struct nf_circuit *circuit, nf_time_t now)
{
    return nf_circuit_judge(circuit, false, FAR, now, &at);
}

static enum nf_circuit_verdict
change(nf_time_t ends_at, nf_time_t now)
{
    return nf_circuit_judge(&silent, true, ends_at, now, &at);
}

static void
one_that_answers_is_asked(void **state)
{
    (void) state;
    assert_int_equal(look(&closed, 0), NF_CIRCUIT_ASK);
    assert_int_equal(nf_circuit_judge(&closed, true, 1, 0, &at),
                     NF_CIRCUIT_ASK);
}

static void
one_that_is_silent_is_asked_once_a_minute(void **state)
{
    (void) state;
    assert_int_equal(look(&silent, SILENT), NF_CIRCUIT_ANSWERED);
    assert_int_equal(look(&silent, SILENT + 59999), NF_CIRCUIT_ANSWERED);
    assert_int_equal(look(&silent, SILENT + 60000), NF_CIRCUIT_ASK);
}

static void
what_changes_something_waits_for_that(void **state)
{
    (void) state;
    assert_int_equal(change(FAR, LATER), NF_CIRCUIT_WAIT);
    assert_int_equal(at, SILENT + 60000);
    assert_int_equal(change(FAR, at), NF_CIRCUIT_ASK);
}

/* A task's step is not tried in vain. */
static void
it_is_asked_before_its_deadline(void **state)
{
    (void) state;
    assert_int_equal(change(SILENT + 50000, LATER), NF_CIRCUIT_WAIT);
    assert_int_equal(at, SILENT + 30000);
    assert_int_equal(change(SILENT + 50000, at), NF_CIRCUIT_ASK);
    assert_int_equal(change(LATER + 20000, LATER), NF_CIRCUIT_ASK);
    assert_int_equal(change(LATER + 1000, LATER), NF_CIRCUIT_ASK);
}

static void
words_say_when_it_was_silent(void **state)
{
    char text[64];
    struct nf_out out = nf_out(text, sizeof(text) - 1);
    (void) state;

    nf_circuit_put(&silent, LATER, &out);
    text[out.len] = '\0';
    assert_string_equal(text, "not attempted: it did not answer 12 s ago");
}

static void
some_operations_only_look(void **state)
{
    static const struct {
        const char *command, *args;
        bool changes_something;
    } rows[] = {
        {"power", "{\"action\":\"status\"}", false},
        {"boot_device", "{}", false},
        {"info", "{}", false},
        {"network", "{}", false},
        {"power", "{\"action\":\"nmi\"}", true},
        {"power", "{\"action\":\"on\"}", true},
        {"reset", "{}", true},
        {"boot_device", "{\"device\":\"pxe\"}", true},
        {"identify", "{}", true},
    };
    struct nf_bmc_operation op;
    struct nf_fault fault;
    (void) state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(nf_bmc_operation_read(&op, nf_text(rows[i].command),
                                               nf_text(rows[i].args), &fault),
                         NF_OK);
        assert_int_equal(nf_bmc_operation_changes(&op),
                         rows[i].changes_something);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_answers_is_asked),
        cmocka_unit_test(one_that_is_silent_is_asked_once_a_minute),
        cmocka_unit_test(what_changes_something_waits_for_that),
        cmocka_unit_test(it_is_asked_before_its_deadline),
        cmocka_unit_test(words_say_when_it_was_silent),
        cmocka_unit_test(some_operations_only_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
