#ifndef NF_BMC_ORDER_H
#define NF_BMC_ORDER_H

/*
 * What a worker is told on nf/{idc}/bmc/{worker}/command, and whether it is
 * still in time.
 */

#include "base/address.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/text.h"
#include "bmc/sealed.h"
#include "model/command.h"

enum {
    NF_ORDER_MAX = 12288, /* bytes of a message */
};

struct nf_order {
    char id[NF_COMMAND_ID_TEXT];
    char command[32];
    char args[NF_SWITCH_ARGS];   /* a JSON object; of a BMC's command shorter
                                    than NF_COMMAND_ARGUMENTS */
    uint8_t target;              /* enum nf_command_target */
    nf_mac_t mac;                /* of the node whose device it is; zero:
                                    of a switch, and for none */
    char device[NF_SEALED_TEXT]; /* sealed, or "" */
    nf_time_t deadline;          /* by the server's clock */
    nf_time_t server_time;       /* when this was said */
};

/* Any bytes may come.  NF_INVALID or NF_TOO_LARGE: fault says why. */
nf_error_t nf_order_read(struct nf_order *order, struct nf_text payload,
                         struct nf_fault *fault);

/* Milliseconds until its deadline, as base/deadline.h tells them; one without
 * is not begun. */
nf_time_t nf_order_left(const struct nf_order *order, nf_time_t now,
                        nf_time_t up, struct nf_server_clock *clock);

/* How far a command is, or what came of it. */
struct nf_outcome {
    uint8_t state;           /* enum nf_command_state */
    const char *driver;      /* its word; NULL: no device was asked */
    const char *cause;       /* why it failed; NULL: none is said */
    uint32_t took_ms, asked; /* since the device was asked; how often */
    const char *words;       /* NULL: none */
};

/* For .../result. */
void nf_order_answer(struct nf_text id, struct nf_text command,
                     const struct nf_outcome *outcome, struct nf_out *out);

#endif
