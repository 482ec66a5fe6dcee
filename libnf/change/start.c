#include "change/start.h"

#include "store/profiles.h"

static nf_error_t
look(struct nf_change *c, const struct nf_start *start)
{
    return c->preflight != NULL ? c->preflight(c, start) : NF_OK;
}

nf_error_t
nf_start_look_of(struct nf_change *c, const struct nf_task *task,
                 const struct nf_profile *fresh, bool begins)
{
    struct nf_profile own;

    if (fresh == NULL && nf_task_profiles_get(&c->w->read, task->id, &own)) {
        fresh = &own;
    }
    return fresh == NULL
               ? c->w->read.err
               : look(c, &(struct nf_start){
                             .profile = fresh,
                             .mac = task->mac,
                             .has_bmc = task->flags & NF_TASK_HAS_BMC,
                             .has_switch = task->flags & NF_TASK_HAS_SWITCH,
                             .begins = begins});
}

nf_error_t
nf_start_look_draft(struct nf_change *c, const struct nf_task_draft *draft,
                    nf_mac_t mac)
{
    return look(c, &(struct nf_start){.profile = draft->effective,
                                      .mac = mac,
                                      .has_bmc = draft->has_bmc,
                                      .has_switch = draft->has_switch});
}
