#ifndef NF_TABLE_H
#define NF_TABLE_H

/*
 * Objects of the API as lines of columns, for a person to read.
 */

#include "cell.h"

enum {
    NF_TABLE_COLUMNS = 20
};

/* A table that is printed a page at a time. */
struct nf_table {
    const struct nf_column *columns;
    bool has_all; /* -o wide: every column, and nothing is cut */
    bool has_no_titles;
    int wide[NF_TABLE_COLUMNS];
    bool is_dropped[NF_TABLE_COLUMNS];
    bool is_begun;
};

/*
 * Columns are as wide as what was seen so far asks for.  Where a terminal has
 * no room for all, sentences are cut, then columns are left out by their rank;
 * names and identifiers are never cut.  The first page decides which.
 */
bool nf_table_add(struct nf_table *table, const json_t *list);

/* A word when nothing was added. */
bool nf_table_end(const struct nf_table *table);

/* Print a list of objects; a word when it is empty. */
bool nf_table_print(const json_t *list, const struct nf_column *columns);

/* One object, a member a line; those that it has not are left out. */
bool nf_table_print_one(const json_t *object, const struct nf_column *columns);

/* A member that is a text; "" when there is none.  Not safe to print. */
const char *nf_table_text(const json_t *object, const char *member);

/* Print members that are texts, on a line; what there is not is left out. */
void nf_table_say(const json_t *object, const char *one, const char *other);

/* The server's JSON, for --json. */
bool nf_table_print_json(const json_t *json);

#endif
