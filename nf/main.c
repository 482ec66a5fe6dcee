/*
 * nf: the operator's command line.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>
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
    char words[192];

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

static bool
is_of_group(const struct nf_verb *c, const char *word)
{
    size_t len = strlen(word);

    return len > 0 && strncmp(c->name, word, len) == 0 && c->name[len] == ' ';
}

/* The commands that begin with this word; false: there are none. */
static bool
print_group(FILE *to, const char *word)
{
    bool has_some = false;

    for (const struct nf_verb *c = nf_commands; c->name != NULL; c++) {
        if (is_of_group(c, word)) {
            print_short(to, c);
            has_some = true;
        }
    }
    return has_some;
}

static int
print_help(const struct nf_verb *c)
{
    printf("usage: nf %s %s\n\n%s\n", c->name, c->args, c->help);
    (void) print_group(stdout, c->name);
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
    if (c != NULL) {
        return print_help(c);
    }
    if (print_group(stdout, argv[0])) {
        return nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    fprintf(stderr, "nf: there is no command of that name; see nf help\n");
    return NF_EXIT_USAGE;
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
    if (!print_group(stderr, argv[0])) {
        (void) print_usage(stderr);
    } else if (argc > 1) {
        fprintf(stderr, "nf: there is no command nf %s %s\n", argv[0], argv[1]);
    }
    return NF_EXIT_USAGE;
}

int
main(int argc, char **argv)
{
    int taken = 0;

    nf_say_start();
    nf_terminal_start();
    tzset();
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
    if (c != NULL) {
        return run(c, argc - 1 - taken, argv + 1 + taken);
    }
    if (argc > 1) {
        return run_group(argc - 1, argv + 1);
    }
    (void) print_usage(stderr);
    return NF_EXIT_USAGE;
}
