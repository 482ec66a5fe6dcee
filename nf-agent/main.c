/*
 * nf-agent: the agent on a node.  One executable, two roles: on the installed
 * system it speaks MQTT; in RAM, started by the initramfs, it installs.
 */

#include "install.h"
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
    "usage: nf-agent [install | --help | --version]\n"
    "\n"
    "Without an argument: report this installed node over MQTT and do what\n"
    "the server commands.  Read from the environment, or else from the file\n"
    "NF_CONFIG names (/etc/default/nodefoundry-agent):\n"
    "  NF_MAC                 this node's MAC (first physical card)\n"
    "  NF_MQTT_BROKER         host:port of the broker (needed)\n"
    "  NF_HEARTBEAT_INTERVAL  seconds between status messages, 10 or more "
    "(60)\n"
    "  NF_LOG_LEVEL           error, warning, notice, info or debug (info)\n"
    "  NF_STATE_DIR           where done commands are remembered\n"
    "                         (/var/lib/nodefoundry-agent)\n"
    "\n"
    "install: write a system image to this machine's disk as the server\n"
    "says, report, and reboot.  Read from the kernel's command line:\n"
    "  nf.url, nf.mac, nf.token   where to ask, and as whom (needed)\n"
    "  nf.disk                    disk to write, if the server says auto\n"
    "  nf.retry                   seconds from a failure to the reboot (60)\n"
    "\n"
    "exit status: 0 stopped by SIGTERM, 1 failed, 2 wrong usage or settings\n";

static nf_log_form_t
log_form(void)
{
    return getenv("JOURNAL_STREAM") != NULL ? NF_LOG_JOURNAL : NF_LOG_PLAIN;
}

static int
node_main(void)
{
    struct nf_settings settings;
    char fault[400];

    nf_log_form(log_form());
    if (!nf_settings_read(&settings, fault, sizeof fault)) {
        nf_log(NF_LOG_ERR, "%s", fault);
        return EXIT_USAGE;
    }
    nf_log_limit(settings.log_level);
    return nf_node_run(&settings);
}

static int
install_main(void)
{
    nf_log_form(NF_LOG_CONSOLE);
    return nf_install_run();
}

static int
help_main(void)
{
    fputs(help, stdout);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
version_main(void)
{
    puts("nf-agent " NF_VERSION);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* clang-format off */
static const struct {
    const char *word;
    int (*run)(void);
} roles[] = {
    { "install",   install_main },
    { "--help",    help_main },
    { "-h",        help_main },
    { "--version", version_main },
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
        return node_main();
    }
    for (size_t i = 0; argc == 2 && i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(argv[1], roles[i].word) == 0) {
            return roles[i].run();
        }
    }
    fputs("nf-agent: unknown arguments; see nf-agent --help\n", stderr);
    return EXIT_USAGE;
}
