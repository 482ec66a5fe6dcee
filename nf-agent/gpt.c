#include "gpt.h"

#include <string.h>

enum {
    MBR_FIRST_TYPE = 446 + 4,
    MBR_FIRST_COUNT = 446 + 12,
    TYPE_PROTECTIVE = 0xee,
    HEADER_MIN = 92,
    HEADER_SIZE = 12,
    HEADER_CRC = 16,
    HEADER_OWN = 24,
    HEADER_OTHER = 32,
    HEADER_LAST_USABLE = 48,
    HEADER_TABLE = 72,
    HEADER_COUNT = 80,
    HEADER_ENTRY_SIZE = 84,
    HEADER_TABLE_CRC = 88,
    ENTRY_MIN = 128,
    ENTRY_FIRST = 32,
    ENTRY_LAST = 40,
    GUID = 16,
    ALIGN = 1024 * 1024, /* bytes: partitions end on whole MiB */
};

/* As they stand on the disk: the first three groups little-endian. */
static const uint8_t linux_types[][GUID] = {
    /* 0FC63DAF-8483-4772-8E79-3D69D8477DE4: file system data */
    {0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69,
     0xd8, 0x47, 0x7d, 0xe4},
    /* 4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709: root, x86-64 */
    {0xe3, 0xbc, 0x68, 0x4f, 0xcd, 0xe8, 0xb1, 0x4d, 0x96, 0xe7, 0xfb, 0xca,
     0xf9, 0x84, 0xb7, 0x09},
    /* B921B045-1DF0-41C3-AF44-4C6F280D3FAE: root, arm64 */
    {0x45, 0xb0, 0x21, 0xb9, 0xf0, 0x1d, 0xc3, 0x41, 0xaf, 0x44, 0x4c, 0x6f,
     0x28, 0x0d, 0x3f, 0xae},
};

static uint64_t
le_get(const uint8_t *at, int bytes)
{
    uint64_t value = 0;

    for (int i = bytes - 1; i >= 0; i--) {
        value = value << 8 | at[i];
    }
    return value;
}

static void
le_put(uint8_t *at, int bytes, uint64_t value)
{
    for (int i = 0; i < bytes; i++) {
        at[i] = (uint8_t) (value >> (8 * i));
    }
}

/* CRC-32 of ISO 3309, bit by bit: it is over 16 KiB, once. */
static uint32_t
crc32(const uint8_t *bytes, size_t len)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
    }
    return ~crc;
}

static uint32_t
header_crc(const uint8_t *header)
{
    uint8_t copy[NF_GPT_SECTOR_MIN];
    size_t size = (size_t) le_get(header + HEADER_SIZE, 4);

    memcpy(copy, header, sizeof copy);
    le_put(copy + HEADER_CRC, 4, 0);
    return crc32(copy, size);
}

/* The header is the second sector of the disk, whatever a sector is. */
int
nf_gpt_sector(const uint8_t *head, size_t len)
{
    static const int sizes[] = {NF_GPT_SECTOR_MIN, NF_GPT_SECTOR_MAX};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t at = (size_t) sizes[i];
        if (len >= 2 * at && memcmp(head + at, "EFI PART", 8) == 0) {
            return sizes[i];
        }
    }
    return 0;
}

/* Where the entries lie in the first bytes of the disk. */
struct table {
    size_t sector;
    uint8_t *header, *entries;
    size_t entry_size, count, len;
    size_t sectors; /* that len takes */
};

static bool
table_find(uint8_t *head, size_t len, struct table *table)
{
    size_t sector = (size_t) nf_gpt_sector(head, len);

    if (sector == 0) {
        return false;
    }
    uint8_t *header = head + sector;
    uint64_t size = le_get(header + HEADER_SIZE, 4);
    uint64_t at = le_get(header + HEADER_TABLE, 8);

    table->sector = sector;
    table->header = header;
    table->count = (size_t) le_get(header + HEADER_COUNT, 4);
    table->entry_size = (size_t) le_get(header + HEADER_ENTRY_SIZE, 4);
    if (size < HEADER_MIN || size > NF_GPT_SECTOR_MIN
        || table->entry_size < ENTRY_MIN
        || table->entry_size > NF_GPT_SECTOR_MIN || table->count == 0
        || table->count > NF_GPT_TABLE_MAX / ENTRY_MIN || at < 2
        || at > len / sector)
    {
        return false;
    }
    table->len = table->count * table->entry_size;
    if (table->len > NF_GPT_TABLE_MAX || at * sector + table->len > len) {
        return false;
    }
    table->sectors = (table->len + sector - 1) / sector;
    table->entries = head + at * sector;
    return header_crc(header) == le_get(header + HEADER_CRC, 4)
           && crc32(table->entries, table->len)
                  == le_get(header + HEADER_TABLE_CRC, 4);
}

static bool
type_is_linux(const uint8_t *entry)
{
    for (size_t i = 0; i < sizeof linux_types / sizeof linux_types[0]; i++) {
        if (memcmp(entry, linux_types[i], GUID) == 0) {
            return true;
        }
    }
    return false;
}

/* The entry that lies last on the disk, or NULL. */
static uint8_t *
entry_last(const struct table *table, int *number)
{
    static const uint8_t unused[GUID];
    uint8_t *last = NULL;

    for (size_t i = 0; i < table->count; i++) {
        uint8_t *entry = table->entries + i * table->entry_size;
        if (memcmp(entry, unused, GUID) != 0
            && (last == NULL
                || le_get(entry + ENTRY_FIRST, 8)
                       > le_get(last + ENTRY_FIRST, 8)))
        {
            last = entry;
            *number = (int) i + 1;
        }
    }
    return last;
}

/* The last sector for the last partition; whole MiB unless it had more. */
static uint64_t
end_choose(uint64_t first, uint64_t end, uint64_t usable, size_t sector)
{
    uint64_t align = ALIGN / sector;
    uint64_t aligned = (usable + 1) / align * align - 1;
    return aligned > first && aligned > end ? aligned : usable;
}

static void
headers_finish(const struct table *table, uint64_t sectors,
               struct nf_gpt_backup *backup)
{
    uint8_t *header = table->header;
    uint64_t copy_at = sectors - 1 - table->sectors;

    le_put(header + HEADER_OTHER, 8, sectors - 1);
    le_put(header + HEADER_LAST_USABLE, 8, copy_at - 1);
    le_put(header + HEADER_TABLE_CRC, 4, crc32(table->entries, table->len));
    le_put(header + HEADER_CRC, 4, header_crc(header));

    memset(backup, 0, sizeof *backup);
    backup->at = (int64_t) (copy_at * table->sector);
    backup->len = (table->sectors + 1) * table->sector;
    memcpy(backup->bytes, table->entries, table->len);
    uint8_t *copy = backup->bytes + table->sectors * table->sector;
    memcpy(copy, header, table->sector);
    le_put(copy + HEADER_OWN, 8, sectors - 1);
    le_put(copy + HEADER_OTHER, 8, 1);
    le_put(copy + HEADER_TABLE, 8, copy_at);
    le_put(copy + HEADER_CRC, 4, header_crc(copy));
}

int
nf_gpt_grow(uint8_t *head, size_t len, int64_t disk_size,
            struct nf_gpt_backup *backup)
{
    struct table table;
    int number = 0;

    if (!table_find(head, len, &table)) {
        return 0;
    }
    uint64_t sectors = (uint64_t) disk_size / table.sector;
    uint8_t *last = entry_last(&table, &number);
    if (last == NULL || !type_is_linux(last)
        || sectors < 2 * (table.sectors + 2)) {
        return 0;
    }
    uint64_t first = le_get(last + ENTRY_FIRST, 8);
    uint64_t end = le_get(last + ENTRY_LAST, 8);
    uint64_t usable = sectors - table.sectors - 2;
    if (first > end || end > usable) {
        return 0;
    }
    le_put(last + ENTRY_LAST, 8, end_choose(first, end, usable, table.sector));
    if (head[MBR_FIRST_TYPE] == TYPE_PROTECTIVE) {
        le_put(head + MBR_FIRST_COUNT, 4,
               sectors - 1 > UINT32_MAX ? UINT32_MAX : sectors - 1);
    }
    headers_finish(&table, sectors, backup);
    return number;
}
