#ifndef NF_AGENT_INVENTORY_H
#define NF_AGENT_INVENTORY_H

/*
 * What this machine is: the hardware object that the agent reports, and the
 * command that prints it.
 */

#include <jansson.h>
#include <stdbool.h>

struct nf_inventory_options {
    const char *root; /* a captured tree; NULL or "": this machine */
    const char *mac;  /* the card that it boots from; NULL: find it */
    int lldp_s;       /* how long to listen for switches; 0: not at all */
};

/* The hardware object; the caller owns it.  NULL when there is no memory. */
json_t *nf_inventory_take(const struct nf_inventory_options *options);

/*
 * Switches speak twice a minute, and a machine need not wait for them: begin
 * to listen early, and now and then hear what came since.
 */
typedef struct nf_listener nf_listener_t;

/* Brings all cards up and listens until the end; NULL when it can't. */
nf_listener_t *nf_inventory_listen(void);

/* Reads the cards again into hardware, with what was heard; doesn't wait.
 * True when that changed hardware, which is then worth another report. */
bool nf_inventory_hear(nf_listener_t *listener, json_t *hardware);

/* Takes cards down that were down; accepts NULL. */
void nf_inventory_listen_end(nf_listener_t *listener);

/* Members of the object, "" when they are not known; valid as long as it. */
const char *nf_inventory_serial(const json_t *hardware);
const char *nf_inventory_mac(const json_t *hardware);

/* Calls line for every line a person reads of it, indented by two blanks. */
void nf_inventory_lines(const json_t *hardware, void (*line)(const char *text));

/* `nf-agent inventory ...`: argv[0] is the word itself; the exit status. */
int nf_inventory_main(int argc, char **argv);

#endif
