#ifndef NF_BUS_MESSAGE_H
#define NF_BUS_MESSAGE_H

/*
 * The payloads of MQTT messages: JSON objects.  Agents and servers of
 * different ages talk to each other, so members that are not known here are
 * ignored, and counted.
 */

#include "base/error.h"
#include "base/out.h"
#include "change/change.h"
#include "model/command.h"
#include "model/tally.h"

enum {
    NF_MESSAGE_MAX = 8192, /* bytes of a payload */
    NF_COMMAND_ID = 40,
    NF_COMMAND_WORD = 32,
};

/* How an agent says its network was set up. */
struct nf_network_config {
    char type[16]; /* "static", "dhcp" */
    nf_ip4_t ip, netmask, gateway;
    nf_ip4_t dns[NF_NODE_DNS];
    uint8_t dns_n;
};

/* node/{mac}/status. */
struct nf_status_message {
    struct nf_status_report report; /* its ip may come from the network */
    struct nf_network_config network;
    unsigned unknown; /* members that were ignored */
    unsigned dropped; /* members that were not valid, and are empty here */
};

/* node/{mac}/result: how a command ended. */
struct nf_result_message {
    char id[NF_COMMAND_ID]; /* of the command, may be empty */
    char command[NF_COMMAND_WORD];
    char message[NF_COMMAND_RESULT];
    char state[16]; /* "running", or "" and others: it has ended */
    bool success;
    struct nf_command_told told; /* of a worker: what it says of the device */
    unsigned unknown;
};

/*
 * Any bytes may come.  NF_INVALID or NF_TOO_LARGE: fault names the member and
 * is printable, and message is as it was.
 *
 * Any JSON object is a status, since the node that sent it lives: a member
 * that is not valid or lacks is dropped and counted, and fault names the first
 * such one although the result is NF_OK.
 */
nf_error_t nf_status_message_read(struct nf_text payload,
                                  struct nf_status_message *message,
                                  struct nf_fault *fault);
nf_error_t nf_result_message_read(struct nf_text payload,
                                  struct nf_result_message *message,
                                  struct nf_fault *fault);

/* node/{mac}/command, and what workers are told. */
struct nf_command_message {
    struct nf_text id; /* may be empty */
    struct nf_text command;
    struct nf_text arguments; /* a JSON object */
    nf_time_t deadline;       /* not to be begun after it; 0: it has none */
    nf_time_t now; /* the server's clock, for whoever's own is wrong */
    /* For a worker: "bmc" or "switch", and of which node; or NULL. */
    const char *target;
    nf_mac_t mac;
    struct nf_text device; /* how it is reached, sealed; empty: he knows */
};
void nf_command_message_write(struct nf_out *out,
                              const struct nf_command_message *message);

#endif
