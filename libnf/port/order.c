#include "port/order.h"

#include "model/member.h"

static void
put_vlans(const struct nf_vlans *vlans, struct nf_out *out)
{
    nf_out_puts(out, ",\"tagged\":\"");
    nf_vlans_print(vlans, out);
    nf_out_putc(out, '"');
}

static void
put_sets(const struct nf_port_order *order, struct nf_out *out)
{
    const struct nf_port_config *set = &order->set;

    if (order->sets & NF_SWITCH_SETS_MODE) {
        nf_member_text(out, "mode", nf_port_modes[set->mode]);
    }
    if (order->sets & NF_SWITCH_SETS_VLAN) {
        nf_out_printf(out, ",\"vlan\":%u", set->vlan);
    }
    if (order->sets & NF_SWITCH_SETS_TAGGED) {
        put_vlans(&set->tagged, out);
    }
    if (order->sets & NF_SWITCH_SETS_ADMIN) {
        nf_member_text(out, "admin", nf_port_states[set->admin]);
    }
    if (order->sets & NF_SWITCH_SETS_DESCRIPTION) {
        nf_out_puts(out, ",\"description\":");
        nf_out_json(out, nf_text(set->description));
    }
}

static void
put_expected(const struct nf_port_config *expected, struct nf_out *out)
{
    nf_out_printf(out, ",\"expected\":{\"mode\":\"%s\",\"vlan\":%u",
                  nf_port_modes[expected->mode], expected->vlan);
    put_vlans(&expected->tagged, out);
    nf_member_text(out, "admin", nf_port_states[expected->admin]);
    nf_member_text(out, "description", expected->description);
    nf_out_putc(out, '}');
}

static void
put_machine(const struct nf_port_order *order, struct nf_out *out)
{
    char mac[NF_MAC_TEXT];

    nf_out_puts(out, ",\"machine\":[");
    for (size_t i = 0; i < order->machine_n; i++) {
        nf_mac_format(order->machine[i], mac);
        nf_out_printf(out, "%s\"%s\"", i == 0 ? "" : ",", mac);
    }
    nf_out_putc(out, ']');
}

void
nf_port_order_json(const struct nf_port_order *order, struct nf_out *out)
{
    nf_out_puts(out, "{\"port\":");
    nf_out_json(out, nf_text(order->port));
    put_sets(order, out);
    if (order->expected != NULL) {
        put_expected(order->expected, out);
    }
    if (order->machine_n > 0) {
        put_machine(order, out);
    }
    nf_out_puts(out, order->must_forward ? ",\"forward\":true}" : "}");
}

void
nf_port_order_words(const struct nf_port_order *order, struct nf_out *out)
{
    const struct nf_port_config *set = &order->set;

    nf_out_puts(out, nf_port_modes[set->mode]);
    if (set->mode == NF_PORT_ACCESS) {
        nf_out_printf(out, " %u", set->vlan);
        return;
    }
    if (set->vlan != 0) {
        nf_out_printf(out, " native %u", set->vlan);
    }
    nf_out_puts(out, " tagged ");
    nf_vlans_print(&set->tagged, out);
}
