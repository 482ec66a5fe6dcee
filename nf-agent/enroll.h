#ifndef NF_AGENT_ENROLL_H
#define NF_AGENT_ENROLL_H

/*
 * Enrolling this machine's BMC: a user of ours on it, whose password nobody but
 * the server can read.
 */

#include "boot_words.h"

#include <jansson.h>

enum {
    NF_ENROLL_LIMIT_S = 30
};

/*
 * Makes the user, which takes NF_ENROLL_LIMIT_S at most, and tells of it as the
 * report does:
 *
 *   {"driver": "ipmi", "address": "10.0.0.5", "user": "nodefoundry",
 *    "channel": 1, "sealed": BASE64}     or     {"error": "why not"}
 *
 * The caller owns it.  NULL: hardware says that there is no BMC.  sealed is
 * crypto_box_seal, to the site's key, of JSON with the members password,
 * address, user, mac and serial: the machine's own, so that it is of use for
 * this machine alone.
 */
json_t *nf_enroll(const struct nf_bmc_wish *wish, const json_t *hardware,
                  const char *mac);

#endif
