#ifndef NF_PORT_EAPI_H
#define NF_PORT_EAPI_H

/*
 * Switches of Arista by eAPI: the commands that they are asked, in JSON-RPC,
 * and what their answers say.  All that a verb asks is one request; what the
 * switch will not do of it, and can be done without, is left out of the next.
 */

#include "base/value.h"
#include "port/cli.h"

enum {
    NF_EAPI_BODY_MAX = 96 << 10, /* bytes of a request */
    NF_EAPI_CHANGE_MAX = 32 << 10,
    NF_EAPI_ANSWER_MAX = 8 << 20,
    NF_EAPI_VALUES_MAX = 1 << 20, /* of an answer, or marks within its texts */
};

struct nf_eapi {
    const char *password; /* the user's, for "enable" too; the caller's */
    /* Its lists are the caller's.  What they hold is told of until the next
     * begin. */
    struct nf_cli_facts facts;
    struct nf_switch_ask ask;
    uint32_t left_out;               /* commands of the verb, a bit each */
    char why_left[NF_SWITCH_WORDS];  /* that of a port's VLANs */
    char change[NF_EAPI_CHANGE_MAX]; /* commands of SET, a line each */
    size_t change_len;
};

/* Fine, or why it is not even asked. */
enum nf_switch_cause nf_eapi_begin(struct nf_eapi *eapi,
                                   const struct nf_switch_ask *ask);

/* The body of the next request.  It may hold the password: wipe it. */
void nf_eapi_request(const struct nf_eapi *eapi, struct nf_out *body);

/* What was answered with this HTTP status.  True: request again; else told is
 * what came of it. */
bool nf_eapi_reply(struct nf_eapi *eapi, unsigned status, struct nf_text body,
                   struct nf_switch_told *told);

/* --- results, each of one command, as revision 1 of EOS has them -----------
 */

typedef void nf_eapi_read_t(const struct nf_value *result,
                            struct nf_cli_facts *facts);

nf_eapi_read_t nf_eapi_read_status;     /* show interfaces status */
nf_eapi_read_t nf_eapi_read_switchport; /* show interfaces switchport */
nf_eapi_read_t nf_eapi_read_lags;       /* show port-channel */
nf_eapi_read_t nf_eapi_read_macs;       /* show mac address-table */
nf_eapi_read_t nf_eapi_read_neighbors;  /* show lldp neighbors detail */
nf_eapi_read_t nf_eapi_read_spanning;   /* show spanning-tree */
nf_eapi_read_t nf_eapi_read_vlans;      /* show vlan */

#endif
