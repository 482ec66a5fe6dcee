#ifndef NF_API_SERVED_H
#define NF_API_SERVED_H

/*
 * What a machine was sent, or refused, for the signs of its node
 * (model/sign.h).  An adapter says it when an answer is over; whoever is no
 * node that is being installed is found out by reading, and nothing is written.
 */

#include "api/api.h"
#include "model/sign.h"

struct nf_served {
    nf_mac_t mac;  /* the node, or zero: it is found by the address */
    nf_ip4_t peer; /* who asked */
    struct nf_sign_report report;
};

/* What is told of a call that was answered with this status.  False: nothing,
 * such as what is told by its own change, or what is no node's. */
bool nf_api_served_call(const struct nf_call *call, unsigned status,
                        struct nf_served *served);

/* The path, without tokens and what is not printable; of a long one its end. */
void nf_api_served_path(struct nf_served *served, struct nf_text path);

/* Whose it is: fills in mac.  False: nobody's of whom signs are kept.  Reads,
 * and takes no lock. */
bool nf_api_served_find(const struct nf_site *site, nf_time_t now,
                        struct nf_served *served);

/* Make a call of work that notes it, for nf_api_write().  False: no memory. */
bool nf_api_served_work(const struct nf_served *served, struct nf_call *work);

/* For run.c. */
nf_error_t nf_api_served_note(struct nf_call *work, struct nf_scope *scope);

#endif
