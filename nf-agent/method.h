#ifndef NF_AGENT_METHOD_H
#define NF_AGENT_METHOD_H

/*
 * The two ways to install a system: a whole disk's image, and a root archive.
 * Each is a table of steps; what the steps share is here.
 */

#include "choice.h"
#include "disk.h"
#include "loader.h"
#include "operation.h"
#include "plan.h"
#include "stream.h"

enum {
    NF_KEY_SIZE = 64,
};

struct nf_installation {
    const struct nf_boot *boot;
    const struct nf_order *order;
    struct nf_reporter *progress;
    char *fault;
    size_t size;
    struct nf_download stream;
    bool is_streaming; /* the stream is open */
    struct nf_choice choice;
    char disk[NF_DISK_PATH_SIZE]; /* the first that was chosen */
    struct nf_image *image;       /* of a whole disk, on its way */
    int number;                   /* of its root partition */
    struct nf_disk_set site;
    struct nf_plan plan;
    uint8_t key[NF_KEY_SIZE];
};

struct nf_install_step {
    nf_stage_t stage;
    bool (*run)(struct nf_installation *in);
};

struct nf_install_method {
    const struct nf_install_step *steps;
    size_t count;
    void (*release)(void); /* after all is unmounted; NULL: nothing */
};

extern const struct nf_install_method nf_method_image;
extern const struct nf_install_method nf_method_archive;

/* Opens the order's image and tells how large it is. */
bool nf_install_ask(struct nf_installation *in);

/* Hangs up before a byte is used.  A server does not wait for minutes with its
   answer half sent; ask again when the disk is ready. */
void nf_install_leave(struct nf_installation *in);

/* Ends the stream; false when what came is not what was ordered. */
bool nf_install_received(struct nf_installation *in);

/* Tells how much of the stream has come; fits a tick. */
void nf_install_tell(void *install);

/* Chooses in->choice, and tells people which it is and why.  Waits for drivers
   to find a disk. */
bool nf_install_disk(struct nf_installation *in, const struct nf_wish *wish);

/* The last two steps, the same for both. */
bool nf_install_configure(struct nf_installation *in);
bool nf_install_scripts(struct nf_installation *in);

#endif
