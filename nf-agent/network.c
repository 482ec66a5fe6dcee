#include "network.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    MTU_MIN = 576,
    MTU_MAX = 65535,
};

static const char *const bond_modes[] = {
    "balance-rr", "active-backup", "balance-xor", "broadcast",
    "802.3ad",    "balance-tlb",   "balance-alb",
};

static bool
text_read(const json_t *object, const char *name, char *out, size_t size)
{
    const json_t *member = json_object_get(object, name);
    const char *text = json_string_value(member);

    if (member == NULL || json_is_null(member)) {
        out[0] = '\0';
        return true;
    }
    return text != NULL && nf_text_copy(out, size, nf_text(text));
}

/* --- addresses ------------------------------------------------------------
 */

static bool
ip_of(const json_t *member, struct nf_ip *ip)
{
    const char *text = json_string_value(member);

    return text != NULL && nf_ip_parse(nf_text(text), ip);
}

static bool
is_said(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);
    const char *text = json_string_value(member);

    return member != NULL && !json_is_null(member)
           && (text == NULL || text[0] != '\0');
}

/* A router's address: of IPv4 beside the address, or among the cards' words. */
static bool
router_read(const json_t *object, const char *name, bool is_v6,
            struct nf_network_address *router)
{
    if (!is_said(object, name)) {
        return true;
    }
    router->bits = 1;
    return ip_of(json_object_get(object, name), &router->ip)
           && router->ip.is_v6 == is_v6;
}

static bool
address_add(struct nf_network *network, struct nf_network_address address)
{
    if (network->address_count == NF_ADDRESSES_MAX
        || nf_ip_misfit(address.ip, address.bits) != NULL)
    {
        return false;
    }
    network->addresses[network->address_count++] = address;
    return true;
}

/* "ip" and "netmask"; the name of the one that is wrong, or NULL. */
static const char *
ip_read(const json_t *object, struct nf_network *network)
{
    const char *netmask = json_string_value(json_object_get(object, "netmask"));
    struct nf_network_address address;

    if (!is_said(object, "ip")) {
        return NULL;
    }
    if (!ip_of(json_object_get(object, "ip"), &address.ip) || address.ip.is_v6)
    {
        return "network.ip";
    }
    int bits = netmask != NULL ? nf_netmask_prefix(netmask) : -1;
    if (bits < 1) {
        return "network.netmask";
    }
    address.bits = (uint8_t) bits;
    return address_add(network, address) ? NULL : "network.ip";
}

static bool
addresses_read(const json_t *list, struct nf_network *network)
{
    size_t i;
    json_t *member;

    json_array_foreach (list, i, member) {
        struct nf_network_address address;
        const char *text = json_string_value(member);
        if (text == NULL
            || !nf_ip_parse_within(nf_text(text), &address.ip, &address.bits)
            || !address_add(network, address))
        {
            return false;
        }
    }
    return list == NULL || json_is_null(list) || json_is_array(list);
}

static bool
dns_read(const json_t *list, struct nf_network *network)
{
    size_t i;
    json_t *member;

    if (json_array_size(list) > NF_DNS_MAX) {
        return false;
    }
    json_array_foreach (list, i, member) {
        if (!ip_of(member, &network->dns[i])) {
            return false;
        }
    }
    network->dns_count = (int) json_array_size(list);
    return true;
}

bool
nf_network_has(const struct nf_network *network, bool is_v6)
{
    for (int i = 0; i < network->address_count; i++) {
        if (network->addresses[i].ip.is_v6 == is_v6) {
            return true;
        }
    }
    return false;
}

static const char *
addresses_all_read(const json_t *object, const json_t *from,
                   struct nf_network *network)
{
    const json_t *dns = json_object_get(from, "dns");
    const char *wrong = ip_read(object, network);

    if (wrong != NULL) {
        return wrong;
    }
    if (!addresses_read(json_object_get(from, "addresses"), network)) {
        return "network.addresses";
    }
    const json_t *own = is_said(object, "gateway") ? object : from;
    if (!router_read(own, "gateway", false, &network->gateway)) {
        return "network.gateway";
    }
    if (!router_read(from, "gateway6", true, &network->gateway6)) {
        return "network.gateway6";
    }
    if (json_array_size(dns) == 0) {
        dns = json_object_get(object, "dns");
    }
    return dns_read(dns, network) ? NULL : "network.dns";
}

/* What the words leave open follows from what is there. */
static void
modes_take(const json_t *object, const json_t *from, struct nf_network *network)
{
    const char *method = json_string_value(json_object_get(from, "method"));
    const char *ipv6 = json_string_value(json_object_get(from, "ipv6"));
    bool is_auto = ipv6 != NULL && strcmp(ipv6, "auto") == 0;

    if (method == NULL) {
        method = nf_network_has(network, false) ? "static" : "dhcp";
    }
    network->is_dhcp = !is_said(object, "ip") && strcmp(method, "static") != 0;
    network->is_ipv6_off = ipv6 != NULL && strcmp(ipv6, "off") == 0;
    network->listens =
        !network->is_ipv6_off && (is_auto || !nf_network_has(network, true));
}

bool
nf_network_is_on_link(const struct nf_network *network,
                      const struct nf_network_address *router)
{
    bool is_far = router->bits != 0 && !nf_ip_is_link_local(router->ip);

    for (int i = 0; i < network->address_count && is_far; i++) {
        const struct nf_network_address *own = &network->addresses[i];
        is_far = !nf_ip_is_beside(own->ip, router->ip, own->bits);
    }
    return is_far;
}

/* --- cards ----------------------------------------------------------------
 */

/* It becomes part of file names and of lines in them. */
static bool
card_name_is_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    size_t len = strlen(name);

    return len > 0 && len < NF_CARD_SIZE && name[0] != '-' && name[0] != '.'
           && strspn(name, allowed) == len;
}

bool
nf_member_is_mac(const char *member)
{
    nf_mac_t mac;
    return strlen(member) == 17 && nf_mac_parse(nf_text(member), &mac);
}

static bool
member_read(const char *text, char out[NF_MEMBER_SIZE])
{
    nf_mac_t mac;

    if (text != NULL && nf_mac_parse(nf_text(text), &mac)) {
        nf_mac_format_divided(mac, ':', out);
        return true;
    }
    if (text == NULL || !card_name_is_valid(text)) {
        return false;
    }
    snprintf(out, NF_MEMBER_SIZE, "%s", text);
    return true;
}

static bool
members_read(const json_t *list, struct nf_network *network)
{
    size_t n = json_array_size(list);
    size_t i;
    json_t *member;

    if (n == 0 || n > NF_MEMBERS_MAX) {
        return false;
    }
    json_array_foreach (list, i, member) {
        if (!member_read(json_string_value(member), network->members[i])) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcasecmp(network->members[j], network->members[i]) == 0) {
                return false;
            }
        }
    }
    network->member_count = (int) n;
    return true;
}

static bool
bond_mode_is_valid(const char *mode)
{
    for (size_t i = 0; i < sizeof bond_modes / sizeof bond_modes[0]; i++) {
        if (strcmp(mode, bond_modes[i]) == 0) {
            return true;
        }
    }
    return false;
}

static const char *
bond_read(const json_t *bond, struct nf_network *network)
{
    if (bond == NULL || json_is_null(bond) || json_is_false(bond)) {
        return NULL;
    }
    if (!text_read(bond, "name", network->bond, sizeof network->bond)
        || !card_name_is_valid(network->bond))
    {
        return "network.bond.name";
    }
    if (!text_read(bond, "mode", network->bond_mode, sizeof network->bond_mode))
    {
        return "network.bond.mode";
    }
    if (network->bond_mode[0] == '\0') {
        snprintf(network->bond_mode, sizeof network->bond_mode,
                 "active-backup");
    }
    if (!bond_mode_is_valid(network->bond_mode)) {
        return "network.bond.mode";
    }
    return members_read(json_object_get(bond, "members"), network)
               ? NULL
               : "network.bond.members";
}

/* A card by name or MAC; "" when it is not said. */
static bool
card_read(const json_t *object, const char *name, char out[NF_MEMBER_SIZE])
{
    out[0] = '\0';
    return !is_said(object, name)
           || member_read(json_string_value(json_object_get(object, name)),
                          out);
}

static const char *
vlan_read(const json_t *vlan, struct nf_network *network)
{
    json_int_t id = json_integer_value(json_object_get(vlan, "id"));

    if (vlan == NULL || json_is_null(vlan) || json_is_false(vlan)) {
        return NULL;
    }
    if (id < 1 || id > 4094) {
        return "network.vlan.id";
    }
    network->vlan = (int) id;
    if (!card_read(vlan, "link", network->vlan_link)
        || (network->bond[0] != '\0' && network->vlan_link[0] != '\0'
            && strcmp(network->bond, network->vlan_link) != 0))
    {
        return "network.vlan.link";
    }
    return NULL;
}

static const char *
cards_read(const json_t *from, struct nf_network *network)
{
    const json_t *mtu = json_object_get(from, "mtu");
    const char *wrong = bond_read(json_object_get(from, "bond"), network);

    if (wrong == NULL) {
        wrong = vlan_read(json_object_get(from, "vlan"), network);
    }
    if (wrong != NULL) {
        return wrong;
    }
    network->mtu = (int) json_integer_value(mtu);
    if (is_said(from, "mtu")
        && (!json_is_integer(mtu) || network->mtu < MTU_MIN
            || network->mtu > MTU_MAX))
    {
        return "network.mtu";
    }
    return card_read(from, "interface", network->card) ? NULL
                                                       : "network.interface";
}

/* --- services -------------------------------------------------------------
 */

static bool
ntp_read(const json_t *list, struct nf_network *network)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-";
    size_t i;
    json_t *member;

    if (json_array_size(list) > NF_NTP_MAX) {
        return false;
    }
    json_array_foreach (list, i, member) {
        const char *text = json_string_value(member);
        if (text == NULL || text[0] == '\0' || text[0] == '-'
            || strspn(text, allowed) != strlen(text)
            || !nf_text_copy(network->ntp[i], NF_NTP_SIZE, nf_text(text)))
        {
            return false;
        }
    }
    network->ntp_count = (int) json_array_size(list);
    return true;
}

static bool
proxy_read(const json_t *from, struct nf_network *network)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/~+@=-";

    return text_read(from, "proxy", network->proxy, NF_PROXY_SIZE)
           && strspn(network->proxy, allowed) == strlen(network->proxy)
           && (network->proxy[0] == '\0'
               || strncmp(network->proxy, "http://", 7) == 0);
}

const char *
nf_network_read(const json_t *object, struct nf_network *network)
{
    const json_t *cards = json_object_get(object, "interfaces");
    const json_t *from = json_is_object(cards) ? cards : object;

    *network = (struct nf_network){0};
    const char *wrong = addresses_all_read(object, from, network);
    if (wrong == NULL) {
        wrong = cards_read(from, network);
    }
    if (wrong != NULL) {
        return wrong;
    }
    modes_take(object, from, network);
    if (!ntp_read(json_object_get(from, "ntp"), network)) {
        return "network.ntp";
    }
    return proxy_read(from, network) ? NULL : "network.proxy";
}

bool
nf_network_is_plain(const struct nf_network *network)
{
    return network->is_dhcp && network->address_count == 0
           && network->dns_count == 0 && !network->is_ipv6_off
           && network->mtu == 0 && network->card[0] == '\0'
           && network->bond[0] == '\0' && network->vlan == 0;
}

/* --- this machine's -------------------------------------------------------
 */

static bool
card_is_there(const char *member)
{
    char path[320];
    char mac[NF_MEMBER_SIZE] = "";

    snprintf(path, sizeof path, "/sys/class/net/%s/address", member);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        fclose(file);
        return true;
    }
    DIR *cards = opendir("/sys/class/net");
    struct dirent *card;
    bool is_there = false;
    while (cards != NULL && !is_there && (card = readdir(cards)) != NULL) {
        snprintf(path, sizeof path, "/sys/class/net/%.200s/address",
                 card->d_name);
        file = fopen(path, "re");
        if (file != NULL) {
            is_there = fgets(mac, sizeof mac, file) != NULL
                       && strcasecmp(mac, member) == 0;
            fclose(file);
        }
    }
    if (cards != NULL) {
        closedir(cards);
    }
    return is_there;
}

/* systemd.net-naming-scheme(7): en, then what the place is told by. */
static bool
name_is_predictable(const char *name)
{
    return strncmp(name, "en", 2) == 0 && strchr("ospxP", name[2]) != NULL
           && name[2] != '\0';
}

bool
nf_network_has_cards(const struct nf_network *network,
                     char missing[NF_MEMBER_SIZE])
{
    const char *named[NF_MEMBERS_MAX + 2];
    int n = 0;

    for (int i = 0; i < network->member_count; i++) {
        named[n++] = network->members[i];
    }
    named[n++] = network->card;
    named[n++] = network->bond[0] == '\0' ? network->vlan_link : "";
    for (int i = 0; i < n; i++) {
        if (named[i][0] != '\0' && !name_is_predictable(named[i])
            && !card_is_there(named[i]))
        {
            snprintf(missing, NF_MEMBER_SIZE, "%s", named[i]);
            return false;
        }
    }
    return true;
}
