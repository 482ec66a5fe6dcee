/* Scopes, opening and making: what holds whatever is stored. */
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "store/events.h"
#include "store/migrate.h"
#include "store/nodes.h"

static const struct nf_bytes key = {"k", 1}, value = {"v", 1};

static bool
has_key(void)
{
    struct nf_bytes found;
    NF_READ(r, s.store);

    return nf_read_get(&r, NF_CURSORS, key, &found);
}

static void
a_write_scope_that_is_left_aborts(void **state)
{
    (void) state;
    {
        NF_WRITE(w, s.store);
        assert_true(nf_write_put(&w, NF_CURSORS, key, value));
    }
    assert_false(has_key());
    NF_WRITE(w, s.store);
    assert_true(nf_write_put(&w, NF_CURSORS, key, value));
    assert_int_equal(nf_write_commit(&w), NF_OK);
    assert_true(has_key());
}

static void
a_second_commit_of_one_scope_is_refused(void **state)
{
    (void) state;
    NF_WRITE(w, s.store);
    assert_true(nf_write_put(&w, NF_CURSORS, key, value));
    assert_int_equal(nf_write_commit(&w), NF_OK);
    assert_int_equal(nf_write_commit(&w), NF_BUG);
}

static void
the_first_failure_sticks_and_nothing_is_written(void **state)
{
    struct nf_bytes found;

    (void) state;
    {
        NF_WRITE(w, s.store);
        assert_true(nf_write_put(&w, NF_CURSORS, key, value));
        /* LMDB takes no empty key */
        assert_false(
            nf_write_put(&w, NF_CURSORS, (struct nf_bytes){"", 0}, value));
        assert_int_equal(w.read.err, NF_BUG);
        assert_false(nf_write_put(&w, NF_CURSORS, key, value));
        assert_false(nf_read_get(&w.read, NF_CURSORS, key, &found));
        nf_read_fail(&w.read, NF_CORRUPT);
        assert_int_equal(nf_write_commit(&w), NF_BUG);
        assert_int_equal(nf_write_commit(&w), NF_BUG);
    }
    assert_false(has_key());
}

static off_t
size_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

static void
committing_nothing_costs_nothing(void **state)
{
    struct dump before = dump_store(s.store);

    (void) state;
    {
        NF_WRITE(w, s.store);
        nf_mac_t mac = mac_of(1);
        assert_int_equal(nf_events_next(&w), 1);
        (void) nf_nodes_mac_owner(&w.read, mac, &mac);
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    struct dump after = dump_store(s.store);
    assert_true(dump_equal(before, after));
    free(before.data);
    free(after.data);
    assert_int_equal(size_of(nf_store_notify_path(s.store)), 0);
}

static void
the_bell_holds_the_number_of_the_last_event(void **state)
{
    uint64_t rung = 0;
    struct nf_text none = {0};

    (void) state;
    for (unsigned i = 1; i <= 3; i++) {
        NF_WRITE(w, s.store);
        assert_true(nf_events_add(
            &w, &(struct nf_event_draft){.kind = NF_EVENT_NODE_CREATED,
                                         .mac = mac_of(i),
                                         .time = 1,
                                         .actor = "test",
                                         .members = none}));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    int fd = open(nf_store_notify_path(s.store), O_RDONLY);
    assert_int_equal(read(fd, &rung, sizeof(rung)), sizeof(rung));
    close(fd);
    assert_int_equal(rung, 3);
}

/* What body does in a process of its own; its wait status. */
static int
in_child(void (*body)(void))
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct rlimit none = {0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        body();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void
open_two_writers(void)
{
    nf_store_t *store;

    if (nf_store_open(&store, s.path) != NF_OK) {
        _exit(9);
    }
    NF_WRITE(one, store);
    NF_WRITE(two, store);
}

static void
open_reader_inside_writer(void)
{
    nf_store_t *store;

    if (nf_store_open(&store, s.path) != NF_OK) {
        _exit(9);
    }
    NF_WRITE(one, store);
    NF_READ(two, store);
}

static void
a_second_scope_on_one_thread_is_an_assertion_not_a_hang(void **state)
{
    (void) state;
    int status = in_child(open_two_writers);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    status = in_child(open_reader_inside_writer);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_false(has_key()); /* and the lock is free again */
    NF_WRITE(w, s.store);
    assert_int_equal(w.read.err, NF_OK);
}

static void
write_from_child(void)
{
    nf_store_t *store;

    if (nf_store_open(&store, s.path) != NF_OK) {
        _exit(9);
    }
    for (unsigned i = 0; i < 100; i++) {
        NF_WRITE(w, store);
        struct nf_text none = {0};
        if (!nf_events_add(
                &w, &(struct nf_event_draft){.kind = NF_EVENT_NODE_CREATED,
                                             .mac = mac_of(i),
                                             .time = 1,
                                             .actor = "child",
                                             .members = none})
            || nf_write_commit(&w) != NF_OK)
        {
            _exit(8);
        }
    }
    nf_store_close(store);
}

static void
die_while_writing(void)
{
    nf_store_t *store;

    if (nf_store_open(&store, s.path) != NF_OK) {
        _exit(9);
    }
    NF_WRITE(w, store);
    (void) nf_write_put(&w, NF_CURSORS, key, value);
    raise(SIGKILL);
}

static void
processes_share_the_store_and_none_holds_up_the_others_by_dying(void **state)
{
    (void) state;
    assert_int_equal(in_child(write_from_child), 0);
    int status = in_child(die_while_writing);
    assert_true(WIFSIGNALED(status));
    {
        NF_WRITE(w, s.store);
        assert_int_equal(w.read.err, NF_OK);
        assert_int_equal(nf_events_next(&w), 101);
    }
    assert_false(has_key());
}

static void
die_while_reading(void)
{
    nf_store_t *store;

    if (nf_store_open(&store, s.path) != NF_OK) {
        _exit(9);
    }
    NF_READ(r, store);
    raise(SIGKILL);
}

static void
reader_slots_of_the_dead_are_used_again(void **state)
{
    (void) state;
    /* more than there are slots */
    for (unsigned i = 0; i < 1100; i++) {
        int status = in_child(die_while_reading);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    assert_false(has_key());
    NF_READ(r, s.store);
    struct nf_store_stat stat;
    assert_int_equal(r.err, NF_OK);
    assert_int_equal(nf_store_stat(&r, &stat), NF_OK);
}

static void
many_reads_use_one_slot(void **state)
{
    struct nf_store_stat stat;

    (void) state;
    for (unsigned i = 0; i < 5000; i++) {
        assert_false(has_key());
    }
    NF_READ(r, s.store);
    assert_int_equal(nf_store_stat(&r, &stat), NF_OK);
    assert_true(stat.readers <= 2);
}

static void
a_full_store_says_so_and_lives_on(void **state)
{
    static char big[3000];
    struct scratch small;
    nf_error_t err = NF_OK;
    unsigned i = 0;

    (void) state;
    scratch_make(&small, 1 << 20);
    for (; i < 10000 && err == NF_OK; i++) {
        NF_WRITE(w, small.store);
        (void) nf_write_put(&w, NF_CURSORS, (struct nf_bytes){&i, sizeof(i)},
                            (struct nf_bytes){big, sizeof(big)});
        err = nf_write_commit(&w);
    }
    assert_int_equal(err, NF_FULL);
    assert_true(i > 50);
    struct nf_bytes found;
    unsigned first = 0;
    {
        NF_READ(r, small.store);
        assert_true(nf_read_get(
            &r, NF_CURSORS, (struct nf_bytes){&first, sizeof(first)}, &found));
        assert_int_equal(found.len, sizeof(big));
    }
    /* little at a time: also deleting needs pages to copy to */
    for (unsigned n = 0; n < i / 2; n++) {
        NF_CLEAN(w, small.store);
        assert_true(
            nf_write_delete(&w, NF_CURSORS, (struct nf_bytes){&n, sizeof(n)}));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    {
        NF_WRITE(w, small.store);
        assert_true(nf_write_put(&w, NF_CURSORS, key,
                                 (struct nf_bytes){big, sizeof(big)}));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    scratch_drop(&small);
}

/* --- making and opening ----------------------------------------------------
 */

static void
a_store_that_was_never_made_is_not_found(void **state)
{
    nf_store_t *store = NULL;
    char path[128];

    (void) state;
    snprintf(path, sizeof(path), "%s/other.db", s.dir);
    assert_int_equal(nf_store_open(&store, path), NF_NOT_FOUND);
    assert_int_equal(access(path, F_OK), -1); /* and opening makes none */
    snprintf(path, sizeof(path), "%s/no/such/folder.db", s.dir);
    assert_int_equal(nf_store_open(&store, path), NF_NOT_FOUND);
    assert_null(store);
}

static void
init_leaves_a_store_alone_that_exists(void **state)
{
    struct nf_store_init again = {.map_size = 1 << 20};

    (void) state;
    {
        NF_WRITE(w, s.store);
        assert_true(nf_write_put(&w, NF_CURSORS, key, value));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    nf_store_close(s.store);
    s.store = NULL;
    assert_int_equal(nf_store_init(s.path, &again), NF_OK);
    assert_int_equal(nf_store_open(&s.store, s.path), NF_OK);
    assert_true(has_key());
}

static void
files_are_for_the_group_whatever_the_umask(void **state)
{
    static const char *const suffixes[] = {"", "-lock", "-bell", "-ballast"};
    struct nf_store_init init = {.map_size = 1 << 20};
    struct stat st;
    char name[160], path[128];
    mode_t old = umask(0077);

    (void) state;
    snprintf(path, sizeof(path), "%s/mode.db", s.dir);
    assert_int_equal(nf_store_init(path, &init), NF_OK);
    umask(old);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        assert_int_equal(stat(name, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0660);
        unlink(name);
    }
}

static void
an_unknown_group_makes_no_store(void **state)
{
    struct nf_store_init init = {.map_size = 1 << 20,
                                 .group = "no-such-group-here"};
    char path[128];

    (void) state;
    snprintf(path, sizeof(path), "%s/group.db", s.dir);
    assert_int_equal(nf_store_init(path, &init), NF_NOT_FOUND);
    assert_int_equal(access(path, F_OK), -1);
}

static char half_path[128];
static unsigned half_microseconds;

static void
init_killed_by_alarm(void)
{
    struct nf_store_init init = {.map_size = 8 << 20};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                             .sigev_signo = SIGKILL};
    struct itimerspec when = {.it_value.tv_nsec = half_microseconds * 1000};
    timer_t timer;

    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0
        || timer_settime(timer, 0, &when, NULL) != 0)
    {
        _exit(7);
    }
    if (nf_store_init(half_path, &init) != NF_OK) {
        _exit(6);
    }
}

static void
remove_store(const char *path)
{
    static const char *const suffixes[] = {"", "-lock", "-bell", "-ballast"};
    char name[160];

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        (void) unlink(name);
    }
}

static void
init_goes_on_where_a_killed_one_stopped(void **state)
{
    struct nf_store_init init = {.map_size = 8 << 20};
    struct nf_store_stat numbers;
    struct stat st;
    nf_store_t *store = NULL;
    unsigned killed = 0;
    mode_t old = umask(0077);

    (void) state;
    snprintf(half_path, sizeof(half_path), "%s/half.db", s.dir);
    for (unsigned i = 0; i < 300; i++) {
        half_microseconds = 20 + i * 7;
        int status = in_child(init_killed_by_alarm);
        killed += WIFSIGNALED(status);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        nf_error_t err = nf_store_open(&store, half_path);
        assert_true(err == NF_OK || err == NF_NOT_FOUND);
        if (err == NF_OK) {
            nf_store_close(store);
        }
        assert_int_equal(nf_store_init(half_path, &init), NF_OK);
        assert_int_equal(stat(half_path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0660);
        assert_int_equal(nf_store_open(&store, half_path), NF_OK);
        {
            NF_READ(r, store);
            assert_int_equal(nf_store_stat(&r, &numbers), NF_OK);
            assert_int_equal(numbers.map_size, 8 << 20);
        }
        nf_store_close(store);
        remove_store(half_path);
    }
    umask(old);
    assert_true(killed > 10);
}

static void
a_store_of_another_version_is_refused_and_left_alone(void **state)
{
    struct nf_store_init init = {.map_size = 1 << 20};
    uint32_t other = 4; /* of a version to come */
    struct nf_migration done;
    nf_store_t *store = NULL;
    char backup[128];

    (void) state;
    snprintf(backup, sizeof(backup), "%s.copy", s.path);
    {
        NF_WRITE(w, s.store);
        assert_true(nf_write_put(&w, NF_META, (struct nf_bytes){"schema", 6},
                                 (struct nf_bytes){&other, sizeof(other)}));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    nf_store_close(s.store);
    s.store = NULL;
    assert_int_equal(nf_store_open(&store, s.path), NF_SCHEMA);
    assert_int_equal(nf_store_init(s.path, &init), NF_SCHEMA);
    assert_int_equal(nf_store_open(&store, s.path), NF_SCHEMA);
    assert_int_equal(nf_store_migrate(s.path, backup, &done), NF_SCHEMA);
    assert_int_equal(access(backup, F_OK), -1);
    assert_int_equal(nf_store_open(&store, s.path), NF_SCHEMA);
}

static void
a_file_that_is_no_store_is_refused(void **state)
{
    struct nf_store_init init = {.map_size = 1 << 20};
    nf_store_t *store = NULL;
    char path[128], name[160];
    static char junk[65536];

    (void) state;
    memset(junk, 'x', sizeof(junk));
    snprintf(path, sizeof(path), "%s/junk.db", s.dir);
    snprintf(name, sizeof(name), "%s-bell", path);
    for (size_t size = 1; size <= sizeof(junk); size *= 16) {
        FILE *file = fopen(path, "wb");
        fwrite(junk, 1, size, file);
        fclose(file);
        close(open(name, O_CREAT | O_WRONLY, 0660));
        nf_error_t err = nf_store_open(&store, path);
        assert_true(err == NF_CORRUPT || err == NF_IO);
        err = nf_store_init(path, &init);
        assert_true(err == NF_CORRUPT || err == NF_IO);
        remove_store(path);
    }
}

static void
a_backup_opens_and_holds_everything(void **state)
{
    char copy[128], bell[160];
    nf_store_t *store = NULL;

    (void) state;
    {
        NF_WRITE(w, s.store);
        struct nf_text none = {0};
        assert_true(nf_events_add(
            &w, &(struct nf_event_draft){.kind = NF_EVENT_NODE_CREATED,
                                         .mac = mac_of(1),
                                         .time = 1,
                                         .actor = "test",
                                         .members = none}));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    snprintf(copy, sizeof(copy), "%s.copy", s.path);
    assert_int_equal(nf_store_backup(s.store, copy), NF_OK);
    assert_int_equal(nf_store_backup(s.store, copy), NF_CONFLICT);
    struct dump before = dump_store(s.store);
    snprintf(bell, sizeof(bell), "%s-bell", copy);
    close(open(bell, O_CREAT | O_WRONLY, 0660));
    assert_int_equal(nf_store_open(&store, copy), NF_OK);
    struct dump after = dump_store(store);
    assert_true(dump_equal(before, after));
    nf_store_close(store);
    free(before.data);
    free(after.data);
    unlink(bell);
}

static void
hold_open(void)
{
    exit(nf_store_is_open_elsewhere(s.path) ? 42 : 43);
}

static void
another_process_sees_that_the_store_is_open(void **state)
{
    (void) state;
    assert_int_equal(WEXITSTATUS(in_child(hold_open)), 42);
    nf_store_close(s.store);
    s.store = NULL;
    assert_int_equal(WEXITSTATUS(in_child(hold_open)), 43);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_write_scope_that_is_left_aborts),
        TEST(a_second_commit_of_one_scope_is_refused),
        TEST(the_first_failure_sticks_and_nothing_is_written),
        TEST(committing_nothing_costs_nothing),
        TEST(the_bell_holds_the_number_of_the_last_event),
        TEST(a_second_scope_on_one_thread_is_an_assertion_not_a_hang),
        TEST(processes_share_the_store_and_none_holds_up_the_others_by_dying),
        TEST(reader_slots_of_the_dead_are_used_again),
        TEST(many_reads_use_one_slot),
        TEST(a_full_store_says_so_and_lives_on),
        TEST(a_store_that_was_never_made_is_not_found),
        TEST(init_leaves_a_store_alone_that_exists),
        TEST(files_are_for_the_group_whatever_the_umask),
        TEST(an_unknown_group_makes_no_store),
        TEST(init_goes_on_where_a_killed_one_stopped),
        TEST(a_store_of_another_version_is_refused_and_left_alone),
        TEST(a_file_that_is_no_store_is_refused),
        TEST(a_backup_opens_and_holds_everything),
        TEST(another_process_sees_that_the_store_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
