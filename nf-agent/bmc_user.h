#ifndef NF_AGENT_BMC_USER_H
#define NF_AGENT_BMC_USER_H

/*
 * Making a user of ours on this machine's own BMC (IPMI 2.0, section 22), on
 * the LAN channel that it is reached by.  Pure: questions out, answers of any
 * bytes in.
 *
 * A slot that is named otherwise or is enabled is never written to, nor is
 * slot 1, which is for nobody by name.  Ours of an earlier time is used again,
 * and stays an administrator if it was one: an operator had not been enough.
 */

#include "ipmi.h"

enum {
    NF_BMC_USER_NAME = 16 + 1,
    /* Letters of a password.  IPMI 2.0 has room for 20, but there are BMCs that
     * take so many and keep 16. */
    NF_BMC_USER_PASSWORD = 16 + 1,
    NF_BMC_USER_FAULT = 96,
};

enum nf_bmc_level {
    NF_BMC_OPERATOR = 3,
    NF_BMC_ADMINISTRATOR = 4,
};

struct nf_bmc_user {
    /* what is wished */
    char name[NF_BMC_USER_NAME];
    char password[NF_BMC_USER_PASSWORD];
    enum nf_bmc_level level;

    /* what came of it */
    char ip[16], mask[16], mac[18]; /* of the BMC; the last two may be "" */
    bool is_by_dhcp;
    uint8_t channel, slot;
    char fault[NF_BMC_USER_FAULT]; /* "": the user is there */

    /* how far it is */
    uint8_t step, slots, free, size;
    uint8_t busy;          /* times that it asked for patience */
    enum nf_bmc_level had; /* of the slot that was looked at */
    bool is_taken, is_written, is_long;
    char lacks[NF_BMC_USER_FAULT]; /* what the last channel lacked */
};

/* Ready for the first question; name and password are shorter than their
 * arrays. */
void nf_bmc_user_begin(struct nf_bmc_user *user, const char *name,
                       const char *password, enum nf_bmc_level level);

/* The next question; false: it is over, and fault says how.  Questions may hold
 * the password: wipe them. */
bool nf_bmc_user_ask(const struct nf_bmc_user *user,
                     struct nf_ipmi_question *question);

/* Its answer with the completion code, n < 1: none came.  False: the BMC is
 * busy, wait a little before the next question. */
bool nf_bmc_user_told(struct nf_bmc_user *user, const uint8_t *bytes, int n);

/* Stops: fault says why, unless it is over already. */
void nf_bmc_user_stop(struct nf_bmc_user *user, const char *why);

#endif
