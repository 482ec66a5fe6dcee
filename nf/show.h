#ifndef NF_SHOW_H
#define NF_SHOW_H

/*
 * What the API answers, shown: as tables, or as its JSON.
 */

#include "table.h"

struct nf_list {
    const char *path;
    const struct nf_column *columns;
    bool is_json;
    bool (*is_shown)(const json_t *object); /* NULL: all are */
};

/* A list, page by page: memory for one of them.  The exit status. */
int nf_show_list(const struct nf_list *list);

/* One object, by `print` or as JSON. */
int nf_show_one(const char *path, bool is_json,
                bool (*print)(const json_t *object));

/*
 * Commands whose only option is --json: a list without arguments, and one
 * object whose name stands in a path before `behind`.
 */
int nf_show_list_command(const char *command, int argc, char **argv,
                         const char *path, const struct nf_column *columns);
int nf_show_one_command(const char *command, int argc, char **argv,
                        const char *before, const char *behind,
                        bool (*print)(const json_t *object));

#endif
