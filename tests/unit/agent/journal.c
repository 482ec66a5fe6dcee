/* The journal of commands, and when one is too late. */

#include "../../../nf-agent/journal.c"
#include "../../../nf-agent/message.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char directory[] = "/tmp/nf-journal-XXXXXX";
static char boot_file[64];

static void
put(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void
boot(const char *id)
{
    put(boot_file, id);
}

static int
make(void **state)
{
    (void) state;
    strcpy(directory, "/tmp/nf-journal-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(boot_file, sizeof boot_file, "%s/boot_id", directory);
    setenv("NF_BOOT_ID_FILE", boot_file, 1);
    boot("boot-1\n");
    return 0;
}

static int
drop(void **state)
{
    char command[96];

    (void) state;
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

static void
file_of(char path[static 96])
{
    snprintf(path, 96, "%s/commands", directory);
}

static void
an_id_is_known_with_its_boot(void **state)
{
    struct nf_journal journal, again;

    (void) state;
    assert_true(nf_journal_open(&journal, directory));
    assert_int_equal(nf_journal_find(&journal, "a-1"), NF_JOURNAL_NEW);
    assert_true(nf_journal_add(&journal, "a-1"));
    assert_int_equal(nf_journal_find(&journal, "a-1"), NF_JOURNAL_OF_THIS_BOOT);
    assert_int_equal(nf_journal_find(&journal, "a-12"), NF_JOURNAL_NEW);
    assert_true(nf_journal_open(&again, directory)); /* killed, same boot */
    assert_int_equal(nf_journal_find(&again, "a-1"), NF_JOURNAL_OF_THIS_BOOT);
    boot("boot-2\n");
    assert_true(nf_journal_open(&again, directory));
    assert_int_equal(nf_journal_find(&again, "a-1"), NF_JOURNAL_OF_ANOTHER);
}

static void
the_oldest_goes_first(void **state)
{
    struct nf_journal journal;
    char id[16];

    (void) state;
    assert_true(nf_journal_open(&journal, directory));
    for (int i = 0; i <= NF_JOURNAL_MAX; i++) {
        snprintf(id, sizeof id, "a-%d", i);
        assert_true(nf_journal_add(&journal, id));
    }
    assert_int_equal(nf_journal_find(&journal, "a-0"), NF_JOURNAL_NEW);
    assert_int_equal(nf_journal_find(&journal, "a-1"), NF_JOURNAL_OF_THIS_BOOT);
    assert_true(nf_journal_open(&journal, directory));
    assert_int_equal(nf_journal_find(&journal, "a-1"), NF_JOURNAL_OF_THIS_BOOT);
}

/* What an earlier agent wrote has no boot: it was done. */
static void
a_file_of_before_or_of_any_bytes_is_read(void **state)
{
    struct nf_journal journal;
    char path[96];

    (void) state;
    file_of(path);
    put(path, "old-1\n\n \nx boot-1\nlong-");
    assert_true(nf_journal_open(&journal, directory));
    assert_int_equal(nf_journal_find(&journal, "old-1"), NF_JOURNAL_OF_ANOTHER);
    assert_int_equal(nf_journal_find(&journal, "x"), NF_JOURNAL_OF_THIS_BOOT);
    char *text = malloc(100000);
    memset(text, 'z', 99999);
    text[99999] = '\0';
    put(path, text);
    free(text);
    assert_true(nf_journal_open(&journal, directory));
    assert_true(nf_journal_add(&journal, "new-1"));
}

/* A kernel that tells no boot: nothing is known to be of this one. */
static void
without_a_boot_id_nothing_comes_twice(void **state)
{
    struct nf_journal journal;

    (void) state;
    assert_int_equal(unlink(boot_file), 0);
    assert_true(nf_journal_open(&journal, directory));
    assert_true(nf_journal_add(&journal, "a-1"));
    assert_int_equal(nf_journal_find(&journal, "a-1"), NF_JOURNAL_OF_ANOTHER);
}

static void
what_is_not_on_disk_is_not_begun(void **state)
{
    struct nf_journal journal;
    char path[96];

    (void) state;
    assert_false(nf_journal_open(&journal, "/nowhere/at/all"));
    assert_true(nf_journal_open(&journal, directory));
    file_of(path);
    strcat(path, ".new");
    assert_int_equal(mkdir(path, 0700), 0); /* so that it cannot be written */
    assert_false(nf_journal_add(&journal, "a-1"));
    assert_int_equal(nf_journal_find(&journal, "a-1"), NF_JOURNAL_NEW);
    assert_int_equal(rmdir(path), 0);
}

/* --- time --------------------------------------------------------------------
 */

#define NOW 1769076000000

static void
by_its_own_clock_where_that_is_right(void **state)
{
    static const struct {
        nf_time_t deadline, server_time;
        enum nf_timeliness is;
    } cases[] = {
        {0, 0, NF_IN_TIME},
        {NOW + 1, 0, NF_IN_TIME},
        {NOW, 0, NF_LATE},
        {NOW - 1, NOW - 1000, NF_LATE},
        {NOW + 1, NOW - 1000, NF_IN_TIME},
        {NOW + 1, NOW + 1000, NF_IN_TIME},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct nf_agent_command command = {.deadline = cases[i].deadline,
                                           .server_time = cases[i].server_time};
        struct nf_server_clock clock = {0};
        assert_int_equal(nf_command_judge(&command, NOW, 5000, &clock),
                         cases[i].is);
    }
}

/* Far apart: either this clock is wrong, or the message lay somewhere. */
static void
two_messages_tell_which_clock_is_right(void **state)
{
    nf_time_t other = NOW - NF_MINUTES(60 * 24 * 365);
    struct nf_agent_command command = {.deadline = other + NF_MINUTES(10),
                                       .server_time = other};
    struct nf_server_clock clock = {0};

    (void) state;
    assert_int_equal(nf_command_judge(&command, NOW, 5000, &clock), NF_UNSURE);
    assert_int_equal(nf_command_judge(&command, NOW, 5001, &clock), NF_UNSURE);
    command.server_time += 4000;
    assert_int_equal(nf_command_judge(&command, NOW + 4000, 9001, &clock),
                     NF_IN_TIME);
    command.server_time += NF_MINUTES(10);
    assert_int_equal(
        nf_command_judge(&command, NOW, 9001 + NF_MINUTES(10), &clock),
        NF_LATE);
}

/* Two that lay in a queue come at once, however far apart they were sent. */
static void
held_up_together_they_tell_nothing(void **state)
{
    nf_time_t sent_at = NOW - NF_MINUTES(60);
    struct nf_agent_command command = {.deadline = sent_at + NF_MINUTES(10),
                                       .server_time = sent_at};
    struct nf_server_clock clock = {0};

    (void) state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(nf_command_judge(&command, NOW, 5000 + i, &clock),
                         NF_UNSURE);
        command.server_time += NF_SECONDS(15);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_id_is_known_with_its_boot, make,
                                        drop),
        cmocka_unit_test_setup_teardown(the_oldest_goes_first, make, drop),
        cmocka_unit_test_setup_teardown(
            a_file_of_before_or_of_any_bytes_is_read, make, drop),
        cmocka_unit_test_setup_teardown(without_a_boot_id_nothing_comes_twice,
                                        make, drop),
        cmocka_unit_test_setup_teardown(what_is_not_on_disk_is_not_begun, make,
                                        drop),
        cmocka_unit_test(by_its_own_clock_where_that_is_right),
        cmocka_unit_test(two_messages_tell_which_clock_is_right),
        cmocka_unit_test(held_up_together_they_tell_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
