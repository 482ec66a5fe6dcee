#include "outcome.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "cell.h"
#include "command.h"
#include "server.h"
#include "table.h"
#include "terminal.h"

enum {
    WAIT_S = 20, /* for one answer; then the server is asked anew */
    HINT_S = 3,  /* after which a person wants to know what holds it up */
    GRACE_S = 30 /* for the server to say that the deadline has passed */
};

static bool
has_ended(const json_t *command)
{
    const char *state = nf_table_text(command, "state");

    return strcmp(state, "queued") != 0 && strcmp(state, "sent") != 0
           && strcmp(state, "running") != 0;
}

void
nf_outcome_tell(const json_t *command)
{
    const char *result = nf_table_text(command, "result");

    printf("%s  %s%s%s\n", nf_table_text(command, "id"),
           nf_table_text(command, "state"), result[0] != '\0' ? ": " : "",
           result);
    fflush(stdout);
}

/* Why nothing moves, as nf status would say it; each reason once a run. */
static void
tell_troubles(void)
{
    static bool was_told;
    struct nf_reply reply = {.json = NULL};
    const json_t *one;
    size_t i;

    if (!was_told
        && nf_server_try("GET", "/api/v1/status", NULL, &reply) == NF_EXIT_OK)
    {
        json_array_foreach (json_object_get(reply.json, "details"), i, one) {
            char line[1024];
            nf_terminal_copy(line, sizeof(line),
                             nf_table_text(one, "sentence"));
            nf_log(NF_LOG_NOTICE, "%s", line);
        }
    }
    was_told = true;
    nf_server_end(&reply);
}

/* "52:54:00:00:00:03: still queued; it expires at 18:41:17" */
static void
tell_delay(const json_t *command)
{
    const char *node = nf_table_text(command, "mac");
    char until[64], name[64], line[256];

    nf_cell_when(nf_table_text(command, "deadline"), NF_CELL_SHORT, until,
                 sizeof(until));
    nf_cell_mac(node[0] != '\0' ? node : nf_table_text(command, "device"), name,
                sizeof(name));
    snprintf(line, sizeof(line), "%s: still %s; it expires at %s", name,
             nf_table_text(command, "state"), until);
    nf_terminal_copy(line, sizeof(line), line);
    nf_log(NF_LOG_NOTICE, "%s", line);
    tell_troubles();
}

/* Replaces *command by what it is when it has ended, or some seconds later. */
static int
ask_again(json_t **command, int seconds)
{
    char path[NF_PATH_MAX_BYTES], query[32];
    struct nf_reply reply = {.json = NULL};

    snprintf(query, sizeof(query), "?wait=%d", seconds);
    int code = nf_server_path(path, "/api/v1/commands/",
                              nf_table_text(*command, "id"), query)
                   ? nf_server_ask("GET", path, NULL, &reply)
                   : NF_EXIT_FAILED;
    if (code == NF_EXIT_OK) {
        json_decref(*command);
        *command = json_incref(reply.json);
    }
    nf_server_end(&reply);
    return code;
}

/* How long it may take in all; only nf-relay lets a deadline pass, and may be
 * what has stopped. */
static long
patience_s(const json_t *command)
{
    nf_time_t from, to;

    return nf_time_parse(nf_text(nf_table_text(command, "created_at")), &from)
                   && nf_time_parse(nf_text(nf_table_text(command, "deadline")),
                                    &to)
               ? (long) ((to - from) / NF_SECONDS(1)) + GRACE_S
               : LONG_MAX;
}

static long
seconds_now(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

int
nf_outcome_wait(json_t **command, bool is_told)
{
    int code = NF_EXIT_OK, seconds = HINT_S;
    long left = patience_s(*command), begun = seconds_now();
    char told[32] = "";

    while (code == NF_EXIT_OK) {
        const char *state = nf_table_text(*command, "state");
        if (is_told && strcmp(told, state) != 0) {
            snprintf(told, sizeof(told), "%s", state);
            nf_outcome_tell(*command);
        }
        if (has_ended(*command)) {
            break;
        }
        if (seconds_now() - begun > left) {
            nf_log(NF_LOG_ERR, "its deadline is over, and it has no result");
            return NF_EXIT_FAILED;
        }
        code = ask_again(command, seconds);
        if (code == NF_EXIT_OK && seconds == HINT_S && !has_ended(*command)) {
            tell_delay(*command);
        }
        seconds = WAIT_S;
    }
    return code;
}
