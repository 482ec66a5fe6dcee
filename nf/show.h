#ifndef NF_SHOW_H
#define NF_SHOW_H

/*
 * What the API answers, shown: as tables, or as its JSON.
 */

#include "server.h"
#include "table.h"

struct nf_list {
    const char *path;
    const struct nf_column *columns;
    bool is_json;
    bool (*is_shown)(const json_t *object); /* NULL: all are */
};

/* What a list may be narrowed by; each may be NULL. */
struct nf_list_filter {
    const char *base; /* the path, with a query already */
    const char *status, *label;
    char path[NF_PATH_MAX_BYTES]; /* made by nf_list_path() */
};

/* False: told what cannot stand in a path. */
bool nf_list_path(struct nf_list_filter *filter);

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

/* A command whose arguments are objects that it deletes, with `before` in front
 * of each one's name. */
int nf_delete_command(const char *command, int argc, char **argv,
                      const char *before);

#endif
