#ifndef NF_PORT_CHANGE_H
#define NF_PORT_CHANGE_H

/*
 * What a change of a port comes to, before anything is sent.
 */

#include "port/operation.h"

/* From operation->was, and the addresses that were told with it: fills
 * operation->wanted.  Other than fine: the change must not be made, and words
 * say why. */
enum nf_switch_cause nf_port_change_judge(struct nf_switch_operation *operation,
                                          const struct nf_switch_told *told,
                                          struct nf_out *words);

/* The first VLAN that is newly wanted and is none of these; 0: all are. */
unsigned nf_port_change_lacks(const struct nf_switch_operation *operation,
                              const struct nf_vlans *vlans);

#endif
