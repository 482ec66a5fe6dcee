/*
 * nf power, bootdev: what the BMCs of some nodes are to do.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "names.h"
#include "option.h"
#include "outcome.h"
#include "say.h"
#include "server.h"
#include "table.h"
#include "terminal.h"

enum {
    WHY_MAX = 512
};

/* What is asked, of whom, and what came of it. */
struct asking {
    json_t *body;
    const char *label; /* NULL: nodes are named */
    bool is_over;      /* when it was asked: nobody waits for the outcome */
    bool is_json;
    json_t *nodes;    /* names, or MACs */
    json_t *commands; /* of each node; null: it was refused */
    json_t *failed;   /* rows of those that came to nothing */
    int result;
};

static const struct nf_column failed_columns[] = {
    /* clang-format off */
    { "FAILED", "node",  NF_COLUMN_TEXT, NF_KEEP },
    { "STATE",  "state", NF_COLUMN_TEXT, NF_KEEP },
    { "WHY",    "why",   NF_COLUMN_TEXT, NF_KEEP },
    { 0 },
    /* clang-format on */
};

static void
note_failure(struct asking *a, const char *node, const char *state,
             const char *why)
{
    json_array_append_new(a->failed, json_pack("{s:s,s:s,s:s}", "node", node,
                                               "state", state, "why", why));
    a->result = a->result == NF_EXIT_OK ? NF_EXIT_FAILED : a->result;
}

/* --- who ---------------------------------------------------------------------
 */

static bool
take_page(const json_t *page, void *of)
{
    struct asking *a = of;
    json_t *node;
    size_t i;

    json_array_foreach (page, i, node) {
        char mac[64];
        nf_cell_mac(nf_table_text(node, "mac"), mac, sizeof(mac));
        json_array_append_new(a->nodes, json_string(mac));
    }
    return true;
}

/* All of them are known before the first is asked. */
static int
find_nodes(struct asking *a, int argc, char **argv)
{
    char path[NF_PATH_MAX_BYTES];

    struct nf_names names;

    if (a->label == NULL) {
        bool is_done = nf_names_take(&names, argc, argv);
        for (size_t i = 0; is_done && i < names.n; i++) {
            json_array_append_new(a->nodes, json_string(names.each[i]));
        }
        nf_names_end(&names);
        return is_done ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    return nf_server_path(path, "/api/v1/nodes?limit=500&label=", a->label, "")
               ? nf_server_pages(path, take_page, a)
               : NF_EXIT_FAILED;
}

/* --- asking, and waiting -----------------------------------------------------
 */

static void
note_refusal(struct asking *a, const char *node, const struct nf_reply *reply)
{
    char why[WHY_MAX];

    nf_terminal_copy(why, sizeof(why), nf_server_words(reply, true));
    nf_log(NF_LOG_ERR, "%s: %s", node, why);
    note_failure(a, node, "refused", why);
}

/* False: the server does not answer, and others need not be tried. */
static bool
ask(struct asking *a, const char *node)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_server_path(path, "/api/v1/nodes/", node, "/commands")) {
        note_failure(a, node, "refused", "no node can have this name");
        json_array_append_new(a->commands, json_null());
        return true;
    }
    int code = nf_server_try("POST", path, a->body, &reply);
    if (code == NF_EXIT_UNREACHABLE) {
        a->result = code;
    } else if (code != NF_EXIT_OK) {
        note_refusal(a, node, &reply);
    }
    json_array_append_new(a->commands, code == NF_EXIT_OK
                                           ? json_incref(reply.json)
                                           : json_null());
    nf_server_end(&reply);
    return code != NF_EXIT_UNREACHABLE;
}

/* "MAC  done: {"power":"on"}", when it has ended or nobody waits. */
static void
tell(struct asking *a, const char *node, const json_t *command)
{
    const char *state = nf_table_text(command, "state");
    const char *result = nf_table_text(command, "result");

    if (a->is_json) {
        (void) nf_table_print_json(command);
    } else {
        printf("%s  %s%s%s\n", node, state, result[0] != '\0' ? ": " : "",
               result);
        fflush(stdout);
    }
    if (!a->is_over && strcmp(state, "done") != 0) {
        note_failure(a, node, state, result);
    }
}

/* False: the server does not answer any more. */
static bool
hear(struct asking *a, size_t i)
{
    const char *node = json_string_value(json_array_get(a->nodes, i));
    json_t *command = json_incref(json_array_get(a->commands, i));
    int code = NF_EXIT_OK;

    if (json_is_object(command)) {
        code = a->is_over ? NF_EXIT_OK : nf_outcome_wait(&command, false);
        if (code == NF_EXIT_OK) {
            tell(a, node, command);
        } else {
            a->result = code;
        }
    }
    json_decref(command);
    return code != NF_EXIT_UNREACHABLE;
}

/* All are asked before the first is waited for. */
static void
ask_all(struct asking *a)
{
    bool goes_on = true;

    for (size_t i = 0; goes_on && i < json_array_size(a->nodes); i++) {
        goes_on = ask(a, json_string_value(json_array_get(a->nodes, i)));
    }
    for (size_t i = 0; goes_on && i < json_array_size(a->commands); i++) {
        goes_on = hear(a, i);
    }
}

/* Of many, what is left to look at stands together at the end. */
static void
sum_up(const struct asking *a)
{
    size_t n = json_array_size(a->nodes), failed = json_array_size(a->failed);

    if (a->is_json || a->result == NF_EXIT_UNREACHABLE) {
        return;
    }
    if (n == 0) {
        puts("none");
    }
    if (n > 1 && failed > 0) {
        putchar('\n');
        (void) nf_table_print(a->failed, failed_columns);
    }
    if (n > 1) {
        printf("%zu of %zu %s\n", n - failed, n, a->is_over ? "asked" : "done");
    }
}

/* body is taken. */
static int
run(struct asking *a, int argc, char **argv)
{
    a->nodes = json_array();
    a->commands = json_array();
    a->failed = json_array();
    a->result = find_nodes(a, argc, argv);
    if (a->result == NF_EXIT_OK) {
        ask_all(a);
        sum_up(a);
    }
    json_decref(a->nodes);
    json_decref(a->commands);
    json_decref(a->failed);
    json_decref(a->body);
    return nf_say_written() ? a->result : NF_EXIT_FAILED;
}

int
nf_command_power(int argc, char **argv)
{
    struct asking a = {.label = NULL};
    const struct nf_option options[] = {NF_SWITCH("--no-wait", &a.is_over),
                                        NF_SWITCH("--json", &a.is_json),
                                        NF_OPTION("--label", &a.label),
                                        NF_OPTION("-l", &a.label),
                                        {0}};

    if (!nf_options_take(&argc, argv, options) || argc < 1
        || (argc == 1) != (a.label != NULL))
    {
        return nf_usage("power");
    }
    a.body = json_pack("{s:s,s:{s:s}}", "command", "power", "args", "action",
                       argv[0]);
    return run(&a, argc - 1, argv + 1);
}

int
nf_command_bootdev(int argc, char **argv)
{
    bool is_bios = false, stays = false;
    struct asking a = {.label = NULL};
    const struct nf_option options[] = {NF_SWITCH("--no-wait", &a.is_over),
                                        NF_SWITCH("--json", &a.is_json),
                                        NF_OPTION("--label", &a.label),
                                        NF_OPTION("-l", &a.label),
                                        NF_SWITCH("--bios", &is_bios),
                                        NF_SWITCH("--persistent", &stays),
                                        {0}};

    if (!nf_options_take(&argc, argv, options) || argc < 1
        || (argc == 1) != (a.label != NULL))
    {
        return nf_usage("bootdev");
    }
    a.body = json_pack("{s:s,s:{s:s,s:s,s:b}}", "command", "boot_device",
                       "args", "device", argv[0], "firmware",
                       is_bios ? "bios" : "efi", "persistent", stays);
    return run(&a, argc - 1, argv + 1);
}
