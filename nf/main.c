/*
 * nf: the operator's command line.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "say.h"
#include "server.h"
#include "terminal.h"

static void
print_short(FILE *to, const struct nf_verb *c)
{
    const char *end = strchr(c->help, '\n');
    int len = (int) (end != NULL ? (size_t) (end - c->help) : strlen(c->help));
    char words[64];

    snprintf(words, sizeof(words), "%s %s", c->name, c->args);
    fprintf(to, "  nf %-30s %.*s\n", words, len, c->help);
}

static int
print_usage(FILE *to)
{
    fputs("usage: nf COMMAND [ARGUMENT...]\n\n", to);
    for (const struct nf_verb *c = nf_commands; c->name != NULL; c++) {
        print_short(to, c);
    }
    fputs("  nf help COMMAND                   more about one\n\n"
          "Settings come from the file that NF_CONFIG names (default\n"
          "/etc/nodefoundry/nodefoundry.conf) and from the environment.\n"
          "Commands that ask the API find it by `nf --api URL ...`, else "
          "NF_API, else\n"
          "NF_HTTP_ADDR.  Exit status: 0 done, 1 failed, 2 wrong usage, 3 the "
          "API does not\n"
          "answer.\n",
          to);
    return fflush(to) == 0 ? NF_EXIT_OK : NF_EXIT_FAILED;
}

static int
print_help(const struct nf_verb *c)
{
    printf("usage: nf %s %s\n\n%s\n", c->name, c->args, c->help);
    return nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
}

static int
help(int argc, char **argv)
{
    int taken;

    if (argc == 0) {
        return print_usage(stdout);
    }
    const struct nf_verb *c = nf_command_find(argc, argv, &taken);
    if (c == NULL) {
        fprintf(stderr, "nf: there is no command of that name; see nf help\n");
        return NF_EXIT_USAGE;
    }
    return print_help(c);
}

static bool
wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return true;
        }
    }
    return false;
}

static int
run(const struct nf_verb *c, int argc, char **argv)
{
    if (wants_help(argc, argv)) {
        return print_help(c);
    }
    if (argc < c->min || argc > c->max) {
        return nf_usage(c->name);
    }
    return c->run(argc, argv);
}

int
main(int argc, char **argv)
{
    int taken = 0;

    nf_say_start();
    nf_terminal_start();
    if (argc > 1 && strcmp(argv[1], "--api") == 0) {
        if (argc == 2) {
            fputs("nf: the option --api needs a URL\n", stderr);
            return NF_EXIT_USAGE;
        }
        nf_server_set(argv[2]);
        argc -= 2;
        argv += 2;
    }
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0) {
        return help(argc - 2, argv + 2);
    }
    if (strcmp(word, "--version") == 0) {
        printf("nf %s\n", NF_VERSION);
        return nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    const struct nf_verb *c = nf_command_find(argc - 1, argv + 1, &taken);
    if (c == NULL) {
        (void) print_usage(stderr);
        return NF_EXIT_USAGE;
    }
    return run(c, argc - 1 - taken, argv + 1 + taken);
}
