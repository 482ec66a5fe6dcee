/*
 * The boot files that an installation fetches: there, and as large as the
 * catalogue says.  Nothing is hashed here: `nf files check` does that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "model/file.h"
#include "preflight/look.h"
#include "store/content.h"
#include "store/files.h"

/* Members of a profile that name a file, and what its path is called there. */
static const struct place {
    const char *member, *path;
} places[] = {
    {"kernel", "path"},
    {"initrd", "path"},
    {"iso", "path"},
    {"image", "file"},
};

enum {
    PLACES = sizeof(places) / sizeof(places[0])
};

/* A file as the task will fetch it. */
struct wanted {
    struct nf_text path;
    struct nf_text sha256; /* of the content it is pinned to; or empty */
    uint64_t size;
    bool is_pinned;
};

/* False: it names none, or one of another server. */
static bool
find_wanted(struct nf_look *look, const struct place *place, struct wanted *w)
{
    const struct nf_value *value =
        nf_value_member(&look->document, place->member);
    struct nf_file file;

    *w = (struct wanted){0};
    if (value == NULL) {
        return false;
    }
    w->path = value->kind == NF_VALUE_TEXT
                  ? value->text
                  : nf_value_member_text(value, place->path);
    if (w->path.len == 0 || w->path.len >= NF_FILE_PATH
        || nf_text_starts(w->path, NF_TEXT("http://")))
    {
        return false;
    }
    w->sha256 = nf_value_member_text(value, "sha256");
    w->is_pinned = w->sha256.len == 64
                   && nf_text_number(nf_value_member_text(value, "size"),
                                     INT64_MAX, &w->size);
    if (!w->is_pinned && nf_files_get(look->of->r, w->path, &file)) {
        /* the task will be pinned to it */
        w->is_pinned = true;
        w->size = file.size;
        w->sha256 = nf_arena_copy(look->of->arena, nf_text(file.sha256));
        look->err = w->sha256.data == NULL ? NF_NO_MEMORY : look->err;
    }
    return look->err == NF_OK;
}

static bool
is_plain(const char *dir, struct nf_text path, off_t *size)
{
    char name[NF_SETTING_MAX + NF_FILE_PATH];
    struct stat st;

    snprintf(name, sizeof(name), "%s/%.*s", dir, (int) path.len, path.data);
    if (lstat(name, &st) != 0 || !S_ISREG(st.st_mode)) {
        return false;
    }
    *size = st.st_size;
    return true;
}

static bool
has_content(struct nf_look *look, const struct wanted *w)
{
    char sha256[NF_SHA256_TEXT];

    return nf_text_copy(sha256, sizeof(sha256), w->sha256)
           && nf_content_is_there(look->of->settings->files_dir, sha256,
                                  w->size);
}

/* So that a long path leaves room for what to do. */
static int
shown(struct nf_text path)
{
    return path.len < 48 ? (int) path.len : 48;
}

bool
nf_check_files(struct nf_look *look, struct nf_finding *found)
{
    const char *dir = look->of->settings->files_dir;
    struct wanted w;
    off_t size;

    for (size_t i = 0; i < PLACES; i++) {
        if (find_wanted(look, &places[i], &w) && !w.is_pinned
            && !is_plain(dir, w.path, &size))
        {
            return nf_found(found, places[i].member,
                            "%.*s is not among the boot files: add it with `nf "
                            "files put`, or correct the profile",
                            shown(w.path), w.path.data);
        }
    }
    return false;
}

bool
nf_check_whole(struct nf_look *look, struct nf_finding *found)
{
    struct wanted w;

    for (size_t i = 0; i < PLACES; i++) {
        if (find_wanted(look, &places[i], &w) && w.is_pinned
            && !has_content(look, &w)) {
            return nf_found(found, places[i].member,
                            "%.*s is in the catalogue, but its content is "
                            "missing or cut short: see `nf files check`",
                            shown(w.path), w.path.data);
        }
    }
    return false;
}

/* Its digest may also stand beside it, as sha256sum writes it. */
bool
nf_check_digest(struct nf_look *look, struct nf_finding *found)
{
    static const struct place image = {"image", "file"};
    char beside[NF_FILE_PATH + 8];
    struct wanted w;
    off_t size;

    if (!find_wanted(look, &image, &w) || w.sha256.len > 0) {
        return false;
    }
    snprintf(beside, sizeof(beside), "%.*s.sha256", (int) w.path.len,
             w.path.data);
    const char *dir = look->of->settings->files_dir;
    return is_plain(dir, w.path, &size)
           && !is_plain(dir, nf_text(beside), &size)
           && nf_found(found, "image",
                       "%.*s has no SHA-256, so damage on the way is not "
                       "noticed: `nf files put` computes one",
                       shown(w.path), w.path.data);
}

/* nf-agent in RAM does the work, or part of it. */
static bool
needs_agent(const struct nf_profile *profile)
{
    return profile->method == NF_METHOD_IMAGE || profile->has_hardware;
}

/* In the catalogue, or put there by hand. */
static bool
is_served(struct nf_look *look, struct nf_text path)
{
    const char *dir = look->of->settings->files_dir;
    struct nf_file file;
    off_t size = 0;

    return nf_files_get(look->of->r, path, &file)
               ? nf_content_is_there(dir, file.sha256, file.size)
               : is_plain(dir, path, &size) && size > 0;
}

static bool
has_agent(struct nf_look *look, const char *arch)
{
    static const char *const names[] = {"vmlinuz", "initrd.img"};
    char path[64];
    bool is_whole = true;

    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "agent/%s/%s", arch, names[i]);
        is_whole = is_whole && is_served(look, nf_text(path));
    }
    return is_whole;
}

/* Which architecture a machine has is known by its firmware alone, so one is
 * enough. */
bool
nf_check_agent(struct nf_look *look, struct nf_finding *found)
{
    return needs_agent(look->of->profile) && !has_agent(look, "amd64")
           && !has_agent(look, "arm64")
           && nf_found(found, "profile",
                       "requires nf-agent in RAM, and agent/amd64 in "
                       "NF_FILES_DIR has no kernel and initrd: make them with "
                       "`nf images make debian-12`");
}

/* --- the disk ---------------------------------------------------------------
 */

uint64_t
nf_look_image_size(struct nf_look *look)
{
    static const struct place image = {"image", "file"};
    const struct nf_value *value = nf_value_member(&look->document, "image");
    struct nf_text format = nf_value_member_text(value, "format");
    struct wanted w;
    off_t size = 0;

    if (nf_text_equal(format, NF_TEXT("tar")) || !find_wanted(look, &image, &w)
        || nf_text_ends(w.path, NF_TEXT(".zst"))
        || nf_text_ends(w.path, NF_TEXT(".gz"))
        || nf_text_ends(w.path, NF_TEXT(".xz")))
    {
        return 0;
    }
    if (w.is_pinned) {
        return w.size;
    }
    return is_plain(look->of->settings->files_dir, w.path, &size)
               ? (uint64_t) size
               : 0;
}
