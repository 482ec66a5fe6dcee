#ifndef NF_STORE_COMMANDS_H
#define NF_STORE_COMMANDS_H

/*
 * Commands, by number; by node, newest first; by when they are to be sent;
 * and, while they live, by their deadline.
 */

#include "model/command.h"
#include "store/txn.h"

/* False: there is none, or the scope has failed. */
bool nf_commands_get(struct nf_read *r, uint64_t number,
                     struct nf_command *command);

/* Put it in place of what was there, in every order. */
bool nf_commands_put(struct nf_write *w, const struct nf_command *command);

bool nf_commands_delete(struct nf_write *w, uint64_t number);

/* The newest command of a node with a number below `before`, 0: of all. */
bool nf_commands_next_of(struct nf_read *r, nf_mac_t mac, uint64_t before,
                         struct nf_command *command);

/* The first to be sent behind (time, number): both 0 for the very first. */
bool nf_commands_to_send(struct nf_read *r, nf_time_t time, uint64_t number,
                         struct nf_command *command);

/* When the first deadline of a live one passes, 0: there is none. */
nf_time_t nf_commands_next_deadline(struct nf_read *r);

/* A live one whose deadline has passed. */
bool nf_commands_due(struct nf_read *r, nf_time_t now,
                     struct nf_command *command);

/* Whether the node's agent keeps a journal, so that a command may be said to it
 * again; one that says nothing of it does what it hears each time. */
bool nf_journal_is_kept(struct nf_read *r, nf_mac_t mac);
bool nf_journal_put(struct nf_write *w, nf_mac_t mac, bool is_kept);

#endif
