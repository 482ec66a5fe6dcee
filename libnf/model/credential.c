#include "model/credential.h"

#include "model/member.h"
#include "model/worker.h"

static_assert((int) NF_CREDENTIAL_NAME == (int) NF_WORKER_NAME,
              "names are of one kind");

const char *const nf_credential_auths[NF_AUTH_COUNT + 1] = {
#define X(name, number, word) [name] = (word),
    NF_CREDENTIAL_AUTHS(X)
#undef X
};

const char *const nf_credential_privs[NF_PRIV_COUNT + 1] = {
#define X(name, number, word) [name] = (word),
    NF_CREDENTIAL_PRIVS(X)
#undef X
};

bool
nf_credential_is_name(struct nf_text name)
{
    return nf_worker_is_name(name);
}

void
nf_credential_json(const struct nf_credential *credential, struct nf_out *out)
{
    nf_out_puts(out, "{\"name\":");
    nf_out_json(out, nf_text(credential->name));
    nf_member_text(out, "user", credential->user);
    nf_member_text(out, "auth", nf_credential_auths[credential->auth]);
    nf_member_text(out, "priv", nf_credential_privs[credential->priv]);
    nf_member_text(out, "origin",
                   credential->is_enrolled ? "enrolled" : "operator");
    nf_member_time(out, "created_at", credential->created_at);
    nf_member_time(out, "updated_at", credential->updated_at);
    nf_out_puts(out, ",\"revision\":");
    nf_out_number(out, (int64_t) credential->revision);
    nf_out_putc(out, '}');
}
