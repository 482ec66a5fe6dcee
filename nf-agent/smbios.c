#include "smbios.h"

#include <string.h>

enum {
    HEAD = 4,
    MEMORY_SIZE = 0x0c,
    MEMORY_TYPE = 0x12,
    MEMORY_DETAIL = 0x13,
    MEMORY_EXTENDED = 0x1c,
    MEMORY_TECHNOLOGY = 0x28, /* since SMBIOS 3.2 */
    MEMORY_VOLATILE = 0x3c,
    TYPE_VIDEO = 0x05,
    TYPE_ROM = 0x08, /* to EPROM: what firmware itself lies in */
    TYPE_EPROM = 0x0c,
    TYPE_NON_VOLATILE = 0x1f,
    DETAIL_NON_VOLATILE = 1 << 12,
    NVDIMM_N = 0x04, /* and F, P */
    OPTANE = 0x07,
    FIRMWARE_EXTENSION = 0x13,
    IS_VIRTUAL = 1 << 4,
    SIZE_UNKNOWN = 0xffff,
    SIZE_EXTENDED = 0x7fff,
    SIZE_IN_KIB = 0x8000,
};

bool
nf_smbios_next(const uint8_t *table, size_t size, size_t *offset,
               struct nf_smbios *out)
{
    size_t at = *offset;

    if (at > size || size - at < HEAD + 2) {
        return false;
    }
    size_t len = table[at + 1];
    if (len < HEAD || len + 2 > size - at) {
        return false;
    }
    /* the strings end with an empty one */
    size_t end = at + len;
    while (end + 2 <= size && (table[end] != 0 || table[end + 1] != 0)) {
        end++;
    }
    if (end + 2 > size) {
        return false;
    }
    *out = (struct nf_smbios){table + at, len, table + at + len,
                              end - at - len + 1};
    *offset = end + 2;
    return true;
}

void
nf_smbios_label(const struct nf_smbios *in, size_t field,
                char label[static NF_LABEL_SIZE])
{
    const uint8_t *at = in->strings;
    const uint8_t *end = in->strings + in->strings_len;
    unsigned number = field < in->len ? in->at[field] : 0;

    for (unsigned i = 1; at < end; i++) {
        size_t left = (size_t) (end - at);
        const uint8_t *mark = memchr(at, 0, left);
        size_t len = mark != NULL ? (size_t) (mark - at) : left;
        if (i == number) {
            nf_label_clean(at, len, label);
            return;
        }
        at += len + 1;
    }
    label[0] = '\0';
}

static uint32_t
le16(const uint8_t *at)
{
    return (uint32_t) at[0] | (uint32_t) at[1] << 8;
}

static unsigned
byte_at(const struct nf_smbios *in, size_t field)
{
    return field < in->len ? in->at[field] : 0;
}

static bool
is_persistent(const struct nf_smbios *in)
{
    unsigned technology = byte_at(in, MEMORY_TECHNOLOGY);
    bool has_detail = in->len >= MEMORY_DETAIL + 2;

    return byte_at(in, MEMORY_TYPE) == TYPE_NON_VOLATILE
           || (technology >= NVDIMM_N && technology <= OPTANE)
           || (has_detail
               && (le16(in->at + MEMORY_DETAIL) & DETAIL_NON_VOLATILE) != 0);
}

static bool
is_ram(const struct nf_smbios *in)
{
    unsigned type = byte_at(in, MEMORY_TYPE);

    return type != TYPE_VIDEO && (type < TYPE_ROM || type > TYPE_EPROM)
           && !is_persistent(in);
}

/* Of any kind. */
static int64_t
device_size(const struct nf_smbios *in)
{
    if (in->len < MEMORY_SIZE + 2) {
        return 0;
    }
    uint32_t size = le16(in->at + MEMORY_SIZE);
    if (size == 0 || size == SIZE_UNKNOWN) {
        return 0;
    }
    if (size == SIZE_EXTENDED && in->len >= MEMORY_EXTENDED + 4) {
        const uint8_t *at = in->at + MEMORY_EXTENDED;
        uint32_t mib = le16(at) | (le16(at + 2) & 0x7fff) << 16;
        return (int64_t) mib << 20;
    }
    return (int64_t) (size & 0x7fff) << ((size & SIZE_IN_KIB) != 0 ? 10 : 20);
}

int64_t
nf_smbios_memory(const struct nf_smbios *in)
{
    return is_ram(in) ? device_size(in) : 0;
}

int64_t
nf_smbios_cached_memory(const struct nf_smbios *in)
{
    uint64_t size = 0;

    if (in->len < MEMORY_VOLATILE + 8 || !is_persistent(in)) {
        return 0;
    }
    for (int i = 7; i >= 0; i--) {
        size = size << 8 | in->at[MEMORY_VOLATILE + i];
    }
    return size <= (uint64_t) device_size(in) ? (int64_t) size : 0;
}

bool
nf_smbios_is_virtual(const struct nf_smbios *in)
{
    return (byte_at(in, FIRMWARE_EXTENSION) & IS_VIRTUAL) != 0;
}
