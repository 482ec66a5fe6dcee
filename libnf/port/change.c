#include "port/change.h"

/* --- what it comes to --------------------------------------------------------
 */

static void
merge(struct nf_switch_operation *operation)
{
    const struct nf_port_config *from = &operation->set;
    struct nf_port_config *to = &operation->wanted;
    uint32_t sets = operation->sets;

    *to = operation->was.config;
    to->mode = sets & NF_SWITCH_SETS_MODE ? from->mode : to->mode;
    to->vlan = sets & NF_SWITCH_SETS_VLAN ? from->vlan : to->vlan;
    to->tagged = sets & NF_SWITCH_SETS_MODE ? from->tagged : to->tagged;
    nf_vlans_remove(&to->tagged, to->vlan); /* it is the untagged one */
    to->admin = sets & NF_SWITCH_SETS_ADMIN ? from->admin : to->admin;
    if (sets & NF_SWITCH_SETS_DESCRIPTION) {
        memcpy(to->description, from->description, sizeof(to->description));
    }
}

/* Whether this may be the machine's port: it has learnt nothing, or an address
 * of the machine. */
static bool
is_of_machine(const struct nf_switch_operation *operation,
              const struct nf_switch_told *told,
              const struct nf_port_mac **other)
{
    *other = NULL;
    for (size_t i = 0; i < told->macs_n; i++) {
        const struct nf_port_mac *learnt = &told->macs[i];
        if (!nf_port_is_named(nf_text(learnt->port),
                              nf_text(operation->was.name))) {
            continue;
        }
        *other = learnt;
        for (uint8_t j = 0; j < operation->machine_n; j++) {
            if (nf_mac_equal(learnt->mac, operation->machine[j])) {
                return true;
            }
        }
    }
    return *other == NULL || operation->machine_n == 0;
}

/* What stands against it, whatever is wanted. */
static enum nf_switch_cause
judge_port(const struct nf_switch_operation *operation,
           const struct nf_switch_told *told, struct nf_out *words)
{
    const struct nf_port *was = &operation->was;
    const char *uplink = nf_port_uplink(was, NF_SWITCH_UPLINK_MACS);
    const struct nf_port_mac *other;
    char mac[NF_MAC_COLONS];

    if (uplink != NULL && !operation->is_forced) {
        nf_out_printf(words, "%s is %s", was->name, uplink);
        return NF_SWITCH_UPLINK;
    }
    if (!is_of_machine(operation, told, &other)) {
        nf_mac_format_divided(other->mac, ':', mac);
        nf_out_printf(words, "%s has learnt %s", was->name, mac);
        return NF_SWITCH_OTHER_MACHINE;
    }
    return NF_SWITCH_FINE;
}

static bool
is_unexpected(const struct nf_switch_operation *operation)
{
    const struct nf_port_config *is = &operation->was.config;

    return operation->has_expected
           && !nf_port_config_equal(is, &operation->expected)
           && !nf_port_config_equal(is, &operation->wanted);
}

enum nf_switch_cause
nf_port_change_judge(struct nf_switch_operation *operation,
                     const struct nf_switch_told *told, struct nf_out *words)
{
    enum nf_switch_cause cause = operation->is_begun
                                     ? NF_SWITCH_FINE
                                     : judge_port(operation, told, words);

    if (cause != NF_SWITCH_FINE) {
        return cause;
    }
    merge(operation);
    if (is_unexpected(operation)) {
        nf_port_config_difference(&operation->was.config, &operation->expected,
                                  words);
        return NF_SWITCH_CHANGED;
    }
    if (operation->wanted.mode == NF_PORT_OTHER
        && operation->sets & NF_SWITCH_SETS_VLAN)
    {
        nf_out_puts(words, "its mode is neither access nor trunk: set one");
        return NF_SWITCH_REFUSED;
    }
    return NF_SWITCH_FINE;
}

unsigned
nf_port_change_lacks(const struct nf_switch_operation *operation,
                     const struct nf_vlans *vlans)
{
    const struct nf_port_config *was = &operation->was.config;
    const struct nf_port_config *wanted = &operation->wanted;

    if (wanted->vlan != 0 && wanted->vlan != was->vlan
        && !nf_vlans_has(vlans, wanted->vlan))
    {
        return wanted->vlan;
    }
    /* "all" is all that there are. */
    for (unsigned vlan = 1;
         vlan <= NF_VLAN_MAX
         && nf_vlans_count(&wanted->tagged) < NF_VLAN_MAX - 1;
         vlan++)
    {
        if (nf_vlans_has(&wanted->tagged, vlan)
            && !nf_vlans_has(&was->tagged, vlan) && !nf_vlans_has(vlans, vlan))
        {
            return vlan;
        }
    }
    return 0;
}
