#include "bmc/enroll.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>

#include "base/ip.h"
#include "base/out.h"
#include "bmc/ipmi.h"
#include "model/settings.h"
#include "json/field.h"

enum {
    JSON_MAX = 1024,
    BOX_MAX = JSON_MAX + crypto_box_SEALBYTES,
    FIRST = 1, /* another number would be another pair */
};

/* Keeps this pair apart from all else that is made from the site's key. */
static const char context[crypto_kdf_CONTEXTBYTES] = {'n', 'f', 'e', 'n',
                                                      'r', 'o', 'l', 'l'};

static_assert(crypto_kdf_KEYBYTES == 32, "the site's key is a master key");
static_assert(crypto_box_PUBLICKEYBYTES == NF_ENROLL_KEY
                  && crypto_box_SECRETKEYBYTES == NF_ENROLL_KEY,
              "of crypto_box");
static_assert(NF_ENROLL_WORD
                  == sizeof(NF_ENROLL_LEVEL) - 1
                         + sodium_base64_ENCODED_LEN(
                             NF_ENROLL_KEY,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING),
              "a word has room for its key");

void
nf_enroll_keys(const uint8_t site[static 32],
               uint8_t public[static NF_ENROLL_KEY],
               uint8_t secret[static NF_ENROLL_KEY])
{
    uint8_t seed[crypto_box_SEEDBYTES];

    crypto_kdf_derive_from_key(seed, sizeof(seed), FIRST, context, site);
    crypto_box_seed_keypair(public, secret, seed);
    sodium_memzero(seed, sizeof(seed));
}

void
nf_enroll_word(const char *setting, const uint8_t site[static 32],
               char word[static NF_ENROLL_WORD])
{
    uint8_t public[NF_ENROLL_KEY], secret[NF_ENROLL_KEY];
    struct nf_out out = nf_out(word, NF_ENROLL_WORD);

    word[0] = '\0';
    if (!nf_setting_is_on(setting)
        && strcmp(setting, NF_ENROLL_ADMINISTRATOR) != 0) {
        return;
    }
    nf_out_puts(&out, NF_ENROLL_LEVEL);
    nf_enroll_keys(site, public, secret);
    sodium_bin2base64(word + out.len, NF_ENROLL_WORD - out.len, public,
                      sizeof(public), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(secret, sizeof(secret));
}

#define MEMBER(member, ...)                                                    \
    {                                                                          \
#member, .kind = NF_JSON_TEXT,                                         \
                 .offset = offsetof(struct nf_enroll_login, member),           \
                 .size = sizeof(((struct nf_enroll_login *) 0)->member),       \
                 __VA_ARGS__                                                   \
    }

static const struct nf_json_field members[] = {
    MEMBER(address, .is_required = true),  MEMBER(user, .is_required = true),
    MEMBER(password, .is_required = true), MEMBER(mac, .is_required = true),
    MEMBER(serial, .may_be_empty = true),  {0},
};

/* What nobody could mean by his BMC's address: this machine, or many. */
static bool
is_address(const char *text)
{
    nf_ip4_t ip;

    return nf_ip4_parse(nf_text(text), &ip) && ip.b[0] != 0 && ip.b[0] != 127
           && ip.b[0] < 224;
}

static nf_error_t
check(const struct nf_enroll_login *login, struct nf_fault *fault)
{
    if (!is_address(login->address)) {
        return nf_refuse(fault, "", "bmc_login: address cannot be a BMC's");
    }
    if (login->user[0] == '\0' || login->password[0] == '\0') {
        return nf_refuse(fault, "", "bmc_login: %s is empty",
                         login->user[0] == '\0' ? "user" : "password");
    }
    return strlen(login->password) > NF_IPMI_PASSWORD_MAX ? nf_refuse(
               fault, "", "bmc_login: IPMI passwords have at most 20 bytes")
                                                          : NF_OK;
}

nf_error_t
nf_enroll_read(struct nf_text json, struct nf_enroll_login *login,
               struct nf_fault *fault)
{
    struct nf_json_reader reader = {.fields = members, .source = NF_JSON_AGENT};
    struct nf_fault inner = {0};

    *login = (struct nf_enroll_login){0};
    nf_error_t err = nf_json_read(&reader, json, login, &inner);
    if (err == NF_INVALID) {
        (void) nf_refuse(fault, "", "bmc_login: %s%s%s", inner.field,
                         inner.field[0] == '\0' ? "" : " ", inner.reason);
    } else if (err == NF_OK) {
        err = check(login, fault);
    }
    if (err != NF_OK) {
        sodium_memzero(login, sizeof(*login));
    }
    return err;
}

nf_error_t
nf_enroll_open(struct nf_text sealed, const uint8_t site[static 32],
               struct nf_enroll_login *login, struct nf_fault *fault)
{
    char json[JSON_MAX];
    uint8_t box[BOX_MAX], public[NF_ENROLL_KEY], secret[NF_ENROLL_KEY];
    size_t len = 0;

    *login = (struct nf_enroll_login){0};
    if (sodium_base642bin(box, sizeof(box), sealed.data, sealed.len, NULL, &len,
                          NULL, sodium_base64_VARIANT_ORIGINAL)
            != 0
        || len <= crypto_box_SEALBYTES)
    {
        return nf_refuse(fault, "", "bmc_login: sealed is not a box in base64");
    }
    nf_enroll_keys(site, public, secret);
    bool is_open =
        crypto_box_seal_open((uint8_t *) json, box, len, public, secret) == 0;
    sodium_memzero(secret, sizeof(secret));
    if (!is_open) {
        return nf_refuse(fault, "", "bmc_login: sealed for another key");
    }
    nf_error_t err = nf_enroll_read(
        (struct nf_text){json, len - crypto_box_SEALBYTES}, login, fault);
    sodium_memzero(json, sizeof(json));
    return err;
}
