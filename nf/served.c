/*
 * nf render: what a node would be served now, from the store of this machine
 * and without a server.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "base/log.h"
#include "bmc/enroll.h"
#include "change/enroll.h"
#include "command.h"
#include "offline.h"
#include "option.h"
#include "render/answers.h"
#include "render/boot.h"
#include "render/loader.h"
#include "render/token.h"
#include "say.h"
#include "served.h"
#include "store/generation.h"
#include "store/nodes.h"
#include "store/profiles.h"
#include "store/tasks.h"
#include "terminal.h"

#define HIDDEN "********************************"

/* What all kinds are made from. */
struct served {
    struct nf_settings settings;
    nf_templates_t *templates;
    nf_arena_t *arena;
    struct nf_node_view stored;
    struct nf_profile profile;
    struct nf_task task;
    bool has_task;
    char token[NF_TOKEN_TEXT], enroll[NF_ENROLL_WORD], reason[NF_VIEW_REASON],
        digest[64];
    struct nf_view view;
};

static nf_error_t
render_boot(struct served *s, int kind, struct nf_out *out)
{
    (void) kind;
    return nf_render_boot(s->templates, &s->view, out);
}

static nf_error_t
render_answer(struct served *s, int kind, struct nf_out *out)
{
    return s->view.profile == NULL
               ? NF_NOT_FOUND
               : nf_render_answer(s->templates, &s->view, (enum nf_answer) kind,
                                  out);
}

static nf_error_t
render_loader(struct served *s, int kind, struct nf_out *out)
{
    const struct nf_task *task = s->has_task ? &s->task : NULL;

    return nf_render_loader(s->templates, &s->view, (enum nf_loader) kind,
                            nf_loader_boot_for(&s->stored.node, task), out);
}

static const struct {
    const char *name;
    nf_error_t (*render)(struct served *s, int kind, struct nf_out *out);
    int kind;
} kinds[] = {
    {"boot", render_boot, 0},
    {"preseed", render_answer, NF_ANSWER_PRESEED},
    {"autoinstall", render_answer, NF_ANSWER_AUTOINSTALL},
    {"kickstart", render_answer, NF_ANSWER_KICKSTART},
    {"image", render_answer, NF_ANSWER_IMAGE},
    {"pxelinux", render_loader, NF_LOADER_PXELINUX},
    {"grub", render_loader, NF_LOADER_GRUB},
};

enum {
    KINDS = sizeof(kinds) / sizeof(kinds[0])
};

const char *
nf_served_kind(size_t i)
{
    return i < KINDS ? kinds[i].name : NULL;
}

static bool
load_templates(struct served *s)
{
    struct nf_fault fault;
    nf_error_t err = nf_templates_open(&s->templates, &s->settings, &fault);

    if (err != NF_OK) {
        nf_say_fault("cannot render", err, &fault);
    } else if (fault.field[0] != '\0') {
        nf_log(NF_LOG_WARNING,
               "template %s: %s: using the last templates that had no fault",
               fault.field, fault.reason);
    }
    return err == NF_OK;
}

/* A boot script has one while it installs. */
static bool
has_token(const struct served *s, size_t kind)
{
    enum nf_node_boot boot = s->stored.node.boot;

    return kinds[kind].render == render_answer || boot == NF_BOOT_INSTALL
           || boot == NF_BOOT_AGENT;
}

/* The key that is told is public, but made from one that is not: without that
 * (NULL) there is a word in its place. */
static void
take_enroll(struct served *s, struct nf_read *r, const uint8_t *key)
{
    static const uint8_t none[32];
    size_t level = sizeof(NF_ENROLL_LEVEL) - 1;

    nf_enroll_word(s->settings.bmc_enroll, key != NULL ? key : none, s->enroll);
    if (key == NULL && s->enroll[0] != '\0') {
        snprintf(s->enroll + level, sizeof(s->enroll) - level, "PUBLIC-KEY");
    }
    s->view.bmc =
        nf_enroll_tell(r, &s->settings, s->enroll, s->stored.node.mac);
}

/* The token only for whoever asks, and may read the key. */
static bool
take_token(struct served *s, struct nf_read *r, bool with_token)
{
    const struct nf_node *node = &s->stored.node;
    uint8_t key[32];

    memcpy(s->token, HIDDEN, sizeof(HIDDEN));
    take_enroll(s, r, NULL);
    if (node->task == 0 || !with_token) {
        /* any 32 letters of base32 pass for one while it is rendered */
        memset(s->token, 'a', sizeof(HIDDEN) - 1);
        return true;
    }
    if (nf_site_key_read(s->settings.key_file, key) != NF_OK) {
        nf_log(NF_LOG_ERR, "cannot read the key %s", s->settings.key_file);
        return false;
    }
    nf_token_make(
        key, (struct nf_attempt){nf_generation(r), node->task, node->attempt},
        s->token);
    take_enroll(s, r, key);
    return true;
}

/* The parts that the server fills in where nodes ask for them. */
static void
fill_view(struct served *s, struct nf_read *r, bool is_uefi)
{
    const struct nf_node *node = &s->stored.node;

    s->has_task = node->task != 0 && nf_tasks_get(r, node->task, &s->task);
    bool has_profile = nf_reply_profile(r, node, &s->profile);
    s->view.mac = node->mac;
    s->view.node = node;
    s->view.task = node->task;
    s->view.uefi = is_uefi;
    if (has_profile) {
        s->view.profile = &s->profile;
        s->view.image_sha256 =
            nf_reply_digest(&s->settings, &s->profile, s->digest);
    }
    if (node->boot == NF_BOOT_STUCK && s->has_task) {
        s->view.reason = nf_view_reason(&s->task, s->reason);
    }
}

/* A MAC that nobody knows is served something too. */
static bool
find_node(struct served *s, struct nf_read *r, const char *name, bool is_uefi)
{
    nf_mac_t macs[2];

    s->view = (struct nf_view){.settings = &s->settings, .arena = s->arena};
    unsigned n = nf_nodes_find_named(r, nf_text(name), macs);

    if (n == 2) {
        nf_log(NF_LOG_ERR, "several nodes have the host name %s; use a MAC",
               name);
        return false;
    }
    if (n == 1 && nf_nodes_get(r, macs[0], &s->stored)) {
        fill_view(s, r, is_uefi);
        return true;
    }
    if (nf_mac_parse(nf_text(name), &s->view.mac)) {
        return true;
    }
    nf_log(NF_LOG_ERR, "there is no node %s", name);
    return false;
}

static void
hide(char *text, size_t len, bool with_token)
{
    char shown[NF_TOKEN_TEXT];

    if (with_token) {
        return;
    }
    memset(shown, 'a', sizeof(shown) - 1);
    for (char *at = memmem(text, len, shown, sizeof(shown) - 1); at != NULL;
         at = memmem(text, len, shown, sizeof(shown) - 1))
    {
        memcpy(at, HIDDEN, sizeof(HIDDEN) - 1);
    }
}

static int
print_kind(struct served *s, size_t kind, bool with_token)
{
    char *memory = malloc(NF_ANSWER_MAX);
    struct nf_out out = nf_out(memory, memory != NULL ? NF_ANSWER_MAX : 0);
    nf_error_t err = memory == NULL
                         ? NF_NO_MEMORY
                         : kinds[kind].render(s, kinds[kind].kind, &out);

    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "this node has no %s now: %s", kinds[kind].name,
               nf_error_text(err));
    } else {
        hide(memory, out.len, with_token);
        (void) nf_terminal_put(memory, out.len);
    }
    free(memory);
    return err == NF_OK && nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
}

struct choice {
    bool with_token, is_uefi;
};

static int
print_served(struct served *s, const char *name, size_t kind,
             const struct choice *choice)
{
    nf_store_t *store = nf_offline_open_with(&s->settings);
    int code = NF_EXIT_FAILED;

    if (store == NULL) {
        return code;
    }
    if (load_templates(s)) {
        NF_READ(r, store);
        if (find_node(s, &r, name, choice->is_uefi)
            && take_token(s, &r, choice->with_token))
        {
            s->view.token = nf_text(has_token(s, kind) ? s->token : "");
            code = print_kind(s, kind, choice->with_token);
        }
    }
    nf_store_close(store);
    return code;
}

int
nf_command_render(int argc, char **argv)
{
    static struct served s;
    struct choice choice = {0};
    const struct nf_option options[] = {
        NF_SWITCH("--with-token", &choice.with_token),
        NF_SWITCH("--uefi", &choice.is_uefi),
        {0}};
    size_t kind = 0;

    if (!nf_options_take(&argc, argv, options) || argc < 1 || argc > 2) {
        return nf_usage("render");
    }
    while (argc == 2 && kind < KINDS && strcmp(kinds[kind].name, argv[1]) != 0)
    {
        kind++;
    }
    if (kind == KINDS) {
        fputs("nf: render boot, preseed, autoinstall, kickstart, image, "
              "pxelinux or grub\n",
              stderr);
        return NF_EXIT_USAGE;
    }
    s.arena = nf_arena_new();
    int code = s.arena != NULL ? print_served(&s, argv[0], kind, &choice)
                               : NF_EXIT_FAILED;
    nf_templates_free(s.templates);
    nf_arena_free(s.arena);
    return code;
}
