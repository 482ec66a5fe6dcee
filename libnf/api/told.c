/*
 * Answers that somebody must hear of: one line of the log each, with what the
 * client is not told and without what nobody may read there.
 */
#include "api/api.h"
#include "render/token.h"

/* Nodes cannot complain: what refuses them to boot is told too. */
static const struct row {
    unsigned from, to;  /* statuses */
    unsigned listeners; /* 0: all, and work that came through none */
} rows[] = {
    {500, 599, 0},
    {400, 498, NF_LISTENER_BOOT | NF_LISTENER_ANSWERS},
    {403, 403, 0},
};

/* Some are refused by an answer that tells them to wait. */
bool
nf_api_is_told(const struct nf_call *call, unsigned status)
{
    if (status < 400) {
        return call->err == NF_FORBIDDEN;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (status >= rows[i].from && status <= rows[i].to
            && (rows[i].listeners == 0
                || (rows[i].listeners & call->listener) != 0))
        {
            return true;
        }
    }
    return false;
}

/* What was refused and why; or of a failure what it is called. */
static void
put_cause(const struct nf_call *call, struct nf_out *out)
{
    const struct nf_fault *fault = &call->fault;

    if (call->err == NF_OK) {
        nf_out_puts(out, "the answer could not be sent");
    } else if (fault->reason[0] == '\0') {
        nf_out_puts(out, nf_error_text(call->err));
    } else {
        nf_out_puts(out, fault->field);
        nf_out_puts(out, fault->field[0] != '\0' ? ": " : "");
        nf_out_puts(out, fault->reason);
    }
}

static void
put_node(const struct nf_call *call, struct nf_out *out)
{
    char text[NF_MAC_TEXT];
    nf_mac_t mac = call->about;

    if (nf_mac_equal(mac, (nf_mac_t){0}) && !nf_mac_parse(call->id, &mac)) {
        return;
    }
    nf_mac_format(mac, text);
    nf_out_printf(out, " mac=%s", text);
}

void
nf_api_tell(const struct nf_call *call, unsigned status, uint64_t withheld,
            char line[static NF_TOLD_MAX])
{
    const struct nf_route *route = call->route;
    struct nf_out out = nf_out(line, NF_TOLD_MAX - 1);
    char ip[NF_IP4_TEXT];

    nf_out_printf(&out, "answered %u: ", status);
    put_cause(call, &out);
    nf_out_printf(&out, ", code=%s method=%s route=%s",
                  nf_error_name(call->err), nf_method_name(call->method),
                  route != NULL ? route->path : "none");
    put_node(call, &out);
    if (nf_ip4_is_set(call->peer)) {
        nf_ip4_format(call->peer, ip);
        nf_out_printf(&out, " client=%s", ip);
    }
    if (withheld > 0) {
        nf_out_printf(&out, " (%llu others were not logged)",
                      (unsigned long long) withheld);
    }
    line[out.len] = '\0';
    nf_token_mask(line, out.len);
}
