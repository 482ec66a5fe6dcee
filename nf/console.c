/*
 * nf console: what a machine printed while nf-agent is in its RAM.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "command.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"
#include "terminal.h"

enum {
    LOOK_S = 1
};

struct reading {
    const char *node;
    json_int_t next; /* the first byte that was not read */
    bool is_following, is_told;
    bool is_away; /* the server, which was there before */
};

/* Of one that is followed there may be nothing yet. */
static int
judge(struct reading *reading, const struct nf_reply *reply, int code)
{
    const char *error = nf_table_text(reply->json, "error");

    if (code != NF_EXIT_FAILED || reply->status != 404 || !reading->is_following
        || strstr(error, "console") == NULL)
    {
        if (reply->status != 0) {
            nf_log(NF_LOG_ERR, "%s: %s", reading->node,
                   nf_server_words(reply, true));
        }
        return code;
    }
    if (!reading->is_told) {
        nf_log(NF_LOG_NOTICE, "no console output of this machine yet; waiting");
        reading->is_told = true;
    }
    return NF_EXIT_OK;
}

static int
read_on(struct reading *reading)
{
    char path[NF_PATH_MAX_BYTES], behind[64];
    struct nf_reply reply = {0};

    snprintf(behind, sizeof(behind), "/console?since=%lld",
             (long long) reading->next);
    if (!nf_server_path(path, "/api/v1/nodes/", reading->node, behind)) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_try("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK) {
        const char *text = nf_table_text(reply.json, "text");
        const json_t *next = json_object_get(reply.json, "next");
        reading->next = json_integer_value(next);
        code = nf_terminal_put(text, strlen(text)) && nf_say_written()
                   ? NF_EXIT_OK
                   : NF_EXIT_FAILED;
    } else {
        code = judge(reading, &reply, code);
    }
    nf_server_end(&reply);
    return code;
}

int
nf_command_console(int argc, char **argv)
{
    struct reading reading = {.next = 0};
    const struct nf_option options[] = {
        NF_SWITCH("--follow", &reading.is_following),
        NF_SWITCH("-f", &reading.is_following),
        {0}};

    if (!nf_options_take(&argc, argv, options) || argc != 1) {
        return nf_usage("console");
    }
    reading.node = argv[0];
    nf_say_about(argv[0]);
    int code = read_on(&reading);
    while (reading.is_following && (code == NF_EXIT_OK || reading.is_away)) {
        nanosleep(&(struct timespec){.tv_sec = LOOK_S}, NULL);
        nf_log_to(reading.is_away ? nf_say_nothing : nf_say_to_person);
        code = read_on(&reading);
        reading.is_away = code == NF_EXIT_UNREACHABLE;
    }
    return code;
}
