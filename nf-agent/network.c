#include "network.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

static bool
ip_is_valid(const char *text)
{
    nf_ip4_t ip;
    return nf_ip4_parse(nf_text(text), &ip);
}

static bool
ip_read(const json_t *object, const char *name, char out[NF_IP_SIZE])
{
    return text_read(object, name, out, NF_IP_SIZE)
           && (out[0] == '\0' || ip_is_valid(out));
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
        const char *text = json_string_value(member);
        if (text == NULL
            || !nf_text_copy(network->dns[i], NF_IP_SIZE, nf_text(text))
            || !ip_is_valid(text))
        {
            return false;
        }
    }
    network->dns_count = (int) json_array_size(list);
    return true;
}

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
    if (!text_read(bond, "mode", network->bond_mode, sizeof network->bond_mode)
        || !bond_mode_is_valid(network->bond_mode))
    {
        return "network.bond.mode";
    }
    return members_read(json_object_get(bond, "members"), network)
               ? NULL
               : "network.bond.members";
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
    if (!text_read(vlan, "link", network->vlan_link, sizeof network->vlan_link)
        || (network->vlan_link[0] != '\0'
            && !card_name_is_valid(network->vlan_link))
        || (network->bond[0] != '\0' && network->vlan_link[0] != '\0'
            && strcmp(network->bond, network->vlan_link) != 0))
    {
        return "network.vlan.link";
    }
    return NULL;
}

const char *
nf_network_read(const json_t *object, struct nf_network *network)
{
    char netmask[NF_IP_SIZE];
    const json_t *cards = json_object_get(object, "interfaces");
    const json_t *from = json_is_object(cards) ? cards : object;

    if (!ip_read(object, "ip", network->ip)) {
        return "network.ip";
    }
    if (!ip_read(object, "gateway", network->gateway)) {
        return "network.gateway";
    }
    if (!dns_read(json_object_get(object, "dns"), network)) {
        return "network.dns";
    }
    bool is_text = text_read(object, "netmask", netmask, sizeof netmask);
    network->prefix = is_text ? nf_netmask_prefix(netmask) : -1;
    if (network->ip[0] != '\0' && network->prefix < 1) {
        return "network.netmask";
    }
    const char *wrong = bond_read(json_object_get(from, "bond"), network);
    return wrong != NULL ? wrong
                         : vlan_read(json_object_get(from, "vlan"), network);
}

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
    for (int i = 0; i < network->member_count; i++) {
        const char *member = network->members[i];
        if (!name_is_predictable(member) && !card_is_there(member)) {
            snprintf(missing, NF_MEMBER_SIZE, "%s", member);
            return false;
        }
    }
    return true;
}
