#ifndef NF_CHANGE_NAME_H
#define NF_CHANGE_NAME_H

/*
 * Host names.  An operator or a task gives one; a machine only says one, and
 * what two machines say, as clones of one image do, is the name of neither.
 */

#include "change/change.h"

/*
 * Whether the node may have the name: no other has it, where DHCP keeps an
 * address with it (is_kept) or NF_UNIQUE_HOSTNAMES says so.
 */
bool nf_record_name_is_free(struct nf_change *c, nf_mac_t mac,
                            const char *hostname, bool is_kept);

/* The same, refused with the field's name. */
nf_error_t nf_record_name_check(struct nf_change *c, nf_mac_t mac,
                                const char *hostname, bool is_kept);

/* An operator's words: the node's name from now on; "" takes it away. */
void nf_record_name_give(struct nf_node *node, const char *hostname);

/*
 * A machine's words.  One that says nothing (localhost, another machine's
 * node-MAC) leaves the node as it is; one that another machine said too is
 * remembered, and both are called node-MAC: the other node is recorded, this
 * one is the caller's to record.
 */
void nf_record_name_say(struct nf_change *c, struct nf_node *node,
                        const char *hostname);

#endif
