/*
 * nf reboot, commands: what nodes are to do.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "command.h"
#include "list.h"
#include "option.h"
#include "outcome.h"
#include "say.h"
#include "server.h"
#include "table.h"

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
    const struct nf_option options[] = {NF_SWITCH("--wait", &waits),
                                        NF_OPTION("--timeout", &timeout),
                                        NF_SWITCH("--json", &is_json),
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
        code = nf_outcome_wait(&command, !is_json);
    } else if (code == NF_EXIT_OK && !is_json) {
        nf_outcome_tell(command);
    }
    return end(command, waits, is_json, code);
}

/* --- those there are ---------------------------------------------------------
 */

int
nf_command_commands_list(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "COMMAND", "id",         NF_COLUMN_TEXT,  NF_KEEP },
        { "OF",      "target",     NF_COLUMN_MAC,   NF_DROP },
        { "WHAT",    "command",    NF_COLUMN_TEXT,  NF_DROP_LATE },
        { "STATE",   "state",      NF_COLUMN_STATE, NF_DROP_LAST },
        { "SENT",    "attempts",   NF_COLUMN_SOME,  NF_DROP_FIRST },
        { "BY",      "actor",      NF_COLUMN_TEXT,  NF_DROP_FIRST },
        { "ASKED",   "created_at", NF_COLUMN_WHEN,  NF_DROP_SOON },
        { "RESULT",  "result",     NF_COLUMN_WORDS, NF_DROP_LATE },
        { 0 },
        /* clang-format on */
    };
    char path[NF_PATH_MAX_BYTES];
    struct nf_list list = {.path = path, .columns = columns};

    if (!nf_list_take(&list, &argc, argv, NULL) || argc != 1) {
        return nf_usage("commands list");
    }
    return nf_server_path(path, "/api/v1/nodes/", argv[0], "/commands")
               ? nf_list_show(&list)
               : NF_EXIT_FAILED;
}

int
nf_command_commands_cancel(int argc, char **argv)
{
    const struct nf_option options[] = {{0}};
    int result = NF_EXIT_OK;

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        return nf_usage("commands cancel");
    }
    for (int i = 0; i < argc; i++) {
        char path[NF_PATH_MAX_BYTES];
        struct nf_reply reply = {.json = NULL};
        int code = nf_server_path(path, "/api/v1/commands/", argv[i], "/cancel")
                       ? nf_server_ask("POST", path, NULL, &reply)
                       : NF_EXIT_FAILED;
        if (code == NF_EXIT_OK) {
            nf_outcome_tell(reply.json);
        }
        nf_server_end(&reply);
        result = result == NF_EXIT_OK ? code : result;
    }
    return nf_say_written() ? result : NF_EXIT_FAILED;
}
