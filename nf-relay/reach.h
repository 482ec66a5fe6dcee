#ifndef NF_RELAY_REACH_H
#define NF_RELAY_REACH_H

/*
 * How the device of a command is reached: a switch as the store knows it by its
 * name; a BMC as its task says, else as the store knows it by its node; else
 * the worker has a file of it.
 */

#include "bmc/sealed.h"
#include "model/command.h"
#include "store/txn.h"

enum {
    NF_REACH_WORDS = 128
};

enum nf_reach_kind {
    NF_REACH_OWN,    /* the worker knows by itself */
    NF_REACH_SEALED, /* the worker is told, sealed */
    NF_REACH_NOT,    /* nobody can: words say why */
};

struct nf_reach {
    bool has_key;
    uint8_t key[32]; /* the site's */
};

/* Reads the site's key. */
void nf_reach_open(struct nf_reach *reach, const char *key_file);

/* *device is the caller's to wipe with sodium_memzero(), whatever came of it.
 */
enum nf_reach_kind nf_reach_find(const struct nf_reach *reach,
                                 struct nf_read *r,
                                 const struct nf_command *command,
                                 struct nf_sealed_device *device,
                                 char words[static NF_REACH_WORDS]);

#endif
