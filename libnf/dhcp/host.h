#ifndef NF_DHCP_HOST_H
#define NF_DHCP_HOST_H

/*
 * Who has which address, as dnsmasq reads it from NF_HOSTS_DIR (dhcp-host=).
 * A node whose address is bound has a file of its own, named by its MAC:
 *
 *     52:54:00:00:00:01,id:*,10.66.0.21,node7
 *
 * Reservations of one moment share a file, "r" and the number of their batch:
 * dnsmasq goes through all leases for each file that it is told of.  "id:*" has
 * one lease of firmware, iPXE and system, which call themselves differently.
 *
 * dnsmasq takes in a new file by itself, but no address that it knows already,
 * be it the same machine's: a file that changes must be forgotten first
 * (dhcp/reload.h).  Never "set:" here, which ends dnsmasq 2.90 at a SIGHUP.
 */

#include "base/put.h"
#include "model/node.h"
#include "model/settings.h"
#include "store/reservations.h"

enum {
    NF_HOST_LINE = 128,
    NF_HOST_PATH = NF_SETTING_MAX + 32,
    NF_BATCH_LINES = 48, /* of the longest lines that fit into NF_PUT_MAX */
};

struct nf_host {
    nf_mac_t mac;
    size_t len; /* 0: there must be no file */
    char line[NF_HOST_LINE];
};

/* The node's own line: bound by hand, static, or for the task that runs on it
 * as long as no reservation says the same; none where the settings say that
 * DHCP cannot keep its address. */
struct nf_host nf_host_of_node(struct nf_read *r,
                               const struct nf_settings *settings,
                               const struct nf_node *node);

void nf_host_path(const char *dir, nf_mac_t mac,
                  char path[static NF_HOST_PATH]);

bool nf_host_exists(const char *dir, nf_mac_t mac);

/* --- batches ----------------------------------------------------------------
 */

void nf_batch_path(const char *dir, uint32_t batch,
                   char path[static NF_HOST_PATH]);

/* The batch of a file's name; false: it is none. */
bool nf_batch_parse(const char *name, uint32_t *batch);

/* One line for each; rows of other batches, and dropped ones, have none. */
void nf_batch_print(uint32_t batch, const struct nf_reservation *rows, size_t n,
                    struct nf_out *out);

/* Every reservation that is not dropped, those of one batch together; free()
 * *rows. */
nf_error_t nf_batches_read(struct nf_read *r, struct nf_reservation **rows,
                           size_t *n);

#endif
