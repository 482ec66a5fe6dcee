#include "port/cli_config.h"

static unsigned
number_of(struct nf_text rest)
{
    uint64_t vlan;

    return nf_text_number(nf_cli_word(&rest), NF_VLAN_MAX, &vlan)
               ? (unsigned) vlan
               : 0;
}

bool
nf_cli_vlans(struct nf_text text, struct nf_vlans *vlans)
{
    struct nf_vlans read = {{0}};
    struct nf_text word;

    while ((word = nf_cli_word(&text)).len > 0) {
        struct nf_vlans one;
        struct nf_text ahead = text, to = nf_cli_word(&ahead);
        if (word.data[word.len - 1] == ',') {
            word.len--;
        }
        if (!nf_vlans_parse(word, &one)) {
            return false;
        }
        if (nf_text_equal(to, NF_TEXT("to"))) {
            nf_vlans_add(&read, number_of(word), number_of(ahead));
            (void) nf_cli_word(&ahead);
            text = ahead;
        }
        for (size_t i = 0; i < 64; i++) {
            read.bits[i] |= one.bits[i];
        }
    }
    *vlans = read;
    return true;
}

void
nf_cli_take_access(struct nf_cli_section *section, struct nf_text rest)
{
    (void) rest;
    section->mode = NF_PORT_ACCESS;
    section->has_mode = true;
}

void
nf_cli_take_trunk(struct nf_cli_section *section, struct nf_text rest)
{
    (void) rest;
    section->mode = NF_PORT_TRUNK;
    section->has_mode = true;
}

void
nf_cli_take_other(struct nf_cli_section *section, struct nf_text rest)
{
    (void) rest;
    section->mode = NF_PORT_OTHER;
    section->has_mode = true;
}

void
nf_cli_take_routed(struct nf_cli_section *section, struct nf_text rest)
{
    nf_cli_take_other(section, rest);
    section->is_routed = true;
}

void
nf_cli_take_access_vlan(struct nf_cli_section *section, struct nf_text rest)
{
    unsigned vlan = number_of(rest);

    section->access = vlan != 0 ? vlan : section->access;
}

void
nf_cli_take_native(struct nf_cli_section *section, struct nf_text rest)
{
    unsigned vlan = number_of(rest);

    section->native = vlan != 0 ? vlan : section->native;
}

void
nf_cli_take_description(struct nf_cli_section *section, struct nf_text rest)
{
    nf_text_copy_words(section->port->config.description,
                       sizeof(section->port->config.description), rest);
}

void
nf_cli_take_down(struct nf_cli_section *section, struct nf_text rest)
{
    section->admin = rest.len == 0 ? NF_PORT_DOWN : section->admin;
}

void
nf_cli_take_up(struct nf_cli_section *section, struct nf_text rest)
{
    (void) rest;
    section->admin = NF_PORT_UP;
}

/* A list that was read before shows a VLAN of each port that is switched. */
static bool
is_routed(const struct nf_cli_section *section)
{
    const struct nf_port *port = section->port;

    return section->is_routed
           || (!section->has_mode && port->link != NF_PORT_UNTOLD
               && port->config.vlan == 0 && port->config.mode != NF_PORT_TRUNK);
}

static void
end(struct nf_cli_section *section, struct nf_cli_defaults defaults)
{
    struct nf_port_config *config =
        section->port == NULL ? NULL : &section->port->config;

    if (config == NULL) {
        return;
    }
    bool is_other =
        defaults.shows_vlans ? is_routed(section) : section->is_routed;
    config->mode = section->has_mode ? section->mode
                   : is_other        ? NF_PORT_OTHER
                                     : defaults.mode;
    config->tagged = (struct nf_vlans){{0}};
    config->vlan = is_other ? 0 : section->access;
    if (config->mode == NF_PORT_TRUNK) {
        /* One that is not let through is none. */
        config->vlan = nf_vlans_has(&section->allowed, section->native)
                           ? section->native
                           : 0;
        config->tagged = section->allowed;
        nf_vlans_remove(&config->tagged, section->native);
    }
    if (section->admin != NF_PORT_UNTOLD) {
        config->admin = section->admin;
    } else if (config->admin == NF_PORT_UNTOLD) {
        config->admin = NF_PORT_UP;
    }
    section->port = NULL;
}

static void
begin(struct nf_cli_section *section, struct nf_cli_facts *facts,
      struct nf_text name, struct nf_cli_defaults defaults)
{
    *section = (struct nf_cli_section){
        .port = nf_cli_port(facts, name), .access = 1, .native = 1};
    nf_vlans_add(&section->allowed, 1, defaults.allows_all ? NF_VLAN_MAX : 1);
    if (section->port != NULL) {
        section->port->config.description[0] = '\0';
    }
}

static void
take_line(struct nf_cli_section *section, struct nf_text line,
          const struct nf_cli_rule *rules)
{
    for (; rules->words != NULL; rules++) {
        size_t n = strlen(rules->words);
        struct nf_text rest = line;
        if (!nf_text_starts(line, nf_text(rules->words))
            || (line.len > n && line.data[n] != ' '))
        {
            continue;
        }
        rest.data += n;
        rest.len -= n;
        while (rest.len > 0 && rest.data[0] == ' ') {
            rest.data++;
            rest.len--;
        }
        rules->take(section, rest);
        return;
    }
}

/* A section's lines are indented, as far as the switch indents at all. */
void
nf_cli_read_config(struct nf_text screen, struct nf_cli_facts *facts,
                   const struct nf_cli_rule *rules,
                   struct nf_cli_defaults defaults)
{
    struct nf_cli_section section = {0};
    struct nf_text line;

    while (nf_cli_line(&screen, &line)) {
        struct nf_text rest = line, word = nf_cli_word(&rest);
        if (nf_text_equal(word, NF_TEXT("interface")) && line.data[0] != ' ') {
            end(&section, defaults);
            while (rest.len > 0 && rest.data[0] == ' ') {
                rest.data++;
                rest.len--;
            }
            begin(&section, facts, rest, defaults);
        } else if (section.port != NULL && word.len > 0) {
            bool is_end = strchr("!#", word.data[0]) != NULL
                          || nf_text_equal(word, NF_TEXT("end"))
                          || nf_text_equal(word, NF_TEXT("return"));
            if (is_end) {
                end(&section, defaults);
                continue;
            }
            line.data = word.data;
            line.len = (size_t) (rest.data + rest.len - word.data);
            take_line(&section, line, rules);
        }
    }
    end(&section, defaults);
}

/* --- changes -----------------------------------------------------------------
 */

unsigned
nf_cli_put_vlans(const struct nf_vlans *vlans, unsigned from, unsigned max,
                 const char *to, const char *comma, struct nf_out *out)
{
    unsigned n = 0;

    for (unsigned first = from; first <= NF_VLAN_MAX; first++) {
        unsigned last = first;
        if (!nf_vlans_has(vlans, first)) {
            continue;
        }
        if (n++ == max) {
            return first;
        }
        while (last < NF_VLAN_MAX && nf_vlans_has(vlans, last + 1)) {
            last++;
        }
        nf_out_printf(out, "%s%u", n == 1 ? "" : comma, first);
        if (last > first) {
            nf_out_printf(out, "%s%u", to, last);
        }
        first = last;
    }
    return 0;
}

struct nf_vlans
nf_cli_without(const struct nf_vlans *a, const struct nf_vlans *b)
{
    struct nf_vlans vlans = *a;

    for (size_t i = 0; i < 64; i++) {
        vlans.bits[i] &= ~b->bits[i];
    }
    return vlans;
}

struct nf_vlans
nf_cli_allowed(const struct nf_port_config *config)
{
    struct nf_vlans vlans = config->tagged;

    nf_vlans_add(&vlans, config->vlan, config->vlan);
    return vlans;
}

void
nf_cli_change_rest(const struct nf_port_config *is,
                   const struct nf_port_config *wanted, const char *undo,
                   struct nf_out *out)
{
    if (strcmp(is->description, wanted->description) != 0) {
        if (wanted->description[0] == '\0') {
            nf_out_printf(out, "%s description\n", undo);
        } else {
            nf_out_printf(out, "description %s\n", wanted->description);
        }
    }
    if (is->admin != wanted->admin) {
        if (wanted->admin == NF_PORT_UP) {
            nf_out_printf(out, "%s ", undo);
        }
        nf_out_puts(out, "shutdown\n");
    }
}
