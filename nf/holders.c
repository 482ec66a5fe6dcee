#include "holders.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "terminal.h"

enum {
    PATH = 320,
    STAT = 512
};

static bool
is_number(const char *name)
{
    return name[0] != '\0' && name[strspn(name, "0123456789")] == '\0';
}

static bool
has_open(const char *pid, const struct stat *wanted)
{
    char path[PATH];
    struct dirent *entry;
    struct stat is;
    bool has = false;

    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    DIR *folder = opendir(path);
    while (!has && folder != NULL && (entry = readdir(folder)) != NULL) {
        has = is_number(entry->d_name)
              && fstatat(dirfd(folder), entry->d_name, &is, 0) == 0
              && is.st_dev == wanted->st_dev && is.st_ino == wanted->st_ino;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return has;
}

/* What follows the last bracket of "17 (a) b) T ..." is its state. */
static bool
is_stopped(const char *stat)
{
    const char *end = strrchr(stat, ')');

    return end != NULL && (end[2] == 'T' || end[2] == 't');
}

static size_t
describe(const char *pid, char *text, size_t size)
{
    char path[PATH], stat[STAT] = "", name[64];
    size_t len = 0;

    snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        len = fread(stat, 1, sizeof(stat) - 1, file);
        (void) fclose(file);
    }
    stat[len] = '\0';
    const char *begin = strchr(stat, '('), *end = strrchr(stat, ')');
    if (begin == NULL || end == NULL) {
        return 0;
    }
    snprintf(path, sizeof(path), "%.*s", (int) (end - begin) - 1, begin + 1);
    nf_terminal_copy(name, sizeof(name), path);
    int n = snprintf(text, size, "%s (%s%s)", name, pid,
                     is_stopped(stat) ? ", stopped" : "");
    return n > 0 && (size_t) n < size ? (size_t) n : 0;
}

void
nf_holders_of(const char *path, char *text, size_t size)
{
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    struct stat wanted;
    char self[16];
    size_t len = 0;

    snprintf(self, sizeof(self), "%d", (int) getpid());
    text[0] = '\0';
    while (folder != NULL && stat(path, &wanted) == 0
           && (entry = readdir(folder)) != NULL && len + 2 < size)
    {
        if (!is_number(entry->d_name) || strcmp(entry->d_name, self) == 0
            || !has_open(entry->d_name, &wanted))
        {
            continue;
        }
        const char *mark = len > 0 ? ", " : "";
        size_t n = describe(entry->d_name, text + len + strlen(mark),
                            size - len - strlen(mark));
        memcpy(text + len, mark, n > 0 ? strlen(mark) : 0);
        len += n > 0 ? strlen(mark) + n : 0;
        text[len] = '\0';
    }
    if (folder != NULL) {
        closedir(folder);
    }
}
