/*
 * nf-bmc: carries out what BMCs and switches are told to do.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "try.h"

enum {
    EXIT_USAGE = 64
};

static const char usage[] =
    "usage: nf-bmc try ...   one operation on one device; see nf-bmc try "
    "--help\n"
    "\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n";

int
main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    signal(SIGPIPE, SIG_IGN);
    if (strcmp(word, "try") == 0) {
        return nf_try(argc - 1, argv + 1);
    }
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0) {
        puts("nf-bmc " NF_VERSION);
        return EXIT_SUCCESS;
    }
    fputs("nf-bmc: see nf-bmc --help\n", stderr);
    return EXIT_USAGE;
}
