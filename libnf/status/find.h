#ifndef NF_STATUS_FIND_H
#define NF_STATUS_FIND_H

/*
 * What is wrong with the bastion.  Looked for when somebody asks, and without
 * a write: a full store is to be told, too.
 */

#include "flow/trouble.h"
#include "model/settings.h"
#include "status/beat.h"
#include "store/txn.h"

/* Reads some small files of NF_RUN_DIR and asks two disks how full they are,
 * so it is not for what is asked a thousand times a second. */
void nf_status_find(const struct nf_settings *settings, struct nf_read *r,
                    nf_time_t now, struct nf_troubles *troubles);

/* What ails DHCP where it is ours to serve; false: nothing. */
bool nf_status_dhcp(const struct nf_settings *settings, nf_time_t now,
                    char words[static NF_TROUBLE_WORDS]);

/* Since when what nf_status_find() sees by itself is so, into beat->ills: for
 * nf-relay, which is always there. */
void nf_status_watch(const struct nf_settings *settings, struct nf_read *r,
                     nf_time_t now, struct nf_beat *beat);

#endif
