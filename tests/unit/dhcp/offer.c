/* Which firmware is offered which boot file, by what lies in its place. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dhcp/unserved.h"

#define MAC "52:54:00:00:00:01"

static const nf_mac_t mac = {{0x52, 0x54, 0, 0, 0, 1}};
static struct nf_settings settings;
static char dir[64];

/* All that may lie there; tests leave nothing behind. */
static const char *const places[] = {
    "undionly.kpxe", "pxelinux.0",       "ldlinux.c32",      "ipxe-i386.efi",
    "shimia32.efi",  "grubia32.efi",     "snponly.efi",      "shimx64.efi",
    "grubx64.efi",   "ipxe-arm64.efi",   "grubaa64.efi",     "ipxe-arm32.efi",
    "start4.elf",    "boot/snponly.efi", "boot/shimx64.efi", "boot/grubx64.efi",
};

static void
put(const char *name)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, O_CREAT | O_WRONLY, 0644);
    assert_true(fd >= 0);
    close(fd);
}

static void
clear(void)
{
    char path[160];

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, places[i]);
        (void) unlink(path);
    }
}

static int
make(void **state)
{
    char path[160];

    (void) state;
    nf_settings_default(&settings);
    snprintf(dir, sizeof(dir), "/tmp/nf-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(settings.tftp_dir, sizeof(settings.tftp_dir), "%s", dir);
    snprintf(settings.files_dir, sizeof(settings.files_dir), "%s", dir);
    snprintf(settings.run_dir, sizeof(settings.run_dir), "%s", dir);
    static const char *const folders[] = {"boot", "reserve"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, folders[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    return 0;
}

static int
drop(void **state)
{
    static const char *const others[] = {"reserve/unserved", "boot", "reserve",
                                         ""};
    char path[160];

    (void) state;
    clear();
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, others[i]);
        (void) remove(path);
    }
    return access(dir, F_OK) == 0 ? -1 : 0;
}

/* --- files ------------------------------------------------------------------
 */

struct offer {
    const char *there[3];
    const char *loader; /* NF_UEFI_LOADER */
    enum nf_machine_kind kind;
    bool is_http;
    enum nf_offer_mark mark;
    const char *file; /* NULL: none */
};

#define X64   NF_MACHINE_EFI64
#define IA32  NF_MACHINE_EFI32
#define ARM64 NF_MACHINE_EFIARM64
#define BIOS  NF_MACHINE_BIOS
#define SHIM                                                                   \
    {                                                                          \
        "shimx64.efi", "grubx64.efi", "snponly.efi"                            \
    }

/* clang-format off */
static const struct offer table[] = {
    {{"undionly.kpxe"}, "ipxe", BIOS, false, NF_MARK_NONE, "undionly.kpxe"},
    {{NULL}, "ipxe", BIOS, false, NF_MARK_NONE, NULL},
    {{"undionly.kpxe"}, "ipxe", BIOS, false, NF_MARK_PXELINUX, NULL},
    {{"pxelinux.0"}, "ipxe", BIOS, false, NF_MARK_PXELINUX, NULL}, /* alone it stops */
    {{"pxelinux.0", "ldlinux.c32"}, "ipxe", BIOS, false, NF_MARK_PXELINUX, "pxelinux.0"},
    {{"undionly.kpxe"}, "grub", BIOS, false, NF_MARK_GRUB, "undionly.kpxe"},
    {SHIM, "ipxe", X64, false, NF_MARK_NONE, "snponly.efi"},
    {SHIM, "ipxe", X64, false, NF_MARK_PXELINUX, "snponly.efi"},
    {SHIM, "ipxe", X64, false, NF_MARK_GRUB, "shimx64.efi"},
    {SHIM, "grub", X64, false, NF_MARK_NONE, "shimx64.efi"},
    {{"snponly.efi"}, "grub", X64, false, NF_MARK_NONE, NULL}, /* unsigned never */
    {{"shimx64.efi", "snponly.efi"}, "grub", X64, false, NF_MARK_NONE, NULL},
    {{"shimx64.efi", "grubx64.efi"}, "ipxe", X64, false, NF_MARK_NONE, "shimx64.efi"},
    {{"boot/snponly.efi"}, "ipxe", X64, true, NF_MARK_NONE, "snponly.efi"},
    {{"snponly.efi"}, "ipxe", X64, true, NF_MARK_NONE, NULL},
    {{"boot/snponly.efi"}, "ipxe", X64, true, NF_MARK_GRUB, NULL},
    {{"boot/snponly.efi"}, "grub", X64, true, NF_MARK_NONE, NULL},
    {{"boot/shimx64.efi", "boot/grubx64.efi"}, "grub", X64, true, NF_MARK_NONE, NULL},
    {{"ipxe-i386.efi", "shimia32.efi", "grubia32.efi"}, "ipxe", IA32, false, NF_MARK_NONE, "ipxe-i386.efi"},
    {{"ipxe-i386.efi", "shimia32.efi", "grubia32.efi"}, "grub", IA32, false, NF_MARK_NONE, "shimia32.efi"},
    {{"shimia32.efi", "grubia32.efi"}, "ipxe", IA32, false, NF_MARK_NONE, "shimia32.efi"},
    {{"grubaa64.efi"}, "ipxe", ARM64, false, NF_MARK_NONE, "grubaa64.efi"},
    {{"ipxe-arm64.efi"}, "grub", ARM64, false, NF_MARK_NONE, "ipxe-arm64.efi"},
    {{"ipxe-arm64.efi"}, "ipxe", ARM64, false, NF_MARK_GRUB, NULL},
    {{"ipxe-arm32.efi"}, "ipxe", NF_MACHINE_EFIARM32, false, NF_MARK_NONE, "ipxe-arm32.efi"},
    {{"undionly.kpxe"}, "ipxe", NF_MACHINE_OTHER, false, NF_MARK_NONE, NULL},
};
/* clang-format on */

static void
only_what_lies_there_and_is_wanted_is_offered(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct offer *o = &table[i];
        clear();
        for (size_t k = 0; k < 3 && o->there[k] != NULL; k++) {
            put(o->there[k]);
        }
        snprintf(settings.uefi_loader, sizeof(settings.uefi_loader), "%s",
                 o->loader);
        const char *file =
            nf_offer_file(&settings, o->kind, o->is_http, o->mark);
        if ((file == NULL) != (o->file == NULL)
            || (file != NULL && strcmp(file, o->file) != 0))
        {
            fail_msg("row %zu: %s", i, file != NULL ? file : "none");
        }
    }
    memcpy(settings.uefi_loader, "ipxe", 5);
    clear();
}

/* --- words ------------------------------------------------------------------
 */

static void
expect_none(struct nf_firmware firmware, const char *lacks)
{
    char why[NF_OFFER_WHY];

    firmware.mac = mac;
    assert_false(nf_offer_is_any(&settings, &firmware, why));
    assert_string_equal(why, lacks);
}

static void
what_lacks_is_said(void **state)
{
    (void) state;
    expect_none((struct nf_firmware){.arch = 0},
                "undionly.kpxe is not in NF_TFTP_DIR");
    expect_none((struct nf_firmware){.arch = 6},
                "ipxe-i386.efi, or shimia32.efi with grubia32.efi is not in "
                "NF_TFTP_DIR");
    expect_none((struct nf_firmware){.arch = 16},
                "snponly.efi is not in NF_FILES_DIR/boot");
    expect_none((struct nf_firmware){.arch = 0, .is_pi = true},
                "its own firmware (start4.elf or bootcode.bin) is not in "
                "NF_TFTP_DIR");
    expect_none((struct nf_firmware){.arch = 2},
                "there is no boot loader for it");
    expect_none((struct nf_firmware){.arch = 65535},
                "there is no boot loader for it");
    memcpy(settings.grub_macs, MAC, sizeof(MAC));
    memcpy(settings.pxelinux_macs, MAC, sizeof(MAC));
    expect_none((struct nf_firmware){.arch = 7},
                "shimx64.efi with grubx64.efi is not in NF_TFTP_DIR");
    expect_none((struct nf_firmware){.arch = 16},
                "it is set to load GRUB, and signed GRUB has no HTTP: let it "
                "boot by PXE");
    expect_none((struct nf_firmware){.arch = 0},
                "pxelinux.0 with ldlinux.c32 is not in NF_TFTP_DIR");
}

static void
a_mark_that_is_in_vain_is_told(void **state)
{
    static const struct {
        uint16_t arch;
        const char *grub, *pxelinux, *vain;
    } rows[] = {
        {0, MAC, "", "NF_GRUB_MACS"},
        {0, "", MAC, NULL},
        {7, "", MAC, "NF_PXELINUX_MACS"},
        {7, MAC, "", NULL},
        {16, "52:54:00:00:00:02," MAC, MAC, "NF_PXELINUX_MACS"},
        {7, "52:54:00:00:00:02", "", NULL},
        {2, MAC, "", "NF_GRUB_MACS"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct nf_firmware firmware = {.arch = rows[i].arch, .mac = mac};
        strcpy(settings.grub_macs, rows[i].grub);
        strcpy(settings.pxelinux_macs, rows[i].pxelinux);
        const char *vain = nf_offer_vain_mark(&settings, &firmware);
        assert_int_equal(vain == NULL, rows[i].vain == NULL);
        if (vain != NULL) {
            assert_string_equal(vain, rows[i].vain);
        }
    }
}

static void
each_number_stands_where_it_is_looked_for(void **state)
{
    size_t n;
    const struct nf_arch *all = nf_arch_all(&n);

    (void) state;
    assert_true(n > 30);
    for (uint16_t i = 0; i < n; i++) {
        assert_int_equal(all[i].number, i);
        assert_ptr_equal(nf_arch_find(i), &all[i]);
        assert_int_equal(all[i].is_http, strstr(all[i].name, "HTTP") != NULL);
    }
    assert_null(nf_arch_find((uint16_t) n));
}

static void
a_vendor_class_says_the_number(void **state)
{
    static const struct {
        const char *text;
        int number; /* -1: none */
    } rows[] = {
        {"PXEClient:Arch:00007:UNDI:003016", 7},
        {"HTTPClient:Arch:00016:UNDI:003001", 16},
        {"PXEClient:Arch:00000", 0},
        {"PXEClient:Arch:65535:UNDI:003016", 65535},
        {"PXEClient:Arch:65536:UNDI:003016", -1},
        {"PXEClient:Arch:7:UNDI:003016", -1},
        {"PXEClient:Arch:0000x", -1},
        {"PXEClient", -1},
        {"", -1},
        {"d-i:Arch:00007", -1},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint16_t number = 0;
        bool is_read = nf_arch_of_class(rows[i].text, &number);
        assert_int_equal(is_read ? number : -1, rows[i].number);
    }
}

/* --- the file ---------------------------------------------------------------
 */

static void
what_was_put_is_found(void **state)
{
    struct nf_unserved rows[NF_UNSERVED_MAX], found;

    (void) state;
    assert_false(nf_unserved_find(&settings, mac, &found));
    for (size_t i = 0; i < NF_UNSERVED_MAX; i++) {
        rows[i] = (struct nf_unserved){
            .firmware = {.arch = (uint16_t) (65535 - i),
                         .is_pi = i % 2 == 1,
                         .mac = {{0xfe, 0xff, 0xff, 0xff, 0xff, (uint8_t) i}}},
            .asked_at = INT64_MAX - (nf_time_t) i};
    }
    assert_true(nf_unserved_put(&settings, rows, NF_UNSERVED_MAX));
    for (size_t i = 0; i < NF_UNSERVED_MAX; i++) {
        assert_true(nf_unserved_find(&settings, rows[i].firmware.mac, &found));
        assert_int_equal(found.firmware.arch, rows[i].firmware.arch);
        assert_int_equal(found.firmware.is_pi, rows[i].firmware.is_pi);
        assert_true(found.asked_at == rows[i].asked_at);
    }
    assert_false(nf_unserved_find(&settings, mac, &found));
    assert_true(nf_unserved_put(&settings, rows, 0));
    assert_false(nf_unserved_find(&settings, rows[0].firmware.mac, &found));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_lies_there_and_is_wanted_is_offered),
        cmocka_unit_test(what_lacks_is_said),
        cmocka_unit_test(a_mark_that_is_in_vain_is_told),
        cmocka_unit_test(each_number_stands_where_it_is_looked_for),
        cmocka_unit_test(a_vendor_class_says_the_number),
        cmocka_unit_test(what_was_put_is_found),
    };

    return cmocka_run_group_tests(tests, make, drop);
}
