#ifndef NF_BMC_ACCOUNT_H
#define NF_BMC_ACCOUNT_H

/*
 * What a worker on another host than the broker has of it: `nf workers add`
 * printed it into a file.
 */

#include "base/error.h"
#include "base/text.h"
#include "model/worker.h"

enum {
    NF_ACCOUNT_HOST = 256,
    NF_ACCOUNT_SITE = 33, /* as NF_IDC */
    NF_ACCOUNT_PASSWORD = 128,
    NF_ACCOUNT_CERTIFICATES = 32 * 1024,
};

struct nf_account {
    char host[NF_ACCOUNT_HOST];
    uint16_t port;
    char site[NF_ACCOUNT_SITE], user[NF_WORKER_NAME];
    char password[NF_ACCOUNT_PASSWORD];
    /* As PEM, whom to trust; "": whom this host trusts. */
    char certificates[NF_ACCOUNT_CERTIFICATES];
};

/*
 * Lines NAME=VALUE, then certificates.  NF_NOT_FOUND: there is no such file;
 * NF_IO (errno says why), NF_INVALID: fault says what.  The caller wipes it.
 */
nf_error_t nf_account_read(const char *path, struct nf_account *account,
                           struct nf_fault *fault);

#endif
