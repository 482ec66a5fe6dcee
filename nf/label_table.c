/*
 * nf labels: the labels of many nodes as a table of a spreadsheet.  The first
 * column is the node, every other one a label's key; an empty cell says
 * nothing, and "-" removes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "csv.h"
#include "input.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"
#include "terminal.h"

static const char node_title[] = "node";

/* --- import ------------------------------------------------------------------
 */

/* One line's labels, as the API takes them. */
static json_t *
labels_of(const json_t *record)
{
    json_t *labels = json_object(), *cell;
    const char *key;

    json_object_foreach ((json_t *) record, key, cell) {
        if (strcmp(key, node_title) == 0) {
            continue;
        }
        bool is_removed = strcmp(json_string_value(cell), "-") == 0;
        json_object_set_new(labels, key,
                            is_removed ? json_null() : json_incref(cell));
    }
    return json_pack("{s:o}", "labels", labels);
}

/* The exit status; what was refused is told, with the line. */
static int
send_record(const char *file, const json_t *line, const json_t *record)
{
    const char *node = nf_table_text(record, node_title);
    char path[NF_PATH_MAX_BYTES], name[64];
    struct nf_reply reply = {0};
    json_t *body = labels_of(record);
    int code = nf_server_path(path, "/api/v1/nodes/", node, "")
                   ? nf_server_ask("PATCH", path, body, &reply)
                   : NF_EXIT_FAILED;

    if (code == NF_EXIT_FAILED) {
        nf_terminal_copy(name, sizeof(name), node);
        nf_log(NF_LOG_ERR, "%s, line %lld: %s keeps its labels", file,
               (long long) json_integer_value(line),
               name[0] != '\0' ? name : "no node");
    }
    nf_server_end(&reply);
    json_decref(body);
    return code;
}

/* Each line by itself, until nobody answers. */
static int
send_table(const char *file, const json_t *list, const json_t *lines)
{
    int code = NF_EXIT_OK, result = NF_EXIT_OK;
    size_t n = json_array_size(list), done = 0;

    for (size_t i = 0; i < n && code != NF_EXIT_UNREACHABLE; i++) {
        code = send_record(file, json_array_get(lines, i),
                           json_array_get(list, i));
        done += code == NF_EXIT_OK;
        result = code != NF_EXIT_OK ? code : result;
    }
    if (result != NF_EXIT_UNREACHABLE || done > 0) {
        printf("%zu of %zu nodes\n", done, n);
    }
    return result;
}

int
nf_command_labels_import(int argc, char **argv)
{
    const struct nf_option options[] = {{0}};
    json_t *lines = NULL, *list = NULL;
    char *text, *at;

    if (!nf_options_take(&argc, argv, options) || argc != 1) {
        return nf_usage("labels import");
    }
    const char *file = nf_input_name(argv[0]);
    if ((at = nf_input_read(argv[0], &text)) == NULL) {
        return NF_EXIT_FAILED;
    }
    list = nf_csv_read(at, file, node_title, &lines);
    free(text);
    if (list == NULL) {
        return NF_EXIT_FAILED;
    }
    int code = send_table(file, list, lines);
    json_decref(list);
    json_decref(lines);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

/* --- export ------------------------------------------------------------------
 */

struct export
{
    json_t *nodes; /* labels by MAC, in the order of the list */
    json_t *keys;  /* all there are */
};

static bool
take_page(const json_t *page, void *of)
{
    struct export *x = of;
    json_t *node;
    size_t i;

    json_array_foreach (page, i, node) {
        json_t *labels = json_object_get(node, "labels");
        labels = labels != NULL ? json_incref(labels) : json_object();
        json_object_update(x->keys, labels);
        json_object_set_new(x->nodes, nf_table_text(node, "mac"), labels);
    }
    return true;
}

/* Keys and values hold nothing that a cell would have to quote. */
static void
print_table(const struct export *x)
{
    const char *mac, *key;
    json_t *labels, *any;

    printf("%s", node_title);
    json_object_foreach (x->keys, key, any) {
        printf(",%s", key);
    }
    putchar('\n');
    json_object_foreach (x->nodes, mac, labels) {
        printf("%s", mac);
        json_object_foreach (x->keys, key, any) {
            printf(",%s", nf_table_text(labels, key));
        }
        putchar('\n');
    }
}

int
nf_command_labels_export(int argc, char **argv)
{
    const char *selector = NULL;
    const struct nf_option options[] = {
        NF_OPTION("-l", &selector), NF_OPTION("--label", &selector), {0}};
    struct export x = {json_object(), json_object()};
    char path[NF_PATH_MAX_BYTES] = "/api/v1/nodes?limit=500";
    int code = NF_EXIT_FAILED;

    if (!nf_options_take(&argc, argv, options) || argc != 0) {
        code = nf_usage("labels export");
    } else if (selector == NULL
               || nf_server_path(
                   path, "/api/v1/nodes?limit=500&label=", selector, ""))
    {
        code = nf_server_pages(path, take_page, &x);
        if (code == NF_EXIT_OK) {
            print_table(&x);
        }
    }
    json_decref(x.nodes);
    json_decref(x.keys);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}
