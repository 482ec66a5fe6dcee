#include "by_path.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    PLACE_SIZE = 1024,
    PART_SIZE = 64,
};

/* What has been read of the way to a disk. */
struct way {
    const struct nf_tree *tree;
    const char *name;
    char base[PART_SIZE]; /* the last PCI function, or platform device */
    char tail[PART_SIZE]; /* behind it */
    bool is_usb, is_ata, is_unknown;
};

/* A namespace with several paths is a device of no bus: one of its paths is
 * asked instead. */
static bool
path_of_head(const struct nf_tree *tree, const char *name, char *place,
             size_t size)
{
    int controller, namespace;
    struct nf_names names;
    bool is_found = false;

    if (sscanf(name, "nvme%dn%d", &controller, &namespace) != 2) {
        return false;
    }
    names = nf_tree_list(tree, "sys/block");
    for (size_t i = 0; i < names.n && !is_found; i++) {
        int subsystem, path, number;
        is_found =
            sscanf(names.names[i], "nvme%dc%dn%d", &subsystem, &path, &number)
                == 3
            && subsystem == controller && number == namespace
            && nf_tree_real(tree, place, size, "sys/block/%s", names.names[i]);
    }
    nf_names_free(&names);
    return is_found;
}

void
nf_block_place(const struct nf_tree *tree, const char *name, char *place,
               size_t size)
{
    char real[PLACE_SIZE];

    place[0] = '\0';
    if (!nf_tree_real(tree, real, sizeof real, "sys/block/%s", name)) {
        return;
    }
    bool is_head = strstr(real, "/virtual/nvme-") != NULL;
    if (is_head && path_of_head(tree, name, real, sizeof real)) {
        /* the path's own place is told */
    } else if (strstr(real, "/sys/devices/") == NULL
               && !nf_tree_real(tree, real, sizeof real, "sys/block/%s/device",
                                name))
    {
        return;
    }
    const char *from = strstr(real, "/sys/devices/");
    if (from != NULL && strlen(from) < size) {
        snprintf(place, size, "%s", from + 1);
    }
}

/* --- the parts of a way ---------------------------------------------------
 */

/* Whether text is digits and marks by a pattern: 9 stands for a number, h for
 * a hexadecimal digit, anything else for itself. */
static bool
is_like(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; pattern++) {
        unsigned char c = (unsigned char) *text;
        if (*pattern == '9' && isdigit(c)) {
            text += strspn(text, "0123456789");
        } else if (*pattern == 'h'
                       ? isxdigit(c) != 0
                       : *pattern != '9' && c == (unsigned char) *pattern)
        {
            text++;
        } else {
            return false;
        }
    }
    return *text == '\0';
}

static void
take_slot(struct way *way, const char *part, const char *before)
{
    (void) before;
    snprintf(way->base, PART_SIZE, "pci-%.40s", part);
    way->tail[0] = '\0';
}

static void
take_usb(struct way *way, const char *part, const char *before)
{
    const char *colon = strchr(part, ':');

    (void) before;
    way->is_usb = true;
    if (colon != NULL) { /* an interface: bus-ports:configuration.interface */
        snprintf(way->tail, PART_SIZE, "-usb-0:%.40s", strchr(part, '-') + 1);
    }
}

/* Ports are numbered by their controller, buses by the kernel. */
static void
take_ata(struct way *way, const char *part, const char *before)
{
    int64_t port = nf_tree_number(way->tree, -1, "%s/%s/ata_port/%s/port_no",
                                  before, part, part);

    if (port < 0) {
        port =
            nf_tree_number(way->tree, 0, "sys/class/ata_port/%s/port_no", part);
    }
    way->is_ata = true;
    way->is_unknown |= port <= 0;
    snprintf(way->tail, PART_SIZE, "-ata-%lld", (long long) port);
}

/* The kernel numbers hosts as it finds them; what stays is which of its
 * controller's it is. */
static long
host_before(const struct nf_tree *tree, const char *before)
{
    char folder[PLACE_SIZE];
    long first = -1;

    snprintf(folder, sizeof folder, "%s", before);
    char *host = strstr(folder, "/host");
    if (host == NULL) {
        return 0;
    }
    *host = '\0';
    struct nf_names names = nf_tree_list(tree, "%s", folder);
    for (size_t i = 0; i < names.n; i++) {
        long number;
        if (sscanf(names.names[i], "host%ld", &number) == 1
            && (first < 0 || number < first))
        {
            first = number;
        }
    }
    nf_names_free(&names);
    return first < 0 ? 0 : first;
}

static void
take_scsi(struct way *way, const char *part, const char *before)
{
    size_t len = strlen(way->tail);
    const char *rest = strchr(part, ':');

    if (!way->is_ata) {
        long host = way->is_usb ? 0
                                : strtol(part, NULL, 10)
                                      - host_before(way->tree, before);
        snprintf(way->tail + len, PART_SIZE - len, "-scsi-%ld%.30s", host,
                 rest);
    }
}

static void
take_nvme(struct way *way, const char *part, const char *before)
{
    (void) part;
    (void) before;
    snprintf(way->tail, PART_SIZE, "-nvme-%lld",
             (long long) nf_tree_number(way->tree, 1, "sys/block/%s/nsid",
                                        way->name));
}

static void
take_platform(struct way *way, const char *part, const char *before)
{
    size_t len = strlen(before);

    if (way->base[0] == '\0' && len > 9
        && strcmp(before + len - 9, "/platform") == 0)
    {
        snprintf(way->base, PART_SIZE, "platform-%.50s", part);
    }
}

static void
take_unknown(struct way *way, const char *part, const char *before)
{
    (void) part;
    (void) before;
    way->is_unknown = true;
}

/* clang-format off */
static const struct {
    const char *pattern;
    void (*take)(struct way *way, const char *part, const char *before);
} parts[] = {
    { "hhhh:hh:hh.9", take_slot },
    { "usb9",         take_usb },
    { "9:9:9:9",      take_scsi },
    { "ata9",         take_ata },
    { "nvme9",        take_nvme },
};

/* What other words of udev's, or a network, stand for. */
static const char *const unknown[] = {"end_device-", "expander-", "session",
                                      "rport-", "vport-", "fw"};
/* clang-format on */

/* "2-1.4:1.0" */
static bool
is_interface(const struct way *way, const char *part)
{
    return way->is_usb && isdigit((unsigned char) part[0])
           && strchr(part, '-') != NULL && strchr(part, ':') != NULL;
}

static void
part_take(struct way *way, const char *part, const char *before)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (is_like(part, parts[i].pattern)) {
            parts[i].take(way, part, before);
            return;
        }
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        if (strncmp(part, unknown[i], strlen(unknown[i])) == 0) {
            take_unknown(way, part, before);
            return;
        }
    }
    if (is_interface(way, part)) {
        take_usb(way, part, before);
    } else {
        take_platform(way, part, before);
    }
}

void
nf_by_path(const struct nf_tree *tree, const char *name,
           char path[static NF_LABEL_SIZE])
{
    char place[PLACE_SIZE];
    struct way way = {.tree = tree, .name = name};

    nf_block_place(tree, name, place, sizeof place);
    path[0] = '\0';
    for (char *at = strchr(place, '/'); at != NULL;) {
        char *part = at + 1;
        char *next = strchr(part, '/');
        *at = '\0'; /* place is what stands before the part */
        if (next != NULL) {
            *next = '\0';
        }
        part_take(&way, part, place);
        *at = '/';
        if (next != NULL) {
            *next = '/';
        }
        at = next;
    }
    if (way.base[0] != '\0' && !way.is_unknown) {
        snprintf(path, NF_LABEL_SIZE, "%s%s", way.base, way.tail);
    }
}
