#include "model/hardware.h"

#include <stdio.h>

#include "base/serial.h"
#include "json/field.h"
#include "json/shape.h"

/* Of a card of any kind, InfiniBand's 20 bytes too, and of what is no card:
 * one odd entry must not cost the rest.  Which of them may name a machine is
 * asked of nf_mac_parse(). */
static const char *
misfit_address(struct nf_text text)
{
    return text.len == 0 || nf_text_has_only(text, "0123456789abcdefABCDEF:-.")
               ? NULL
               : "the hardware address of a network card";
}

/* clang-format off */
#define ENTRY(type, ...) &(const struct nf_shape){.name = "", .kind = NF_SHAPE_##type, __VA_ARGS__}
#define TEXT   NF_SHAPE_TEXT, .max = 127
#define NUMBER NF_SHAPE_NUMBER, .max = INT64_MAX
#define SWITCH NF_SHAPE_SWITCH, .min = 0

static const struct nf_shape bios_shape[] = {
    {"vendor", TEXT}, {"version", TEXT}, {"date", TEXT}, {0},
};

static const struct nf_shape cpu_shape[] = {
    {"model", TEXT}, {"cores", NUMBER}, {"sockets", NUMBER}, {"threads", NUMBER}, {0},
};

static const struct nf_shape memory_shape[] = {
    {"total_gb", NUMBER}, {"total_bytes", NUMBER}, {0},
};

static const struct nf_shape disk_shape[] = {
    {"device", TEXT}, {"size_gb", NUMBER}, {"size_bytes", NUMBER},
    {"type", TEXT}, {"model", TEXT}, {"serial", TEXT}, {"rotational", SWITCH},
    {"wwn", TEXT}, {"by_path", TEXT}, {0},
};

static const struct nf_shape lldp_shape[] = {
    {"switch", TEXT}, {"switch_mac", TEXT}, {"port", TEXT},
    {"port_description", TEXT}, {"vlan", NUMBER}, {0},
};

static const struct nf_shape nic_shape[] = {
    {"name", TEXT}, {"mac", TEXT, .misfit = misfit_address}, {"driver", TEXT},
    {"link", SWITCH}, {"speed_mbps", NUMBER}, {"pci", TEXT},
    {"lldp", NF_SHAPE_MAP, .members = lldp_shape}, {0},
};

static const struct nf_shape pci_shape[] = {
    {"slot", TEXT}, {"vendor", TEXT}, {"device", TEXT}, {"class", TEXT},
    {"kind", TEXT}, {"name", TEXT}, {0},
};

static const struct nf_shape bmc_shape[] = {
    {"present", SWITCH}, {"ip", TEXT}, {"mac", TEXT}, {"version", TEXT}, {0},
};

static const struct nf_shape members[] = {
    {"serial_number", TEXT}, {"serial_source", TEXT}, {"uuid", TEXT},
    {"mac_address", TEXT, .misfit = misfit_address},
    {"company", TEXT}, {"product", TEXT}, {"model_name", TEXT},
    {"is_vm", SWITCH}, {"hypervisor", TEXT}, {"arch", TEXT},
    {"firmware", TEXT}, {"secure_boot", SWITCH}, {"tpm", TEXT},
    {"bios",   NF_SHAPE_MAP, .members = bios_shape},
    {"cpu",    NF_SHAPE_MAP, .members = cpu_shape},
    {"memory", NF_SHAPE_MAP, .members = memory_shape},
    {"disks",  NF_SHAPE_LIST, .max = NF_HARDWARE_DISKS, .members = ENTRY(MAP, .members = disk_shape)},
    {"nics",   NF_SHAPE_LIST, .max = NF_HARDWARE_NICS,  .members = ENTRY(MAP, .members = nic_shape)},
    {"pci",    NF_SHAPE_LIST, .max = NF_HARDWARE_PCI,   .members = ENTRY(MAP, .members = pci_shape)},
    {"bmc",    NF_SHAPE_MAP, .members = bmc_shape},
    {0},
};

static const struct nf_shape report_shape[] = {
    {"hardware", NF_SHAPE_MAP, .members = members, .is_required = true},
    {0},
};
/* clang-format on */

nf_error_t
nf_hardware_check(const struct nf_value *reported, nf_arena_t *arena,
                  struct nf_value *kept, unsigned *unknown,
                  struct nf_fault *fault)
{
    struct nf_member member = {.name = "hardware"};
    struct nf_value whole = nf_value_map(&member, 1);
    bool is_map = reported != NULL && reported->kind == NF_VALUE_MAP;
    nf_error_t err;

    if (!is_map) {
        return nf_refuse(fault, "hardware",
                         reported == NULL ? "is missing" : "must be an object");
    }
    err = nf_shape_keep(members, reported, arena, kept, unknown);
    member.value = *kept;
    return err != NF_OK ? err : nf_shape_check(report_shape, &whole, fault);
}

struct nf_text
nf_hardware_serial(const struct nf_value *hardware)
{
    struct nf_text serial = nf_value_member_text(hardware, "serial_number");
    char text[64];

    return nf_text_copy(text, sizeof(text), serial)
                   && !nf_serial_is_placeholder(text)
               ? serial
               : (struct nf_text){0};
}

enum nf_boot_mode
nf_hardware_boot_mode(struct nf_text json)
{
    /* as nf-agent says it, in the order of the enum */
    static const char *const words[] = {"", "bios", "uefi", NULL};
    static const struct nf_json_field fields[] = {
        {.name = "firmware",
         .kind = NF_JSON_WORD,
         .size = sizeof(uint8_t),
         .words = words},
        {0},
    };
    struct nf_json_reader reader = {.fields = fields, .source = NF_JSON_AGENT};
    struct nf_fault ignored = {0};
    uint8_t mode = NF_BOOT_MODE_UNKNOWN;

    return json.len > 0 && nf_json_read(&reader, json, &mode, &ignored) == NF_OK
               ? (enum nf_boot_mode) mode
               : NF_BOOT_MODE_UNKNOWN;
}

/* Drivers of Linux for cards on USB. */
static const char *const usb_drivers[] = {
    "aqc111",    "asix",       "ax88179_178a",   "catc",       "cdc_eem",
    "cdc_ether", "cdc_mbim",   "cdc_ncm",        "cdc_subset", "ch9200",
    "dm9601",    "gl620a",     "huawei_cdc_ncm", "int51x1",    "ipheth",
    "kalmia",    "kaweth",     "lan78xx",        "lg-vl600",   "mcs7830",
    "net1080",   "pegasus",    "plusb",          "qmi_wwan",   "r8152",
    "r8153_ecm", "rndis_host", "rtl8150",        "sierra_net", "smsc75xx",
    "smsc95xx",  "sr9700",     "sr9800",         "usbnet",     "zaurus",
};

static bool
is_on_usb(const struct nf_value *nic)
{
    struct nf_text driver = nf_value_member_text(nic, "driver");
    size_t n = sizeof(usb_drivers) / sizeof(usb_drivers[0]);

    for (size_t i = 0; i < n; i++) {
        if (nf_text_equal(driver, nf_text(usb_drivers[i]))) {
            return true;
        }
    }
    return false;
}

size_t
nf_hardware_macs(const struct nf_value *hardware, nf_mac_t mac, nf_mac_t macs[],
                 size_t n)
{
    const struct nf_value *nics = nf_value_member(hardware, "nics");
    size_t found = 0;

    for (size_t i = 0; nics != NULL && i < nics->list.n && found < n; i++) {
        nf_mac_t one;
        if (nf_mac_parse(nf_value_member_text(&nics->list.items[i], "mac"),
                         &one)
            && !nf_mac_equal(one, mac) && !is_on_usb(&nics->list.items[i]))
        {
            macs[found++] = one;
        }
    }
    return found;
}
