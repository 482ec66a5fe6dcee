#include "port/port.h"

#include <ctype.h>
#include <strings.h>

#include "model/member.h"

const char *const nf_port_modes[NF_PORT_MODE_COUNT + 1] = {
#define X(name, word) [name] = (word),
    NF_PORT_MODES(X)
#undef X
};

const char *const nf_port_states[NF_PORT_STATE_COUNT + 1] = {
#define X(name, word) [name] = (word),
    NF_PORT_STATES(X)
#undef X
};

/* --- names -------------------------------------------------------------------
 */

struct name {
    struct nf_text letters, rest;
};

/* "GigabitEthernet 1/0/1" is letters and what begins with the first digit. */
static struct name
split(struct nf_text text)
{
    size_t n = 0, digits;

    while (n < text.len
           && (isalpha((unsigned char) text.data[n]) || text.data[n] == '-'))
    {
        n++;
    }
    digits = n;
    while (digits < text.len && text.data[digits] == ' ') {
        digits++;
    }
    return (struct name){{text.data, n},
                         {text.data + digits, text.len - digits}};
}

/* clang-format off */
/* As switches shorten them.  Not by their first letters, for "Tw" is one and
 * "Twe" another. */
static const struct {
    const char *brief, *whole;
} short_names[] = {
    {"Fa",   "FastEthernet"},          {"Gi",   "GigabitEthernet"},
    {"Gig",  "GigabitEthernet"},       {"GE",   "GigabitEthernet"},
    {"Tw",   "TwoGigabitEthernet"},    {"Fi",   "FiveGigabitEthernet"},
    {"Te",   "TenGigabitEthernet"},    {"Ten",  "TenGigabitEthernet"},
    {"XGE",  "XGigabitEthernet"},      {"XGE",  "Ten-GigabitEthernet"},
    {"Twe",  "TwentyFiveGigE"},        {"WGE",  "Twenty-FiveGigE"},
    {"Fo",   "FortyGigabitEthernet"},  {"FGE",  "FortyGigE"},
    {"Fif",  "FiftyGigE"},             {"Hu",   "HundredGigE"},
    {"HGE",  "HundredGigE"},           {"Fou",  "FourHundredGigE"},
    {"Et",   "Ethernet"},              {"Eth",  "Ethernet"},
    {"Po",   "Port-channel"},          {"BAGG", "Bridge-Aggregation"},
    {"Ma",   "Management"},            {"Vl",   "Vlan"},
};
/* clang-format on */

static bool
is_word(struct nf_text text, const char *word)
{
    return text.len == strlen(word)
           && strncasecmp(text.data, word, text.len) == 0;
}

static bool
is_short_for(struct nf_text brief, struct nf_text whole)
{
    for (size_t i = 0; i < sizeof(short_names) / sizeof(short_names[0]); i++) {
        if (is_word(brief, short_names[i].brief)
            && is_word(whole, short_names[i].whole))
        {
            return true;
        }
    }
    return brief.len == whole.len
           && strncasecmp(brief.data, whole.data, brief.len) == 0;
}

bool
nf_port_is_named(struct nf_text a, struct nf_text b)
{
    struct name x = split(a), y = split(b);

    return nf_text_equal(x.rest, y.rest)
           && (is_short_for(x.letters, y.letters)
               || is_short_for(y.letters, x.letters));
}

/* --- what is set by hand -----------------------------------------------------
 */

bool
nf_port_config_equal(const struct nf_port_config *a,
                     const struct nf_port_config *b)
{
    char words[8];
    struct nf_out out = nf_out(words, sizeof(words));

    nf_port_config_difference(a, b, &out);
    return out.len == 0 && !out.full;
}

/* "; " stands before all but the first. */
static void
begin(struct nf_out *out, size_t start)
{
    nf_out_puts(out, out->len > start ? "; " : "");
}

static void
put_word(struct nf_out *out, size_t start, const char *what, const char *is,
         const char *was)
{
    if (strcmp(is, was) != 0) {
        begin(out, start);
        nf_out_printf(out, "%s is %s, not %s", what, is, was);
    }
}

static void
put_tagged(struct nf_out *out, size_t start, const struct nf_vlans *is,
           const struct nf_vlans *was)
{
    if (!nf_vlans_equal(is, was)) {
        begin(out, start);
        nf_out_puts(out, "tagged VLANs are ");
        nf_vlans_print(is, out);
        nf_out_puts(out, ", not ");
        nf_vlans_print(was, out);
    }
}

void
nf_port_config_difference(const struct nf_port_config *is,
                          const struct nf_port_config *was, struct nf_out *out)
{
    size_t start = out->len;

    put_word(out, start, "mode", nf_port_modes[is->mode],
             nf_port_modes[was->mode]);
    if (is->vlan != was->vlan) {
        begin(out, start);
        nf_out_printf(out, "VLAN is %u, not %u", is->vlan, was->vlan);
    }
    put_tagged(out, start, &is->tagged, &was->tagged);
    put_word(out, start, "it", nf_port_states[is->admin],
             nf_port_states[was->admin]);
    if (strcmp(is->description, was->description) != 0) {
        begin(out, start);
        nf_out_puts(out, "description is ");
        nf_out_json(out, nf_text(is->description));
        nf_out_puts(out, ", not ");
        nf_out_json(out, nf_text(was->description));
    }
}

static void
put_config(const struct nf_port_config *config, struct nf_out *out)
{
    nf_member_text(out, "mode", nf_port_modes[config->mode]);
    if (config->vlan != 0) {
        nf_out_printf(out, ",\"vlan\":%u", config->vlan);
    }
    if (nf_vlans_count(&config->tagged) > 0) {
        nf_out_puts(out, ",\"tagged\":\"");
        nf_vlans_print(&config->tagged, out);
        nf_out_putc(out, '"');
    }
    nf_member_text(out, "admin", nf_port_states[config->admin]);
    nf_member_text(out, "description", config->description);
}

void
nf_port_json(const struct nf_port *port, struct nf_out *out)
{
    nf_out_puts(out, "{\"name\":");
    nf_out_json(out, nf_text(port->name));
    put_config(&port->config, out);
    nf_member_text(out, "link", nf_port_states[port->link]);
    nf_member_text(out, "forwards", nf_port_states[port->forwards]);
    if (port->mbps != 0) {
        nf_out_printf(out, ",\"mbps\":%u", port->mbps);
    }
    nf_member_text(out, "lag", port->lag);
    nf_out_printf(out, ",\"macs\":%u", port->macs);
    nf_member_text(out, "neighbor", port->neighbor);
    nf_out_puts(out, port->is_bridge_behind ? ",\"bridge\":true}" : "}");
}
