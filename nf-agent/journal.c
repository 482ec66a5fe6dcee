#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
entry_append(struct nf_journal *journal, const char *id, const char *boot)
{
    if (journal->n == NF_JOURNAL_MAX) {
        memmove(journal->entries, journal->entries + 1,
                sizeof journal->entries - sizeof journal->entries[0]);
        journal->n--;
    }
    struct nf_journal_entry *entry = &journal->entries[journal->n++];
    snprintf(entry->id, sizeof entry->id, "%s", id);
    snprintf(entry->boot, sizeof entry->boot, "%s", boot);
}

static void
file_load(struct nf_journal *journal)
{
    char line[NF_COMMAND_ID_SIZE + NF_BOOT_ID_SIZE + 2];
    FILE *file = fopen(journal->path, "re");

    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *boot = line + strcspn(line, " ");
        if (*boot != '\0') {
            *boot++ = '\0';
        }
        if (line[0] != '\0') {
            entry_append(journal, line, boot);
        }
    }
    fclose(file);
}

static void
boot_read(struct nf_journal *journal)
{
    const char *path = getenv("NF_BOOT_ID_FILE"); /* tests have one */
    FILE *file =
        fopen(path != NULL ? path : "/proc/sys/kernel/random/boot_id", "re");

    if (file == NULL) {
        return;
    }
    if (fgets(journal->boot, sizeof journal->boot, file) != NULL) {
        journal->boot[strcspn(journal->boot, "\n ")] = '\0';
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
    boot_read(journal);
    file_load(journal);
    return true;
}

enum nf_journal_known
nf_journal_find(const struct nf_journal *journal, const char *id)
{
    for (int i = 0; i < journal->n; i++) {
        const struct nf_journal_entry *entry = &journal->entries[i];
        if (strcmp(entry->id, id) == 0) {
            return entry->boot[0] != '\0'
                           && strcmp(entry->boot, journal->boot) == 0
                       ? NF_JOURNAL_OF_THIS_BOOT
                       : NF_JOURNAL_OF_ANOTHER;
        }
    }
    return NF_JOURNAL_NEW;
}

static bool
file_write(const struct nf_journal *journal, const char *path)
{
    FILE *file = fopen(path, "we");

    if (file == NULL) {
        return false;
    }
    for (int i = 0; i < journal->n; i++) {
        fprintf(file, "%s %s\n", journal->entries[i].id,
                journal->entries[i].boot);
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

    entry_append(&next, id, next.boot);
    snprintf(fresh, sizeof fresh, "%s.new", next.path);
    if (!file_write(&next, fresh) || rename(fresh, next.path) != 0
        || !directory_sync(next.path))
    {
        return false;
    }
    *journal = next;
    return true;
}
