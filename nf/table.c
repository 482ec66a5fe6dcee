#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/time.h"

enum {
    COLUMNS_MAX = 12,
    WORD_MAX = 160
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

/* Names come from firmware: they must not move the cursor. */
static void
scrub(char *text)
{
    if (!nf_text_is_printable(nf_text(text))) {
        nf_text_scrub(text);
    }
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
        snprintf(text, size, "%s", words != NULL ? words : "");
        break;
    case NF_COLUMN_NUMBER:
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
    scrub(text);
}

/* Characters as a terminal counts them, near enough: bytes that begin one. */
static int
width(const char *text)
{
    int n = 0;

    for (; *text != '\0'; text++) {
        n += ((unsigned char) *text & 0xc0) != 0x80;
    }
    return n;
}

static void
put_cell(const char *text, int wide, bool is_last)
{
    printf("%s%*s", text, is_last ? 0 : wide - width(text) + 2, "");
}

static void
measure(const json_t *list, const struct nf_column *columns,
        int wide[static COLUMNS_MAX])
{
    char word[WORD_MAX];
    const json_t *object;
    size_t i;

    for (size_t c = 0; columns[c].title != NULL; c++) {
        wide[c] = width(columns[c].title);
        json_array_foreach (list, i, object) {
            nf_table_word(object, &columns[c], word, sizeof(word));
            int n = width(word);
            wide[c] = n > wide[c] ? n : wide[c];
        }
    }
}

bool
nf_table_print(const json_t *list, const struct nf_column *columns)
{
    int wide[COLUMNS_MAX];
    char word[WORD_MAX];
    const json_t *object;
    size_t i;

    if (json_array_size(list) == 0) {
        puts("none");
        return fflush(stdout) == 0;
    }
    measure(list, columns, wide);
    for (size_t c = 0; columns[c].title != NULL; c++) {
        put_cell(columns[c].title, wide[c], columns[c + 1].title == NULL);
    }
    putchar('\n');
    json_array_foreach (list, i, object) {
        for (size_t c = 0; columns[c].title != NULL; c++) {
            nf_table_word(object, &columns[c], word, sizeof(word));
            put_cell(word, wide[c], columns[c + 1].title == NULL);
        }
        putchar('\n');
    }
    return fflush(stdout) == 0;
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
    return fflush(stdout) == 0;
}

bool
nf_table_print_json(const json_t *json)
{
    bool is_done = json_dumpf(json, stdout, JSON_INDENT(2)) == 0;

    putchar('\n');
    return fflush(stdout) == 0 && is_done;
}
