#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "option.h"
#include "say.h"
#include "server.h"

int
nf_show_one(const char *path, bool is_json, bool (*print)(const json_t *object))
{
    struct nf_reply reply;
    int code = nf_server_ask("GET", path, NULL, &reply);

    if (code == NF_EXIT_OK) {
        bool is_done =
            is_json ? nf_table_print_json(reply.json) : print(reply.json);
        code = is_done ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    nf_server_end(&reply);
    return code;
}

int
nf_show_one_command(const char *command, int argc, char **argv,
                    const char *before, const char *behind,
                    bool (*print)(const json_t *object))
{
    bool is_json = false;
    const struct nf_option options[] = {NF_SWITCH("--json", &is_json), {0}};
    char path[NF_PATH_MAX_BYTES];

    if (!nf_options_take(&argc, argv, options) || argc != 1) {
        return nf_usage(command);
    }
    return nf_server_path(path, before, argv[0], behind)
               ? nf_show_one(path, is_json, print)
               : NF_EXIT_FAILED;
}

/* One that cannot be deleted does not keep the others. */
int
nf_delete_command(const char *command, int argc, char **argv,
                  const char *before)
{
    const struct nf_option options[] = {{0}};
    int result = NF_EXIT_OK;

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        return nf_usage(command);
    }
    for (int i = 0; i < argc; i++) {
        char path[NF_PATH_MAX_BYTES];
        struct nf_reply reply = {.json = NULL};
        int code = nf_server_path(path, before, argv[i], "")
                       ? nf_server_ask("DELETE", path, NULL, &reply)
                       : NF_EXIT_FAILED;
        nf_server_end(&reply);
        result = result == NF_EXIT_OK ? code : result;
    }
    return result;
}
