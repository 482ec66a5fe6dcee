#include "model/file.h"

#include <strings.h>

#include "model/member.h"

const char *const nf_file_types[] = {
#define X(type, number, word) [type] = (word),
    NF_FILE_TYPES(X)
#undef X
};

static const char *const origins[] = {
    [NF_FILE_UPLOAD] = "upload",
    [NF_FILE_IMPORT] = "import",
};

/* --- paths -------------------------------------------------------------------
 */

static bool
is_path_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9')
           || (c != '\0' && strchr("._+@~-", c) != NULL);
}

static const char *
segment_fault(struct nf_text segment)
{
    if (segment.len == 0) {
        return "must not begin or end with '/', nor have two in a row";
    }
    if (segment.data[0] == '.') {
        return "must have no segment that begins with a dot";
    }
    for (size_t i = 0; i < segment.len; i++) {
        if (!is_path_byte(segment.data[i])) {
            return "may have letters, digits and . _ + @ ~ - between slashes";
        }
    }
    return NULL;
}

nf_error_t
nf_file_path_check(struct nf_text path, struct nf_fault *fault)
{
    struct nf_text rest = path;
    struct nf_text first = nf_text_cut(&rest, '/');

    if (path.len == 0) {
        return nf_refuse(fault, "path", "is missing");
    }
    if (path.len >= NF_FILE_PATH) {
        return nf_refuse(fault, "path", "must have at most %d bytes",
                         NF_FILE_PATH - 1);
    }
    if (nf_text_equal(first, NF_TEXT("by-hash"))) {
        return nf_refuse(fault, "path",
                         "must not be below by-hash, which is reserved");
    }
    for (rest = path; rest.data != NULL;) {
        const char *why = segment_fault(nf_text_cut(&rest, '/'));
        if (why != NULL) {
            return nf_refuse(fault, "path", "%s", why);
        }
    }
    return NF_OK;
}

/* Escapes whose bytes mean something in a path. */
static bool
has_bad_escape(struct nf_text path)
{
    static const char *const escapes[] = {"%2e", "%2f", "%5c", "%00"};

    for (size_t at = 0; at + 3 <= path.len; at++) {
        for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
            if (strncasecmp(path.data + at, escapes[i], 3) == 0) {
                return true;
            }
        }
    }
    return false;
}

nf_error_t
nf_file_raw_path_check(struct nf_text path, struct nf_fault *fault)
{
    struct nf_text rest = path;

    if (path.len >= NF_FILE_PATH * 3) {
        return nf_refuse(fault, "path", "must have at most %d bytes",
                         NF_FILE_PATH - 1);
    }
    if (has_bad_escape(path)) {
        return nf_refuse(fault, "path",
                         "must not encode '.', '/', '\\' or NUL as %%2e, %%2f, "
                         "%%5c or %%00");
    }
    while (rest.data != NULL) {
        struct nf_text segment = nf_text_cut(&rest, '/');
        if (segment.len == 0 || segment.data[0] == '.'
            || memchr(segment.data, '\\', segment.len) != NULL)
        {
            return nf_refuse(fault, "path",
                             "must have no segment that is empty, begins with "
                             "a dot or holds a backslash");
        }
    }
    return NF_OK;
}

bool
nf_sha256_is_text(struct nf_text text)
{
    if (text.len != NF_SHA256_TEXT - 1) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return true;
}

/* --- types -------------------------------------------------------------------
 */

/* Bytes that only one type has, at a place of its own. */
static const struct {
    size_t at;
    struct nf_text bytes;
    enum nf_file_type type;
} magics[] = {
    {514, {"HdrS", 4}, NF_FILE_KERNEL},      /* Linux on x86 */
    {56, {"ARM\x64", 4}, NF_FILE_KERNEL},    /* Linux on arm64 */
    {32769, {"CD001", 5}, NF_FILE_ISO},      /* ISO 9660 */
    {0, {"070701", 6}, NF_FILE_INITRD},      /* cpio, new format */
    {0, {"070702", 6}, NF_FILE_INITRD},      /* with checksums */
    {0, {"QFI\xfb", 4}, NF_FILE_IMAGE},      /* qcow2 */
    {512, {"EFI PART", 8}, NF_FILE_IMAGE},   /* a disk with a GPT */
    {257, {"ustar", 5}, NF_FILE_ARCHIVE},    /* tar */
    {0, {"PK\x03\x04", 4}, NF_FILE_ARCHIVE}, /* zip */
};

/* Words of the last segment, in order of what they tell. */
static const struct {
    const char *word;
    bool is_end; /* only at the name's end */
    enum nf_file_type type;
} words[] = {
    {"initrd", false, NF_FILE_INITRD},  {"initramfs", false, NF_FILE_INITRD},
    {".cpio", false, NF_FILE_INITRD},   {".iso", true, NF_FILE_ISO},
    {".tar", false, NF_FILE_ARCHIVE},   {".tgz", true, NF_FILE_ARCHIVE},
    {".txz", true, NF_FILE_ARCHIVE},    {".zip", true, NF_FILE_ARCHIVE},
    {"vmlinuz", false, NF_FILE_KERNEL}, {"vmlinux", false, NF_FILE_KERNEL},
    {"bzImage", false, NF_FILE_KERNEL}, {"linux", true, NF_FILE_KERNEL},
    {".img", false, NF_FILE_IMAGE},     {".raw", false, NF_FILE_IMAGE},
    {".qcow2", false, NF_FILE_IMAGE},   {".squashfs", true, NF_FILE_IMAGE},
};

static struct nf_text
last_segment(struct nf_text path)
{
    const char *slash = path.len > 0 ? memrchr(path.data, '/', path.len) : NULL;

    if (slash == NULL) {
        return path;
    }
    size_t skip = (size_t) (slash + 1 - path.data);
    return (struct nf_text){slash + 1, path.len - skip};
}

static bool
has_word(struct nf_text name, const char *word, bool is_end)
{
    size_t len = strlen(word);

    if (len > name.len) {
        return false;
    }
    return is_end ? memcmp(name.data + name.len - len, word, len) == 0
                  : memmem(name.data, name.len, word, len) != NULL;
}

enum nf_file_type
nf_file_type_of(struct nf_text path, struct nf_bytes head)
{
    struct nf_text name = last_segment(path);
    const char *data = head.data;

    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        struct nf_text bytes = magics[i].bytes;
        if (head.len >= magics[i].at + bytes.len
            && memcmp(data + magics[i].at, bytes.data, bytes.len) == 0)
        {
            return magics[i].type;
        }
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (has_word(name, words[i].word, words[i].is_end)) {
            return words[i].type;
        }
    }
    return NF_FILE_OTHER;
}

void
nf_file_json(const struct nf_file *file, struct nf_out *out)
{
    nf_out_puts(out, "{\"path\":");
    nf_out_json(out, nf_text(file->path));
    nf_member_text(out, "sha256", file->sha256);
    nf_out_puts(out, ",\"size\":");
    nf_out_number(out, (int64_t) file->size);
    nf_member_text(out, "type", nf_file_types[file->type]);
    nf_member_text(out, "origin", origins[file->origin]);
    nf_member_time(out, "created_at", file->created_at);
    nf_member_time(out, "updated_at", file->updated_at);
    nf_out_puts(out, ",\"revision\":");
    nf_out_number(out, (int64_t) file->revision);
    nf_out_putc(out, '}');
}
