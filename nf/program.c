#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

enum {
    PATIENCE_S = 60
};

extern char **environ;

static bool
is_program(const char *path)
{
    struct stat is;

    return stat(path, &is) == 0 && S_ISREG(is.st_mode)
           && access(path, X_OK) == 0;
}

static bool
look(const char *list, const char *name, char *path, size_t size)
{
    struct nf_text rest = nf_text(list);

    while (rest.len > 0) {
        struct nf_text dir = nf_text_cut(&rest, ':');
        char whole[4096];
        int n = snprintf(whole, sizeof(whole), "%.*s/%s", (int) dir.len,
                         dir.data, name);
        if (dir.len > 0 && n > 0 && (size_t) n < sizeof(whole)
            && is_program(whole)) {
            return nf_text_copy(path, size, nf_text(whole));
        }
    }
    return false;
}

bool
nf_program_find(const char *name, char *path, size_t size)
{
    const char *list = getenv("PATH");

    if (strchr(name, '/') != NULL) {
        return is_program(name) && nf_text_copy(path, size, nf_text(name));
    }
    return (list != NULL && look(list, name, path, size))
           || look("/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", name, path,
                   size);
}

/* output: a descriptor that becomes its stdout, -1: ours.  An errno. */
static int
spawn(const char *const argv[], int output, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc != 0) {
        return rc;
    }
    rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
    if (rc == 0 && output >= 0) {
        rc = posix_spawn_file_actions_adddup2(&actions, output, 1);
    }
    if (rc == 0) {
        rc = posix_spawn(pid, argv[0], &actions, NULL, (char *const *) argv,
                         environ);
    }
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

bool
nf_program_open(struct nf_program *program, const char *const argv[])
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    int rc = spawn(argv, ends[1], &program->pid);
    close(ends[1]);
    program->output = rc == 0 ? fdopen(ends[0], "r") : NULL;
    if (program->output == NULL) {
        close(ends[0]); /* it ends by that, if it has begun */
        errno = rc != 0 ? rc : errno;
        return false;
    }
    return true;
}

int
nf_program_close(struct nf_program *program)
{
    int status = -1;

    fclose(program->output);
    while (waitpid(program->pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

bool
nf_program_run(const char *const argv[])
{
    int status = -1;
    pid_t pid;

    return spawn(argv, -1, &pid) == 0 && waitpid(pid, &status, 0) == pid
           && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool
nf_program_become(const struct passwd *account)
{
    return account == NULL
           || (initgroups(account->pw_name, account->pw_gid) == 0
               && setgid(account->pw_gid) == 0 && setuid(account->pw_uid) == 0);
}

static void
become(const char *const argv[], char *const env[],
       const struct passwd *account, int output)
{
    int null = open("/dev/null", O_RDONLY);

    alarm(PATIENCE_S);
    if (nf_program_become(account) && dup2(null, 0) == 0
        && dup2(output, 1) == 1) {
        execve(argv[0], (char *const *) argv, env);
    }
    _exit(127);
}

/* To its end; false: more than fits. */
static bool
read_all(int from, char *said, size_t size)
{
    size_t len = 0;
    ssize_t n = 1;

    while (n > 0 && len < size) {
        n = read(from, said + len, size - len);
        len += n > 0 ? (size_t) n : 0;
    }
    said[len < size ? len : 0] = '\0';
    return n == 0 && len < size;
}

bool
nf_program_read(const char *const argv[], char *const env[],
                const struct passwd *account, char *said, size_t size)
{
    int ends[2], status = -1;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        become(argv, env, account, ends[1]);
    }
    close(ends[1]);
    bool is_whole = pid > 0 && read_all(ends[0], said, size);
    close(ends[0]);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0
           && is_whole;
}
