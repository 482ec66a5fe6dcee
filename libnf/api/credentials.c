/*
 * Credential sets, which devices take.  No answer has a password.
 */
#include "store/credentials.h"
#include "api/page.h"
#include "api/revised.h"
#include "change/device.h"

enum {
    V3_PASSWORD_MIN = 8 /* RFC 3414 11.2 */
};

struct said_credential {
    char user[NF_CREDENTIAL_USER];
    char password[NF_CREDENTIAL_PASSWORD];
    uint8_t auth, priv;
    char priv_password[NF_CREDENTIAL_PASSWORD];
};

#define IN(type, member)                                                       \
    .offset = offsetof(struct type, member),                                   \
    .size = sizeof(((struct type *) 0)->member)

/* clang-format off */
static const struct nf_json_field credential_fields[] = {
    {"user",          NF_JSON_TEXT, IN(said_credential, user), .may_be_empty = true},
    {"password",      NF_JSON_TEXT, IN(said_credential, password)},
    {"auth",          NF_JSON_WORD, .offset = offsetof(struct said_credential, auth), .words = nf_credential_auths, .may_be_empty = true},
    {"priv",          NF_JSON_WORD, .offset = offsetof(struct said_credential, priv), .words = nf_credential_privs, .may_be_empty = true},
    {"priv_password", NF_JSON_TEXT, IN(said_credential, priv_password)},
    {0},
};
/* clang-format on */

nf_error_t
nf_api_credentials_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_page page = {.table = NF_CREDENTIALS,
                           .line = NF_CREDENTIAL_JSON_MAX,
                           .must = "the name of a credential set"};

    page.has_after = nf_query(call, "after", &page.after);
    return nf_page_reply(call, scope, &page);
}

static nf_error_t
reply_credential(struct nf_call *call, unsigned status,
                 const struct nf_credential *credential)
{
    struct nf_out out = nf_reply_buffer(call, NF_CREDENTIAL_JSON_MAX);

    nf_credential_json(credential, &out);
    return nf_revised_reply(call, status, credential->revision, &out);
}

nf_error_t
nf_api_credentials_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_credential credential;
    char name[NF_CREDENTIAL_NAME];
    nf_error_t err = nf_revised_name(call, name);

    if (err != NF_OK) {
        return err;
    }
    if (!nf_credentials_get(scope->r, name, &credential)) {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_reply_refuse(call, NF_NOT_FOUND, "name",
                                     "there is no such credential set");
    }
    return reply_credential(call, 200, &credential);
}

static bool
is_short(const char *password)
{
    size_t len = strlen(password);

    return len > 0 && len < V3_PASSWORD_MIN;
}

/* What SNMPv3 asks for. */
static nf_error_t
check_said(struct nf_call *call, const struct said_credential *said)
{
    bool is_v3 = said->auth != NF_AUTH_NONE;

    if (is_v3 != (said->priv != NF_PRIV_NONE)) {
        return nf_refuse(
            &call->fault, is_v3 ? "priv" : "auth",
            "is required: SNMPv3 takes both auth and priv, or neither");
    }
    if (!is_v3) {
        return said->priv_password[0] == '\0'
                   ? NF_OK
                   : nf_refuse(&call->fault, "priv_password",
                               "requires auth and priv");
    }
    if (said->user[0] == '\0') {
        return nf_refuse(&call->fault, "user", "is required for SNMPv3");
    }
    if (is_short(said->password) || is_short(said->priv_password)) {
        return nf_refuse(
            &call->fault,
            is_short(said->password) ? "password" : "priv_password",
            "must have at least %d bytes for SNMPv3", V3_PASSWORD_MIN);
    }
    return NF_OK;
}

/* data NULL: not given. */
static struct nf_text
given(const char *password)
{
    return password[0] == '\0' ? (struct nf_text){0} : nf_text(password);
}

static nf_error_t
put_credential(struct nf_call *call, struct nf_scope *scope,
               const struct said_credential *said)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_credential credential = {.revision = 0}, old;
    struct nf_credential_secrets secrets = {given(said->password),
                                            given(said->priv_password)};
    bool is_new;
    nf_error_t err = nf_revised_name(call, credential.name);

    if (err == NF_OK) {
        bool has_old = nf_credentials_get(scope->r, credential.name, &old);
        err = nf_revised_match(call, scope, has_old, old.revision);
    }
    if (err != NF_OK) {
        return err;
    }
    (void) nf_text_copy(credential.user, sizeof(credential.user),
                        nf_text(said->user));
    credential.auth = said->auth;
    credential.priv = said->priv;
    err = nf_reply_changed(
        call, &c, nf_change_credential_put(&c, &credential, &secrets, &is_new));
    return err != NF_OK
               ? err
               : reply_credential(call, is_new ? 201 : 200, &credential);
}

nf_error_t
nf_api_credentials_put(struct nf_call *call, struct nf_scope *scope)
{
    struct said_credential said = {.user = ""};
    nf_error_t err = nf_revised_read(call, credential_fields, &said);

    if (err == NF_OK && (err = check_said(call, &said)) == NF_OK) {
        err = put_credential(call, scope, &said);
    }
    explicit_bzero(&said, sizeof(said));
    return err;
}

nf_error_t
nf_api_credentials_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_credential old;
    char name[NF_CREDENTIAL_NAME];
    nf_error_t err = nf_revised_name(call, name);

    if (err == NF_OK) {
        bool has_old = nf_credentials_get(scope->r, name, &old);
        err = nf_revised_match(call, scope, has_old, old.revision);
    }
    if (err == NF_OK) {
        err = nf_reply_changed(call, &c, nf_change_credential_delete(&c, name));
    }
    if (err == NF_OK) {
        call->status = 204;
    }
    return err;
}
