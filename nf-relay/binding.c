#include "binding.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "host.h"
#include "reload.h"
#include "store/nodes.h"
#include "store/tasks.h"

enum {
    GATHER_MS = 5000,
    RETRY_MS = 30000,
};

static bool
is_wanted(struct nf_read *r, const struct nf_node *node)
{
    struct nf_task task;
    nf_mac_t owner;

    if (!nf_ip4_is_set(node->ip)
        || (nf_nodes_ip_owner(r, node->ip, &owner)
            && !nf_mac_equal(owner, node->mac)))
    {
        return false;
    }
    return node->is_bound /* an operator's, as an address with a netmask is */
           || nf_ip4_is_set(node->netmask)
           || (node->task != 0 && nf_tasks_get(r, node->task, &task)
               && nf_task_is_live(&task) && task.status != NF_TASK_PENDING);
}

static bool
serves_dhcp(const struct nf_binding *binding)
{
    return strcmp(binding->turn->settings.dhcp_mode, "server") == 0;
}

static struct nf_host
host_make(const struct nf_binding *binding, struct nf_read *r,
          const struct nf_node *node)
{
    return serves_dhcp(binding) && is_wanted(r, node)
               ? nf_host_of(node)
               : (struct nf_host){.mac = node->mac};
}

/* A file has changed: soon look whether another one must, too.  An address
 * that passes from one node to another is an event of the one only. */
static void
note_change(struct nf_binding *binding)
{
    if (binding->stale_at == 0) {
        binding->stale_at = binding->turn->tick + GATHER_MS;
    }
}

/* Something is wrong with the directory: compare everything again later. */
static void
blame(struct nf_binding *binding, const char *what, const char *path)
{
    uint64_t withheld;
    int reason = errno;

    nf_compare_soon(binding->compare, RETRY_MS);
    if (nf_pace_allows(&binding->pace, binding->turn->tick, &withheld)) {
        nf_log(NF_LOG_ERR,
               "could not %s a DHCP binding: %s path=%s "
               "withheld=%" PRIu64,
               what, strerror(reason), path, withheld);
    }
}

static void
host_put(struct nf_binding *binding, const struct nf_host *host)
{
    char path[NF_HOST_PATH];

    switch (nf_host_put(binding->turn->settings.hosts_dir, host)) {
    case NF_PUT_SAME:
        return;
    case NF_PUT_FAILED:
        nf_host_path(binding->turn->settings.hosts_dir, host->mac, path);
        blame(binding, "write", path);
        return;
    case NF_PUT_CHANGED:
        binding->turn->counts.bindings++;
        note_change(binding);
        nf_log(NF_LOG_INFO, "wrote a DHCP binding: %.*s", (int) host->len - 1,
               host->line);
    }
}

static void
host_remove(struct nf_binding *binding, nf_mac_t mac)
{
    char path[NF_HOST_PATH];

    if (!nf_host_exists(binding->turn->settings.hosts_dir, mac)) {
        return;
    }
    /* Said before it is done: a crash in between must not be forgotten. */
    nf_reload_owe(binding->turn->settings.run_dir);
    nf_host_path(binding->turn->settings.hosts_dir, mac, path);
    if (unlink(path) != 0) {
        blame(binding, "remove", path);
        return;
    }
    binding->turn->counts.unbindings++;
    if (binding->hup_at == 0) {
        binding->hup_at = binding->turn->tick + GATHER_MS;
    }
    nf_log(NF_LOG_INFO, "removed a DHCP binding: path=%s", path);
}

static void
host_apply(struct nf_binding *binding, const struct nf_host *host)
{
    if (host->len > 0) {
        host_put(binding, host);
    } else {
        host_remove(binding, host->mac);
    }
}

static bool
host_find(struct nf_binding *binding, nf_mac_t mac, struct nf_host *host)
{
    NF_READ(r, binding->turn->store);
    struct nf_node_view view;

    *host = (struct nf_host){.mac = mac};
    if (nf_nodes_get(&r, mac, &view)) {
        *host = host_make(binding, &r, &view.node);
    }
    return r.err == NF_OK;
}

void
nf_binding_look(struct nf_binding *binding, const nf_mac_t *macs, size_t n)
{
    struct nf_host host;

    for (size_t i = 0; i < n; i++) {
        if (host_find(binding, macs[i], &host)) {
            host_apply(binding, &host);
        } else {
            nf_compare_soon(binding->compare, NF_LOOK_MS);
        }
    }
}

void
nf_binding_look_at_files(struct nf_binding *binding)
{
    binding->stale_at = binding->turn->tick;
}

static void
open_folder(struct nf_binding *binding)
{
    const char *dir = binding->turn->settings.hosts_dir;

    if (!nf_folder_open(&binding->folder, dir)
        && (errno != ENOENT || serves_dhcp(binding)))
    {
        blame(binding, "look for", dir);
    }
}

static bool
is_ours(const char *name, nf_mac_t *mac)
{
    char usual[NF_MAC_TEXT];

    if (!nf_mac_parse(nf_text(name), mac)) {
        return false;
    }
    nf_mac_format(*mac, usual);
    return strcmp(usual, name) == 0;
}

void
nf_binding_open(struct nf_binding *binding)
{
    binding->hup_at = nf_reload_is_owed(binding->turn->settings.run_dir)
                          ? binding->turn->tick
                          : 0;
}

void
nf_binding_close(struct nf_binding *binding)
{
    nf_folder_close(&binding->folder);
}

nf_time_t
nf_binding_run(struct nf_binding *binding)
{
    nf_mac_t macs[NF_FOLDER_MAX];
    nf_time_t tick = binding->turn->tick;

    if (binding->stale_at != 0 && tick >= binding->stale_at) {
        binding->stale_at = 0;
        open_folder(binding);
    }
    nf_binding_look(binding, macs,
                    nf_folder_next(&binding->folder, is_ours, macs));
    if (binding->hup_at != 0 && tick >= binding->hup_at) {
        binding->turn->counts.hups +=
            nf_reload_send(binding->turn->settings.run_dir);
        binding->hup_at = 0;
    }
    /* each of these is seconds away: the loop's own look is soon enough */
    return binding->folder.dir != NULL ? tick : tick + NF_LOOK_MS;
}
