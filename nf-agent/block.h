#ifndef NF_AGENT_BLOCK_H
#define NF_AGENT_BLOCK_H

/*
 * One disk, as its kernel describes it: for the inventory, and for who has to
 * choose one to write on.
 */

#include "tree.h"

/* What keeps a disk from being written on, by itself or at all. */
enum nf_block_mark {
    NF_BLOCK_MADE_UP = 1 << 0, /* by the kernel: loop, md, device mapper, ... */
    NF_BLOCK_AREA = 1 << 1,    /* part of a chip: eMMC's boot areas and such */
    NF_BLOCK_HIDDEN = 1 << 2,  /* a path of a disk with several; no node */
    NF_BLOCK_REMOVABLE = 1 << 3,
    NF_BLOCK_CARD = 1 << 4, /* SD: says that it is fixed, and is not */
    NF_BLOCK_USB = 1 << 5,
    NF_BLOCK_REMOTE = 1 << 6, /* reached over a network, maybe by others too */
    NF_BLOCK_READ_ONLY = 1 << 7,
    NF_BLOCK_ZONED = 1 << 8,  /* takes no writes but in order */
    NF_BLOCK_IN_USE = 1 << 9, /* something of it is mounted, or swapped to */
};

struct nf_block {
    char name[NF_LABEL_SIZE];   /* below /sys/block */
    char device[NF_LABEL_SIZE]; /* its node */
    char model[NF_LABEL_SIZE];
    char serial[NF_LABEL_SIZE];
    char wwn[NF_LABEL_SIZE];  /* as udev spells it */
    char path[NF_LABEL_SIZE]; /* as below /dev/disk/by-path; "": not known */
    int64_t size;             /* bytes; 0 without a medium */
    int sector;               /* bytes of a logical one */
    int rotational;           /* -1: not known */
    unsigned marks;           /* bits of enum nf_block_mark */
};

void nf_block_read(const struct nf_tree *tree, const char *name,
                   struct nf_block *block);

/* The marks alone. */
unsigned nf_block_marks(const struct nf_tree *tree, const char *name);

/* Whether both are the same disk, reached by two ways. */
bool nf_block_is_same(const struct nf_block *a, const struct nf_block *b);

#endif
