#include "follow.h"

#include "base/log.h"
#include "base/time.h"
#include "bus/topic.h"
#include "relay.h"
#include "store/events.h"
#include "store/tasks.h"
#include "tell.h"

#define READER "relay"

enum {
    AT_ONCE = 64, /* events, before others get their turn */
};

bool
nf_follow_open(struct nf_relay *relay)
{
    struct nf_follow *follow = &relay->follow;
    NF_READ(r, relay->store);
    uint64_t last = nf_events_last(&r);
    uint64_t saved = nf_cursor_get(&r, READER);

    if (r.err != NF_OK) {
        nf_log(NF_LOG_ERR, "could not read the log: %s", nf_error_text(r.err));
        return false;
    }
    follow->saved = saved;
    follow->seen = last;
    follow->published = saved == 0 || saved > last ? last : saved;
    follow->told = follow->published;
    return true;
}

/* What an event of this kind may change for dnsmasq. */
static bool
concerns_binding(enum nf_event_kind kind)
{
    switch (kind) {
    case NF_EVENT_LEASE_PUT:
    case NF_EVENT_LEASE_DELETED:
    case NF_EVENT_BOOT_SCRIPT:
    case NF_EVENT_STATUS_REFUSED:
        return false;
    default:
        return true;
    }
}

/* The nodes of the next events.  A scope must not be open over what is done
 * about them, so they are collected. */
static size_t
read_nodes(struct nf_relay *relay, nf_mac_t macs[static AT_ONCE], bool *more)
{
    struct nf_follow *follow = &relay->follow;
    NF_READ(r, relay->store);
    struct nf_event event;
    size_t n = 0, i;

    for (i = 0; i < AT_ONCE && nf_events_read(&r, &follow->seen, &event); i++) {
        bool is_same = n > 0 && nf_mac_equal(macs[n - 1], event.mac);
        if (concerns_binding(event.kind) && !is_same) {
            macs[n++] = event.mac;
        }
    }
    nf_time_t deadline = nf_tasks_next_deadline(&r);
    nf_time_t left = deadline - relay->now;
    if (deadline != 0 && relay->tick + left < relay->clock_at) {
        relay->clock_at = relay->tick + (left > 0 ? left : 0);
    }
    *more = i == AT_ONCE;
    return n;
}

/* Nothing is lost to a broker that is away or slow: the position waits. */
static bool
publish_some(struct nf_relay *relay)
{
    struct nf_follow *follow = &relay->follow;
    uint64_t at = follow->published;
    struct nf_event event;
    int n = 0;

    if (at >= follow->seen || !nf_broker_is_idle(relay)) {
        return false;
    }
    NF_READ(r, relay->store);
    while (n < AT_ONCE && nf_events_read(&r, &at, &event)) {
        if (!nf_broker_publish(relay, NF_TOPIC_EVENTS, event.json)) {
            return false;
        }
        follow->published = at;
        relay->counts.published++;
        n++;
    }
    return n == AT_ONCE;
}

/* True: there is more.  A crash may repeat lines, never leave one out. */
static bool
tell_some(struct nf_relay *relay)
{
    struct nf_follow *follow = &relay->follow;
    struct nf_event event;
    int n = 0;

    if (follow->told >= follow->seen) {
        return false;
    }
    NF_READ(r, relay->store);
    while (n < AT_ONCE && nf_events_read(&r, &follow->told, &event)) {
        nf_tell(&r, &relay->settings, &event);
        n++;
    }
    return n == AT_ONCE;
}

void
nf_follow_save(struct nf_relay *relay)
{
    struct nf_follow *follow = &relay->follow;

    if (follow->published == follow->saved) {
        return;
    }
    NF_WRITE(w, relay->store);
    nf_cursor_put(&w, READER, follow->published);
    nf_error_t err = nf_write_commit(&w);
    if (err == NF_OK) {
        follow->saved = follow->published;
    } else {
        nf_relay_blame(relay, "the position in the log was not saved", err);
    }
}

static bool
look(struct nf_relay *relay)
{
    nf_mac_t macs[AT_ONCE];
    bool more = false;
    size_t n = read_nodes(relay, macs, &more);

    for (size_t i = 0; i < n; i++) {
        nf_binding_look(relay, macs[i]);
        nf_loader_look(relay, macs[i]);
    }
    return more;
}

nf_time_t
nf_follow_run(struct nf_relay *relay)
{
    struct nf_follow *follow = &relay->follow;
    bool more = false;

    if (nf_watch_take(&relay->watch, NF_WATCH_NOTIFY)
        || relay->tick >= follow->look_at)
    {
        more = look(relay);
        follow->look_at = more ? relay->tick : relay->tick + NF_LOOK_MS;
    }
    more |= tell_some(relay);
    more |= publish_some(relay);
    if (relay->tick >= follow->save_at) {
        nf_follow_save(relay);
        follow->save_at = relay->tick + NF_SECONDS(1);
    }
    return more ? relay->tick : follow->look_at;
}
