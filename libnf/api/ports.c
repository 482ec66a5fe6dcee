/*
 * Ports of switches, as they were last seen.
 */
#include "api/ports.h"

#include "port/port.h"
#include "store/ports.h"

nf_error_t
nf_ports_check_name(struct nf_call *call, const char *port)
{
    static const char taken[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789/:.-_ ";

    return nf_text_has_only(nf_text(port), taken)
               ? NF_OK
               : nf_refuse(&call->fault, "port",
                           "must be letters, digits and '/', ':', '.', '-'");
}

bool
nf_ports_find(struct nf_read *r, const char *device, struct nf_text port,
              char name[static NF_LINK_PORT])
{
    struct nf_text json;

    if (!nf_text_copy(name, NF_LINK_PORT, port)) {
        return false;
    }
    if (nf_ports_get(r, device, name, &json)) {
        return true;
    }
    name[0] = '\0';
    while (nf_ports_next(r, device, name, &json)) {
        if (nf_port_is_named(nf_text(name), port)) {
            return true;
        }
    }
    return false;
}
