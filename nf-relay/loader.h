#ifndef NF_RELAY_LOADER_H
#define NF_RELAY_LOADER_H

/*
 * The files that PXELINUX and GRUB read by TFTP: one for each card of a node
 * that has something to do (GRUB's also for nodes that boot their own disk,
 * PXELINUX's for those that always load it), made level with the store by its
 * log, and compared as a whole now and then.
 */

#include "bmc/enroll.h"
#include "compare.h"
#include "folder.h"
#include "render/templates.h"

enum {
    NF_LOADER_FOLDERS = 2, /* PXELINUX's and GRUB's */
};

struct nf_loader_files {
    struct nf_turn *turn;
    struct nf_compare *compare;
    nf_templates_t *templates; /* NULL: they could not be read */
    uint8_t key[32];
    char enroll[NF_ENROLL_WORD]; /* "": machines do not enroll their BMCs */
    bool has_key;
    struct nf_folder folders[NF_LOADER_FOLDERS]; /* while looked at */
    bool is_whole;      /* each is compared, else those of nobody go */
    nf_time_t stale_at; /* look for those, 0: no need */
    struct nf_pace pace;
};

/* Read templates and key; also after SIGHUP. */
void nf_loader_open(struct nf_loader_files *files);
void nf_loader_close(struct nf_loader_files *files);

/* Make the files of all cards of these nodes what the store says, and tell
 * their tasks, all of them at once. */
void nf_loader_look(struct nf_loader_files *files, const nf_mac_t *macs,
                    size_t n);

/* The same for those files that there are, soon. */
void nf_loader_look_at_files(struct nf_loader_files *files);

/* Go on with the files; returns the tick to be run at again. */
nf_time_t nf_loader_run(struct nf_loader_files *files);

#endif
