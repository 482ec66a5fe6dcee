/* Hashes and public keys: what a login takes, and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/login.h"
#include "model/place_name.h"

/* clang-format off */
#define ED25519 \
    "AAAAC3NzaC1lZDI1NTE5AAAAIKAbB35Kew2dv32aZHn/U3GuKCqEBAAh4jKvDLurgMVk"
#define RSA \
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQCLE2H01tFqH1SU7rFWVTNtTvE7o5d32tfd17ZH" \
    "aUPCaBDIJodb4NERUkeRv40lb1oMqVLXIC8J8gK13FeAnPMnDrSqGbxonoZdKh6mxKnj" \
    "kWjlS0oyl8JYLJyujWuYodFGNqsbGsiIBugL493+IujLA4GiHl+tjdJ+Kw28UC6w6P9W" \
    "aJ3AbBGyV/em8uEDGJOzNW28ja9FKlJlm0GGO8Ec1ZpAhwjuNKXfBw1IIsI8v/ycrTVz" \
    "BZqyIpo7JlML1b82J8RZMpAsc+GzutbeP4IKUiFyUkFdRJ2fuWoPoIKGR0dtUmjJvfym" \
    "HDhrS/61gV36MoNzIdiRu7e/thS2mceR"
#define RSA_SHORT \
    "AAAAB3NzaC1yc2EAAAADAQABAAAAYQDBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHB" \
    "wcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHB" \
    "wcHBwcHBwcHBwcHBwcHBwcE="
#define P256 \
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBPyuBTTy6AgIO4OS" \
    "clxiyISnOewc9Il2v2mr0K1Msvr9BSc+aZmMQLKvfgOS6REkuh8ANo6A/DLFDFre74v9" \
    "dq4="
#define P384 \
    "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBFnFSDWtmMkWJWAw" \
    "lGfWFcGTvouddhODpedPw5SBpjvLhfWMR+2YzFzoUSJu7xgLsXaMFWCiwa+6wyZIkX6F" \
    "hEWcX+QfbDXV9ap1pQr1k6ODPOZ3zZge6MVP6251WcF38Q=="
#define P521 \
    "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAGQW2IqFDUyaror" \
    "NY5Z/F4sjB9QgGzZcM11Jiu/Lq3g4Ut4mU7apPiy3YOKRhQKF8ydbh3BIXRsn8l+NERI" \
    "36e2GgHdxQfwuMArMlIX5D27xKM3MrFne8zbp3Pz2+6RptHpkTlWeALkuc3Qrxo7q1o6" \
    "ZzV6Yn8hpNrygq6rzwoyQ3t4Qw=="
#define SK_ED \
    "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAABAgMEBQYHCAkKCwwNDg8Q" \
    "ERITFBUWFxgZGhscHR4fAAAABHNzaDo="
#define SK_EC \
    "AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYA" \
    "AABBBAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0u" \
    "LzAxMjM0NTY3ODk6Ozw9Pj8AAAAEc3NoOg=="
#define ED_33 \
    "AAAAC3NzaC1lZDI1NTE5AAAAIQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AA=="
#define ED_MORE \
    "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAAAAXg="
#define ED_TRAIL \
    "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAAA"
#define EC_CURVE \
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAzODQAAABBBAABAgMEBQYHCAkK" \
    "CwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9" \
    "Pj8="
#define EC_COMPRESSED \
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBAgAAAAAAAAAAAAAA" \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAA="
#define SK_BARE \
    "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAABAgMEBQYHCAkKCwwNDg8Q" \
    "ERITFBUWFxgZGhscHR4f"
#define ED_HUGE \
    "AAAAC3NzaC1lZDI1NTE5/////wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define DSS \
    "AAAAB3NzaC1kc3MAAACBAP//////////////////////////////////////////////" \
    "////////////////////////////////////////////////////////////////////" \
    "////////////////////////////////////////////////////////AAAAFQD/////" \
    "/////////////////////wAAAIABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB" \
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB" \
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQAAAIAB" \
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB" \
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB" \
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=="

#define SHA512 "RDR1OeBiKJIXxLQs5x7Q1CFDqBkDbm.U3G31rxx9wkeRh3ZuV7GjS.3uTOLGLAvFO8mr6FkObGKV17M9sNQJ1."
#define SHA256 "Gcm6FsVtF/Qa77ZKD.iwsJlCVPY0XSMgLJL0Hnww/c1"
#define YES "zroeN0OYnct2fDiNS.hqGZFYr8Bnw/4UA0imUAgbI1/"
#define BCRYPT "R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"

static const char *const hashes[] = {
    "!",
    "$6$salt$" SHA512, "$6$$" SHA512, "$6$rounds=5000$salt$" SHA512, "$6$sixteen.letters/$" SHA512,
    "$5$salt$" SHA256, "$5$rounds=999999999$salt$" SHA256,
    "$1$salt$4xoDDI.fUXZgG/8QWm1Nv.", "$y$j9T$abcdefghijklmnopqrstu/$" YES, "$y$j9T$$" YES,
    "$gy$j9T$abcdefghijklmnopqrstu/$" YES, "$7$CU..../....abcdefgh$" YES,
    "$2b$12$" BCRYPT, "$2y$12$" BCRYPT, "$2a$04$" BCRYPT,
    NULL,
};

static const char *const no_hashes[] = {
    "", "secret", "*", "!x", "!!", "$", "$$", "$6", "$6$", "$6$abc", "$6$a$b", "$6$salt$hash", "x$6$salt$" SHA512,
    "$6$salt$" SHA512 ".", "$6$salt$" SHA512 "\n", "$6$salt" SHA512, "$6$seventeen.letters$" SHA512,
    "$6$rounds=999$salt$" SHA512, "$6$rounds=5000" SHA512, "$6$rounds=$salt$" SHA512, "$6$rounds=1e4$salt$" SHA512,
    "$6$sa:t$" SHA512, "$6$sa t$" SHA512, "$6$salt$" SHA256, "$5$salt$" SHA512, "$5$salt$", "$6$salt$$" SHA512,
    "$1$ninelette$4xoDDI.fUXZgG/8QWm1Nv.", "$1$salt$4xoDDI.fUXZgG/8QWm1Nv", "$y$j9T$salt", "$y$$salt$" YES, "$y$j9T$salt$" SHA512,
    "$2b$12$" BCRYPT "x", "$2b$" BCRYPT, "$2x$12$" BCRYPT, "$3$$8846f7eaee8fb117ad06bdd830b7586c", "$md5$salt$abc", "ab01FAX.bQRSU",
    NULL,
};

static const char *const keys[] = {
    "ssh-ed25519 " ED25519, "ssh-ed25519 " ED25519 " ", "ssh-ed25519  " ED25519 "  two blanks",
    "ssh-rsa " RSA " me@host", "ecdsa-sha2-nistp256 " P256, "ecdsa-sha2-nistp384 " P384, "ecdsa-sha2-nistp521 " P521,
    "sk-ssh-ed25519@openssh.com " SK_ED " token", "sk-ecdsa-sha2-nistp256@openssh.com " SK_EC,
    /* comments: any words */
    "ssh-ed25519 " ED25519 " me@host #2 'her' \"his\" `its` $HOME {{x}} \\", "ssh-ed25519 " ED25519 " J\xc3\xbcrgen \xe2\x80\x93 laptop",
    /* options */
    "restrict ssh-ed25519 " ED25519, "no-pty,no-X11-forwarding ssh-ed25519 " ED25519 " x", "NO-PTY ssh-ed25519 " ED25519,
    "from=\"10.0.0.0/8,*.example.org\",command=\"echo \\\"a, b\\\" # 1\" ssh-rsa " RSA " deploy",
    "environment=\"A=1\",environment=\"B=2\",permitopen=\"a:1\",permitopen=\"b:2\" ssh-ed25519 " ED25519,
    "cert-authority,principals=\"a,b\" ssh-ed25519 " ED25519, "restrict,pty,expiry-time=\"20301231\" ssh-ed25519 " ED25519,
    "command=\"ssh-rsa AAAA\" ssh-ed25519 " ED25519, "command=\"\",tunnel=\"0\",verify-required ssh-ed25519 " ED25519,
    NULL,
};

static const char *const no_keys[] = {
    "", " ", "AAAA", "ssh-", "ssh-rsa", "ssh-rsa ", "ssh-rsa AA$A", "ssh-ed25519 AAAA", "ssh-ed25519 AAAA me@host", ED25519,
    "rsa " RSA, "# ssh-ed25519 " ED25519, "#ssh-ed25519 " ED25519, "ssh-ed25519 " ED25519 "\nssh-ed25519 " ED25519,
    "ssh-ed25519 " ED25519 " a\tb", "ssh-ed25519 " ED25519 " \xff", "ssh-ed25519\t" ED25519,
    /* of another type, cut off, with more behind */
    "ssh-rsa " ED25519, "ssh-ed25519 " RSA, "ecdsa-sha2-nistp256 " P384, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKAbB35Kew2dv32aZHn/U3Gu",
    "ssh-ed25519 " ED25519 "AAAA", "ssh-ed25519 " ED_33, "ssh-ed25519 " ED_MORE, "ssh-ed25519 " ED_TRAIL, "ssh-ed25519 " ED_HUGE,
    "ssh-rsa " RSA_SHORT, "ecdsa-sha2-nistp256 " EC_CURVE, "ecdsa-sha2-nistp256 " EC_COMPRESSED, "sk-ssh-ed25519@openssh.com " SK_BARE,
    "ssh-dss " DSS, "ssh-ed25519-cert-v01@openssh.com " ED25519,
    /* options that sshd would refuse the key for */
    "restricted ssh-ed25519 " ED25519, "no-restrict ssh-ed25519 " ED25519, "no-command=\"x\" ssh-ed25519 " ED25519, "command ssh-ed25519 " ED25519,
    "command=x ssh-ed25519 " ED25519, "command=\"x ssh-ed25519 " ED25519, "pty=\"yes\" ssh-ed25519 " ED25519, "no- ssh-ed25519 " ED25519,
    "restrict, ssh-ed25519 " ED25519, ",restrict ssh-ed25519 " ED25519, "restrict,,pty ssh-ed25519 " ED25519, "restrict pty ssh-ed25519 " ED25519,
    "command=\"a\",command=\"b\" ssh-ed25519 " ED25519, "command=\"x\"ssh-ed25519 " ED25519, "restrict", "restrict ", "command=\"", "=\"x\" ssh-ed25519 " ED25519,
    NULL,
};

static const char *const zones[] = {"Etc/UTC", "UTC", "Europe/Berlin", "Europe/Kyiv", "America/Argentina/Ushuaia", "Etc/GMT+5", "US/Pacific", NULL};
static const char *const no_zones[] = {"", "Mars/Phobos", "Europe", "Europe/", "europe/berlin", "Berlin", "Europe/Berlin ", "Etc/UTC Europe/Berlin", "../Etc/UTC", "posix/UTC", NULL};
static const char *const locales[] = {"C", "POSIX", "C.UTF-8", "en_US.UTF-8", "en_US", "de_DE.UTF-8", "de_DE@euro", "ca_ES@valencia", NULL};
static const char *const no_locales[] = {"", "english", "en", "en_US.UTF-9", "en_XX.UTF-8", "de_US.UTF-8", "EN_us.UTF-8", "en_US.UTF-8 ", "en_US.UTF-8 UTF-8", NULL};
static const char *const keyboards[] = {"us", "de", "gb", "ch", "latam", NULL};
static const char *const no_keyboards[] = {"", "uk", "US", "qwerty", "xx", "custom", "us de", "de-latin1", NULL};
/* clang-format on */

static bool
is_hash(struct nf_text text)
{
    return nf_login_hash_misfit(text) == NULL;
}

static bool
is_key(struct nf_text text)
{
    return nf_login_key_misfit(text) == NULL;
}

static void
check(bool (*fits)(struct nf_text text), const char *const *texts, bool is_good)
{
    for (size_t i = 0; texts[i] != NULL; i++) {
        if (fits(nf_text(texts[i])) != is_good) {
            fail_msg("'%s' is %s", texts[i], is_good ? "refused" : "taken");
        }
    }
}

static void
a_whole_hash_is_taken(void **state)
{
    (void) state;
    check(is_hash, hashes, true);
    check(is_hash, no_hashes, false);
}

static void
a_line_that_sshd_takes_is_taken(void **state)
{
    (void) state;
    check(is_key, keys, true);
    check(is_key, no_keys, false);
}

static void
a_place_is_taken_that_there_is(void **state)
{
    (void) state;
    check(nf_place_is_zone, zones, true);
    check(nf_place_is_zone, no_zones, false);
    check(nf_place_is_locale, locales, true);
    check(nf_place_is_locale, no_locales, false);
    check(nf_place_is_keyboard, keyboards, true);
    check(nf_place_is_keyboard, no_keyboards, false);
}

/* Whatever is cut off or changed must not read behind its end. */
static void
a_text_that_is_cut_anywhere_is_none(void **state)
{
    static const char line[] = "from=\"a\",restrict ssh-ed25519 " ED25519;
    static const char hash[] = "$6$rounds=5000$salt$" SHA512;

    (void) state;
    for (size_t i = 0; i < sizeof(line) - 1; i++) {
        char *copy = test_malloc(i + 1);
        memcpy(copy, line, i);
        assert_non_null(nf_login_key_misfit((struct nf_text){copy, i}));
        test_free(copy);
    }
    for (size_t i = 0; i < sizeof(hash) - 1; i++) {
        char *copy = test_malloc(i + 1);
        memcpy(copy, hash, i);
        assert_non_null(nf_login_hash_misfit((struct nf_text){copy, i}));
        test_free(copy);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_hash_is_taken),
        cmocka_unit_test(a_line_that_sshd_takes_is_taken),
        cmocka_unit_test(a_place_is_taken_that_there_is),
        cmocka_unit_test(a_text_that_is_cut_anywhere_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
