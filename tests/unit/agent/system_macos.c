/*
 * What a Mac's tools print, in the forms of Apple's processors, of Intel's,
 * and of a virtual machine.
 */

#include "../../../nf-agent/system_macos.c"
#include "../../../nf-agent/label.c"
#include "../../../nf-agent/memory.c"
#include "../../../nf-agent/smbios.c"
#include "../../../nf-agent/tree.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char apple[] =
    "{\"SPHardwareDataType\":[{\"_name\":\"hardware_overview\","
    "\"boot_rom_version\":\"11881.81.4\",\"chip_type\":\"Apple M1 Max\","
    "\"machine_model\":\"MacBookPro18,1\",\"machine_name\":\"MacBook Pro\","
    "\"number_processors\":\"proc 10:8:2\",\"physical_memory\":\"32 GB\","
    "\"platform_UUID\":\"5F2B9C1E-77AA-4D51-9E0B-0F6D1A2B3C4D\","
    "\"serial_number\":\"C02ABC123XYZ\"}],"
    "\"SPNetworkDataType\":[{\"_name\":\"Ethernet\",\"interface\":\"en5\","
    "\"hardware\":\"Ethernet\",\"Ethernet\":{\"MAC Address\":"
    "\"AC:DE:48:00:11:22\"}},"
    "{\"_name\":\"Wi-Fi\",\"interface\":\"en0\",\"hardware\":\"AirPort\","
    "\"ip_address\":[\"192.0.2.7\"],\"Ethernet\":{\"MAC Address\":"
    "\"fe:b7:02:c0:95:e0\"}},"
    "{\"_name\":\"VPN\",\"interface\":\"utun3\"},{\"_name\":\"none\"}],"
    "\"SPNVMeDataType\":[{\"_name\":\"Apple SSD Controller\",\"_items\":["
    "{\"_name\":\"APPLE SSD AP1024R\",\"bsd_name\":\"disk0\","
    "\"device_model\":\"APPLE SSD AP1024R\",\"device_serial\":"
    "\"0ba01234c5d6e78f\",\"size_in_bytes\":1000555581440}]}]}";

static const char apple_disks[] =
    "{\"AllDisks\":[\"disk0\",\"disk4\"],\"AllDisksAndPartitions\":["
    "{\"Content\":\"GUID_partition_scheme\",\"DeviceIdentifier\":\"disk0\","
    "\"Size\":1000555581440,\"Partitions\":[]},"
    "{\"Content\":\"\",\"DeviceIdentifier\":\"disk4\",\"Size\":-1}]}";

static const char intel[] =
    "{\"SPHardwareDataType\":[{\"cpu_type\":\"6-Core Intel Core i7\","
    "\"machine_model\":\"Macmini8,1\",\"number_processors\":6,\"packages\":1,"
    "\"physical_memory\":\"1 TB\",\"serial_number\":\"Not Available\","
    "\"platform_UUID\":\"2B3C4D5E-0000-1111-8222-000000000001\"}],"
    "\"SPSerialATADataType\":[{\"_items\":[{\"bsd_name\":\"disk0\","
    "\"device_model\":\"APPLE HDD HTS541010A9E662\",\"spsata_medium_type\":"
    "\"Rotational\"},{\"bsd_name\":\"disk1\",\"device_model\":"
    "\"APPLE SSD SM0256L\",\"spsata_medium_type\":\"Solid State\"}]}]}";

static const char guest[] =
    "{\"SPHardwareDataType\":[{\"chip_type\":\"Apple M4 Max (Virtual)\","
    "\"machine_model\":\"VirtualMac2,1\",\"number_processors\":2,"
    "\"physical_memory\":\"4 GB\",\"serial_number\":\"ZFQYR4XYHG\"}]}";

static json_t *
load(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

/* What comes of profile and disks; the parts before have set bios. */
static json_t *
take(const char *profile, const char *disks)
{
    json_t *hardware = load("{\"bios\":{},\"memory\":{\"total_gb\":0}}");
    json_t *from = load(profile);
    json_t *list = load(disks);

    nf_macos_profile_read(from, hardware);
    nf_macos_disks_read(list, from, hardware);
    json_decref(list);
    json_decref(from);
    return hardware;
}

static void
same(const json_t *object, const char *member, const char *wanted)
{
    json_t *value = load(wanted);
    const json_t *found = json_object_get(object, member);

    if (!json_equal(found, value)) {
        char *text = json_dumps(found, JSON_ENCODE_ANY | JSON_SORT_KEYS);
        fail_msg("%s is %s, not %s", member, text, wanted);
    }
    json_decref(value);
}

static void
text_same(const json_t *object, const char *member, const char *wanted)
{
    assert_string_equal(json_string_value(json_object_get(object, member)),
                        wanted);
}

static void
a_mac_with_apples_processor(void **state)
{
    json_t *found = take(apple, apple_disks);

    (void) state;
    text_same(found, "serial_number", "C02ABC123XYZ");
    text_same(found, "company", "Apple Inc.");
    text_same(found, "product", "MacBookPro18,1");
    text_same(found, "model_name", "MacBookPro18,1");
    assert_true(json_is_false(json_object_get(found, "is_vm")));
    same(found, "cpu",
         "{\"model\":\"Apple M1 Max\",\"cores\":10,\"sockets\":1,"
         "\"threads\":1}");
    same(found, "memory", "{\"total_gb\":32,\"total_bytes\":34359738368}");
    same(found, "bios", "{\"version\":\"11881.81.4\"}");
    same(found, "disks",
         "[{\"device\":\"/dev/disk0\",\"size_gb\":931,\"size_bytes\":"
         "1000555581440,\"type\":\"NVMe\",\"model\":\"APPLE SSD AP1024R\","
         "\"serial\":\"0ba01234c5d6e78f\",\"rotational\":false,\"wwn\":\"\"},"
         "{\"device\":\"/dev/disk4\",\"size_gb\":0,\"size_bytes\":0,"
         "\"type\":\"Unknown\",\"model\":\"\",\"serial\":\"\","
         "\"rotational\":false,\"wwn\":\"\"}]");
    same(found, "nics",
         "[{\"name\":\"en5\",\"mac\":\"ac:de:48:00:11:22\",\"driver\":\"\","
         "\"link\":false,\"speed_mbps\":0,\"pci\":\"\"},"
         "{\"name\":\"en0\",\"mac\":\"fe:b7:02:c0:95:e0\",\"driver\":\"\","
         "\"link\":true,\"speed_mbps\":0,\"pci\":\"\"}]");
    json_decref(found);
}

static void
a_mac_with_intels_processor_and_no_serial_number(void **state)
{
    json_t *found =
        take(intel, "{\"AllDisksAndPartitions\":[{\"DeviceIdentifier\":"
                    "\"disk0\",\"Size\":1000204886016},{\"DeviceIdentifier\":"
                    "\"disk1\",\"Size\":250059350016}]}");
    const json_t *disks = json_object_get(found, "disks");

    (void) state;
    text_same(found, "serial_number", "2B3C4D5E-0000-1111-8222-000000000001");
    text_same(found, "serial_source", "uuid");
    same(found, "cpu",
         "{\"model\":\"6-Core Intel Core i7\",\"cores\":6,\"sockets\":1,"
         "\"threads\":1}");
    same(found, "memory", "{\"total_gb\":1024,\"total_bytes\":1099511627776}");
    text_same(json_array_get(disks, 0), "type", "HDD");
    text_same(json_array_get(disks, 1), "type", "SSD");
    json_decref(found);
}

static void
a_virtual_mac(void **state)
{
    json_t *found = take(guest, "{}");

    (void) state;
    assert_true(json_is_true(json_object_get(found, "is_vm")));
    text_same(found, "hypervisor", "Apple");
    same(found, "disks", "[]");
    json_decref(found);
}

static void
what_tools_print_wrongly_changes_nothing_else(void **state)
{
    /* clang-format off */
    static const char *const cases[] = {
        "{}", "[]", "{\"SPHardwareDataType\":7}",
        "{\"SPHardwareDataType\":[7],\"SPNetworkDataType\":[7],"
        "\"SPNVMeDataType\":{\"_items\":1}}",
        "{\"SPHardwareDataType\":[{\"physical_memory\":"
        "\"99999999999999 TB\",\"serial_number\":7,"
        "\"number_processors\":\"proc -4\"}]}",
        "{\"SPHardwareDataType\":[{\"physical_memory\":\"1000000 TB\"}]}",
        "{\"SPHardwareDataType\":[{\"physical_memory\":\"-4 GB\"}]}",
    };
    /* clang-format on */

    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *found = take(cases[i], "{\"AllDisksAndPartitions\":[7,{}]}");
        same(found, "memory", "{\"total_gb\":0}");
        same(found, "nics", "[]");
        json_decref(found);
    }
    json_t *hardware = load("{}");
    nf_macos_profile_read(NULL, hardware);
    nf_macos_disks_read(NULL, NULL, hardware);
    same(hardware, "disks", "[]");
    json_decref(hardware);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mac_with_apples_processor),
        cmocka_unit_test(a_mac_with_intels_processor_and_no_serial_number),
        cmocka_unit_test(a_virtual_mac),
        cmocka_unit_test(what_tools_print_wrongly_changes_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
