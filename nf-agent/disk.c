#include "disk.h"

#include <ctype.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MBR_TABLE = 446,
    MBR_ENTRY = 16,
    MBR_ENTRIES = 4,
    ENTRY_TYPE = 4,
    ENTRY_START = 8,
    ENTRY_COUNT = 12,
    TYPE_LINUX = 0x83,
};

int64_t
nf_disk_size(int fd)
{
    struct stat info;
    uint64_t size;

    if (fstat(fd, &info) != 0) {
        return -1;
    }
    if (!S_ISBLK(info.st_mode)) {
        return info.st_size;
    }
    return ioctl(fd, BLKGETSIZE64, &size) == 0 ? (int64_t) size : -1;
}

static uint32_t
le32_get(const uint8_t *at)
{
    return (uint32_t) at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16
           | (uint32_t) at[3] << 24;
}

static void
le32_put(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t) (value >> (8 * i));
    }
}

int
nf_mbr_grow(uint8_t sector[NF_SECTOR], int64_t disk_size)
{
    int number = 0;
    uint32_t last_start = 0;

    if (sector[510] != 0x55 || sector[511] != 0xaa) {
        return 0;
    }
    for (int i = 0; i < MBR_ENTRIES; i++) {
        const uint8_t *entry = sector + MBR_TABLE + i * MBR_ENTRY;
        uint32_t start = le32_get(entry + ENTRY_START);
        if (entry[ENTRY_TYPE] != 0 && start > last_start) {
            last_start = start;
            number = i + 1;
        }
    }
    if (number == 0) {
        return 0;
    }
    uint8_t *last = sector + MBR_TABLE + (number - 1) * MBR_ENTRY;
    int64_t count = disk_size / NF_SECTOR - last_start;
    if (last[ENTRY_TYPE] != TYPE_LINUX || count < le32_get(last + ENTRY_COUNT))
    {
        return 0;
    }
    le32_put(last + ENTRY_COUNT,
             count > UINT32_MAX ? UINT32_MAX : (uint32_t) count);
    return number;
}

void
nf_partition_path(const char *disk, int number, char path[NF_DISK_PATH_SIZE])
{
    bool ends_in_digit = isdigit((unsigned char) disk[strlen(disk) - 1]);
    snprintf(path, NF_DISK_PATH_SIZE, "%.100s%s%d", disk,
             ends_in_digit ? "p" : "", number);
}
