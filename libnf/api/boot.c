/*
 * Boot scripts and answer files.  The boot script is the hot path: one get of
 * the node and a rendering, an install script its leases too; no write.
 */
#include "render/boot.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "api/reply.h"
#include "base/time.h"
#include "change/change.h"
#include "flow/task.h"
#include "render/answers.h"
#include "render/loader.h"
#include "render/token.h"
#include "store/tasks.h"

enum {
    REGISTER_PER_SECOND = 50
};

/*
 * How many unknown MACs may ask to be registered within one second, for this
 * process: a flood of invented addresses must not fill the store.
 */
static bool
may_register(nf_time_t now)
{
    static _Atomic int64_t second, count;
    int64_t this_second = now / 1000;

    if (atomic_exchange(&second, this_second) != this_second) {
        atomic_store(&count, 0);
    }
    return atomic_fetch_add(&count, 1) < REGISTER_PER_SECOND;
}

static void
after(struct nf_call *call, nf_mac_t mac, uint16_t attempt)
{
    call->has_after_work = true;
    call->after_mac = mac;
    call->after_attempt = attempt;
}

nf_error_t
nf_api_boot_after(struct nf_call *work, struct nf_scope *scope)
{
    struct nf_change c = {.w = scope->w,
                          .settings = scope->site->settings,
                          .now = work->now,
                          .actor = "node"};

    if (work->after_attempt == 0) {
        return nf_change_boot_seen(&c, work->after_mac, work->peer);
    }
    return work->after_error[0] != '\0'
               ? nf_change_fetch_failed(&c, work->after_mac,
                                        work->after_attempt, work->after_error)
               : nf_change_script_served(&c, work->after_mac,
                                         work->after_attempt);
}

/* ?failed=: iPXE's errno, when the script before this one led nowhere. */
static void
take_error(struct nf_call *call)
{
    struct nf_text error;

    if (nf_query(call, "failed", &error)) {
        if (!nf_text_is_printable(error) || error.len == 0
            || !nf_text_copy(call->after_error, sizeof(call->after_error),
                             error))
        {
            memcpy(call->after_error, "unknown", sizeof("unknown"));
        }
        nf_text_scrub(call->after_error);
    }
}

/* GRUB names its device by itself: it speaks HTTP where it asks for this. */
static nf_error_t
render_grub(const struct nf_site *site, const struct nf_view *view,
            struct nf_out *out)
{
    char root[NF_SETTING_MAX + 16];
    struct nf_view shown = *view;

    snprintf(root, sizeof(root), "(http,%s)", site->settings->server_addr);
    shown.loader_root = nf_text(root);
    return nf_render_loader(
        site->templates, &shown, NF_LOADER_GRUB,
        view->node == NULL ? NF_BOOT_WAIT : view->node->boot, out);
}

static nf_error_t
render(struct nf_call *call, const struct nf_site *site,
       const struct nf_view *view)
{
    struct nf_out out = nf_reply_buffer(call, NF_BOOT_SCRIPT_MAX);
    bool is_grub = nf_text_ends(call->path, NF_TEXT("/grub.cfg"));
    nf_error_t err = out.data == NULL ? NF_NO_MEMORY
                     : is_grub        ? render_grub(site, view, &out)
                               : nf_render_boot(site->templates, view, &out);

    return err != NF_OK ? err : nf_reply_text(call, 200, &out);
}

/* PXELINUX has sent it on to us: not back again. */
static void
drop_bootfile(const struct nf_call *call, struct nf_node *node)
{
    struct nf_text via;

    if (nf_query(call, "via", &via)) {
        node->bootfile[0] = '\0';
    }
}

static nf_error_t
reply_unknown(struct nf_call *call, struct nf_scope *scope, nf_mac_t mac)
{
    struct nf_view view = {.mac = mac,
                           .settings = scope->site->settings,
                           .no_poll = !call->may_wait};

    if (nf_setting_is_on(view.settings->boot_register) && call->method == NF_GET
        && may_register(call->now))
    {
        after(call, mac, 0);
    }
    return render(call, scope->site, &view);
}

/* A waiting node that can be held open is asked to come again when something
 * happens to it. */
static bool
wait_for_news(struct nf_call *call, const struct nf_site *site,
              const struct nf_node *node)
{
    struct nf_text wait;
    bool is_waiting = node->boot == NF_BOOT_WAIT || node->boot == NF_BOOT_STUCK;

    if (!is_waiting || !call->may_wait || !nf_query(call, "wait", &wait)) {
        return false;
    }
    call->wait_mac = node->mac;
    call->wait_until =
        call->now
        + NF_SECONDS(nf_setting_number(site->settings->boot_wait_seconds));
    return true;
}

/* Why a node that installs has nothing to install by, or not yet. */
static void
find_reason(struct nf_read *r, const struct nf_node *node, struct nf_task *task,
            char text[static NF_VIEW_REASON], struct nf_view *view)
{
    const struct nf_step *step;

    if (node->boot != NF_BOOT_STUCK || node->task == 0
        || !nf_tasks_get(r, node->task, task))
    {
        return;
    }
    step = nf_task_is_live(task) ? nf_task_running(task) : NULL;
    if (step != NULL) {
        snprintf(text, NF_VIEW_REASON, "its task waits for %s",
                 nf_step_words(step->kind).waits_for);
    }
    view->reason = nf_text(step != NULL ? text : task->reason);
}

nf_error_t
nf_api_boot(struct nf_call *call, struct nf_scope *scope)
{
    char token[NF_TOKEN_TEXT] = "", reason[NF_VIEW_REASON];
    struct nf_node_view stored;
    struct nf_task task;
    nf_mac_t mac;

    if (!nf_mac_parse(call->id, &mac)) {
        return nf_reply_refuse(call, NF_INVALID, "mac",
                               "invalid MAC address format");
    }
    if (!nf_nodes_get_owner(scope->r, mac, &stored)) {
        return scope->r->err != NF_OK ? scope->r->err
                                      : reply_unknown(call, scope, mac);
    }
    drop_bootfile(call, &stored.node);
    const struct nf_node *node = &stored.node;
    struct nf_view view = {.mac = node->mac,
                           .node = node,
                           .profile = nf_profile_find(node->profile),
                           .settings = scope->site->settings,
                           .no_poll = !call->may_wait,
                           .task = node->task};
    if (wait_for_news(call, scope->site, node)) {
        return NF_OK;
    }
    find_reason(scope->r, node, &task, reason, &view);
    if (node->boot == NF_BOOT_INSTALL || node->boot == NF_BOOT_AGENT) {
        if (!nf_reply_is_own_peer(call, scope->r, node)) {
            /* No token for a stranger.  But it may be the node, with a lease
             * that is so new that we have not heard of it: ask again. */
            view.node = NULL;
            return render(call, scope->site, &view);
        }
        nf_token_make(scope->site->key, node->task, node->attempt, token);
        view.token = nf_text(token);
        if (call->method == NF_GET) {
            after(call, node->mac, node->attempt);
            take_error(call);
        }
    } else if (node->boot == NF_BOOT_LOCAL && node->status == NF_NODE_INSTALLING
               && call->method == NF_GET)
    {
        after(call, node->mac, 0);
    }
    return render(call, scope->site, &view);
}

/* --- answer files: for the attempt that installs, and nobody else ---------
 */

/* Which node, if the token is its; every refusal looks the same and says
 * nothing. */
static bool
is_allowed(struct nf_call *call, struct nf_scope *scope,
           struct nf_node_view *stored)
{
    struct nf_text token;
    nf_mac_t mac;

    return nf_mac_parse(call->id, &mac)
           && nf_nodes_get_owner(scope->r, mac, stored)
           && (stored->node.boot == NF_BOOT_INSTALL
               || stored->node.boot == NF_BOOT_AGENT)
           && nf_query(call, "token", &token)
           && nf_token_check(scope->site->key, stored->node.task,
                             stored->node.attempt, token)
           && nf_reply_is_own_peer(call, scope->r, &stored->node);
}

/* The digest that stands beside an image, as sha256sum writes it; empty when
 * there is none. */
static struct nf_text
read_digest(const struct nf_settings *settings,
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
             enum nf_answer answer, const char *type)
{
    struct nf_node_view stored;
    struct nf_text token = {0};
    char digest[64];

    if (!is_allowed(call, scope, &stored)) {
        call->status = 403;
        call->type = nf_type_text;
        return NF_OK;
    }
    const struct nf_profile *profile = nf_profile_find(stored.node.profile);
    if (profile == NULL) {
        return NF_NOT_FOUND;
    }
    (void) nf_query(call, "token", &token);
    struct nf_view view = {
        .mac = stored.node.mac,
        .node = &stored.node,
        .profile = profile,
        .settings = scope->site->settings,
        .task = stored.node.task,
        .token = token,
        .image_sha256 = read_digest(scope->site->settings, profile, digest)};
    struct nf_out out = nf_reply_buffer(call, NF_ANSWER_MAX);
    nf_error_t err = out.data == NULL ? NF_NO_MEMORY
                                      : nf_render_answer(scope->site->templates,
                                                         &view, answer, &out);
    if (err == NF_OK) {
        err = nf_reply_text(call, 200, &out);
        call->type = type;
    }
    return err;
}

nf_error_t
nf_api_preseed(struct nf_call *call, struct nf_scope *scope)
{
    return reply_answer(call, scope, NF_ANSWER_PRESEED, nf_type_text);
}

nf_error_t
nf_api_image(struct nf_call *call, struct nf_scope *scope)
{
    return reply_answer(call, scope, NF_ANSWER_IMAGE, nf_type_json);
}
