/*
 * nf-agent: the agent on a node.  One executable, two roles: on the installed
 * system it speaks MQTT; in RAM, started by the initramfs, it installs.
 */

#include "configure.h"
#include "disk_command.h"
#include "install.h"
#include "inventory.h"
#include "log.h"
#include "node.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#ifndef NF_VERSION
#define NF_VERSION "0.1.0"
#endif

enum {
    EXIT_USAGE = 2
};

static const char help[] =
    "usage: nf-agent [install | inventory | disk | configure] [OPTION...]\n"
    "       nf-agent --help | --version\n"
    "\n"
    "Without an argument: report this installed node over MQTT and carry out\n"
    "the server's commands.  Settings are read from the environment, or else\n"
    "from the file that NF_CONFIG names (/etc/default/nodefoundry-agent):\n"
    "  NF_MAC                 this node's MAC (first physical card)\n"
    "  NF_MQTT_BROKER         host:port of the broker (required)\n"
    "  NF_HEARTBEAT_INTERVAL  seconds between status messages, at least 10\n"
    "                         (60)\n"
    "  NF_LOG_LEVEL           error, warning, notice, info or debug (info)\n"
    "  NF_STATE_DIR           where finished commands are recorded\n"
    "                         (/var/lib/nodefoundry-agent)\n"
    "\n"
    "install: in RAM, report this machine to the server, wait for a task, and\n"
    "carry it out.  Settings are read from the kernel command line, or from\n"
    "the file that NF_CMDLINE names:\n"
    "  regional_url or nf.url   the server (required)\n"
    "  nf.mac                   this node's MAC (the card towards the server)\n"
    "  nf.token                 the task's token, if there is a task\n"
    "  nf.poll                  seconds between two polls (10)\n"
    "  nf.bmc                   the key for enrolling this machine's BMC\n"
    "  nf.disk                  disk to write, if the server says auto\n"
    "  nf.retry                 0: no pause after a failed operation\n"
    "  nf.banner                lpmos: the console begins with LPMOS's lines\n"
    "REGIONAL_CLIENT_URL in the environment and these options override them:\n"
    "  --url URL, --regional-url URL, --mac MAC, --token TOKEN,\n"
    "  --poll SECONDS, --once (exit after the task, or after 60 polls)\n"
    "\n"
    "inventory: print what this machine is.  disk: print the disk that a\n"
    "system is to be installed on.  configure: set up a system that another\n"
    "installer has installed.  See the --help of each.\n"
    "\n"
    "exit status: 0 stopped by SIGTERM, 1 failed, 2 wrong usage or settings\n";

static nf_log_form_t
log_form(void)
{
    return getenv("JOURNAL_STREAM") != NULL ? NF_LOG_JOURNAL : NF_LOG_PLAIN;
}

static int
node_main(int argc, char **argv)
{
    struct nf_agent_settings settings;
    char fault[400];

    (void) argc;
    (void) argv;
    nf_log_form(log_form());
    if (!nf_settings_read(&settings, fault, sizeof fault)) {
        nf_log(NF_LOG_ERR, "%s", fault);
        return EXIT_USAGE;
    }
    nf_log_limit(settings.log_level);
    return nf_node_run(&settings);
}

static int
install_main(int argc, char **argv)
{
    nf_log_form(NF_LOG_CONSOLE);
    return nf_install_main(argc, argv);
}

static int
help_main(int argc, char **argv)
{
    (void) argc;
    (void) argv;
    fputs(help, stdout);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
version_main(int argc, char **argv)
{
    (void) argc;
    (void) argv;
    puts("nf-agent " NF_VERSION);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* clang-format off */
static const struct {
    const char *word;
    int (*run)(int argc, char **argv); /* argv[0] is the word itself */
    bool takes_more;
} roles[] = {
    { "install",   install_main, true },
    { "inventory", nf_inventory_main, true },
    { "disk",      nf_disk_main, true },
    { "configure", nf_configure_main, true },
    { "--help",    help_main,    false },
    { "-h",        help_main,    false },
    { "--version", version_main, false },
};
/* clang-format on */

/*
 * Left alone jansson seeds its hash tables from /dev/urandom, and soon after
 * power-on that makes the kernel gather entropy for a second.  The kernel has
 * already given each program 16 random bytes.
 */
static void
json_seed(void)
{
    size_t seed = 1;
    const void *random = (const void *) getauxval(AT_RANDOM);

    if (random != NULL) {
        memcpy(&seed, random, sizeof seed);
    }
    json_object_seed(seed);
}

int
main(int argc, char **argv)
{
    json_seed();
    if (argc == 1) {
        return node_main(argc, argv);
    }
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(argv[1], roles[i].word) == 0
            && (argc == 2 || roles[i].takes_more)) {
            return roles[i].run(argc - 1, argv + 1);
        }
    }
    fputs("nf-agent: unknown arguments; see nf-agent --help\n", stderr);
    return EXIT_USAGE;
}
