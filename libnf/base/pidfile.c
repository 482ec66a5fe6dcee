#include "base/pidfile.h"

#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

static pid_t
pid_read(const char *path)
{
    int pid = 0;
    FILE *file = fopen(path, "re");

    if (file != NULL) {
        if (fscanf(file, "%9d", &pid) != 1 || pid < 2) {
            pid = 0;
        }
        fclose(file);
    }
    return pid;
}

bool
nf_process_is_named(pid_t pid, const char *wanted)
{
    char path[64], name[32] = "";

    snprintf(path, sizeof(path), "/proc/%d/comm", (int) pid);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        bool is_read = fgets(name, sizeof(name), file) != NULL;
        fclose(file);
        name[strcspn(name, "\n")] = '\0';
        return is_read && strcmp(name, wanted) == 0;
    }
    return false;
}

pid_t
nf_pidfile_find(const char *path, const char *name)
{
    pid_t pid = pid_read(path);

    return pid != 0 && nf_process_is_named(pid, name) ? pid : 0;
}

/* The descriptor holds on to the process: the pid file may be an old one, and
 * the number may pass to another process between looking and signalling. */
pid_t
nf_pidfile_signal(const char *path, const char *name, int number)
{
    pid_t pid = pid_read(path);
    int fd = pid != 0 ? pidfd_open(pid, 0) : -1;

    if (fd < 0) {
        return 0;
    }
    bool is_sent = nf_process_is_named(pid, name)
                   && pidfd_send_signal(fd, number, NULL, 0) == 0;
    close(fd);
    return is_sent ? pid : 0;
}
