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

/* Those that live, by deadline: the first behind (deadline, number). */
bool nf_commands_live(struct nf_read *r, nf_time_t deadline, uint64_t number,
                      struct nf_command *command);

/* A live one whose deadline has passed. */
bool nf_commands_due(struct nf_read *r, nf_time_t now,
                     struct nf_command *command);

/* What a worker is told to do, as it is: its command's arguments say it
 * shorter.  It goes with the command. */
bool nf_orders_get(struct nf_read *r, uint64_t number, struct nf_text *json);
bool nf_orders_put(struct nf_write *w, uint64_t number, struct nf_text json);
bool nf_orders_delete(struct nf_write *w, uint64_t number);

/* What is known of a node's agent by its last status.  NF_AGENTS. */
struct nf_agent_voice {
    nf_mac_t mac;        /* the card that it speaks as, and listens */
    uint8_t has_journal; /* a command may be said to it again; one without does
                            what it hears each time */
    uint8_t reserved;    /* 0 */
};

/* False: no agent has spoken, and the voice is the node's own card without a
 * journal. */
bool nf_agent_voice_get(struct nf_read *r, nf_mac_t node,
                        struct nf_agent_voice *voice);
bool nf_agent_voice_put(struct nf_write *w, nf_mac_t node, nf_mac_t mac,
                        bool has_journal);

#endif
