/* Commands to BMCs, counted: under which name, and what a count holds. */
#include "scratch.h"

#include "model/tally.h"

static struct nf_command
command_of(const char *operation, const char *arguments)
{
    struct nf_command command = {
        .target = NF_COMMAND_BMC, .state = NF_COMMAND_DONE, .attempts = 1};

    snprintf(command.operation, sizeof(command.operation), "%s", operation);
    snprintf(command.arguments, sizeof(command.arguments), "%s", arguments);
    return command;
}

static void
each_operation_has_a_name(void **state)
{
    static const struct {
        const char *operation, *arguments, *name;
    } rows[] = {
        {"power", "{\"action\":\"on\"}", "power_on"},
        {"power", "{\"action\":\"off\"}", "power_off"},
        {"power", "{\"action\":\"status\"}", "power_status"},
        {"power", "{\"action\":\"boil\"}", "other"},
        {"power", "{}", "other"},
        {"reset", "{}", "power_reset"},
        {"boot_device", "{\"device\":\"pxe\",\"firmware\":\"efi\"}",
         "set_boot_pxe"},
        {"boot_device", "{\"device\":\"tape\"}", "other"},
        {"boot_device", "{}", "get_boot"},
        {"info", "{}", "info"},
        {"fly", "{}", "other"},
        {"power", "no JSON", "other"},
    };
    (void) state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct nf_command command =
            command_of(rows[i].operation, rows[i].arguments);
        struct nf_tally tally;
        nf_tally_begin(&tally, &command, NULL);
        assert_string_equal(tally.operation, rows[i].name);
        assert_string_equal(tally.driver, "none");
    }
}

static void
a_driver_is_one_of_ours(void **state)
{
    struct nf_command command = command_of("info", "{}");
    struct nf_command_told told = {.driver = "redfish"};
    struct nf_tally tally;
    (void) state;

    nf_tally_begin(&tally, &command, &told);
    assert_string_equal(tally.driver, "redfish");
    snprintf(told.driver, sizeof(told.driver), "a\"} 1\nb");
    nf_tally_begin(&tally, &command, &told);
    assert_string_equal(tally.driver, "other");
}

static void
add(struct nf_tally *tally, const char *driver, const char *cause,
    int64_t took_ms)
{
    struct nf_command_told told = {.took_ms = took_ms, .asked = 3};
    struct nf_command command = command_of("info", "{}");

    command.state = cause == NULL ? NF_COMMAND_DONE : NF_COMMAND_FAILED;
    snprintf(told.driver, sizeof(told.driver), "%s", driver);
    snprintf(told.cause, sizeof(told.cause), "%s", cause == NULL ? "" : cause);
    nf_tally_add(tally, &command, &told);
}

/* One that was silent a moment ago is not asked again. */
static void
add_unasked(struct nf_tally *tally)
{
    struct nf_command_told told = {.driver = "ipmi", .cause = "unreachable"};
    struct nf_command command = command_of("info", "{}");

    command.state = NF_COMMAND_FAILED;
    nf_tally_add(tally, &command, &told);
}

static void
a_duration_is_in_the_first_that_holds_it(void **state)
{
    struct nf_tally tally = {.operation = "info", .driver = "ipmi"};
    (void) state;

    add(&tally, "ipmi", NULL, 0);
    add(&tally, "ipmi", NULL, 100);
    add(&tally, "ipmi", NULL, 101);
    add(&tally, "ipmi", NULL, 120000);
    add(&tally, "ipmi", NULL, UINT32_MAX);
    add(&tally, "", NULL, 50); /* no device was asked */
    add_unasked(&tally);
    assert_int_equal(tally.within[0], 2);
    assert_int_equal(tally.within[1], 1);
    assert_int_equal(tally.within[NF_TALLY_BOUNDS - 1], 1);
    assert_int_equal(tally.within[NF_TALLY_BOUNDS], 1);
    assert_int_equal(tally.timed, 5);
    assert_int_equal(tally.ended, 7);
    assert_int_equal(tally.asked, 15);
    assert_int_equal(tally.took_ms, 120201 + (uint64_t) UINT32_MAX);
}

static uint64_t
failed(const struct nf_tally *tally, const char *word)
{
    for (size_t i = 0; i < NF_TALLY_CAUSES; i++) {
        if (strcmp(tally->causes[i].word, word) == 0) {
            return tally->causes[i].n;
        }
    }
    return 0;
}

static void
causes_are_counted_and_bounded(void **state)
{
    struct nf_tally tally = {.operation = "info", .driver = "ipmi"};
    struct nf_command command = command_of("info", "{}");
    char word[NF_TALLY_CAUSE];
    (void) state;

    add(&tally, "ipmi", "wrong_password", 1);
    add(&tally, "ipmi", "wrong_password", 1);
    add(&tally, "ipmi", "a\"} 1", 1);
    add(&tally, "ipmi", "", 1);
    command.state = NF_COMMAND_UNKNOWN;
    command.attempts = 4;
    nf_tally_add(&tally, &command, NULL);
    assert_int_equal(failed(&tally, "wrong_password"), 2);
    assert_int_equal(failed(&tally, "other"), 1);
    assert_int_equal(failed(&tally, "unsaid"), 1);
    assert_int_equal(failed(&tally, "no_answer"), 1);
    assert_int_equal(tally.repeated, 3);
    for (char at = 'a'; at <= 'z'; at++) {
        snprintf(word, sizeof(word), "made_up_%c", at);
        add(&tally, "ipmi", word, 1);
    }
    assert_true(nf_tally_is_sound(&tally));
    assert_int_equal(failed(&tally, "wrong_password"), 2);
    assert_string_equal(tally.causes[NF_TALLY_CAUSES - 1].word, "other");
    assert_int_equal(tally.causes[NF_TALLY_CAUSES - 1].n, 26 - 15);
}

static void
the_longest_tally_fits_its_room(void **state)
{
    char text[NF_TALLY_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_tally tally;
    (void) state;

    memset(&tally, 0xff, sizeof(tally));
    memset(tally.operation, 'o', sizeof(tally.operation) - 1);
    tally.operation[sizeof(tally.operation) - 1] = '\0';
    memset(tally.driver, 'd', sizeof(tally.driver) - 1);
    tally.driver[sizeof(tally.driver) - 1] = '\0';
    for (size_t i = 0; i < NF_TALLY_CAUSES; i++) {
        memset(tally.causes[i].word, 'c', NF_TALLY_CAUSE - 1);
        tally.causes[i].word[NF_TALLY_CAUSE - 1] = '\0';
        tally.causes[i].n = INT64_MAX;
    }
    assert_true(nf_tally_is_sound(&tally));
    nf_tally_json(&tally, &out);
    assert_false(out.full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operation_has_a_name),
        cmocka_unit_test(a_driver_is_one_of_ours),
        cmocka_unit_test(a_duration_is_in_the_first_that_holds_it),
        cmocka_unit_test(causes_are_counted_and_bounded),
        cmocka_unit_test(the_longest_tally_fits_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
