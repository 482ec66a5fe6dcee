#include "render/install.h"

#include "render/layout.h"
#include "render/packages_script.h"

enum {
    MEMBERS = 96,
    KEYS_MAX = 64,
};

static struct nf_text
text_or(const struct nf_value *map, const char *name, const char *fallback)
{
    struct nf_text text = nf_value_member_text(map, name);

    return text.len > 0 ? text : nf_text(fallback);
}

/* --- files
 * ------------------------------------------------------------------------
 *
 * A path is below what the server gives out; a task has its files pinned to
 * their content, which never changes where it lies.
 */

/* What stands behind the last slash. */
static struct nf_text
last_part(struct nf_text path)
{
    struct nf_text part = path;

    while (path.data != NULL) {
        part = nf_text_cut(&path, '/');
    }
    return part;
}

/* An operator may tell the checksum of an image that nobody has imported:
 * only with its size it is one of ours. */
static struct nf_text
url_of(struct nf_build *b, const struct nf_install *in,
       const struct nf_value *file, const char *path_name)
{
    bool is_map = file->kind == NF_VALUE_MAP;
    struct nf_text path =
        is_map ? nf_value_member_text(file, path_name) : file->text;
    struct nf_text sha256 =
        is_map ? nf_value_member_text(file, "sha256") : NF_TEXT("");
    int host = (int) in->server.len;

    if (nf_text_starts(path, NF_TEXT("http://"))) {
        return path;
    }
    bool is_pinned =
        strcmp(path_name, "path") == 0 || nf_value_member(file, "size") != NULL;
    if (sha256.len == 64 && is_pinned) {
        struct nf_text name = last_part(path);
        return nf_build_printf(b, "http://%.*s/files/by-hash/%.64s/%.*s", host,
                               in->server.data, sha256.data, (int) name.len,
                               name.data);
    }
    return nf_build_printf(b, "http://%.*s/files/%.*s", host, in->server.data,
                           (int) path.len, path.data);
}

static void
add_url(struct nf_pile *map, const struct nf_install *in, const char *member,
        const char *name)
{
    const struct nf_value *file = nf_value_member(in->document, member);

    if (file != NULL) {
        nf_pile_add(map, name,
                    nf_value_text(url_of(map->build, in, file, "path")));
    }
}

/* Below the TFTP root, where contents lie as on the disk; nothing for what is
 * elsewhere. */
static struct nf_text
tftp_path(struct nf_build *b, const struct nf_install *in, struct nf_text host,
          struct nf_text path)
{
    const struct nf_text by_hash = NF_TEXT("files/by-hash/");

    if (!nf_text_equal(host, in->server)) {
        return NF_TEXT("");
    }
    if (!nf_text_starts(path, by_hash)) {
        return nf_build_printf(b, "/%.*s", (int) path.len, path.data);
    }
    const char *hash = path.data + by_hash.len;
    return nf_build_printf(b, "/files/by-hash/%.2s/%.64s", hash, hash);
}

/* As GRUB names it. */
static void
add_grub_path(struct nf_pile *map, const struct nf_install *in,
              const char *member, const char *name)
{
    const struct nf_value *file = nf_value_member(in->document, member);
    const struct nf_text http = NF_TEXT("http://");

    if (file == NULL) {
        return;
    }
    struct nf_text path = url_of(map->build, in, file, "path");
    path.data += http.len;
    path.len -= http.len;
    struct nf_text host = nf_text_cut(&path, '/');
    nf_pile_add(
        map, name,
        nf_value_text(in->loader_root.len == 0
                          ? tftp_path(map->build, in, host, path)
                          : nf_build_printf(map->build, "(http,%.*s)/%.*s",
                                            (int) host.len, host.data,
                                            (int) path.len, path.data)));
}

/* From RHEL 8 on a release has two repositories, side by side. */
static void
add_appstream(struct nf_pile *map, const struct nf_install *in)
{
    const struct nf_value *file = nf_value_member(in->document, "repository");
    struct nf_text base = NF_TEXT("/BaseOS/");
    struct nf_text url =
        file == NULL ? NF_TEXT("") : url_of(map->build, in, file, "path");

    for (size_t i = 0; i + base.len <= url.len; i++) {
        struct nf_text rest = {url.data + i, url.len - i};
        if (nf_text_starts(rest, base)) {
            nf_pile_add(
                map, "appstream_url",
                nf_value_text(nf_build_printf(
                    map->build, "%.*s/AppStream/%.*s", (int) i, url.data,
                    (int) (rest.len - base.len), rest.data + base.len)));
            return;
        }
    }
}

static void
add_files(struct nf_pile *map, const struct nf_install *in)
{
    const struct nf_value *image = nf_value_member(in->document, "image");
    struct nf_text sha256 = nf_value_member_text(image, "sha256");

    add_url(map, in, "kernel", "kernel_url");
    add_url(map, in, "initrd", "initrd_url");
    add_grub_path(map, in, "kernel", "kernel_path");
    add_grub_path(map, in, "initrd", "initrd_path");
    add_url(map, in, "iso", "iso_url");
    add_url(map, in, "repository", "repository_url");
    add_appstream(map, in);
    if (image != NULL) {
        nf_pile_add(map, "image_url",
                    nf_value_text(url_of(map->build, in, image, "file")));
        nf_pile_add(map, "image_size",
                    nf_value_text(nf_value_member_text(image, "size")));
        nf_pile_add(map, "image_format",
                    nf_value_text(text_or(image, "format", "raw")));
        nf_pile_add(map, "image_sha256",
                    nf_value_text(sha256.len > 0 ? sha256 : in->image_sha256));
    }
}

/* --- accounts
 * -----------------------------------------------------------------------
 */

/* Root's keys: those of the site and those of the profile. */
static struct nf_value
root_keys(struct nf_build *b, const struct nf_install *in)
{
    const struct nf_value *own = nf_value_member(in->document, "ssh_keys");
    struct nf_pile list = nf_build_list(b, KEYS_MAX);

    if (in->settings->ssh_key[0] != '\0') {
        nf_pile_push(&list, nf_value_string(in->settings->ssh_key));
    }
    for (size_t i = 0; i < nf_value_count(own); i++) {
        nf_pile_push(&list, own->list.items[i]);
    }
    return nf_pile_value(&list);
}

static struct nf_value
user_value(struct nf_build *b, const struct nf_value *user)
{
    const struct nf_value *keys = nf_value_member(user, "ssh_keys");
    struct nf_pile map = nf_build_map(b, 8);

    nf_pile_add(&map, "name",
                nf_value_text(nf_value_member_text(user, "name")));
    struct nf_text hash = text_or(user, "password_hash", "!");

    nf_pile_add(&map, "password_hash", nf_value_text(hash));
    nf_pile_add(&map, "locked",
                nf_value_bool(nf_text_equal(hash, NF_TEXT("!"))));
    /* there in any case, so that those of root never show instead */
    nf_pile_add(&map, "ssh_keys",
                keys != NULL ? *keys : nf_value_list(NULL, 0));
    nf_pile_add(&map, "sudo",
                nf_value_member(user, "sudo") != NULL
                    ? *nf_value_member(user, "sudo")
                    : nf_value_bool(false));
    return nf_pile_value(&map);
}

static void
add_accounts(struct nf_pile *map, const struct nf_install *in)
{
    struct nf_build *b = map->build;
    const struct nf_value *users = nf_value_member(in->document, "users");
    size_t n = nf_value_count(users);
    struct nf_pile list = nf_build_list(b, n);
    struct nf_text hash = text_or(in->document, "root_password_hash",
                                  in->settings->root_password);
    struct nf_value keys = root_keys(b, in);
    bool has_sudo = false;

    for (size_t i = 0; i < n; i++) {
        const struct nf_value *sudo =
            nf_value_member(&users->list.items[i], "sudo");
        has_sudo |= sudo != NULL && sudo->kind == NF_VALUE_TRUE;
        nf_pile_push(&list, user_value(b, &users->list.items[i]));
    }
    nf_pile_add(map, "sudo", nf_value_bool(has_sudo));
    nf_pile_add(map, "users", nf_pile_value(&list));
    nf_pile_add(map, "root_password_hash", nf_value_text(hash));
    nf_pile_add(map, "root_locked",
                nf_value_bool(nf_text_equal(hash, NF_TEXT("!"))));
    nf_pile_add(map, "ssh_keys", keys);
}

/* --- scripts: any text, so in base64 alone
 * --------------------------------------
 */

static void
push_script(struct nf_pile *list, struct nf_text name, struct nf_text script)
{
    struct nf_build *b = list->build;
    struct nf_pile map = nf_build_map(b, 2);

    nf_pile_add(&map, "name", nf_value_text(name));
    nf_pile_add(&map, "script", nf_value_text(nf_build_base64(b, script)));
    nf_pile_push(list, nf_pile_value(&map));
}

/* The profile's own, after `first`, unless that is empty. */
static struct nf_value
encode_scripts(struct nf_build *b, struct nf_text first,
               const struct nf_value *scripts)
{
    size_t n = nf_value_count(scripts);
    struct nf_pile list = nf_build_list(b, n + 1);

    if (first.len > 0) {
        push_script(&list, NF_TEXT("packages"), first);
    }
    for (size_t i = 0; i < n; i++) {
        const struct nf_value *one = &scripts->list.items[i];
        push_script(&list, nf_value_member_text(one, "name"),
                    nf_value_member_text(one, "script"));
    }
    return nf_pile_value(&list);
}

/* What nf-agent runs in the new system: an image has no installer that would
 * bring packages. */
static struct nf_value
image_scripts(struct nf_build *b, const struct nf_install *in)
{
    bool is_image = nf_value_member(in->document, "image") != NULL;
    struct nf_text first = is_image
                               ? nf_packages_script(b, in->server, in->document)
                               : NF_TEXT("");

    return encode_scripts(b, first,
                          nf_value_member(in->document, "post_scripts"));
}

/* --- packages
 * -----------------------------------------------------------------------
 */

/* Those that begin with '-', without it, or the others. */
static struct nf_value
chosen_packages(struct nf_build *b, const struct nf_value *all,
                bool is_excluded)
{
    size_t n = nf_value_count(all);
    struct nf_pile list = nf_build_list(b, n);

    for (size_t i = 0; i < n; i++) {
        struct nf_text name = all->list.items[i].text;
        size_t mark = nf_text_starts(name, NF_TEXT("-")) ? 1 : 0;
        if ((mark > 0) == is_excluded) {
            nf_pile_push(&list, nf_value_text((struct nf_text){
                                    name.data + mark, name.len - mark}));
        }
    }
    return nf_pile_value(&list);
}

/* With a proxy where it is somebody else's. */
static struct nf_value
repository_value(struct nf_build *b, const struct nf_install *in,
                 const struct nf_value *one)
{
    const struct nf_value *network = nf_value_member(in->document, "network");
    struct nf_text said = nf_value_member_text(one, "url");
    struct nf_value file = nf_value_text(said);
    bool is_remote = nf_text_starts(said, NF_TEXT("http://"))
                     || nf_text_starts(said, NF_TEXT("https://"));
    struct nf_pile map = nf_build_map(b, 8);

    nf_pile_add(&map, "name", nf_value_text(nf_value_member_text(one, "name")));
    nf_pile_add(&map, "url",
                is_remote ? file : nf_value_text(url_of(b, in, &file, "path")));
    nf_pile_add(&map, "suite",
                nf_value_text(nf_value_member_text(one, "suite")));
    nf_pile_add(&map, "components_line",
                nf_value_text(
                    nf_build_join(b, nf_value_member(one, "components"), " ")));
    nf_pile_add(
        &map, "key",
        nf_value_text(nf_build_base64(b, nf_value_member_text(one, "key"))));
    nf_pile_add(&map, "proxy",
                nf_value_text(is_remote ? nf_value_member_text(network, "proxy")
                                        : NF_TEXT("")));
    return nf_pile_value(&map);
}

/* APT installs them with everything else, unless that has to wait until it
 * knows the repositories: then late, all of them at once, so that what is left
 * out and what needs it are seen together. */
static void
add_packages(struct nf_pile *map, const struct nf_install *in)
{
    struct nf_build *b = map->build;
    const struct nf_value *all = nf_value_member(in->document, "packages");
    const struct nf_value *others =
        nf_value_member(in->document, "repositories");
    const struct nf_value *backports =
        nf_value_member(in->document, "backports");
    struct nf_value wanted = chosen_packages(b, all, false);
    struct nf_value excluded = chosen_packages(b, all, true);
    size_t n = nf_value_count(others);
    struct nf_pile list = nf_build_list(b, n);

    for (size_t i = 0; i < n; i++) {
        nf_pile_push(&list, repository_value(b, in, &others->list.items[i]));
    }
    bool is_late =
        n > 0 || nf_value_count(backports) > 0 || nf_value_count(&excluded) > 0;
    nf_pile_add(map, "repositories", nf_pile_value(&list));
    nf_pile_add(map, "late_packages", nf_value_bool(is_late));
    nf_pile_add(map, "wanted", wanted);
    nf_pile_add(map, "excluded", excluded);
    nf_pile_add(map, "packages_line",
                nf_value_text(nf_build_join(b, &wanted, " ")));
    nf_pile_add(map, "backports_line",
                nf_value_text(nf_build_join(b, backports, " ")));
}

/* --- network
 * ----------------------------------------------------------------------
 */

/* Each with `comma` for all but the last. */
static struct nf_value
with_commas(struct nf_build *b, const struct nf_value *list)
{
    size_t n = nf_value_count(list);
    struct nf_pile pile = nf_build_list(b, n);

    for (size_t i = 0; i < n; i++) {
        struct nf_pile map = nf_build_map(b, 2);
        nf_pile_add(&map, "name", list->list.items[i]);
        nf_pile_add(&map, "more", nf_value_bool(i + 1 < n));
        nf_pile_push(&pile, nf_pile_value(&map));
    }
    return nf_pile_value(&pile);
}

static struct nf_value
bond_value(struct nf_build *b, const struct nf_value *bond)
{
    struct nf_pile map = nf_build_map(b, 8);

    nf_pile_add(&map, "name",
                nf_value_text(nf_value_member_text(bond, "name")));
    nf_pile_add(&map, "mode",
                nf_value_text(text_or(bond, "mode", "active-backup")));
    nf_pile_add(&map, "members",
                with_commas(b, nf_value_member(bond, "members")));
    return nf_pile_value(&map);
}

static struct nf_value
vlan_value(struct nf_build *b, const struct nf_value *vlan)
{
    struct nf_pile map = nf_build_map(b, 4);
    struct nf_text id = nf_value_member_text(vlan, "id");
    struct nf_text link = nf_value_member_text(vlan, "link");

    nf_pile_add(&map, "id", nf_value_text(id));
    nf_pile_add(&map, "link", nf_value_text(link));
    nf_pile_add(
        &map, "name",
        nf_value_text(nf_build_printf(b, "vlan%.*s", (int) id.len, id.data)));
    return nf_pile_value(&map);
}

/* Whether its names come from DHCP although the installer's own way to ask is
 * given up: something has to hear of them then. */
static bool
leases_names(const struct nf_value *network)
{
    static const char *const own[] = {"addresses", "bond", "interface",
                                      "ipv6",      "mtu",  "vlan"};
    bool is_own = false;

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        is_own |= nf_value_member(network, own[i]) != NULL;
    }
    return is_own && nf_value_count(nf_value_member(network, "dns")) == 0
           && !nf_text_equal(nf_value_member_text(network, "method"),
                             NF_TEXT("static"));
}

/* What installers fetch from elsewhere goes by the proxy; we are beside them.
 */
static struct nf_text
fetch_proxy(const struct nf_install *in, const struct nf_value *network)
{
    struct nf_text repository = text_or(in->document, "repository", "http://");

    return nf_text_starts(repository, NF_TEXT("http://"))
               ? nf_value_member_text(network, "proxy")
               : NF_TEXT("");
}

/* The cards; the addresses stand in the variable `network`. */
static void
add_network(struct nf_pile *map, const struct nf_install *in)
{
    struct nf_build *b = map->build;
    const struct nf_value *network = nf_value_member(in->document, "network");
    const struct nf_value *bond = nf_value_member(network, "bond");
    const struct nf_value *vlan = nf_value_member(network, "vlan");

    nf_pile_add(map, "interface",
                nf_value_text(nf_value_member_text(network, "interface")));
    nf_pile_add(map, "bond",
                bond == NULL ? nf_value_bool(false) : bond_value(b, bond));
    nf_pile_add(map, "vlan",
                vlan == NULL ? nf_value_bool(false) : vlan_value(b, vlan));
    nf_pile_add(
        map, "ntp",
        nf_value_bool(nf_value_count(nf_value_member(network, "ntp")) > 0));
    nf_pile_add(map, "fetch_proxy", nf_value_text(fetch_proxy(in, network)));
    nf_pile_add(map, "leases_names", nf_value_bool(leases_names(network)));
}

/* --- what nf-agent reads: members as JSON
 * ---------------------------------------
 */

static struct nf_value
values_as_json(struct nf_build *b, const struct nf_install *in,
               const struct nf_pile *made)
{
    static const struct nf_value empty_map = {.kind = NF_VALUE_MAP},
                                 empty_list = {.kind = NF_VALUE_LIST};
    const struct nf_value whole = nf_pile_value(made);
    const struct nf_value *layout = nf_value_member(in->document, "disk");
    const struct nf_value *network = nf_value_member(in->document, "network");
    const struct nf_value *users = nf_value_member(in->document, "users");
    const struct nf_value scripts = image_scripts(b, in);
    struct nf_pile map = nf_build_map(b, 8);

#define ADD(name, value)                                                       \
    nf_pile_add(                                                               \
        &map, name,                                                            \
        nf_value_text(nf_build_json(b, value, 2 * NF_PROFILE_JSON_MAX)))
    ADD("layout", layout == NULL ? &empty_map : layout);
    ADD("network", network == NULL ? &empty_map : network);
    ADD("users", users == NULL ? &empty_list : users);
    ADD("ssh_keys", nf_value_member(&whole, "ssh_keys"));
    ADD("scripts", &scripts);
#undef ADD
    return nf_pile_value(&map);
}

/* An image keeps its own language and keyboard unless others are wanted; an
 * installer must be told some. */
static void
add_places(struct nf_pile *map, const struct nf_install *in)
{
    bool is_image = nf_value_member(in->document, "image") != NULL;

    nf_pile_add(map, "image_locale",
                nf_value_text(nf_value_member_text(
                    is_image ? in->document : NULL, "locale")));
    nf_pile_add(map, "image_keyboard",
                nf_value_text(nf_value_member_text(
                    is_image ? in->document : NULL, "keyboard")));
    nf_pile_add(map, "locale",
                nf_value_text(text_or(in->document, "locale", "en_US.UTF-8")));
    nf_pile_add(map, "keyboard",
                nf_value_text(text_or(in->document, "keyboard", "us")));
    nf_pile_add(map, "time_zone",
                nf_value_text(text_or(in->document, "time_zone",
                                      in->settings->time_zone)));
}

struct nf_value
nf_install_value(struct nf_build *build, const struct nf_install *install)
{
    struct nf_pile map = nf_build_map(build, MEMBERS);
    const struct nf_value *document = install->document;
    enum nf_method method = (enum nf_method) install->profile->method;

    add_files(&map, install);
    add_accounts(&map, install);
    add_network(&map, install);
    add_places(&map, install);
    nf_pile_add(&map, "post_scripts",
                encode_scripts(build, NF_TEXT(""),
                               nf_value_member(document, "post_scripts")));
    add_packages(&map, install);
    nf_pile_add(
        &map, "agent",
        nf_value_bool(install->profile->first_boot == NF_FIRST_BOOT_AGENT));
    nf_pile_add(&map, "el7",
                nf_value_bool(install->profile->os_version[0] == '7'));
    nf_pile_add(&map, "disk",
                nf_layout_value(build, nf_value_member(document, "disk"),
                                method, install->settings->disk));
    nf_pile_add(&map, "group", nf_value_string(install->group));
    nf_pile_add(&map, "json", values_as_json(build, install, &map));
    nf_pile_add_all(&map, document);
    return nf_pile_value(&map);
}
