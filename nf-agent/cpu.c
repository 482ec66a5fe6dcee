/* Processors: /proc/cpuinfo in its x86 and Arm forms, and the topology. */
#include "parts.h"

#include "smbios.h"

#include <stdlib.h>
#include <string.h>

enum {
    SOCKETS_MAX = 64,
    PROCESSORS_MAX = 8192,
};

struct cpu {
    char model[NF_LABEL_SIZE];
    long implementer, part;
    int logical;
    int sockets;
    int threads; /* of one core */
};

/* clang-format off */
static const struct {
    long implementer, part;
    const char *name;
} arm_cores[] = {
    { 0x41, 0xd03, "ARM Cortex-A53" },
    { 0x41, 0xd05, "ARM Cortex-A55" },
    { 0x41, 0xd07, "ARM Cortex-A57" },
    { 0x41, 0xd08, "ARM Cortex-A72" },
    { 0x41, 0xd09, "ARM Cortex-A73" },
    { 0x41, 0xd0a, "ARM Cortex-A75" },
    { 0x41, 0xd0b, "ARM Cortex-A76" },
    { 0x41, 0xd0c, "ARM Neoverse-N1" },
    { 0x41, 0xd40, "ARM Neoverse-V1" },
    { 0x41, 0xd49, "ARM Neoverse-N2" },
    { 0x41, 0xd4f, "ARM Neoverse-V2" },
    { 0x42, 0x516, "Broadcom Vulcan" },
    { 0x43, 0x0a1, "Cavium ThunderX" },
    { 0x43, 0x0af, "Cavium ThunderX2" },
    { 0x48, 0xd01, "HiSilicon Kunpeng 920" },
    { 0x48, 0xd02, "HiSilicon Kunpeng 920B" },
    { 0x50, 0x000, "Applied Micro X-Gene" },
    { 0x70, 0x662, "Phytium FTC662" },
    { 0x70, 0x663, "Phytium FTC663" },
    { 0xc0, 0xac3, "Ampere-1" },
    { 0xc0, 0xac4, "Ampere-1a" },
};
/* clang-format on */

static void
line_take(char *line, struct cpu *cpu)
{
    char *value = strchr(line, ':');

    if (value == NULL) {
        return;
    }
    *value++ = '\0';
    if (strncmp(line, "processor", 9) == 0
        && (line[9] == '\t' || line[9] == ' ')) {
        cpu->logical++;
    } else if (strncmp(line, "model name", 10) == 0 && cpu->model[0] == '\0') {
        nf_label_clean(value, strlen(value), cpu->model);
    } else if (strncmp(line, "CPU implementer", 15) == 0) {
        cpu->implementer = strtol(value, NULL, 16);
    } else if (strncmp(line, "CPU part", 8) == 0) {
        cpu->part = strtol(value, NULL, 16);
    }
}

/* Lines longer than the buffer are flags; their rests hold no such words. */
static void
cpuinfo_take(const struct nf_tree *tree, struct cpu *cpu)
{
    char line[1024];
    bool is_start = true;
    FILE *file = nf_tree_open(tree, "proc/cpuinfo");

    while (file != NULL && cpu->logical < PROCESSORS_MAX
           && fgets(line, sizeof line, file) != NULL)
    {
        bool ends = strchr(line, '\n') != NULL;
        if (is_start) {
            line_take(line, cpu);
        }
        is_start = ends;
    }
    if (file != NULL) {
        fclose(file);
    }
}

/* "0,64" or "0-1": how many that names. */
static int
list_count(const char *list)
{
    int n = 0;

    while (*list >= '0' && *list <= '9' && n < PROCESSORS_MAX) {
        char *end;
        long first = strtol(list, &end, 10), last = first;
        if (*end == '-') {
            last = strtol(end + 1, &end, 10);
        }
        n += last >= first && last - first < PROCESSORS_MAX
                 ? (int) (last - first) + 1
                 : 0;
        list = *end == ',' ? end + 1 : end;
    }
    return n;
}

static void
socket_note(int64_t package, int64_t packages[SOCKETS_MAX], int *n)
{
    for (int i = 0; i < *n; i++) {
        if (packages[i] == package) {
            return;
        }
    }
    if (package >= 0 && *n < SOCKETS_MAX) {
        packages[(*n)++] = package;
    }
}

static void
topology_take(const struct nf_tree *tree, struct cpu *cpu)
{
    int64_t packages[SOCKETS_MAX];
    char siblings[NF_LABEL_SIZE];
    int present = 0;
    struct nf_names names = nf_tree_list(tree, "sys/devices/system/cpu");

    for (size_t i = 0; i < names.n; i++) {
        const char *name = names.names[i];
        if (strncmp(name, "cpu", 3) != 0 || name[3] < '0' || name[3] > '9') {
            continue;
        }
        present++;
        socket_note(nf_tree_number(tree, -1,
                                   "sys/devices/system/cpu/%s/topology/"
                                   "physical_package_id",
                                   name),
                    packages, &cpu->sockets);
    }
    nf_names_free(&names);
    if (nf_tree_label(tree, siblings,
                      "sys/devices/system/cpu/cpu0/topology/"
                      "thread_siblings_list"))
    {
        cpu->threads = list_count(siblings);
    }
    if (cpu->logical == 0) {
        cpu->logical = present;
    }
}

/* Arm's cpuinfo has numbers only; firmware has the name that is sold. */
static void
model_find(const struct nf_tree *tree, struct cpu *cpu)
{
    uint8_t *table = malloc(NF_SMBIOS_MAX);
    struct nf_smbios part;
    size_t at = 0;
    ssize_t n = table == NULL ? -1
                              : nf_tree_bytes(tree, table, NF_SMBIOS_MAX,
                                              "sys/firmware/dmi/tables/DMI");

    while (cpu->model[0] == '\0' && n > 0
           && nf_smbios_next(table, (size_t) n, &at, &part))
    {
        if (part.at[0] == NF_SMBIOS_PROCESSOR) {
            nf_smbios_label(&part, 0x10, cpu->model);
        }
        if (nf_serial_is_placeholder(cpu->model)) {
            cpu->model[0] = '\0';
        }
    }
    free(table);
    for (size_t i = 0; i < sizeof arm_cores / sizeof arm_cores[0]; i++) {
        if (cpu->model[0] == '\0' && cpu->implementer != 0
            && arm_cores[i].implementer == cpu->implementer
            && arm_cores[i].part == cpu->part)
        {
            snprintf(cpu->model, sizeof cpu->model, "%s", arm_cores[i].name);
        }
    }
}

void
nf_cpu_take(const struct nf_tree *tree, json_t *hardware)
{
    struct cpu cpu = {.threads = 1};
    json_t *object = json_object();

    cpuinfo_take(tree, &cpu);
    topology_take(tree, &cpu);
    if (cpu.model[0] == '\0') {
        model_find(tree, &cpu);
    }
    if (cpu.sockets == 0 && cpu.logical > 0) {
        cpu.sockets = 1;
    }
    json_object_set_new(object, "model", json_string(cpu.model));
    json_object_set_new(object, "cores", json_integer(cpu.logical));
    json_object_set_new(object, "sockets", json_integer(cpu.sockets));
    json_object_set_new(object, "threads", json_integer(cpu.threads));
    json_object_set_new(hardware, "cpu", object);
}
