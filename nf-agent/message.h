#ifndef NF_AGENT_MESSAGE_H
#define NF_AGENT_MESSAGE_H

/*
 * The agent's MQTT payloads as bytes: status and result go out, commands come
 * in.  Members that this agent doesn't know are ignored, so that old agents and
 * new servers mix.
 */

#include "base/deadline.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    NF_COMMAND_ID_SIZE = 65,
    NF_COMMAND_WORD_SIZE = 33,
    NF_PAYLOAD_MAX = 64 * 1024, /* a longer command is refused unread */
};

struct nf_agent_command {
    char id[NF_COMMAND_ID_SIZE]; /* "" when the sender gave none */
    char word[NF_COMMAND_WORD_SIZE];
    nf_time_t deadline;    /* not to be begun after it; 0: none was given */
    nf_time_t server_time; /* when it was sent, by the server's clock */
};

/*
 * Whether its deadline has passed, as base/deadline.h tells it; one without is
 * in time.  up is a clock that nobody sets, since power-on.
 */
enum nf_timeliness {
    NF_IN_TIME,
    NF_LATE,
    NF_UNSURE,
};
enum nf_timeliness nf_command_judge(const struct nf_agent_command *command,
                                    nf_time_t now, nf_time_t up,
                                    struct nf_server_clock *clock);

struct nf_status {
    const char *ip; /* "" leaves it out */
    const char *hostname;
    nf_time_t uptime;
    nf_time_t now;
};

/* Reads a command.  On failure false, and fault holds one sentence. */
bool nf_command_parse(const void *payload, size_t len,
                      struct nf_agent_command *command, char *fault,
                      size_t size);

/* The status payload; the caller frees it; NULL when memory ran out. */
char *nf_status_payload(const struct nf_status *status);

/* How a command goes. */
enum nf_result_state {
    NF_RESULT_RUNNING,
    NF_RESULT_DONE,
    NF_RESULT_FAILED,
    NF_RESULT_EXPIRED, /* refused: its deadline has passed */
};

/* The result payload; the caller frees it; NULL when memory ran out. */
char *nf_result_payload(const struct nf_agent_command *command,
                        enum nf_result_state state, const char *message,
                        nf_time_t now);

#endif
