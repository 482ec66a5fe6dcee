#include "change/refresh.h"

#include <stdio.h>

#include "change/effective.h"
#include "change/record.h"
#include "model/range.h"
#include "store/profiles.h"

nf_error_t
nf_refresh_check(struct nf_change *c, nf_mac_t mac,
                 const struct nf_profile *profile, bool is_moved, bool *is_kept)
{
    struct nf_address address;
    nf_error_t err = nf_effective_address(profile, &address);
    bool may_be_outside = is_moved || address.is_elsewhere;

    *is_kept = false;
    if (err != NF_OK || !nf_ip4_is_set(address.ip)) {
        return err;
    }
    if (nf_record_is_taken(c, mac, address.ip)) {
        return nf_conflict_address(c, "network.ip", address.ip);
    }
    if (may_be_outside && nf_ranges_miss(c->settings, address.ip)) {
        return NF_OK;
    }
    *is_kept = true;
    return nf_record_address_check(c, mac, address.ip, "network.ip");
}

nf_error_t
nf_refresh_keep(struct nf_change *c, uint64_t id,
                const struct nf_profile *profile)
{
    struct nf_profile pinned = *profile;
    nf_arena_t *arena = nf_arena_new();
    nf_error_t err = arena == NULL
                         ? NF_NO_MEMORY
                         : nf_effective_pin(&c->w->read, arena, &pinned);

    if (err == NF_OK) {
        (void) nf_task_profiles_put(c->w, id, &pinned);
    } else {
        nf_read_fail(&c->w->read, err);
    }
    nf_arena_free(arena);
    return c->w->read.err;
}

uint16_t
nf_refresh_flags(const struct nf_profile *profile, bool has_bootfile)
{
    return (uint16_t) ((profile->image[0] != '\0' ? NF_TASK_HAS_IMAGE : 0)
                       | (profile->has_hardware ? NF_TASK_HAS_HARDWARE : 0)
                       | (has_bootfile ? NF_TASK_HAS_FILES : 0));
}

/* A system that the operator named stays. */
static void
take_system(struct nf_change *c, struct nf_task *task,
            const struct nf_profile *profile)
{
    struct nf_profile old;

    if (nf_task_profiles_get(&c->w->read, task->id, &old)
        && strcmp(task->os_type, old.os_type) == 0
        && strcmp(task->os_version, old.os_version) == 0)
    {
        memcpy(task->os_type, profile->os_type, sizeof(task->os_type));
        memcpy(task->os_version, profile->os_version, sizeof(task->os_version));
    }
}

/* Its address follows when the task begins anew. */
static nf_error_t
follow(struct nf_change *c, const struct nf_task *task)
{
    struct nf_held_node held;
    nf_error_t err = nf_hold_node(c, task->mac, &held);

    if (err != NF_OK) {
        return err;
    }
    struct nf_node before = held.node;
    if (!held.node.is_bound) {
        memcpy(held.node.bootfile, task->bootfile, sizeof(task->bootfile));
    }
    if (memcmp(&before, &held.node, sizeof(before)) != 0) {
        (void) nf_record_node(c, NF_EVENT_NODE_UPDATED, &held.node, held.extra);
    }
    return c->w->read.err;
}

nf_error_t
nf_refresh(struct nf_change *c, struct nf_task *task,
           const struct nf_profile *profile)
{
    const uint16_t own =
        NF_TASK_HAS_IMAGE | NF_TASK_HAS_HARDWARE | NF_TASK_HAS_FILES;

    if (task->bootfile[0] == '\0') {
        memcpy(task->bootfile, profile->bootfile, sizeof(task->bootfile));
    }
    take_system(c, task, profile);
    task->method = profile->method;
    task->first_boot = profile->first_boot;
    task->flags =
        (uint16_t) ((task->flags & ~own)
                    | nf_refresh_flags(profile, task->bootfile[0] != '\0'));
    nf_error_t err = nf_refresh_keep(c, task->id, profile);
    return err != NF_OK || !nf_task_has_node(task) ? err : follow(c, task);
}
