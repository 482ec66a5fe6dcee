#ifndef NF_PORT_ORDER_H
#define NF_PORT_ORDER_H

/*
 * A change of a port as a worker is told it: what nf_switch_operation_read()
 * reads.
 */

#include "port/operation.h"

struct nf_port_order {
    const char *port;
    uint32_t sets; /* NF_SWITCH_SETS_MODE and such: what is wanted of `set` */
    struct nf_port_config set;
    /* What the port was when this was decided; NULL: whatever. */
    const struct nf_port_config *expected;
    const nf_mac_t *machine; /* whose port it must be; none: anyone's */
    size_t machine_n;
    bool must_forward; /* at the end */
};

void nf_port_order_json(const struct nf_port_order *order, struct nf_out *out);

/* "access 100", "trunk native 1 tagged 5-7": in words, of what is set. */
void nf_port_order_words(const struct nf_port_order *order, struct nf_out *out);

#endif
