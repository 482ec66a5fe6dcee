#ifndef NF_PORT_H
#define NF_PORT_H

/*
 * Whether the ports that will be served are free: a clear word before
 * anything is started, and dnsmasq itself would not notice another one.
 */

#include "model/settings.h"

/* Whether NF_MQTT_BROKER is ours to run, but somebody answers there: a broker
 * that the system runs is used as it is.  Warns when nodes cannot reach it. */
bool nf_port_has_broker(const struct nf_settings *settings);

/* Except the broker's.  False: said which is taken, or which address this
 * machine lacks. */
bool nf_ports_are_free(const struct nf_settings *settings);

#endif
