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
#include "names.h"
#include "option.h"
#include "outcome.h"
#include "say.h"
#include "server.h"
#include "table.h"

struct reboot {
    bool waits;
    const json_t *body;
};

/* All of it for one node. */
static int
reboot(struct nf_each *each, const char *name)
{
    const struct reboot *reboot = each->of;
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_server_path(path, "/api/v1/nodes/", name, "/commands")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask("POST", path, reboot->body, &reply);
    json_t *command = json_incref(reply.json);
    nf_server_end(&reply);
    if (code == NF_EXIT_OK && reboot->waits) {
        code = nf_outcome_wait(&command, !each->is_json);
    } else if (code == NF_EXIT_OK && !each->is_json) {
        nf_outcome_tell(command);
    }
    if (code == NF_EXIT_OK && each->is_json) {
        nf_each_show(each, command);
    }
    if (code == NF_EXIT_OK && reboot->waits
        && strcmp(nf_table_text(command, "state"), "done") != 0)
    {
        code = NF_EXIT_FAILED;
    }
    json_decref(command);
    return code;
}

int
nf_command_reboot(int argc, char **argv)
{
    const char *timeout = NULL;
    struct reboot of = {false, NULL};
    struct nf_each each = {.run = reboot, .done = "asked", .of = &of};
    const struct nf_option options[] = {NF_SWITCH("--wait", &of.waits),
                                        NF_OPTION("--timeout", &timeout),
                                        NF_SWITCH("--json", &each.is_json),
                                        {0}};
    uint64_t seconds = 0;

    if (!nf_options_take(&argc, argv, options) || argc == 0
        || (timeout != NULL
            && !nf_text_number(nf_text(timeout), INT32_MAX, &seconds)))
    {
        return nf_usage("reboot");
    }
    json_t *body = json_pack("{s:s}", "command", "reboot");
    if (timeout != NULL) {
        json_object_set_new(body, "timeout",
                            json_integer((json_int_t) seconds));
    }
    of.body = body;
    each.done = of.waits ? "rebooted" : "asked";
    int code = nf_each_run(&each, argc, argv);
    json_decref(body);
    return code;
}

/* --- those there are ---------------------------------------------------------
 */

/* Of each node in turn. */
static int
read_commands(const struct nf_list *list, nf_list_take_page_t *take, void *of)
{
    const struct nf_names *names = list->of;
    int result = NF_EXIT_OK;

    for (size_t i = 0; i < names->n && result != NF_EXIT_UNREACHABLE; i++) {
        char path[NF_PATH_MAX_BYTES];
        nf_say_about(names->each[i]);
        int code =
            nf_server_path(path, "/api/v1/nodes/", names->each[i], "/commands")
                ? nf_server_pages(path, take, of)
                : NF_EXIT_FAILED;
        nf_say_about(NULL);
        result = code != NF_EXIT_OK ? code : result;
    }
    return result;
}

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
    struct nf_names names;
    struct nf_list list = {
        .columns = columns, .read = read_commands, .of = &names};

    if (!nf_list_take(&list, &argc, argv, NULL) || argc == 0) {
        return nf_usage("commands list");
    }
    int code = nf_names_take(&names, argc, argv) ? nf_list_show(&list)
                                                 : NF_EXIT_FAILED;
    nf_names_end(&names);
    return code;
}

static int
cancel(struct nf_each *each, const char *name)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    (void) each;
    if (!nf_server_path(path, "/api/v1/commands/", name, "/cancel")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask("POST", path, NULL, &reply);
    if (code == NF_EXIT_OK) {
        nf_outcome_tell(reply.json);
    }
    nf_server_end(&reply);
    return code;
}

int
nf_command_commands_cancel(int argc, char **argv)
{
    const struct nf_option options[] = {{0}};

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        return nf_usage("commands cancel");
    }
    return nf_each_run(&(struct nf_each){.run = cancel, .done = "cancelled"},
                       argc, argv);
}
