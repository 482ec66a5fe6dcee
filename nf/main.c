/*
 * nf: the operator's command line.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "say.h"
#include "server.h"

enum {
    ANY = 99
};

/* clang-format off */
static const struct command {
    const char *name; /* one or two words */
    const char *args;
    const char *help;
    int (*run)(int argc, char **argv);
    int min, max; /* arguments */
} commands[] = {
    { "up", "", "run the whole bastion in the foreground\n"
      "\n"
      "Renders the configuration into NF_RUN_DIR, makes directories and the store\n"
      "when they are missing, then runs nginx, dnsmasq, mosquitto and nf-relay.  One\n"
      "that dies is started again.  SIGTERM or Ctrl-C stops everything; SIGHUP reads\n"
      "the settings again and reloads what they change.",
      nf_command_up, 0, 0 },
    { "nodes", "[--status S] [--online] [--json]", "list the nodes, newest first",
      nf_command_nodes, 0, ANY },
    { "node", "[--json] NODE", "one node, by MAC or serial number",
      nf_command_node, 1, ANY },
    { "hardware", "[--json] NODE", "what nf-agent found in a node",
      nf_command_hardware, 1, ANY },
    { "install", "[--profile P] NODE...", "install nodes now, without waiting for an approval",
      nf_command_install, 1, ANY },
    { "reinstall", "[--profile P] NODE...", "install nodes again, after a failure or when allowed",
      nf_command_reinstall, 1, ANY },
    { "tasks", "[--status S] [--json]", "list the tasks, newest first",
      nf_command_tasks, 0, ANY },
    { "task", "[--json] TASK", "one task, by its id",
      nf_command_task, 1, ANY },
    { "create", "--sn SN | --mac MAC | --file F ...", "create a task, which waits for its approval\n"
      "\n"
      "--sn SERIAL, --mac MAC   the machine; it need not have been seen yet\n"
      "--profile NAME           what to install, or:\n"
      "--os TYPE --os-version V the system; a profile of it is chosen\n"
      "--hostname, --bootfile, --notes\n"
      "--file FILE              a task as the API takes it, or a list of tasks (- is stdin)\n"
      "--json                   print the server's answer",
      nf_command_create, 1, ANY },
    { "approve", "[--notes TEXT] TASK... | --all", "let tasks begin",
      nf_command_approve, 1, ANY },
    { "reject", "[--reason TEXT] TASK...", "refuse tasks that wait for their approval",
      nf_command_reject, 1, ANY },
    { "cancel", "[--reason TEXT] TASK...", "stop tasks, and undo what was done to devices",
      nf_command_cancel, 1, ANY },
    { "retry", "TASK...", "begin tasks again that failed or were cancelled",
      nf_command_retry, 1, ANY },
    { "forget", "TASK...", "remove tasks that are over; their events stay",
      nf_command_forget, 1, ANY },
    { "watch", "[TASK...]", "show tasks as they go\n"
      "\n"
      "With tasks: until they are over; exit status 1 when one did not complete.\n"
      "Without: all that are not over, until Ctrl-C.",
      nf_command_watch, 0, ANY },
    { "why", "[--json] NODE | TASK", "say what a node or task waits for, and show its steps",
      nf_command_why, 1, ANY },
    { "profiles list", "[--json]", "list what can be installed",
      nf_command_profiles_list, 0, 1 },
    { "profiles show", "NAME", "print one profile",
      nf_command_profiles_show, 1, 1 },
    { "profiles put", "NAME FILE", "make or replace a profile of your own (- is stdin)",
      nf_command_profiles_put, 2, 2 },
    { "profiles delete", "NAME", "forget a profile of your own",
      nf_command_profiles_delete, 1, 1 },
    { "unmatched", "[--json]", "list machines that reported and fit no task",
      nf_command_unmatched, 0, 1 },
    { "bindings", "[--json]", "list DHCP bindings made by hand",
      nf_command_bindings, 0, 1 },
    { "bind", "[--hostname H] [--bootfile F] MAC IP", "bind an address to a MAC",
      nf_command_bind, 2, ANY },
    { "unbind", "MAC", "undo that",
      nf_command_unbind, 1, 1 },
    { "pxe", "[--json | MAC]", "list PXELINUX files, or print one",
      nf_command_pxe, 0, 1 },
    { "render", "[--with-token] NODE [KIND]", "print what a node would be served now\n"
      "\n"
      "KIND: boot (default), preseed, autoinstall, kickstart, image, pxelinux, grub.\n"
      "Works on the store of this machine, without a server.  The token of an\n"
      "installation is hidden unless --with-token is given, which needs the key file.",
      nf_command_render, 1, 3 },
    { "config check", "", "say whether the settings are valid",
      nf_config_check, 0, 0 },
    { "config list", "", "print every setting: name, value, default and meaning",
      nf_config_list, 0, 0 },
    { "config render", "DIR", "write the configuration of nginx, dnsmasq and mosquitto\n"
      "\n"
      "Writes nginx.conf, dnsmasq.conf, mosquitto.conf, mosquitto.acl, and the settings\n"
      "they were made from as nodefoundry.conf.  Each file appears whole or not at all.",
      nf_config_render, 1, 1 },
    { "store init", "", "make the store, the key file and the directories\n"
      "\n"
      "Leaves alone what exists.",
      nf_command_store_init, 0, 0 },
    { "store migrate", "[--backup FILE]", "bring an earlier version's store up to this one's form\n"
      "\n"
      "Nothing may have the store open.  A copy of what was there is written first: to\n"
      "FILE, which must not exist, else beside the store, with .schema1 behind its name.\n"
      "The store is rewritten as a whole or not at all; one that is of this version\n"
      "already is left alone.",
      nf_command_migrate, 0, 2 },
    { "dump", "[--prefix PREFIX]", "print the store's contents as JSON lines\n"
      "\n"
      "PREFIX is the beginning of a key as it is printed: nodes/5254, or one that\n"
      "begins with /os/, by which the same state has the keys of a site's key-value\n"
      "store: /os/dc1/servers/",
      nf_command_dump, 0, 2 },
    { "events", "[--since N] [--follow]", "print events as JSON lines\n"
      "\n"
      "--since N   those after number N\n"
      "--follow    stay, and print each as it happens",
      nf_command_events, 0, ANY },
    { "files list", "[--json] [PREFIX]", "list the boot files\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_list, 0, 2 },
    { "files put", "PATH FILE", "make FILE what nodes get at PATH\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_put, 2, 2 },
    { "files get", "PATH FILE", "write what nodes get at PATH to FILE, - for stdout\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_get, 2, 2 },
    { "files rm", "PATH...", "forget paths; contents stay for NF_FILES_KEEP\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_rm, 1, ANY },
    { "files import", "[--as PREFIX] SOURCE", "take in a netboot tree, an archive, an ISO or one file\n"
      "\n"
      "A directory, a tar archive (packed or not) or an ISO is taken in file by file;\n"
      "anything else as one file, a qcow2 image as the raw image that it holds.  Their\n"
      "paths stand below PREFIX.  What is there already costs nothing: importing again\n"
      "goes on where it was interrupted.  Names that no boot file can have are told\n"
      "and left out.  Needs bsdtar for archives and qemu-img for qcow2.\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_import, 1, 3 },
    { "files gc", "[--dry-run]", "remove contents and uploads that nothing names any more\n"
      "\n"
      "Those that NF_FILES_KEEP has passed for; nf-relay does the same once an hour.\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_gc, 0, 1 },
    { "files check", "", "hash every content again and tell what is damaged or missing\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_check, 0, 0 },
    { "backup", "FILE", "copy the running store, consistent and compact",
      nf_command_backup, 1, 1 },
    { "restore", "FILE", "put a copy in the store's place\n"
      "\n"
      "Nothing may have the store open.  The store that was there stays beside the\n"
      "new one, with .before-restore behind its name.",
      nf_command_restore, 1, 1 },
    { 0 },
};
/* clang-format on */

static void
print_short(FILE *to, const struct command *c)
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
    for (const struct command *c = commands; c->name != NULL; c++) {
        print_short(to, c);
    }
    fputs("  nf help COMMAND                   more about one\n\n"
          "Settings come from the file that NF_CONFIG names (default\n"
          "/etc/nodefoundry/nodefoundry.conf) and from the environment.\n"
          "Commands that ask the API find it by `nf --api URL ...`, else NF_API, else\n"
          "NF_HTTP_ADDR.  Exit status: 0 done, 1 failed, 2 wrong usage, 3 the API does not\n"
          "answer.\n",
          to);
    return fflush(to) == 0 ? NF_EXIT_OK : NF_EXIT_FAILED;
}

/* How many words of argv the command's name takes, 0 when it is not meant. */
static int
words_taken(const struct command *c, int argc, char **argv)
{
    const char *blank = strchr(c->name, ' ');
    size_t first = blank != NULL ? (size_t) (blank - c->name) : strlen(c->name);

    if (argc < 1 || strlen(argv[0]) != first
        || memcmp(argv[0], c->name, first) != 0)
    {
        return 0;
    }
    if (blank == NULL) {
        return 1;
    }
    return argc >= 2 && strcmp(argv[1], blank + 1) == 0 ? 2 : 0;
}

static const struct command *
find(int argc, char **argv, int *taken)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        if ((*taken = words_taken(c, argc, argv)) > 0) {
            return c;
        }
    }
    return NULL;
}

static int
print_help(const struct command *c)
{
    printf("usage: nf %s %s\n\n%s\n", c->name, c->args, c->help);
    return fflush(stdout) == 0 ? NF_EXIT_OK : NF_EXIT_FAILED;
}

static int
help(int argc, char **argv)
{
    int taken;

    if (argc == 0) {
        return print_usage(stdout);
    }
    const struct command *c = find(argc, argv, &taken);
    if (c == NULL) {
        fprintf(stderr, "nf: there is no command of that name; see nf help\n");
        return NF_EXIT_USAGE;
    }
    return print_help(c);
}

static int
run(const struct command *c, int argc, char **argv)
{
    if (argc == 1 && strcmp(argv[0], "--help") == 0) {
        return print_help(c);
    }
    if (argc < c->min || argc > c->max) {
        fprintf(stderr, "usage: nf %s %s\n", c->name, c->args);
        return NF_EXIT_USAGE;
    }
    return c->run(argc, argv);
}

int
main(int argc, char **argv)
{
    int taken = 0;

    nf_say_start();
    if (argc > 2 && strcmp(argv[1], "--api") == 0) {
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
        return fflush(stdout) == 0 ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    const struct command *c = find(argc - 1, argv + 1, &taken);
    if (c == NULL) {
        (void) print_usage(stderr);
        return NF_EXIT_USAGE;
    }
    return run(c, argc - 1 - taken, argv + 1 + taken);
}
