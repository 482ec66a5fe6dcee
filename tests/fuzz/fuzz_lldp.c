/*
 * Frames from the network, by whoever is plugged in.  What comes out must end,
 * print, and be JSON's.
 */

#include "../../nf-agent/label.c"
#include "../../nf-agent/lldp.c"
#include "must.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_neighbour out;

    memset(&out, 0xa5, sizeof out);
    if (!nf_neighbour_decode(data, size, &out)) {
        must((unsigned char) out.system[0] == 0xa5);
        return 0;
    }
    check_text(out.system, sizeof out.system);
    check_text(out.chassis_mac, sizeof out.chassis_mac);
    check_text(out.port, sizeof out.port);
    check_text(out.port_description, sizeof out.port_description);
    must(out.vlan >= 0 && out.vlan <= 4094);
    return 0;
}
