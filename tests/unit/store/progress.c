/* How far installers and agents said they are. */
#include "room.h"

#include "store/progress.h"

static void
add(unsigned n, uint64_t seq)
{
    struct nf_progress progress = {.seq = seq,
                                   .percent = (uint8_t) (seq % 101)};
    NF_WRITE(w, s.store);

    snprintf(progress.step, sizeof(progress.step), "step %u", (unsigned) seq);
    assert_true(nf_progress_add(&w, mac_of(n), &progress));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

/* How many a node has; they are in order and end with the one given. */
static unsigned
count(unsigned n, uint64_t first, uint64_t last)
{
    struct nf_progress progress;
    uint64_t after = 0;
    unsigned found = 0;
    NF_READ(r, s.store);

    while (nf_progress_next_of(&r, mac_of(n), after, &progress)) {
        assert_true(progress.seq > after);
        assert_true(found > 0 || progress.seq == first);
        after = progress.seq;
        found++;
    }
    assert_int_equal(after, last);
    assert_int_equal(nf_progress_last_of(&r, mac_of(n), &progress), found > 0);
    assert_true(found == 0 || progress.seq == last);
    assert_int_equal(r.err, NF_OK);
    return found;
}

static void
each_node_has_its_own_in_order(void **state)
{
    (void) state;
    assert_int_equal(count(2, 0, 0), 0);
    add(2, 300);
    add(1, 5);
    add(2, 6);
    add(3, 7);
    add(2, 8);
    assert_int_equal(count(1, 5, 5), 1);
    assert_int_equal(count(2, 6, 300), 3);
    assert_int_equal(count(3, 7, 7), 1);
    assert_int_equal(count(0, 0, 0), 0);
    assert_int_equal(count(4, 0, 0), 0);
}

static void
what_was_stored_comes_back(void **state)
{
    struct nf_progress put = {.seq = UINT64_MAX,
                              .task = 26,
                              .time = 1769076000000,
                              .percent = 100,
                              .step = "finalizing",
                              .message = "ein Wort: \xc3\xbc"},
                       got;

    (void) state;
    {
        NF_WRITE(w, s.store);
        assert_true(nf_progress_add(&w, mac_of(1), &put));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    NF_READ(r, s.store);
    assert_true(nf_progress_next_of(&r, mac_of(1), UINT64_MAX - 1, &got));
    assert_memory_equal(&put, &got, sizeof(put));
    assert_false(nf_progress_next_of(&r, mac_of(1), UINT64_MAX, &got));
}

static void
only_the_latest_are_kept(void **state)
{
    (void) state;
    add(1, 1);
    add(3, 2);
    for (uint64_t seq = 10; seq < 10 + NF_PROGRESS_KEEP; seq++) {
        add(2, seq);
    }
    assert_int_equal(count(2, 10, 9 + NF_PROGRESS_KEEP), NF_PROGRESS_KEEP);
    add(2, 1000);
    add(2, 1001);
    assert_int_equal(count(2, 12, 1001), NF_PROGRESS_KEEP);
    assert_int_equal(count(1, 1, 1), 1);
    assert_int_equal(count(3, 2, 2), 1);
}

static void
a_node_is_forgotten_alone(void **state)
{
    (void) state;
    for (unsigned n = 1; n <= 3; n++) {
        add(n, n);
        add(n, n + 10);
    }
    {
        NF_WRITE(w, s.store);
        assert_true(nf_progress_delete(&w, mac_of(2)));
        assert_true(nf_progress_delete(&w, mac_of(9)));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    assert_int_equal(count(1, 1, 11), 2);
    assert_int_equal(count(2, 0, 0), 0);
    assert_int_equal(count(3, 3, 13), 2);
}

/* The seqs of what a task's progress is, "1 2 3 ". */
static void
walked(uint64_t task, const char *want)
{
    struct nf_progress_walk walk = {.mac = mac_of(1), .task = task};
    struct nf_progress progress;
    char text[128] = "";
    size_t len = 0;
    NF_READ(r, s.store);

    while (nf_progress_walk_next(&r, &walk, &progress)) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%u ",
                                 (unsigned) progress.seq);
    }
    assert_int_equal(r.err, NF_OK);
    assert_string_equal(text, want);
}

static void
what_was_said_before_a_task_is_the_next_ones(void **state)
{
    static const uint64_t tasks[] = {0, 0, 20, 0, 20, 0, 0, 30, 30, 0};

    (void) state;
    walked(20, "");
    for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
        struct nf_progress progress = {
            .seq = i + 1, .task = tasks[i], .step = "x"};
        NF_WRITE(w, s.store);
        assert_true(nf_progress_add(&w, mac_of(1), &progress));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    walked(20, "1 2 3 5 ");
    walked(30, "6 7 8 9 ");
    walked(40, "10 "); /* it has said nothing yet */
}

static bool
reads(const struct nf_progress *progress, size_t len)
{
    uint8_t key[14] = {0x52, 0x54, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
    struct nf_progress got;
    NF_WRITE(w, s.store);

    nf_write_put(&w, NF_PROGRESS, (struct nf_bytes){key, sizeof(key)},
                 (struct nf_bytes){progress, len});
    bool is_read = nf_progress_last_of(&w.read, mac_of(1), &got);
    assert_int_equal(w.read.err, is_read ? NF_OK : NF_CORRUPT);
    return is_read;
}

static void
a_record_that_makes_no_sense_is_corrupt(void **state)
{
    struct nf_progress fine = {.seq = 1}, other = {.seq = 2},
                       high = {.seq = 1, .percent = 101}, step = fine,
                       message = fine;

    (void) state;
    memset(step.step, 'x', sizeof(step.step));
    memset(message.message, 'x', sizeof(message.message));
    assert_true(reads(&fine, sizeof(fine)));
    assert_false(reads(&fine, sizeof(fine) - 1));
    assert_false(reads(&other, sizeof(other)));
    assert_false(reads(&high, sizeof(high)));
    assert_false(reads(&step, sizeof(step)));
    assert_false(reads(&message, sizeof(message)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_node_has_its_own_in_order),
        TEST(what_was_stored_comes_back),
        TEST(only_the_latest_are_kept),
        TEST(a_node_is_forgotten_alone),
        TEST(what_was_said_before_a_task_is_the_next_ones),
        TEST(a_record_that_makes_no_sense_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
