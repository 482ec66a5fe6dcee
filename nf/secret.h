#ifndef NF_SECRET_H
#define NF_SECRET_H

/*
 * A password, from where nobody else sees it: never from an argument.
 */

#include <stdbool.h>

enum {
    NF_SECRET_MAX = 128 /* with its end */
};

/*
 * The first line of a file, or of stdin for "-"; NULL: typed twice without an
 * echo where stdin is a terminal, else the first line of stdin.  False: said
 * what is wrong.  The caller wipes it.
 */
bool nf_secret_read(const char *path, char secret[static NF_SECRET_MAX]);

#endif
