#ifndef NF_TEST_WORLD_H
#define NF_TEST_WORLD_H

/*
 * A scratch store, settings, and one change at a time in it.
 */

#include "base/time.h"
#include "change/change.h"
#include "render/token.h"
#include "replay_log.h"
#include "scratch.h"
#include "store/generation.h"

#define NOW 1769076000000 /* 2026-01-22T10:00:00Z */

struct world {
    struct scratch s;
    struct nf_settings settings;
    nf_time_t now;
    struct nf_fault fault; /* of the latest change */
    bool (*diagnose)(struct nf_change *c, const struct nf_task *task,
                     struct nf_diagnosis *diagnosis);
};

static struct world world;

UNUSED static int
world_make(void **state)
{
    (void) state;
    scratch_make(&world.s, 0);
    nf_settings_default(&world.settings);
    world.now = NOW;
    world.diagnose = NULL;
    return 0;
}

UNUSED static int
world_drop(void **state)
{
    (void) state;
    const char *why = replay_log(world.s.store);
    scratch_drop(&world.s);
    if (why != NULL) {
        print_error("the state is not the replay of the log: %s\n", why);
    }
    return why == NULL ? 0 : -1;
}

UNUSED static void
world_set(const char *name, const char *value)
{
    struct nf_fault fault;

    assert_int_equal(
        nf_settings_set(&world.settings, name, nf_text(value), &fault), NF_OK);
}

/* One change in a scope of its own.  A refusal must have written nothing. */
#define CHANGE(call)                                                           \
    ({                                                                         \
        struct dump before = dump_store(world.s.store);                        \
        nf_error_t result;                                                     \
        {                                                                      \
            NF_WRITE(w, world.s.store);                                        \
            struct nf_change c = {.w = &w,                                     \
                                  .settings = &world.settings,                 \
                                  .now = world.now,                            \
                                  .actor = "test",                             \
                                  .diagnose = world.diagnose};                 \
            result = (call);                                                   \
            world.fault = c.fault;                                             \
            assert_int_equal(nf_write_commit(&w), NF_OK);                      \
        }                                                                      \
        struct dump after = dump_store(world.s.store);                         \
        bool is_same = dump_equal(before, after);                              \
        free(before.data);                                                     \
        free(after.data);                                                      \
        if (result != NF_OK) {                                                 \
            assert_true(is_same);                                              \
            assert_true(world.fault.reason[0] != '\0');                        \
        }                                                                      \
        result;                                                                \
    })

UNUSED static struct nf_node
world_node(nf_mac_t mac)
{
    struct nf_node_view view;
    NF_READ(r, world.s.store);

    assert_true(nf_nodes_get(&r, mac, &view));
    return view.node;
}

UNUSED static struct nf_attempt
world_attempt(const struct nf_node *node)
{
    NF_READ(r, world.s.store);

    return (struct nf_attempt){nf_generation(&r), node->task, node->attempt};
}

UNUSED static bool
world_has_node(nf_mac_t mac)
{
    struct nf_node_view view;
    NF_READ(r, world.s.store);

    return nf_nodes_get(&r, mac, &view);
}

UNUSED static struct nf_task
world_task(nf_mac_t mac)
{
    struct nf_node node = world_node(mac);
    struct nf_task task;
    NF_READ(r, world.s.store);

    assert_true(nf_tasks_get(&r, node.task, &task));
    return task;
}

UNUSED static uint64_t
world_events(enum nf_event_kind kind)
{
    struct nf_event event;
    uint64_t seq = 0, n = 0;
    NF_READ(r, world.s.store);

    while (nf_events_read(&r, &seq, &event)) {
        n += event.kind == kind;
    }
    return n;
}

UNUSED static uint64_t
world_last(void)
{
    NF_READ(r, world.s.store);
    return nf_events_last(&r);
}

#endif
