#ifndef NF_API_PORTS_H
#define NF_API_PORTS_H

/*
 * Ports of switches, as they are named in calls.  For the files of this folder.
 */

#include "api/reply.h"
#include "model/switch_port.h"
#include "port/seen.h"

/* NF_INVALID: no switch has a port of such a name. */
nf_error_t nf_ports_check_name(struct nf_call *call, const char *port);

/* The port's own name by any that a person shortens it to ("Gi1/0/1"); false:
 * none was seen there, or the scope has failed. */
bool nf_ports_find(struct nf_read *r, const char *device, struct nf_text port,
                   char name[static NF_LINK_PORT]);

/* The node at a port, of which the switch says this: the one that is linked to
 * it by hand, else the only one that it has learnt addresses of, unless it
 * leads to other switches.  False: none is known, or the scope has failed. */
bool nf_ports_node(struct nf_read *r, const char *device,
                   const struct nf_port_seen *seen, nf_mac_t *node,
                   enum nf_link_way *by);

#endif
