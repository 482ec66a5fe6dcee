#ifndef NF_AGENT_CHOICE_H
#define NF_AGENT_CHOICE_H

/*
 * Which disk a system is installed on: one rule for every way to install, told
 * in docs/profiles.md.  Pure: a description of the machine in, a disk and a
 * reason out; nothing is written or asked.
 */

#include "block.h"

enum {
    NF_WISH_DEVICE = 128,
    NF_WISH_RAID = 4,
    NF_WHY_SIZE = 128,
};

/* What is asked of the disk; a hint that is "" or 0 is not given. */
struct nf_hints {
    char serial[NF_LABEL_SIZE];
    char wwn[NF_LABEL_SIZE];
    char model[NF_LABEL_SIZE]; /* a part of it */
    char by_path[NF_LABEL_SIZE];
    int64_t min_gb, max_gb; /* as the inventory counts, both included */
    int rotational;         /* -1: not given */
};

struct nf_wish {
    char device[NF_WISH_DEVICE]; /* "auto", or a path below /dev */
    int raid_count;              /* or these, which mirror each other */
    char raid[NF_WISH_RAID][NF_WISH_DEVICE];
    struct nf_hints hints;
    int64_t need;  /* bytes that must fit */
    int sector;    /* the only size of sector that will do; 0: any */
    int64_t esp;   /* bytes of its EFI system partition; 0: none is made */
    bool is_msdos; /* its table counts to 2^32 sectors */
    bool needs_tpm, needs_bios; /* of the machine */
};

/* A wish for any disk. */
void nf_wish_any(struct nf_wish *wish);

struct nf_choice {
    struct nf_block disks[NF_WISH_RAID];
    int count;
    int candidates; /* that would have done too, the disk included */
    char why[NF_WHY_SIZE];
};

/* False and a sentence when no disk will do, which says of each why not. */
bool nf_choice_make(const struct nf_tree *tree, const struct nf_wish *wish,
                    struct nf_choice *choice, char *fault, size_t size);

/* "/dev/sda (SAMSUNG MZ7L3480, 447 GB): the smallest of 3 disks that fit" */
void nf_choice_words(const struct nf_choice *choice, char *out, size_t size);

#endif
