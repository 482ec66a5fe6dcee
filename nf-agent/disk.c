#include "disk.h"

#include <ctype.h>
#include <dirent.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
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

/* A number from /sys/block/NAME/FILE, or fallback. */
static long long
attribute_read(const char *name, const char *file, long long fallback)
{
    char path[320];
    long long value;

    snprintf(path, sizeof path, "/sys/block/%s/%s", name, file);
    FILE *stream = fopen(path, "re");
    if (stream == NULL) {
        return fallback;
    }
    bool is_read = fscanf(stream, "%lld", &value) == 1;
    fclose(stream);
    return is_read ? value : fallback;
}

/* Floppies, CD drives and everything the kernel makes up itself. */
static bool
name_is_virtual(const char *name)
{
    static const char *const heads[] = {".",  "loop", "ram", "zram", "sr",
                                        "fd", "dm-",  "md",  "nbd",  "mtd"};

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        if (strncmp(name, heads[i], strlen(heads[i])) == 0) {
            return true;
        }
    }
    /* an eMMC's boot areas stand beside the disk itself */
    return strncmp(name, "mmcblk", 6) == 0 && strstr(name, "boot") != NULL;
}

static bool
disk_fits(const char *name, int64_t need)
{
    return !name_is_virtual(name) && attribute_read(name, "removable", 1) == 0
           && attribute_read(name, "ro", 1) == 0
           && attribute_read(name, "size", 0) >= (need + 511) / NF_SECTOR;
}

static bool
disk_look(int64_t need, char path[NF_DISK_PATH_SIZE])
{
    struct dirent **names;
    bool is_found = false;
    int n = scandir("/sys/block", &names, NULL, versionsort);

    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        if (!is_found && disk_fits(name, need)) {
            snprintf(path, NF_DISK_PATH_SIZE, "/dev/%.100s", name);
            is_found = true;
        }
        free(names[i]);
    }
    if (n >= 0) {
        free(names);
    }
    return is_found;
}

bool
nf_disk_find(int64_t need, int wait_s, char path[NF_DISK_PATH_SIZE])
{
    for (int tenth = 0; tenth <= wait_s * 10; tenth++) {
        if (disk_look(need, path)) {
            return true;
        }
        usleep(100000);
    }
    return false;
}

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
