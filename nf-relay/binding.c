#include "binding.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "dhcp/host.h"
#include "store/nodes.h"

enum {
    GATHER_MS = 5000,
    RETRY_MS = 30000,
};

static bool
serves_dhcp(const struct nf_binding *binding)
{
    return strcmp(binding->turn->settings.dhcp_mode, "server") == 0;
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
    struct nf_text text = {host->line, host->len};
    char path[NF_HOST_PATH];

    nf_host_path(binding->turn->settings.hosts_dir, host->mac, path);
    enum nf_put_result change = nf_put_compare(path, text);
    if (change == NF_PUT_SAME) {
        return;
    }
    if (change == NF_PUT_CHANGED) {
        /* dnsmasq takes in no address that it knows, nor a name with it */
        nf_forget_soon(binding->forget);
    }
    if (nf_put(path, text) == NF_PUT_FAILED) {
        blame(binding, "write", path);
        return;
    }
    binding->turn->counts.bindings++;
    note_change(binding);
    nf_log(NF_LOG_INFO, "wrote a DHCP binding: %.*s", (int) host->len - 1,
           host->line);
}

static void
host_remove(struct nf_binding *binding, nf_mac_t mac)
{
    char path[NF_HOST_PATH];

    if (!nf_host_exists(binding->turn->settings.hosts_dir, mac)) {
        return;
    }
    nf_forget_soon(binding->forget);
    nf_host_path(binding->turn->settings.hosts_dir, mac, path);
    if (unlink(path) != 0) {
        blame(binding, "remove", path);
        return;
    }
    binding->turn->counts.unbindings++;
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
    if (serves_dhcp(binding) && nf_nodes_get(&r, mac, &view)) {
        *host = nf_host_of_node(&r, &binding->turn->settings, &view.node);
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
    /* that is seconds away: the loop's own look is soon enough */
    return binding->folder.dir != NULL ? tick : tick + NF_LOOK_MS;
}
