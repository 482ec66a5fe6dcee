#ifndef NF_AGENT_PARTS_H
#define NF_AGENT_PARTS_H

/*
 * The parts of the inventory.  Each reads the tree and sets its members of
 * the hardware object; what a machine does not tell is "", 0 or false.
 */

#include "base/serial.h"
#include "lldp.h"
#include "tree.h"

#include <jansson.h>

enum {
    NF_DISKS_MAX = 256,
    NF_CARDS_MAX = 64,
    NF_PCI_MAX = 256,
    NF_SERIAL_SIZE = 64, /* the server takes no longer ones */
};

/* What was heard at one card. */
struct nf_heard {
    char card[16];
    struct nf_neighbour neighbour;
};

struct nf_heard_list {
    struct nf_heard heard[NF_CARDS_MAX];
    size_t n;
};

void nf_system_take(const struct nf_tree *tree, json_t *hardware);
void nf_firmware_take(const struct nf_tree *tree, json_t *hardware);
void nf_cpu_take(const struct nf_tree *tree, json_t *hardware);
void nf_memory_take(const struct nf_tree *tree, json_t *hardware);
void nf_disks_take(const struct nf_tree *tree, json_t *hardware);
void nf_pci_take(const struct nf_tree *tree, json_t *hardware);
void nf_bmc_take(const struct nf_tree *tree, json_t *hardware);
void nf_cards_take(const struct nf_tree *tree, const struct nf_heard_list *list,
                   json_t *hardware);

/* Whether a network interface is a card, not made of others. */
bool nf_card_is(const struct nf_tree *tree, const char *name);

/* Sets "memory"; and GiB, which documents call GB, of anything. */
void nf_memory_put(json_t *hardware, int64_t bytes);
json_int_t nf_gb(int64_t bytes);

/* The DDDD:BB:DD.F of the PCI function behind a device; "" for others. */
void nf_pci_slot(const struct nf_tree *tree, const char *device, char slot[13]);

/* The hypervisor's name, "" for one that does not say; false on hardware. */
bool nf_hypervisor_find(const struct nf_tree *tree,
                        char name[static NF_LABEL_SIZE]);

#endif
