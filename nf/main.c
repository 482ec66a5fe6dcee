/*
 * nf: the operator's command line.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "command.h"
#include "help.h"
#include "patience.h"
#include "say.h"
#include "server.h"
#include "terminal.h"

enum {
    TIMEOUT_MAX_S = 86400
};

static int
help(int argc, char **argv)
{
    int taken;

    if (argc == 0) {
        return nf_help_all(stdout);
    }
    const struct nf_verb *c = nf_command_find(argc, argv, &taken);
    if (c != NULL) {
        return nf_help_command(c);
    }
    if (nf_help_group(stdout, argv[0])) {
        return nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    return nf_help_unknown(1, argv);
}

static bool
wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

/* --- options of nf itself ----------------------------------------------------
 */

static bool
take_api(const char *value)
{
    nf_server_set(value);
    return true;
}

static bool
take_timeout(const char *value)
{
    uint64_t seconds;

    if (!nf_text_number(nf_text(value), TIMEOUT_MAX_S, &seconds)
        || seconds == 0) {
        fprintf(stderr, "nf: --timeout: must be a number of seconds\n");
        return false;
    }
    nf_patience_set((long) seconds * 1000);
    return true;
}

struct global {
    const char *name, *what;
    bool (*take)(const char *value);
};

/* Take the option out of argv, wherever it stands before "--"; `to` ends the
 * words that are looked at.  False: said what is wrong. */
static bool
take_global(const struct global *global, int *argc, char **argv, int to)
{
    size_t len = strlen(global->name);
    int left = 0;
    bool is_over = false;

    for (int i = 0; i < *argc; i++) {
        bool is_it =
            !is_over && i < to && strncmp(argv[i], global->name, len) == 0;
        is_over |= strcmp(argv[i], "--") == 0;
        if (is_it && argv[i][len] == '=') {
            if (!global->take(argv[i] + len + 1)) {
                return false;
            }
        } else if (is_it && argv[i][len] == '\0') {
            if (i + 1 == *argc) {
                fprintf(stderr, "nf: option %s requires %s\n", global->name,
                        global->what);
                return false;
            }
            if (!global->take(argv[++i])) {
                return false;
            }
        } else {
            argv[left++] = argv[i];
        }
    }
    argv[left] = NULL;
    *argc = left;
    return true;
}

/* How many words stand before the command. */
static int
count_leading(int argc, char **argv)
{
    int n = 0;

    while (n < argc && argv[n][0] == '-') {
        n += strchr(argv[n], '=') == NULL ? 2 : 1;
    }
    return n < argc ? n : argc;
}

/* A command may have a --timeout of its own, which then stands behind it. */
static bool
take_globals(int *argc, char **argv)
{
    static const struct global api = {"--api", "a URL", take_api},
                               timeout = {"--timeout", "a number of seconds",
                                          take_timeout};
    int taken;

    if (!take_global(&api, argc, argv, *argc)) {
        return false;
    }
    int leading = count_leading(*argc, argv);
    const struct nf_verb *c =
        nf_command_find(*argc - leading, argv + leading, &taken);
    bool is_own = c != NULL && strstr(c->args, "--timeout") != NULL;
    return take_global(&timeout, argc, argv, is_own ? leading : *argc);
}

/* -----------------------------------------------------------------------------
 */

static int
run(const struct nf_verb *c, int argc, char **argv)
{
    if (wants_help(argc, argv)) {
        return nf_help_command(c);
    }
    if (argc < c->min || argc > c->max) {
        return nf_usage(c->name);
    }
    return c->run(argc, argv);
}

/* `nf devices` is `nf devices list`. */
static int
run_group(int argc, char **argv)
{
    char second[] = "list", *list[] = {argv[0], second, NULL};
    int taken;

    if (wants_help(argc, argv)) {
        return help(1, argv);
    }
    if (argc == 1 || argv[1][0] == '-') {
        const struct nf_verb *c = nf_command_find(2, list, &taken);
        if (c != NULL) {
            return run(c, argc - 1, argv + 1);
        }
    }
    return nf_help_unknown(argc, argv);
}

static bool
is_one_of(const char *word, const char *one, const char *other)
{
    return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

int
main(int argc, char **argv)
{
    int taken = 0;

    nf_say_start();
    nf_terminal_start();
    nf_patience_watch_store();
    tzset();
    argc--;
    argv++;
    /* the shell's scripts hand over what somebody has not typed to its end */
    bool completes = argc > 0 && strcmp(argv[0], "completion") == 0;
    if (!completes && !take_globals(&argc, argv)) {
        return NF_EXIT_USAGE;
    }
    if (argc == 0) {
        (void) nf_help_all(stderr);
        return NF_EXIT_USAGE;
    }
    if (strcmp(argv[0], "help") == 0) {
        return help(argc - 1, argv + 1);
    }
    if (is_one_of(argv[0], "--help", "-h")) {
        return help(argc - 1, argv + 1);
    }
    if (is_one_of(argv[0], "--version", "-V")) {
        printf("nf %s\n", NF_VERSION);
        return nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    const struct nf_verb *c = nf_command_find(argc, argv, &taken);
    return c != NULL ? run(c, argc - taken, argv + taken)
                     : run_group(argc, argv);
}
