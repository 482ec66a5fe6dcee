/* The management controller: whether there is one, and where it answers. */
#include "parts.h"

#include "ipmi.h"
#include "smbios.h"

#include <stdlib.h>

static bool
firmware_names_one(const struct nf_tree *tree)
{
    bool has = false;
    size_t at = 0;
    struct nf_smbios part;
    uint8_t *table = malloc(NF_SMBIOS_MAX);
    ssize_t n = table == NULL ? -1
                              : nf_tree_bytes(tree, table, NF_SMBIOS_MAX,
                                              "sys/firmware/dmi/tables/DMI");

    while (!has && n > 0 && nf_smbios_next(table, (size_t) n, &at, &part)) {
        has = part.at[0] == NF_SMBIOS_IPMI;
    }
    free(table);
    return has;
}

static bool
driver_has_one(const struct nf_tree *tree)
{
    struct nf_names names = nf_tree_list(tree, "sys/class/ipmi");
    bool has = names.n > 0;

    nf_names_free(&names);
    return has;
}

void
nf_bmc_take(const struct nf_tree *tree, json_t *hardware)
{
    struct nf_bmc bmc = {0};
    struct nf_ipmi_way way;
    json_t *object = json_object();
    bool is_present = driver_has_one(tree) || firmware_names_one(tree);

    if (tree->is_live && nf_ipmi_open(&way)) {
        is_present = nf_ipmi_read(&way, &bmc) || is_present;
        nf_ipmi_close(&way);
    }
    json_object_set_new(object, "present", json_boolean(is_present));
    json_object_set_new(object, "ip", json_string(bmc.ip));
    json_object_set_new(object, "mac", json_string(bmc.mac));
    json_object_set_new(object, "version", json_string(bmc.version));
    json_object_set_new(hardware, "bmc", object);
}
