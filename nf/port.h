#ifndef NF_PORT_H
#define NF_PORT_H

/*
 * Whether the ports that will be served are free: a clear word before
 * anything is started, and dnsmasq itself would not notice another one.
 */

#include "model/settings.h"

/* False: said which is taken, or which address this machine lacks. */
bool nf_ports_are_free(const struct nf_settings *settings);

#endif
