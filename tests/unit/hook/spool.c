/* The spool: nothing lost, whatever is killed, cut short or damaged. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "../../../libnf/spool/record.c"
#include "../../../libnf/spool/spool.c"

/* What a drain handed over: the last byte of each address. */
struct seen {
    unsigned n;
    uint8_t last[64];
    unsigned refuse_at; /* the how-manieth is refused, 0: none */
    nf_error_t with;
};

static char dir[32];

static int
make_dir(void **state)
{
    (void) state;
    strcpy(dir, "/tmp/nf-spool-XXXXXX");
    return mkdtemp(dir) == NULL;
}

static void
path_of(const char *name, char path[static 64])
{
    snprintf(path, 64, "%s/%s", dir, name);
}

static int
remove_dir(void **state)
{
    char path[64];

    (void) state;
    path_of(CURRENT, path);
    unlink(path);
    path_of(TAKEN, path);
    unlink(path);
    return rmdir(dir);
}

static struct nf_lease_report
report(uint8_t last)
{
    return (struct nf_lease_report){
        .action = NF_LEASE_OLD,
        .has_boot_request = true,
        .lease = {.ip = {{10, 0, 0, last}},
                  .mac = {{2, 0, 0, 0, 0, last}},
                  .hostname = "n1",
                  .expires = 5000,
                  .client_id_len = 3,
                  .client_id = {1, 2, 3}},
    };
}

static void
append(uint8_t last)
{
    struct nf_lease_report one = report(last);

    assert_int_equal(nf_spool_append(dir, &one), NF_OK);
}

static nf_error_t
see(void *arg, const struct nf_lease_report *got, size_t n)
{
    struct seen *seen = arg;

    if (seen->refuse_at > seen->n && seen->refuse_at <= seen->n + n) {
        return seen->with; /* all or none */
    }
    for (size_t i = 0; i < n; i++) {
        assert_true(seen->n < 64);
        seen->last[seen->n++] = got[i].lease.ip.b[3];
    }
    return NF_OK;
}

static void
assert_seen(const struct seen *seen, unsigned n, const char *last)
{
    assert_int_equal(seen->n, n);
    assert_memory_equal(seen->last, last, n);
}

static size_t
size_of(const char *name)
{
    struct stat stat_of;
    char path[64];

    path_of(name, path);
    return stat(path, &stat_of) == 0 ? (size_t) stat_of.st_size : 0;
}

/* Write bytes at an offset; from the end when it is negative. */
static void
damage(off_t at, const char *bytes, size_t len)
{
    char path[64];
    int fd;

    path_of(CURRENT, path);
    fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_true(lseek(fd, at < 0 ? 0 : at, at < 0 ? SEEK_END : SEEK_SET) >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static struct nf_lease_report kept;

static nf_error_t
keep(void *arg, const struct nf_lease_report *got, size_t n)
{
    (void) arg;
    assert_int_equal(n, 1);
    kept = *got;
    return NF_OK;
}

static void
a_report_comes_out_as_it_went_in(void **state)
{
    struct nf_lease_report sent = report(7);
    struct nf_spool_count count;

    (void) state;
    append(7);
    assert_int_equal(nf_spool_drain(dir, keep, NULL, &count), NF_OK);
    assert_int_equal(count.taken, 1);
    assert_int_equal(kept.action, sent.action);
    assert_int_equal(kept.is_partial, sent.is_partial);
    assert_int_equal(kept.has_boot_request, sent.has_boot_request);
    assert_memory_equal(&kept.lease, &sent.lease, sizeof(sent.lease));
}

static void
reports_come_out_in_order_and_once(void **state)
{
    struct seen seen = {0};
    struct nf_spool_count count;

    (void) state;
    assert_true(nf_spool_is_empty(dir));
    append(1);
    append(2);
    append(1);
    assert_false(nf_spool_is_empty(dir));
    assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_OK);
    assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_OK);
    assert_seen(&seen, 3, "\1\2\1");
    assert_true(nf_spool_is_empty(dir));
}

static void
a_directory_that_is_not_there_is_empty(void **state)
{
    struct seen seen = {0};
    struct nf_spool_count count;

    (void) state;
    assert_true(nf_spool_is_empty("/tmp/nf-no-such-directory"));
    assert_int_equal(
        nf_spool_drain("/tmp/nf-no-such-directory", see, &seen, &count), NF_OK);
    assert_int_equal(nf_spool_append("/tmp/nf-no/such/directory",
                                     &(struct nf_lease_report){0}),
                     NF_IO);
}

static void
what_was_not_taken_stays_and_what_was_taken_does_not_come_again(void **state)
{
    struct seen seen = {.refuse_at = 2, .with = NF_FULL};
    struct nf_spool_count count;

    (void) state;
    append(1);
    append(2);
    append(3);
    assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_FULL);
    assert_int_equal(count.taken, 1);
    assert_int_equal(count.left, 2);
    append(4);
    seen.refuse_at = 0;
    assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_OK);
    assert_seen(&seen, 4, "\1\2\3\4");
}

static void
a_record_cut_short_is_skipped(void **state)
{
    for (size_t len = 1; len < sizeof(struct nf_spool_record); len += 17) {
        struct nf_lease_report whole = report(9);
        struct nf_spool_record record;
        struct seen seen = {0};
        struct nf_spool_count count;

        (void) state;
        nf_spool_encode(&whole, &record);
        append(1);
        damage(-1, (const char *) &record, len);
        append(2);
        assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_OK);
        assert_seen(&seen, 2, "\1\2");
        assert_int_equal(count.lost_bytes, len);
    }
}

static void
a_damaged_byte_costs_its_record_only(void **state)
{
    for (off_t at = 0; at < (off_t) sizeof(struct nf_spool_record); at++) {
        off_t in_mark =
            at - (off_t) offsetof(struct nf_spool_record, head.is_done);
        struct seen seen = {0};
        struct nf_spool_count count;

        (void) state;
        append(1);
        append(2);
        append(3);
        damage((off_t) sizeof(struct nf_spool_record) + at, "\xa5", 1);
        assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_OK);
        if (in_mark >= 0 && in_mark < 8) { /* not summed, and only 1 counts */
            assert_seen(&seen, 3, "\1\2\3");
            continue;
        }
        assert_seen(&seen, 2, "\1\3");
        assert_int_equal(count.lost_bytes, sizeof(struct nf_spool_record));
    }
}

/* A sum can be right and the values wrong: another version, a bug. */
static void
a_sound_record_of_nonsense_is_skipped(void **state)
{
    struct nf_spool_record bad[3];
    struct nf_lease_report one = report(1);
    struct seen seen = {0};
    struct nf_spool_count count;

    (void) state;
    for (int i = 0; i < 3; i++) {
        nf_spool_encode(&one, &bad[i]);
    }
    bad[0].body.action = 3;
    bad[1].body.lease.client_id_len = NF_LEASE_CLIENT_ID + 1;
    memset(bad[2].body.lease.hostname, 'x', sizeof(one.lease.hostname));
    append(1);
    for (int i = 0; i < 3; i++) {
        bad[i].head.sum = checksum(&bad[i]);
        damage(-1, (const char *) &bad[i], sizeof(bad[i]));
    }
    append(2);
    assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_OK);
    assert_seen(&seen, 2, "\1\2");
}

/* What an earlier version left behind at an upgrade. */
static void
an_earlier_versions_record_is_read(void **state)
{
    struct record_1 old = {.len = sizeof(old.body)};
    struct seen seen = {0};
    struct nf_spool_count count;

    (void) state;
    memcpy(old.magic, magic_1, sizeof(magic_1));
    old.body.action = NF_LEASE_ADD;
    old.body.lease = (struct nf_lease_2){.ip = {{10, 0, 0, 2}},
                                         .mac = {{2, 0, 0, 0, 0, 2}},
                                         .hostname = "n2",
                                         .client_id_len = 2,
                                         .client_id = {7, 8}};
    old.sum = sum_of(&old.body, sizeof(old.body));
    append(1);
    damage(-1, (const char *) &old, sizeof(old));
    append(3);
    assert_int_equal(nf_spool_look(dir, see, &seen), NF_OK);
    assert_seen(&seen, 3, "\1\2\3");
    assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_OK);
    assert_int_equal(count.lost_bytes, 0);
}

static void
a_spool_has_a_bound(void **state)
{
    struct nf_lease_report one = report(1);
    struct seen seen = {0};
    struct nf_spool_count count;
    char path[64];

    (void) state;
    append(1);
    path_of(CURRENT, path);
    assert_int_equal(truncate(path, SIZE_MAX_BYTES + 1), 0);
    assert_int_equal(nf_spool_append(dir, &one), NF_FULL);
    assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_OK);
    assert_seen(&seen, 1, "\1");
    append(2);
}

static void
looking_changes_nothing(void **state)
{
    struct seen seen = {.refuse_at = 1, .with = NF_BUSY};
    struct nf_spool_count count;

    (void) state;
    append(1);
    assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_BUSY);
    append(2);
    seen.refuse_at = 0;
    assert_int_equal(nf_spool_look(dir, see, &seen), NF_OK);
    assert_int_equal(nf_spool_look(dir, see, &seen), NF_OK);
    assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_OK);
    assert_seen(&seen, 6, "\1\2\1\2\1\2");
}

/* Called in the midst of a drain: appends, and drains itself. */
static nf_error_t
interfere(void *arg, const struct nf_lease_report *got, size_t n)
{
    struct seen other = {0};
    struct nf_spool_count count;

    assert_false(nf_spool_is_empty(dir));
    assert_int_equal(nf_spool_drain(dir, see, &other, &count), NF_BUSY);
    for (size_t i = 0; i < n; i++) {
        if (got[i].lease.ip.b[3] < 5) {
            append(got[i].lease.ip.b[3] + 5);
        }
    }
    return see(arg, got, n);
}

static void
one_drains_at_a_time_and_appending_never_waits(void **state)
{
    struct seen seen = {0};
    struct nf_spool_count count;

    (void) state;
    append(1);
    append(2);
    assert_int_equal(nf_spool_drain(dir, interfere, &seen, &count), NF_OK);
    assert_int_equal(size_of(CURRENT), 2 * sizeof(struct nf_spool_record));
    assert_int_equal(nf_spool_drain(dir, interfere, &seen, &count), NF_OK);
    assert_seen(&seen, 4, "\1\2\6\7");
}

/* A child that is killed while it is taking a batch. */
static nf_error_t
die(void *arg, const struct nf_lease_report *got, size_t n)
{
    unsigned *left = arg;

    (void) got;
    (void) n;
    if ((*left)-- == 0) {
        raise(SIGKILL);
    }
    return NF_OK;
}

/* As if so many scripts had appended, the first of them `from`. */
static void
append_many(uint32_t from, uint32_t n)
{
    char path[64];

    path_of(CURRENT, path);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    for (uint32_t i = from; i < from + n; i++) {
        struct nf_lease_report one = report(0);
        struct nf_spool_record record;
        memcpy(one.lease.ip.b, &i, sizeof(i));
        nf_spool_encode(&one, &record);
        assert_int_equal(fwrite(&record, sizeof(record), 1, file), 1);
    }
    assert_int_equal(fclose(file), 0);
}

/* How many came, and that they came in order. */
struct row {
    uint32_t next, calls;
};

static nf_error_t
in_order(void *arg, const struct nf_lease_report *got, size_t n)
{
    struct row *row = arg;

    assert_true(n <= NF_SPOOL_BATCH);
    for (size_t i = 0; i < n; i++) {
        assert_memory_equal(got[i].lease.ip.b, &row->next, sizeof(row->next));
        row->next++;
    }
    row->calls++;
    return NF_OK;
}

static void
a_drainer_that_is_killed_repeats_at_most_its_last_batch(void **state)
{
    for (unsigned at = 0; at < 3; at++) {
        struct row row = {.next = at * NF_SPOOL_BATCH};
        struct nf_spool_count count;
        int status;

        (void) state;
        append_many(0, 3 * NF_SPOOL_BATCH);
        pid_t pid = fork();
        if (pid == 0) {
            unsigned left = at;
            _exit((int) nf_spool_drain(dir, die, &left, &count));
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        append_many(3 * NF_SPOOL_BATCH, 1);
        assert_int_equal(nf_spool_drain(dir, in_order, &row, &count), NF_OK);
        assert_int_equal(row.next, 3 * NF_SPOOL_BATCH + 1);
    }
}

static void
a_part_is_one_batch_and_the_next_one_goes_on_behind_it(void **state)
{
    struct nf_spool_place place = {0};
    struct nf_spool_count count;
    struct row row = {0};

    (void) state;
    append_many(0, 65000);
    for (unsigned i = 0; i < 65000 / NF_SPOOL_BATCH; i++) {
        assert_int_equal(
            nf_spool_drain_some(dir, in_order, &row, &place, &count), NF_OK);
        assert_int_equal(count.taken, NF_SPOOL_BATCH);
        assert_true(count.has_more);
    }
    append_many(65000, 2);
    assert_int_equal(nf_spool_drain_some(dir, in_order, &row, &place, &count),
                     NF_OK);
    /* with what was appended meanwhile */
    assert_int_equal(count.taken, 65000 % NF_SPOOL_BATCH + 2);
    assert_false(count.has_more);
    assert_int_equal(row.next, 65002);
    assert_int_equal(row.calls, 65000 / NF_SPOOL_BATCH + 2);
    assert_true(nf_spool_is_empty(dir));
    assert_false(place.is_set);
}

static void
a_place_is_not_taken_for_one_in_another_file(void **state)
{
    struct nf_spool_place place = {0};
    struct nf_spool_count count;
    struct row row = {0};

    (void) state;
    append_many(0, NF_SPOOL_BATCH + 5);
    assert_int_equal(nf_spool_drain_some(dir, in_order, &row, &place, &count),
                     NF_OK);
    assert_int_equal(nf_spool_drain(dir, in_order, &row, &count), NF_OK);
    assert_int_equal(count.taken, 5);
    append_many(NF_SPOOL_BATCH + 5, 3); /* another process was faster */
    assert_int_equal(nf_spool_drain_some(dir, in_order, &row, &place, &count),
                     NF_OK);
    assert_int_equal(count.taken, 3);
    assert_false(count.has_more);
}

static void
a_part_that_is_not_taken_stays(void **state)
{
    struct seen seen = {.refuse_at = 2, .with = NF_FULL};
    struct nf_spool_place place = {0};
    struct nf_spool_count count;

    (void) state;
    append(1);
    append(2);
    append(3);
    assert_int_equal(nf_spool_drain_some(dir, see, &seen, &place, &count),
                     NF_FULL);
    assert_int_equal(nf_spool_drain_some(dir, see, &seen, &place, &count),
                     NF_FULL);
    seen.refuse_at = 0;
    assert_int_equal(nf_spool_drain_some(dir, see, &seen, &place, &count),
                     NF_OK);
    assert_seen(&seen, 3, "\1\2\3");
}

/* Somebody found the file, and waited for its lock while it was drained. */
static void
an_appender_that_was_overtaken_by_a_drainer_begins_anew(void **state)
{
    struct seen seen = {0};
    struct nf_spool_count count;
    char path[64];
    int status;

    (void) state;
    append(1);
    path_of(CURRENT, path);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0 && is_locked(fd, LOCK_EX));
    pid_t pid = fork();
    if (pid == 0) {
        struct nf_lease_report two = report(2);
        close(fd); /* else the lock would be ours too */
        _exit((int) nf_spool_append(dir, &two));
    }
    usleep(200 * 1000); /* it is waiting by now, or else this proves nothing */
    assert_int_equal(unlink(path), 0);
    close(fd);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(nf_spool_drain(dir, see, &seen, &count), NF_OK);
    assert_seen(&seen, 1, "\2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_report_comes_out_as_it_went_in),
        TEST(reports_come_out_in_order_and_once),
        TEST(a_directory_that_is_not_there_is_empty),
        TEST(what_was_not_taken_stays_and_what_was_taken_does_not_come_again),
        TEST(a_record_cut_short_is_skipped),
        TEST(a_damaged_byte_costs_its_record_only),
        TEST(a_sound_record_of_nonsense_is_skipped),
        TEST(an_earlier_versions_record_is_read),
        TEST(a_spool_has_a_bound),
        TEST(looking_changes_nothing),
        TEST(one_drains_at_a_time_and_appending_never_waits),
        TEST(a_drainer_that_is_killed_repeats_at_most_its_last_batch),
        TEST(a_part_is_one_batch_and_the_next_one_goes_on_behind_it),
        TEST(a_place_is_not_taken_for_one_in_another_file),
        TEST(a_part_that_is_not_taken_stays),
        TEST(an_appender_that_was_overtaken_by_a_drainer_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
