#ifndef NF_OPTION_H
#define NF_OPTION_H

/*
 * Options of a command: each command has a table, and what is left over are
 * its arguments.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
    NF_OPTION_TIMES = 16 /* an option may come this often */
};

/* The values of an option that may come several times. */
struct nf_option_values {
    const char *each[NF_OPTION_TIMES];
    size_t n;
};

struct nf_option {
    const char *name;   /* "--status", "-o"; NULL at the end */
    const char **value; /* takes the next word, or NULL: a switch */
    bool *is_on;
    struct nf_option_values *values; /* instead of value: all of them */
};

/* An option that takes a value, one that takes several, and a switch. */
#define NF_OPTION(name, value)                                                 \
    {                                                                          \
        name, value, NULL, NULL                                                \
    }
#define NF_OPTION_MANY(name, values)                                           \
    {                                                                          \
        name, NULL, NULL, values                                               \
    }
#define NF_SWITCH(name, is_on)                                                 \
    {                                                                          \
        name, NULL, is_on, NULL                                                \
    }

/*
 * Take the options out of argv; what is left moves to its front, and *argc
 * counts it.  "--" ends them.  False: said what is wrong.
 */
bool nf_options_take(int *argc, char **argv, const struct nf_option *options);

/* Whether that has said what is wrong, so that nothing else need be said. */
bool nf_option_was_refused(void);

#endif
