#include "tell.h"

#include "base/log.h"
#include "model/settings.h"
#include "store/nodes.h"
#include "store/progress.h"

/* The name that people call it by. */
static void
find_name(struct nf_read *r, nf_mac_t mac, char name[static 64])
{
    struct nf_node_view view;

    if (nf_nodes_get_owner(r, mac, &view) && view.node.serial[0] != '\0') {
        memcpy(name, view.node.serial, sizeof(view.node.serial));
    } else {
        nf_mac_format_divided(mac, ':', name);
    }
}

/* The event's number is that of what was kept of it. */
static void
tell_progress(struct nf_read *r, const struct nf_settings *settings,
              const struct nf_event *event, const char *name)
{
    struct nf_node_view view;
    struct nf_progress progress;

    if (nf_nodes_get_owner(r, event->mac, &view)
        && nf_progress_next_of(r, view.node.mac, event->seq - 1, &progress)
        && progress.seq == event->seq)
    {
        nf_log(NF_LOG_INFO, "[%s] Progress update from %s: %s (%u%%)",
               settings->idc, name, progress.step, progress.percent);
    }
}

void
nf_tell_start(const struct nf_settings *settings)
{
    const char *idc = settings->idc;

    nf_log(NF_LOG_INFO, "[%s] Watching for server additions in /os/%s/servers/",
           idc, idc);
    nf_log(NF_LOG_INFO, "[%s] Watching for task changes in /os/%s/machines/",
           idc, idc);
}

void
nf_tell(struct nf_read *r, const struct nf_settings *settings,
        const struct nf_event *event)
{
    char name[64], mac[NF_MAC_COLONS];

    switch (event->kind) {
    case NF_EVENT_HARDWARE:
        find_name(r, event->mac, name);
        nf_mac_format_divided(event->mac, ':', mac);
        nf_log(NF_LOG_INFO, "[%s] Received hardware report from %s (MAC: %s)",
               settings->idc, name, mac);
        break;
    case NF_EVENT_REPORT_UNMATCHED:
        nf_mac_format_divided(event->mac, ':', mac);
        nf_log(NF_LOG_INFO, "[%s] Hardware report unmatched (stored): %s",
               settings->idc, mac);
        break;
    case NF_EVENT_TASK_PROGRESS:
        find_name(r, event->mac, name);
        tell_progress(r, settings, event, name);
        break;
    default:
        break;
    }
}
