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
#include "label.h"
#include "list.h"
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
edit_of(const json_t *record)
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
    return json_pack("{s:s, s:o}", "id", nf_table_text(record, node_title),
                     "labels", labels);
}

struct importing {
    const char *file;
    const json_t *lines;
    json_t *edits;
    bool is_dry;
    size_t done;
    int result;
};

/* "would label 52:54:00:00:00:01 rack=r1 role-" */
static void
put_would(const json_t *edit)
{
    char word[NF_CELL_MAX];
    const char *key;
    json_t *value;

    nf_cell_mac(nf_table_text(edit, "id"), word, sizeof(word));
    printf("would label %s", word);
    json_object_foreach (json_object_get(edit, "labels"), key, value) {
        const char *text = json_string_value(value);
        nf_terminal_copy(word, sizeof(word), text != NULL ? text : "");
        printf(" %s%s%s", key, text != NULL ? "=" : "-", word);
    }
    putchar('\n');
}

/* What was refused is told, with the line. */
static void
take_result(size_t i, const json_t *result, void *of)
{
    struct importing *im = of;
    char name[64], why[300];

    if (json_object_get(result, "error") == NULL) {
        im->done++;
        if (im->is_dry) {
            put_would(json_array_get(im->edits, i));
        }
        return;
    }
    im->result = NF_EXIT_FAILED;
    nf_terminal_copy(name, sizeof(name), nf_table_text(result, "id"));
    nf_terminal_copy(why, sizeof(why), nf_table_text(result, "error"));
    nf_log(NF_LOG_ERR, "%s, line %lld: %s keeps its labels: %s", im->file,
           (long long) json_integer_value(json_array_get(im->lines, i)),
           name[0] != '\0' ? name : "no node", why);
}

static int
send_table(struct importing *im, const json_t *list)
{
    json_t *record;
    size_t i;
    int code = im->is_dry ? nf_server_dry() : NF_EXIT_OK;

    if (code != NF_EXIT_OK) {
        return code;
    }
    im->edits = json_array();
    json_array_foreach (list, i, record) {
        json_array_append_new(im->edits, edit_of(record));
    }
    code = nf_label_edit(im->edits, take_result, im);
    if (code != NF_EXIT_UNREACHABLE || im->done > 0) {
        printf("%s%zu of %zu nodes\n", im->is_dry ? "would label " : "",
               im->done, json_array_size(list));
    }
    json_decref(im->edits);
    return code != NF_EXIT_OK ? code : im->result;
}

int
nf_command_labels_import(int argc, char **argv)
{
    struct importing im = {.is_dry = false};
    const struct nf_option options[] = {NF_SWITCH("--dry-run", &im.is_dry),
                                        {0}};
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
    im.file = file;
    im.lines = lines;
    int code = send_table(&im, list);
    json_decref(list);
    json_decref(lines);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

/* --- list --------------------------------------------------------------------
 */

static bool
has_labels(const json_t *node)
{
    return json_object_size(json_object_get(node, "labels")) > 0;
}

int
nf_command_labels_list(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "MAC",    "mac",      NF_COLUMN_MAC,  NF_KEEP },
        { "NAME",   "hostname", NF_COLUMN_TEXT, NF_DROP_LATE },
        { "LABELS", "labels",   NF_COLUMN_TEXT, NF_KEEP },
        { 0 },
        /* clang-format on */
    };
    const char *selector = NULL;
    char path[NF_PATH_MAX_BYTES] = "/api/v1/nodes?limit=500";
    struct nf_list list = {
        .path = path, .columns = columns, .is_shown = has_labels};
    const struct nf_option options[] = {
        NF_OPTION("-l", &selector), NF_OPTION("--label", &selector), {0}};

    if (!nf_list_take(&list, &argc, argv, options) || argc != 0) {
        return nf_usage("labels list");
    }
    return nf_server_query(path, "label", selector) ? nf_list_show(&list)
                                                    : NF_EXIT_FAILED;
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
        char colons[64];
        nf_cell_mac(mac, colons, sizeof(colons));
        printf("%s", colons);
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
