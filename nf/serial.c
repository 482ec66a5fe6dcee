/*
 * nf serial: correct the serial number that a node goes by.
 */

#include "command.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"

int
nf_command_serial(int argc, char **argv)
{
    bool is_json = false;
    const struct nf_option options[] = {NF_SWITCH("--json", &is_json), {0}};
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_options_take(&argc, argv, options) || argc != 2) {
        return nf_usage("serial");
    }
    if (!nf_server_path(path, "/api/v1/nodes/", argv[0], "")) {
        return NF_EXIT_FAILED;
    }
    json_t *body = json_pack("{s:s}", "serial", argv[1]);
    int code = nf_server_ask("PATCH", path, body, &reply);
    if (code == NF_EXIT_OK && is_json) {
        (void) nf_table_print_json(reply.json);
    } else if (code == NF_EXIT_OK) {
        nf_table_say(reply.json, "mac", "serial");
    }
    json_decref(body);
    nf_server_end(&reply);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}
