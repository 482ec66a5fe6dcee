#include "binding.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "host.h"
#include "relay.h"
#include "reload.h"
#include "store/nodes.h"
#include "store/tasks.h"

enum {
    NODES_AT_ONCE = 256,
    GATHER_MS = 5000,
    RETRY_MS = 30000,
    COMPARE_MS = 600000,
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
serves_dhcp(const struct nf_relay *relay)
{
    return strcmp(relay->settings.dhcp_mode, "server") == 0;
}

static struct nf_host
host_make(const struct nf_relay *relay, struct nf_read *r,
          const struct nf_node *node)
{
    return serves_dhcp(relay) && is_wanted(r, node)
               ? nf_host_of(node)
               : (struct nf_host){.mac = node->mac};
}

/* Compare everything, so much later at the latest. */
static void
be_unsure(struct nf_relay *relay, nf_time_t pause)
{
    struct nf_binding *binding = &relay->binding;

    if (relay->tick + pause < binding->compare_at) {
        binding->compare_at = relay->tick + pause;
    }
}

/* A file has changed: soon look whether another one must, too.  An address
 * that passes from one node to another is an event of the one only. */
static void
note_change(struct nf_relay *relay)
{
    struct nf_binding *binding = &relay->binding;

    if (binding->stale_at == 0) {
        binding->stale_at = relay->tick + GATHER_MS;
    }
}

/* Something is wrong with the directory: compare everything again later. */
static void
blame(struct nf_relay *relay, const char *what, const char *path)
{
    uint64_t withheld;
    int reason = errno;

    be_unsure(relay, RETRY_MS);
    if (nf_pace_allows(&relay->binding.pace, relay->tick, &withheld)) {
        nf_log(NF_LOG_ERR,
               "could not %s a DHCP binding: %s path=%s "
               "withheld=%" PRIu64,
               what, strerror(reason), path, withheld);
    }
}

static void
host_put(struct nf_relay *relay, const struct nf_host *host)
{
    char path[NF_HOST_PATH];

    switch (nf_host_put(relay->settings.hosts_dir, host)) {
    case NF_PUT_SAME:
        return;
    case NF_PUT_FAILED:
        nf_host_path(relay->settings.hosts_dir, host->mac, path);
        blame(relay, "write", path);
        return;
    case NF_PUT_CHANGED:
        relay->counts.bindings++;
        note_change(relay);
        nf_log(NF_LOG_INFO, "wrote a DHCP binding: %.*s", (int) host->len - 1,
               host->line);
    }
}

static void
host_remove(struct nf_relay *relay, nf_mac_t mac)
{
    char path[NF_HOST_PATH];

    if (!nf_host_exists(relay->settings.hosts_dir, mac)) {
        return;
    }
    /* Said before it is done: a crash in between must not be forgotten. */
    nf_reload_owe(relay->settings.run_dir);
    nf_host_path(relay->settings.hosts_dir, mac, path);
    if (unlink(path) != 0) {
        blame(relay, "remove", path);
        return;
    }
    relay->counts.unbindings++;
    if (relay->binding.hup_at == 0) {
        relay->binding.hup_at = relay->tick + GATHER_MS;
    }
    nf_log(NF_LOG_INFO, "removed a DHCP binding: path=%s", path);
}

static void
host_apply(struct nf_relay *relay, const struct nf_host *host)
{
    if (host->len > 0) {
        host_put(relay, host);
    } else {
        host_remove(relay, host->mac);
    }
}

static bool
host_find(struct nf_relay *relay, nf_mac_t mac, struct nf_host *host)
{
    NF_READ(r, relay->store);
    struct nf_node_view view;

    *host = (struct nf_host){.mac = mac};
    if (nf_nodes_get(&r, mac, &view)) {
        *host = host_make(relay, &r, &view.node);
    }
    return r.err == NF_OK;
}

void
nf_binding_look(struct nf_relay *relay, nf_mac_t mac)
{
    struct nf_host host;

    if (host_find(relay, mac, &host)) {
        host_apply(relay, &host);
    } else {
        be_unsure(relay, NF_LOOK_MS);
    }
}

/* The next nodes of the list, and *at behind them; no scope stays open while
 * files are written. */
static size_t
hosts_read(struct nf_relay *relay, struct nf_node_position *at, bool is_first,
           struct nf_host hosts[static NODES_AT_ONCE])
{
    NF_READ(r, relay->store);
    NF_SCAN(scan, &r, NF_NODES_BY_AGE);
    struct nf_node_view view;
    size_t n = 0;

    for (bool ok = nf_nodes_list(&scan, is_first ? NULL : at, &view); ok;
         ok = n < NODES_AT_ONCE && nf_nodes_list_next(&scan, &view))
    {
        hosts[n++] = host_make(relay, &r, &view.node);
        *at = (struct nf_node_position){.created_at = view.node.created_at,
                                        .mac = view.node.mac};
    }
    return n;
}

static void
write_missing(struct nf_relay *relay)
{
    static struct nf_host hosts[NODES_AT_ONCE];
    struct nf_node_position at;
    size_t n = hosts_read(relay, &at, true, hosts);

    while (n > 0) {
        for (size_t i = 0; i < n; i++) {
            if (hosts[i].len > 0) {
                host_apply(relay, &hosts[i]);
            }
        }
        n = hosts_read(relay, &at, false, hosts);
    }
}

/* Only names that are ours: other files there are the operator's. */
static void
remove_stale(struct nf_relay *relay)
{
    DIR *dir = opendir(relay->settings.hosts_dir);
    struct dirent *file;

    if (dir == NULL) {
        if (errno != ENOENT || serves_dhcp(relay)) {
            blame(relay, "look for", relay->settings.hosts_dir);
        }
        return;
    }
    while ((file = readdir(dir)) != NULL) {
        char name[NF_MAC_TEXT];
        nf_mac_t mac;
        if (!nf_mac_parse(nf_text(file->d_name), &mac)) {
            continue;
        }
        nf_mac_format(mac, name);
        if (strcmp(name, file->d_name) == 0) {
            nf_binding_look(relay, mac);
        }
    }
    closedir(dir);
}

void
nf_binding_open(struct nf_relay *relay)
{
    relay->binding.compare_at = relay->tick;
    relay->binding.hup_at =
        nf_reload_is_owed(relay->settings.run_dir) ? relay->tick : 0;
}

nf_time_t
nf_binding_run(struct nf_relay *relay)
{
    struct nf_binding *binding = &relay->binding;

    if (relay->tick >= binding->compare_at) {
        binding->compare_at = relay->tick + COMPARE_MS;
        binding->stale_at = relay->tick;
        write_missing(relay);
    }
    if (binding->stale_at != 0 && relay->tick >= binding->stale_at) {
        binding->stale_at = 0;
        remove_stale(relay);
    }
    if (binding->hup_at != 0 && relay->tick >= binding->hup_at) {
        relay->counts.hups += nf_reload_send(relay->settings.run_dir);
        binding->hup_at = 0;
    }
    /* each of these is seconds away: the loop's own look is soon enough */
    return relay->tick + NF_LOOK_MS;
}
