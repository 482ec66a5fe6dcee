#include "loader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/put.h"
#include "base/time.h"
#include "change/change.h"
#include "change/enroll.h"
#include "flow/plan.h"
#include "render/loader.h"
#include "render/token.h"
#include "store/generation.h"
#include "store/hardware.h"
#include "store/nodes.h"
#include "store/profiles.h"
#include "store/tasks.h"

enum {
    TOLD_AT_ONCE = 64, /* tasks in one transaction */
    RETRY_MS = 30000,
    GATHER_MS = 5000,
    CARDS = NF_NODE_MACS + 1, /* of one node */
    PATH_SIZE = NF_SETTING_MAX + NF_LOADER_PATH + 8,
};

static const enum nf_loader loaders[] = {NF_LOADER_PXELINUX, NF_LOADER_GRUB};

static_assert((int) NF_LOADER_FILE_MAX <= NF_PUT_MAX, "a file is put whole");

enum {
    LOADERS = sizeof(loaders) / sizeof(loaders[0])
};

static const char *const folders[NF_LOADER_FOLDERS] = {"pxelinux.cfg", "grub"};

/* What one card's files must hold; len 0: there must be none. */
struct wanted {
    nf_mac_t card;
    uint64_t task; /* that waits for them, 0: none does */
    enum nf_step_kind step;
    size_t len[LOADERS];
    char text[LOADERS][NF_LOADER_FILE_MAX];
};

static void
blame(struct nf_loader_files *files, const char *what, const char *path)
{
    uint64_t withheld;
    int reason = errno;

    nf_compare_soon(files->compare, RETRY_MS);
    if (nf_pace_allows(&files->pace, files->turn->tick, &withheld)) {
        nf_log(NF_LOG_ERR,
               "could not %s a boot file: %s path=%s withheld=%" PRIu64, what,
               strerror(reason), path, withheld);
    }
}

/* GRUB's files serve where it may not speak HTTP: in sites that load it. */
static bool
serves(const struct nf_loader_files *files, enum nf_loader loader)
{
    return loader == NF_LOADER_PXELINUX
           || strcmp(files->turn->settings.uefi_loader, "grub") == 0
           || files->turn->settings.grub_macs[0] != '\0';
}

/* Whether the card loads PXELINUX also when there is nothing to do. */
static bool
always_loads(const struct nf_loader_files *files, const struct nf_view *view)
{
    struct nf_text rest = nf_text(files->turn->settings.pxelinux_macs);
    bool does = view->node->bootfile[0] != '\0';
    nf_mac_t mac;

    while (!does && rest.len > 0) {
        does = nf_mac_parse(nf_text_cut(&rest, ','), &mac)
               && nf_mac_equal(mac, view->mac);
    }
    return does;
}

/* False: there is no file.  The one that is the same for all cannot tell iPXE
 * by which card PXELINUX was booted. */
static bool
has_file(const struct nf_loader_files *files, enum nf_loader loader,
         const struct nf_view *view, const struct nf_task *task,
         enum nf_node_boot *boot)
{
    bool has_own = nf_loader_has_file(loader, *boot, task);

    if (!has_own && loader == NF_LOADER_PXELINUX
        && !(task != NULL && (task->flags & NF_TASK_NO_PXE)))
    {
        *boot = NF_BOOT_WAIT;
        return always_loads(files, view);
    }
    return has_own && serves(files, loader);
}

static void
render_all(struct nf_loader_files *files, const struct nf_view *view,
           enum nf_node_boot boot, const struct nf_task *task,
           struct wanted *wanted)
{
    for (size_t i = 0; i < LOADERS; i++) {
        struct nf_out out = nf_out(wanted->text[i], NF_LOADER_FILE_MAX);
        enum nf_node_boot says = boot;
        if (!has_file(files, loaders[i], view, task, &says)) {
            continue;
        }
        nf_error_t err =
            nf_render_loader(files->templates, view, loaders[i], says, &out);
        if (err == NF_OK) {
            wanted->len[i] = out.len;
        } else {
            nf_turn_blame(files->turn, "could not make a boot file", err);
        }
    }
}

/* By the task's own profile, as the boot script is rendered. */
static void
render(struct nf_loader_files *files, struct nf_read *r,
       const struct nf_node *node, const struct nf_task *task,
       struct wanted *wanted)
{
    enum nf_node_boot boot = nf_loader_boot_for(node, task);
    char token[NF_TOKEN_TEXT] = "";
    struct nf_profile profile;
    struct nf_view view = {.mac = wanted->card,
                           .node = node,
                           .settings = &files->turn->settings,
                           .arena = nf_arena_new(),
                           .bmc = nf_enroll_tell(r, &files->turn->settings,
                                                 files->enroll, node->mac),
                           .task = node->task};

    if (boot == NF_BOOT_INSTALL && nf_unmatched_is_clash(r, node->mac)) {
        boot = NF_BOOT_STUCK; /* as the boot script says */
    }
    if (files->has_key && node->task != 0) {
        nf_token_make(
            files->key,
            (struct nf_attempt){nf_generation(r), node->task, node->attempt},
            token);
        view.token = nf_text(token);
    }
    if (task != NULL && nf_task_profiles_get(r, task->id, &profile)) {
        view.profile = &profile;
    }
    if (view.arena != NULL) {
        render_all(files, &view, boot, task, wanted);
    }
    nf_arena_free(view.arena);
}

/* The step that files are what it waits for. */
static void
note_waiting(const struct nf_task *task, struct wanted *wanted)
{
    const struct nf_step *step = nf_task_running(task);

    if (step != NULL && nf_plan_row(step->kind)->executor == NF_EXECUTOR_FILES)
    {
        wanted->task = task->id;
        wanted->step = step->kind;
    }
}

static void
want(struct nf_loader_files *files, struct nf_read *r,
     const struct nf_node *node, struct wanted *wanted)
{
    struct nf_task task;
    bool has_task = node->task != 0 && nf_tasks_get(r, node->task, &task);

    if (has_task) {
        note_waiting(&task, wanted);
    }
    render(files, r, node, has_task ? &task : NULL, wanted);
}

static void
path_print(const struct nf_loader_files *files, enum nf_loader loader,
           nf_mac_t card, char path[static PATH_SIZE])
{
    char name[NF_LOADER_PATH];

    nf_loader_path(loader, card, name);
    snprintf(path, PATH_SIZE, "%s/%s", files->turn->settings.tftp_dir, name);
}

/* True: the file is as wanted. */
static bool
apply_one(struct nf_loader_files *files, enum nf_loader loader, nf_mac_t card,
          const char *text, size_t len)
{
    char path[PATH_SIZE];

    path_print(files, loader, card, path);
    if (len == 0) {
        if (unlink(path) == 0) {
            nf_log(NF_LOG_INFO, "removed a boot file: path=%s", path);
        } else if (errno != ENOENT) {
            blame(files, "remove", path);
            return false;
        }
        return true;
    }
    /* The token in it is the node's own; but whoever reads TFTP reads it. */
    switch (nf_put(path, (struct nf_text){text, len})) {
    case NF_PUT_SAME:
        return true;
    case NF_PUT_FAILED:
        blame(files, "write", path);
        return false;
    case NF_PUT_NEW:
    case NF_PUT_CHANGED:
        break;
    }
    nf_log(NF_LOG_INFO, "wrote a boot file: path=%s", path);
    return true;
}

/* A task that waited for its files. */
struct told {
    uint64_t task;
    enum nf_step_kind step;
};

/* They go on; the next step of one may be of the same kind. */
static nf_error_t
tell_some(struct nf_loader_files *files, const struct told *told, size_t n)
{
    NF_WRITE(w, files->turn->store);
    struct nf_change c = {.w = &w,
                          .settings = &files->turn->settings,
                          .now = files->turn->now,
                          .actor = nf_actor_word(NF_ACTOR_RELAY)};

    for (size_t i = 0; i < n && w.read.err == NF_OK; i++) {
        (void) nf_change_files_applied(&c, told[i].task, told[i].step);
    }
    return nf_write_commit(&w);
}

/* One that cannot be told must not keep the others waiting. */
static void
tell_tasks(struct nf_loader_files *files, const struct told *told, size_t n)
{
    if (n == 0 || tell_some(files, told, n) == NF_OK) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        nf_error_t err = tell_some(files, &told[i], 1);
        if (err != NF_OK) {
            nf_turn_blame(files->turn,
                          "the boot files of a task were not recorded", err);
            nf_compare_soon(files->compare, RETRY_MS);
        }
    }
}

/* True: every file is as wanted. */
static bool
apply(struct nf_loader_files *files, const struct wanted *wanted)
{
    bool is_done = true;

    for (size_t i = 0; i < LOADERS; i++) {
        is_done &= apply_one(files, loaders[i], wanted->card, wanted->text[i],
                             wanted->len[i]);
    }
    return is_done;
}

/* False: the store could not be read. */
static bool
find(struct nf_loader_files *files, nf_mac_t card, struct wanted *wanted)
{
    struct nf_node_view view;
    NF_READ(r, files->turn->store);

    memset(wanted->len, 0, sizeof(wanted->len));
    wanted->card = card;
    wanted->task = 0;
    if (nf_nodes_get_owner(&r, card, &view)) {
        want(files, &r, &view.node, wanted);
    }
    return r.err == NF_OK;
}

/* All cards of the node; of a MAC that is no node's own the MAC alone. */
static size_t
list_cards(struct nf_loader_files *files, nf_mac_t mac,
           nf_mac_t cards[static CARDS])
{
    struct nf_node_view view;
    NF_READ(r, files->turn->store);
    size_t n = 0;

    cards[n++] = mac;
    if (nf_nodes_get(&r, mac, &view)) {
        memcpy(&cards[n], view.node.macs,
               view.node.macs_n * sizeof(view.node.macs[0]));
        n += view.node.macs_n;
    }
    return n;
}

/* True: the files of all its cards are as wanted, and told->task waits for
 * that. */
static bool
look(struct nf_loader_files *files, nf_mac_t mac, struct told *told)
{
    static struct wanted wanted;
    nf_mac_t cards[CARDS];
    size_t n = list_cards(files, mac, cards);
    bool is_done = true;

    for (size_t i = 0; i < n; i++) {
        if (!find(files, cards[i], &wanted)) {
            nf_compare_soon(files->compare, RETRY_MS);
            return false;
        }
        is_done &= apply(files, &wanted);
    }
    *told = (struct told){wanted.task, wanted.step};
    return is_done && wanted.task != 0;
}

static void
look_at(struct nf_loader_files *files, const nf_mac_t *macs, size_t n)
{
    struct told told[TOLD_AT_ONCE];
    size_t told_n = 0;

    for (size_t i = 0; files->templates != NULL && i < n; i++) {
        told_n += look(files, macs[i], &told[told_n]);
        if (told_n == TOLD_AT_ONCE) {
            tell_tasks(files, told, told_n);
            told_n = 0;
        }
    }
    tell_tasks(files, told, told_n);
}

/* A card that was taken from a node is in no event of it any more. */
void
nf_loader_look(struct nf_loader_files *files, const nf_mac_t *macs, size_t n)
{
    look_at(files, macs, n);
    if (n > 0 && files->stale_at == 0) {
        files->stale_at = files->turn->tick + GATHER_MS;
    }
}

/* "01-52-54-00-00-00-01", and what may follow. */
static bool
is_ours(const char *name, nf_mac_t *mac)
{
    struct nf_text text = nf_text(name);

    return nf_text_starts(text, NF_TEXT("01-"))
           && text.len >= 3 + NF_MAC_COLONS - 1
           && nf_mac_parse((struct nf_text){name + 3, NF_MAC_COLONS - 1}, mac);
}

static void
open_folders(struct nf_loader_files *files, bool is_whole)
{
    char path[PATH_SIZE];

    files->is_whole = is_whole;
    files->stale_at = 0;
    for (size_t i = 0; i < NF_LOADER_FOLDERS; i++) {
        snprintf(path, sizeof(path), "%s/%s", files->turn->settings.tftp_dir,
                 folders[i]);
        (void) nf_folder_open(&files->folders[i], path); /* there may be none */
    }
}

void
nf_loader_look_at_files(struct nf_loader_files *files)
{
    open_folders(files, true);
}

void
nf_loader_open(struct nf_loader_files *files)
{
    nf_templates_t *templates = NULL;
    struct nf_fault fault;
    nf_error_t err =
        nf_templates_open(&templates, &files->turn->settings, &fault);

    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "no new templates for boot files by TFTP: %s %s",
               fault.field, fault.reason);
    } else if (fault.field[0] != '\0' && files->templates != NULL) {
        nf_templates_free(templates); /* a reload leaves what runs */
    } else {
        nf_templates_free(files->templates);
        files->templates = templates;
    }
    files->has_key =
        nf_site_key_read(files->turn->settings.key_file, files->key) == NF_OK;
    if (!files->has_key) {
        nf_log(NF_LOG_ERR, "no boot files by TFTP that install: cannot read %s",
               files->turn->settings.key_file);
    } else {
        nf_enroll_word(files->turn->settings.bmc_enroll, files->key,
                       files->enroll);
    }
}

void
nf_loader_close(struct nf_loader_files *files)
{
    for (size_t i = 0; i < NF_LOADER_FOLDERS; i++) {
        nf_folder_close(&files->folders[i]);
    }
    nf_templates_free(files->templates);
    files->templates = NULL;
}

/* Leaves those that are no node's. */
static size_t
drop_owned(struct nf_loader_files *files, nf_mac_t *macs, size_t n)
{
    NF_READ(r, files->turn->store);
    size_t left = 0;
    nf_mac_t owner;

    for (size_t i = 0; i < n; i++) {
        if (!nf_nodes_mac_owner(&r, macs[i], &owner)) {
            macs[left++] = macs[i];
        }
    }
    return r.err == NF_OK ? left : 0;
}

static bool
is_looking(const struct nf_loader_files *files)
{
    bool is_open = false;

    for (size_t i = 0; i < NF_LOADER_FOLDERS; i++) {
        is_open |= files->folders[i].dir != NULL;
    }
    return is_open;
}

nf_time_t
nf_loader_run(struct nf_loader_files *files)
{
    nf_mac_t macs[NF_FOLDER_MAX];
    nf_time_t tick = files->turn->tick;

    if (files->stale_at != 0 && tick >= files->stale_at && !is_looking(files)) {
        open_folders(files, false);
    }
    for (size_t i = 0; i < NF_LOADER_FOLDERS; i++) {
        size_t n = nf_folder_next(&files->folders[i], is_ours, macs);
        look_at(files, macs, files->is_whole ? n : drop_owned(files, macs, n));
    }
    return is_looking(files) ? tick : tick + NF_LOOK_MS;
}
