#ifndef NF_TEST_REPLAY_LOG_H
#define NF_TEST_REPLAY_LOG_H

/*
 * The state is the replay of the log: rebuild every resource whose row says so
 * from the events alone and compare with its table, and the tables with each
 * other.  The log must be whole (never trimmed).
 */

#include <jansson.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <stdio.h>

#include "store/check.h"
#include "store/events.h"
#include "store/leases.h"
#include "store/nodes.h"
#include "store/resource.h"
#include "store/tasks.h"

enum {
    REPLAY_SETS = 48,
    REPLAY_VALUE_MAX = 128 * 1024
};

struct replayed {
    json_t *sets[REPLAY_SETS]; /* of each row: objects by their keys */
    char why[512];             /* empty: all agrees */
};

/* Whether the log tells what there is of it, and what. */
static bool
replay_has(const struct nf_resource *resource)
{
    return resource->member != NULL;
}

static json_t *
replay_set(struct replayed *p, const char *name)
{
    size_t i = 0;

    while (strcmp(nf_resources[i].name, name) != 0) {
        i++;
    }
    return p->sets[i];
}

static bool
replay_fail(struct replayed *p, const char *what, const char *which)
{
    snprintf(p->why, sizeof(p->why), "%s: %s", what, which);
    return false;
}

/* What an event of progress says changes two members of its task. */
static void
replay_progress(struct replayed *p, json_t *progress)
{
    const char *id = json_string_value(json_object_get(progress, "task_id"));
    json_t *task =
        json_object_get(replay_set(p, "tasks"), id != NULL ? id : "");

    if (task != NULL) {
        json_object_set(task, "percent",
                        json_object_get(progress, "task_percent"));
        json_object_set(task, "updated_at",
                        json_object_get(progress, "timestamp"));
    }
}

/* What an event says of one kind of object. */
static void
replay_object(const struct nf_resource *resource, json_t *set,
              enum nf_event_kind kind, json_t *json)
{
    json_t *object = json_object_get(json, resource->member);
    json_t *id = object != NULL ? json_object_get(object, resource->id) : NULL;
    bool is_gone = kind == resource->gone;

    if (id == NULL && is_gone && resource->gone_id != NULL) {
        id = json_object_get(json, resource->gone_id);
    }
    if (id == NULL) {
        return;
    }
    json_object_del(set, json_string_value(id));
    if (!is_gone) {
        json_object_set(set, json_string_value(id), object);
    }
}

static bool
replay_event(struct replayed *p, const struct nf_event *event)
{
    json_t *json = json_loadb(event->json.data, event->json.len,
                              JSON_REJECT_DUPLICATES, NULL);
    bool is_fine =
        json != NULL && json_is_string(json_object_get(json, "mac"))
        && (uint64_t) json_integer_value(json_object_get(json, "seq"))
               == event->seq;

    for (size_t i = 0; is_fine && nf_resources[i].name != NULL; i++) {
        if (replay_has(&nf_resources[i])) {
            replay_object(&nf_resources[i], p->sets[i], event->kind, json);
        }
    }
    if (is_fine && event->kind == NF_EVENT_TASK_PROGRESS) {
        replay_progress(p, json_object_get(json, "progress"));
    }
    json_decref(json);
    return is_fine || replay_fail(p, "an event is malformed", "");
}

/* The log has the object itself, or the SHA-256 of its text. */
static bool
replay_is_same(const struct nf_resource *resource, const json_t *said,
               const struct nf_out *out)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[sizeof(hash) * 2 + 1];

    if (resource->rebuild == NF_REBUILD_HASH) {
        const char *sha256 = json_string_value(json_object_get(said, "sha256"));
        crypto_hash_sha256(hash, (const uint8_t *) out->data, out->len);
        sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
        return sha256 != NULL && strcmp(sha256, hex) == 0;
    }
    json_t *json = json_loadb(out->data, out->len, 0, NULL);
    json_object_del(json, "last_heartbeat"); /* no event tells of it */
    bool is_same = json != NULL && json_equal(json, said);
    json_decref(json);
    return is_same;
}

/* What is stored of one kind must be what the log says, and all of it. */
static bool
replay_check_objects(struct replayed *p, struct nf_read *r,
                     const struct nf_resource *resource, json_t *set)
{
    static char text[REPLAY_VALUE_MAX];
    char name[NF_RESOURCE_NAME];
    struct nf_resource_at at = {0};

    while (nf_resource_next(r, resource, &at)) {
        struct nf_out out = nf_out(text, sizeof(text));
        nf_resource_name(resource, &at, name);
        if (resource->is_gone != NULL && resource->is_gone(r, &at)) {
            continue;
        }
        if (!resource->put(r, &at, &out) || out.full
            || !replay_is_same(resource, json_object_get(set, name), &out))
        {
            return replay_fail(p, "the log says otherwise", name);
        }
        json_object_del(set, name);
    }
    return json_object_size(set) == 0
           || replay_fail(p, "the log has more", resource->name);
}

static void
replay_hear(void *of, const char *fault)
{
    (void) replay_fail(of, "the store disagrees with itself", fault);
}

/* In a scope of its own. */
static bool
replay_check_tables(struct replayed *p, nf_store_t *store)
{
    struct nf_check check = {.tell = replay_hear, .of = p};

    if (nf_store_check(store, &check) != NF_OK) {
        return replay_fail(p, "the store cannot be checked", "");
    }
    return check.faults == 0;
}

static bool
replay_check(struct replayed *p, struct nf_read *r)
{
    for (size_t i = 0; nf_resources[i].name != NULL; i++) {
        if (replay_has(&nf_resources[i])
            && !replay_check_objects(p, r, &nf_resources[i], p->sets[i]))
        {
            return false;
        }
    }
    return true;
}

/* Where a node talks so much that its newest words take the place of older
 * ones. */
static bool replay_may_have_gaps;

static bool
replay_events(struct replayed *p, nf_store_t *store)
{
    struct nf_event event;
    uint64_t seq = 0, n = 0;
    bool is_fine = true;
    NF_READ(r, store);

    while (is_fine && nf_events_read(&r, &seq, &event)) {
        is_fine = replay_event(p, &event);
        if (seq != ++n && !replay_may_have_gaps) {
            is_fine = replay_fail(p, "the log has a gap", "");
        }
    }
    is_fine = is_fine && replay_check(p, &r);
    return is_fine && r.err != NF_OK ? replay_fail(p, nf_error_text(r.err), "")
                                     : is_fine;
}

/* NULL, or in words what does not agree; valid until the next call. */
static const char *
replay_log(nf_store_t *store)
{
    static struct replayed p;

    p.why[0] = '\0';
    for (size_t i = 0; nf_resources[i].name != NULL; i++) {
        p.sets[i] = json_object();
    }
    bool is_fine = replay_events(&p, store) && replay_check_tables(&p, store);
    for (size_t i = 0; nf_resources[i].name != NULL; i++) {
        json_decref(p.sets[i]);
    }
    return is_fine ? NULL : p.why;
}

#endif
