#include "port/port.h"

const char *
nf_port_uplink(const struct nf_port *port, unsigned max_macs)
{
    return port->lag[0] != '\0'     ? "part of an aggregate"
           : port->is_bridge_behind ? "a link to another switch"
           : port->macs > max_macs  ? "a port with many addresses behind it"
                                    : NULL;
}

static void
put_name(const struct nf_port_sighting *seen, struct nf_out *words)
{
    nf_out_printf(words, "%s of %s", seen->port->name, seen->device);
}

/* All that there was is named, as far as there is room. */
static void
put_none(const struct nf_port_sighting *seen, size_t n, unsigned max_macs,
         struct nf_out *words)
{
    nf_out_puts(words, n == 0 ? "no switch has learnt the address"
                              : "no port can be the machine's own: ");
    for (size_t i = 0; i < n && i < 2; i++) {
        nf_out_puts(words, i == 0 ? "" : ", ");
        put_name(&seen[i], words);
        nf_out_printf(words, " is %s", nf_port_uplink(seen[i].port, max_macs));
    }
}

int
nf_port_find_edge(const struct nf_port_sighting *seen, size_t n,
                  unsigned max_macs, struct nf_out *words)
{
    int found = -1;

    for (size_t i = 0; i < n; i++) {
        if (nf_port_uplink(seen[i].port, max_macs) != NULL) {
            continue;
        }
        if (found >= 0) {
            nf_out_puts(words, "two ports can be the machine's own: ");
            put_name(&seen[found], words);
            nf_out_puts(words, " and ");
            put_name(&seen[i], words);
            return -1;
        }
        found = (int) i;
    }
    if (found < 0) {
        put_none(seen, n, max_macs, words);
    }
    return found;
}
