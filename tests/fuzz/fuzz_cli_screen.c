/*
 * Screens of switches, any bytes.  The first says which dialect and screen;
 * what comes out must end, print, and be within its bounds.
 */
#include <stdlib.h>

#include "must.h"
#include "port/cli.h"

static void
check_port(const struct nf_port *port)
{
    must(nf_text_is_ended(port->name, sizeof(port->name)));
    must(port->name[0] != '\0' && nf_text_is_printable(nf_text(port->name)));
    must(nf_text_is_printable(nf_text(port->lag)));
    must(nf_text_is_printable(nf_text(port->neighbor)));
    must(nf_text_is_printable(nf_text(port->config.description)));
    must(port->config.vlan <= NF_VLAN_MAX);
    must(!nf_vlans_has(&port->config.tagged, 0));
}

static void
check(const struct nf_cli_facts *facts)
{
    must(facts->ports_n <= NF_PORTS_MAX && facts->macs_n <= NF_CLI_MACS_MAX);
    for (size_t i = 0; i < facts->ports_n; i++) {
        check_port(&facts->ports[i]);
    }
    for (size_t i = 0; i < facts->macs_n; i++) {
        must(nf_text_is_printable(nf_text(facts->macs[i].port)));
        must(facts->macs[i].vlan <= NF_VLAN_MAX);
    }
}

static void
read_screen(const struct nf_cli_screen *screen, struct nf_text text)
{
    static struct nf_port *ports;
    static struct nf_port_mac *macs;

    if (ports == NULL) {
        ports = calloc(NF_PORTS_MAX, sizeof(*ports));
        macs = calloc(NF_CLI_MACS_MAX, sizeof(*macs));
    }
    struct nf_cli_facts facts = {.ports = ports, .macs = macs};
    screen->read(text, &facts);
    check(&facts);
    facts.port = "Gi1/0/1";
    screen->read(text, &facts);
    check(&facts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct nf_cli_dialect *const dialects[] = {
        &nf_cli_ios, &nf_cli_nxos, &nf_cli_vrp, &nf_cli_comware};
    char name[NF_PORT_NAME] = "";
    struct nf_text words = {"", 0};

    if (size < 1) {
        return 0;
    }
    const struct nf_cli_dialect *dialect = dialects[data[0] % 4];
    const struct nf_cli_screen *screen =
        dialect->screens[data[0] / 4 % NF_SWITCH_SET];
    char *text = malloc(size); /* of its size, so that its end shows */
    memcpy(text, data + 1, size - 1);
    struct nf_text settled = {text, nf_cli_settle(text, size - 1)};
    must(settled.len <= size - 1);
    (void) nf_cli_end_of(settled, name);
    must(nf_text_is_ended(name, sizeof(name)));
    (void) nf_cli_error(settled, &words);
    for (; screen->command != NULL; screen++) {
        read_screen(screen, settled);
    }
    free(text);
    return 0;
}
