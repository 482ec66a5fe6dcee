#include "inventory.h"

#include "base/address.h"
#include "log.h"
#include "neighbours.h"
#include "parts.h"
#include "system_macos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPORT_MAX = 240 * 1024, /* the server's 256 KiB, less what is around it */
    CUTS_MAX = 30,
};

/* clang-format off */
static void (*const parts[])(const struct nf_tree *tree, json_t *hardware) = {
    nf_system_take,
    nf_firmware_take,
    nf_cpu_take,
    nf_memory_take,
    nf_disks_take,
    nf_pci_take,
    nf_bmc_take,
};
/* clang-format on */

/* The address that the boot loader wrote behind a word: "nf.mac=", and
 * PXELINUX's "BOOTIF=01-", where 01 is Ethernet's number. */
static bool
booted_from(const char *line, const char *word, char mac[NF_MAC_COLONS])
{
    nf_mac_t found;
    const char *at = strstr(line, word);

    if (at == NULL || (at > line && at[-1] != ' ')) {
        return false;
    }
    at += strlen(word);
    struct nf_text text = {at, strcspn(at, " \n")};
    if (!nf_mac_parse(text, &found)) {
        return false;
    }
    nf_mac_format_divided(found, ':', mac);
    return true;
}

/* The card it booted from, else the first with a link, else the first. */
static void
mac_find(const struct nf_tree *tree, const json_t *cards,
         char mac[NF_MAC_COLONS])
{
    char line[4096];
    size_t i;
    json_t *card;
    ssize_t n = nf_tree_bytes(tree, line, sizeof line - 1, "proc/cmdline");

    line[n > 0 ? n : 0] = '\0';
    mac[0] = '\0';
    if (booted_from(line, "nf.mac=", mac)
        || booted_from(line, "BOOTIF=01-", mac)) {
        return;
    }
    bool has_link = false;
    json_array_foreach (cards, i, card) {
        const char *own = json_string_value(json_object_get(card, "mac"));
        bool is_up = json_is_true(json_object_get(card, "link"));
        if (own != NULL && own[0] != '\0'
            && (mac[0] == '\0' || (is_up && !has_link))) {
            snprintf(mac, NF_MAC_COLONS, "%s", own);
            has_link = is_up;
        }
    }
}

static void
mac_take(const struct nf_tree *tree, const char *chosen, json_t *hardware)
{
    char text[NF_MAC_COLONS];
    nf_mac_t mac;

    if (chosen != NULL && nf_mac_parse(nf_text(chosen), &mac)) {
        nf_mac_format_divided(mac, ':', text);
    } else {
        mac_find(tree, json_object_get(hardware, "nics"), text);
    }
    json_object_set_new(hardware, "mac_address", json_string(text));
}

/* The links are read while the cards are still up. */
static void
cards_take(const struct nf_tree *tree, int lldp_s, json_t *hardware)
{
    struct nf_heard_list *list = calloc(1, sizeof *list);
    nf_neighbours_t *all = NULL;

    if (list == NULL) {
        return;
    }
    if (lldp_s > 0 && tree->is_live) {
        all = nf_neighbours_open(tree);
        if (all == NULL) {
            nf_log(NF_LOG_WARNING, "cannot listen for switches: %s",
                   strerror(errno));
        } else {
            nf_neighbours_listen(all, lldp_s, list);
        }
    }
    nf_cards_take(tree, list, hardware);
    if (all != NULL) {
        nf_neighbours_close(all);
    }
    free(list);
}

/* Firmware that fills every string with what JSON must escape can pass the
 * server's bound for a report: then the longest lists end early. */
static void
lists_cut(json_t *hardware)
{
    static const char *const lists[] = {"pci", "disks", "nics"};
    const size_t n = sizeof lists / sizeof lists[0];

    for (size_t i = 0; json_dumpb(hardware, NULL, 0, JSON_COMPACT) > REPORT_MAX;
         i++)
    {
        json_t *list = json_object_get(hardware, lists[i % n]);
        size_t left = json_array_size(list) / 2;
        while (json_array_size(list) > left) {
            json_array_remove(list, json_array_size(list) - 1);
        }
    }
}

json_t *
nf_inventory_take(const struct nf_inventory_options *options)
{
    struct nf_tree tree = {.root = options->root != NULL ? options->root : ""};
    json_t *hardware = json_object();

    tree.is_live = tree.root[0] == '\0';
    if (hardware == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        parts[i](&tree, hardware);
    }
    cards_take(&tree, options->lldp_s, hardware);
    if (tree.is_live) {
        nf_macos_take(hardware);
    }
    mac_take(&tree, options->mac, hardware);
    lists_cut(hardware);
    return hardware;
}

struct nf_listener {
    struct nf_tree tree;
    nf_neighbours_t *all;
    struct nf_heard_list list;
};

nf_listener_t *
nf_inventory_listen(void)
{
    nf_listener_t *listener = calloc(1, sizeof *listener);

    if (listener == NULL) {
        return NULL;
    }
    listener->tree = (struct nf_tree){.root = "", .is_live = true};
    listener->all = nf_neighbours_open(&listener->tree);
    if (listener->all == NULL) {
        nf_log(NF_LOG_WARNING, "cannot listen for switches: %s",
               strerror(errno));
        free(listener);
        return NULL;
    }
    return listener;
}

bool
nf_inventory_hear(nf_listener_t *listener, json_t *hardware)
{
    json_t *before = json_incref(json_object_get(hardware, "nics"));

    nf_neighbours_drain(listener->all, &listener->list);
    nf_cards_take(&listener->tree, &listener->list, hardware);
    bool is_changed = !json_equal(before, json_object_get(hardware, "nics"));
    json_decref(before);
    return is_changed;
}

void
nf_inventory_listen_end(nf_listener_t *listener)
{
    if (listener != NULL) {
        nf_neighbours_close(listener->all);
        free(listener);
    }
}

static const char *
member_text(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text != NULL ? text : "";
}

const char *
nf_inventory_serial(const json_t *hardware)
{
    return member_text(hardware, "serial_number");
}

const char *
nf_inventory_mac(const json_t *hardware)
{
    return member_text(hardware, "mac_address");
}
