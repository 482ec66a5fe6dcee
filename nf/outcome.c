#include "outcome.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
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

void
nf_outcome_tell(const json_t *command)
{
    const char *result = nf_table_text(command, "result");

    printf("%s  %s%s%s\n", nf_table_text(command, "id"),
           nf_table_text(command, "state"), result[0] != '\0' ? ": " : "",
           result);
    fflush(stdout);
}

int
nf_outcome_wait(json_t **command, bool is_told)
{
    char path[NF_PATH_MAX_BYTES], behind[32], told[32] = "";
    int code = NF_EXIT_OK;

    snprintf(behind, sizeof(behind), "?wait=%d", WAIT_S);
    while (code == NF_EXIT_OK) {
        const char *state = nf_table_text(*command, "state");
        struct nf_reply reply;
        if (is_told && strcmp(told, state) != 0) {
            snprintf(told, sizeof(told), "%s", state);
            nf_outcome_tell(*command);
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
