#include "port/operation.h"

#include "model/member.h"

static void
put_ports(const struct nf_switch_told *told, struct nf_out *out)
{
    nf_out_puts(out, ",\"ports\":[");
    for (size_t i = 0; i < told->ports_n; i++) {
        nf_out_puts(out, i == 0 ? "" : ",");
        nf_port_json(&told->ports[i], out);
    }
    nf_out_putc(out, ']');
}

static void
put_macs(const struct nf_switch_told *told, struct nf_out *out)
{
    nf_out_puts(out, ",\"found\":[");
    for (size_t i = 0; i < told->macs_n; i++) {
        char mac[NF_MAC_COLONS];
        nf_mac_format_divided(told->macs[i].mac, ':', mac);
        nf_out_printf(out, "%s{\"mac\":\"%s\"", i == 0 ? "" : ",", mac);
        if (told->macs[i].vlan != 0) {
            nf_out_printf(out, ",\"vlan\":%u", told->macs[i].vlan);
        }
        nf_member_text(out, "port", told->macs[i].port);
        nf_out_putc(out, '}');
    }
    nf_out_putc(out, ']');
}

static void
put_port(const struct nf_switch_operation *operation, struct nf_out *out)
{
    if (operation->goal == NF_SWITCH_SET) {
        nf_out_puts(out, operation->is_changed ? ",\"changed\":true"
                                               : ",\"changed\":false");
    }
    if (operation->is_changed) {
        nf_out_puts(out, ",\"was\":");
        nf_port_json(&operation->was, out);
    }
    if (operation->is.name[0] != '\0') {
        nf_out_puts(out, ",\"port\":");
        nf_port_json(&operation->is, out);
    }
}

static void
put_vlans(const struct nf_switch_told *told, struct nf_out *out)
{
    nf_out_puts(out, ",\"vlans\":\"");
    nf_vlans_print(&told->vlans, out);
    nf_out_putc(out, '"');
}

static void
put_failure(const struct nf_switch_told *told, struct nf_out *out)
{
    nf_member_text(out, "cause", nf_switch_causes[told->cause]);
    nf_member_text(out, "error", nf_switch_cause_text(told->cause));
    nf_member_text(out, "words", told->words);
}

void
nf_switch_operation_json(const struct nf_switch_operation *operation,
                         struct nf_out *out)
{
    const struct nf_switch_told *told = &operation->told;
    bool is_fine = told->cause == NF_SWITCH_FINE;

    nf_out_puts(out, is_fine ? "{\"done\":true" : "{\"done\":false");
    if (!is_fine) {
        put_failure(told, out);
    }
    switch (operation->goal) {
    case NF_SWITCH_PORT:
    case NF_SWITCH_SET:
        put_port(operation, out);
        break;
    case NF_SWITCH_FIND:
        put_macs(told, out);
        break;
    case NF_SWITCH_VLANS:
        put_vlans(told, out);
        break;
    default:
        put_ports(told, out);
        break;
    }
    nf_member_text(out, "pin", told->pin);
    nf_out_putc(out, '}');
}

/* --- of a command ------------------------------------------------------------
 */

/* The port's own members, and ours behind them. */
static bool
put_result(const struct nf_switch_operation *operation,
           const struct nf_port *port, struct nf_out *out)
{
    size_t start = out->len;

    nf_port_json(port, out);
    out->len--; /* its '}' */
    nf_out_printf(out, ",\"changed\":%s",
                  operation->is_changed ? "true" : "false");
    nf_member_text(out, "pin", operation->told.pin);
    nf_out_putc(out, '}');
    if (!out->full) {
        return true;
    }
    out->len = start;
    out->full = false;
    return false;
}

static void
put_port_result(const struct nf_switch_operation *operation, struct nf_out *out)
{
    struct nf_port port = operation->is;

    if (put_result(operation, &port, out)) {
        return;
    }
    port.config.tagged = (struct nf_vlans){{0}};
    if (put_result(operation, &port, out)) {
        return;
    }
    port.neighbor[0] = port.config.description[0] = '\0';
    (void) put_result(operation, &port, out);
}

static void
put_failure_result(const struct nf_switch_told *told, struct nf_out *out)
{
    nf_out_printf(out, "%s: %s", nf_switch_causes[told->cause],
                  nf_switch_cause_text(told->cause));
    if (told->words[0] != '\0') {
        nf_out_printf(out, " (%s)", told->words);
    }
}

void
nf_switch_operation_result(const struct nf_switch_operation *operation,
                           struct nf_out *out)
{
    if (operation->told.cause != NF_SWITCH_FINE) {
        put_failure_result(&operation->told, out);
    } else if (operation->goal == NF_SWITCH_PORTS) {
        nf_out_printf(out, "{\"ports\":%zu", operation->told.ports_n);
        nf_member_text(out, "pin", operation->told.pin);
        nf_out_putc(out, '}');
    } else {
        put_port_result(operation, out);
    }
}
