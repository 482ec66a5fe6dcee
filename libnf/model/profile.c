#include "model/profile.h"

#include "json/tree.h"

const char *const nf_methods[] = {
    [NF_METHOD_PRESEED] = "preseed",
    [NF_METHOD_IMAGE] = "image",
    [NF_METHOD_AUTOINSTALL] = "autoinstall",
    [NF_METHOD_KICKSTART] = "kickstart",
    [NF_METHOD_KICKSTART + 1] = NULL,
};
const char *const nf_first_boots[] = {
    [NF_FIRST_BOOT_AGENT] = "agent",
    [NF_FIRST_BOOT_BOOT] = "boot",
    [NF_FIRST_BOOT_NONE] = "none",
    [NF_FIRST_BOOT_NONE + 1] = NULL,
};

/* What the API adds when it shows a profile, and takes back in silence. */
static const char *const added[] = {"name", "origin", "revision"};

const struct nf_profile *
nf_profile_find(const char *name)
{
    for (const struct nf_profile *p = nf_profiles; p->name[0] != '\0'; p++) {
        if (strcmp(p->name, name) == 0) {
            return p;
        }
    }
    return NULL;
}

bool
nf_profile_is_name(struct nf_text name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '\0' || strchr(allowed, name.data[i]) == NULL) {
            return false;
        }
    }
    return name.len > 0 && name.len < NF_PROFILE_NAME
           && strchr("._-", name.data[0]) == NULL;
}

/* debian-installer, also one that hands over to nf-agent, or an image that gets
 * packages.  Other installers name their own servers. */
bool
nf_profile_needs_mirror(const struct nf_profile *profile, nf_arena_t *arena)
{
    const struct nf_value *packages;
    struct nf_value document;
    struct nf_fault ignored;

    if (profile->method != NF_METHOD_IMAGE) {
        return profile->method == NF_METHOD_PRESEED;
    }
    if (nf_json_tree(profile->json, arena, &document, &ignored) != NF_OK) {
        return false;
    }
    packages = nf_value_member(&document, "packages");
    return packages != NULL && packages->list.n > 0;
}

static bool
is_added(const char *name)
{
    for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
        if (strcmp(added[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static nf_error_t
put_canonical(const struct nf_value *document, struct nf_out *out,
              struct nf_fault *fault)
{
    bool is_first = true;

    nf_out_putc(out, '{');
    for (size_t i = 0; i < document->map.n; i++) {
        const struct nf_member *m = &document->map.members[i];
        if (!is_added(m->name)) {
            nf_out_puts(out, is_first ? "" : ",");
            nf_out_json(out, nf_text(m->name));
            nf_out_putc(out, ':');
            nf_value_json(out, &m->value);
            is_first = false;
        }
    }
    nf_out_putc(out, '}');
    return out->full ? nf_refuse(fault, "", "a profile has at most %d bytes",
                                 NF_PROFILE_JSON_MAX)
                     : NF_OK;
}

static uint8_t
word_index(const struct nf_value *document, const char *name,
           const char *const *words)
{
    struct nf_text word = nf_value_member_text(document, name);

    for (uint8_t i = 0; words[i] != NULL; i++) {
        if (nf_text_equal(word, nf_text(words[i]))) {
            return i;
        }
    }
    return 0;
}

static bool
has_network(const struct nf_value *document)
{
    const struct nf_value *network = nf_value_member(document, "network");

    return nf_value_member(network, "bond") != NULL
           || nf_value_member(network, "vlan") != NULL
           || nf_text_equal(nf_value_member_text(network, "method"),
                            NF_TEXT("static"));
}

static bool
has_hardware(const struct nf_value *document)
{
    const struct nf_value *scripts =
        nf_value_member(document, "hardware_scripts");
    const struct nf_value *enabled =
        nf_value_member(nf_value_member(document, "raid"), "enabled");

    return (scripts != NULL && scripts->list.n > 0)
           || (nf_value_member(document, "raid") != NULL
               && (enabled == NULL || enabled->kind == NF_VALUE_TRUE));
}

/* The check has seen to it that every text fits. */
static void
fill_in(const struct nf_value *document, struct nf_profile *profile)
{
#define COPY(member, map, name)                                                \
    (void) nf_text_copy(profile->member, sizeof(profile->member),              \
                        nf_value_member_text(map, name))
    COPY(title, document, "title");
    COPY(os_type, document, "os_type");
    COPY(os_version, document, "os_version");
    COPY(bootfile, document, "bootfile");
    COPY(suite, document, "suite");
    COPY(image, nf_value_member(document, "image"), "file");
#undef COPY
    profile->method = word_index(document, "method", nf_methods);
    profile->first_boot = word_index(document, "first_boot", nf_first_boots);
    profile->has_hardware = has_hardware(document);
    profile->has_network = has_network(document);
}

nf_error_t
nf_profile_read(struct nf_text json, nf_arena_t *arena,
                struct nf_profile *profile, struct nf_fault *fault)
{
    struct nf_value document;
    nf_error_t err = nf_json_tree(json, arena, &document, fault);

    *profile = (struct nf_profile){0};
    if (err || (err = nf_profile_check(&document, fault)) != NF_OK) {
        return err;
    }
    struct nf_out out =
        nf_out(nf_arena_room(arena, NF_PROFILE_JSON_MAX), NF_PROFILE_JSON_MAX);
    if (out.data == NULL) {
        return NF_NO_MEMORY;
    }
    err = put_canonical(&document, &out, fault);
    profile->json = nf_out_text(&out);
    fill_in(&document, profile);
    return err;
}

static nf_error_t
merge(struct nf_text profile_json, struct nf_text overlay_json,
      nf_arena_t *arena, struct nf_out *out, struct nf_fault *fault)
{
    struct nf_value profile, overlay, merged;
    nf_error_t err = nf_json_tree(profile_json, arena, &profile, fault);

    if (!err) {
        err = nf_json_tree(overlay_json.len == 0 ? NF_TEXT("{}") : overlay_json,
                           arena, &overlay, fault);
    }
    if (!err) {
        err = nf_value_merge(&profile, &overlay, arena, &merged);
    }
    if (!err) {
        err = nf_profile_check(&merged, fault);
    }
    return err ? err : put_canonical(&merged, out, fault);
}

nf_error_t
nf_profile_effective(struct nf_text profile_json, struct nf_text overlay_json,
                     struct nf_out *out, struct nf_fault *fault)
{
    nf_arena_t *arena = nf_arena_new();

    if (arena == NULL) {
        return NF_NO_MEMORY;
    }
    nf_error_t err = merge(profile_json, overlay_json, arena, out, fault);
    nf_arena_free(arena);
    return err;
}
