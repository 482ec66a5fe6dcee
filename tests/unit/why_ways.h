#ifndef NF_TEST_WHY_WAYS_H
#define NF_TEST_WHY_WAYS_H

/*
 * Ways of being stuck, and what a person reads about each.
 */

#include "flow/why.h"

#include <stdio.h>

#include "base/time.h"
#include "task_walk.h"

#define NOW   1769076000000 /* 2026-01-22T10:00:00Z */
#define SINCE "since 2026-01-22T09:59:00Z"
#define FAILS "; the task fails if that has not happened by "

/* A task that is at a step, and what else is known. */
struct scene {
    struct nf_task task;
    struct nf_node node;
    struct nf_why_facts facts;
};

struct way {
    struct scene *(*make)(void);
    const char *state, *waits_for, *then, *says;
};

/* The step began a minute ago, and has four left where it has a deadline. */
UNUSED static struct scene *
scene(struct nf_task task)
{
    static struct scene s;

    s = (struct scene){.task = task};
    s.node = (struct nf_node){.mac = task.mac,
                              .status = NF_NODE_INSTALLING,
                              .created_at = NOW - NF_MINUTES(60)};
    if (s.task.step < s.task.steps_n) {
        struct nf_step *step = &s.task.steps[s.task.step];
        step->started = NOW - NF_MINUTES(1);
        step->deadline = step->deadline == 0 ? 0 : NOW + NF_MINUTES(4);
        s.task.deadline = step->deadline;
    }
    s.facts = (struct nf_why_facts){.now = NOW,
                                    .node = &s.node,
                                    .task = &s.task,
                                    .progress = "",
                                    .poll = NF_SECONDS(10),
                                    .tries = 2,
                                    .starts = 3};
    return &s;
}

UNUSED static struct scene *
at(enum nf_step_kind kind)
{
    return scene(walk_to(kind));
}

UNUSED static struct scene *
everything_at(enum nf_step_kind kind)
{
    return scene(walk_everything_to(kind));
}

UNUSED static struct nf_step *
step_of(struct scene *s)
{
    return &s->task.steps[s->task.step];
}

UNUSED static struct scene *
without_node(enum nf_step_kind kind)
{
    struct scene *s = everything_at(kind);

    s->facts.node = NULL;
    snprintf(s->task.sn, sizeof(s->task.sn), "S1");
    return s;
}

UNUSED static void
add_report(struct scene *s, enum nf_why_clash clash)
{
    s->facts.reports[0] = (struct nf_why_report){
        .mac = mac_of(7), .other = mac_of(9), .sn = "S-7", .clash = clash};
    s->facts.reports_n = 1;
}

UNUSED static bool
is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

UNUSED static void
check_ways(const struct way ways[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct scene *s = ways[i].make();
        struct nf_why why;
        nf_why(&s->facts, &why);
        if (!is_same(why.state, ways[i].state)
            || !is_same(why.waits_for, ways[i].waits_for)
            || !is_same(why.then, ways[i].then)
            || strstr(why.sentence, ways[i].says) == NULL)
        {
            fail_msg("way %zu, wanted %s, then %s: %s\n got %s, then %s: %s", i,
                     ways[i].state, ways[i].then, ways[i].says, why.state,
                     why.then, why.sentence);
        }
        const struct nf_step *running = nf_task_running(&s->task);
        if (running != NULL && s->facts.task != NULL) {
            assert_int_equal(why.since, running->started);
            assert_int_equal(why.deadline, running->deadline);
        }
        assert_null(strstr(why.sentence, "  "));
        assert_null(strchr(why.sentence, '$'));
        assert_int_not_equal(why.sentence[strlen(why.sentence) - 1], ' ');
    }
}

/* docs/stuck.md has a row for each of their states. */
UNUSED static void
check_explained(const struct way ways[], size_t n)
{
    static char page[65536];
    FILE *file = fopen("docs/stuck.md", "r");

    assert_non_null(file);
    assert_true(fread(page, 1, sizeof(page) - 1, file) > 0);
    (void) fclose(file);
    for (size_t i = 0; i < n; i++) {
        char word[64];
        snprintf(word, sizeof(word), "`%s`", ways[i].state);
        if (strstr(page, word) == NULL) {
            fail_msg("docs/stuck.md does not explain %s", word);
        }
    }
}

#endif
