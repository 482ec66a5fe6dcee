/*
 * nf reboot, power, bootdev, commands: what others are to do.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "command.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "show.h"
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

/* --- BMCs --------------------------------------------------------------------
 */

/* What is asked of the BMCs of some nodes, and how each answers. */
struct asked {
    const char *node;
    json_t *command;
    int code;
};

static int
ask_bmc(const char *node, const json_t *body, json_t **command)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    *command = NULL;
    if (!nf_server_path(path, "/api/v1/nodes/", node, "/commands")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask("POST", path, body, &reply);
    if (code == NF_EXIT_OK) {
        *command = json_incref(reply.json);
    }
    nf_server_end(&reply);
    return code;
}

/* "MAC  done: {"power":"on"}", when it has ended or nobody waits. */
static int
tell_bmc(struct asked *asked, bool waits, bool is_json)
{
    int code = asked->code;

    if (code == NF_EXIT_OK && waits) {
        code = follow(&asked->command, true);
    }
    if (code == NF_EXIT_OK && is_json) {
        (void) nf_table_print_json(asked->command);
    } else if (code == NF_EXIT_OK) {
        const char *result = nf_table_text(asked->command, "result");
        printf("%s  %s%s%s\n", asked->node,
               nf_table_text(asked->command, "state"),
               result[0] != '\0' ? ": " : "", result);
        fflush(stdout);
    }
    if (code == NF_EXIT_OK && waits
        && strcmp(nf_table_text(asked->command, "state"), "done") != 0)
    {
        code = NF_EXIT_FAILED;
    }
    json_decref(asked->command);
    return code;
}

/* All are asked before the first is waited for.  body is taken. */
static int
ask_bmcs(char **nodes, int n, json_t *body, bool waits, bool is_json)
{
    struct asked *asked = calloc((size_t) n, sizeof(*asked));
    int result = asked == NULL ? NF_EXIT_FAILED : NF_EXIT_OK;

    for (int i = 0; asked != NULL && i < n; i++) {
        asked[i].node = nodes[i];
        asked[i].code = ask_bmc(nodes[i], body, &asked[i].command);
    }
    for (int i = 0; asked != NULL && i < n; i++) {
        int code = tell_bmc(&asked[i], waits, is_json);
        result = result == NF_EXIT_OK ? code : result;
    }
    free(asked);
    json_decref(body);
    return nf_say_written() ? result : NF_EXIT_FAILED;
}

int
nf_command_power(int argc, char **argv)
{
    bool is_over = false, is_json = false;
    const struct nf_option options[] = {
        {"--no-wait", NULL, &is_over}, {"--json", NULL, &is_json}, {0}};

    if (!nf_options_take(&argc, argv, options) || argc < 2) {
        return nf_usage("power");
    }
    return ask_bmcs(argv + 1, argc - 1,
                    json_pack("{s:s,s:{s:s}}", "command", "power", "args",
                              "action", argv[0]),
                    !is_over, is_json);
}

int
nf_command_bootdev(int argc, char **argv)
{
    bool is_over = false, is_json = false, is_bios = false, stays = false;
    const struct nf_option options[] = {{"--no-wait", NULL, &is_over},
                                        {"--json", NULL, &is_json},
                                        {"--bios", NULL, &is_bios},
                                        {"--persistent", NULL, &stays},
                                        {0}};

    if (!nf_options_take(&argc, argv, options) || argc < 2) {
        return nf_usage("bootdev");
    }
    return ask_bmcs(argv + 1, argc - 1,
                    json_pack("{s:s,s:{s:s,s:s,s:b}}", "command", "boot_device",
                              "args", "device", argv[0], "firmware",
                              is_bios ? "bios" : "efi", "persistent", stays),
                    !is_over, is_json);
}

/* --- those there are ---------------------------------------------------------
 */

int
nf_command_commands_list(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "COMMAND", "id",         NF_COLUMN_TEXT },
        { "OF",      "target",     NF_COLUMN_TEXT },
        { "WHAT",    "command",    NF_COLUMN_TEXT },
        { "STATE",   "state",      NF_COLUMN_TEXT },
        { "SENT",    "attempts",   NF_COLUMN_SOME },
        { "BY",      "actor",      NF_COLUMN_TEXT },
        { "ASKED",   "created_at", NF_COLUMN_WHEN },
        { "RESULT",  "result",     NF_COLUMN_TEXT },
        { 0 },
        /* clang-format on */
    };
    char path[NF_PATH_MAX_BYTES];
    bool is_json = false;
    const struct nf_option options[] = {{"--json", NULL, &is_json}, {0}};

    if (!nf_options_take(&argc, argv, options) || argc != 1) {
        return nf_usage("commands list");
    }
    if (!nf_server_path(path, "/api/v1/nodes/", argv[0], "/commands")) {
        return NF_EXIT_FAILED;
    }
    return nf_show_list(&(struct nf_list){
        .path = path, .columns = columns, .is_json = is_json});
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
            tell(reply.json);
        }
        nf_server_end(&reply);
        result = result == NF_EXIT_OK ? code : result;
    }
    return nf_say_written() ? result : NF_EXIT_FAILED;
}
