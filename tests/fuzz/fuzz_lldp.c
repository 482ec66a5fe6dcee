/*
 * Frames from the network, by whoever is plugged in.  What comes out must end,
 * print, and be JSON's.
 */
#include <stdlib.h>

#include "../../nf-agent/label.c"
#include "../../nf-agent/lldp.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void
check(const char *field, size_t size)
{
    must(nf_text_is_ended(field, size));
    must(nf_text_is_printable(nf_text(field)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_neighbour out;

    memset(&out, 0xa5, sizeof out);
    if (!nf_neighbour_decode(data, size, &out)) {
        must((unsigned char) out.system[0] == 0xa5);
        return 0;
    }
    check(out.system, sizeof out.system);
    check(out.chassis_mac, sizeof out.chassis_mac);
    check(out.port, sizeof out.port);
    check(out.port_description, sizeof out.port_description);
    must(out.vlan >= 0 && out.vlan <= 4094);
    return 0;
}
