#ifndef NF_AGENT_ORDER_H
#define NF_AGENT_ORDER_H

/*
 * What the install role is told and what it tells: the server's image.json,
 * and the report at the end.  All of it is checked here, because it ends up
 * in files of the installed system.
 */

#include "address.h"
#include "boot_words.h"
#include "http.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    NF_WORD_SIZE = 32,
    NF_DNS_MAX = 4,
    NF_SHA256_SIZE = 65,
    NF_ORDER_MAX = 64 * 1024, /* a longer image.json is refused */
};

struct nf_order {
    char task[NF_WORD_SIZE * 2];
    char hostname[NF_HOST_SIZE];
    char disk[NF_DISK_SIZE];
    struct nf_url image;
    char sha256[NF_SHA256_SIZE]; /* "" when the server knows none */
    char ip[NF_IP_SIZE];         /* "" is DHCP */
    int prefix;
    char gateway[NF_IP_SIZE];
    int dns_count;
    char dns[NF_DNS_MAX][NF_IP_SIZE];
    char broker[NF_HOST_SIZE + NF_PORT_SIZE + 3];
    char log_level[NF_WORD_SIZE];
    int heartbeat_interval;
};

/* Reads image.json for the node of mac.  On failure false and a sentence. */
bool nf_order_parse(const void *bytes, size_t len, nf_mac_t mac,
                    struct nf_order *order, char *fault, size_t size);

/* The body of operationComplete; the caller frees it; NULL without memory. */
char *nf_report_body(const struct nf_boot *boot, bool is_success,
                     const char *message);

#endif
