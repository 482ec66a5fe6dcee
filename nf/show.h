#ifndef NF_SHOW_H
#define NF_SHOW_H

/*
 * What the API answers, shown: as tables, or as its JSON.
 */

#include "consent.h"
#include "server.h"
#include "table.h"

/*
 * A command that shows objects, each by a name that comes between `before` and
 * `behind` in the path: by `print`, or with -o json|yaml.
 */
int nf_show_one_command(const char *command, int argc, char **argv,
                        const char *before, const char *behind,
                        bool (*print)(const json_t *object));

/* The same for objects whose print has no name: of several it stands above. */
int nf_show_titled_command(const char *command, int argc, char **argv,
                           const char *before, const char *behind,
                           bool (*print)(const json_t *object));

/* What is asked of each object that has a name. */
struct nf_asking {
    const char *method, *before, *behind;
    const json_t *body;      /* NULL: none */
    const char *one, *other; /* members of the answer, printed; NULL: none */
    const char *done;        /* "approved": for the sum */
    bool is_json;
    const struct nf_consent *consent; /* NULL: none is needed */
};

/* Ask it of each name.  The exit status. */
int nf_ask_each(const struct nf_asking *asking, int argc, char **argv);

/* A command whose arguments are objects that it deletes, with `before` in front
 * of each one's name. */
int nf_delete_command(const char *command, int argc, char **argv,
                      const char *before);

#endif
