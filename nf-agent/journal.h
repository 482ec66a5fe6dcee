#ifndef NF_AGENT_JOURNAL_H
#define NF_AGENT_JOURNAL_H

/*
 * The ids of the last commands this node has begun, kept in a file: a command
 * that the server sends again after the reboot it asked for is not done twice.
 */

#include "message.h"

#include <stdbool.h>

enum {
    NF_JOURNAL_MAX = 64
};

struct nf_journal {
    char path[256];
    int n;
    char ids[NF_JOURNAL_MAX][NF_COMMAND_ID_SIZE]; /* oldest first */
};

/* Makes directory when absent and reads what is there; a missing file is an
   empty journal.  False with errno set when the directory can't be made. */
bool nf_journal_open(struct nf_journal *journal, const char *directory);

bool nf_journal_has(const struct nf_journal *journal, const char *id);

/* Remembers id durably before it returns.  False with errno set: the id is not
   on disk and the command must not be begun. */
bool nf_journal_add(struct nf_journal *journal, const char *id);

#endif
