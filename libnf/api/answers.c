/*
 * Answer files: for the attempt that installs, and nobody else.
 */
#include "render/answers.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "api/agent.h"
#include "api/reply.h"
#include "render/token.h"
#include "store/generation.h"
#include "store/profiles.h"

bool
nf_reply_profile(struct nf_read *r, const struct nf_node *node,
                 struct nf_profile *profile)
{
    return (node->task != 0 && nf_task_profiles_get(r, node->task, profile))
           || (r->err == NF_OK && nf_profiles_get(r, node->profile, profile));
}

/* What a request must show to get an answer. */
struct claim {
    struct nf_text token;
    bool is_by_serial; /* the path has a serial number; the lease is enough */
    bool uefi;
};

static bool
is_installing(const struct nf_node *node)
{
    return node->boot == NF_BOOT_INSTALL || node->boot == NF_BOOT_AGENT;
}

/* Which node the path means.  By serial number any spelling of a MAC will do
 * as well. */
static bool
find_node(const struct nf_call *call, struct nf_read *r, bool is_by_serial,
          struct nf_node_view *stored)
{
    nf_mac_t mac;

    if (is_by_serial) {
        return nf_nodes_find(r, call->id, &mac) && nf_nodes_get(r, mac, stored);
    }
    return nf_mac_parse(call->id, &mac) && nf_nodes_get_owner(r, mac, stored);
}

static bool
has_token(const struct nf_scope *scope, const struct claim *claim,
          const struct nf_node *node)
{
    return claim->token.len > 0
           && nf_token_check(scope->site->key,
                             (struct nf_attempt){nf_generation(scope->r),
                                                 node->task, node->attempt},
                             claim->token);
}

/* Why there is no answer, NULL: there is one. */
static const char *
find_objection(struct nf_call *call, struct nf_scope *scope,
               const struct claim *claim, struct nf_node_view *stored)
{
    if (!find_node(call, scope->r, claim->is_by_serial, stored)) {
        return "there is no such node";
    }
    const struct nf_node *node = &stored->node;
    call->about = node->mac;
    if (!is_installing(node)) {
        return "the node is not being installed";
    }
    if (claim->is_by_serial && claim->token.len == 0) {
        return !nf_peer_is_leased(call, scope->r, node)
                   ? "without a token, and from an address that is not leased "
                     "to the node"
               : nf_agent_is_other(scope->r, node, call->id)
                   ? "without a token, and another machine has the node's MAC"
                   : NULL;
    }
    if (!has_token(scope, claim, node)) {
        return claim->token.len == 0
                   ? "the token is missing"
                   : "the token is not valid for this attempt";
    }
    return nf_peer_may_be(call, scope->r, node, true)
               ? NULL
               : "the caller's address is not the node's";
}

/* The boot script's URLs say by which card the machine was booted. */
static nf_mac_t
card_of(const struct nf_call *call, const struct nf_node *node)
{
    nf_mac_t mac;

    return nf_mac_parse(call->id, &mac) ? mac : node->mac;
}

/* Every refusal looks the same and says nothing; the log says why. */
static nf_error_t
refuse_answer(struct nf_call *call, struct nf_scope *scope, const char *why)
{
    if (scope->r->err != NF_OK) {
        return scope->r->err;
    }
    (void) nf_refuse(&call->fault, "", "%s", why);
    call->err = NF_FORBIDDEN;
    call->status = 403;
    call->type = nf_type_text;
    return NF_OK;
}

struct nf_text
nf_reply_digest(const struct nf_settings *settings,
                const struct nf_profile *profile, char digest[static 64])
{
    char path[1024];
    int n = profile->image[0] == '\0'
                ? -1
                : snprintf(path, sizeof(path), "%s/%s.sha256",
                           settings->files_dir, profile->image);
    int fd = n > 0 && (size_t) n < sizeof(path)
                 ? open(path, O_RDONLY | O_CLOEXEC)
                 : -1;

    if (fd < 0) {
        return (struct nf_text){0};
    }
    ssize_t len = read(fd, digest, 64);
    close(fd);
    for (ssize_t i = 0; i < len; i++) {
        if (strchr("0123456789abcdef", digest[i]) == NULL) {
            return (struct nf_text){0};
        }
    }
    return (struct nf_text){digest, len == 64 ? 64 : 0};
}

static nf_error_t
reply_answer(struct nf_call *call, struct nf_scope *scope,
             const struct claim *claim, enum nf_answer answer)
{
    struct nf_node_view stored;
    struct nf_profile profile;
    char digest[64], token[NF_TOKEN_TEXT];

    const char *objection = find_objection(call, scope, claim, &stored);
    if (objection != NULL) {
        return refuse_answer(call, scope, objection);
    }
    if (!nf_reply_profile(scope->r, &stored.node, &profile)) {
        return scope->r->err != NF_OK ? scope->r->err : NF_NOT_FOUND;
    }
    nf_token_make(scope->site->key,
                  (struct nf_attempt){nf_generation(scope->r), stored.node.task,
                                      stored.node.attempt},
                  token);
    struct nf_view view = {.mac = stored.node.mac,
                           .card = card_of(call, &stored.node),
                           .node = &stored.node,
                           .profile = &profile,
                           .settings = scope->site->settings,
                           .task = stored.node.task,
                           .token = nf_text(token),
                           .arena = call->arena,
                           .peer = call->peer,
                           .uefi = claim->uefi,
                           .image_sha256 = nf_reply_digest(
                               scope->site->settings, &profile, digest)};
    struct nf_out out = nf_reply_buffer(call, NF_ANSWER_MAX);
    nf_error_t err = out.data == NULL ? NF_NO_MEMORY
                                      : nf_render_answer(scope->site->templates,
                                                         &view, answer, &out);
    return err != NF_OK                ? err
           : answer == NF_ANSWER_IMAGE ? nf_reply_json(call, 200, &out)
                                       : nf_reply_text(call, 200, &out);
}

static nf_error_t
reply_by_query(struct nf_call *call, struct nf_scope *scope, bool is_by_serial,
               enum nf_answer answer)
{
    struct claim claim = {.is_by_serial = is_by_serial};

    (void) nf_query(call, "token", &claim.token);
    return reply_answer(call, scope, &claim, answer);
}

nf_error_t
nf_api_preseed(struct nf_call *call, struct nf_scope *scope)
{
    return reply_by_query(call, scope, false, NF_ANSWER_PRESEED);
}

nf_error_t
nf_api_kickstart(struct nf_call *call, struct nf_scope *scope)
{
    return reply_by_query(call, scope, false, NF_ANSWER_KICKSTART);
}

nf_error_t
nf_api_image(struct nf_call *call, struct nf_scope *scope)
{
    return reply_by_query(call, scope, false, NF_ANSWER_IMAGE);
}

nf_error_t
nf_api_preseed_of(struct nf_call *call, struct nf_scope *scope)
{
    return reply_by_query(call, scope, true, NF_ANSWER_PRESEED);
}

nf_error_t
nf_api_kickstart_of(struct nf_call *call, struct nf_scope *scope)
{
    return reply_by_query(call, scope, true, NF_ANSWER_KICKSTART);
}

/* cloud-init appends file names to its seed's URL, so what other installers
 * say in the query stands in the path: /autoinstall/MAC/TOKEN/FIRMWARE/. */
static nf_error_t
reply_by_path(struct nf_call *call, struct nf_scope *scope,
              enum nf_answer answer)
{
    struct nf_text rest = call->path;
    struct claim claim = {0};

    for (int i = 0; i < 3; i++) {
        (void) nf_text_cut(&rest, '/'); /* "", "autoinstall", MAC */
    }
    claim.token = nf_text_cut(&rest, '/');
    claim.uefi = nf_text_equal(nf_text_cut(&rest, '/'), NF_TEXT("uefi"));
    return reply_answer(call, scope, &claim, answer);
}

nf_error_t
nf_api_user_data(struct nf_call *call, struct nf_scope *scope)
{
    return reply_by_path(call, scope, NF_ANSWER_AUTOINSTALL);
}

nf_error_t
nf_api_meta_data(struct nf_call *call, struct nf_scope *scope)
{
    return reply_by_path(call, scope, NF_ANSWER_META);
}

/* It has none; but cloud-init tries for long to get what is answered 404. */
nf_error_t
nf_api_vendor_data(struct nf_call *call, struct nf_scope *scope)
{
    (void) scope;
    call->status = 200;
    call->type = nf_type_text;
    call->reply = NF_TEXT("");
    return NF_OK;
}
