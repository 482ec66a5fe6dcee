#include "power.h"

#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
shell_run(const char *command)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *) NULL);
        _exit(127);
    }
    if (child < 0) {
        nf_log(NF_LOG_ERR, "cannot start \"%s\": %s", command, strerror(errno));
        return false;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) {
        nf_log(NF_LOG_ERR, "\"%s\" failed with status %d", command, status);
    }
    return status == 0;
}

bool
nf_power_reboot(void)
{
    const char *command = getenv("NF_REBOOT_COMMAND");

    if (command == NULL && access("/run/systemd/system", F_OK) == 0) {
        command = "systemctl reboot";
    }
    if (command != NULL) {
        return shell_run(command);
    }
    sync();
    if (reboot(RB_AUTOBOOT) != 0) {
        nf_log(NF_LOG_ERR, "cannot reboot: %s", strerror(errno));
        return false;
    }
    return true;
}
