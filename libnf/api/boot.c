/*
 * Boot scripts and answer files.  The boot script is the hot path: one get of
 * the node and a rendering, an install script its leases too; no write.
 */
#include "render/boot.h"

#include <sodium/utils.h>
#include <stdio.h>

#include "api/agent.h"
#include "api/reply.h"
#include "base/time.h"
#include "change/change.h"
#include "change/enroll.h"
#include "flow/task.h"
#include "render/loader.h"
#include "render/token.h"
#include "store/generation.h"
#include "store/tasks.h"
#include "store/voices.h"

enum {
    USUAL_SCRIPT = 3072,
    NOTE_EACH_S = 60, /* that a node waits at its script */
};

/* Whether it counts that the script was asked for.  An operator who looks at
 * it is no node, nor is a web page that he has open, nor HEAD. */
static bool
counts(const struct nf_call *call)
{
    return call->method == NF_GET && call->listener == NF_LISTENER_BOOT;
}

/* Nor is another machine's asking for an unknown one. */
static bool
may_be_unknown(const struct nf_call *call, struct nf_read *r, nf_mac_t mac)
{
    nf_mac_t holder;

    return nf_ip4_is_set(call->peer)
           && (!nf_peer_lease(call, r, &holder) || nf_mac_equal(holder, mac));
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
    struct nf_change c = nf_reply_change(work, scope);

    if (work->after_attempt == 0) {
        nf_error_t err = nf_change_boot_seen(&c, work->after_mac, work->peer);
        return err != NF_OK || work->after_words[0] == '\0'
                   ? err
                   : nf_change_card_seen(&c, work->after_mac,
                                         work->after_words);
    }
    return work->after_words[0] != '\0'
               ? nf_change_fetch_failed(&c, work->after_mac,
                                        work->after_attempt, work->after_words)
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
            || !nf_text_copy(call->after_words, sizeof(call->after_words),
                             error))
        {
            memcpy(call->after_words, "unknown", sizeof("unknown"));
        }
        nf_text_scrub(call->after_words);
    }
}

/* ?sn=: the machine's serial number, as hexadecimal digits of its bytes, since
 * iPXE escapes nothing. */
static bool
read_serial(const struct nf_call *call, char serial[static 64])
{
    struct nf_text hex;
    size_t len;

    return nf_query(call, "sn", &hex)
           && sodium_hex2bin((uint8_t *) serial, 63, hex.data, hex.len, NULL,
                             &len, NULL)
                  == 0
           && (serial[len] = '\0', len > 0)
           && nf_agent_serial((struct nf_text){serial, len}).len > 0
           && nf_text_is_printable((struct nf_text){serial, len});
}

/* The machine may be one that we know by another card.  That it says so opens
 * nothing; but whoever waits for that machine wants to know. */
static void
note_card(struct nf_call *call, struct nf_read *r, nf_mac_t mac)
{
    char serial[64];
    nf_mac_t holder, owner;

    if (counts(call) && read_serial(call, serial)
        && nf_nodes_serial_owner(r, serial, &owner) && !nf_mac_equal(owner, mac)
        && nf_peer_lease(call, r, &holder) && nf_mac_equal(holder, mac))
    {
        after(call, mac, 0);
        memcpy(call->after_words, serial, sizeof(serial));
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
render_within(struct nf_call *call, const struct nf_site *site,
              const struct nf_view *view, size_t size)
{
    struct nf_out out = nf_reply_buffer(call, size);
    bool is_grub = nf_text_ends(call->path, NF_TEXT("/grub.cfg"));
    nf_error_t err = out.data == NULL ? NF_NO_MEMORY
                     : is_grub        ? render_grub(site, view, &out)
                               : nf_render_boot(site->templates, view, &out);

    return err != NF_OK ? err : nf_reply_text(call, 200, &out);
}

/* Nearly every script has room in what the call has anyway. */
static nf_error_t
render(struct nf_call *call, const struct nf_site *site,
       const struct nf_view *view)
{
    nf_error_t err = render_within(call, site, view, USUAL_SCRIPT);

    return err == NF_TOO_LARGE
               ? render_within(call, site, view, NF_BOOT_SCRIPT_MAX)
               : err;
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
                           .no_poll = !call->may_wait,
                           .peer = call->peer};

    if (counts(call) && nf_setting_is_on(view.settings->boot_register)
        && may_be_unknown(call, scope->r, mac) && nf_reply_may_register(call))
    {
        after(call, mac, 0);
        note_card(call, scope->r, mac);
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
    if (node->boot == NF_BOOT_STUCK && node->task != 0
        && nf_tasks_get(r, node->task, task))
    {
        view->reason = nf_view_reason(task, text);
    }
}

/* No token for a stranger.  But it may be the node, with a lease that is so
 * new that we have not heard of it: ask again. */
static nf_error_t
reply_stranger(struct nf_call *call, const struct nf_site *site,
               struct nf_view *view)
{
    call->about = view->node->mac;
    call->err = NF_FORBIDDEN;
    (void) nf_refuse(&call->fault, "",
                     "no install script: the caller's address is not the "
                     "node's");
    view->node = NULL;
    return render(call, site, view);
}

/* A report says that another machine has the MAC: it must not be installed in
 * the node's place. */
static bool
is_doubted(struct nf_read *r, const struct nf_node *node)
{
    return node->boot == NF_BOOT_INSTALL
           && nf_agent_is_other(r, node, (struct nf_text){0});
}

static nf_error_t
reply_install(struct nf_call *call, struct nf_scope *scope,
              struct nf_node *node, struct nf_view *view)
{
    char token[NF_TOKEN_TEXT];
    struct nf_profile profile;

    if (!nf_peer_may_be(call, scope->r, node, false)) {
        return reply_stranger(call, scope->site, view);
    }
    if (is_doubted(scope->r, node)) {
        node->boot = NF_BOOT_STUCK;
        if (wait_for_news(call, scope->site, node)) {
            return NF_OK;
        }
        view->reason = NF_TEXT(
            "a machine with another serial number has reported with its MAC");
        return render(call, scope->site, view);
    }
    view->profile =
        nf_reply_profile(scope->r, node, &profile) ? &profile : NULL;
    nf_token_make(
        scope->site->key,
        (struct nf_attempt){nf_generation(scope->r), node->task, node->attempt},
        token);
    view->token = nf_text(token);
    if (counts(call)) {
        after(call, node->mac, node->attempt);
        take_error(call);
    }
    return render(call, scope->site, view);
}

/* Its installer may be over by nothing but that it asks again. */
static void
note_boot(struct nf_call *call, struct nf_read *r, const struct nf_node *node)
{
    if (node->boot == NF_BOOT_LOCAL && node->status == NF_NODE_INSTALLING
        && counts(call) && nf_peer_may_be(call, r, node, false))
    {
        after(call, node->mac, 0);
    }
}

/* It waits: noted once in a while, since it asks again and again. */
static void
note_asking(struct nf_call *call, struct nf_read *r, const struct nf_node *node)
{
    if (node->boot == NF_BOOT_STUCK && node->task != 0 && counts(call)
        && nf_peer_may_be(call, r, node, false))
    {
        struct nf_voices voices = nf_voices_get(r, node->mac);
        if (voices.at_script > call->now
            || call->now - voices.at_script >= NF_SECONDS(NOTE_EACH_S))
        {
            after(call, node->mac, 0);
        }
    }
}

/* Looked for where the script may boot the agent, and nowhere else. */
static struct nf_text
find_enroll_word(struct nf_scope *scope, const struct nf_node *node)
{
    const struct nf_settings *settings = scope->site->settings;
    const char *word = scope->site->enroll;
    bool boots_agent =
        word[0] != '\0'
        && (node->boot == NF_BOOT_INSTALL || node->boot == NF_BOOT_AGENT
            || (node->boot == NF_BOOT_WAIT
                && strcmp(settings->discovery_mode, "agent") == 0));

    return boots_agent ? nf_enroll_tell(scope->r, settings, word, node->mac)
                       : (struct nf_text){0};
}

nf_error_t
nf_api_boot(struct nf_call *call, struct nf_scope *scope)
{
    char reason[NF_VIEW_REASON];
    struct nf_node_view stored;
    struct nf_task task;
    nf_mac_t mac;
    nf_error_t err = nf_reply_mac(call, &mac);

    if (err != NF_OK) {
        return err;
    }
    if (!nf_nodes_get_owner(scope->r, mac, &stored)) {
        return scope->r->err != NF_OK ? scope->r->err
                                      : reply_unknown(call, scope, mac);
    }
    drop_bootfile(call, &stored.node);
    struct nf_node *node = &stored.node;
    struct nf_view view = {.mac = mac,
                           .node = node,
                           .settings = scope->site->settings,
                           .arena = call->arena,
                           .no_poll = !call->may_wait,
                           .peer = call->peer,
                           .bmc = find_enroll_word(scope, node),
                           .task = node->task};
    note_asking(call, scope->r, node);
    if (wait_for_news(call, scope->site, node)) {
        return NF_OK;
    }
    if (node->boot == NF_BOOT_INSTALL || node->boot == NF_BOOT_AGENT) {
        return reply_install(call, scope, node, &view);
    }
    find_reason(scope->r, node, &task, reason, &view);
    note_boot(call, scope->r, node);
    if (node->boot == NF_BOOT_WAIT && nf_mac_equal(mac, node->mac)) {
        note_card(call, scope->r, mac);
    }
    return render(call, scope->site, &view);
}
