#ifndef NF_CHANGE_SWITCH_H
#define NF_CHANGE_SWITCH_H

/*
 * What happens to switches: they are looked at, one worker has them, and their
 * commands end.
 */

#include "change/change.h"
#include "model/command.h"
#include "model/switch_port.h"

/*
 * Commands that nf-relay gives by itself, to look at a switch: no event tells
 * of them, and they are gone when they have ended.  Their numbers are no
 * events', and above all of those.
 */
static inline bool
nf_command_is_untold(const struct nf_command *command)
{
    return command->number >> 62 == 1;
}

/*
 * Have a switch looked at, not before `then`.  One look at a time: that it is
 * on its way already is NF_OK.
 */
nf_error_t nf_change_look(struct nf_change *c, const char *device,
                          nf_time_t then);

/* All its commands go to this worker until then. */
bool nf_record_switch_held(struct nf_change *c, const char *device,
                           const char *worker, nf_time_t until);

/* A command to a switch ends as it says: before it is stored so. */
void nf_record_switch_ended(struct nf_change *c,
                            const struct nf_command *command);

/* A port as a scan tells of it.  Borrowed. */
struct nf_port_row {
    const char *name;
    struct nf_text json;
    const nf_mac_t *addresses;
    size_t addresses_n;
};

/* Some ports of a scan. */
struct nf_ports_part {
    const char *worker;          /* who says so */
    uint64_t generation, number; /* of the command */
    const struct nf_port_row *rows;
    size_t n;
    bool is_last;   /* the switch has no others, and */
    uint32_t total; /* so many in all; 0: who counts them does not know */
};

/* *device: whose they are.  NF_NOT_FOUND: no such scan is carried out by that
 * worker, or the switch is no device any more. */
nf_error_t nf_change_ports(struct nf_change *c,
                           const struct nf_ports_part *part,
                           char device[static NF_MANAGED_NAME]);

#endif
