/* Tasks, and all that finds them. */
#include "room.h"

#include "store/tasks.h"

static const struct nf_text none = {0};

static void
put_with(const struct nf_task *task, const struct nf_text *spec)
{
    NF_WRITE(w, s.store);

    assert_true(nf_tasks_put(&w, task, spec));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
put_task(uint64_t id, unsigned n, nf_time_t deadline)
{
    struct nf_task task = {.id = id, .mac = mac_of(n), .deadline = deadline};

    put_with(&task, &none);
}

static void
delete_task(uint64_t id)
{
    NF_WRITE(w, s.store);

    assert_true(nf_tasks_delete(&w, id));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
a_deadline_moves_with_its_task(void **state)
{
    struct nf_task task;

    (void) state;
    put_task(1, 1, 300);
    put_task(2, 2, 200);
    put_task(1, 1, 100);
    {
        NF_READ(r, s.store);
        assert_int_equal(nf_tasks_next_deadline(&r), 100);
        assert_false(nf_tasks_due(&r, 99, &task));
        assert_true(nf_tasks_due(&r, 100, &task));
        assert_int_equal(task.id, 1);
        assert_int_equal(nf_read_count(&r, NF_DEADLINES), 2);
    }
    put_task(1, 1, 0);
    {
        NF_READ(r, s.store);
        assert_true(nf_tasks_due(&r, 1000, &task));
        assert_int_equal(task.id, 2);
        assert_int_equal(nf_read_count(&r, NF_DEADLINES), 1);
    }
    {
        NF_WRITE(w, s.store);
        assert_true(nf_tasks_delete(&w, 2));
        assert_false(nf_tasks_delete(&w, 2));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    NF_READ(r, s.store);
    assert_int_equal(nf_tasks_next_deadline(&r), 0);
    assert_int_equal(nf_read_count(&r, NF_TASKS_BY_NODE), 1);
}

static void
a_node_has_its_own_tasks_oldest_first(void **state)
{
    struct nf_task task;
    uint64_t after = 0, wanted[] = {3, 9, 300};
    unsigned n = 0;

    (void) state;
    put_task(300, 1, 0);
    put_task(3, 1, 0);
    put_task(4, 2, 0);
    put_task(9, 1, 0);
    NF_READ(r, s.store);
    for (; nf_tasks_next_of(&r, mac_of(1), after, &task); after = task.id) {
        assert_int_equal(task.id, wanted[n++]);
    }
    assert_int_equal(n, 3);
    assert_false(nf_tasks_next_of(&r, mac_of(3), 0, &task));
}

static bool
has_spec(uint64_t id, const char *wanted)
{
    NF_READ(r, s.store);

    return nf_text_equal(nf_tasks_spec(&r, id), nf_text(wanted))
           && r.err == NF_OK;
}

static void
what_was_asked_for_stays_until_something_else_is_put(void **state)
{
    struct nf_task task = {.id = 1, .mac = mac_of(1), .spec_len = 77};
    struct nf_text spec = NF_TEXT("{\"disk\":{\"device\":\"/dev/sda\"}}");

    (void) state;
    put_with(&task, &spec);
    assert_true(has_spec(1, spec.data));
    task.percent = 40;
    task.spec_len = 0; /* of no meaning to a put */
    put_with(&task, NULL);
    assert_true(has_spec(1, spec.data));
    {
        NF_READ(r, s.store);
        assert_true(nf_tasks_get(&r, 1, &task));
        assert_int_equal(task.percent, 40);
        assert_int_equal(task.spec_len, spec.len);
    }
    put_with(&task, &none);
    assert_true(has_spec(1, ""));
    assert_true(has_spec(2, "")); /* there is none */
    task.id = 2;
    put_with(&task, NULL);
    assert_true(has_spec(2, ""));
}

static void
a_spec_may_be_put_from_where_it_is_stored(void **state)
{
    struct nf_task task = {.id = 1, .mac = mac_of(1)};
    struct nf_text spec = NF_TEXT("{\"a\":1}");

    (void) state;
    put_with(&task, &spec);
    {
        NF_WRITE(w, s.store);
        struct nf_text stored = nf_tasks_spec(&w.read, 1);
        task.deadline = 5;
        assert_true(nf_tasks_put(&w, &task, &stored));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    assert_true(has_spec(1, "{\"a\":1}"));
}

static void
the_longest_spec_fits_and_a_longer_one_is_refused(void **state)
{
    static char big[NF_TASK_SPEC_MAX + 1];
    struct nf_task task = {.id = 1, .mac = mac_of(1)};
    struct nf_text spec = {big, NF_TASK_SPEC_MAX};

    (void) state;
    memset(big, ' ', sizeof(big));
    put_with(&task, &spec);
    {
        NF_READ(r, s.store);
        assert_int_equal(nf_tasks_spec(&r, 1).len, NF_TASK_SPEC_MAX);
    }
    spec.len++;
    NF_WRITE(w, s.store);
    assert_false(nf_tasks_put(&w, &task, &spec));
    assert_int_equal(nf_write_commit(&w), NF_BUG);
}

static uint64_t
awaited(const char *sn)
{
    uint64_t id = 0;
    NF_READ(r, s.store);

    bool is_there = nf_tasks_awaited(&r, sn, &id);
    assert_int_equal(is_there, id != 0);
    return id;
}

static void
a_machine_is_awaited_until_it_comes_or_nobody_wants_it(void **state)
{
    struct nf_task task = {.id = 7, .sn = "SN-7"}, other = {.id = 8};

    (void) state;
    assert_int_equal(awaited("SN-7"), 0);
    put_with(&task, &none);
    put_with(&other, &none); /* neither machine nor serial number */
    assert_int_equal(awaited("SN-7"), 7);
    assert_int_equal(awaited("SN-"), 0);
    assert_int_equal(awaited("SN-77"), 0);
    assert_int_equal(awaited(""), 0);
    {
        NF_READ(r, s.store);
        assert_int_equal(nf_read_count(&r, NF_TASKS_BY_NODE), 0);
    }
    task.mac = mac_of(1);
    put_with(&task, NULL);
    assert_int_equal(awaited("SN-7"), 0);
    {
        NF_READ(r, s.store);
        assert_int_equal(nf_read_count(&r, NF_TASKS_BY_NODE), 1);
        assert_int_equal(nf_read_count(&r, NF_TASKS_AWAITED), 0);
    }
    task.mac = (nf_mac_t){0};
    put_with(&task, NULL);
    assert_int_equal(awaited("SN-7"), 7);
    task.status = NF_TASK_CANCELLED;
    put_with(&task, NULL);
    assert_int_equal(awaited("SN-7"), 0);
    NF_READ(r, s.store);
    assert_int_equal(nf_read_count(&r, NF_TASKS_BY_NODE), 0);
}

static void
a_later_task_that_waits_for_the_same_machine_keeps_its_place(void **state)
{
    struct nf_task first = {.id = 1, .sn = "S"}, second = {.id = 2, .sn = "S"};

    (void) state;
    put_with(&first, &none);
    put_with(&second, &none);
    assert_int_equal(awaited("S"), 2);
    first.status = NF_TASK_FAILED;
    put_with(&first, NULL);
    assert_int_equal(awaited("S"), 2);
    delete_task(1);
    assert_int_equal(awaited("S"), 2);
    delete_task(2);
    assert_int_equal(awaited("S"), 0);
}

static void
the_longest_serial_number_is_awaited(void **state)
{
    struct nf_task task = {.id = 1};
    char longer[66];

    (void) state;
    memset(longer, 'x', sizeof(longer));
    longer[65] = '\0';
    memset(task.sn, 'x', sizeof(task.sn) - 1);
    put_with(&task, &none);
    assert_int_equal(awaited(task.sn), 1);
    assert_int_equal(awaited(longer), 0);
}

static void
a_deleted_task_leaves_nothing(void **state)
{
    struct dump before = dump_store(s.store);
    struct nf_task known = {.id = 1, .mac = mac_of(1), .deadline = 5},
                   unknown = {.id = 2, .sn = "S", .deadline = 5};
    struct nf_text spec = NF_TEXT("{}");

    (void) state;
    put_with(&known, &spec);
    put_with(&unknown, &spec);
    delete_task(1);
    delete_task(2);
    {
        NF_WRITE(w, s.store);
        /* the counts remain, all zero */
        assert_true(
            nf_write_delete(&w, NF_META, (struct nf_bytes){"task-counts", 11}));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    struct dump after = dump_store(s.store);
    assert_true(dump_equal(before, after));
    free(before.data);
    free(after.data);
}

static void
the_list_is_newest_first_and_goes_on_behind_any_id(void **state)
{
    struct nf_task task;
    uint64_t wanted[] = {1000, 300, 9, 3}, n = 0;

    (void) state;
    {
        NF_READ(r, s.store);
        NF_SCAN(scan, &r, NF_TASKS);
        assert_false(nf_tasks_list(&scan, 0, &task));
        assert_false(nf_tasks_list(&scan, 5, &task));
    }
    put_task(300, 1, 0);
    put_task(3, 1, 0);
    put_task(9, 2, 0);
    put_task(1000, 2, 0);
    NF_READ(r, s.store);
    NF_SCAN(scan, &r, NF_TASKS);
    for (bool ok = nf_tasks_list(&scan, 0, &task); ok;
         ok = nf_tasks_list_next(&scan, &task))
    {
        assert_int_equal(task.id, wanted[n++]);
    }
    assert_int_equal(n, 4);
    assert_true(nf_tasks_list(&scan, 300, &task) && task.id == 9);
    assert_true(nf_tasks_list(&scan, 299, &task) && task.id == 9);
    assert_true(nf_tasks_list(&scan, 301, &task) && task.id == 300);
    assert_true(nf_tasks_list(&scan, 1001, &task) && task.id == 1000);
    assert_true(nf_tasks_list(&scan, UINT64_MAX, &task) && task.id == 1000);
    assert_true(nf_tasks_list(&scan, 4, &task) && task.id == 3);
    assert_false(nf_tasks_list(&scan, 3, &task));
    assert_int_equal(r.err, NF_OK);
}

/* What the rows beside the tasks should be, by looking at every task. */
struct census {
    struct nf_task_counts counts;
    uint64_t nodes, deadlines, awaited;
};

static struct census
take_census(struct nf_read *r)
{
    struct census census = {0};
    struct nf_task task;
    uint64_t id;
    NF_SCAN(scan, r, NF_TASKS);

    for (bool ok = nf_tasks_list(&scan, 0, &task); ok;
         ok = nf_tasks_list_next(&scan, &task))
    {
        bool waits = nf_task_is_live(&task) && !nf_task_has_node(&task);
        census.counts.by_status[task.status]++;
        census.nodes += nf_task_has_node(&task);
        census.deadlines += task.deadline != 0;
        census.awaited += waits;
        assert_true(!waits
                    || (nf_tasks_awaited(r, task.sn, &id) && id == task.id));
    }
    return census;
}

static void
everything_beside_the_tasks_is_what_counting_would_say(void **state)
{
    (void) state;
    srand(11);
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t id = 1 + (uint64_t) rand() % 20;
        struct nf_task task = {.id = id};
        NF_WRITE(w, s.store);
        if (rand() % 5 == 0) {
            (void) nf_tasks_delete(&w, id);
        } else {
            task.status = (uint8_t) (rand() % 7);
            task.mac =
                rand() % 2 ? mac_of((unsigned) rand() % 3 + 1) : (nf_mac_t){0};
            task.deadline = rand() % 3;
            snprintf(task.sn, sizeof(task.sn), "S%u", (unsigned) id);
            assert_true(nf_tasks_put(&w, &task, rand() % 2 ? &none : NULL));
        }
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    NF_READ(r, s.store);
    struct census census = take_census(&r);
    struct nf_task_counts counts = nf_tasks_count(&r);
    assert_memory_equal(&counts, &census.counts, sizeof(counts));
    assert_true(census.awaited > 0 && census.nodes > 0);
    assert_int_equal(nf_read_count(&r, NF_TASKS_BY_NODE), census.nodes);
    assert_int_equal(nf_read_count(&r, NF_DEADLINES), census.deadlines);
    assert_int_equal(nf_read_count(&r, NF_TASKS_AWAITED), census.awaited);
}

/* --- records that make no sense ---------------------------------------------
 */

static bool
reads(const void *value, size_t len)
{
    static const uint8_t key[8] = {0, 0, 0, 0, 0, 0, 0, 1};
    struct nf_task task;
    NF_WRITE(w, s.store);

    nf_write_put(&w, NF_TASKS, (struct nf_bytes){key, 8},
                 (struct nf_bytes){value, len});
    assert_int_equal(w.read.err, NF_OK);
    bool is_read = nf_tasks_get(&w.read, 1, &task);
    assert_int_equal(w.read.err, is_read ? NF_OK : NF_CORRUPT);
    return is_read;
}

#define AT(member) offsetof(struct nf_task, member)

/* Set one byte of a record of one step that is fine otherwise. */
static bool
reads_with(size_t at, int byte)
{
    struct nf_task task = {.id = 1, .steps_n = 1, .mac = mac_of(1)};

    ((uint8_t *) &task)[at] = (uint8_t) byte;
    return reads(&task, AT(steps[1]));
}

/* A text without an end. */
static bool
reads_unended(size_t at, size_t size)
{
    struct nf_task task = {.id = 1, .steps_n = 1, .mac = mac_of(1)};

    memset((char *) &task + at, 'x', size);
    return reads(&task, AT(steps[1]));
}

#define UNENDED(member)                                                        \
    reads_unended(AT(member), sizeof(((struct nf_task *) 0)->member))

static void
a_record_that_makes_no_sense_is_corrupt(void **state)
{
    struct nf_task task = {.id = 1, .spec_len = 2};
    char value[AT(steps) + 2] = "";

    (void) state;
    assert_true(reads_with(AT(percent), 1));
    assert_false(reads_with(AT(id), 2));
    assert_false(reads_with(AT(status), NF_TASK_FAILED + 1));
    assert_false(reads_with(AT(steps_n), NF_TASK_STEPS + 1));
    assert_false(reads_with(AT(step), 2));
    assert_false(reads_with(AT(method), 4));
    assert_false(reads_with(AT(first_boot), 3));
    assert_false(reads_with(AT(is_undoing), 2));
    assert_false(reads_with(AT(spec_len), 1));
    assert_false(reads_with(AT(steps[0].kind), NF_STEP_KINDS));
    assert_false(reads_with(AT(steps[0].status), NF_STEP_FAILED + 1));
    assert_false(UNENDED(sn) || UNENDED(profile) || UNENDED(os_type));
    assert_false(UNENDED(os_version) || UNENDED(bootfile) || UNENDED(actor));
    assert_false(UNENDED(approver) || UNENDED(reason));
    assert_false(UNENDED(steps[0].error));
    memcpy(value, &task, AT(steps));
    assert_true(reads(value, sizeof(value)));
    assert_false(reads(value, sizeof(value) - 1));
    assert_false(reads(value, AT(steps) - 1));
    assert_false(reads_with(AT(steps_n), 2)); /* one is there */
}

static void
what_could_not_be_read_is_not_written(void **state)
{
    struct nf_task task = {.id = 1, .mac = mac_of(1), .method = 9};

    (void) state;
    NF_WRITE(w, s.store);
    assert_false(nf_tasks_put(&w, &task, &none));
    assert_int_equal(nf_write_commit(&w), NF_BUG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_deadline_moves_with_its_task),
        TEST(a_node_has_its_own_tasks_oldest_first),
        TEST(what_was_asked_for_stays_until_something_else_is_put),
        TEST(a_spec_may_be_put_from_where_it_is_stored),
        TEST(the_longest_spec_fits_and_a_longer_one_is_refused),
        TEST(a_machine_is_awaited_until_it_comes_or_nobody_wants_it),
        TEST(a_later_task_that_waits_for_the_same_machine_keeps_its_place),
        TEST(the_longest_serial_number_is_awaited),
        TEST(a_deleted_task_leaves_nothing),
        TEST(the_list_is_newest_first_and_goes_on_behind_any_id),
        TEST(everything_beside_the_tasks_is_what_counting_would_say),
        TEST(a_record_that_makes_no_sense_is_corrupt),
        TEST(what_could_not_be_read_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
