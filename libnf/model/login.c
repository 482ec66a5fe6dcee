#include "model/login.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
#define DIGITS "0123456789"
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS
/* clang-format on */
#define HASH64 ALNUM "./"

static struct nf_text
part(struct nf_text text, size_t from, size_t len)
{
    return (struct nf_text){text.data + from, len};
}

/* Takes text from the front of *rest. */
static bool
skip(struct nf_text *rest, const char *text)
{
    struct nf_text head = nf_text(text);

    if (!nf_text_starts(*rest, head)) {
        return false;
    }
    *rest = part(*rest, head.len, rest->len - head.len);
    return true;
}

/* --- hashes ---------------------------------------------------------------
 */

/* clang-format off */
static const struct scheme {
    const char *mark;
    bool may_have_rounds, has_parameters;
    size_t salt_least, salt_most;
    size_t hash; /* characters */
    bool is_one; /* salt and hash follow each other without a mark */
} schemes[] = {
    {"$y$",  false, true,  0, 86, 43, false},
    {"$gy$", false, true,  0, 86, 43, false},
    {"$7$",  false, false, 11, 97, 43, false},
    {"$2a$", false, true,  22, 22, 31, true},
    {"$2b$", false, true,  22, 22, 31, true},
    {"$2y$", false, true,  22, 22, 31, true},
    {"$6$",  true,  false, 0, 16, 86, false},
    {"$5$",  true,  false, 0, 16, 43, false},
    {"$1$",  false, false, 0, 8, 22, false},
};
/* clang-format on */

static bool
rounds_skip(struct nf_text *rest)
{
    uint64_t rounds;

    return !skip(rest, "rounds=")
           || (nf_text_number(nf_text_cut(rest, '$'), 999999999, &rounds)
               && rounds >= 1000);
}

static bool
is_all(struct nf_text text, const char *allowed, size_t least, size_t most)
{
    return text.len >= least && text.len <= most
           && (text.len == 0 || nf_text_has_only(text, allowed));
}

static bool
scheme_fits(const struct scheme *scheme, struct nf_text rest)
{
    if (scheme->has_parameters
        && !is_all(nf_text_cut(&rest, '$'), HASH64, 2, 16)) {
        return false;
    }
    if (scheme->may_have_rounds && !rounds_skip(&rest)) {
        return false;
    }
    if (scheme->is_one) {
        return is_all(rest, HASH64, scheme->salt_least + scheme->hash,
                      scheme->salt_most + scheme->hash);
    }
    struct nf_text salt = nf_text_cut(&rest, '$');
    return is_all(salt, HASH64, scheme->salt_least, scheme->salt_most)
           && is_all(rest, HASH64, scheme->hash, scheme->hash);
}

const char *
nf_login_hash_misfit(struct nf_text hash)
{
    if (nf_text_equal(hash, NF_TEXT("!"))) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        struct nf_text rest = hash;
        if (skip(&rest, schemes[i].mark)) {
            return scheme_fits(&schemes[i], rest)
                       ? NULL
                       : "a complete hash, as mkpasswd prints it: this one is "
                         "truncated or altered";
        }
    }
    return "! or a hash as mkpasswd prints it: $y$..., $6$..., $5$..., "
           "$2b$..., $7$..., $gy$... or $1$...";
}

/* --- the key itself -------------------------------------------------------
 *
 * RFC 4253 6.6: strings with their length in front, of which the first is the
 * type once more.
 */

enum {
    KEY_BYTES = NF_LOGIN_KEY_MAX * 3 / 4,
    FIELDS = 4,
    RSA_BITS = 1024, /* OpenSSH takes none below */
};

/* clang-format off */
static const struct type {
    const char *name;
    const char *curve;   /* NULL: none is told */
    size_t point;        /* bytes of the public point; 0: RSA's two numbers */
    bool is_on_a_token;  /* the application's name follows */
} types[] = {
    {"ssh-ed25519",                        NULL,       32,  false},
    {"ssh-rsa",                            NULL,       0,   false},
    {"ecdsa-sha2-nistp256",                "nistp256", 65,  false},
    {"ecdsa-sha2-nistp384",                "nistp384", 97,  false},
    {"ecdsa-sha2-nistp521",                "nistp521", 133, false},
    {"sk-ssh-ed25519@openssh.com",         NULL,       32,  true},
    {"sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", 65,  true},
};
/* clang-format on */

static bool
field_take(struct nf_text *rest, struct nf_text *field)
{
    const unsigned char *at = (const unsigned char *) rest->data;

    if (rest->len < 4) {
        return false;
    }
    size_t len = (size_t) at[0] << 24 | (size_t) at[1] << 16
                 | (size_t) at[2] << 8 | at[3];
    if (len > rest->len - 4) {
        return false;
    }
    *field = part(*rest, 4, len);
    *rest = part(*rest, 4 + len, rest->len - 4 - len);
    return true;
}

/* A number without the zero that only says it is not negative. */
static size_t
number_bits(struct nf_text number)
{
    while (number.len > 0 && number.data[0] == '\0') {
        number = part(number, 1, number.len - 1);
    }
    size_t bits = number.len * 8;
    for (unsigned char first = bits > 0 ? (unsigned char) number.data[0] : 0x80;
         (first & 0x80) == 0; first = (unsigned char) (first << 1))
    {
        bits--;
    }
    return bits;
}

static bool
rsa_fits(const struct nf_text *fields, size_t n)
{
    return n == 2 && number_bits(fields[0]) > 1
           && number_bits(fields[1]) >= RSA_BITS;
}

static bool
curve_fits(const struct type *type, const struct nf_text *fields, size_t n)
{
    size_t at = 0;

    if (type->curve != NULL
        && !nf_text_equal(n > 0 ? fields[at++] : NF_TEXT(""),
                          nf_text(type->curve)))
    {
        return false;
    }
    bool fits = at < n && fields[at].len == type->point
                && (type->curve == NULL || fields[at].data[0] == 4);
    at += fits;
    if (type->is_on_a_token) {
        fits = fits && at < n && fields[at].len > 0;
        at++;
    }
    return fits && at == n;
}

static bool
key_fits(const struct type *type, struct nf_text coded)
{
    char bytes[KEY_BYTES];
    struct nf_text rest = {bytes, 0}, name, fields[FIELDS];
    size_t n = 0;

    if (sodium_base642bin((unsigned char *) bytes, sizeof(bytes), coded.data,
                          coded.len, NULL, &rest.len, NULL,
                          sodium_base64_VARIANT_ORIGINAL)
            != 0
        || !field_take(&rest, &name)
        || !nf_text_equal(name, nf_text(type->name)))
    {
        return false;
    }
    while (rest.len > 0) {
        if (n == FIELDS || !field_take(&rest, &fields[n++])) {
            return false;
        }
    }
    return type->point == 0 ? rsa_fits(fields, n) : curve_fits(type, fields, n);
}

static const struct type *
type_find(struct nf_text name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (nf_text_equal(name, nf_text(types[i].name))) {
            return &types[i];
        }
    }
    return NULL;
}

/* --- its options ----------------------------------------------------------
 *
 * sshd(8), "AUTHORIZED_KEYS FILE FORMAT".  A key with an option that sshd does
 * not know lets nobody in.
 */

/* clang-format off */
static const struct option {
    const char *name;
    bool has_no;     /* no-NAME exists too */
    bool has_value;
    bool may_repeat;
} options[] = {
    {"restrict",         false, false, true},
    {"cert-authority",   false, false, true},
    {"agent-forwarding", true,  false, true},
    {"port-forwarding",  true,  false, true},
    {"X11-forwarding",   true,  false, true},
    {"pty",              true,  false, true},
    {"user-rc",          true,  false, true},
    {"touch-required",   true,  false, true},
    {"verify-required",  true,  false, true},
    {"environment",      false, true,  true},
    {"permitopen",       false, true,  true},
    {"permitlisten",     false, true,  true},
    {"command",          false, true,  false},
    {"principals",       false, true,  false},
    {"from",             false, true,  false},
    {"expiry-time",      false, true,  false},
    {"tunnel",           false, true,  false},
};
/* clang-format on */

static bool
is_named(struct nf_text name, const char *option)
{
    return name.len == strlen(option)
           && strncasecmp(name.data, option, name.len) == 0;
}

/* An index, or the number of options when there is none of that name. */
static size_t
option_find(struct nf_text name, bool has_value)
{
    struct nf_text core = name;
    bool has_no = name.len > 3 && strncasecmp(name.data, "no-", 3) == 0;
    size_t i = 0;

    if (has_no) {
        core = part(name, 3, name.len - 3);
    }
    while (i < sizeof(options) / sizeof(options[0])
           && !(options[i].has_value == has_value
                && is_named(core, options[i].name)
                && (!has_no || options[i].has_no)))
    {
        i++;
    }
    return i;
}

/* From behind the first quote to behind the last; \" is one that is meant. */
static bool
value_skip(struct nf_text *rest)
{
    size_t i = 0;

    while (i < rest->len && rest->data[i] != '"') {
        i += rest->data[i] == '\\' && i + 1 < rest->len
                     && rest->data[i + 1] == '"'
                 ? 2
                 : 1;
    }
    if (i >= rest->len) {
        return false;
    }
    *rest = part(*rest, i + 1, rest->len - i - 1);
    return true;
}

static bool
option_take(struct nf_text *rest, unsigned *seen)
{
    size_t len = 0;

    while (len < rest->len && strchr(ALNUM "-", rest->data[len]) != NULL) {
        len++;
    }
    struct nf_text name = part(*rest, 0, len);
    *rest = part(*rest, len, rest->len - len);
    bool has_value = skip(rest, "=");
    size_t i = option_find(name, has_value);
    if (i == sizeof(options) / sizeof(options[0])
        || (has_value && !(skip(rest, "\"") && value_skip(rest)))
        || (!options[i].may_repeat && (*seen & 1u << i) != 0))
    {
        return false;
    }
    *seen |= 1u << i;
    return true;
}

/* Up to the blank behind them. */
static bool
options_skip(struct nf_text *rest)
{
    unsigned seen = 0;

    do {
        if (!option_take(rest, &seen)) {
            return false;
        }
    } while (skip(rest, ","));
    return skip(rest, " ");
}

/* --- the line -------------------------------------------------------------
 */

/* The next word, without the blanks around it. */
static struct nf_text
word_take(struct nf_text *rest)
{
    while (skip(rest, " ")) {
    }
    return nf_text_cut(rest, ' ');
}

const char *
nf_login_key_misfit(struct nf_text line)
{
    struct nf_text rest = line;
    const struct type *type = type_find(word_take(&rest));

    if (line.len > NF_LOGIN_KEY_MAX || !nf_text_is_printable(line)) {
        return "one line of at most 4095 bytes without control characters";
    }
    if (type == NULL) {
        rest = line;
        bool has_options = options_skip(&rest);
        type = has_options ? type_find(word_take(&rest)) : NULL;
    }
    if (type == NULL) {
        return "[OPTIONS] TYPE KEY [COMMENT], with options that sshd(8) knows "
               "and a type such as ssh-ed25519, ssh-rsa or ecdsa-sha2-nistp256";
    }
    return key_fits(type, word_take(&rest))
               ? NULL
               : "a complete public key: the text after its type is truncated, "
                 "or is not a key of that type";
}
