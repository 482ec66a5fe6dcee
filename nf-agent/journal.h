#ifndef NF_AGENT_JOURNAL_H
#define NF_AGENT_JOURNAL_H

/*
 * The ids of the last commands this node has begun, kept in a file with the
 * boot in which each was: a command that the server sends again is not done
 * twice, and a reboot that a kill came before is not forgotten.
 *
 *     0123456789abcdef-42 0f8a3c1e-...   (an id, and the kernel's boot_id)
 */

#include "message.h"

#include <stdbool.h>

enum {
    NF_JOURNAL_MAX = 64,
    NF_BOOT_ID_SIZE = 37
};

struct nf_journal_entry {
    char id[NF_COMMAND_ID_SIZE];
    char boot[NF_BOOT_ID_SIZE]; /* "": an earlier agent wrote none */
};

struct nf_journal {
    char path[256];
    char boot[NF_BOOT_ID_SIZE]; /* this one; "": the kernel tells none */
    int n;
    struct nf_journal_entry entries[NF_JOURNAL_MAX]; /* oldest first */
};

/* Makes directory when absent and reads what is there; a missing file is an
   empty journal.  False with errno set when the directory can't be made. */
bool nf_journal_open(struct nf_journal *journal, const char *directory);

enum nf_journal_known {
    NF_JOURNAL_NEW,
    NF_JOURNAL_OF_THIS_BOOT,
    NF_JOURNAL_OF_ANOTHER,
};
enum nf_journal_known nf_journal_find(const struct nf_journal *journal,
                                      const char *id);

/* Remembers id durably before it returns.  False with errno set: the id is not
   on disk and the command must not be begun. */
bool nf_journal_add(struct nf_journal *journal, const char *id);

#endif
