#ifndef NF_HELP_H
#define NF_HELP_H

/*
 * What nf says of its commands.
 */

#include <stdbool.h>
#include <stdio.h>

#include "command.h"

/* Every command, by subject. */
int nf_help_all(FILE *to);

/* One command, and those that begin with its name.  The exit status. */
int nf_help_command(const struct nf_verb *c);

/* The commands that begin with this word; false: there are none. */
bool nf_help_group(FILE *to, const char *word);

/* Say that there is no such command, and which one may have been meant.
 * NF_EXIT_USAGE. */
int nf_help_unknown(int argc, char **argv);

#endif
