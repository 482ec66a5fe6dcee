/*
 * Who made this machine, what it is called, and its serial number: from DMI,
 * or from the device tree on boards that have none.
 */
#include "parts.h"

#include <string.h>
#include <sys/utsname.h>

#define DMI         "sys/class/dmi/id/"
#define DEVICE_TREE "sys/firmware/devicetree/base/"

struct source {
    const char *path;
    const char *word; /* what "serial_source" calls it */
};

/* clang-format off */
static const struct source serials[] = {
    { DMI "product_serial",        "dmi-product" },
    { DMI "board_serial",          "dmi-board" },
    { DEVICE_TREE "serial-number", "device-tree" },
    { DMI "product_uuid",          "uuid" },
    { DMI "chassis_serial",        "dmi-chassis" }, /* all blades have it */
};

/* The first of the paths that says something is the member. */
static const struct {
    const char *member;
    const char *paths[4];
} names[] = {
    { "company",    { DMI "sys_vendor", DMI "board_vendor",
                      DMI "chassis_vendor" } },
    { "product",    { DMI "product_name", DMI "board_name",
                      DEVICE_TREE "model" } },
    { "model_name", { DMI "product_version", DMI "product_name",
                      DMI "board_name", DEVICE_TREE "model" } },
    { "uuid",       { DMI "product_uuid" } },
};
/* clang-format on */

/* A version is a model's name only where it has letters: not "1.0", "A00". */
static bool
is_name(const char *path, const char *text)
{
    size_t letters = 0;

    if (nf_serial_is_placeholder(text)) {
        return false;
    }
    for (const char *at = text; *at != '\0'; at++) {
        letters += (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
    }
    return strcmp(path, DMI "product_version") != 0 || letters >= 3;
}

static void
names_take(const struct nf_tree *tree, json_t *hardware)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[NF_LABEL_SIZE] = "";
        for (size_t j = 0; j < 4 && names[i].paths[j] != NULL; j++) {
            if (nf_tree_label(tree, text, "%s", names[i].paths[j])
                && is_name(names[i].paths[j], text))
            {
                break;
            }
            text[0] = '\0';
        }
        json_object_set_new(hardware, names[i].member, json_string(text));
    }
}

/* Cut between characters to what the server takes. */
static void
serial_cut(char *serial)
{
    size_t n = strlen(serial);

    if (n >= NF_SERIAL_SIZE) {
        n = NF_SERIAL_SIZE - 1;
        while (n > 0 && ((unsigned char) serial[n] & 0xc0) == 0x80) {
            n--;
        }
        serial[n] = '\0';
    }
}

static void
serial_take(const struct nf_tree *tree, json_t *hardware)
{
    char serial[NF_LABEL_SIZE];
    const char *word = "none";

    for (size_t i = 0; i < sizeof serials / sizeof serials[0]; i++) {
        if (nf_tree_label(tree, serial, "%s", serials[i].path)
            && !nf_serial_is_placeholder(serial))
        {
            word = serials[i].word;
            break;
        }
        serial[0] = '\0';
    }
    serial_cut(serial);
    json_object_set_new(hardware, "serial_number", json_string(serial));
    json_object_set_new(hardware, "serial_source", json_string(word));
}

/*
 * This executable's own; a captured tree says it by the form of its cpuinfo,
 * which names a processor's implementer on Arm only.
 */
static const char *
architecture(const struct nf_tree *tree)
{
    struct utsname own;
    char line[256];
    const char *found = "amd64";
    FILE *file = tree->is_live ? NULL : nf_tree_open(tree, "proc/cpuinfo");

    if (file == NULL) {
        bool is_arm = uname(&own) == 0
                      && (strcmp(own.machine, "aarch64") == 0
                          || strcmp(own.machine, "arm64") == 0);
        return is_arm ? "arm64" : "amd64";
    }
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "CPU implementer", 15) == 0) {
            found = "arm64";
        }
    }
    fclose(file);
    return found;
}

void
nf_system_take(const struct nf_tree *tree, json_t *hardware)
{
    char hypervisor[NF_LABEL_SIZE];
    bool is_vm = nf_hypervisor_find(tree, hypervisor);

    serial_take(tree, hardware);
    names_take(tree, hardware);
    json_object_set_new(hardware, "is_vm", json_boolean(is_vm));
    json_object_set_new(hardware, "hypervisor", json_string(hypervisor));
    json_object_set_new(hardware, "arch", json_string(architecture(tree)));
}
