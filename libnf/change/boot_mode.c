#include "change/boot_mode.h"

#include "model/arch.h"
#include "model/hardware.h"
#include "store/hardware.h"
#include "store/leases.h"

static enum nf_boot_mode
by_worked(struct nf_read *r, const struct nf_node *node)
{
    (void) r;
    return (enum nf_boot_mode) node->boot_mode;
}

static enum nf_boot_mode
by_inventory(struct nf_read *r, const struct nf_node *node)
{
    struct nf_hardware hardware;

    return nf_hardware_get(r, node->mac, &hardware)
               ? nf_hardware_boot_mode(hardware.json)
               : NF_BOOT_MODE_UNKNOWN;
}

/* Of the card by which it asked last. */
static enum nf_boot_mode
by_request(struct nf_read *r, const struct nf_node *node)
{
    enum nf_boot_mode mode = NF_BOOT_MODE_UNKNOWN;
    nf_time_t last = 0, asked_at;
    uint16_t arch;

    for (size_t i = 0; i <= node->macs_n; i++) {
        nf_mac_t mac = i == 0 ? node->mac : node->macs[i - 1];
        if (nf_leases_arch_of(r, mac, &arch, &asked_at) && asked_at > last) {
            mode = nf_arch_boot_mode(arch);
            last = asked_at;
        }
    }
    return mode;
}

enum nf_boot_mode
nf_boot_mode_of(struct nf_read *r, const struct nf_node *node)
{
    static enum nf_boot_mode (*const ways[])(
        struct nf_read *, const struct nf_node *) = {by_worked, by_inventory,
                                                     by_request};
    enum nf_boot_mode mode = NF_BOOT_MODE_UNKNOWN;

    for (size_t i = 0;
         i < sizeof(ways) / sizeof(ways[0]) && mode == NF_BOOT_MODE_UNKNOWN;
         i++)
    {
        mode = ways[i](r, node);
    }
    return mode == NF_BOOT_MODE_UNKNOWN ? NF_BOOT_MODE_EFI : mode;
}
