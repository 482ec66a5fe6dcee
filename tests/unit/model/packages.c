/* Packages of a profile: what each method's tools can take, by names. */
#include "model/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----\\n"
#define END   "-----END PGP PUBLIC KEY BLOCK-----"
#define KEY                                                                    \
    BEGIN "Comment: ours\\n\\n"                                                \
          "mDMEawyKlxYJKwYBBAHaRw8BAQdAa6SX1ldV4vKU+7qPdo9D6bLkde2uFq/k\\n"    \
          "=GRog\\n" END

#define PRESEED "\"method\":\"preseed\",\"suite\":\"bookworm\","
#define UBUNTU                                                                 \
    "\"method\":\"autoinstall\",\"kernel\":\"k\",\"initrd\":\"i\","            \
    "\"iso\":\"u.iso\","
#define KICKSTART "\"method\":\"kickstart\",\"repository\":\"http://a/b\","
#define IMAGE     "\"method\":\"image\",\"image\":{\"file\":\"a.img\"},"

#define PACKAGES(list) "\"packages\":[" list "]"
#define REPO(members)                                                          \
    "\"repositories\":[{\"name\":\"a\",\"url\":\"https://r.example/x\","       \
    "\"key\":\"" KEY "\"" members "}]"
#define KEYED(key)                                                             \
    "\"repositories\":[{\"name\":\"a\",\"url\":\"http://r/x\","                \
    "\"key\":\"" key "\"}]"
#define TWO                                                                    \
    "\"repositories\":[{\"name\":\"a\",\"url\":\"repos/a\",\"key\":\"" KEY     \
    "\"},{\"name\":\"a\",\"url\":\"repos/b\",\"key\":\"" KEY "\"}]"

static nf_arena_t *arena;

static nf_error_t
read_profile(const char *members, struct nf_fault *fault)
{
    char json[2048];
    struct nf_profile profile;

    *fault = (struct nf_fault){0};
    snprintf(json, sizeof(json), "{%s}", members);
    return nf_profile_read(nf_text(json), arena, &profile, fault);
}

/* clang-format off */
static const struct {
    const char *members, *field, *reason;
} bad[] = {
    {PRESEED PACKAGES("\"@core\""), "packages[0]", "APT does not support"},
    {UBUNTU PACKAGES("\"vim\",\"@^minimal-environment\""), "packages[1]", "APT does not support"},
    {PRESEED PACKAGES("\"-@core\""), "packages[0]", "APT does not support"},
    {PRESEED PACKAGES("\"Vim\""), "packages[0]", "valid package name for APT"},
    {PRESEED PACKAGES("\"nano-\""), "packages[0]", "valid package name for APT"},
    {UBUNTU PACKAGES("\"vim_x\""), "packages[0]", "valid package name for APT"},
    {KICKSTART PACKAGES("\"vim:i386\""), "packages[0]", "follows a dot"},
    {KICKSTART PACKAGES("\"vim\",\"-vim\""), "packages[1]", "both"},
    {PRESEED PACKAGES("\"-vim\"") ",\"backports\":[\"vim\"]", "packages[0]", "both"},
    {KICKSTART PACKAGES("\"-curl\""), "packages[0]", "needs it"},
    {PRESEED PACKAGES("\"-openssh-server\""), "packages[0]", "needs it"},
    {KICKSTART PACKAGES("\"@^a\",\"@core\",\"@^b\""), "packages[2]", "second environment"},
    {KICKSTART PACKAGES("\"-@^a\""), "packages[0]", "only be selected"},
    {KICKSTART PACKAGES("\"--vim\""), "packages[0]", "the name of a package"},
    {KICKSTART PACKAGES("\"@\""), "packages[0]", "the name of a package"},
    {KICKSTART PACKAGES("\"^vim\""), "packages[0]", "the name of a package"},
    {KICKSTART PACKAGES("\"vim nano\""), "packages[0]", "the name of a package"},
    {KICKSTART "\"backports\":[\"vim\"]", "backports", "DNF has none"},
    {IMAGE "\"backports\":[\"vim\"]", "backports", "does not apply to the method image"},
    {IMAGE REPO(""), "repositories", "does not apply to the method image"},
    {PRESEED "\"image\":{\"file\":\"a.img\"}," PACKAGES("\"vim\""), "packages", "os_type must be debian"},
    {UBUNTU "\"backports\":[\"vim\"]", "suite", "backports belong to a suite"},
    {PRESEED "\"backports\":[\"-vim\"]", "backports[0]", "valid package name for APT"},
    {PRESEED REPO(""), "repositories[0].suite", "is required for APT"},
    {PRESEED REPO(",\"suite\":\"stable\""), "repositories[0].components", "is required for APT"},
    {PRESEED REPO(",\"suite\":\"./\",\"components\":[\"main\"]"), "repositories[0].components", "a directory"},
    {KICKSTART REPO(",\"suite\":\"stable\""), "repositories[0].suite", "APT repositories only"},
    {KICKSTART REPO(",\"components\":[\"main\"]"), "repositories[0].components", "APT repositories only"},
    {KICKSTART TWO, "repositories[1].name", "another repository"},
    {KICKSTART KEYED("x"), "repositories[0].key", "OpenPGP"},
    {KICKSTART KEYED(BEGIN "\\n" END), "repositories[0].key", "OpenPGP"},
    {KICKSTART KEYED(BEGIN "\\nlQ==\\n" END), "repositories[0].key", "OpenPGP"}, /* a secret one */
    {KICKSTART KEYED(BEGIN "\\nmDME\\n"), "repositories[0].key", "OpenPGP"},
    {KICKSTART KEYED(BEGIN "\\nmDME'\\n" END), "repositories[0].key", "OpenPGP"},
    {KICKSTART "\"repositories\":[{\"name\":\"a b\",\"url\":\"http://r\",\"key\":\"x\"}]", "repositories[0].name", "lower-case letters"},
    {KICKSTART "\"repositories\":[{\"name\":\"a\",\"url\":\"ftp://r\",\"key\":\"x\"}]", "repositories[0].url", "https://"},
    {KICKSTART "\"repositories\":[{\"name\":\"a\",\"url\":\"http://r\"}]", "repositories[0].key", "is missing"},
};

static const char *const good[] = {
    PRESEED PACKAGES("\"task-ssh-server\",\"libc6:i386\",\"g++\",\"-nano\""),
    PRESEED REPO(",\"suite\":\"stable\",\"components\":[\"main\",\"non-free\"]") ",\"backports\":[\"vim\"]",
    PRESEED REPO(",\"suite\":\"/\""), PRESEED REPO(",\"suite\":\"./\""), PRESEED REPO(",\"suite\":\"x/y/\""),
    UBUNTU "\"suite\":\"jammy\",\"backports\":[\"vim\"]," PACKAGES("\"-snapd\""),
    KICKSTART PACKAGES("\"@^minimal-environment\",\"@core\",\"-nano\",\"-@guest-agents\",\"glibc.i686\",\"Xaw3d\""),
    KICKSTART REPO(""), KICKSTART KEYED(KEY "\\n"), KICKSTART KEYED(BEGIN "\\nxsBN\\n" END),
};
/* clang-format on */

static void
what_a_method_cannot_take_is_refused_by_name(void **state)
{
    struct nf_fault fault;

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        nf_error_t err = read_profile(bad[i].members, &fault);
        if (err != NF_INVALID || strcmp(fault.field, bad[i].field) != 0
            || strstr(fault.reason, bad[i].reason) == NULL)
        {
            fail_msg("%s: %d, \"%s\": \"%s\"", bad[i].members, err, fault.field,
                     fault.reason);
        }
    }
}

static void
what_it_can_is_taken(void **state)
{
    struct nf_fault fault;

    (void) state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (read_profile(good[i], &fault) != NF_OK) {
            fail_msg("%s: \"%s\": \"%s\"", good[i], fault.field, fault.reason);
        }
    }
}

static int
make(void **state)
{
    (void) state;
    arena = nf_arena_new();
    return arena == NULL;
}

static int
drop(void **state)
{
    (void) state;
    nf_arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_method_cannot_take_is_refused_by_name),
        cmocka_unit_test(what_it_can_is_taken),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
