/*
 * nf port set, restore: a switch's port is to be something else, or what it
 * was.
 */

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "command.h"
#include "names.h"
#include "option.h"
#include "outcome.h"
#include "say.h"
#include "server.h"
#include "table.h"

/* How a command is asked for, and told of. */
struct manner {
    bool is_forced, has_no_wait, is_json;
};

/* Ask for it, and unless nobody waits until it has ended. */
static int
order(const char *path, const json_t *body, const struct manner *manner)
{
    struct nf_reply reply;
    int code = nf_server_ask("POST", path, body, &reply);
    json_t *command = json_incref(reply.json);

    nf_server_end(&reply);
    if (code == NF_EXIT_OK && !manner->has_no_wait) {
        code = nf_outcome_wait(&command, !manner->is_json);
        if (code == NF_EXIT_OK
            && strcmp(nf_table_text(command, "state"), "done") != 0) {
            code = NF_EXIT_FAILED;
        }
    } else if (code == NF_EXIT_OK && !manner->is_json) {
        nf_outcome_tell(command);
    }
    if (command != NULL && manner->is_json) {
        (void) nf_table_print_json(command);
    }
    json_decref(command);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

/* "vlan=7": a number where it is one, "" takes away. */
static bool
put_argument(json_t *args, const char *word)
{
    struct nf_text value = nf_text(word), name = nf_text_cut(&value, '=');
    char text[64];
    uint64_t number;

    if (value.data == NULL || !nf_text_copy(text, sizeof(text), name)) {
        return false;
    }
    bool is_number =
        strcmp(text, "vlan") == 0 && nf_text_number(value, INT32_MAX, &number);
    return json_object_set_new(args, text,
                               is_number ? json_integer((json_int_t) number)
                                         : json_string(value.data))
           == 0;
}

static json_t *
args_of(int n, char **words, bool is_forced)
{
    json_t *args = json_pack("{s:s}", "port", words[0]);

    for (int i = 1; i < n; i++) {
        if (!put_argument(args, words[i])) {
            json_decref(args);
            return NULL;
        }
    }
    if (is_forced) {
        json_object_set_new(args, "force", json_true());
    }
    return args;
}

int
nf_command_port_set(int argc, char **argv)
{
    struct manner manner = {.is_json = false};
    const struct nf_option options[] = {
        NF_SWITCH("--force", &manner.is_forced),
        NF_SWITCH("--no-wait", &manner.has_no_wait),
        NF_SWITCH("--json", &manner.is_json),
        {0}};
    char path[NF_PATH_MAX_BYTES];

    if (!nf_options_take(&argc, argv, options) || argc < 3) {
        return nf_usage("port set");
    }
    json_t *args = args_of(argc - 1, argv + 1, manner.is_forced);
    if (args == NULL) {
        return nf_usage("port set");
    }
    json_t *body = json_pack("{s:s, s:o}", "command", "port", "args", args);
    nf_say_about(argv[0]);
    int code = nf_server_path(path, "/api/v1/devices/", argv[0], "/commands")
                   ? order(path, body, &manner)
                   : NF_EXIT_FAILED;
    json_decref(body);
    return code;
}

static int
restore_one(struct nf_each *each, const char *name)
{
    char path[NF_PATH_MAX_BYTES];

    return nf_server_path(path, "/api/v1/nodes/", name, "/port/restore")
               ? order(path, NULL, each->of)
               : NF_EXIT_FAILED;
}

int
nf_command_port_restore(int argc, char **argv)
{
    struct manner manner = {.is_json = false};
    const struct nf_option options[] = {
        NF_SWITCH("--no-wait", &manner.has_no_wait),
        NF_SWITCH("--json", &manner.is_json),
        {0}};

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        return nf_usage("port restore");
    }
    return nf_each_run(&(struct nf_each){.run = restore_one,
                                         .done = "restored",
                                         .of = &manner},
                       argc, argv);
}
