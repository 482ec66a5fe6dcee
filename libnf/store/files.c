/*
 * files: path -> struct nf_file, JSON
 */
#include "store/files.h"

/* Whoever uses the record relies on these. */
static bool
is_sound(const struct nf_file *file, struct nf_bytes key)
{
    return nf_text_is_ended(file->path, sizeof(file->path))
           && strlen(file->path) == key.len
           && memcmp(file->path, key.data, key.len) == 0
           && nf_text_is_ended(file->sha256, sizeof(file->sha256))
           && nf_sha256_is_text(nf_text(file->sha256))
           && file->type < NF_FILE_TYPE_COUNT
           && file->origin < NF_FILE_ORIGIN_COUNT;
}

static bool
decode(struct nf_read *r, struct nf_bytes key, struct nf_bytes value,
       struct nf_file *file)
{
    if (value.len >= sizeof(*file)) {
        memcpy(file, value.data, sizeof(*file));
        if (is_sound(file, key)) {
            return true;
        }
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

static bool
is_key(struct nf_text path)
{
    return path.len > 0 && path.len < NF_FILE_PATH;
}

bool
nf_files_get(struct nf_read *r, struct nf_text path, struct nf_file *file)
{
    struct nf_bytes key = {path.data, path.len}, value;

    return is_key(path) && nf_read_get(r, NF_FILES, key, &value)
           && decode(r, key, value, file);
}

bool
nf_files_put(struct nf_write *w, const struct nf_file *file)
{
    char text[sizeof(*file) + NF_FILE_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_bytes key = {file->path, strlen(file->path)};

    nf_out_put(&out, (struct nf_text){(const char *) file, sizeof(*file)});
    nf_file_json(file, &out);
    if (out.full || key.len == 0) {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    return nf_write_put(w, NF_FILES, key, (struct nf_bytes){text, out.len});
}

bool
nf_files_delete(struct nf_write *w, struct nf_text path)
{
    return is_key(path)
           && nf_write_delete(w, NF_FILES,
                              (struct nf_bytes){path.data, path.len});
}

bool
nf_files_next(struct nf_read *r, struct nf_text prefix, struct nf_text after,
              struct nf_file *file, struct nf_text *json)
{
    size_t shared = after.len < prefix.len ? after.len : prefix.len;
    int order = shared > 0 ? memcmp(after.data, prefix.data, shared) : 0;
    bool is_behind = order > 0 || (order == 0 && after.len > prefix.len);
    struct nf_text from = is_behind ? after : prefix;
    NF_SCAN(scan, r, NF_FILES);

    if (prefix.len >= NF_FILE_PATH || after.len >= NF_FILE_PATH
        || !nf_scan_seek(&scan, (struct nf_bytes){from.data, from.len}))
    {
        return false;
    }
    if (after.len > 0 && scan.key.len == after.len
        && memcmp(scan.key.data, after.data, after.len) == 0
        && !nf_scan_next(&scan))
    {
        return false;
    }
    struct nf_bytes wanted = {prefix.len > 0 ? prefix.data : "", prefix.len};
    if (!nf_scan_has(&scan, wanted) || !decode(r, scan.key, scan.value, file)) {
        return false;
    }
    *json = (struct nf_text){(const char *) scan.value.data + sizeof(*file),
                             scan.value.len - sizeof(*file)};
    return true;
}
