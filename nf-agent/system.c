/*
 * Who made this machine, what it is called, and its serial number: from DMI,
 * or from the device tree on boards that have none.
 */
#include "parts.h"

#include <string.h>
#include <strings.h>
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

/* Behind these words a maker counts the versions of a board. */
static const char *
skip_words(const char *text)
{
    static const char *const words[] = {"revision", "rev",     "version",
                                        "ver",      "release", "pcb"};
    size_t i = 0;

    while (i < sizeof words / sizeof words[0]) {
        size_t n = strlen(words[i]);
        bool is_it = strncasecmp(text, words[i], n) == 0
                     && strchr(" .:0123456789xX", text[n]) != NULL;
        text += is_it ? n : 0;
        text += strspn(text, " .:");
        i = is_it ? 0 : i + 1;
    }
    return text;
}

/* "Rev 1.xx", "Rev X.0x", "Version 2.0B", "x.x", "4.11.amazon": no name, be it
 * where a version belongs or not. */
static bool
is_version(const char *text)
{
    const char *rest = skip_words(text);
    size_t numbers = strspn(rest, "0123456789xX.");
    const char *behind = rest + numbers;
    bool has_dot = memchr(rest, '.', numbers) != NULL;

    if (rest != text) {
        return strlen(behind) <= 1;
    }
    return has_dot
           && (behind[0] == '\0'
               || (behind[0] != ' ' && rest[0] >= '0' && rest[0] <= '9'));
}

/* A version is a model's name only where it has letters: not "A00". */
static bool
is_name(const char *path, const char *text)
{
    size_t letters = 0;

    if (nf_serial_is_placeholder(text) || is_version(text)) {
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

/* Nova and oVirt give all guests of a host the host's serial number, unless
 * they are told otherwise; their UUIDs are their own. */
static bool
has_hosts_serial(const struct nf_tree *tree)
{
    static const char *const products[] = {"OpenStack", "RHEV Hypervisor",
                                           "oVirt"};
    char text[NF_LABEL_SIZE];

    (void) nf_tree_label(tree, text, DMI "product_name");
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++) {
        if (strncmp(text, products[i], strlen(products[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void
serial_take(const struct nf_tree *tree, json_t *hardware)
{
    char serial[NF_LABEL_SIZE];
    const char *word = "none";
    bool is_hosts = has_hosts_serial(tree);

    for (size_t i = 0; i < sizeof serials / sizeof serials[0]; i++) {
        bool is_passed_over = is_hosts && strcmp(serials[i].word, "uuid") != 0;
        if (!is_passed_over
            && nf_tree_label(tree, serial, "%s", serials[i].path)
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

/* clang-format off */
/* What kernels call architectures, and packages. */
static const struct {
    const char *machine, *name;
} machines[] = {
    { "x86_64",      "amd64" },
    { "i686",        "i386" },
    { "i386",        "i386" },
    { "aarch64",     "arm64" },
    { "armv7l",      "armhf" },
    { "armv6l",      "armhf" },
    { "riscv64",     "riscv64" },
    { "ppc64le",     "ppc64el" },
    { "s390x",       "s390x" },
    { "loongarch64", "loong64" },
};

/* A line of cpuinfo that begins so is of one architecture only; of Arm's two
 * kinds the later line decides. */
static const struct {
    const char *line, *words, *name;
} processors[] = {
    { "vendor_id",        "IBM/S390", "s390x" },
    { "vendor_id",        "",         "amd64" },
    { "flags",            "",         "amd64" },
    { "CPU implementer",  "",         "arm64" },
    { "CPU architecture", ": 7",      "armhf" },
    { "isa\t",            "rv64",     "riscv64" },
    { "cpu\t",            "POWER",    "ppc64el" },
    { "CPU Family",       "Loongson", "loong64" },
};

/* Words in what a kernel says of its own making. */
static const struct {
    const char *words, *name;
} makings[] = {
    { "aarch64", "arm64" }, { "arm64", "arm64" },     { "x86_64", "amd64" },
    { "amd64", "amd64" },   { "riscv64", "riscv64" }, { "ppc64le", "ppc64el" },
};
/* clang-format on */

static const char *
machine_name(const char *machine)
{
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        if (strcmp(machine, machines[i].machine) == 0) {
            return machines[i].name;
        }
    }
    return NULL;
}

static const char *
processor_name(const struct nf_tree *tree)
{
    char line[1024];
    const char *found = NULL;
    FILE *file = nf_tree_open(tree, "proc/cpuinfo");

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        for (size_t i = 0; i < sizeof processors / sizeof processors[0]; i++) {
            size_t n = strlen(processors[i].line);
            if (strncmp(line, processors[i].line, n) == 0
                && strstr(line + n, processors[i].words) != NULL)
            {
                found = processors[i].name;
                break;
            }
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

static const char *
making_name(const struct nf_tree *tree, const char *path)
{
    char text[NF_LABEL_SIZE];

    (void) nf_tree_label(tree, text, "%s", path);
    for (size_t i = 0; i < sizeof makings / sizeof makings[0]; i++) {
        if (strstr(text, makings[i].words) != NULL) {
            return makings[i].name;
        }
    }
    return NULL;
}

/* A captured tree says by itself what it was captured on, never the machine
 * that reads it; "" where it does not. */
static const char *
captured_architecture(const struct nf_tree *tree)
{
    char text[NF_LABEL_SIZE];
    const char *found = nf_tree_label(tree, text, "proc/sys/kernel/arch")
                            ? machine_name(text)
                            : NULL;

    found = found != NULL ? found : processor_name(tree);
    found =
        found != NULL ? found : making_name(tree, "proc/sys/kernel/osrelease");
    found = found != NULL ? found : making_name(tree, "proc/version");
    return found != NULL ? found : "";
}

static const char *
architecture(const struct nf_tree *tree)
{
    struct utsname own;

    if (!tree->is_live) {
        return captured_architecture(tree);
    }
    const char *found = uname(&own) == 0 ? machine_name(own.machine) : NULL;
    return found != NULL ? found : "";
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
