/*
 * The login that a machine says it made itself on its BMC: any bytes, sealed or
 * not, since everybody may know the key that it is sealed for.
 */
#include <sodium.h>

#include "bmc/enroll.h"
#include "must.h"

static void
check(nf_error_t err, const struct nf_enroll_login *login,
      const struct nf_fault *fault)
{
    if (err != NF_OK) {
        must(sodium_is_zero((const uint8_t *) login, sizeof(*login)));
        check_text(fault->reason, sizeof(fault->reason));
        return;
    }
    check_text(login->address, sizeof(login->address));
    check_text(login->user, sizeof(login->user));
    check_text(login->password, sizeof(login->password));
    check_text(login->mac, sizeof(login->mac));
    check_text(login->serial, sizeof(login->serial));
    must(login->address[0] != '\0' && login->user[0] != '\0'
         && login->password[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t site[32] = {1};
    struct nf_text text = {(const char *) data, size};
    struct nf_enroll_login login;
    struct nf_fault fault = {0};

    check(nf_enroll_open(text, site, &login, &fault), &login, &fault);
    check(nf_enroll_read(text, &login, &fault), &login, &fault);
    return 0;
}
