#ifndef NF_SECRET_H
#define NF_SECRET_H

/*
 * Passwords, from where nobody else sees them: never from an argument.
 */

#include <stdbool.h>

enum {
    NF_SECRET_MAX = 128 /* with its end */
};

/*
 * The first line of a file, or the next one of stdin for "-"; NULL: typed twice
 * without an echo behind the prompt ("Password") where stdin is a terminal,
 * else the next line of stdin.  False: said what is wrong.  The caller wipes
 * it.
 */
bool nf_secret_read(const char *prompt, const char *path,
                    char secret[static NF_SECRET_MAX]);

#endif
