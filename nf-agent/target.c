#include "target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNT_POINT "/target"

enum {
    DEVICE_WAIT_TENTHS = 100
};

static void
hostname_print(FILE *file, const struct nf_boot *boot,
               const struct nf_order *order)
{
    (void) boot;
    fprintf(file, "%s\n", order->hostname);
}

static void
agent_print(FILE *file, const struct nf_boot *boot,
            const struct nf_order *order)
{
    char mac[NF_MAC_TEXT];

    nf_mac_format(boot->mac, mac);
    fprintf(file,
            "NF_MAC=%s\nNF_MQTT_BROKER=%s\nNF_LOG_LEVEL=%s\n"
            "NF_HEARTBEAT_INTERVAL=%d\n",
            mac, order->broker, order->log_level, order->heartbeat_interval);
}

static void
network_print(FILE *file, const struct nf_boot *boot,
              const struct nf_order *order)
{
    char mac[NF_MAC_COLONS];

    nf_mac_format_divided(boot->mac, ':', mac);
    fprintf(file, "[Match]\nMACAddress=%s\n\n[Network]\nIPv6AcceptRA=no\n",
            mac);
    fprintf(file, "Address=%s/%d\n", order->ip, order->prefix);
    if (order->gateway[0] != '\0') {
        fprintf(file, "Gateway=%s\n", order->gateway);
    }
    for (int i = 0; i < order->dns_count; i++) {
        fprintf(file, "DNS=%s\n", order->dns[i]);
    }
}

static void
resolv_print(FILE *file, const struct nf_boot *boot,
             const struct nf_order *order)
{
    (void) boot;
    for (int i = 0; i < order->dns_count; i++) {
        fprintf(file, "nameserver %s\n", order->dns[i]);
    }
}

struct target_file {
    const char *path;
    void (*print)(FILE *file, const struct nf_boot *boot,
                  const struct nf_order *order);
    bool is_static_only; /* belongs to a network that isn't DHCP */
};

/* clang-format off */
static const struct target_file files[] = {
    { "/etc/hostname", hostname_print, false },
    { "/etc/default/nodefoundry-agent", agent_print, false },
    { "/etc/systemd/network/10-nodefoundry.network", network_print, true },
    { "/etc/resolv.conf", resolv_print, true },
};
/* clang-format on */

static bool
file_write(const struct target_file *what, const struct nf_boot *boot,
           const struct nf_order *order)
{
    char path[256];

    snprintf(path, sizeof path, MOUNT_POINT "%s", what->path);
    /* never write through a link: it would lead out of the new system */
    if (unlink(path) != 0 && errno != ENOENT) {
        return false;
    }
    FILE *file = fopen(path, "wxe");
    if (file == NULL) {
        return false;
    }
    what->print(file, boot, order);
    fchmod(fileno(file), 0644);
    bool is_written = fflush(file) == 0 && !ferror(file);
    return fclose(file) == 0 && is_written;
}

static bool
files_write(const struct nf_boot *boot, const struct nf_order *order,
            char *fault, size_t size)
{
    bool is_static = order->ip[0] != '\0';

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (files[i].is_static_only && !is_static) {
            continue;
        }
        if (!file_write(&files[i], boot, order)) {
            snprintf(fault, size, "cannot write %s of the new system: %s",
                     files[i].path, strerror(errno));
            return false;
        }
    }
    return true;
}

/* The device node appears some time after the table was read again. */
static bool
device_wait(const char *device)
{
    for (int tenth = 0; tenth < DEVICE_WAIT_TENTHS; tenth++) {
        if (access(device, F_OK) == 0) {
            return true;
        }
        usleep(100000);
    }
    return false;
}

bool
nf_target_configure(const char *device, const struct nf_boot *boot,
                    const struct nf_order *order, char *fault, size_t size)
{
    if (!device_wait(device)) {
        snprintf(fault, size, "the partition %s did not appear", device);
        return false;
    }
    mkdir(MOUNT_POINT, 0700);
    if (mount(device, MOUNT_POINT, "ext4", MS_NODEV | MS_NOEXEC, NULL) != 0) {
        snprintf(fault, size, "cannot mount %s: %s", device, strerror(errno));
        return false;
    }
    bool is_written = files_write(boot, order, fault, size);
    if (umount(MOUNT_POINT) != 0 && is_written) {
        snprintf(fault, size, "cannot unmount %s: %s", device, strerror(errno));
        return false;
    }
    return is_written;
}
