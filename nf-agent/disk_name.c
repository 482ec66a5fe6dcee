#include "disk_name.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BY_ID   "/dev/disk/by-id/"
#define BY_PATH "/dev/disk/by-path/"

enum {
    SECTOR = 512,
    PATH_SIZE = 1024,
    ID_SIZE = 3 * NF_LABEL_SIZE,
};

/* What the node's link leads to, as a name of the kernel's; the node's own
 * where it is no link, or is not there. */
static void
kernel_name(const struct nf_tree *tree, const char *device,
            char name[static NF_LABEL_SIZE])
{
    char real[PATH_SIZE];
    const char *from = device;

    if (nf_tree_real(tree, real, sizeof real, "%s", device + 1)
        && strstr(real, "/dev/") != NULL)
    {
        from = strstr(real, "/dev/");
    }
    snprintf(name, NF_LABEL_SIZE, "%.120s", from + 5);
    for (char *at = name; *at != '\0'; at++) {
        *at = *at == '/' ? '!' : *at;
    }
}

/* --- udev's names ---------------------------------------------------------
 */

static bool
starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* udev writes '_' for runs of blanks, and leaves out what stands at the ends,
 * which labels have lost already. */
static bool
id_is(const char *id, const char *format, const char *model, const char *serial)
{
    char made[ID_SIZE];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(made, sizeof made, format, model, serial);
#pragma GCC diagnostic pop
    for (char *at = made; *at != '\0'; at++) {
        *at = *at == ' ' ? '_' : *at;
    }
    return strcmp(made, id) == 0;
}

/* clang-format off */
/* By the kernel's names: what stands in front of model and serial number. */
static const struct {
    const char *name, *format;
} ids[] = {
    { "nvme",   "nvme-%s_%s" },
    { "nvme",   "nvme-%s_%s_1" }, /* its first namespace */
    { "sd",     "ata-%s_%s" },
    { "mmcblk", "mmc-%s_%s" },
};
/* clang-format on */

static bool
has_id(const struct nf_block *block, const char *id)
{
    const char *wwn = block->wwn;
    bool is_naa = starts(wwn, "0x");

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        if (starts(block->name, ids[i].name) && block->serial[0] != '\0'
            && block->model[0] != '\0'
            && id_is(id, ids[i].format, block->model, block->serial))
        {
            return true;
        }
    }
    return (is_naa && id_is(id, "wwn-%s%s", wwn, ""))
           || (is_naa && id_is(id, "scsi-3%s%s", wwn + 2, ""))
           || (!is_naa && wwn[0] != '\0' && id_is(id, "nvme-%s%s", wwn, ""))
           || (starts(block->name, "vd") && block->serial[0] != '\0'
               && id_is(id, "virtio-%.20s%s", block->serial, ""));
}

/* udev 250 began to write ".0" behind a port of ATA, and keeps both. */
static bool
has_path(const struct nf_block *block, const char *path)
{
    size_t len = strlen(block->path);

    return len > 0 && strncmp(path, block->path, len) == 0
           && (path[len] == '\0'
               || (strstr(block->path, "-ata-") != NULL
                   && strcmp(path + len, ".0") == 0));
}

bool
nf_disk_is_at(const struct nf_tree *tree, const struct nf_block *block,
              const char *by_path)
{
    const char *path =
        starts(by_path, BY_PATH) ? by_path + strlen(BY_PATH) : by_path;
    char name[NF_LABEL_SIZE], link[PATH_SIZE];

    snprintf(link, sizeof link, BY_PATH "%.200s", path);
    kernel_name(tree, link, name);
    return strcmp(name, block->name) == 0 || has_path(block, path);
}

/* The disk that udev would have named so. */
static bool
find_by_udev(const struct nf_tree *tree, const char *device,
             char name[static NF_LABEL_SIZE])
{
    struct nf_names names = nf_tree_list(tree, "sys/block");
    bool is_id = starts(device, BY_ID), is_path = starts(device, BY_PATH);
    bool is_found = false;

    for (size_t i = 0; i < names.n && !is_found && (is_id || is_path); i++) {
        struct nf_block block;
        nf_block_read(tree, names.names[i], &block);
        is_found = (block.marks & NF_BLOCK_HIDDEN) == 0
                   && (is_id ? has_id(&block, device + strlen(BY_ID))
                             : has_path(&block, device + strlen(BY_PATH)));
        snprintf(name, NF_LABEL_SIZE, "%.120s", names.names[i]);
    }
    nf_names_free(&names);
    return is_found;
}

/* --- the disk -------------------------------------------------------------
 */

static bool
is_partition(const struct nf_tree *tree, const char *name)
{
    struct nf_names names = nf_tree_list(tree, "sys/block");
    bool is_found = false;

    for (size_t i = 0; i < names.n && !is_found; i++) {
        is_found = nf_tree_has(tree, "sys/block/%s/%s/partition",
                               names.names[i], name);
    }
    nf_names_free(&names);
    return is_found;
}

/* A file is a disk to those who make images, and to tests. */
static bool
file_take(const struct nf_tree *tree, const char *path, struct nf_block *block)
{
    struct stat info;

    if (!tree->is_live || stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return false;
    }
    *block = (struct nf_block){
        .size = info.st_size, .sector = SECTOR, .rotational = -1};
    snprintf(block->name, sizeof block->name, "%.127s", path);
    snprintf(block->device, sizeof block->device, "%.127s", path);
    return true;
}

bool
nf_disk_by_name(const struct nf_tree *tree, const char *device,
                struct nf_block *block, char *fault, size_t size)
{
    char name[NF_LABEL_SIZE];

    if (strncmp(device, "/dev/", 5) != 0) {
        bool is_file = file_take(tree, device, block);
        if (!is_file) {
            snprintf(fault, size, "there is no disk %s", device);
        }
        return is_file;
    }
    kernel_name(tree, device, name);
    bool is_there = nf_tree_has(tree, "sys/block/%s", name)
                    || find_by_udev(tree, device, name);
    if (!is_there) {
        snprintf(fault, size,
                 is_partition(tree, name)
                     ? "%s is a partition: a whole disk is needed"
                     : "there is no disk %s",
                 device);
        return false;
    }
    nf_block_read(tree, name, block);
    return true;
}
