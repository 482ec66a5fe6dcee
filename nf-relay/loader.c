#include "loader.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "change/change.h"
#include "put.h"
#include "relay.h"
#include "render/loader.h"
#include "render/token.h"
#include "store/nodes.h"
#include "store/profiles.h"
#include "store/tasks.h"

enum {
    NODES_AT_ONCE = 256,
    COMPARE_MS = 600000,
    RETRY_MS = 30000,
    PATH_SIZE = NF_SETTING_MAX + NF_LOADER_PATH + 8,
};

static const enum nf_loader loaders[] = {NF_LOADER_PXELINUX, NF_LOADER_GRUB};

static_assert((int) NF_LOADER_FILE_MAX <= NF_PUT_MAX, "a file is put whole");

enum {
    LOADERS = sizeof(loaders) / sizeof(loaders[0])
};

/* What one node's files must hold; len 0: there must be none. */
struct wanted {
    nf_mac_t mac;
    uint64_t task; /* that waits for them, 0: none does */
    enum nf_step_kind step;
    size_t len[LOADERS];
    char text[LOADERS][NF_LOADER_FILE_MAX];
};

static void
blame(struct nf_relay *relay, const char *what, const char *path)
{
    uint64_t withheld;
    int reason = errno;

    if (relay->tick + RETRY_MS < relay->loader.compare_at) {
        relay->loader.compare_at = relay->tick + RETRY_MS;
    }
    if (nf_pace_allows(&relay->loader.pace, relay->tick, &withheld)) {
        nf_log(NF_LOG_ERR,
               "could not %s a boot file: %s path=%s withheld=%" PRIu64, what,
               strerror(reason), path, withheld);
    }
}

/* GRUB's files serve where it may not speak HTTP: in sites that load it. */
static bool
serves(const struct nf_relay *relay, enum nf_loader loader)
{
    return loader == NF_LOADER_PXELINUX
           || strcmp(relay->settings.uefi_loader, "grub") == 0
           || relay->settings.grub_macs[0] != '\0';
}

static void
render_all(struct nf_relay *relay, const struct nf_view *view,
           enum nf_node_boot boot, const struct nf_task *task,
           struct wanted *wanted)
{
    for (size_t i = 0; i < LOADERS; i++) {
        struct nf_out out = nf_out(wanted->text[i], NF_LOADER_FILE_MAX);
        if (!serves(relay, loaders[i])
            || !nf_loader_has_file(loaders[i], boot, task)) {
            continue;
        }
        nf_error_t err = nf_render_loader(relay->loader.templates, view,
                                          loaders[i], boot, &out);
        if (err == NF_OK) {
            wanted->len[i] = out.len;
        } else {
            nf_relay_blame(relay, "could not make a boot file", err);
        }
    }
}

/* By the task's own profile, as the boot script is rendered. */
static void
render(struct nf_relay *relay, struct nf_read *r, const struct nf_node *node,
       const struct nf_task *task, struct wanted *wanted)
{
    enum nf_node_boot boot = nf_loader_boot_for(node, task);
    char token[NF_TOKEN_TEXT] = "";
    struct nf_profile profile;
    struct nf_view view = {.mac = node->mac,
                           .node = node,
                           .settings = &relay->settings,
                           .arena = nf_arena_new(),
                           .task = node->task};

    if (relay->loader.has_key && node->task != 0) {
        nf_token_make(relay->loader.key, node->task, node->attempt, token);
        view.token = nf_text(token);
    }
    if (task != NULL && nf_task_profiles_get(r, task->id, &profile)) {
        view.profile = &profile;
    }
    if (view.arena != NULL) {
        render_all(relay, &view, boot, task, wanted);
    }
    nf_arena_free(view.arena);
}

/* The step that files are what it waits for. */
static void
note_waiting(const struct nf_task *task, struct wanted *wanted)
{
    const struct nf_step *step = nf_task_running(task);

    if (step != NULL && nf_step_executor(step->kind) == NF_EXECUTOR_FILES) {
        wanted->task = task->id;
        wanted->step = step->kind;
    }
}

static void
want(struct nf_relay *relay, struct nf_read *r, const struct nf_node *node,
     struct wanted *wanted)
{
    struct nf_task task;
    bool has_task = node->task != 0 && nf_tasks_get(r, node->task, &task);

    memset(wanted->len, 0, sizeof(wanted->len));
    wanted->mac = node->mac;
    wanted->task = 0;
    if (has_task) {
        note_waiting(&task, wanted);
    }
    render(relay, r, node, has_task ? &task : NULL, wanted);
}

static void
path_print(const struct nf_relay *relay, enum nf_loader loader, nf_mac_t mac,
           char path[static PATH_SIZE])
{
    char name[NF_LOADER_PATH];

    nf_loader_path(loader, mac, name);
    snprintf(path, PATH_SIZE, "%s/%s", relay->settings.tftp_dir, name);
}

/* True: the file is as wanted. */
static bool
apply_one(struct nf_relay *relay, enum nf_loader loader, nf_mac_t mac,
          const char *text, size_t len)
{
    char path[PATH_SIZE];

    path_print(relay, loader, mac, path);
    if (len == 0) {
        if (unlink(path) == 0) {
            nf_log(NF_LOG_INFO, "removed a boot file: path=%s", path);
        } else if (errno != ENOENT) {
            blame(relay, "remove", path);
            return false;
        }
        return true;
    }
    /* The token in it is the node's own; but whoever reads TFTP reads it. */
    switch (nf_put(path, (struct nf_text){text, len})) {
    case NF_PUT_SAME:
        return true;
    case NF_PUT_FAILED:
        blame(relay, "write", path);
        return false;
    case NF_PUT_CHANGED:
        break;
    }
    nf_log(NF_LOG_INFO, "wrote a boot file: path=%s", path);
    return true;
}

/* The task goes on; its next step may be of the same kind. */
static void
tell_task(struct nf_relay *relay, const struct wanted *wanted)
{
    NF_WRITE(w, relay->store);
    struct nf_change c = {.w = &w,
                          .settings = &relay->settings,
                          .now = relay->now,
                          .actor = nf_actor_word(NF_ACTOR_RELAY)};

    (void) nf_change_files_applied(&c, wanted->task, wanted->step);
    nf_error_t err = nf_write_commit(&w);
    if (err != NF_OK) {
        nf_relay_blame(relay, "a task was not told of its boot files", err);
    }
}

static void
apply(struct nf_relay *relay, const struct wanted *wanted)
{
    bool is_done = true;

    for (size_t i = 0; i < LOADERS; i++) {
        is_done &= apply_one(relay, loaders[i], wanted->mac, wanted->text[i],
                             wanted->len[i]);
    }
    if (is_done && wanted->task != 0) {
        tell_task(relay, wanted);
    }
}

/* False: the store could not be read. */
static bool
find(struct nf_relay *relay, nf_mac_t mac, struct wanted *wanted)
{
    struct nf_node_view view;
    NF_READ(r, relay->store);

    memset(wanted->len, 0, sizeof(wanted->len));
    wanted->mac = mac;
    wanted->task = 0;
    if (nf_nodes_get(&r, mac, &view)) {
        want(relay, &r, &view.node, wanted);
    }
    return r.err == NF_OK;
}

void
nf_loader_look(struct nf_relay *relay, nf_mac_t mac)
{
    static struct wanted wanted;

    if (relay->loader.templates != NULL && find(relay, mac, &wanted)) {
        apply(relay, &wanted);
    }
}

/* Only what must be there: files that must not are found by their names, and
 * most nodes have none. */
static void
write_missing(struct nf_relay *relay, nf_mac_t mac)
{
    static struct wanted wanted;

    if (find(relay, mac, &wanted)
        && (wanted.len[0] > 0 || wanted.len[1] > 0 || wanted.task != 0))
    {
        apply(relay, &wanted);
    }
}

/* The next nodes of the list; no scope stays open while files are written. */
static size_t
nodes_read(struct nf_relay *relay, struct nf_node_position *at, bool is_first,
           nf_mac_t macs[static NODES_AT_ONCE])
{
    NF_READ(r, relay->store);
    NF_SCAN(scan, &r, NF_NODES_BY_AGE);
    struct nf_node_view view;
    size_t n = 0;

    for (bool ok = nf_nodes_list(&scan, is_first ? NULL : at, &view); ok;
         ok = n < NODES_AT_ONCE && nf_nodes_list_next(&scan, &view))
    {
        macs[n++] = view.node.mac;
        *at = (struct nf_node_position){.created_at = view.node.created_at,
                                        .mac = view.node.mac};
    }
    return n;
}

static void
compare_nodes(struct nf_relay *relay)
{
    static nf_mac_t macs[NODES_AT_ONCE];
    struct nf_node_position at;
    size_t n = nodes_read(relay, &at, true, macs);

    while (n > 0) {
        for (size_t i = 0; i < n; i++) {
            write_missing(relay, macs[i]);
        }
        n = nodes_read(relay, &at, false, macs);
    }
}

/* Files of nodes that are no more. */
static void
compare_files(struct nf_relay *relay, const char *folder)
{
    char path[PATH_SIZE];
    struct dirent *file;

    snprintf(path, sizeof(path), "%s/%s", relay->settings.tftp_dir, folder);
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return;
    }
    while ((file = readdir(dir)) != NULL) {
        struct nf_text name = nf_text(file->d_name);
        nf_mac_t mac;
        if (nf_text_starts(name, NF_TEXT("01-"))
            && name.len >= 3 + NF_MAC_COLONS - 1
            && nf_mac_parse((struct nf_text){name.data + 3, NF_MAC_COLONS - 1},
                            &mac))
        {
            nf_loader_look(relay, mac);
        }
    }
    closedir(dir);
}

void
nf_loader_open(struct nf_relay *relay)
{
    struct nf_loader_files *files = &relay->loader;
    char shipped[NF_SETTING_MAX + 16];
    nf_templates_t *templates = NULL;
    struct nf_fault fault;

    snprintf(shipped, sizeof(shipped), "%s/templates",
             relay->settings.share_dir);
    if (nf_templates_load(&templates, shipped, relay->settings.templates_dir,
                          &fault)
        != NF_OK)
    {
        nf_log(NF_LOG_ERR, "no boot files by TFTP: %s %s", fault.field,
               fault.reason);
    } else {
        nf_templates_free(files->templates);
        files->templates = templates;
    }
    files->has_key =
        nf_site_key_read(relay->settings.key_file, files->key) == NF_OK;
    if (!files->has_key) {
        nf_log(NF_LOG_ERR, "no boot files by TFTP that install: cannot read %s",
               relay->settings.key_file);
    }
    files->compare_at = relay->tick;
}

void
nf_loader_close(struct nf_relay *relay)
{
    nf_templates_free(relay->loader.templates);
    relay->loader.templates = NULL;
}

nf_time_t
nf_loader_run(struct nf_relay *relay)
{
    struct nf_loader_files *files = &relay->loader;

    if (relay->tick >= files->compare_at && files->templates != NULL) {
        files->compare_at = relay->tick + COMPARE_MS;
        compare_nodes(relay);
        compare_files(relay, "pxelinux.cfg");
        compare_files(relay, "grub");
    }
    return relay->tick + NF_LOOK_MS;
}
