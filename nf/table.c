#include "table.h"
#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal.h"

enum {
    NARROW = 16, /* a sentence that is cut keeps these columns */
    GAP = 2
};

static size_t
count(const struct nf_column *columns)
{
    size_t n = 0;

    while (columns[n].title != NULL && n < NF_TABLE_COLUMNS) {
        n++;
    }
    return n;
}

static enum nf_cell_form
form_of(const struct nf_table *table)
{
    return table->has_all ? NF_CELL_LONG : NF_CELL_SHORT;
}

static void
measure(struct nf_table *table, const json_t *list)
{
    char word[NF_CELL_MAX];
    const json_t *object;
    size_t i;

    for (size_t c = 0; c < count(table->columns); c++) {
        int title = nf_terminal_width(table->columns[c].title);
        int *wide = &table->wide[c];
        *wide = title > *wide ? title : *wide;
        json_array_foreach (list, i, object) {
            nf_cell_word(object, &table->columns[c], form_of(table), word,
                         sizeof(word));
            int n = nf_terminal_width(word);
            *wide = n > *wide ? n : *wide;
        }
    }
}

/* --- where there is no room for all ------------------------------------------
 */

/* How much a line is too long for the terminal. */
static int
excess(const struct nf_table *table, int columns)
{
    int total = -GAP;

    for (size_t c = 0; c < count(table->columns); c++) {
        total += table->is_dropped[c] ? 0 : table->wide[c] + GAP;
    }
    return columns > 0 ? total - columns : 0;
}

/* What sentences could give. */
static int
slack(const struct nf_table *table)
{
    int total = 0;

    for (size_t c = 0; c < count(table->columns); c++) {
        bool is_cut = table->columns[c].kind == NF_COLUMN_WORDS
                      && !table->is_dropped[c] && table->wide[c] > NARROW;
        total += is_cut ? table->wide[c] - NARROW : 0;
    }
    return total;
}

/* Leave out the column of the highest rank, of several the last one. */
static bool
drop(struct nf_table *table)
{
    size_t n = count(table->columns), worst = n;

    for (size_t c = 0; c < n; c++) {
        enum nf_column_rank rank = table->columns[c].rank;
        if (!table->is_dropped[c] && rank != NF_KEEP
            && (worst == n || rank >= table->columns[worst].rank))
        {
            worst = c;
        }
    }
    if (worst == n) {
        return false;
    }
    table->is_dropped[worst] = true;
    return true;
}

/* Before the first line: which columns there are. */
static void
choose(struct nf_table *table, int columns)
{
    for (size_t c = 0; c < count(table->columns); c++) {
        table->is_dropped[c] =
            table->columns[c].rank == NF_WIDE && !table->has_all;
    }
    while (!table->has_all && excess(table, columns) > slack(table)
           && drop(table)) {
    }
}

/* Take from the widest sentence until the line fits. */
static void
cut(struct nf_table *table, int columns)
{
    for (int n = excess(table, columns); n > 0 && slack(table) > 0; n--) {
        size_t widest = NF_TABLE_COLUMNS;
        for (size_t c = 0; c < count(table->columns); c++) {
            bool can = table->columns[c].kind == NF_COLUMN_WORDS
                       && !table->is_dropped[c];
            if (can
                && (widest == NF_TABLE_COLUMNS
                    || table->wide[c] > table->wide[widest])) {
                widest = c;
            }
        }
        table->wide[widest]--;
    }
}

/* --- lines -------------------------------------------------------------------
 */

static void
put_word(const struct nf_column *column, const char *word, bool is_title)
{
    const char *colour =
        column->kind == NF_COLUMN_STATE && !is_title && nf_terminal_has_colour()
            ? nf_cell_colour(word)
            : "";

    printf("%s%s%s", colour, word, colour[0] != '\0' ? "\033[0m" : "");
}

/* A row of words, or of titles when there is no object.  Blanks are put
 * before a word, so that none stand at the end of a line. */
static void
put_row(const struct nf_table *table, const json_t *object, int columns)
{
    char word[NF_CELL_MAX];
    int blanks = 0;

    for (size_t c = 0; c < count(table->columns); c++) {
        const struct nf_column *column = &table->columns[c];
        if (table->is_dropped[c]) {
            continue;
        }
        if (object != NULL) {
            nf_cell_word(object, column, form_of(table), word, sizeof(word));
        } else {
            nf_terminal_copy(word, sizeof(word), column->title);
        }
        if (columns > 0 && column->kind == NF_COLUMN_WORDS && !table->has_all) {
            nf_terminal_fit(word, table->wide[c]);
        }
        if (word[0] != '\0') {
            printf("%*s", blanks, "");
            put_word(column, word, object == NULL);
            blanks = 0;
        }
        blanks += table->wide[c] - nf_terminal_width(word) + GAP;
    }
    putchar('\n');
}

bool
nf_table_add(struct nf_table *table, const json_t *list)
{
    int columns = table->has_all ? 0 : nf_terminal_columns();
    const json_t *object;
    size_t i;

    if (json_array_size(list) == 0) {
        return true;
    }
    measure(table, list);
    if (!table->is_begun) {
        choose(table, columns);
    }
    cut(table, columns);
    if (!table->is_begun && !table->has_no_titles) {
        put_row(table, NULL, columns);
    }
    table->is_begun = true;
    json_array_foreach (list, i, object) {
        put_row(table, object, columns);
    }
    return ferror(stdout) == 0;
}

bool
nf_table_end(const struct nf_table *table)
{
    if (!table->is_begun && !table->has_no_titles) {
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
    char word[NF_CELL_MAX];

    for (; columns->title != NULL; columns++) {
        nf_cell_word(object, columns, NF_CELL_LONG, word, sizeof(word));
        if (word[0] != '\0') {
            printf("%-14s ", columns->title);
            put_word(columns, word, false);
            putchar('\n');
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
    char first[NF_CELL_MAX], second[NF_CELL_MAX];

    const struct nf_column columns[] = {
        {"", one, NF_COLUMN_MAC, NF_KEEP},
        {"", other, strcmp(other, "macs") == 0 ? NF_COLUMN_MAC : NF_COLUMN_TEXT,
         NF_KEEP}};

    nf_cell_word(object, &columns[0], NF_CELL_LONG, first, sizeof(first));
    second[0] = '\0';
    if (other[0] != '\0') {
        nf_cell_word(object, &columns[1], NF_CELL_LONG, second, sizeof(second));
    }
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
