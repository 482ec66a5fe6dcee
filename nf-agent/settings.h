#ifndef NF_AGENT_SETTINGS_H
#define NF_AGENT_SETTINGS_H

/*
 * What the node role is told: the process environment first, then the file
 * /etc/default/nodefoundry-agent (or the one NF_CONFIG names), then defaults.
 */

#include "address.h"
#include "log.h"

#include <stdbool.h>
#include <stddef.h>

struct nf_agent_settings {
    nf_mac_t mac;
    struct nf_endpoint broker;
    enum nf_log_level log_level;
    int heartbeat_interval; /* seconds */
    char state_dir[200];
};

enum {
    NF_HEARTBEAT_MIN = 10,
    NF_HEARTBEAT_MAX = 86400
};

/*
 * Reads and checks everything.  On failure false: settings are untouched and
 * fault holds one sentence that names the variable.
 */
bool nf_settings_read(struct nf_agent_settings *settings, char *fault,
                      size_t size);

#endif
