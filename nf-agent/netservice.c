#include "netservice.h"

#include "base/out.h"
#include "root.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_SIZE = NF_ROOT_FILE_MAX + 1024
};

static bool
put(int root, const char *path, const struct nf_out *out, char *fault,
    size_t size)
{
    bool is_put =
        !out->full && nf_root_write(root, path, 0644, out->data, out->len);

    if (!is_put) {
        snprintf(fault, size, "cannot write %s of the new system: %s", path,
                 out->full ? "it is too long" : strerror(errno));
    }
    return is_put;
}

/* --- a file that others wrote ----------------------------------------------
 */

/* Its lines, but for those that begin with one of the words. */
static void
lines_keep(struct nf_out *out, const char *text, const char *const *words)
{
    while (text != NULL && *text != '\0') {
        size_t len = strcspn(text, "\n");
        bool is_kept = true;
        for (const char *const *word = words; *word != NULL; word++) {
            is_kept = is_kept && strncmp(text, *word, strlen(*word)) != 0;
        }
        if (is_kept) {
            nf_out_put(out, (struct nf_text){text, len});
            nf_out_putc(out, '\n');
        }
        text += len + (text[len] == '\n');
    }
}

/* The file without those lines, and more behind it. */
static bool
file_change(int root, const char *path, const char *const *words,
            struct nf_text more, char *fault, size_t size)
{
    char *old = nf_root_read(root, path);
    char *room = malloc(TEXT_SIZE);
    struct nf_out out = nf_out(room, room != NULL ? TEXT_SIZE : 0);

    lines_keep(&out, old, words);
    nf_out_put(&out, more);
    bool is_done = put(root, path, &out, fault, size);
    free(room);
    free(old);
    return is_done;
}

/* --- time ------------------------------------------------------------------
 */

static bool
timesyncd_write(const struct nf_network *network, int root, char *fault,
                size_t size)
{
    char text[1024];
    struct nf_out out = nf_out(text, sizeof text);

    nf_out_puts(&out, "[Time]\nNTP=");
    for (int i = 0; i < network->ntp_count; i++) {
        nf_out_printf(&out, "%s%s", i > 0 ? " " : "", network->ntp[i]);
    }
    nf_out_putc(&out, '\n');
    return put(root, "/etc/systemd/timesyncd.conf.d/90-nodefoundry.conf", &out,
               fault, size);
}

/* Its own file has the distribution's servers. */
static bool
chrony_write(const struct nf_network *network, int root, char *fault,
             size_t size)
{
    static const char *const servers[] = {"pool ", "server ", "peer ",
                                          "sourcedir ", NULL};
    const char *path = nf_root_has(root, "/etc/chrony/chrony.conf")
                           ? "/etc/chrony/chrony.conf"
                           : "/etc/chrony.conf";
    char text[1024];
    struct nf_out out = nf_out(text, sizeof text);

    for (int i = 0; i < network->ntp_count; i++) {
        nf_out_printf(&out, "server %s iburst\n", network->ntp[i]);
    }
    return file_change(root, path, servers, nf_out_text(&out), fault, size);
}

/* clang-format off */
static const struct {
    const char *program;
    bool (*write)(const struct nf_network *network, int root, char *fault, size_t size);
} clocks[] = {
    { "/usr/sbin/chronyd",              chrony_write },
    { "/lib/systemd/systemd-timesyncd", timesyncd_write },
};
/* clang-format on */

bool
nf_time_servers_write(const struct nf_network *network, int root, char *fault,
                      size_t size)
{
    if (network->ntp_count == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        if (nf_root_has(root, clocks[i].program)) {
            return clocks[i].write(network, root, fault, size);
        }
    }
    snprintf(fault, size,
             "the new system has neither systemd-timesyncd nor chrony to ask "
             "the time servers");
    return false;
}

/* --- packages --------------------------------------------------------------
 */

static bool
apt_write(const char *proxy, const char *direct, int root, char *fault,
          size_t size)
{
    char text[1024];
    struct nf_out out = nf_out(text, sizeof text);

    nf_out_printf(&out,
                  "Acquire::http::Proxy \"%s\";\n"
                  "Acquire::https::Proxy \"%s\";\n",
                  proxy, proxy);
    if (direct[0] != '\0') {
        nf_out_printf(&out, "Acquire::http::Proxy::%s \"DIRECT\";\n", direct);
    }
    return put(root, "/etc/apt/apt.conf.d/90nodefoundry-proxy", &out, fault,
               size);
}

static bool
dnf_write(const char *path, const char *proxy, int root, char *fault,
          size_t size)
{
    static const char *const lines[] = {"proxy=", "proxy =", NULL};
    char text[NF_PROXY_SIZE + 16];
    int n = snprintf(text, sizeof text, "proxy=%s\n", proxy);

    return file_change(root, path, lines, (struct nf_text){text, (size_t) n},
                       fault, size);
}

bool
nf_proxy_write(const struct nf_network *network, const char *direct, int root,
               char *fault, size_t size)
{
    if (network->proxy[0] == '\0') {
        return true;
    }
    if (nf_root_has(root, "/etc/apt")) {
        return apt_write(network->proxy, direct, root, fault, size);
    }
    if (nf_root_has(root, "/etc/dnf/dnf.conf")) {
        return dnf_write("/etc/dnf/dnf.conf", network->proxy, root, fault,
                         size);
    }
    if (nf_root_has(root, "/etc/yum.conf")) {
        return dnf_write("/etc/yum.conf", network->proxy, root, fault, size);
    }
    snprintf(fault, size,
             "the new system has neither APT nor DNF to use the proxy");
    return false;
}
