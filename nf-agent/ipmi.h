#ifndef NF_AGENT_IPMI_H
#define NF_AGENT_IPMI_H

/*
 * Asking this machine's own BMC (IPMI 2.0).  What is asked and how answers are
 * read is pure; how a question gets to the BMC is the caller's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NF_IPMI_DATA_MAX = 24,
    NF_IPMI_REPLY_MAX = 64,
};

struct nf_ipmi_question {
    uint8_t netfn, command;
    uint8_t data[NF_IPMI_DATA_MAX];
    size_t len;
};

/*
 * Sends a question and waits for its answer: its length, with the completion
 * code that it begins with.  -1 when there was none: *is_dead then says that
 * there is no sense in asking more.
 */
struct nf_ipmi_way {
    int (*ask)(void *self, const struct nf_ipmi_question *question,
               uint8_t reply[static NF_IPMI_REPLY_MAX], bool *is_dead);
    void *self;
};

struct nf_bmc {
    char ip[16];
    char mac[18];
    char version[16];
};

/* What the BMC says of itself; false when it does not answer at all. */
bool nf_ipmi_read(const struct nf_ipmi_way *way, struct nf_bmc *bmc);

/* The way by the kernel's driver, /dev/ipmi0; false when it isn't there. */
bool nf_ipmi_open(struct nf_ipmi_way *way);
void nf_ipmi_close(struct nf_ipmi_way *way);

#endif
