#include "model/device.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

/* clang-format off */
#define ALLOWED LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "/_.:,+-"

/* Whose partitions have the number alone behind their letters. */
static const char *const lettered[] = {"sd", "hd", "vd", "xvd"};
/* clang-format on */

static bool
is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_lettered(struct nf_text head)
{
    for (size_t i = 0; i < sizeof(lettered) / sizeof(lettered[0]); i++) {
        struct nf_text start = nf_text(lettered[i]);
        struct nf_text rest = {head.data + start.len, head.len - start.len};
        if (nf_text_starts(head, start) && nf_text_has_only(rest, LETTERS)) {
            return true;
        }
    }
    return false;
}

/* sda1, nvme0n1p2, c0d0p1 and udev's names of such: what stands in front of
 * the last number says it. */
static bool
is_partition(struct nf_text name)
{
    bool is_udev = nf_text_starts(name, NF_TEXT("disk/"));
    struct nf_text head = name;

    while (head.len > 0 && is_one_of(head.data[head.len - 1], DIGITS)) {
        head.len--;
    }
    if (head.len == name.len || head.len < 2) {
        return false;
    }
    if (is_udev) {
        return nf_text_ends(head, NF_TEXT("-part"));
    }
    return is_lettered(head)
           || (head.data[head.len - 1] == 'p'
               && is_one_of(head.data[head.len - 2], DIGITS));
}

static bool
has_odd_part(struct nf_text path)
{
    while (path.data != NULL) {
        struct nf_text part = nf_text_cut(&path, '/');
        if (part.len == 0 || nf_text_equal(part, NF_TEXT("."))
            || nf_text_equal(part, NF_TEXT("..")))
        {
            return true;
        }
    }
    return false;
}

static bool
is_lasting(struct nf_text name)
{
    return !nf_text_starts(name, NF_TEXT("disk/"))
           || nf_text_starts(name, NF_TEXT("disk/by-id/"))
           || nf_text_starts(name, NF_TEXT("disk/by-path/"));
}

bool
nf_device_is_disk(struct nf_text path)
{
    struct nf_text dev = NF_TEXT("/dev/");
    struct nf_text name = {path.data + dev.len, path.len - dev.len};

    return nf_text_starts(path, dev) && nf_text_has_only(name, ALLOWED)
           && !has_odd_part(name) && is_lasting(name) && !is_partition(name);
}
