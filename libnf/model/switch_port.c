#include "model/switch_port.h"

#include "model/member.h"

const char *const nf_link_ways[NF_LINK_WAY_COUNT + 1] = {
#define X(way, word) [way] = (word),
    NF_LINK_WAYS(X)
#undef X
};

void
nf_switch_seen_json(const struct nf_switch_seen *seen, struct nf_out *out)
{
    nf_out_printf(out, "{\"ports\":%u", seen->ports);
    nf_member_time(out, "asked_at", seen->asked_at);
    nf_member_time(out, "scanned_at", seen->scanned_at);
    nf_member_time(out, "failed_at", seen->failed_at);
    nf_member_text(out, "error", seen->error);
    nf_member_text(out, "worker", seen->worker);
    nf_member_time(out, "held_until", seen->held_until);
    nf_out_putc(out, '}');
}

static void
put_node(nf_mac_t node, struct nf_out *out)
{
    char mac[NF_MAC_TEXT];

    nf_mac_format(node, mac);
    nf_out_printf(out, "{\"node\":\"%s\"", mac);
}

static void
put_end(uint64_t revision, struct nf_out *out)
{
    nf_out_puts(out, ",\"revision\":");
    nf_out_number(out, (int64_t) revision);
    nf_out_putc(out, '}');
}

void
nf_port_link_json(const struct nf_port_link *link, struct nf_out *out)
{
    put_node(link->node, out);
    nf_member_text(out, "switch", link->device);
    nf_member_text(out, "port", link->port);
    nf_member_text(out, "by", nf_link_ways[link->by]);
    nf_member_time(out, "created_at", link->created_at);
    put_end(link->revision, out);
}

/* In the order of enum nf_port_mode and enum nf_port_state. */
static const char *const modes[] = {"other", "access", "trunk"};
static const char *const states[] = {"unknown", "down", "up"};

void
nf_port_kept_json(const struct nf_port_kept *kept, struct nf_out *out)
{
    put_node(kept->node, out);
    nf_member_text(out, "switch", kept->device);
    nf_member_text(out, "port", kept->port);
    nf_out_puts(out, kept->is_open ? ",\"open\":true" : ",\"open\":false");
    nf_out_printf(out, ",\"task\":%llu", (unsigned long long) kept->task);
    nf_member_text(out, "mode", modes[kept->mode % 3]);
    nf_out_printf(out, ",\"vlan\":%u", kept->vlan);
    nf_member_text(out, "tagged", kept->tagged);
    nf_member_text(out, "admin", states[kept->admin % 3]);
    nf_member_text(out, "description", kept->description);
    nf_member_time(out, "kept_at", kept->kept_at);
    put_end(kept->revision, out);
}
