#ifndef NF_DHCP_GATE_H
#define NF_DHCP_GATE_H

/*
 * Whether dnsmasq answers a card that it has no line of.  Closed, it is for
 * nf-reserve to give that card an address first; open, dnsmasq takes one from
 * its own pool, which many at once do not survive, but a dead nf-reserve does.
 * The gate is a file in NF_HOSTS_DIR that matches every card; a line of its own
 * comes before it.  dnsmasq sees a change within a millisecond.
 *
 * Beside it, in NF_RUN_DIR, nf-reserve says every second how it is.
 */

#include "base/text.h"
#include "model/settings.h"

enum {
    NF_GATE_PATH = NF_SETTING_MAX + 64,
    NF_GATE_STATE = 160,
    NF_GATE_SILENT_MS = 5000, /* who says nothing so long is not there */
};

struct nf_gate {
    char path[NF_GATE_PATH], draft[NF_GATE_PATH];
    char state[NF_GATE_PATH], state_draft[NF_GATE_PATH];
};

void nf_gate_init(struct nf_gate *gate, const struct nf_settings *settings);

/* Makes only system calls, so that a signal handler may call it.  False: see
 * errno. */
bool nf_gate_set(const struct nf_gate *gate, bool is_open);

/* How nf-reserve is: one line, "" when all is well.  The same holds. */
bool nf_gate_say(const struct nf_gate *gate, const char *state);

/* What it last said, at most NF_GATE_SILENT_MS ago; false: it says nothing. */
bool nf_gate_state(const struct nf_settings *settings, nf_time_t now,
                   char state[static NF_GATE_STATE]);

#endif
