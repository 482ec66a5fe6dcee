#ifndef NF_PORT_CLI_CONFIG_H
#define NF_PORT_CLI_CONFIG_H

/*
 * What stands under "interface ..." in a running configuration, and how a
 * change of it is told: for the dialects.
 */

#include "port/cli.h"

/* An interface while its lines are read. */
struct nf_cli_section {
    struct nf_port *port; /* NULL: one that is left out */
    enum nf_port_mode mode;
    bool has_mode, is_routed;
    unsigned access, native;
    struct nf_vlans allowed;
    enum nf_port_state admin;
};

/* A line, by how it begins. */
struct nf_cli_rule {
    const char *words;
    void (*take)(struct nf_cli_section *section, struct nf_text rest);
};

struct nf_cli_defaults {
    enum nf_port_mode mode; /* of a port that does not say */
    bool allows_all;        /* a trunk's VLANs, else VLAN 1 */
    bool shows_vlans;       /* its list of interfaces: one without is routed */
};

/* rules end with NULL words. */
void nf_cli_read_config(struct nf_text screen, struct nf_cli_facts *facts,
                        const struct nf_cli_rule *rules,
                        struct nf_cli_defaults defaults);

/* Rules that all have. */
void nf_cli_take_access(struct nf_cli_section *section, struct nf_text rest);
void nf_cli_take_trunk(struct nf_cli_section *section, struct nf_text rest);
void nf_cli_take_other(struct nf_cli_section *section, struct nf_text rest);
void nf_cli_take_routed(struct nf_cli_section *section, struct nf_text rest);
void nf_cli_take_access_vlan(struct nf_cli_section *section,
                             struct nf_text rest);
void nf_cli_take_native(struct nf_cli_section *section, struct nf_text rest);
void nf_cli_take_description(struct nf_cli_section *section,
                             struct nf_text rest);
void nf_cli_take_down(struct nf_cli_section *section, struct nf_text rest);
void nf_cli_take_up(struct nf_cli_section *section, struct nf_text rest);

/* "1 to 5 10", "1-5,10", "all", "none", into *vlans; false: it is none. */
bool nf_cli_vlans(struct nf_text text, struct nf_vlans *vlans);

/* Ranges from VLAN `from` on, `max` at most: "1-5,10" with "-" and ",", "1 to 5
 * 10" with " to " and " ".  Returns the VLAN to go on with, 0: none is left. */
unsigned nf_cli_put_vlans(const struct nf_vlans *vlans, unsigned from,
                          unsigned max, const char *to, const char *comma,
                          struct nf_out *out);

/* a without b. */
struct nf_vlans nf_cli_without(const struct nf_vlans *a,
                               const struct nf_vlans *b);

/* What a trunk lets through, its native VLAN too. */
struct nf_vlans nf_cli_allowed(const struct nf_port_config *config);

/* "description ..." and "shutdown", each with its opposite. */
void nf_cli_change_rest(const struct nf_port_config *is,
                        const struct nf_port_config *wanted, const char *undo,
                        struct nf_out *out);

/* Changes of IOS and NX-OS, and of VRP and Comware, whose words differ a
 * little. */
struct nf_cli_words {
    const char *access, *allow; /* "port default vlan", "port access vlan" */
    bool is_reset; /* what was set must be undone before its type changes */
};
void nf_cli_change_switchport(const struct nf_port_config *is,
                              const struct nf_port_config *wanted,
                              struct nf_out *out);
void nf_cli_change_port(const struct nf_port_config *is,
                        const struct nf_port_config *wanted,
                        const struct nf_cli_words *words, struct nf_out *out);

#endif
