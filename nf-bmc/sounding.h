#ifndef NF_BMC_SOUNDING_H
#define NF_BMC_SOUNDING_H

/*
 * One address that is looked at: two packets to UDP 623, twice, and the service
 * root of Redfish.  No user and no password is told to anybody.
 */

#include "bmc/discover.h"
#include "http.h"

struct nf_sounding {
    struct nf_loop *loop;
    int udp; /* a socket for all of them */
    uint8_t tag;
    struct nf_found found; /* with its ip; the rest is what came of it */
    void *of;
    /* Once, never from within open(); it is closed by then. */
    void (*done)(struct nf_sounding *sounding);

    struct nf_device device;
    struct nf_http *http; /* NULL: that part is over */
    struct nf_timer timer;
    unsigned sent;
    bool is_udp_over;
    int why; /* errno of what could not be sent, or 0 */
    struct nf_sounding *next;
};

/* What stands before the blank line above is set already, the rest zero. */
void nf_sounding_open(struct nf_sounding *sounding);

/* A packet from its address. */
void nf_sounding_take(struct nf_sounding *sounding, struct nf_bytes packet);

/* Before its end. */
void nf_sounding_close(struct nf_sounding *sounding);

#endif
