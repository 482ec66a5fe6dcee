#ifndef NF_AGENT_ORDER_H
#define NF_AGENT_ORDER_H

/*
 * What the install role is told and what it tells: the server's image.json,
 * and the report at the end.  All of it is checked here, because it ends up
 * in files of the installed system.
 */

#include "account.h"
#include "address.h"
#include "boot_words.h"
#include "http.h"
#include "layout.h"
#include "network.h"
#include "place.h"
#include "script.h"
#include "wish.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NF_WORD_SIZE = 32,
    NF_SHA256_SIZE = 65,
    NF_ORDER_MAX = 512 * 1024, /* a longer image.json is refused */
};

struct nf_order {
    char task[NF_WORD_SIZE * 2];
    char hostname[NF_HOST_SIZE];
    struct nf_wish wish; /* which disk */
    bool has_image;      /* else another installer installs */
    struct nf_url image;
    char sha256[NF_SHA256_SIZE]; /* "" when the server knows none */
    bool is_archive;             /* a root archive, not a disk's image */
    int64_t image_size;          /* bytes it expands to; 0 when unknown */
    struct nf_layout layout;     /* of an archive's disk */
    struct nf_network network;
    struct nf_accounts accounts;
    struct nf_place place;
    struct nf_scripts scripts; /* run in the new system at the end */
    char broker[NF_HOST_SIZE + NF_PORT_SIZE + 3];
    char log_level[NF_WORD_SIZE];
    int heartbeat_interval;
};

/* Reads image.json for the node of mac.  On failure false and a sentence, and
   nothing to clear. */
bool nf_order_parse(const void *bytes, size_t len, nf_mac_t mac,
                    struct nf_order *order, char *fault, size_t size);

void nf_order_clear(struct nf_order *order);

/* The body of operationComplete; the caller frees it; NULL without memory. */
char *nf_report_body(const struct nf_boot *boot, bool is_success,
                     const char *message);

#endif
