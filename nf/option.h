#ifndef NF_OPTION_H
#define NF_OPTION_H

/*
 * Options of a command: each command has a table, and what is left over are
 * its arguments.
 */

#include <stdbool.h>

struct nf_option {
    const char *name;   /* "--status"; NULL at the end */
    const char **value; /* takes the next word, or NULL: a switch */
    bool *is_on;
};

/*
 * Take the options out of argv; what is left moves to its front, and *argc
 * counts it.  "--" ends them.  False: said what is wrong.
 */
bool nf_options_take(int *argc, char **argv, const struct nf_option *options);

#endif
