#ifndef NF_TABLE_H
#define NF_TABLE_H

/*
 * Objects of the API as lines of columns, for a person to read.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum nf_column_kind {
    NF_COLUMN_TEXT,
    NF_COLUMN_NUMBER,
    NF_COLUMN_SOME, /* a number; nothing for 0 */
    NF_COLUMN_PERCENT,
    NF_COLUMN_WHEN,  /* a time, as "3 min ago" */
    NF_COLUMN_YES,   /* "yes" for true */
    NF_COLUMN_COUNT, /* entries of a list */
};

struct nf_column {
    const char *title;  /* NULL at the end of a table */
    const char *member; /* "cpu.model" reaches into objects */
    enum nf_column_kind kind;
};

enum {
    NF_TABLE_COLUMNS = 12
};

/* A table that is printed a page at a time. */
struct nf_table {
    const struct nf_column *columns;
    int wide[NF_TABLE_COLUMNS];
    bool has_rows;
};

/* Columns are as wide as what was seen so far asks for; on a terminal the
 * widest ones give way until a line fits. */
bool nf_table_add(struct nf_table *table, const json_t *list);

/* A word when nothing was added. */
bool nf_table_end(const struct nf_table *table);

/* Print a list of objects; a word when it is empty. */
bool nf_table_print(const json_t *list, const struct nf_column *columns);

/* One object, a member a line; those that it has not are left out. */
bool nf_table_print_one(const json_t *object, const struct nf_column *columns);

/* The member's value in words of that kind; "" when there is none.  Safe to
 * print: control characters are '?'.  Cut in whole characters. */
void nf_table_word(const json_t *object, const struct nf_column *column,
                   char *text, size_t size);

/* A member that is a text; "" when there is none.  Not safe to print. */
const char *nf_table_text(const json_t *object, const char *member);

/* Print members that are texts, on a line; what there is not is left out. */
void nf_table_say(const json_t *object, const char *one, const char *other);

/* The server's JSON, for --json. */
bool nf_table_print_json(const json_t *json);

#endif
