#include "target.h"

#include "base/out.h"
#include "log.h"
#include "netfile.h"
#include "netservice.h"
#include "process.h"
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MOUNTS_MAX = 64,
    AGENT_MAX = 16 * 1024 * 1024,
};

struct target {
    const struct nf_boot *boot;
    const struct nf_order *order;
    int root;
    char *fault;
    size_t size;
};

static bool
write_fails(struct target *target, const char *path)
{
    snprintf(target->fault, target->size,
             "cannot write %s of the new system: %s", path, strerror(errno));
    return false;
}

static bool
text_write(struct target *target, const char *path, mode_t mode,
           const char *text)
{
    return nf_root_write(target->root, path, mode, text, strlen(text))
           || write_fails(target, path);
}

/* An archive's name for itself, and ids that no two nodes may share. */
static bool
identity_write(struct target *target)
{
    char text[NF_HOST_SIZE * 3 + 80];
    const char *name = target->order->hostname;
    const char *dot = strchr(name, '.');

    snprintf(text, sizeof text, "%s\n", name);
    if (!text_write(target, "/etc/hostname", 0644, text)) {
        return false;
    }
    if (target->order->is_archive) {
        /* the whole name first: that is the canonical one, hosts(5) */
        snprintf(text, sizeof text,
                 "127.0.0.1 localhost\n127.0.1.1 %s%s%.*s\n"
                 "::1 localhost ip6-localhost ip6-loopback\n",
                 name, dot != NULL ? " " : "",
                 dot != NULL ? (int) (dot - name) : 0, name);
        if (!text_write(target, "/etc/hosts", 0644, text)) {
            return false;
        }
    }
    return !nf_root_has(target->root, "/etc/machine-id")
           || text_write(target, "/etc/machine-id", 0444, "");
}

/* Keys that came with the image are everybody's. */
static bool
host_keys_make(struct target *target)
{
    static const char *const kinds[] = {"rsa", "ecdsa", "ed25519", "dsa"};
    const struct nf_process keygen = {
        .argv = (const char *const[]){"ssh-keygen", "-A", NULL},
        .root = NF_TARGET,
        .limit_s = 300,
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char path[80];
        snprintf(path, sizeof path, "/etc/ssh/ssh_host_%s_key", kinds[i]);
        bool is_gone = nf_root_remove(target->root, path);
        snprintf(path, sizeof path, "/etc/ssh/ssh_host_%s_key.pub", kinds[i]);
        if (!is_gone || !nf_root_remove(target->root, path)) {
            return write_fails(target, path);
        }
    }
    return !nf_process_exists(NF_TARGET, "ssh-keygen")
           || nf_process_run(&keygen, target->fault, target->size);
}

static bool
file_copy(struct target *target, const char *from, const char *to, mode_t mode)
{
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    char *bytes = fd >= 0 ? malloc(AGENT_MAX) : NULL;
    ssize_t n = 0;
    ssize_t got = 1;

    while (bytes != NULL && got > 0 && n < AGENT_MAX) {
        got = read(fd, bytes + n, (size_t) (AGENT_MAX - n));
        n += got > 0 ? got : 0;
    }
    bool is_copied =
        bytes != NULL && got == 0
        && nf_root_write(target->root, to, mode, bytes, (size_t) n);
    if (fd >= 0) {
        close(fd);
    }
    free(bytes);
    return is_copied || write_fails(target, to);
}

#define UNIT  "/etc/systemd/system/nodefoundry-agent.service"
#define AGENT "/usr/local/bin/nodefoundry-agent"

/* This program is the agent of the installed system as well. */
static bool
agent_install(struct target *target)
{
    static const char unit_here[] =
        "/usr/share/nodefoundry/nodefoundry-agent.service";

    if (!target->order->is_archive || nf_root_has(target->root, AGENT)
        || access(unit_here, R_OK) != 0)
    {
        return true;
    }
    return file_copy(target, "/proc/self/exe", AGENT, 0755)
           && file_copy(target, unit_here, UNIT, 0644)
           && (nf_root_link(target->root,
                            "/etc/systemd/system/multi-user.target.wants/"
                            "nodefoundry-agent.service",
                            UNIT)
               || write_fails(target, UNIT));
}

static bool
agent_configure(struct target *target)
{
    char text[NF_HOST_SIZE + 256];
    char mac[NF_MAC_TEXT];
    const struct nf_order *order = target->order;

    nf_mac_format(target->boot->mac, mac);
    snprintf(text, sizeof text,
             "NF_MAC=%s\nNF_MQTT_BROKER=%s\nNF_LOG_LEVEL=%s\n"
             "NF_HEARTBEAT_INTERVAL=%d\n",
             mac, order->broker, order->log_level, order->heartbeat_interval);
    return text_write(target, "/etc/default/nodefoundry-agent", 0644, text)
           && agent_install(target);
}

/* A disk's image that is to use DHCP knows how already. */
static bool
network_write(struct target *target)
{
    const struct nf_network *network = &target->order->network;

    return (nf_network_is_plain(network) && !target->order->is_archive)
           || nf_netfiles_write(network, target->boot->mac, target->root,
                                target->fault, target->size);
}

static bool
services_write(struct target *target)
{
    const struct nf_network *network = &target->order->network;

    return nf_time_servers_write(network, target->root, target->fault,
                                 target->size)
           && nf_proxy_write(network, "", target->root, target->fault,
                             target->size);
}

static bool
place_write(struct target *target)
{
    return nf_place_write(&target->order->place, target->root, NF_TARGET,
                          target->fault, target->size);
}

static bool
accounts_make(struct target *target)
{
    return nf_accounts_make(&target->order->accounts, target->root, NF_TARGET,
                            target->fault, target->size);
}

bool
nf_target_configure(const struct nf_boot *boot, const struct nf_order *order,
                    char *fault, size_t size)
{
    static bool (*const parts[])(struct target * target) = {
        identity_write, host_keys_make, agent_configure, network_write,
        services_write, place_write,    accounts_make,
    };
    struct target target = {.boot = boot,
                            .order = order,
                            .root = nf_root_open(NF_TARGET),
                            .fault = fault,
                            .size = size};
    bool is_done = target.root >= 0 || write_fails(&target, "/");

    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && is_done; i++) {
        is_done = parts[i](&target);
    }
    if (target.root >= 0) {
        close(target.root);
    }
    return is_done;
}

/* clang-format off */
static const struct {
    const char *from, *to, *type;
    unsigned long flags;
} places[] = {
    { "/dev", NF_TARGET "/dev",  NULL,    MS_BIND | MS_REC },
    { "proc", NF_TARGET "/proc", "proc",  MS_NOSUID | MS_NODEV | MS_NOEXEC },
    { "sys",  NF_TARGET "/sys",  "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC },
    { "run",  NF_TARGET "/run",  "tmpfs", MS_NOSUID | MS_NODEV },
};
/* clang-format on */

bool
nf_target_enter(char *fault, size_t size)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct stat info;
        /* never over a link: it would lead out of the new system */
        bool is_folder =
            mkdir(places[i].to, 0755) == 0
            || (lstat(places[i].to, &info) == 0 && S_ISDIR(info.st_mode));
        if (!is_folder
            || mount(places[i].from, places[i].to, places[i].type,
                     places[i].flags, NULL)
                   != 0)
        {
            snprintf(fault, size, "cannot mount %s: %s", places[i].to,
                     strerror(is_folder ? errno : ENOTDIR));
            return false;
        }
    }
    return true;
}

/* The last mount at or below NF_TARGET; false when there is none. */
static bool
mount_last(char path[512])
{
    char line[1024];
    bool is_found = false;
    FILE *file = fopen("/proc/mounts", "re");

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *at = strchr(line, ' ');
        char *end = at != NULL ? strchr(at + 1, ' ') : NULL;
        size_t len = sizeof NF_TARGET - 1;
        if (end != NULL && strncmp(at + 1, NF_TARGET, len) == 0
            && (at[1 + len] == '/' || at[1 + len] == ' '))
        {
            *end = '\0';
            snprintf(path, 512, "%s", at + 1);
            is_found = true;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return is_found;
}

bool
nf_target_release(void)
{
    char path[512];
    bool is_clean = true;

    for (int i = 0; i < MOUNTS_MAX && mount_last(path); i++) {
        if (umount2(path, 0) != 0) {
            nf_log(NF_LOG_WARNING, "cannot unmount %s: %s", path,
                   strerror(errno));
            is_clean = umount2(path, MNT_DETACH) == 0 && is_clean;
        }
    }
    sync();
    return is_clean;
}
