/*
 * nf status: is anything wrong with the bastion, and how many nodes and tasks
 * there are.
 */

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"
#include "terminal.h"

enum {
    LINE_MAX_BYTES = 1024,
};

static void
put_member(const json_t *object, const char *before, const char *member)
{
    char text[LINE_MAX_BYTES], safe[LINE_MAX_BYTES];

    nf_cell_sentence(nf_table_text(object, member), text, sizeof(text));
    nf_terminal_copy(safe, sizeof(safe), text);
    if (safe[0] != '\0') {
        printf("%s%s", before, safe);
    }
}

static void
print_troubles(const json_t *details)
{
    const json_t *trouble;
    size_t i;

    json_array_foreach (details, i, trouble) {
        put_member(trouble, "\n", "word");
        put_member(trouble, ": ", "sentence");
        put_member(trouble, "\n    ", "advice");
        putchar('\n');
    }
}

/* "3 discovered, 1 installing"; words that none has are left out. */
static void
print_counts(const char *title, json_t *counts)
{
    const char *word;
    json_t *count;
    bool has_any = false;

    printf("%s", title);
    json_object_foreach (counts, word, count) {
        char safe[64];
        if (json_integer_value(count) > 0) {
            nf_terminal_copy(safe, sizeof(safe), word);
            printf("%s%" JSON_INTEGER_FORMAT " %s", has_any ? ", " : "",
                   json_integer_value(count), safe);
            has_any = true;
        }
    }
    puts(has_any ? "" : "none");
}

static bool
print_status(const json_t *status)
{
    const json_t *online = json_object_get(status, "online");

    printf("NodeFoundry");
    put_member(status, " ", "version");
    put_member(status, ": ", "status");
    put_member(status, ", up ", "uptime");
    putchar('\n');
    print_troubles(json_object_get(status, "details"));
    if (online == NULL) { /* nothing can be counted */
        return nf_say_written();
    }
    putchar('\n');
    print_counts("nodes   ", json_object_get(status, "nodes"));
    printf("online  %" JSON_INTEGER_FORMAT "\n", json_integer_value(online));
    print_counts("tasks   ", json_object_get(status, "tasks"));
    return nf_say_written();
}

int
nf_command_status(int argc, char **argv)
{
    bool is_json = false;
    const struct nf_option options[] = {NF_SWITCH("--json", &is_json), {0}};
    struct nf_reply reply;

    if (!nf_options_take(&argc, argv, options) || argc != 0) {
        return nf_usage("status");
    }
    int code = nf_server_try("GET", "/api/v1/status", NULL, &reply);
    if (code == NF_EXIT_FAILED && reply.status == 503) {
        nf_server_end(&reply); /* what is wrong is known without a store */
        code = nf_server_ask("GET", "/health", NULL, &reply);
    } else if (code == NF_EXIT_FAILED) {
        nf_server_tell(&reply);
    }
    if (code == NF_EXIT_OK) {
        const char *status = nf_table_text(reply.json, "status");
        bool is_ok = strcmp(status, "ok") == 0;
        bool is_done =
            (is_json ? nf_table_print_json : print_status)(reply.json);
        code = is_done && is_ok ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    nf_server_end(&reply);
    return code;
}
