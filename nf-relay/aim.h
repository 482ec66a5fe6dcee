#ifndef NF_RELAY_AIM_H
#define NF_RELAY_AIM_H

/*
 * A command `vlan` is for a node: which port of which switch that is, what the
 * port was, and what it is to be, is found out when it is first due, from what
 * the switch says since the command was made.
 */

#include "change/change.h"
#include "model/command.h"

/*
 * True: it says where it goes, in the store and here, and may be sent.  False:
 * it waits for a switch to be looked at, or it has ended.
 */
bool nf_aim(struct nf_change *c, struct nf_command *command);

#endif
