/* From nothing known to the system, and what failures mean. */
#include "bmc/redfish_step.h"

void
nf_redfish_go(struct nf_redfish *r, enum nf_redfish_stage stage,
              const char *path)
{
    r->stage = stage;
    if (path != r->path) {
        snprintf(r->path, sizeof(r->path), "%s", path);
    }
}

bool
nf_redfish_find_way(struct nf_redfish *r)
{
    if (!r->has_root) {
        nf_redfish_go(r, NF_REDFISH_ROOT, "/redfish/v1/");
    } else if (r->login == NF_REDFISH_STRANGER) {
        nf_redfish_go(r, NF_REDFISH_LOGIN, r->sessions);
    } else if (r->system[0] == '\0') {
        nf_redfish_go(r, NF_REDFISH_SYSTEMS, r->systems);
    } else {
        nf_redfish_go(r, NF_REDFISH_SYSTEM, r->system);
    }
    return true;
}

/* --- failures ---------------------------------------------------------------
 */

static enum nf_bmc_cause
cause_of(unsigned status)
{
    switch (status) {
    case 401:
        return NF_BMC_WRONG_PASSWORD;
    case 403:
        return NF_BMC_PRIVILEGE;
    case 404:
    case 405:
    case 501:
        return NF_BMC_UNSUPPORTED;
    case 409:
        return NF_BMC_WRONG_STATE;
    case 429:
    case 503:
        return NF_BMC_BUSY;
    default:
        return status >= 400 && status < 500 ? NF_BMC_REFUSED
                                             : NF_BMC_MALFORMED;
    }
}

bool
nf_redfish_fail(struct nf_redfish_answer *answer, enum nf_bmc_cause cause,
                const char *words)
{
    nf_bmc_fail(answer->told, cause, nf_text(words));
    return false;
}

static bool
is_fine(const struct nf_redfish_answer *answer)
{
    return answer->reply->status >= 200 && answer->reply->status < 300;
}

bool
nf_redfish_fail_as(struct nf_redfish_answer *answer, enum nf_bmc_cause cause)
{
    struct nf_text words = nf_redfish_words(&answer->doc);
    char status[32];

    if (words.len != 0) {
        nf_bmc_fail(answer->told, cause, words);
        return false;
    }
    snprintf(status, sizeof(status), "HTTP %u", answer->reply->status);
    return nf_redfish_fail(answer, cause,
                           is_fine(answer) ? "not JSON" : status);
}

bool
nf_redfish_fail_plainly(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    (void) r;
    return nf_redfish_fail_as(answer, cause_of(answer->reply->status));
}

/* What cannot be passed over, whatever the request was for. */
bool
nf_redfish_is_shut_out(const struct nf_redfish_answer *answer)
{
    return answer->reply->status == 401 || answer->reply->status == 403;
}

/* --- the way to the system --------------------------------------------------
 */

static void
take_path(char path[static NF_REDFISH_PATH], const struct nf_value *doc,
          const char *name, const char *usual)
{
    if (!nf_redfish_link(path, doc, name)) {
        snprintf(path, NF_REDFISH_PATH, "%s", usual);
    }
}

static bool
learn_root(struct nf_redfish *r, const struct nf_value *root)
{
    take_path(r->systems, root, "Systems", "/redfish/v1/Systems");
    take_path(r->managers, root, "Managers", "/redfish/v1/Managers");
    take_path(r->sessions, nf_value_member(root, "Links"), "Sessions",
              "/redfish/v1/SessionService/Sessions");
    r->has_root = true;
    return nf_redfish_find_way(r);
}

bool
nf_redfish_read_root(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    return learn_root(r, &answer->doc);
}

/* Some want a password for it already. */
bool
nf_redfish_root_fails(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    return nf_redfish_is_shut_out(answer) ? learn_root(r, NULL)
                                          : nf_redfish_fail_plainly(r, answer);
}

bool
nf_redfish_is_header(struct nf_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < ' ' || text.data[i] == 0x7f) {
            return false;
        }
    }
    return text.len != 0;
}

bool
nf_redfish_logged_in(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    const struct nf_redfish_reply *reply = answer->reply;

    if (!nf_redfish_is_header(reply->token)
        || !nf_text_copy(r->token, sizeof(r->token), reply->token))
    {
        r->login = NF_REDFISH_BASIC;
        return nf_redfish_find_way(r);
    }
    r->login = NF_REDFISH_SESSION;
    if (!nf_redfish_path(r->session, reply->location)) {
        (void) nf_redfish_path(r->session,
                               nf_value_member_text(&answer->doc, "@odata.id"));
    }
    return nf_redfish_find_way(r);
}

/* iDRAC 8 has no sessions (405), others no free one (503, RAC0218): each takes
 * the password with every request.  iLO says 400 of a wrong one. */
bool
nf_redfish_login_fails(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    if (nf_redfish_is_shut_out(answer)) {
        return nf_redfish_fail_plainly(r, answer);
    }
    if (nf_redfish_says(&answer->doc, ".UnauthorizedLoginAttempt")) {
        return nf_redfish_fail_as(answer, NF_BMC_WRONG_PASSWORD);
    }
    r->login = NF_REDFISH_BASIC;
    return nf_redfish_find_way(r);
}

void
nf_redfish_take_members(struct nf_redfish *r, const struct nf_value *doc)
{
    const struct nf_value *list = nf_value_member(doc, "Members");

    r->members_n = r->member = 0;
    while (r->members_n < NF_REDFISH_MEMBERS
           && nf_redfish_member(r->members[r->members_n], list, r->members_n))
    {
        r->members_n++;
    }
}

static bool
choose_system(struct nf_redfish *r, const char *path)
{
    snprintf(r->system, sizeof(r->system), "%s", path);
    return nf_redfish_find_way(r);
}

bool
nf_redfish_read_systems(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    nf_redfish_take_members(r, &answer->doc);
    if (r->members_n > 1) {
        r->best_score = 0;
        r->is_tie = false;
        nf_redfish_go(r, NF_REDFISH_MEMBER, r->members[0]);
        return true;
    }
    return choose_system(r, r->members_n == 1 ? r->members[0]
                                              : "/redfish/v1/Systems/1");
}

bool
nf_redfish_systems_fail(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    return answer->reply->status == 404
               ? choose_system(r, "/redfish/v1/Systems/1")
               : nf_redfish_fail_plainly(r, answer);
}

/* Two that look alike are two machines, and none is told what is meant for the
 * other. */
static bool
next_member(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    if (++r->member < r->members_n) {
        nf_redfish_go(r, NF_REDFISH_MEMBER, r->members[r->member]);
        return true;
    }
    if (r->best_score == 0) {
        return nf_redfish_fail(answer, NF_BMC_UNSUPPORTED,
                               "none of its systems answers");
    }
    return r->is_tie ? nf_redfish_fail(
               answer, NF_BMC_UNSUPPORTED,
               "it has several systems that look like the host")
                     : choose_system(r, r->members[r->best]);
}

bool
nf_redfish_read_member(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    unsigned score = nf_redfish_host_score(&answer->doc);

    if (score > r->best_score) {
        r->best = r->member;
        r->best_score = score;
        r->is_tie = false;
    } else if (score == r->best_score) {
        r->is_tie = true;
    }
    return next_member(r, answer);
}

bool
nf_redfish_member_fails(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    return nf_redfish_is_shut_out(answer) ? nf_redfish_fail_plainly(r, answer)
                                          : next_member(r, answer);
}
