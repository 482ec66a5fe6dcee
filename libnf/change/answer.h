#ifndef NF_CHANGE_ANSWER_H
#define NF_CHANGE_ANSWER_H

/*
 * How commands end, by what their executors say or do not say; and what the
 * task makes of it that one is for.
 */

#include "change/change.h"
#include "model/command.h"
#include "model/tally.h"

/* What an executor says of a command. */
enum nf_command_word {
    NF_COMMAND_SAYS_RUNNING,
    NF_COMMAND_SAYS_DONE,
    NF_COMMAND_SAYS_FAILED,
    NF_COMMAND_SAYS_EXPIRED, /* refused: its deadline had passed */
};

/* Who says it. */
struct nf_command_speaker {
    const char *worker; /* its name, "": a node's agent */
    nf_mac_t mac;       /* the node's, by any of its cards */
};

/* What he says.  Borrowed. */
struct nf_command_answer {
    struct nf_text id;
    enum nf_command_word word;
    const char *words;
    const struct nf_command_told *told; /* NULL: nothing of a device */
};

/* NF_NOT_FOUND: no such command of that node or worker; NF_CONFLICT: it has
 * ended before. */
nf_error_t nf_change_command_answered(struct nf_change *c,
                                      const struct nf_command_speaker *speaker,
                                      const struct nf_command_answer *answer);

/* Nobody is there to be told: it ends as surely not done.  NF_CONFLICT: it was
 * sent, or has ended. */
nf_error_t nf_change_command_unheard(struct nf_change *c, uint64_t number,
                                     const char *words);

/* There is nothing to do: it ends as done.  NF_CONFLICT: as above. */
nf_error_t nf_change_command_needless(struct nf_change *c, uint64_t number,
                                      const char *words);

/* Deadlines that have passed, at most max. */
void nf_record_commands_due(struct nf_change *c, unsigned max);

#endif
