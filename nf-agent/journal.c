#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
id_append(struct nf_journal *journal, const char *id)
{
    if (journal->n == NF_JOURNAL_MAX) {
        memmove(journal->ids[0], journal->ids[1],
                sizeof journal->ids - sizeof journal->ids[0]);
        journal->n--;
    }
    snprintf(journal->ids[journal->n++], NF_COMMAND_ID_SIZE, "%s", id);
}

static void
file_load(struct nf_journal *journal)
{
    char line[NF_COMMAND_ID_SIZE + 1];
    FILE *file = fopen(journal->path, "re");

    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0') {
            id_append(journal, line);
        }
    }
    fclose(file);
}

bool
nf_journal_open(struct nf_journal *journal, const char *directory)
{
    *journal = (struct nf_journal){0};
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return false;
    }
    snprintf(journal->path, sizeof journal->path, "%s/commands", directory);
    file_load(journal);
    return true;
}

bool
nf_journal_has(const struct nf_journal *journal, const char *id)
{
    for (int i = 0; i < journal->n; i++) {
        if (strcmp(journal->ids[i], id) == 0) {
            return true;
        }
    }
    return false;
}

static bool
file_write(const struct nf_journal *journal, const char *path)
{
    FILE *file = fopen(path, "we");

    if (file == NULL) {
        return false;
    }
    for (int i = 0; i < journal->n; i++) {
        fprintf(file, "%s\n", journal->ids[i]);
    }
    bool is_written = fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && is_written;
}

/* A rename is only durable once its directory is. */
static bool
directory_sync(const char *path)
{
    char directory[256];

    snprintf(directory, sizeof directory, "%s", path);
    *strrchr(directory, '/') = '\0';
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return is_synced;
}

bool
nf_journal_add(struct nf_journal *journal, const char *id)
{
    char fresh[sizeof journal->path + 4];
    struct nf_journal next = *journal;

    id_append(&next, id);
    snprintf(fresh, sizeof fresh, "%s.new", next.path);
    if (!file_write(&next, fresh) || rename(fresh, next.path) != 0
        || !directory_sync(next.path))
    {
        return false;
    }
    *journal = next;
    return true;
}
