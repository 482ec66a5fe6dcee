/* A store that is full: refused in words, and the clock makes room again. */
#include "task_world.h"

static nf_error_t
edit(unsigned number)
{
    struct nf_node_edit edit = {.has = NF_HAS_HOSTNAME};
    NF_WRITE(w, world.s.store);
    struct nf_change c = {
        .w = &w, .settings = &world.settings, .now = NOW, .actor = "test"};

    snprintf(edit.node.hostname, sizeof(edit.node.hostname), "h%u", number);
    edit.node.mac = mac_of(number % 50);
    nf_error_t err = number < 50
                         ? nf_change_node_create(&c, &edit)
                         : nf_change_node_edit(&c, mac_of(number % 50), &edit);
    nf_error_t committed = nf_write_commit(&w);
    return err != NF_OK ? err : committed;
}

static nf_error_t
tick(unsigned max)
{
    nf_time_t next;
    NF_CLEAN(w, world.s.store);
    struct nf_change c = {
        .w = &w, .settings = &world.settings, .now = NOW, .actor = "test"};

    nf_error_t err = nf_change_clock(&c, max, &next);
    nf_error_t committed = nf_write_commit(&w);
    return err != NF_OK ? err : committed;
}

static void
the_clock_makes_room_in_a_full_store(void **state)
{
    nf_error_t err = NF_OK;
    unsigned n = 0;

    (void) state;
    scratch_make(&world.s, 4 << 20);
    nf_settings_default(&world.settings);
    while (err == NF_OK) {
        err = edit(n++);
    }
    assert_int_equal(err, NF_FULL);
    assert_int_equal(edit(n), NF_FULL);
    {
        NF_READ(r, world.s.store);
        assert_true(nf_events_last(&r) > 1000);
        assert_int_equal(nf_read_count(&r, NF_NODES), 50);
    }
    world_set("NF_EVENT_WINDOW", "1000");
    for (unsigned i = 0; i < 1000 && edit(n) == NF_FULL; i++) {
        assert_int_equal(tick(1), NF_OK); /* of what is kept for it */
    }
    assert_int_equal(edit(n + 1), NF_OK);
    scratch_drop(&world.s);
}

/* One change as the API makes it: what was refused is not committed. */
static nf_error_t
progress(uint64_t id, unsigned number)
{
    struct nf_progress_report report = {
        .task = id, .step = "installing", .percent = (uint8_t) (number % 90)};
    NF_WRITE(w, world.s.store);
    struct nf_change c = {
        .w = &w, .settings = &world.settings, .now = NOW, .actor = "test"};

    snprintf(report.message, sizeof(report.message), "%u", number);
    nf_error_t err = w.read.err;
    if (err == NF_OK) {
        err = nf_change_progress(&c, mac_of(1), &report);
    }
    nf_error_t committed = nf_write_commit(&w);
    return err != NF_OK ? err : committed;
}

/* Until nothing goes any more: pages of commits before become free again. */
static void
fill(uint64_t id)
{
    unsigned n = 0, refused = 0;

    while (refused < 50) {
        nf_error_t err = progress(id, n++);
        assert_true(err == NF_OK || err == NF_FULL);
        refused = err == NF_FULL ? refused + 1 : 0;
    }
}

static void
a_task_in_a_full_store_stays_whole(void **state)
{
    (void) state;
    scratch_make(&world.s, 4 << 20);
    nf_settings_default(&world.settings);
    world.now = NOW;
    uint64_t id = task_make((struct wanted_task){.mac = 1});
    assert_int_equal(task_approve(id), NF_OK);
    machine_serves(1);
    fill(id);
    struct dump before = dump_store(world.s.store);
    assert_int_equal(progress(id, 1000000), NF_FULL);
    struct dump after = dump_store(world.s.store);
    assert_true(dump_equal(before, after));
    free(before.data);
    free(after.data);
    assert_null(replay_log(world.s.store));
    assert_int_equal(task_step(id), NF_STEP_OS_INSTALL);
    scratch_drop(&world.s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_makes_room_in_a_full_store),
        cmocka_unit_test(a_task_in_a_full_store_stays_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
