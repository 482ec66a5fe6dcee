/* How this machine's firmware starts it, and what it can attest. */
#include "parts.h"

#include <string.h>

#define SECURE_BOOT "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

enum {
    ATTRIBUTES = 4, /* an EFI variable's file begins with them */
};

static bool
is_secure(const struct nf_tree *tree)
{
    uint8_t bytes[8];
    ssize_t n = nf_tree_bytes(tree, bytes, sizeof bytes,
                              "sys/firmware/efi/efivars/" SECURE_BOOT);

    return n == ATTRIBUTES + 1 && bytes[ATTRIBUTES] == 1;
}

/* The driver's word; without a driver, the firmware's tables. */
static const char *
tpm_version(const struct nf_tree *tree)
{
    char caps[NF_LABEL_SIZE];
    int64_t major =
        nf_tree_number(tree, 0, "sys/class/tpm/tpm0/tpm_version_major");

    if (major != 0) {
        return major == 2 ? "2.0" : "1.2";
    }
    if (nf_tree_label(tree, caps, "sys/class/tpm/tpm0/caps")
        || nf_tree_label(tree, caps, "sys/class/tpm/tpm0/device/caps"))
    {
        return "1.2"; /* only the old driver has this file */
    }
    if (nf_tree_has(tree, "sys/firmware/acpi/tables/TPM2")) {
        return "2.0";
    }
    return nf_tree_has(tree, "sys/firmware/acpi/tables/TCPA") ? "1.2" : "";
}

static json_t *
bios(const struct nf_tree *tree)
{
    static const char *const members[] = {"vendor", "version", "date"};
    json_t *object = json_object();

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char text[NF_LABEL_SIZE];
        nf_tree_label(tree, text, "sys/class/dmi/id/bios_%s", members[i]);
        json_object_set_new(object, members[i], json_string(text));
    }
    return object;
}

void
nf_firmware_take(const struct nf_tree *tree, json_t *hardware)
{
    bool is_uefi = nf_tree_has(tree, "sys/firmware/efi");

    json_object_set_new(hardware, "firmware",
                        json_string(is_uefi ? "uefi" : "bios"));
    json_object_set_new(hardware, "secure_boot", json_boolean(is_secure(tree)));
    json_object_set_new(hardware, "tpm", json_string(tpm_version(tree)));
    json_object_set_new(hardware, "bios", bios(tree));
}
