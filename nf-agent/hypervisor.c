/*
 * Which hypervisor runs this machine, if one does.  A table of what each puts
 * into the files of its guests, the surest first: VirtualBox also offers
 * KVM's clock, and only a clock tells QEMU with KVM from QEMU without.
 */
#include "parts.h"

#include "smbios.h"

#include <stdlib.h>
#include <string.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#define DMI         "sys/class/dmi/id/"
#define DEVICE_TREE "sys/firmware/devicetree/base/"
#define CLOCKS                                                                 \
    "sys/devices/system/clocksource/clocksource0/available_clocksource"

/* clang-format off */
static const struct {
    const char *path, *words, *name;
} marks[] = {
    { DMI "sys_vendor",     "VMware",                "VMware" },
    { DMI "product_name",   "VMware",                "VMware" },
    { DMI "product_name",   "VirtualBox",            "VirtualBox" },
    { DMI "sys_vendor",     "innotek",               "VirtualBox" },
    { DMI "bios_version",   "VirtualBox",            "VirtualBox" },
    { DMI "sys_vendor",     "Parallels",             "Parallels" },
    { DMI "product_name",   "Parallels",             "Parallels" },
    { DMI "product_name",   "HVM domU",              "Xen" },
    { DMI "sys_vendor",     "Xen",                   "Xen" },
    { DMI "product_name",   "BHYVE",                 "bhyve" },
    { DMI "sys_vendor",     "BHYVE",                 "bhyve" },
    { DMI "product_name",   "Apple Virtualization",  "Apple" },
    { DMI "sys_vendor",     "Bochs",                 "Bochs" },
    { DMI "bios_vendor",    "Bochs",                 "Bochs" },
    { DMI "product_name",   "Google Compute Engine", "KVM" },
    { DMI "product_name",   "OpenStack",             "KVM" },
    { DMI "product_name",   "RHEV Hypervisor",       "KVM" },
    { DMI "product_name",   "oVirt",                 "KVM" },
    { DMI "product_name",   "KubeVirt",              "KVM" },
    { DMI "sys_vendor",     "KubeVirt",              "KVM" },
    { DMI "product_name",   "AHV",                   "KVM" },
    { DMI "product_name",   "Droplet",               "KVM" },
    { DMI "product_name",   "vServer",               "KVM" },
    { DMI "product_name",   "3DS Outscale VM",       "KVM" },
    { DMI "product_name",   "SmartDC HVM",           "KVM" },
    { DMI "product_name",   "cloud-hypervisor",      "Cloud Hypervisor" },
    { DMI "product_name",   "KVM",                   "KVM" },
    { CLOCKS,               "kvm-clock",             "KVM" },
    { CLOCKS,               "hyperv_clocksource",    "Hyper-V" },
    { DEVICE_TREE "hypervisor/compatible", "linux,kvm", "KVM" },
    { DEVICE_TREE "hypervisor/compatible", "xen", "Xen" },
    { DEVICE_TREE "compatible", "linux,dummy-virt", "QEMU" },
};

/* What the processor says, asked of this machine only. */
static const struct {
    const char *signature, *name;
} signatures[] = {
    { "KVMKVMKVM",    "KVM" },
    { "Linux KVM Hv", "KVM" },
    { "TCGTCGTCGTCG", "QEMU" },
    { "VMwareVMware", "VMware" },
    { "VBoxVBoxVBox", "VirtualBox" },
    { "Microsoft Hv", "Hyper-V" },
    { "XenVMMXenVMM", "Xen" },
    { "prl hyperv",   "Parallels" },
    { "bhyve bhyve ", "bhyve" },
    { "ACRNACRNACRN", "ACRN" },
};

/* Less sure than what the processor says. */
static const struct {
    const char *path, *words, *name;
} hints[] = {
    { DMI "sys_vendor",   "QEMU", "QEMU" },
    { DMI "product_name", "QEMU", "QEMU" },
    { DMI "bios_vendor",  "QEMU", "QEMU" },
};
/* clang-format on */

static bool
file_has(const struct nf_tree *tree, const char *path, const char *words)
{
    char text[NF_LABEL_SIZE];

    return nf_tree_label(tree, text, "%s", path) && strstr(text, words) != NULL;
}

static const char *
mark_find(const struct nf_tree *tree)
{
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (file_has(tree, marks[i].path, marks[i].words)) {
            return marks[i].name;
        }
    }
    /* Microsoft makes machines too */
    if (file_has(tree, DMI "sys_vendor", "Microsoft Corporation")
        && file_has(tree, DMI "product_name", "Virtual Machine"))
    {
        return "Hyper-V";
    }
    /* and Amazon lets whole machines: "m5.metal", "c5.metal-24xl" */
    if (file_has(tree, DMI "sys_vendor", "Amazon EC2")
        && !file_has(tree, DMI "product_name", ".metal"))
    {
        return "KVM";
    }
    return NULL;
}

static const char *
hint_find(const struct nf_tree *tree)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (file_has(tree, hints[i].path, hints[i].words)) {
            return hints[i].name;
        }
    }
    return NULL;
}

/* CPUID leaf 0x40000000, which only hypervisors answer. */
static const char *
signature_find(const struct nf_tree *tree)
{
    char signature[13] = "";

#ifdef __x86_64__
    unsigned eax, ebx, ecx, edx;
    if (tree->is_live && __get_cpuid(1, &eax, &ebx, &ecx, &edx)
        && (ecx & 1U << 31) != 0)
    {
        __cpuid(0x40000000, eax, ebx, ecx, edx);
        memcpy(signature, &ebx, 4);
        memcpy(signature + 4, &ecx, 4);
        memcpy(signature + 8, &edx, 4);
    }
#else
    (void) tree;
#endif
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        if (strncmp(signature, signatures[i].signature, 12) == 0) {
            return signatures[i].name;
        }
    }
    return NULL;
}

/* Xen's own first domain has the hardware; its guests don't. */
static const char *
xen_find(const struct nf_tree *tree)
{
    return file_has(tree, "sys/hypervisor/type", "xen")
                   && !file_has(tree, "proc/xen/capabilities", "control_d")
               ? "Xen"
               : NULL;
}

/* Firmware that is a hypervisor's own may say so. */
static bool
firmware_says_so(const struct nf_tree *tree)
{
    struct nf_smbios part;
    size_t at = 0;
    bool is_virtual = false;
    uint8_t *table = malloc(NF_SMBIOS_MAX);
    ssize_t n = table == NULL ? -1
                              : nf_tree_bytes(tree, table, NF_SMBIOS_MAX,
                                              "sys/firmware/dmi/tables/DMI");

    while (n > 0 && nf_smbios_next(table, (size_t) n, &at, &part)) {
        is_virtual |=
            part.at[0] == NF_SMBIOS_FIRMWARE && nf_smbios_is_virtual(&part);
    }
    free(table);
    return is_virtual;
}

static bool
processor_has_flag(const struct nf_tree *tree)
{
    char line[8192];
    bool has = false;
    FILE *file = nf_tree_open(tree, "proc/cpuinfo");

    /* one processor's flags speak for all */
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "flags", 5) == 0) {
            has = strstr(line, " hypervisor") != NULL;
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return has;
}

bool
nf_hypervisor_find(const struct nf_tree *tree, char name[static NF_LABEL_SIZE])
{
    static const char *(*const finders[])(const struct nf_tree *) = {
        mark_find, signature_find, xen_find, hint_find};

    for (size_t i = 0; i < sizeof finders / sizeof finders[0]; i++) {
        const char *found = finders[i](tree);
        if (found != NULL) {
            snprintf(name, NF_LABEL_SIZE, "%s", found);
            return true;
        }
    }
    name[0] = '\0';
    return processor_has_flag(tree) || firmware_says_so(tree);
}
