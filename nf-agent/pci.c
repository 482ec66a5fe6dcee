/* PCI functions that an operator chooses machines by. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define DEVICES "sys/bus/pci/devices/%s/"

/* clang-format off */
static const struct {
    int64_t mask, class;
    int64_t vendor; /* 0: any */
    const char *kind;
} kinds[] = {
    { 0xffff00, 0x030200, 0,      "gpu" },         /* a GPU without a screen */
    { 0xff0000, 0x030000, 0x10de, "gpu" },
    { 0xff0000, 0x030000, 0x1002, "gpu" },
    { 0xff0000, 0x030000, 0x8086, "gpu" },
    { 0xff0000, 0x030000, 0,      "display" },     /* a BMC's, a hypervisor's */
    { 0xff0000, 0x120000, 0,      "accelerator" },
    { 0xff0000, 0x020000, 0,      "network" },
    { 0xff0000, 0x010000, 0,      "storage" },
};

static const struct {
    int64_t vendor;
    const char *name;
} makers[] = {
    { 0x1000, "Broadcom / LSI" },
    { 0x1002, "AMD" },
    { 0x1022, "AMD" },
    { 0x102b, "Matrox" },
    { 0x1077, "QLogic" },
    { 0x10de, "NVIDIA" },
    { 0x10df, "Emulex" },
    { 0x10ec, "Realtek" },
    { 0x1137, "Cisco" },
    { 0x1234, "QEMU" },
    { 0x144d, "Samsung" },
    { 0x14e4, "Broadcom" },
    { 0x15ad, "VMware" },
    { 0x15b3, "NVIDIA / Mellanox" },
    { 0x15b7, "Western Digital" },
    { 0x177d, "Cavium" },
    { 0x19e5, "Huawei" },
    { 0x1a03, "ASPEED" },
    { 0x1af4, "virtio" },
    { 0x1b36, "QEMU" },
    { 0x1b96, "Western Digital" },
    { 0x1bb1, "Seagate" },
    { 0x1c5c, "SK hynix" },
    { 0x1d0f, "Amazon" },
    { 0x1dd8, "AMD Pensando" },
    { 0x1e0f, "KIOXIA" },
    { 0x1344, "Micron" },
    { 0x1425, "Chelsio" },
    { 0x1924, "Solarflare" },
    { 0x8086, "Intel" },
    { 0x9005, "Adaptec" },
};
/* clang-format on */

static const char *
kind_of(int64_t class, int64_t vendor)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if ((class & kinds[i].mask) == kinds[i].class
            && (kinds[i].vendor == 0 || kinds[i].vendor == vendor))
        {
            return kinds[i].kind;
        }
    }
    return NULL;
}

static const char *
maker_of(int64_t vendor)
{
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        if (makers[i].vendor == vendor) {
            return makers[i].name;
        }
    }
    return "";
}

static void
hex_put(json_t *object, const char *member, int digits, int64_t number)
{
    char text[9];

    snprintf(text, sizeof text, "%0*x", digits, (unsigned) number);
    json_object_set_new(object, member, json_string(text));
}

/* NULL for what is not listed, and for the parts of a card that shares
 * itself among virtual machines. */
static json_t *
function_take(const struct nf_tree *tree, const char *name)
{
    char label[NF_LABEL_SIZE];
    int64_t class = nf_tree_number(tree, -1, DEVICES "class", name);
    int64_t vendor = nf_tree_number(tree, -1, DEVICES "vendor", name);
    int64_t device = nf_tree_number(tree, -1, DEVICES "device", name);
    const char *kind = class < 0 ? NULL : kind_of(class, vendor);

    if (kind == NULL || vendor < 0 || vendor > UINT16_MAX || device < 0
        || device > UINT16_MAX || class > 0xffffff
        || nf_tree_has(tree, DEVICES "physfn", name))
    {
        return NULL;
    }
    json_t *function = json_object();
    nf_label_clean(name, strlen(name), label);
    json_object_set_new(function, "slot", json_string(label));
    hex_put(function, "vendor", 4, vendor);
    hex_put(function, "device", 4, device);
    hex_put(function, "class", 6, class);
    json_object_set_new(function, "kind", json_string(kind));
    json_object_set_new(function, "name", json_string(maker_of(vendor)));
    return function;
}

/* Slots are hexadecimal, all of one length. */
static int
slots_compare(const void *left, const void *right)
{
    return strcmp(*(char *const *) left, *(char *const *) right);
}

void
nf_pci_take(const struct nf_tree *tree, json_t *hardware)
{
    json_t *functions = json_array();
    struct nf_names names = nf_tree_list(tree, "sys/bus/pci/devices");

    if (names.n > 0) {
        qsort(names.names, names.n, sizeof *names.names, slots_compare);
    }
    for (size_t i = 0; i < names.n && json_array_size(functions) < NF_PCI_MAX;
         i++) {
        json_t *function = function_take(tree, names.names[i]);
        if (function != NULL) {
            json_array_append_new(functions, function);
        }
    }
    nf_names_free(&names);
    json_object_set_new(hardware, "pci", functions);
}

/* "0000:01:00.0" */
static bool
is_slot(const char *text, size_t len)
{
    static const char form[] = "hhhh:hh:hh.h";

    if (len != sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool is_hex = (text[i] >= '0' && text[i] <= '9')
                      || (text[i] >= 'a' && text[i] <= 'f');
        if (form[i] == 'h' ? !is_hex : text[i] != form[i]) {
            return false;
        }
    }
    return true;
}

/* Virtio and USB devices stand below the function that carries them. */
void
nf_pci_slot(const struct nf_tree *tree, const char *device, char slot[13])
{
    char real[1024];

    slot[0] = '\0';
    if (!nf_tree_real(tree, real, sizeof real, "%s", device)) {
        return;
    }
    for (const char *at = real; *at != '\0';) {
        size_t len = strcspn(at, "/");
        if (is_slot(at, len)) {
            snprintf(slot, 13, "%.12s", at);
        }
        at += len + (at[len] == '/');
    }
}
