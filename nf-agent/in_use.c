#include "in_use.h"

#include <string.h>

enum {
    DEPTH_MAX = 8, /* a file system on LUKS on LVM on RAID is at 4 */
    LINE_SIZE = 1024,
    PATH_SIZE = 1024,
};

/* Whether a device is the disk, a part of it, or made of parts of it. */
static bool
is_on(const struct nf_tree *tree, const char *device, const char *disk,
      int depth)
{
    bool is_found =
        strcmp(device, disk) == 0
        || nf_tree_has(tree, "sys/block/%s/%s/partition", disk, device);

    if (is_found || depth == DEPTH_MAX) {
        return is_found;
    }
    struct nf_names below = nf_tree_list(tree, "sys/block/%s/slaves", device);
    for (size_t i = 0; i < below.n && !is_found; i++) {
        is_found = is_on(tree, below.names[i], disk, depth + 1);
    }
    nf_names_free(&below);
    return is_found;
}

/* /dev/mapper/vg0-root is a link to /dev/dm-0. */
static bool
node_is_on(const struct nf_tree *tree, const char *node, const char *disk)
{
    char real[PATH_SIZE], name[NF_LABEL_SIZE];
    const char *from = node;

    if (strncmp(node, "/dev/", 5) != 0) {
        return false;
    }
    if (nf_tree_real(tree, real, sizeof real, "%s", node + 1)
        && strstr(real, "/dev/") != NULL)
    {
        from = strstr(real, "/dev/");
    }
    snprintf(name, sizeof name, "%.120s", from + 5);
    for (char *at = name; *at != '\0'; at++) {
        *at = *at == '/' ? '!' : *at;
    }
    return is_on(tree, name, disk, 0);
}

/* Both files begin their lines with the device. */
static bool
file_names(const struct nf_tree *tree, const char *file, const char *disk)
{
    char line[LINE_SIZE];
    bool is_found = false;
    FILE *lines = nf_tree_open(tree, file);

    while (lines != NULL && !is_found
           && fgets(line, sizeof line, lines) != NULL) {
        line[strcspn(line, " \t\n")] = '\0';
        is_found = node_is_on(tree, line, disk);
    }
    if (lines != NULL) {
        fclose(lines);
    }
    return is_found;
}

bool
nf_block_in_use(const struct nf_tree *tree, const char *name)
{
    return file_names(tree, "proc/mounts", name)
           || file_names(tree, "proc/swaps", name);
}
