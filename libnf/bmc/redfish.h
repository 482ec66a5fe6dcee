#ifndef NF_BMC_REDFISH_H
#define NF_BMC_REDFISH_H

/*
 * What is asked of a Redfish service, request by request, and what follows from
 * each answer.  No socket, no clock: nf-bmc carries what is made here.
 */

#include "bmc/device.h"
#include "bmc/redfish_document.h"

enum {
    NF_REDFISH_TAG = 160,   /* an ETag */
    NF_REDFISH_TOKEN = 512, /* of a session */
    NF_REDFISH_BODY = 1536,
    NF_REDFISH_MEMBERS = 8, /* that are looked at in a collection */
    NF_REDFISH_ANSWER_MAX = 1 << 20,
};

enum nf_redfish_method {
    NF_REDFISH_GET,
    NF_REDFISH_POST,
    NF_REDFISH_PATCH,
    NF_REDFISH_DELETE,
};

struct nf_redfish_request {
    enum nf_redfish_method method;
    bool is_basic; /* user and password go with it */
    char path[NF_REDFISH_PATH];
    char body[NF_REDFISH_BODY];    /* "": none */
    char if_match[NF_REDFISH_TAG]; /* "": none */
    char token[NF_REDFISH_TOKEN];  /* X-Auth-Token; "": none */
};

/* Borrowed, of any bytes. */
struct nf_redfish_reply {
    unsigned status;
    struct nf_text body, tag, location, token;
};

enum nf_redfish_login {
    NF_REDFISH_STRANGER,
    NF_REDFISH_SESSION,
    NF_REDFISH_BASIC, /* it has no sessions, or none is free */
};

/* A talk with one BMC; begins zeroed, with user and password set, which stay
 * the caller's.  What it learned stays from one ask to the next. */
struct nf_redfish {
    const char *user, *password;
    bool has_root;
    enum nf_redfish_login login;
    char token[NF_REDFISH_TOKEN];
    char sessions[NF_REDFISH_PATH], session[NF_REDFISH_PATH];
    char systems[NF_REDFISH_PATH], system[NF_REDFISH_PATH];
    char managers[NF_REDFISH_PATH];
    char future[NF_REDFISH_PATH]; /* where it wants boot to be set */

    /* Of the ask that is at work. */
    struct nf_bmc_ask ask;
    bool has_logged_in; /* once in an ask */
    unsigned stage;
    char path[NF_REDFISH_PATH];   /* of the request that is at work */
    char target[NF_REDFISH_PATH]; /* of the reset action */
    char settings[NF_REDFISH_PATH];
    char word[NF_REDFISH_WORD]; /* the ResetType or the boot target */
    char tag[NF_REDFISH_TAG];   /* of what is changed */
    unsigned variant, form;     /* of what is sent, and of its If-Match */
    enum nf_power power;
    struct nf_bmc_told refusal; /* while it is seen whether it took it */
    char members[NF_REDFISH_MEMBERS][NF_REDFISH_PATH];
    size_t members_n, member, best;
    unsigned best_score;
    bool is_tie;
};

void nf_redfish_begin(struct nf_redfish *redfish, const struct nf_bmc_ask *ask);

/* The next request; false: there is none more. */
bool nf_redfish_request(const struct nf_redfish *redfish,
                        struct nf_redfish_request *request);

/* What came of that request.  False: the ask has failed, as told says. */
bool nf_redfish_reply(struct nf_redfish *redfish,
                      const struct nf_redfish_reply *reply,
                      struct nf_bmc_told *told);

/* The request that ends the session, which is forgotten; false: there is
 * none. */
bool nf_redfish_farewell(struct nf_redfish *redfish,
                         struct nf_redfish_request *request);

#endif
