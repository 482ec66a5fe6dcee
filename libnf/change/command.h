#ifndef NF_CHANGE_COMMAND_H
#define NF_CHANGE_COMMAND_H

/*
 * What happens to commands.  A state that is final stays: what comes later is
 * refused, whoever says it.
 */

#include "change/change.h"
#include "model/command.h"
#include "model/tally.h"

enum {
    NF_COMMANDS_LIVE = 16,  /* for one node itself, at once */
    NF_COMMANDS_KEPT = 100, /* of one node; the oldest that ended goes first */
    NF_COMMANDS_OF_SWITCHES = 1000, /* that are of no node, for all of them */
};

struct nf_command_draft {
    nf_mac_t mac; /* zero: of no node, for a switch only */
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

/* It goes out now, once more, to this worker ("": to the node itself).  again:
 * when next without an answer, 0: never.  One that has ended, or whose
 * deadline has passed: NF_CONFLICT. */
nf_error_t nf_change_command_sent(struct nf_change *c, uint64_t number,
                                  const char *worker, nf_time_t again);

/* It is known now to which port of which switch it goes, and what its worker is
 * told at length.  NF_CONFLICT: it was sent, or has ended. */
nf_error_t nf_change_command_aim(struct nf_change *c, uint64_t number,
                                 const char *arguments, struct nf_text order);

/* Not to be sent before `then`: nobody is there to take it. */
nf_error_t nf_change_command_wait(struct nf_change *c, uint64_t number,
                                  nf_time_t then);

/* An operator wants it no more.  NF_CONFLICT: it is a task's, or somebody has
 * begun it.  One that was sent is `unknown` then: it may still happen. */
nf_error_t nf_change_command_cancel(struct nf_change *c, uint64_t number);

/* The node appeared: what it has to do is sent at once. */
void nf_record_commands_soon(struct nf_change *c, nf_mac_t mac);

/* The node goes: what was not sent is cancelled. */
void nf_record_commands_cancelled(struct nf_change *c, nf_mac_t mac);

/* Whether it is the one that this try of a task's step was given. */
bool nf_command_is_of_step(const struct nf_command *command,
                           const struct nf_task_command *step);

/* The step of a task that this was for goes on without it: it is not sent, or
 * not once more. */
void nf_record_command_withdrawn(struct nf_change *c,
                                 const struct nf_task_command *step);

/* One that lives; NF_NOT_FOUND, NF_CONFLICT: there is none, it has ended. */
nf_error_t nf_record_command_find(struct nf_change *c, uint64_t number,
                                  struct nf_command *command);

/* Its executor has begun it. */
bool nf_record_command_begun(struct nf_change *c, struct nf_command *command,
                             const char *words);

/* It ends, with whose words; its event, and where it was to a BMC and sent, its
 * count.  told: what its worker says of the device, or NULL.  The task that it
 * is for is told by the caller. */
bool nf_record_command_end(struct nf_change *c, struct nf_command *command,
                           enum nf_command_state state, const char *words,
                           const struct nf_command_told *told);

#endif
