#ifndef NF_PORT_CLI_H
#define NF_PORT_CLI_H

/*
 * Switches by their command line: what their screens say, and what they are
 * told.  A dialect is a table; what vendors have in common stands once.
 */

#include "port/operation.h"

enum {
    NF_CLI_SCREEN_MAX = 1 << 20, /* bytes of one answer */
    NF_CLI_MACS_MAX = 32768,     /* addresses of one switch; more are left */
    NF_CLI_COMMAND = 512,
    NF_CLI_COMMANDS_MAX = 512, /* of one change */
};

/* What screens say, as they are read one after another.  Lists are the
 * caller's, of NF_PORTS_MAX and NF_CLI_MACS_MAX. */
struct nf_cli_facts {
    struct nf_port *ports;
    size_t ports_n, last; /* last: where the search begins */
    struct nf_port_mac *macs;
    size_t macs_n;
    struct nf_vlans vlans;
    const char *port; /* that one alone is kept; NULL: all */
};

/* That of this name, made where there is none; NULL: it is none of a switch's
 * ports, or not wanted, or they are too many. */
struct nf_port *nf_cli_port(struct nf_cli_facts *facts, struct nf_text name);

/* --- screens as text --------------------------------------------------------
 */

/*
 * What a terminal would show of these bytes, in place: backspaces, carriage
 * returns and escape sequences have done their work, lines end in '\n' without
 * blanks before it, and there is no other control character.  Returns its
 * length.
 */
size_t nf_cli_settle(char *data, size_t len);

/* The next line, without its end; false: there is none. */
bool nf_cli_line(struct nf_text *rest, struct nf_text *line);

/* The next word of a line, divided by blanks; empty at the end. */
struct nf_text nf_cli_word(struct nf_text *rest);

/* Whether it begins with these letters, in whatever case. */
bool nf_cli_begins(struct nf_text text, const char *with);
bool nf_cli_has(struct nf_text text, const char *words);

/* Whether it is a port's or an aggregate's name: letters, then a number.  What
 * stands in parentheses behind it is cut off. */
bool nf_cli_is_port(struct nf_text *word);
bool nf_cli_is_lag(struct nf_text word);

/* What stands at a screen's end. */
enum nf_cli_end {
    NF_CLI_GOES_ON,
    NF_CLI_PROMPT,
    NF_CLI_MORE,     /* a blank brings the next page */
    NF_CLI_QUESTION, /* [Y/N], [confirm], a name in brackets */
    NF_CLI_SECRET,   /* it asks for a password */
};

/* *name: of the switch, learned from its first prompt; "" at first. */
enum nf_cli_end nf_cli_end_of(struct nf_text screen,
                              char name[static NF_PORT_NAME]);

/* Whether what was typed was refused: the cause, and the line that says so.
 * Log messages and warnings are no errors. */
enum nf_switch_cause nf_cli_error(struct nf_text screen, struct nf_text *words);

/* --- screens that vendors have in common ------------------------------------
 */

void nf_cli_read_macs(struct nf_text screen, struct nf_cli_facts *facts);
void nf_cli_read_vlans(struct nf_text screen, struct nf_cli_facts *facts);
void nf_cli_read_lags(struct nf_text screen, struct nf_cli_facts *facts);
void nf_cli_read_neighbors(struct nf_text screen, struct nf_cli_facts *facts);
void nf_cli_read_spanning(struct nf_text screen, struct nf_cli_facts *facts);

/* show interfaces status (IOS), show interface status (NX-OS). */
void nf_cli_read_status(struct nf_text screen, struct nf_cli_facts *facts);
/* display interface brief (VRP, Comware). */
void nf_cli_read_brief(struct nf_text screen, struct nf_cli_facts *facts);

/* --- dialects ---------------------------------------------------------------
 */

/* A screen: '$' in its command is the port's name or the MAC. */
struct nf_cli_screen {
    const char *command;
    const char *other; /* of older systems; NULL: none */
    void (*read)(struct nf_text screen, struct nf_cli_facts *facts);
    bool is_needed; /* else the switch may not know it */
};

struct nf_cli_dialect {
    const char *name;
    const char *enable;         /* NULL: it has no such mode */
    const char *const *unpaged; /* for no pages and long lines */
    char mac_mark;              /* as in 5254.0012.3456 */
    const char *saved[3];       /* words of a save that worked */
    const char *save, *leave;
    /* Screens of each verb; no command at the end. */
    const struct nf_cli_screen *screens[NF_SWITCH_SET];
    /* Commands, a line each: from the prompt to where all is changed, from
     * there or from another port to the port's own mode, and what changes it;
     * only what differs.  One behind '?' may be refused. */
    void (*change)(const char *port, const struct nf_port_config *is,
                   const struct nf_port_config *wanted, struct nf_out *out);
};

extern const struct nf_cli_dialect nf_cli_ios;
extern const struct nf_cli_dialect nf_cli_nxos;
extern const struct nf_cli_dialect nf_cli_vrp;
extern const struct nf_cli_dialect nf_cli_comware;

/* NULL: there is none of that name. */
const struct nf_cli_dialect *nf_cli_dialect_find(const char *name);

/* As "5254.0012.3456". */
void nf_cli_mac(nf_mac_t mac, char mark, char text[static NF_MAC_COLONS]);

/* The screen's command for this port or MAC, cut at size. */
void nf_cli_command(const char *command, const char *argument,
                    struct nf_out *out);

#endif
