#ifndef NF_BMC_ENROLL_H
#define NF_BMC_ENROLL_H

/*
 * The login that a machine makes itself on its own BMC: what the site's key
 * pair for that is, and what comes back sealed for it.
 *
 * Both halves follow from the site's key, so nothing is stored, and every
 * program that has the key has the pair.
 */

#include "base/error.h"
#include "base/text.h"
#include "model/credential.h"

#define NF_ENROLL_ADMINISTRATOR "administrator" /* the setting */
#define NF_ENROLL_LEVEL         NF_ENROLL_ADMINISTRATOR ":"

enum {
    NF_ENROLL_KEY = 32, /* bytes, of crypto_box */
    NF_ENROLL_WORD =
        sizeof(NF_ENROLL_LEVEL) + 43, /* "administrator:", base64url, end */
    NF_ENROLL_ADDRESS = 16,
    NF_ENROLL_MAC = 18,
    NF_ENROLL_SERIAL = 128,
};

void nf_enroll_keys(const uint8_t site[static 32],
                    uint8_t public[static NF_ENROLL_KEY],
                    uint8_t secret[static NF_ENROLL_KEY]);

/*
 * What nf-agent in RAM is told behind "nf.bmc=": the public half, behind
 * NF_ENROLL_LEVEL, which is left out for a user who is to be an operator.
 * setting is NF_BMC_ENROLL; "" when that is off.
 */
void nf_enroll_word(const char *setting, const uint8_t site[static 32],
                    char word[static NF_ENROLL_WORD]);

/* The login, with the machine that says it made it. */
struct nf_enroll_login {
    char address[NF_ENROLL_ADDRESS];
    char user[NF_CREDENTIAL_USER], password[NF_CREDENTIAL_PASSWORD];
    char mac[NF_ENROLL_MAC], serial[NF_ENROLL_SERIAL]; /* serial may be "" */
};

/*
 * Open base64 of crypto_box_seal; any bytes may come.  NF_INVALID: fault says
 * why in words that hold no secret, and *login is wiped; else it is the
 * caller's to wipe.
 */
nf_error_t nf_enroll_open(struct nf_text sealed, const uint8_t site[static 32],
                          struct nf_enroll_login *login,
                          struct nf_fault *fault);

/* The second half of that: the JSON that was inside. */
nf_error_t nf_enroll_read(struct nf_text json, struct nf_enroll_login *login,
                          struct nf_fault *fault);

#endif
