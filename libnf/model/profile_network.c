/*
 * What the network of a profile must be like: it means the same with every
 * method, since nf-agent writes it into the new system for all of them.
 */
#include "model/profile_sense.h"

#include <stdio.h>
#include <strings.h>

#include "base/address.h"
#include "base/ip.h"

enum {
    NETS_MAX = 17, /* network.ip, and 16 addresses */
    FIELD = 48,
    IPV6_MTU_LEAST = 1280,
};

/* An address, and the network that it is in. */
struct net {
    struct nf_ip ip;
    uint8_t bits;
};

struct nets {
    const struct nf_sense *d;
    struct net each[NETS_MAX];
    size_t n;
};

static nf_error_t
refuse(const struct nf_sense *d, const char *member, const char *why)
{
    char field[FIELD + 16];

    snprintf(field, sizeof(field), "network.%s", member);
    return nf_refuse(d->fault, field, "%s", why);
}

/* --- addresses
 * ------------------------------------------------------------------
 */

static nf_error_t
add_net(struct nets *nets, struct net net, const char *member)
{
    const char *why = nf_ip_misfit(net.ip, net.bits);

    if (why == NULL && nf_ip_is_link_local(net.ip)) {
        why = "is a link-local address, which each machine assigns to itself";
    }
    for (size_t i = 0; i < nets->n && why == NULL; i++) {
        why = nf_ip_same(net.ip, nets->each[i].ip) ? "is listed twice" : NULL;
    }
    if (why != NULL) {
        return refuse(nets->d, member, why);
    }
    nets->each[nets->n++] = net;
    return NF_OK;
}

/* network.ip and network.netmask: the shape has seen that they are some. */
static nf_error_t
take_ip(struct nets *nets)
{
    const struct nf_value *network = nets->d->network;
    struct net net = {0};
    nf_ip4_t netmask = {0};

    if (nf_sense_has(network, "ip") != nf_sense_has(network, "netmask")) {
        return refuse(nets->d, "netmask",
                      "ip and netmask must be set together");
    }
    if (!nf_sense_has(network, "ip")) {
        return NF_OK;
    }
    (void) nf_ip_parse(nf_value_member_text(network, "ip"), &net.ip);
    (void) nf_ip4_parse(nf_value_member_text(network, "netmask"), &netmask);
    net.bits = nf_ip4_bits(netmask);
    return add_net(nets, net, "ip");
}

static nf_error_t
take_addresses(struct nets *nets)
{
    const struct nf_value *list =
        nf_value_member(nets->d->network, "addresses");
    nf_error_t err = NF_OK;

    for (size_t i = 0; list != NULL && i < list->list.n && !err; i++) {
        char member[FIELD];
        struct net net = {0};
        snprintf(member, sizeof(member), "addresses[%zu]", i);
        (void) nf_ip_parse_within(list->list.items[i].text, &net.ip, &net.bits);
        err = add_net(nets, net, member);
    }
    return err;
}

static bool
has_kind(const struct nets *nets, bool is_v6)
{
    for (size_t i = 0; i < nets->n; i++) {
        if (nets->each[i].ip.is_v6 == is_v6) {
            return true;
        }
    }
    return false;
}

/* What a router's address has to do with those of the machine.  One that is in
 * none of their networks is reached all the same where the profile says so,
 * or where a machine is alone in its network. */
static const char *
find_router_fault(const struct nets *nets, struct nf_ip router, bool is_on_link)
{
    bool is_beside = is_on_link || nf_ip_is_link_local(router);

    for (size_t i = 0; i < nets->n; i++) {
        const struct net *net = &nets->each[i];
        if (nf_ip_same(net->ip, router)) {
            return "is the machine's own address";
        }
        if (nf_ip_is_beside(net->ip, router, net->bits)) {
            const char *why = nf_ip_misfit(router, net->bits);
            if (why != NULL) {
                return why;
            }
            is_beside = true;
        }
        is_beside |=
            net->ip.is_v6 == router.is_v6 && net->bits == nf_ip_bits(net->ip);
    }
    return is_beside ? nf_ip_misfit(router, nf_ip_bits(router))
                     : "is not in the network of an address: set on_link where "
                       "it is reached without a router";
}

static nf_error_t
check_router(const struct nets *nets, const char *member, bool is_v6)
{
    const struct nf_value *network = nets->d->network;
    const struct nf_value *on_link = nf_value_member(network, "on_link");
    struct nf_ip router;

    if (!nf_sense_has(network, member)) {
        return NF_OK;
    }
    if (!has_kind(nets, is_v6)) {
        return refuse(nets->d, member,
                      is_v6 ? "requires an IPv6 address" : "requires an ip");
    }
    (void) nf_ip_parse(nf_value_member_text(network, member), &router);
    const char *why = find_router_fault(
        nets, router, on_link != NULL && on_link->kind == NF_VALUE_TRUE);
    return why != NULL ? refuse(nets->d, member, why) : NF_OK;
}

static nf_error_t
check_addresses(const struct nf_sense *d)
{
    struct nets nets = {.d = d};
    nf_error_t err = take_ip(&nets);

    if (!err) {
        err = take_addresses(&nets);
    }
    if (!err) {
        err = check_router(&nets, "gateway", false);
    }
    if (!err) {
        err = check_router(&nets, "gateway6", true);
    }
    if (!err && nf_sense_has(d->network, "on_link")
        && !nf_sense_has(d->network, "gateway")
        && !nf_sense_has(d->network, "gateway6"))
    {
        err = refuse(d, "on_link", "requires a gateway");
    }
    if (!err && nf_sense_is(d->network, "method", "dhcp")
        && nf_sense_has(d->network, "ip"))
    {
        err = refuse(d, "ip", "cannot be combined with the method dhcp");
    }
    if (!err && has_kind(&nets, true) && nf_sense_is(d->network, "ipv6", "off"))
    {
        err = refuse(d, "ipv6", "there is an IPv6 address");
    }
    return err;
}

/* --- cards
 * ----------------------------------------------------------------------
 */

/* Also two spellings of one MAC. */
static bool
is_same_card(struct nf_text a, struct nf_text b)
{
    nf_mac_t x, y;

    return nf_text_equal(a, b)
           || (nf_mac_parse(a, &x) && nf_mac_parse(b, &y)
               && nf_mac_equal(x, y));
}

static nf_error_t
check_members(const struct nf_sense *d, const struct nf_value *bond)
{
    const struct nf_value *members = nf_value_member(bond, "members");
    struct nf_text name = nf_value_member_text(bond, "name");

    for (size_t i = 0; i < members->list.n; i++) {
        char member[FIELD];
        snprintf(member, sizeof(member), "bond.members[%zu]", i);
        if (nf_text_equal(members->list.items[i].text, name)) {
            return refuse(d, member, "is the bond itself");
        }
        for (size_t j = 0; j < i; j++) {
            if (is_same_card(members->list.items[i].text,
                             members->list.items[j].text)) {
                return refuse(d, member, "is listed twice");
            }
        }
    }
    return NF_OK;
}

/* A VLAN's device is called by its number, "vlan12". */
static nf_error_t
check_vlan(const struct nf_sense *d, const struct nf_value *bond,
           const struct nf_value *vlan)
{
    struct nf_text link = nf_value_member_text(vlan, "link");
    struct nf_text id = nf_value_member_text(vlan, "id");
    struct nf_text name = nf_value_member_text(bond, "name");
    char own[16];

    snprintf(own, sizeof(own), "vlan%.*s", (int) id.len, id.data);
    if (bond != NULL && !nf_text_equal(link, name)) {
        return refuse(d, "vlan.link", "must be the name of the bond");
    }
    if (nf_text_equal(nf_text(own), link)) {
        return refuse(d, "vlan.link", "is the name of the VLAN itself");
    }
    return NF_OK;
}

static nf_error_t
check_cards(const struct nf_sense *d)
{
    const struct nf_value *bond = nf_value_member(d->network, "bond");
    const struct nf_value *vlan = nf_value_member(d->network, "vlan");
    nf_error_t err = bond != NULL ? check_members(d, bond) : NF_OK;

    if (!err && vlan != NULL) {
        err = check_vlan(d, bond, vlan);
    }
    if (!err && bond != NULL && nf_sense_has(d->network, "interface")) {
        err = refuse(d, "interface", "cannot be combined with bond");
    }
    if (!err && vlan != NULL && nf_sense_has(d->network, "interface")
        && !is_same_card(nf_value_member_text(d->network, "interface"),
                         nf_value_member_text(vlan, "link")))
    {
        err = refuse(d, "interface", "is not the link of the VLAN");
    }
    return err;
}

static nf_error_t
check_mtu(const struct nf_sense *d)
{
    struct nf_text text = nf_value_member_text(d->network, "mtu");
    uint64_t mtu = UINT32_MAX;

    if (text.len > 0) {
        (void) nf_text_number(text, UINT32_MAX, &mtu);
    }
    return mtu < IPV6_MTU_LEAST && !nf_sense_is(d->network, "ipv6", "off")
               ? nf_refuse(d->fault, "network.mtu",
                           "IPv6 requires at least %d: set ipv6 to off",
                           IPV6_MTU_LEAST)
               : NF_OK;
}

nf_error_t
nf_sense_network(const struct nf_sense *d)
{
    nf_error_t err = check_cards(d);

    if (!err) {
        err = check_addresses(d);
    }
    return err ? err : check_mtu(d);
}
