/*
 * What the members of a profile must have in common: each installer can do so
 * much and no more, and an operator is told when he writes the profile, not
 * when a machine stands still.
 */
#include "model/profile_sense.h"

#include <stdio.h>

bool
nf_sense_has(const struct nf_value *map, const char *name)
{
    const struct nf_value *value = nf_value_member(map, name);

    return value != NULL
           && !(value->kind == NF_VALUE_TEXT && value->text.len == 0)
           && !(value->kind == NF_VALUE_LIST && value->list.n == 0);
}

bool
nf_sense_is(const struct nf_value *map, const char *name, const char *text)
{
    return nf_text_equal(nf_value_member_text(map, name), nf_text(text));
}

/* --- what each method needs, and cannot do
 * --------------------------------------
 */

static const struct rule {
    enum nf_method method;
    bool is_needed;         /* else it is refused */
    const char *map, *name; /* map "": the profile itself */
    const char *why;
} rules[] = {
    /* clang-format off */
    {NF_METHOD_PRESEED,     true,  "", "suite",      "is missing: debian-installer needs it"},
    {NF_METHOD_IMAGE,       true,  "", "image",      "is missing: there is nothing to write"},
    {NF_METHOD_AUTOINSTALL, true,  "", "kernel",     "is missing: the installer's kernel"},
    {NF_METHOD_AUTOINSTALL, true,  "", "initrd",     "is missing: the installer's initrd"},
    {NF_METHOD_AUTOINSTALL, true,  "", "iso",        "is missing: the installer runs from it"},
    {NF_METHOD_KICKSTART,   true,  "", "repository", "is missing: the packages come from it"},
    {NF_METHOD_AUTOINSTALL, false, "", "image",      "applies to the methods image and preseed only"},
    {NF_METHOD_KICKSTART,   false, "", "image",      "applies to the methods image and preseed only"},
    {NF_METHOD_PRESEED,     false, "", "iso",        "applies to the method autoinstall only"},
    {NF_METHOD_IMAGE,       false, "", "iso",        "applies to the method autoinstall only"},
    {NF_METHOD_KICKSTART,   false, "", "iso",        "applies to the method autoinstall only"},
    {NF_METHOD_PRESEED,     false, "", "repository", "applies to the methods kickstart and autoinstall only: debian-installer uses NF_MIRROR_URL"},
    {NF_METHOD_IMAGE,       false, "", "repository", "applies to the methods kickstart and autoinstall only"},
    {NF_METHOD_IMAGE,       false, "", "kernel",     "does not apply to nf-agent, which brings its own"},
    {NF_METHOD_IMAGE,       false, "", "initrd",     "does not apply to nf-agent, which brings its own"},
    {NF_METHOD_KICKSTART,   false, "", "backports",  "applies to the methods preseed and autoinstall only: DNF has none"},
    /* clang-format on */
};

static nf_error_t
check_method(const struct nf_sense *d)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct rule *rule = &rules[i];
        const struct nf_value *map = rule->map[0] == '\0'
                                         ? d->root
                                         : nf_value_member(d->root, rule->map);
        if (rule->method == d->method
            && nf_sense_has(map, rule->name) != rule->is_needed)
        {
            char field[40];
            snprintf(field, sizeof(field), "%s%s%s", rule->map,
                     rule->map[0] == '\0' ? "" : ".", rule->name);
            return nf_refuse(d->fault, field, "%s", rule->why);
        }
    }
    return NF_OK;
}

/* A template that does not begin so hangs a BIOS machine for ever. */
static nf_error_t
check_templates(const struct nf_sense *d)
{
    const struct nf_value *templates = nf_value_member(d->root, "templates");
    struct nf_text boot = nf_value_member_text(templates, "boot");

    return boot.len > 0 && !nf_text_starts(boot, NF_TEXT("#!ipxe\n"))
               ? nf_refuse(d->fault, "templates.boot", "line 1: must be #!ipxe")
               : NF_OK;
}

static enum nf_method
method_of(const struct nf_value *root)
{
    size_t i = 0;

    while (nf_methods[i] != NULL && !nf_sense_is(root, "method", nf_methods[i]))
    {
        i++;
    }
    return (enum nf_method) i;
}

nf_error_t
nf_profile_check_sense(const struct nf_value *document, struct nf_fault *fault)
{
    struct nf_sense d = {
        .root = document,
        .disk = nf_value_member(document, "disk"),
        .network = nf_value_member(document, "network"),
        .method = method_of(document),
        .is_tar =
            nf_sense_is(nf_value_member(document, "image"), "format", "tar"),
        .fault = fault,
    };
    nf_error_t err = check_method(&d);

    if (!err) {
        err = nf_sense_raid(&d);
    }
    if (!err) {
        err = nf_sense_disk(&d);
    }
    if (!err) {
        err = nf_sense_network(&d);
    }
    if (!err) {
        err = nf_sense_packages(&d);
    }
    return err ? err : check_templates(&d);
}
