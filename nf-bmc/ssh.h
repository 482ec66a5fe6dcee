#ifndef NF_BMC_SSH_H
#define NF_BMC_SSH_H

/*
 * A shell on a device by SSH, in the loop.  Its key is compared with the pinned
 * one before a password goes to it; methods that are known to be weak are
 * offered only to one that has no other.
 */

#include <libssh/libssh.h>

#include "switch.h"

struct nf_ssh {
    struct nf_loop *loop;
    const struct nf_device *device;
    uint16_t port; /* where the device says none */
    /* The shell is there. */
    void (*opened)(struct nf_ssh *ssh);
    /* False: the ssh is closed, and maybe its memory is gone. */
    bool (*bytes)(struct nf_ssh *ssh, const char *data, size_t len);
    /* It came to nothing; it is closed already. */
    void (*lost)(struct nf_ssh *ssh, enum nf_switch_cause cause,
                 const char *words);

    char pin[NF_SWITCH_PIN]; /* of the key that it showed */
    ssh_session session;
    ssh_channel channel;
    struct nf_watch watch;
    struct nf_timer pulse, deadline;
    int (*step)(struct nf_ssh *ssh); /* until the shell is there */
    bool is_open, is_weak, is_answered;
};

/* ssh's first four members are set; opened() or lost() follow from the loop.
 */
void nf_ssh_open(struct nf_ssh *ssh);

/* False: it could not be sent; lost() does not follow. */
bool nf_ssh_send(struct nf_ssh *ssh, struct nf_text text);

void nf_ssh_close(struct nf_ssh *ssh);

#endif
