#ifndef NF_MODEL_SETTING_CHECK_H
#define NF_MODEL_SETTING_CHECK_H

/*
 * What the value of a setting may look like, by kind.  Values end up in the
 * configuration of other programs, in boot scripts and in answer files, so
 * every kind lists what it allows; nothing that quotes or ends a line fits.
 */

#include "base/address.h"
#include "base/text.h"

enum nf_setting_kind {
    NF_SETTING_ADDR,     /* "ip:port" or ":port" */
    NF_SETTING_ADDR0,    /* the same, or empty; so for each kind with a 0 */
    NF_SETTING_SERVER0,  /* "ip" or "ip:port" */
    NF_SETTING_HOSTPORT, /* "host:port" */
    NF_SETTING_HOSTPORT0,
    NF_SETTING_IP0,
    NF_SETTING_IPS0, /* addresses divided by commas */
    NF_SETTING_MACS0,
    NF_SETTING_HOSTS0, /* as they stand in a request's Host, without a port */
    NF_SETTING_MASK,
    NF_SETTING_VLAN0,
    NF_SETTING_RANGES0, /* see model/range.h */
    NF_SETTING_PATH,
    NF_SETTING_PATH0,
    NF_SETTING_MIRROR,
    NF_SETTING_WORD,  /* an account */
    NF_SETTING_WORD0, /* an interface */
    NF_SETTING_SECONDS,
    NF_SETTING_LEASE, /* seconds, not below dnsmasq's own minimum */
    NF_SETTING_HOLD,  /* seconds that a client is made to wait */
    NF_SETTING_PAUSE, /* seconds, or 0 */
    NF_SETTING_BEAT,  /* seconds, not below the agent's minimum */
    NF_SETTING_COUNT,
    NF_SETTING_WORKERS,
    NF_SETTING_ONOFF,
    NF_SETTING_ENROLL,
    NF_SETTING_LEVEL,
    NF_SETTING_DHCP,
    NF_SETTING_RULE,
    NF_SETTING_WAIT,
    NF_SETTING_DISCOVERY,
    NF_SETTING_LOADER,
    NF_SETTING_LOCAL,
    NF_SETTING_PROFILE,
    NF_SETTING_CRYPT,   /* "!" or crypt(3)'s $id$... */
    NF_SETTING_SSHKEY0, /* a line of authorized_keys without options */
    NF_SETTING_ZONE,
    NF_SETTING_DISK,
    NF_SETTING_ARGS, /* kernel arguments */
};

/* NULL when value fits; else what it must be, to follow "must be ". */
const char *nf_setting_misfit(enum nf_setting_kind kind, struct nf_text value);

/* Cut "host:port" or ":port"; host is empty in the latter. */
bool nf_setting_split(struct nf_text value, struct nf_text *host,
                      uint16_t *port);

#endif
