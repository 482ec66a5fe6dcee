/*
 * Answers of switches by eAPI, any bytes.  The first chooses what was asked,
 * the second the HTTP status; what comes out must end, print, and be within its
 * bounds.
 */
#include <stdlib.h>

#include "must.h"
#include "port/eapi.h"

enum {
    ANSWERS = 8, /* to one ask: each leaves a command out, or is the last */
};

static void
check_port(const struct nf_port *port)
{
    static char text[32768];
    struct nf_out out = nf_out(text, sizeof(text));

    must(nf_text_is_ended(port->name, sizeof(port->name)));
    must(port->name[0] != '\0' && nf_text_is_printable(nf_text(port->name)));
    must(nf_text_is_printable(nf_text(port->lag)));
    must(nf_text_is_printable(nf_text(port->neighbor)));
    must(nf_text_is_printable(nf_text(port->config.description)));
    must(port->config.vlan <= NF_VLAN_MAX);
    must(!nf_vlans_has(&port->config.tagged, 0));
    nf_port_json(port, &out);
    must(!out.full);
}

static void
check(const struct nf_switch_told *told)
{
    must(nf_text_is_printable(nf_text(told->words)));
    must(strstr(told->words, "passw0rd") == NULL);
    must(told->ports_n <= NF_PORTS_MAX && told->macs_n <= NF_CLI_MACS_MAX);
    for (size_t i = 0; i < told->ports_n; i++) {
        check_port(&told->ports[i]);
    }
    for (size_t i = 0; i < told->macs_n; i++) {
        must(nf_text_is_printable(nf_text(told->macs[i].port)));
        must(told->macs[i].vlan <= NF_VLAN_MAX);
    }
}

static struct nf_eapi *
new_eapi(void)
{
    struct nf_eapi *eapi = calloc(1, sizeof(*eapi));

    eapi->password = "passw0rd";
    eapi->facts.ports = calloc(NF_PORTS_MAX, sizeof(*eapi->facts.ports));
    eapi->facts.macs = calloc(NF_CLI_MACS_MAX, sizeof(*eapi->facts.macs));
    return eapi;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned statuses[] = {200, 200, 200, 401, 404, 503, 0};
    static const struct nf_port_config config = {.mode = NF_PORT_ACCESS};
    static struct nf_eapi *eapi;
    static char body[NF_EAPI_BODY_MAX];
    struct nf_switch_told told;
    int n = 0;

    if (size < 2) {
        return 0;
    }
    eapi = eapi == NULL ? new_eapi() : eapi;
    struct nf_switch_ask ask = {.verb = data[0] % NF_SWITCH_VERB_COUNT,
                                .port = "Ethernet1",
                                .mac = {{0x52, 0x54, 0, 0x12, 0x34, 0x56}},
                                .is = &config,
                                .wanted = &config};
    char *text = malloc(size); /* of its size, so that its end shows */
    memcpy(text, data + 2, size - 2);
    must(nf_eapi_begin(eapi, &ask) == NF_SWITCH_FINE);
    do {
        struct nf_out out = nf_out(body, sizeof(body));
        nf_eapi_request(eapi, &out);
        must(!out.full && n++ < ANSWERS);
    } while (nf_eapi_reply(eapi, statuses[data[1] % 7],
                           (struct nf_text){text, size - 2}, &told));
    check(&told);
    free(text);
    return 0;
}
