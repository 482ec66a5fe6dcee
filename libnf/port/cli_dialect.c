#include "port/cli.h"

const struct nf_cli_dialect *
nf_cli_dialect_find(const char *name)
{
    static const struct nf_cli_dialect *const dialects[] = {
        &nf_cli_ios, &nf_cli_nxos, &nf_cli_vrp, &nf_cli_comware};

    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
        if (strcmp(dialects[i]->name, name) == 0) {
            return dialects[i];
        }
    }
    return NULL;
}

void
nf_cli_mac(nf_mac_t mac, char mark, char text[static NF_MAC_COLONS])
{
    char digits[NF_MAC_TEXT];
    size_t n = 0;

    nf_mac_format(mac, digits);
    for (size_t i = 0; i < 12; i++) {
        if (i == 4 || i == 8) {
            text[n++] = mark;
        }
        text[n++] = digits[i];
    }
    text[n] = '\0';
}

void
nf_cli_command(const char *command, const char *argument, struct nf_out *out)
{
    for (; *command != '\0'; command++) {
        if (*command == '$') {
            nf_out_puts(out, argument);
        } else {
            nf_out_putc(out, *command);
        }
    }
}
