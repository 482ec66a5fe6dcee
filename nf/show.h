#ifndef NF_SHOW_H
#define NF_SHOW_H

/*
 * What the API answers, shown: as tables, or as its JSON.
 */

#include "server.h"
#include "table.h"

/* One object, by `print` or as JSON. */
int nf_show_one(const char *path, bool is_json,
                bool (*print)(const json_t *object));

/* A command that shows one object whose name comes between `before` and
 * `behind` in the path. */
int nf_show_one_command(const char *command, int argc, char **argv,
                        const char *before, const char *behind,
                        bool (*print)(const json_t *object));

/* A command whose arguments are objects that it deletes, with `before` in front
 * of each one's name. */
int nf_delete_command(const char *command, int argc, char **argv,
                      const char *before);

#endif
