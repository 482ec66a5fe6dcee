#ifndef NF_CHANGE_COMMAND_H
#define NF_CHANGE_COMMAND_H

/*
 * What happens to commands.  A state that is final stays: what comes later is
 * refused, whoever says it.
 */

#include "change/change.h"
#include "model/command.h"

enum {
    NF_COMMANDS_LIVE = 16,  /* of one node at once */
    NF_COMMANDS_KEPT = 100, /* of one node; the oldest that ended goes first */
};

struct nf_command_draft {
    nf_mac_t mac;
    enum nf_command_target target;
    const char *operation;
    const char *arguments; /* a JSON object */
    nf_time_t deadline;
    uint64_t task; /* 0: none; else which step, and which try of it */
    enum nf_step_kind step;
    uint16_t step_attempt, round;
};

/* *number: which one it is.  NF_NOT_FOUND: no such node.  NF_INVALID: the
 * deadline is not in the future.  NF_CONFLICT: it has too many that live. */
nf_error_t nf_change_command_create(struct nf_change *c,
                                    const struct nf_command_draft *draft,
                                    uint64_t *number);

/* It goes out now, once more.  again: when next without an answer, 0: never.
 * One that has ended, or whose deadline has passed: NF_CONFLICT. */
nf_error_t nf_change_command_sent(struct nf_change *c, uint64_t number,
                                  nf_time_t again);

/* Not to be sent before `then`: nobody is there to take it. */
nf_error_t nf_change_command_wait(struct nf_change *c, uint64_t number,
                                  nf_time_t then);

/* What an executor says of a command. */
enum nf_command_word {
    NF_COMMAND_SAYS_RUNNING,
    NF_COMMAND_SAYS_DONE,
    NF_COMMAND_SAYS_FAILED,
    NF_COMMAND_SAYS_EXPIRED, /* refused: its deadline had passed */
};

/* mac: who says it.  NF_NOT_FOUND: no such command of that node; NF_CONFLICT:
 * it has ended before. */
nf_error_t nf_change_command_answered(struct nf_change *c, nf_mac_t mac,
                                      struct nf_text id,
                                      enum nf_command_word word,
                                      const char *words);

/* The node appeared: what it has to do is sent at once. */
void nf_record_commands_soon(struct nf_change *c, nf_mac_t mac);

/* The node goes: what was not sent is cancelled. */
void nf_record_commands_cancelled(struct nf_change *c, nf_mac_t mac);

/* Deadlines that have passed, at most max. */
void nf_record_commands_due(struct nf_change *c, unsigned max);

#endif
