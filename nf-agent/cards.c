/* Network cards: Ethernet that has a device behind it. */
#include "parts.h"

#include "base/address.h"

#include <string.h>

#define NET "sys/class/net/%s/"

enum {
    ETHERNET = 1,
    SPEED_MAX = 10000000, /* what is above is an old kernel's "unknown" */
};

/*
 * Bonds, bridges and VLANs have no device; virtual functions are parts of a
 * card that is there itself.
 */
bool
nf_card_is(const struct nf_tree *tree, const char *name)
{
    return nf_tree_has(tree, NET "device", name)
           && nf_tree_number(tree, -1, NET "type", name) == ETHERNET
           && !nf_tree_has(tree, NET "device/physfn", name)
           && !nf_tree_has(tree, NET "bonding", name)
           && !nf_tree_has(tree, NET "bridge", name);
}

/* A card in a bond wears the bond's address; its own is kept beside. */
static void
mac_read(const struct nf_tree *tree, const char *name,
         char text[static NF_MAC_COLONS])
{
    char label[NF_LABEL_SIZE];
    nf_mac_t mac;

    text[0] = '\0';
    if (!nf_tree_label(tree, label, NET "bonding_slave/perm_hwaddr", name)) {
        nf_tree_label(tree, label, NET "address", name);
    }
    if (nf_mac_parse(nf_text(label), &mac)) {
        nf_mac_format_divided(mac, ':', text);
    }
}

static json_t *
lldp_take(const struct nf_heard_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct nf_neighbour *from = &list->heard[i].neighbour;
        if (strcmp(list->heard[i].card, name) != 0) {
            continue;
        }
        json_t *lldp = json_object();
        json_object_set_new(lldp, "switch", json_string(from->system));
        json_object_set_new(lldp, "switch_mac", json_string(from->chassis_mac));
        json_object_set_new(lldp, "port", json_string(from->port));
        json_object_set_new(lldp, "port_description",
                            json_string(from->port_description));
        json_object_set_new(lldp, "vlan", json_integer(from->vlan));
        return lldp;
    }
    return NULL;
}

static json_t *
card_take(const struct nf_tree *tree, const struct nf_heard_list *list,
          const char *name)
{
    char label[NF_LABEL_SIZE], device[192], mac[NF_MAC_COLONS], slot[13];
    json_t *card = json_object();
    int64_t speed = nf_tree_number(tree, 0, NET "speed", name);
    bool has_link = nf_tree_number(tree, 0, NET "carrier", name) == 1;

    nf_label_clean(name, strlen(name), label);
    json_object_set_new(card, "name", json_string(label));
    mac_read(tree, name, mac);
    json_object_set_new(card, "mac", json_string(mac));
    nf_tree_link(tree, label, NET "device/driver", name);
    json_object_set_new(card, "driver", json_string(label));
    json_object_set_new(card, "link", json_boolean(has_link));
    json_object_set_new(
        card, "speed_mbps",
        json_integer(speed > 0 && speed <= SPEED_MAX ? speed : 0));
    snprintf(device, sizeof device, NET "device", name);
    nf_pci_slot(tree, device, slot);
    json_object_set_new(card, "pci", json_string(slot));
    json_t *lldp = lldp_take(list, name);
    if (lldp != NULL) {
        json_object_set_new(card, "lldp", lldp);
    }
    return card;
}

void
nf_cards_take(const struct nf_tree *tree, const struct nf_heard_list *list,
              json_t *hardware)
{
    json_t *cards = json_array();
    struct nf_names names = nf_tree_list(tree, "sys/class/net");

    for (size_t i = 0; i < names.n && json_array_size(cards) < NF_CARDS_MAX;
         i++) {
        if (nf_card_is(tree, names.names[i])) {
            json_array_append_new(cards, card_take(tree, list, names.names[i]));
        }
    }
    nf_names_free(&names);
    json_object_set_new(hardware, "nics", cards);
}
