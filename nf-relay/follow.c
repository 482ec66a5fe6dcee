#include "follow.h"

#include "base/log.h"
#include "base/time.h"
#include "store/events.h"
#include "tell.h"

#define READER "relay"

enum {
    AT_ONCE = 64, /* events, before others get their turn */
};

bool
nf_follow_open(struct nf_follow *follow)
{
    NF_READ(r, follow->turn->store);
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
read_nodes(struct nf_follow *follow, nf_mac_t macs[static AT_ONCE], bool *more)
{
    NF_READ(r, follow->turn->store);
    struct nf_event event;
    size_t n = 0, i;

    for (i = 0; i < AT_ONCE && nf_events_read(&r, &follow->seen, &event); i++) {
        bool is_same = n > 0 && nf_mac_equal(macs[n - 1], event.mac);
        if (concerns_binding(event.kind) && !is_same) {
            macs[n++] = event.mac;
        }
    }
    *more = i == AT_ONCE;
    return n;
}

/* Nothing is lost to a broker that is away or slow: the position waits. */
static bool
publish_some(struct nf_follow *follow)
{
    uint64_t at = follow->published;
    struct nf_event event;
    int n = 0;

    if (at >= follow->seen) {
        return false;
    }
    NF_READ(r, follow->turn->store);
    while (n < AT_ONCE && nf_events_read(&r, &at, &event)) {
        if (!follow->user.publish(follow->user.of, event.json)) {
            return false;
        }
        follow->published = at;
        follow->turn->counts.published++;
        n++;
    }
    return n == AT_ONCE;
}

/* True: there is more.  A crash may repeat lines, never leave one out. */
static bool
tell_some(struct nf_follow *follow)
{
    struct nf_event event;
    int n = 0;

    if (follow->told >= follow->seen) {
        return false;
    }
    NF_READ(r, follow->turn->store);
    while (n < AT_ONCE && nf_events_read(&r, &follow->told, &event)) {
        nf_tell(&r, &follow->turn->settings, &event);
        n++;
    }
    return n == AT_ONCE;
}

void
nf_follow_save(struct nf_follow *follow)
{
    if (follow->published == follow->saved) {
        return;
    }
    NF_CLEAN(w, follow->turn->store);
    nf_cursor_put(&w, READER, follow->published);
    nf_error_t err = nf_write_commit(&w);
    if (err == NF_OK) {
        follow->saved = follow->published;
    } else {
        nf_turn_blame(follow->turn, "the position in the log was not saved",
                      err);
    }
}

static bool
look(struct nf_follow *follow)
{
    nf_mac_t macs[AT_ONCE];
    bool more = false;
    size_t n = read_nodes(follow, macs, &more);

    follow->user.looked(follow->user.of, macs, n);
    return more;
}

nf_time_t
nf_follow_run(struct nf_follow *follow, bool has_changed, bool may_publish)
{
    bool more = false;

    if (has_changed || follow->turn->tick >= follow->look_at) {
        more = look(follow);
        follow->look_at =
            more ? follow->turn->tick : follow->turn->tick + NF_LOOK_MS;
    }
    more |= tell_some(follow);
    more |= may_publish && publish_some(follow);
    if (follow->turn->tick >= follow->save_at) {
        nf_follow_save(follow);
        follow->save_at = follow->turn->tick + NF_SECONDS(1);
    }
    return more ? follow->turn->tick : follow->look_at;
}
