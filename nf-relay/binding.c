#include "binding.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "relay.h"
#include "reload.h"
#include "store/nodes.h"
#include "store/tasks.h"

enum {
    LINE_MAX_LEN = 128,
    PATH_LEN = NF_SETTING_MAX + 32,
    NODES_AT_ONCE = 256,
    GATHER_MS = 5000,
    RETRY_MS = 30000,
    COMPARE_MS = 600000,
};

/* What a node's file must hold; len 0: there must be none. */
struct entry {
    nf_mac_t mac;
    size_t len;
    char line[LINE_MAX_LEN];
};

/*
 * dnsmasq tells the members of a line by their looks: a name that looks like
 * a lease time, or is a word of its own, would mean something else.
 */
static bool
is_plain_name(struct nf_text name)
{
    size_t digits = 0;

    while (digits < name.len && name.data[digits] >= '0'
           && name.data[digits] <= '9')
    {
        digits++;
    }
    return name.len > 0 && (digits == 0 || digits + 1 < name.len)
           && !nf_text_equal(name, NF_TEXT("ignore"))
           && !nf_text_equal(name, NF_TEXT("infinite"));
}

static void
entry_print(const struct nf_node *node, struct entry *entry)
{
    struct nf_out out = nf_out(entry->line, sizeof(entry->line));
    struct nf_text name = nf_text(node->hostname), rest = name;
    char mac[NF_MAC_COLONS], ip[NF_IP4_TEXT];

    name = nf_text_cut(&rest, '.'); /* dnsmasq knows its domain itself */
    nf_mac_format_divided(node->mac, ':', mac);
    nf_ip4_format(node->ip, ip);
    nf_out_printf(&out, "%s,%s", mac, ip);
    if (is_plain_name(name)) {
        nf_out_putc(&out, ',');
        nf_out_put(&out, name);
    }
    nf_out_putc(&out, '\n');
    entry->len = out.full ? 0 : out.len;
}

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
    return nf_ip4_is_set(node->netmask) /* an operator's, not a lease's */
           || (node->task != 0 && nf_tasks_get(r, node->task, &task)
               && nf_task_is_live(&task));
}

static bool
serves_dhcp(const struct nf_relay *relay)
{
    return strcmp(relay->settings.dhcp_mode, "server") == 0;
}

static void
entry_make(const struct nf_relay *relay, struct nf_read *r,
           const struct nf_node *node, struct entry *entry)
{
    *entry = (struct entry){.mac = node->mac};
    if (serves_dhcp(relay) && is_wanted(r, node)) {
        entry_print(node, entry);
    }
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
path_print(const struct nf_relay *relay, nf_mac_t mac, const char *prefix,
           char path[static PATH_LEN])
{
    char name[NF_MAC_TEXT];

    nf_mac_format(mac, name);
    snprintf(path, PATH_LEN, "%s/%s%s", relay->settings.hosts_dir, prefix,
             name);
}

static bool
file_is(const char *path, const struct entry *entry)
{
    char line[LINE_MAX_LEN + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) {
        return false;
    }
    ssize_t n = read(fd, line, sizeof(line));
    close(fd);
    return n == (ssize_t) entry->len
           && memcmp(line, entry->line, entry->len) == 0;
}

static bool
file_write(const char *path, const struct entry *entry)
{
    int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

    if (fd < 0) {
        return false;
    }
    bool is_whole = write(fd, entry->line, entry->len) == (ssize_t) entry->len;
    return close(fd) == 0 && is_whole;
}

/* dnsmasq does not look at names that begin with a dot. */
static void
entry_put(struct nf_relay *relay, const struct entry *entry, const char *path)
{
    char draft[PATH_LEN];

    if (file_is(path, entry)) {
        return;
    }
    path_print(relay, entry->mac, ".", draft);
    if (!file_write(draft, entry) || rename(draft, path) != 0) {
        blame(relay, "write", path);
        unlink(draft);
        return;
    }
    relay->counts.bindings++;
    note_change(relay);
    nf_log(NF_LOG_INFO, "wrote a DHCP binding: %.*s", (int) entry->len - 1,
           entry->line);
}

static void
entry_remove(struct nf_relay *relay, const char *path)
{
    if (access(path, F_OK) != 0) {
        return;
    }
    /* Said before it is done: a crash in between must not be forgotten. */
    nf_reload_owe(relay->settings.run_dir);
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
entry_apply(struct nf_relay *relay, const struct entry *entry)
{
    char path[PATH_LEN];

    path_print(relay, entry->mac, "", path);
    if (entry->len > 0) {
        entry_put(relay, entry, path);
    } else {
        entry_remove(relay, path);
    }
}

static bool
entry_find(struct nf_relay *relay, nf_mac_t mac, struct entry *entry)
{
    NF_READ(r, relay->store);
    struct nf_node_view view;

    *entry = (struct entry){.mac = mac};
    if (nf_nodes_get(&r, mac, &view)) {
        entry_make(relay, &r, &view.node, entry);
    }
    return r.err == NF_OK;
}

void
nf_binding_look(struct nf_relay *relay, nf_mac_t mac)
{
    struct entry entry;

    if (entry_find(relay, mac, &entry)) {
        entry_apply(relay, &entry);
    } else {
        be_unsure(relay, NF_LOOK_MS);
    }
}

/* The next nodes of the list, and *at behind them; no scope stays open while
 * files are written. */
static size_t
entries_read(struct nf_relay *relay, struct nf_node_position *at, bool is_first,
             struct entry entries[static NODES_AT_ONCE])
{
    NF_READ(r, relay->store);
    NF_SCAN(scan, &r, NF_NODES_BY_AGE);
    struct nf_node_view view;
    size_t n = 0;

    for (bool ok = nf_nodes_list(&scan, is_first ? NULL : at, &view); ok;
         ok = n < NODES_AT_ONCE && nf_nodes_list_next(&scan, &view))
    {
        entry_make(relay, &r, &view.node, &entries[n++]);
        *at = (struct nf_node_position){.created_at = view.node.created_at,
                                        .mac = view.node.mac};
    }
    return n;
}

static void
write_missing(struct nf_relay *relay)
{
    static struct entry entries[NODES_AT_ONCE];
    struct nf_node_position at;
    size_t n = entries_read(relay, &at, true, entries);

    while (n > 0) {
        for (size_t i = 0; i < n; i++) {
            if (entries[i].len > 0) {
                entry_apply(relay, &entries[i]);
            }
        }
        n = entries_read(relay, &at, false, entries);
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
