#include "dhcp/reload.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/log.h"

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

static pid_t
pid_read(const char *run_dir)
{
    char path[PATH_LEN];
    int pid = 0;

    path_print(run_dir, "dnsmasq.pid", path);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fscanf(file, "%9d", &pid) != 1 || pid < 2) {
            pid = 0;
        }
        fclose(file);
    }
    return pid;
}

static bool
is_dnsmasq(pid_t pid)
{
    char path[PATH_LEN], name[32] = "";

    snprintf(path, sizeof(path), "/proc/%d/comm", (int) pid);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        bool is_read = fgets(name, sizeof(name), file) != NULL;
        fclose(file);
        return is_read && strcmp(name, "dnsmasq\n") == 0;
    }
    return false;
}

/* The descriptor holds on to the process: the pid file may be an old one, and
 * the number may pass to another process between looking and signalling. */
static bool
signal_send(pid_t pid)
{
    int fd = pidfd_open(pid, 0);

    if (fd < 0) {
        return false;
    }
    bool is_sent =
        is_dnsmasq(pid) && pidfd_send_signal(fd, SIGHUP, NULL, 0) == 0;
    close(fd);
    return is_sent;
}

bool
nf_reload_send(const char *run_dir)
{
    char path[PATH_LEN];
    pid_t pid = pid_read(run_dir);
    bool is_sent = pid != 0 && signal_send(pid);

    note_path(run_dir, path);
    (void) unlink(path);
    nf_log(NF_LOG_INFO,
           is_sent ? "dnsmasq reads its bindings again: pid=%d"
                   : "dnsmasq does not run: pid=%d",
           (int) pid);
    return is_sent;
}
