#include "change/stranger.h"

#include "change/command.h"
#include "change/device.h"
#include "change/link.h"
#include "change/record.h"
#include "store/strangers.h"

enum {
    GO_MAX = 16, /* in one change */
    MIB = 1024 * 1024,
};

static bool
fits(struct nf_change *c, unsigned machines, size_t bytes)
{
    struct nf_strangers now = nf_strangers_count(&c->w->read);
    uint64_t n = (uint64_t) nf_setting_number(c->settings->unknown_nodes);
    uint64_t mib = (uint64_t) nf_setting_number(c->settings->unknown_room);

    return now.n + machines <= n && now.bytes + bytes <= mib * MIB;
}

/* It comes back by itself when it speaks again. */
static void
let_go(struct nf_change *c, nf_mac_t mac)
{
    nf_record_commands_cancelled(c, mac);
    nf_record_device_left(c, mac);
    nf_record_links_left(c, mac);
    if (nf_nodes_delete(c->w, mac)) {
        (void) nf_record_note(c, NF_EVENT_NODE_DELETED, mac,
                              "it was not named by anybody, and there are too "
                              "many such machines");
    }
}

bool
nf_strangers_make_room(struct nf_change *c, nf_mac_t mac, unsigned machines,
                       size_t bytes)
{
    nf_mac_t oldest;

    for (unsigned i = 0; i < GO_MAX && !fits(c, machines, bytes); i++) {
        if (!nf_strangers_oldest(&c->w->read, mac, &oldest)) {
            break;
        }
        let_go(c, oldest);
    }
    return fits(c, machines, bytes);
}
