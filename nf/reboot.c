/*
 * nf reboot: a node restarts, by its agent.
 */

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "command.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"

enum {
    WAIT_S = 20 /* for one answer; then it is asked again */
};

static bool
has_ended(const json_t *command)
{
    const char *state = nf_table_text(command, "state");

    return strcmp(state, "queued") != 0 && strcmp(state, "sent") != 0
           && strcmp(state, "running") != 0;
}

static void
tell(const json_t *command)
{
    const char *result = nf_table_text(command, "result");

    printf("%s  %s%s%s\n", nf_table_text(command, "id"),
           nf_table_text(command, "state"), result[0] != '\0' ? ": " : "",
           result);
    fflush(stdout);
}

/* Ask until it has ended; each state is told once.  *command is replaced. */
static int
follow(json_t **command, bool is_json)
{
    char path[NF_PATH_MAX_BYTES], behind[32], told[32] = "";
    int code = NF_EXIT_OK;

    snprintf(behind, sizeof(behind), "?wait=%d", WAIT_S);
    while (code == NF_EXIT_OK) {
        const char *state = nf_table_text(*command, "state");
        struct nf_reply reply;
        if (!is_json && strcmp(told, state) != 0) {
            snprintf(told, sizeof(told), "%s", state);
            tell(*command);
        }
        if (has_ended(*command)
            || !nf_server_path(path, "/api/v1/commands/",
                               nf_table_text(*command, "id"), behind))
        {
            break;
        }
        code = nf_server_ask("GET", path, NULL, &reply);
        if (code == NF_EXIT_OK) {
            json_decref(*command);
            *command = json_incref(reply.json);
        }
        nf_server_end(&reply);
    }
    return code;
}

static int
end(json_t *command, bool waits, bool is_json, int code)
{
    if (code == NF_EXIT_OK && is_json) {
        (void) nf_table_print_json(command);
    }
    if (code == NF_EXIT_OK && waits
        && strcmp(nf_table_text(command, "state"), "done") != 0)
    {
        code = NF_EXIT_FAILED;
    }
    json_decref(command);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

int
nf_command_reboot(int argc, char **argv)
{
    const char *timeout = NULL;
    bool waits = false, is_json = false;
    const struct nf_option options[] = {{"--wait", NULL, &waits},
                                        {"--timeout", &timeout, NULL},
                                        {"--json", NULL, &is_json},
                                        {0}};
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;
    uint64_t seconds = 0;

    if (!nf_options_take(&argc, argv, options) || argc != 1
        || (timeout != NULL
            && !nf_text_number(nf_text(timeout), INT32_MAX, &seconds)))
    {
        return nf_usage("reboot");
    }
    if (!nf_server_path(path, "/api/v1/nodes/", argv[0], "/commands")) {
        return NF_EXIT_FAILED;
    }
    json_t *body = json_pack("{s:s}", "command", "reboot");
    if (timeout != NULL) {
        json_object_set_new(body, "timeout",
                            json_integer((json_int_t) seconds));
    }
    int code = nf_server_ask("POST", path, body, &reply);
    json_t *command = json_incref(reply.json);
    json_decref(body);
    nf_server_end(&reply);
    if (code == NF_EXIT_OK && waits) {
        code = follow(&command, is_json);
    } else if (code == NF_EXIT_OK && !is_json) {
        tell(command);
    }
    return end(command, waits, is_json, code);
}
