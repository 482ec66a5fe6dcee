#ifndef NF_BMC_JOURNAL_H
#define NF_BMC_JOURNAL_H

/*
 * The commands that were begun, how far each is and what came of it, in a file:
 * one that comes again is answered, not done again, and one that a kill
 * interrupted goes on where it was.  A line is the command's id, its
 * deadline, its act, its state, what there is to say of its device, and its
 * words; the last line of an id counts.
 */

#include "bmc/order.h"

enum {
    NF_JOURNAL_MAX = 8192, /* commands */
};

struct nf_journal_entry {
    char id[NF_COMMAND_ID_TEXT];
    uint8_t act;
    nf_time_t deadline;
    struct nf_outcome outcome; /* running, or how it ended */
    char *words;               /* the outcome's; NULL: none yet */
};

struct nf_journal {
    int fd;
    char folder[4000], path[4096];
    size_t n;
    struct nf_journal_entry **entries;
};

/* Reads what is there, but for commands whose deadline is an hour over,
 * and writes it anew.  False: errno says why; folder must exist. */
bool nf_journal_open(struct nf_journal *journal, const char *folder,
                     nf_time_t now);
void nf_journal_close(struct nf_journal *journal);

/* NULL: it is not known.  Stays until it is closed. */
struct nf_journal_entry *nf_journal_find(struct nf_journal *journal,
                                         struct nf_text id);

/* A new one, not on disk yet; NULL: no memory, or too many. */
struct nf_journal_entry *nf_journal_add(struct nf_journal *journal,
                                        struct nf_text id, nf_time_t deadline,
                                        nf_time_t now);

/* On disk before it returns; false: errno says why. */
bool nf_journal_save(struct nf_journal *journal,
                     const struct nf_journal_entry *entry);

/* The same of how far it is, with words for whoever goes on. */
bool nf_journal_note(struct nf_journal *journal, struct nf_journal_entry *entry,
                     uint8_t act, struct nf_text words);

/* The same of how it ended. */
bool nf_journal_end(struct nf_journal *journal, struct nf_journal_entry *entry,
                    const struct nf_outcome *outcome);

#endif
