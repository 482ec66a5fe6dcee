#ifndef NF_RELAY_TELL_H
#define NF_RELAY_TELL_H

/*
 * What machines report, a line each in our own log, for those who watch that:
 * "[dc1] Received hardware report from SRV-1 (MAC: 52:54:00:00:00:01)".
 */

#include "store/events.h"

struct nf_settings;

/* What it watches, once at its start. */
void nf_tell_start(const struct nf_settings *settings);

/* Nothing, for events that are no reports. */
void nf_tell(struct nf_read *r, const struct nf_settings *settings,
             const struct nf_event *event);

#endif
