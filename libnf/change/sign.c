#include "change/sign.h"

#include "change/record.h"
#include "store/leases.h"
#include "store/signs.h"

bool
nf_sign_is_kept(const struct nf_node *node)
{
    return node->status == NF_NODE_INSTALLING && node->task != 0;
}

bool
nf_sign_find(struct nf_read *r, nf_ip4_t peer, nf_time_t now,
             struct nf_node_view *view)
{
    struct nf_lease lease;
    nf_mac_t owner;

    if (!nf_ip4_is_set(peer)) {
        return false;
    }
    bool is_leased = nf_leases_get(r, peer, &lease) && !lease.is_gone
                     && (lease.expires == 0 || lease.expires >= now);
    bool is_known = is_leased ? nf_nodes_get_owner(r, lease.mac, view)
                              : nf_nodes_ip_owner(r, peer, &owner)
                                    && nf_nodes_get(r, owner, view);
    return is_known && nf_sign_is_kept(&view->node);
}

/* The signs of its task, which are none yet where it is a new one.  False: it
 * has no task that they could be of. */
static bool
find(struct nf_change *c, nf_mac_t mac, struct nf_signs *signs, unsigned *step)
{
    struct nf_task task;

    if (!nf_record_find_task(c, mac, &task) || !nf_task_is_live(&task)
        || task.approved_at == 0)
    {
        return false;
    }
    (void) nf_signs_get(&c->w->read, mac, signs);
    if (signs->task != task.id) {
        *signs = (struct nf_signs){.task = task.id};
    }
    const struct nf_step *running = nf_task_running(&task);
    *step = running == NULL ? NF_STEP_KINDS : running->kind;
    return c->w->read.err == NF_OK;
}

nf_error_t
nf_change_sign(struct nf_change *c, nf_mac_t mac,
               const struct nf_sign_report *report)
{
    struct nf_signs signs;
    unsigned step;

    if (find(c, mac, &signs, &step)) {
        (void) nf_signs_take(&signs, report, step, c->now);
        (void) nf_signs_put(c->w, mac, &signs);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_sign_failed(struct nf_change *c, nf_mac_t mac)
{
    struct nf_signs signs;
    unsigned step;

    if (find(c, mac, &signs, &step)) {
        const struct nf_sign_report asked = {.kind = NF_SIGN_CALL};
        (void) nf_signs_take(&signs, &asked, step, c->now);
        signs.failed = c->now;
        (void) nf_signs_put(c->w, mac, &signs);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_sign_over(struct nf_change *c, nf_mac_t mac)
{
    const struct nf_sign_report report = {.kind = NF_SIGN_CALL};
    struct nf_signs signs;
    unsigned step;

    if (find(c, mac, &signs, &step)
        && nf_signs_take(&signs, &report, step, c->now)) {
        (void) nf_signs_put(c->w, mac, &signs);
    }
    return c->w->read.err;
}
