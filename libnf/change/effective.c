#include "change/effective.h"

#include "model/file.h"
#include "store/files.h"
#include "store/profiles.h"
#include "json/tree.h"

/* --- files -------------------------------------------------------------------
 */

/* Members that name a file, and what the path is called within them. */
static const struct {
    const char *member, *path;
} places[] = {
    {"kernel", "path"},
    {"initrd", "path"},
    {"iso", "path"},
    {"image", "file"},
};

static void
put_name(struct nf_out *out, const char *name)
{
    nf_out_puts(out, out->data[out->len - 1] == '{' ? "" : ",");
    nf_out_json(out, nf_text(name));
    nf_out_putc(out, ':');
}

/* The path, what else was said of the file, and its content. */
static void
put_pinned(struct nf_out *out, const struct nf_value *value, const char *path,
           const struct nf_file *file)
{
    nf_out_putc(out, '{');
    if (value->kind == NF_VALUE_TEXT) {
        put_name(out, path);
        nf_value_json(out, value);
    }
    for (size_t i = 0; value->kind == NF_VALUE_MAP && i < value->map.n; i++) {
        put_name(out, value->map.members[i].name);
        nf_value_json(out, &value->map.members[i].value);
    }
    put_name(out, "sha256");
    nf_out_json(out, nf_text(file->sha256));
    put_name(out, "size");
    nf_out_number(out, (int64_t) file->size);
    nf_out_putc(out, '}');
}

/* An operator who tells the content himself means that one. */
static bool
find_file(struct nf_read *r, const struct nf_member *m, const char **path,
          struct nf_file *file)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (strcmp(m->name, places[i].member) != 0
            || nf_value_member(&m->value, "sha256") != NULL
            || nf_value_member(&m->value, "size") != NULL)
        {
            continue;
        }
        *path = places[i].path;
        struct nf_text name = m->value.kind == NF_VALUE_TEXT
                                  ? m->value.text
                                  : nf_value_member_text(&m->value, *path);
        return name.len > 0 && name.len < NF_FILE_PATH
               && nf_files_get(r, name, file);
    }
    return false;
}

nf_error_t
nf_effective_pin(struct nf_read *r, nf_arena_t *arena,
                 struct nf_profile *profile)
{
    char *room = nf_arena_room(arena, NF_PROFILE_JSON_MAX);
    struct nf_out out = nf_out(room, NF_PROFILE_JSON_MAX);
    struct nf_value document;
    struct nf_fault ignored;
    struct nf_file file;
    const char *path;
    nf_error_t err =
        room == NULL ? NF_NO_MEMORY
                     : nf_json_tree(profile->json, arena, &document, &ignored);

    if (err != NF_OK) {
        return err == NF_INVALID ? NF_CORRUPT : err;
    }
    nf_out_putc(&out, '{');
    for (size_t i = 0; i < document.map.n; i++) {
        const struct nf_member *m = &document.map.members[i];
        put_name(&out, m->name);
        if (find_file(r, m, &path, &file)) {
            put_pinned(&out, &m->value, path, &file);
        } else {
            nf_value_json(&out, &m->value);
        }
    }
    nf_out_putc(&out, '}');
    if (!out.full) { /* as large as may be: the paths must do */
        profile->json = nf_out_text(&out);
    }
    return r->err;
}

/* A member whose file was pinned, and what the path names now. */
static bool
is_replaced(struct nf_read *r, const struct nf_member *m, struct nf_text *name)
{
    struct nf_text sha256 = nf_value_member_text(&m->value, "sha256");
    struct nf_file file;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (strcmp(m->name, places[i].member) == 0) {
            *name = nf_value_member_text(&m->value, places[i].path);
            return sha256.len > 0 && name->len > 0 && name->len < NF_FILE_PATH
                   && nf_files_get(r, *name, &file)
                   && !nf_text_equal(sha256, nf_text(file.sha256));
        }
    }
    return false;
}

bool
nf_effective_replaced(struct nf_read *r, uint64_t task,
                      char path[static NF_FILE_PATH])
{
    nf_arena_t *arena = nf_arena_new();
    struct nf_profile profile;
    struct nf_value document;
    struct nf_fault ignored;
    struct nf_text name;
    bool found = false;

    if (arena != NULL && nf_task_profiles_get(r, task, &profile)
        && nf_json_tree(profile.json, arena, &document, &ignored) == NF_OK)
    {
        for (size_t i = 0; i < document.map.n && !found; i++) {
            found = is_replaced(r, &document.map.members[i], &name)
                    && nf_text_copy(path, NF_FILE_PATH, name);
        }
    }
    nf_arena_free(arena);
    return found;
}

/* --- addresses ---------------------------------------------------------------
 */

static void
read_ip(const struct nf_value *network, const char *name, nf_ip4_t *ip)
{
    nf_ip4_t found;

    if (nf_ip4_parse(nf_value_member_text(network, name), &found)) {
        *ip = found;
    }
}

nf_error_t
nf_effective_address(const struct nf_profile *profile,
                     struct nf_address *address)
{
    nf_arena_t *arena = nf_arena_new();
    struct nf_value document;
    struct nf_fault ignored;

    *address = (struct nf_address){0};
    if (arena == NULL) {
        return NF_NO_MEMORY;
    }
    nf_error_t err = nf_json_tree(profile->json, arena, &document, &ignored);
    if (err == NF_OK) {
        const struct nf_value *network = nf_value_member(&document, "network");
        const struct nf_value *dns = nf_value_member(network, "dns");
        read_ip(network, "ip", &address->ip);
        read_ip(network, "netmask", &address->netmask);
        read_ip(network, "gateway", &address->gateway);
        address->is_elsewhere =
            nf_value_member(network, "vlan") != NULL
            || nf_value_member(network, "interface") != NULL;
        for (size_t i = 0; dns != NULL && i < dns->list.n && i < NF_NODE_DNS;
             i++) {
            if (nf_ip4_parse(dns->list.items[i].text, &address->dns[i])) {
                address->dns_n = (uint8_t) (i + 1);
            }
        }
    }
    nf_arena_free(arena);
    return err == NF_INVALID ? NF_CORRUPT : err;
}

nf_error_t
nf_effective_hostname(struct nf_text spec, char hostname[static 64])
{
    nf_arena_t *arena = nf_arena_new();
    struct nf_value document;
    struct nf_fault ignored;

    if (arena == NULL) {
        return NF_NO_MEMORY;
    }
    nf_error_t err = nf_json_tree(spec, arena, &document, &ignored);
    if (err == NF_OK) {
        struct nf_text name = nf_value_member_text(&document, "hostname");
        const struct nf_value *network =
            nf_value_member(&document, "network_config");
        if (name.len == 0) {
            name = nf_value_member_text(network, "hostname");
        }
        (void) nf_text_copy(hostname, 64, name);
    }
    nf_arena_free(arena);
    return err == NF_INVALID ? NF_CORRUPT : err;
}
