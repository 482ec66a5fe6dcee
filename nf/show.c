#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "terminal.h"

struct showing {
    const struct nf_list *list;
    struct nf_table table;
    size_t n;
    bool is_failed;
};

bool
nf_list_path(struct nf_list_filter *filter)
{
    const struct {
        const char *name, *value;
    } parts[] = {{"&status=", filter->status}, {"&label=", filter->label}};

    snprintf(filter->path, sizeof(filter->path), "%s", filter->base);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char before[NF_PATH_MAX_BYTES];
        int n = snprintf(before, sizeof(before), "%s%s", filter->path,
                         parts[i].name);
        if (parts[i].value != NULL
            && (n < 0 || n >= (int) sizeof(before)
                || !nf_server_path(filter->path, before, parts[i].value, "")))
        {
            return false;
        }
    }
    return true;
}

static void
drop_hidden(const struct nf_list *list, json_t *page)
{
    for (size_t i = json_array_size(page); list->is_shown != NULL && i > 0; i--)
    {
        if (!list->is_shown(json_array_get(page, i - 1))) {
            json_array_remove(page, i - 1);
        }
    }
}

/* One object of a list, two blanks further in: what jansson would print of
 * the whole list. */
static bool
put_object(const json_t *object, bool is_first)
{
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_ENCODE_ANY);
    bool is_done = text != NULL;

    fputs(is_first ? "[\n  " : ",\n  ", stdout);
    for (char *at = text, *end; is_done && at != NULL; at = end) {
        end = strchr(at, '\n');
        size_t len = end != NULL ? (size_t) (end++ - at) : strlen(at);
        is_done = nf_terminal_put(at, len);
        fputs(end != NULL ? "\n  " : "", stdout);
    }
    free(text);
    return is_done;
}

static bool
show_page(const json_t *page, void *of)
{
    struct showing *s = of;
    json_t *kept = json_copy((json_t *) page);
    const json_t *object;
    bool is_done = true;
    size_t i;

    drop_hidden(s->list, kept);
    if (!s->list->is_json) {
        is_done = nf_table_add(&s->table, kept);
    } else {
        json_array_foreach (kept, i, object) {
            is_done = is_done && put_object(object, s->n++ == 0);
        }
    }
    json_decref(kept);
    s->is_failed |= !is_done;
    return is_done;
}

int
nf_show_list(const struct nf_list *list)
{
    struct showing s = {.list = list, .table = {.columns = list->columns}};

    int code = nf_server_pages(list->path, show_page, &s);
    if (list->is_json && code == NF_EXIT_OK) {
        puts(s.n > 0 ? "\n]" : "[]");
    }
    bool is_done = list->is_json || code != NF_EXIT_OK ? nf_say_written()
                                                       : nf_table_end(&s.table);
    return code != NF_EXIT_OK        ? code
           : is_done && !s.is_failed ? NF_EXIT_OK
                                     : NF_EXIT_FAILED;
}

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
nf_show_list_command(const char *command, int argc, char **argv,
                     const char *path, const struct nf_column *columns)
{
    struct nf_list list = {.path = path, .columns = columns};
    const struct nf_option options[] = {{"--json", NULL, &list.is_json}, {0}};

    if (!nf_options_take(&argc, argv, options) || argc != 0) {
        return nf_usage(command);
    }
    return nf_show_list(&list);
}

int
nf_show_one_command(const char *command, int argc, char **argv,
                    const char *before, const char *behind,
                    bool (*print)(const json_t *object))
{
    bool is_json = false;
    const struct nf_option options[] = {{"--json", NULL, &is_json}, {0}};
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
