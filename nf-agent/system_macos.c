#include "system_macos.h"

#include "base/address.h"
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

/* clang-format off */
static const struct {
    const char *model, *name;
} virtual_models[] = {
    { "VirtualMac", "Apple" },
    { "VMware",     "VMware" },
    { "Parallels",  "Parallels" },
    { "VirtualBox", "VirtualBox" },
    { "QEMU",       "QEMU" },
};

/* Where the profile has disks, and what kind it means by default. */
static const struct {
    const char *section, *type;
} disk_sections[] = {
    { "SPNVMeDataType",      "NVMe" },
    { "SPSerialATADataType", "Unknown" },
};
/* clang-format on */

/* A member as a label; "" when it isn't text. */
static void
label_of(const json_t *object, const char *member,
         char label[static NF_LABEL_SIZE])
{
    const char *text = json_string_value(json_object_get(object, member));

    nf_label_clean(text != NULL ? text : "", text != NULL ? strlen(text) : 0,
                   label);
}

static void
label_put(json_t *object, const char *member, const char *label)
{
    json_object_set_new(object, member, json_string(label));
}

static bool
starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Copies a member where the profile has one. */
static void
copy(const json_t *from, const char *member, json_t *to, const char *as)
{
    char label[NF_LABEL_SIZE];

    label_of(from, member, label);
    if (label[0] != '\0') {
        label_put(to, as, label);
    }
}

static void
serial_read(const json_t *overview, json_t *hardware)
{
    char label[NF_LABEL_SIZE];
    const char *source = "dmi-product";

    label_of(overview, "serial_number", label);
    if (nf_serial_is_placeholder(label)) {
        label_of(overview, "platform_UUID", label);
        source = nf_serial_is_placeholder(label) ? "none" : "uuid";
    }
    if (strcmp(source, "none") == 0) {
        label[0] = '\0';
    }
    label[NF_SERIAL_SIZE - 1] = '\0';
    label_put(hardware, "serial_number", label);
    label_put(hardware, "serial_source", source);
}

static void
model_read(const json_t *overview, json_t *hardware)
{
    char model[NF_LABEL_SIZE];
    const char *hypervisor = NULL;

    label_of(overview, "machine_model", model);
    label_put(hardware, "product", model);
    label_put(hardware, "model_name", model);
    label_put(hardware, "company", "Apple Inc.");
    for (size_t i = 0; i < sizeof virtual_models / sizeof virtual_models[0];
         i++) {
        if (starts(model, virtual_models[i].model)) {
            hypervisor = virtual_models[i].name;
        }
    }
    json_object_set_new(hardware, "is_vm", json_boolean(hypervisor != NULL));
    label_put(hardware, "hypervisor", hypervisor != NULL ? hypervisor : "");
    copy(overview, "platform_UUID", hardware, "uuid");
}

/* 6, or "proc 8:4:4": all, fast and slow ones. */
static long
processors_of(const json_t *overview)
{
    const json_t *number = json_object_get(overview, "number_processors");
    const char *text = json_string_value(number);

    if (text == NULL) {
        return (long) json_integer_value(number);
    }
    return starts(text, "proc ") ? strtol(text + 5, NULL, 10) : 0;
}

static void
cpu_read(const json_t *overview, json_t *hardware)
{
    char model[NF_LABEL_SIZE];
    json_t *cpu = json_object();
    long n = processors_of(overview);
    json_int_t packages =
        json_integer_value(json_object_get(overview, "packages"));

    label_of(overview, "chip_type", model);
    if (model[0] == '\0') {
        label_of(overview, "cpu_type", model);
    }
    label_put(cpu, "model", model);
    json_object_set_new(cpu, "cores", json_integer(n > 0 ? n : 0));
    json_object_set_new(cpu, "sockets",
                        json_integer(packages > 0 ? packages : 1));
    json_object_set_new(cpu, "threads", json_integer(1));
    json_object_set_new(hardware, "cpu", cpu);
}

/* "16 GB"; what is above a PiB is no memory. */
static void
memory_read(const json_t *overview, json_t *hardware)
{
    char text[NF_LABEL_SIZE];
    char *unit;

    label_of(overview, "physical_memory", text);
    long long n = strtoll(text, &unit, 10);
    int shift = strcmp(unit, " TB") == 0   ? 40
                : strcmp(unit, " GB") == 0 ? 30
                : strcmp(unit, " MB") == 0 ? 20
                                           : 0;
    if (n > 0 && n < 1 << 20 && shift > 0 && n >> (50 - shift) == 0) {
        nf_memory_put(hardware, (int64_t) n << shift);
    }
}

static void
card_read(const json_t *service, json_t *cards)
{
    char name[NF_LABEL_SIZE], address[NF_LABEL_SIZE];
    char text[NF_MAC_COLONS];
    nf_mac_t mac;

    label_of(service, "interface", name);
    label_of(json_object_get(service, "Ethernet"), "MAC Address", address);
    if (!starts(name, "en") || !nf_mac_parse(nf_text(address), &mac)
        || json_array_size(cards) == NF_CARDS_MAX)
    {
        return;
    }
    json_t *card = json_object();
    nf_mac_format_divided(mac, ':', text);
    label_put(card, "name", name);
    label_put(card, "mac", text);
    label_put(card, "driver", "");
    label_put(card, "pci", "");
    json_object_set_new(
        card, "link",
        json_boolean(json_array_size(json_object_get(service, "ip_address"))
                     > 0));
    json_object_set_new(card, "speed_mbps", json_integer(0));
    json_array_append_new(cards, card);
}

void
nf_macos_profile_read(const json_t *profile, json_t *hardware)
{
    const json_t *overview =
        json_array_get(json_object_get(profile, "SPHardwareDataType"), 0);
    const json_t *services = json_object_get(profile, "SPNetworkDataType");
    json_t *cards = json_array();

    if (overview != NULL) {
        serial_read(overview, hardware);
        model_read(overview, hardware);
        cpu_read(overview, hardware);
        memory_read(overview, hardware);
        json_t *bios = json_object_get(hardware, "bios");
        copy(overview, "boot_rom_version", bios, "version");
        label_put(hardware, "firmware", "uefi");
    }
    for (size_t i = 0; i < json_array_size(services); i++) {
        card_read(json_array_get(services, i), cards);
    }
    json_object_set_new(hardware, "nics", cards);
}

/* A profile's disk by its name, below its controller; NULL when none. */
static const json_t *
disk_find(const json_t *profile, const char *section, const char *name)
{
    const json_t *controllers = json_object_get(profile, section);

    for (size_t i = 0; i < json_array_size(controllers); i++) {
        const json_t *disks =
            json_object_get(json_array_get(controllers, i), "_items");
        for (size_t j = 0; j < json_array_size(disks); j++) {
            const json_t *disk = json_array_get(disks, j);
            const char *own =
                json_string_value(json_object_get(disk, "bsd_name"));
            if (own != NULL && strcmp(own, name) == 0) {
                return disk;
            }
        }
    }
    return NULL;
}

static const char *
medium_of(const json_t *disk, const char *fallback)
{
    char medium[NF_LABEL_SIZE];

    label_of(disk, "spsata_medium_type", medium);
    return strcmp(medium, "Solid State") == 0  ? "SSD"
           : strcmp(medium, "Rotational") == 0 ? "HDD"
                                               : fallback;
}

static json_t *
disk_read(const json_t *whole, const json_t *profile)
{
    char name[NF_LABEL_SIZE], device[NF_LABEL_SIZE];
    const char *type = "Unknown";
    int64_t size = json_integer_value(json_object_get(whole, "Size"));
    json_t *disk = json_object();

    label_of(whole, "DeviceIdentifier", name);
    snprintf(device, sizeof device, "/dev/%.100s", name);
    size = size < 0 ? 0 : size;
    label_put(disk, "device", device);
    json_object_set_new(disk, "size_bytes", json_integer(size));
    json_object_set_new(disk, "size_gb", json_integer(nf_gb(size)));
    label_put(disk, "model", "");
    label_put(disk, "serial", "");
    label_put(disk, "wwn", "");
    for (size_t i = 0; i < sizeof disk_sections / sizeof disk_sections[0]; i++)
    {
        const json_t *known =
            disk_find(profile, disk_sections[i].section, name);
        if (known != NULL) {
            copy(known, "device_model", disk, "model");
            copy(known, "device_serial", disk, "serial");
            type = medium_of(known, disk_sections[i].type);
        }
    }
    label_put(disk, "type", type);
    json_object_set_new(disk, "rotational",
                        json_boolean(strcmp(type, "HDD") == 0));
    return disk;
}

void
nf_macos_disks_read(const json_t *diskutil, const json_t *profile,
                    json_t *hardware)
{
    const json_t *all = json_object_get(diskutil, "AllDisksAndPartitions");
    json_t *disks = json_array();

    for (size_t i = 0; i < json_array_size(all) && i < NF_DISKS_MAX; i++) {
        json_array_append_new(disks,
                              disk_read(json_array_get(all, i), profile));
    }
    json_object_set_new(hardware, "disks", disks);
}

#ifdef __APPLE__

static json_t *
tool_run(const char *command)
{
    json_error_t fault;
    FILE *tool = popen(command, "r");
    json_t *said = tool != NULL ? json_loadf(tool, 0, &fault) : NULL;

    if (tool != NULL) {
        pclose(tool);
    }
    return said;
}

static int64_t
sysctl_number(const char *name)
{
    int64_t number = 0;
    size_t size = sizeof number;

    return sysctlbyname(name, &number, &size, NULL, 0) == 0 ? number : 0;
}

void
nf_macos_take(json_t *hardware)
{
    json_t *profile = tool_run("/usr/sbin/system_profiler -json"
                               " SPHardwareDataType SPNetworkDataType"
                               " SPNVMeDataType SPSerialATADataType");
    json_t *diskutil = tool_run("/usr/sbin/diskutil list -plist physical"
                                " | /usr/bin/plutil -convert json -o - -");
    int64_t processors = sysctl_number("hw.logicalcpu");
    int64_t memory = sysctl_number("hw.memsize");

    nf_macos_profile_read(profile, hardware);
    nf_macos_disks_read(diskutil, profile, hardware);
    if (processors > 0) {
        json_object_set_new(json_object_get(hardware, "cpu"), "cores",
                            json_integer(processors));
    }
    if (memory > 0) {
        nf_memory_put(hardware, memory);
    }
    json_decref(diskutil);
    json_decref(profile);
}

#else

void
nf_macos_take(json_t *hardware)
{
    (void) hardware;
}

#endif
