/*
 * Packages: names, groups ("@core"), what is not wanted ("-nano"), and the
 * repositories that they come from.  APT knows no groups, DNF no suites.
 */
#include <stdio.h>

#include "model/profile_sense.h"

enum {
    FIELD = 48,
    ARMOUR_LINE = 80,
};

static bool
is_apt(const struct nf_sense *d)
{
    return d->method != NF_METHOD_KICKSTART;
}

static bool
is_excluded(struct nf_text name)
{
    return nf_text_starts(name, NF_TEXT("-"));
}

static struct nf_text
skip(struct nf_text text, size_t n)
{
    return (struct nf_text){text.data + n, text.len - n};
}

static nf_error_t
refuse_entry(const struct nf_sense *d, const char *list, size_t i,
             const char *why)
{
    char field[FIELD];

    snprintf(field, sizeof(field), "%s[%zu]", list, i);
    return nf_refuse(d->fault, field, "%s", why);
}

/* --- names -------------------------------------------------------------------
 */

/* By Debian's policy; a '-' at the end is APT's word for "remove". */
static bool
is_debian_name(struct nf_text name)
{
    return nf_text_has_only(name, "abcdefghijklmnopqrstuvwxyz0123456789+.:-")
           && name.len > 0 && name.data[name.len - 1] != '-';
}

/* The answer files themselves use them. */
static bool
is_needed(struct nf_text name)
{
    static const char *const needed[] = {"curl", "ca-certificates",
                                         "openssh-server", "systemd"};
    bool is_it = false;

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        is_it |= nf_text_equal(name, nf_text(needed[i]));
    }
    return is_it;
}

static const char *
misfit_of(const struct nf_sense *d, struct nf_text entry)
{
    struct nf_text name = is_excluded(entry) ? skip(entry, 1) : entry;
    bool is_group = nf_text_starts(name, NF_TEXT("@"));

    if (is_apt(d) && is_group) {
        return "is a group, which APT does not support: name packages instead, "
               "such as task-ssh-server";
    }
    if (is_apt(d) && !is_debian_name(name)) {
        return "is not a valid package name for APT";
    }
    if (!is_apt(d) && memchr(name.data, ':', name.len) != NULL) {
        return "is not a valid package name for DNF: the architecture follows "
               "a dot";
    }
    if (is_excluded(entry) && is_needed(name)) {
        return "cannot be left out: the installation needs it";
    }
    return is_excluded(entry) && nf_text_starts(name, NF_TEXT("@^"))
               ? "cannot be left out: an environment can only be selected"
               : NULL;
}

static bool
is_wanted(const struct nf_value *list, struct nf_text name)
{
    bool is_found = false;

    for (size_t i = 0; list != NULL && i < list->list.n; i++) {
        is_found |= nf_text_equal(list->list.items[i].text, name);
    }
    return is_found;
}

static nf_error_t
check_packages(const struct nf_sense *d)
{
    const struct nf_value *list = nf_value_member(d->root, "packages");
    const struct nf_value *backports = nf_value_member(d->root, "backports");
    size_t environments = 0;

    for (size_t i = 0; list != NULL && i < list->list.n; i++) {
        struct nf_text name = list->list.items[i].text;
        const char *why = misfit_of(d, name);
        environments += nf_text_starts(name, NF_TEXT("@^"));
        if (why == NULL && is_excluded(name)
            && (is_wanted(list, skip(name, 1))
                || is_wanted(backports, skip(name, 1))))
        {
            why = "is both included and left out";
        }
        if (why == NULL && environments > 1) {
            why = "is a second environment: a system can have only one";
        }
        if (why != NULL) {
            return refuse_entry(d, "packages", i, why);
        }
    }
    return NF_OK;
}

static nf_error_t
check_backports(const struct nf_sense *d)
{
    const struct nf_value *list = nf_value_member(d->root, "backports");

    if (!nf_sense_has(d->root, "backports")) {
        return NF_OK;
    }
    if (!nf_sense_has(d->root, "suite")) {
        return nf_refuse(d->fault, "suite",
                         "is missing: backports belong to a suite");
    }
    for (size_t i = 0; i < list->list.n; i++) {
        if (!is_debian_name(list->list.items[i].text)
            || is_excluded(list->list.items[i].text))
        {
            return refuse_entry(d, "backports", i,
                                "is not a valid package name for APT");
        }
    }
    return NF_OK;
}

/* --- repositories ------------------------------------------------------------
 */

/* RFC 4880: the first packet is a public key, of either form of its head. */
static bool
begins_as_key(struct nf_text line)
{
    return line.len > 0 && (line.data[0] == 'm' || line.data[0] == 'x');
}

static bool
is_armour(struct nf_text line)
{
    return line.len > 0 && line.len <= ARMOUR_LINE
           && nf_text_has_only(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz0123456789+/=");
}

/* One block, whole; a header ends with an empty line. */
static bool
is_public_key(struct nf_text text)
{
    struct nf_text end = NF_TEXT("-----END PGP PUBLIC KEY BLOCK-----");
    struct nf_text line = nf_text_cut(&text, '\n');
    bool is_head = true, has_key = false;

    if (!nf_text_equal(line, NF_TEXT("-----BEGIN PGP PUBLIC KEY BLOCK-----"))) {
        return false;
    }
    while (text.data != NULL) {
        line = nf_text_cut(&text, '\n');
        if (nf_text_equal(line, end)) {
            return has_key && text.len == 0;
        }
        if (is_head) {
            is_head = line.len > 0;
        } else if (!is_armour(line) || (!has_key && !begins_as_key(line))) {
            return false;
        } else {
            has_key = true;
        }
    }
    return false;
}

/* What is missing, or too much, and why. */
static const char *
repository_misfit(const struct nf_sense *d, const struct nf_value *one,
                  const char **member)
{
    struct nf_text suite = nf_value_member_text(one, "suite");
    bool is_flat = suite.len > 0 && suite.data[suite.len - 1] == '/';
    bool has_components = nf_sense_has(one, "components");

    *member = "suite";
    if (!is_apt(d) && suite.len > 0) {
        return "applies to APT repositories only";
    }
    if (is_apt(d) && suite.len == 0) {
        return "is required for APT repositories";
    }
    *member = "components";
    if (!is_apt(d) && has_components) {
        return "applies to APT repositories only";
    }
    if (is_apt(d) && has_components == is_flat) {
        return is_flat ? "does not apply to a suite that is a directory"
                       : "is required for APT repositories";
    }
    *member = "key";
    return is_public_key(nf_value_member_text(one, "key"))
               ? NULL
               : "must be an ASCII-armored OpenPGP public key";
}

static bool
is_named_before(const struct nf_value *list, size_t i)
{
    struct nf_text name = nf_value_member_text(&list->list.items[i], "name");
    bool is_named = false;

    for (size_t j = 0; j < i; j++) {
        is_named |= nf_text_equal(
            nf_value_member_text(&list->list.items[j], "name"), name);
    }
    return is_named;
}

static nf_error_t
check_repositories(const struct nf_sense *d)
{
    const struct nf_value *list = nf_value_member(d->root, "repositories");

    for (size_t i = 0; list != NULL && i < list->list.n; i++) {
        const char *member = "name";
        const char *why =
            is_named_before(list, i)
                ? "is already used by another repository"
                : repository_misfit(d, &list->list.items[i], &member);
        if (why != NULL) {
            char field[FIELD];
            snprintf(field, sizeof(field), "repositories[%zu].%s", i, member);
            return nf_refuse(d->fault, field, "%s", why);
        }
    }
    return NF_OK;
}

static bool
has_excluded(const struct nf_value *list)
{
    bool has = false;

    for (size_t i = 0; list != NULL && i < list->list.n; i++) {
        has |= is_excluded(list->list.items[i].text);
    }
    return has;
}

/* nf-agent adds Debian's packages to a ready image, and takes none away; also
 * where debian-installer's kernel writes it. */
static nf_error_t
check_image(const struct nf_sense *d)
{
    static const char *const names[] = {"backports", "repositories"};

    if (!nf_sense_has(d->root, "image")) {
        return NF_OK;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (nf_sense_has(d->root, names[i])) {
            return nf_refuse(
                d->fault, names[i],
                "does not apply to the method image: put them into the image");
        }
    }
    if (!nf_sense_has(d->root, "packages")) {
        return NF_OK;
    }
    if (!nf_sense_is(d->root, "os_type", "debian")
        || !nf_sense_has(d->root, "suite"))
    {
        return nf_refuse(d->fault, "packages",
                         "can be added to Debian images only: os_type must be "
                         "debian, and suite its release");
    }
    return has_excluded(nf_value_member(d->root, "packages"))
               ? nf_refuse(d->fault, "packages",
                           "can only be added to an image, not left out")
               : NF_OK;
}

nf_error_t
nf_sense_packages(const struct nf_sense *d)
{
    nf_error_t (*const checks[])(const struct nf_sense *) = {
        check_image, check_packages, check_backports, check_repositories};
    nf_error_t err = NF_OK;

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && !err; i++) {
        err = checks[i](d);
    }
    return err;
}
