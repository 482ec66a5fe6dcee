#include "table.h"
#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "terminal.h"

enum {
    WORD_MAX = 512,
    NARROW = 8, /* a column that gives way keeps these */
    GAP = 2
};

static const json_t *
find(const json_t *object, const char *path)
{
    char name[64];

    while (object != NULL && path[0] != '\0') {
        size_t n = strcspn(path, ".");
        snprintf(name, sizeof(name), "%.*s", (int) n, path);
        object = json_object_get(object, name);
        path += path[n] == '.' ? n + 1 : n;
    }
    return object;
}

static void
put_when(const char *text, char *word, size_t size)
{
    nf_time_t then;

    if (text == NULL || !nf_time_parse(nf_text(text), &then)) {
        snprintf(word, size, "%s", "");
        return;
    }
    long long s = (long long) time(NULL) - then / 1000;
    const struct {
        long long below, unit;
        const char *name;
    } units[] = {{120, 1, "s"},
                 {7200, 60, "min"},
                 {172800, 3600, "h"},
                 {INT64_MAX, 86400, "d"}};
    const char *tail = s < 0 ? "from now" : "ago";
    s = s < 0 ? -s : s;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (s < units[i].below) {
            snprintf(word, size, "%lld %s %s", s / units[i].unit, units[i].name,
                     tail);
            return;
        }
    }
}

void
nf_table_word(const json_t *object, const struct nf_column *column, char *text,
              size_t size)
{
    const json_t *value = find(object, column->member);
    const char *words = json_string_value(value);

    text[0] = '\0';
    if (value == NULL) {
        return;
    }
    switch (column->kind) {
    case NF_COLUMN_TEXT:
        nf_terminal_copy(text, size, words);
        break;
    case NF_COLUMN_NUMBER:
        snprintf(text, size, "%lld", (long long) json_integer_value(value));
        break;
    case NF_COLUMN_SOME:
        if (json_integer_value(value) == 0) {
            return;
        }
        snprintf(text, size, "%lld", (long long) json_integer_value(value));
        break;
    case NF_COLUMN_PERCENT:
        snprintf(text, size, "%lld %%", (long long) json_integer_value(value));
        break;
    case NF_COLUMN_WHEN:
        put_when(words, text, size);
        break;
    case NF_COLUMN_YES:
        snprintf(text, size, "%s", json_is_true(value) ? "yes" : "no");
        break;
    case NF_COLUMN_COUNT:
        snprintf(text, size, "%zu", json_array_size(value));
        break;
    }
}

static size_t
count(const struct nf_column *columns)
{
    size_t n = 0;

    while (columns[n].title != NULL) {
        n++;
    }
    return n;
}

static void
measure(struct nf_table *table, const json_t *list)
{
    char word[WORD_MAX];
    const json_t *object;
    size_t i;

    for (size_t c = 0; c < count(table->columns); c++) {
        int title = nf_terminal_width(table->columns[c].title);
        int *wide = &table->wide[c];
        *wide = title > *wide ? title : *wide;
        json_array_foreach (list, i, object) {
            nf_table_word(object, &table->columns[c], word, sizeof(word));
            int n = nf_terminal_width(word);
            *wide = n > *wide ? n : *wide;
        }
    }
}

/* Take from the widest until the line fits, as long as that has enough. */
static void
narrow(struct nf_table *table, int columns)
{
    size_t n = count(table->columns);
    int total = 0;

    for (size_t c = 0; c < n; c++) {
        total += table->wide[c] + (c + 1 < n ? GAP : 0);
    }
    while (columns > 0 && total > columns) {
        size_t widest = 0;
        for (size_t c = 1; c < n; c++) {
            widest = table->wide[c] > table->wide[widest] ? c : widest;
        }
        if (table->wide[widest] <= NARROW) {
            return;
        }
        table->wide[widest]--;
        total--;
    }
}

/* A row of words, or of titles when there is no object.  Blanks are put
 * before a word, so that none stand at the end of a line. */
static void
put_row(const struct nf_table *table, const json_t *object, int columns)
{
    size_t n = count(table->columns);
    char word[WORD_MAX];
    int blanks = 0;

    for (size_t c = 0; c < n; c++) {
        const struct nf_column *column = &table->columns[c];
        if (object != NULL) {
            nf_table_word(object, column, word, sizeof(word));
        } else {
            nf_terminal_copy(word, sizeof(word), column->title);
        }
        if (columns > 0) {
            nf_terminal_fit(word, table->wide[c]);
        }
        if (word[0] != '\0') {
            printf("%*s%s", blanks, "", word);
            blanks = 0;
        }
        blanks += table->wide[c] - nf_terminal_width(word) + GAP;
    }
    putchar('\n');
}

bool
nf_table_add(struct nf_table *table, const json_t *list)
{
    int columns = nf_terminal_columns();
    const json_t *object;
    size_t i;

    measure(table, list);
    narrow(table, columns);
    json_array_foreach (list, i, object) {
        if (!table->has_rows) {
            put_row(table, NULL, columns);
            table->has_rows = true;
        }
        put_row(table, object, columns);
    }
    return ferror(stdout) == 0;
}

bool
nf_table_end(const struct nf_table *table)
{
    if (!table->has_rows) {
        puts("none");
    }
    return nf_say_written();
}

bool
nf_table_print(const json_t *list, const struct nf_column *columns)
{
    struct nf_table table = {.columns = columns};

    return nf_table_add(&table, list) && nf_table_end(&table);
}

bool
nf_table_print_one(const json_t *object, const struct nf_column *columns)
{
    char word[1024];

    for (; columns->title != NULL; columns++) {
        nf_table_word(object, columns, word, sizeof(word));
        if (word[0] != '\0') {
            printf("%-14s %s\n", columns->title, word);
        }
    }
    return nf_say_written();
}

const char *
nf_table_text(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text != NULL ? text : "";
}

void
nf_table_say(const json_t *object, const char *one, const char *other)
{
    char first[WORD_MAX], second[WORD_MAX];

    nf_terminal_copy(first, sizeof(first), nf_table_text(object, one));
    nf_terminal_copy(second, sizeof(second), nf_table_text(object, other));
    printf("%s%s%s\n", first, second[0] != '\0' ? " " : "", second);
}

bool
nf_table_print_json(const json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY);
    bool is_done = text != NULL && nf_terminal_put(text, strlen(text));

    free(text);
    putchar('\n');
    return nf_say_written() && is_done;
}
