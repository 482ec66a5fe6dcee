#include "dhcp/reload.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pidfile.h"

enum {
    PATH_LEN = 512
};

static void
path_print(const char *run_dir, const char *name, char path[static PATH_LEN])
{
    snprintf(path, PATH_LEN, "%s/%s", run_dir, name);
}

static void
note_path(const char *run_dir, char path[static PATH_LEN])
{
    path_print(run_dir, "relay/reload", path);
}

void
nf_reload_owe(const char *run_dir)
{
    char path[PATH_LEN];

    note_path(run_dir, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd >= 0) {
        close(fd);
    }
}

bool
nf_reload_is_owed(const char *run_dir)
{
    char path[PATH_LEN];

    note_path(run_dir, path);
    return access(path, F_OK) == 0;
}

bool
nf_reload_send(const char *run_dir)
{
    char path[PATH_LEN];

    path_print(run_dir, "dnsmasq.pid", path);
    pid_t pid = nf_pidfile_signal(path, "dnsmasq", SIGHUP);

    note_path(run_dir, path);
    (void) unlink(path);
    if (pid == 0) {
        nf_log(NF_LOG_INFO, "dnsmasq is not running");
    } else {
        nf_log(NF_LOG_INFO, "dnsmasq rereads its bindings: pid=%d", (int) pid);
    }
    return pid != 0;
}
