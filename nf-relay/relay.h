#ifndef NF_RELAY_RELAY_H
#define NF_RELAY_RELAY_H

/*
 * The relay: one thread that carries what nodes say by MQTT into the store,
 * and what the store's log says to MQTT and to dnsmasq; and that lets time
 * pass.  Each job is a part with a file of its own.  The loop runs every part
 * in turn, and each says when it wants to be run again.  Parts do not know
 * the relay; what one has for another is handed over here.
 */

#include "batch.h"
#include "beat.h"
#include "binding.h"
#include "broker.h"
#include "clock.h"
#include "compare.h"
#include "drain.h"
#include "follow.h"
#include "forget.h"
#include "intake.h"
#include "kept.h"
#include "loader.h"
#include "look.h"
#include "mirror.h"
#include "outbox.h"
#include "presence.h"
#include "reserved.h"
#include "sweep.h"
#include "turn.h"
#include "watch.h"

struct nf_relay {
    struct nf_turn turn;
    const char *suffix; /* of the client id, "" for none */
    struct nf_broker broker;
    struct nf_batch batch;
    struct nf_watch watch;
    struct nf_follow follow;
    struct nf_compare compare;
    struct nf_forget forget;
    struct nf_binding binding;
    struct nf_reserved reserved;
    struct nf_loader_files loader;
    struct nf_clock clock;
    struct nf_drain drain;
    struct nf_sweeper sweeper;
    struct nf_outbox outbox;
    struct nf_presence presence;
    struct nf_looker looker;
    struct nf_intake intake;
    struct nf_beater beater;
    struct nf_kept_templates kept;
    struct nf_mirror_looker mirror;
    nf_time_t counts_at;
};

/* Serve until SIGTERM or SIGINT; false: it could not start, or go on. */
bool nf_relay_run(struct nf_relay *relay);

#endif
