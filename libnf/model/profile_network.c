/*
 * What the network of a profile must be like: it means the same with every
 * method, so what one of them could not do is refused.
 */
#include "model/profile_sense.h"

nf_error_t
nf_sense_network(const struct nf_sense *d)
{
    const struct nf_value *bond = nf_value_member(d->network, "bond");
    const struct nf_value *vlan = nf_value_member(d->network, "vlan");
    struct nf_text link = nf_value_member_text(vlan, "link");

    if (bond != NULL && vlan != NULL
        && !nf_text_equal(link, nf_value_member_text(bond, "name")))
    {
        return nf_refuse(d->fault, "network.vlan.link",
                         "must be the name of the bond");
    }
    if (nf_sense_has(d->network, "gateway") && !nf_sense_has(d->network, "ip"))
    {
        return nf_refuse(d->fault, "network.gateway", "needs an ip");
    }
    if (nf_sense_has(d->network, "ip") != nf_sense_has(d->network, "netmask")) {
        return nf_refuse(d->fault, "network.netmask",
                         "ip and netmask need each other");
    }
    return NF_OK;
}
