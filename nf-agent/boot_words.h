#ifndef NF_AGENT_BOOT_WORDS_H
#define NF_AGENT_BOOT_WORDS_H

/*
 * What the install role is started with: words of the kernel's command line.
 * `regional_url` is another name for `nf.url`; the last word of a name counts,
 * as it does for the kernel itself.
 */

#include "base/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NF_TOKEN_SIZE = 129,
    NF_DISK_SIZE = 128,
    NF_BOOT_URL_SIZE = 512,
    NF_POLL_MAX = 3600,
    NF_RETRY_MAX = 86400,
};

/* Whether a user is to be made on the BMC, and who may read its password. */
struct nf_bmc_wish {
    bool is_wished;
    bool is_administrator; /* else an operator */
    uint8_t key[32];       /* of the site, of crypto_box */
};

struct nf_boot {
    char url[NF_BOOT_URL_SIZE]; /* no '/' at its end; "" when not said */
    nf_mac_t mac;               /* all zero when not said */
    char token[NF_TOKEN_SIZE];  /* "" when no task has given one */
    char disk[NF_DISK_SIZE];    /* "auto" unless named */
    int retry;                  /* seconds from a failure to the next try */
    int poll;                   /* seconds between two questions for a task */
    struct nf_bmc_wish bmc;
    bool is_lpmos; /* the console's first lines are those of LPMOS */
};

/* Reads words "nf.NAME=value".  On failure false and a sentence in fault. */
bool nf_boot_parse(const char *cmdline, struct nf_boot *boot, char *fault,
                   size_t size);

/* Sets one of them by its name without "nf."; false when value is wrong. */
bool nf_boot_set(struct nf_boot *boot, const char *name, const char *value);

/* "auto", or the path of a device: no "..", nothing a shell would notice. */
bool nf_disk_word_is_valid(const char *value);

#endif
