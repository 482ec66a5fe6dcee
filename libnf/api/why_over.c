/*
 * Of a task's copy of its profile, of one that is over, and of the clock.
 */
#include <stdio.h>

#include "api/why.h"
#include "change/change.h"
#include "change/effective.h"
#include "status/mirror.h"
#include "store/jump.h"
#include "store/profiles.h"
#include "store/tasks.h"
#include "json/tree.h"

/* Whether the task's profile is another one by now, or is no more. */
static void
find_profile(struct nf_read *r, const struct nf_task *task,
             struct nf_why_facts *facts)
{
    struct nf_profile own, now;

    if (!nf_task_profiles_get(r, task->id, &own) || own.revision == 0) {
        return;
    }
    facts->is_profile_gone = !nf_profiles_get(r, task->profile, &now);
    facts->has_new_profile =
        !facts->is_profile_gone && now.revision != own.revision;
}

bool
nf_known_lacks_mirror(struct nf_scope *scope, nf_time_t now,
                      const struct nf_task *task)
{
    char words[NF_MIRROR_WORDS];
    struct nf_profile profile;

    if (task == NULL || !nf_task_is_live(task)
        || !nf_task_profiles_get(scope->r, task->id, &profile)
        || !nf_mirror_fails(scope->site->settings, now, profile.suite, words))
    {
        return false;
    }
    nf_arena_t *arena = nf_arena_new();
    bool needs = arena != NULL && nf_profile_needs_mirror(&profile, arena);
    nf_arena_free(arena);
    return needs;
}

/* Of the node's task, whose profile has a network of its own. */
bool
nf_known_lacks_address(struct nf_read *r, const struct nf_node *node,
                       const struct nf_task *task)
{
    struct nf_profile profile;
    struct nf_value document;
    struct nf_fault fault;

    if (node == NULL || task == NULL || nf_ip4_is_set(node->netmask)
        || !nf_task_profiles_get(r, task->id, &profile) || !profile.has_network)
    {
        return false;
    }
    nf_arena_t *arena = nf_arena_new();
    bool is_static =
        arena != NULL
        && nf_json_tree(profile.json, arena, &document, &fault) == NF_OK
        && nf_text_equal(nf_value_member_text(
                             nf_value_member(&document, "network"), "method"),
                         NF_TEXT("static"));
    nf_arena_free(arena);
    return is_static;
}

void
nf_known_find_over(struct nf_read *r, const struct nf_task *task,
                   struct nf_known *known)
{
    struct nf_why_facts *facts = &known->facts;

    find_profile(r, task, facts);
    if (nf_effective_replaced(r, task->id, known->replaced)) {
        facts->replaced = known->replaced;
    }
    if (nf_diagnoses_get(r, task->id, &known->diagnosis)) {
        facts->diagnosis = known->diagnosis.says;
        facts->diagnosed_at = known->diagnosis.at;
    }
}

/* Words that do not make sense must not keep a task from failing. */
bool
nf_known_diagnose(struct nf_change *c, const struct nf_task *task,
                  struct nf_diagnosis *diagnosis)
{
    struct nf_read *r = &c->w->read;
    struct nf_site site = {.settings = c->settings};
    struct nf_scope scope = {.r = r, .site = &site};
    struct nf_node_view view;
    struct nf_known known;
    struct nf_out out = nf_out(diagnosis->says, sizeof(diagnosis->says) - 1);

    if (r->err != NF_OK) {
        return false;
    }
    bool has_node = nf_task_has_node(task) && nf_nodes_get(r, task->mac, &view);
    nf_known_find_facts(&scope, c->now, has_node ? &view.node : NULL, task,
                        &known);
    snprintf(diagnosis->state, sizeof(diagnosis->state), "%s",
             nf_why_hint(&known.facts, &out));
    if (r->err == NF_CORRUPT) {
        r->err = NF_OK;
        return false;
    }
    return out.len > 0;
}

void
nf_known_settle(struct nf_read *r, struct nf_known *known)
{
    struct nf_why_facts *f = &known->facts;
    struct nf_jump jump = nf_jump_get(r);
    struct nf_signs *signs = &known->signs;
    nf_time_t *times[] = {&f->heard,
                          &f->in_ram,
                          &f->at_script,
                          &f->leased,
                          &f->told,
                          &f->refused,
                          &f->worker_gone,
                          &f->his_worker_gone,
                          &signs->refused.time,
                          &signs->failed};

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        *times[i] = nf_jump_settle(&jump, f->now, *times[i]);
    }
    for (size_t i = 0; i < sizeof(signs->last) / sizeof(signs->last[0]); i++) {
        signs->last[i].time =
            nf_jump_settle(&jump, f->now, signs->last[i].time);
    }
    for (size_t i = 0; i < NF_SIGN_FILES; i++) {
        signs->files[i].time =
            nf_jump_settle(&jump, f->now, signs->files[i].time);
    }
    f->clock_set.at = jump.at;
    f->clock_set.by = jump.by;
}
