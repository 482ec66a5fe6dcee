#ifndef NF_PORT_SCAN_H
#define NF_PORT_SCAN_H

/*
 * What a scan of a switch found, in parts, for nf/{idc}/bmc/{worker}/ports.
 */

#include "port/operation.h"

enum {
    NF_SWITCH_SCAN_PORTS = 64,     /* of a part */
    NF_SWITCH_SCAN_MAX = 48 << 10, /* bytes of a part */
    NF_SWITCH_SCAN_ADDRESSES = 8,  /* of a port that has more, none is told */
};

struct nf_switch_scan {
    const struct nf_switch_told *told;
    struct nf_text id;               /* of the command */
    const struct nf_port_mac **macs; /* by port, each once */
    size_t macs_n;
    size_t next;
    unsigned part;
    bool is_over;
};

/* told and id stay the caller's.  False: no memory. */
bool nf_switch_scan_open(struct nf_switch_scan *scan,
                         const struct nf_switch_told *told, struct nf_text id);
void nf_switch_scan_close(struct nf_switch_scan *scan);

/* The next part, into room of NF_SWITCH_SCAN_MAX.  False: there is none more.
 */
bool nf_switch_scan_part(struct nf_switch_scan *scan, struct nf_out *out);

#endif
