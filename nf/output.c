#include "output.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "say.h"
#include "terminal.h"
#include "yaml.h"

bool
nf_output_parse(const char *word, enum nf_output_form *form)
{
    static const char *const words[] = {
        [NF_OUTPUT_TABLE] = "table", [NF_OUTPUT_WIDE] = "wide",
        [NF_OUTPUT_JSON] = "json",   [NF_OUTPUT_YAML] = "yaml",
        [NF_OUTPUT_CSV] = "csv",     [NF_OUTPUT_NAME] = "name"};

    *form = NF_OUTPUT_TABLE;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (word == NULL || word[0] == '\0' || strcmp(words[i], word) == 0) {
            *form = (enum nf_output_form) i;
            return true;
        }
    }
    nf_log(NF_LOG_ERR,
           "unknown output format %s; use table, wide, json, yaml, csv or name",
           word);
    return false;
}

/* --- JSON and YAML -----------------------------------------------------------
 */

/* One object of a list, two blanks further in: what jansson would print of
 * the whole list. */
static bool
put_json(const json_t *object, bool is_first)
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
put_yaml(const json_t *object)
{
    json_t *one = json_array();

    json_array_append(one, (json_t *) object);
    bool is_done = nf_yaml_print(one, 0);
    json_decref(one);
    return is_done;
}

static bool
put_line(const json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENCODE_ANY);
    bool is_done = text != NULL && nf_terminal_put(text, strlen(text));

    free(text);
    return putchar('\n') != EOF && is_done;
}

/* --- CSV (RFC 4180) ----------------------------------------------------------
 */

/* A title as a program names it: "BOOT FILE" is boot_file. */
static void
put_title(const char *title)
{
    for (; *title != '\0'; title++) {
        putchar(isalnum((unsigned char) *title)
                    ? tolower((unsigned char) *title)
                    : '_');
    }
}

static void
put_quoted(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            putchar('"');
        }
        (void) nf_terminal_put(text, 1);
    }
    putchar('"');
}

/* Only what needs it is in quotes. */
static void
put_cell(const char *text)
{
    if (strpbrk(text, ",\"\r\n") != NULL) {
        put_quoted(text);
    } else {
        (void) nf_terminal_put(text, strlen(text));
    }
}

static void
put_titles(const struct nf_column *columns)
{
    for (size_t i = 0; columns[i].title != NULL; i++) {
        fputs(i > 0 ? "," : "", stdout);
        put_title(columns[i].title);
    }
    fputs("\r\n", stdout);
}

static bool
put_record(const json_t *object, const struct nf_column *columns)
{
    for (size_t i = 0; columns[i].title != NULL; i++) {
        char *text = nf_cell_exact(object, &columns[i]);
        fputs(i > 0 ? "," : "", stdout);
        put_cell(text != NULL ? text : "");
        free(text);
    }
    return fputs("\r\n", stdout) >= 0;
}

/* -----------------------------------------------------------------------------
 */

static bool
put_name(const json_t *object, const struct nf_column *columns)
{
    char *text = nf_cell_exact(object, columns);
    bool is_done = text != NULL && nf_terminal_put(text, strlen(text));

    free(text);
    return putchar('\n') != EOF && is_done;
}

static bool
put(struct nf_output *output, const json_t *object)
{
    const struct nf_column *columns = output->table.columns;

    switch (output->form) {
    case NF_OUTPUT_JSON:
        return put_json(object, output->n == 0);
    case NF_OUTPUT_YAML:
        return put_yaml(object);
    case NF_OUTPUT_LINES:
        return put_line(object);
    case NF_OUTPUT_CSV:
        if (output->n == 0 && !output->has_no_titles) {
            put_titles(columns);
        }
        return put_record(object, columns);
    case NF_OUTPUT_NAME:
        return put_name(object, columns);
    case NF_OUTPUT_TABLE:
    case NF_OUTPUT_WIDE:
        break;
    }
    return false;
}

bool
nf_output_add(struct nf_output *output, const json_t *list)
{
    const json_t *object;
    bool is_done = true;
    size_t i;

    if (output->form <= NF_OUTPUT_WIDE) {
        output->table.has_all = output->form == NF_OUTPUT_WIDE;
        output->table.has_no_titles = output->has_no_titles;
        output->n += json_array_size(list);
        return nf_table_add(&output->table, list);
    }
    json_array_foreach (list, i, object) {
        is_done = is_done && put(output, object);
        output->n++;
    }
    return is_done && ferror(stdout) == 0;
}

bool
nf_output_end(struct nf_output *output)
{
    if (output->form <= NF_OUTPUT_WIDE) {
        output->table.has_no_titles = output->has_no_titles;
        return nf_table_end(&output->table);
    }
    if (output->form == NF_OUTPUT_JSON) {
        puts(output->n > 0 ? "\n]" : "[]");
    } else if (output->form == NF_OUTPUT_YAML && output->n == 0) {
        puts("[]");
    } else if (output->form == NF_OUTPUT_CSV && output->n == 0
               && !output->has_no_titles)
    {
        put_titles(output->table.columns);
    }
    return nf_say_written();
}

bool
nf_output_value(const json_t *value, enum nf_output_form form)
{
    if (form == NF_OUTPUT_YAML) {
        return nf_yaml_print(value, 0) && nf_say_written();
    }
    return nf_table_print_json(value);
}
