#include "port/cli_config.h"

enum {
    RANGES_CISCO = 20, /* so that a line has less than 255 letters */
    RANGES = 10,       /* as many as VRP and Comware take */
};

static bool
is_empty(const struct nf_vlans *vlans)
{
    return nf_vlans_count(vlans) == 0;
}

/* A trunk has some native VLAN: that which is to be tagged can't be it. */
static unsigned
native_of(const struct nf_port_config *is, const struct nf_port_config *wanted)
{
    bool is_in_the_way = wanted->vlan == 0 && is->mode == NF_PORT_TRUNK
                         && nf_vlans_has(&wanted->tagged, is->vlan)
                         && !nf_vlans_has(&wanted->tagged, 1);

    return is_in_the_way ? 1 : wanted->vlan;
}

/* --- Cisco -------------------------------------------------------------------
 */

static void
put_lists(const char *words, const struct nf_vlans *vlans, unsigned from,
          struct nf_out *out)
{
    while (from != 0 && !is_empty(vlans)) {
        nf_out_puts(out, words);
        from = nf_cli_put_vlans(vlans, from, RANGES_CISCO, "-", ",", out);
        nf_out_putc(out, '\n');
    }
}

/* All anew, where nobody knows what a trunk had before. */
static void
put_allowed(const struct nf_vlans *vlans, struct nf_out *out)
{
    unsigned next;

    nf_out_puts(out, "switchport trunk allowed vlan ");
    if (is_empty(vlans) || nf_vlans_count(vlans) == NF_VLAN_MAX) {
        nf_out_puts(out, is_empty(vlans) ? "none\n" : "all\n");
        return;
    }
    next = nf_cli_put_vlans(vlans, 1, RANGES_CISCO, "-", ",", out);
    nf_out_putc(out, '\n');
    put_lists("switchport trunk allowed vlan add ", vlans, next, out);
}

static void
put_trunk(const struct nf_port_config *is, const struct nf_port_config *wanted,
          struct nf_out *out)
{
    struct nf_vlans now = nf_cli_allowed(is), then = nf_cli_allowed(wanted);
    struct nf_vlans more = nf_cli_without(&then, &now);
    struct nf_vlans less = nf_cli_without(&now, &then);
    bool is_new = is->mode != NF_PORT_TRUNK;
    unsigned native = native_of(is, wanted);

    if (native != 0 && (is_new || is->vlan != native)) {
        nf_out_printf(out, "switchport trunk native vlan %u\n", native);
    }
    if (is_new) {
        put_allowed(&then, out);
        nf_out_puts(out, "?switchport trunk encapsulation dot1q\n");
    } else {
        put_lists("switchport trunk allowed vlan remove ", &less, 1, out);
        put_lists("switchport trunk allowed vlan add ", &more, 1, out);
    }
}

/* Its VLANs first, so that it is never in others than before or after. */
void
nf_cli_change_switchport(const struct nf_port_config *is,
                         const struct nf_port_config *wanted,
                         struct nf_out *out)
{
    static const char *const modes[] = {
        [NF_PORT_OTHER] = "no switchport mode",
        [NF_PORT_ACCESS] = "switchport mode access",
        [NF_PORT_TRUNK] = "switchport mode trunk",
    };
    bool was_routed = is->mode == NF_PORT_OTHER && is->vlan == 0;
    bool is_routed = wanted->mode == NF_PORT_OTHER && wanted->vlan == 0;

    if (was_routed != is_routed) {
        nf_out_puts(out, is_routed ? "no switchport\n" : "switchport\n");
    }
    if (wanted->mode == NF_PORT_TRUNK) {
        put_trunk(is, wanted, out);
    } else if (!is_routed
               && (is->mode != wanted->mode || is->vlan != wanted->vlan)) {
        nf_out_printf(out, "switchport access vlan %u\n", wanted->vlan);
    }
    if (is->mode != wanted->mode && !is_routed) {
        nf_out_printf(out, "%s\n", modes[wanted->mode]);
    }
    nf_cli_change_rest(is, wanted, "no", out);
}

/* --- Huawei, H3C -------------------------------------------------------------
 */

static void
put_port_lists(const char *undo, const char *words,
               const struct nf_vlans *vlans, struct nf_out *out)
{
    unsigned from = is_empty(vlans) ? 0 : 1;

    while (from != 0) {
        nf_out_printf(out, "%s%s ", undo, words);
        from = nf_cli_put_vlans(vlans, from, RANGES, " to ", " ", out);
        nf_out_putc(out, '\n');
    }
}

static struct nf_vlans
vlan_one(void)
{
    struct nf_vlans vlans = {{0}};

    nf_vlans_add(&vlans, 1, 1);
    return vlans;
}

static void
reset(const struct nf_port_config *is, const struct nf_cli_words *words,
      struct nf_out *out)
{
    struct nf_vlans one = vlan_one(), allowed = nf_cli_allowed(is);
    struct nf_vlans more = nf_cli_without(&allowed, &one);

    if (is->mode == NF_PORT_TRUNK) {
        nf_out_puts(out, is->vlan > 1 ? "?undo port trunk pvid vlan\n" : "");
        put_port_lists("?undo ", words->allow, &more, out);
        if (!nf_vlans_has(&allowed, 1)) {
            nf_out_printf(out, "?%s 1\n", words->allow);
        }
    } else if (is->mode == NF_PORT_ACCESS && is->vlan != 1) {
        nf_out_printf(out, "?undo %s\n", words->access);
    }
}

static void
put_port_trunk(const struct nf_port_config *is,
               const struct nf_port_config *wanted,
               const struct nf_cli_words *words, struct nf_out *out)
{
    bool is_new = is->mode != NF_PORT_TRUNK;
    struct nf_vlans then = nf_cli_allowed(wanted);
    struct nf_vlans now = is_new ? vlan_one() : nf_cli_allowed(is);
    struct nf_vlans more = nf_cli_without(&then, &now);
    struct nf_vlans less = nf_cli_without(&now, &then);
    unsigned native = native_of(is, wanted);

    put_port_lists("", words->allow, &more, out);
    if (native != 0 && native != (is_new ? 1 : is->vlan)) {
        nf_out_printf(out, "port trunk pvid vlan %u\n", native);
    }
    put_port_lists("undo ", words->allow, &less, out);
}

void
nf_cli_change_port(const struct nf_port_config *is,
                   const struct nf_port_config *wanted,
                   const struct nf_cli_words *words, struct nf_out *out)
{
    static const char *const types[] = {
        [NF_PORT_OTHER] = "undo port link-type",
        [NF_PORT_ACCESS] = "port link-type access",
        [NF_PORT_TRUNK] = "port link-type trunk",
    };
    bool is_new = is->mode != wanted->mode;

    if (is_new) {
        if (words->is_reset) {
            reset(is, words, out);
        }
        nf_out_printf(out, "%s\n", types[wanted->mode]);
    }
    if (wanted->mode == NF_PORT_TRUNK) {
        put_port_trunk(is, wanted, words, out);
    } else if (wanted->mode == NF_PORT_ACCESS
               && (is_new || is->vlan != wanted->vlan))
    {
        nf_out_printf(out, "%s %u\n", words->access, wanted->vlan);
    }
    nf_cli_change_rest(is, wanted, "undo", out);
}
