#ifndef NF_BMC_REDFISH_STEP_H
#define NF_BMC_REDFISH_STEP_H

/*
 * Private to bmc/redfish*.c: each request is a stage, and each stage has a step
 * that reads its answer, says which stage follows, and is true; or says in
 * answer->told why the ask has failed, and is false.
 */

#include <stdio.h>

#include "bmc/redfish.h"

enum nf_redfish_stage {
    NF_REDFISH_DONE,
    NF_REDFISH_ROOT,
    NF_REDFISH_LOGIN,
    NF_REDFISH_SYSTEMS, /* the collection */
    NF_REDFISH_MEMBER,  /* each of several systems, to find the host */
    NF_REDFISH_SYSTEM,
    NF_REDFISH_ACTION_INFO,
    NF_REDFISH_RESET,
    NF_REDFISH_SETTINGS, /* what counts from the next boot on */
    NF_REDFISH_SET_BOOT,
    NF_REDFISH_CHECK_BOOT, /* it refused, and some that do take it all the same
                            */
    NF_REDFISH_MANAGERS,
    NF_REDFISH_MANAGER,
    NF_REDFISH_INTERFACES,
    NF_REDFISH_INTERFACE,
    NF_REDFISH_CHASSIS,
    NF_REDFISH_LIGHT,
    NF_REDFISH_STAGES,
};

struct nf_redfish_answer {
    const struct nf_redfish_reply *reply;
    struct nf_value doc; /* NF_VALUE_NONE: no JSON */
    struct nf_bmc_told *told;
};

typedef bool nf_redfish_step_t(struct nf_redfish *r,
                               struct nf_redfish_answer *answer);

/* path may be r->path: it stays. */
void nf_redfish_go(struct nf_redfish *r, enum nf_redfish_stage stage,
                   const char *path);

static inline bool
nf_redfish_done(struct nf_redfish *r)
{
    r->stage = NF_REDFISH_DONE;
    return true;
}

/* What has to be known before the ask itself, in its order.  True. */
bool nf_redfish_find_way(struct nf_redfish *r);

/* False. */
bool nf_redfish_fail(struct nf_redfish_answer *answer, enum nf_bmc_cause cause,
                     const char *words);

/* The same in the service's words, or by its status. */
bool nf_redfish_fail_as(struct nf_redfish_answer *answer,
                        enum nf_bmc_cause cause);
nf_redfish_step_t nf_redfish_fail_plainly;

/* What cannot be passed over, whatever the request was for. */
bool nf_redfish_is_shut_out(const struct nf_redfish_answer *answer);

/* Whether a text may stand in a header as it is. */
bool nf_redfish_is_header(struct nf_text text);

/* The members of a collection, the first NF_REDFISH_MEMBERS of them. */
void nf_redfish_take_members(struct nf_redfish *r, const struct nf_value *doc);

/* The way to the system. */
nf_redfish_step_t nf_redfish_read_root, nf_redfish_root_fails;
nf_redfish_step_t nf_redfish_logged_in, nf_redfish_login_fails;
nf_redfish_step_t nf_redfish_read_systems, nf_redfish_systems_fail;
nf_redfish_step_t nf_redfish_read_member, nf_redfish_member_fails;

/* The ETag of what is changed: it begins with the document, and each form of
 * it is tried.  False: there is no other. */
void nf_redfish_take_tag(struct nf_redfish *r,
                         const struct nf_redfish_answer *answer);
void nf_redfish_put_tag(const char *tag, unsigned form,
                        char text[static NF_REDFISH_TAG]);
bool nf_redfish_takes_other_form(struct nf_redfish *r);
bool nf_redfish_is_about_tag(const struct nf_redfish_answer *answer);

/* The boot device, from the system's document on. */
nf_redfish_step_t nf_redfish_begin_boot;
nf_redfish_step_t nf_redfish_read_settings, nf_redfish_settings_fail;
nf_redfish_step_t nf_redfish_set_boot_fails;
nf_redfish_step_t nf_redfish_check_boot, nf_redfish_still_refused;
void nf_redfish_make_boot(const struct nf_redfish *r, struct nf_out *body);

#endif
