#include "change/given.h"

#include "change/effective.h"
#include "change/record.h"
#include "store/profiles.h"
#include "store/tasks.h"

static bool
is_operators(const struct nf_node *node)
{
    return nf_node_is_static(node) && node->given == NF_GIVEN_BY_OPERATOR;
}

static void
set(struct nf_node *node, const struct nf_address *address,
    enum nf_node_given given)
{
    node->ip = address->ip;
    node->netmask = address->netmask;
    node->gateway = address->gateway;
    memcpy(node->dns, address->dns, sizeof(node->dns));
    node->dns_n = address->dns_n;
    node->given = (uint8_t) given;
}

nf_error_t
nf_record_give(struct nf_change *c, struct nf_node *node,
               const struct nf_profile *profile)
{
    struct nf_address address;
    nf_error_t err = nf_effective_address(profile, &address);

    if (err == NF_OK && nf_ip4_is_set(address.ip) && !is_operators(node)
        && !nf_record_is_taken(c, node->mac, address.ip))
    {
        set(node, &address, NF_GIVEN_BY_TASK);
    }
    return err;
}

/* One that is not over, or whose system is on the disk. */
static bool
gives(struct nf_change *c, const struct nf_task *task,
      struct nf_address *address)
{
    struct nf_profile profile;

    if ((!nf_task_is_live(task) && !nf_task_is_installed(task))
        || !nf_task_profiles_get(&c->w->read, task->id, &profile))
    {
        return false;
    }
    nf_error_t err = nf_effective_address(&profile, address);
    if (err != NF_OK) {
        nf_read_fail(&c->w->read, err);
    }
    return err == NF_OK && nf_ip4_is_set(address->ip)
           && !nf_record_is_taken(c, task->mac, address->ip);
}

void
nf_record_give_again(struct nf_change *c, struct nf_node *node)
{
    struct nf_address address, last = {0};
    struct nf_task task = {0};
    bool is_live = false;

    if (is_operators(node)) {
        return;
    }
    while (nf_tasks_next_of(&c->w->read, node->mac, task.id, &task)) {
        if (gives(c, &task, &address)) {
            last = address;
            is_live = nf_task_is_live(&task);
        }
    }
    if (nf_ip4_is_set(last.ip)) {
        set(node, &last, is_live ? NF_GIVEN_BY_TASK : NF_GIVEN_BY_SYSTEM);
        return;
    }
    if (node->given != NF_GIVEN_BY_OPERATOR) {
        set(node, &last, NF_GIVEN_BY_OPERATOR);
    }
    node->ip = (nf_ip4_t){0};
    nf_record_follow_leases(c, node);
}
