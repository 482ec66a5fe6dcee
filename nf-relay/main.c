#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "relay.h"

/* sysexits(3): a supervisor may tell what a restart can mend. */
enum {
    EXIT_USAGE = 64,
    EXIT_SETTINGS = 78,
};

static const char usage[] =
    "usage: nf-relay [--suffix NAME]\n"
    "\n"
    "Stores what nodes report by MQTT, publishes the store's events, writes\n"
    "DHCP bindings for dnsmasq, and acts when deadlines pass.\n"
    "\n"
    "  -s, --suffix NAME  the MQTT client id is nodefoundry-server-NAME; for\n"
    "                     several sites on one broker\n"
    "  -h, --help         this text\n"
    "  -V, --version      the version\n"
    "\n"
    "Settings come from the file that NF_CONFIG names and from NF_*\n"
    "variables.  SIGHUP rereads NF_LOG_LEVEL and checks every DHCP binding\n"
    "and the mirror; SIGTERM stops it.\n"
    "Exit status: 0 stopped by a signal, 1 could not start, 64 wrong\n"
    "arguments, 78 wrong settings.\n";

static const struct option options[] = {
    {"suffix", required_argument, NULL, 's'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

/* -1: go on. */
static int
options_read(int argc, char **argv, struct nf_relay *relay)
{
    int option;

    while ((option = getopt_long(argc, argv, "s:hV", options, NULL)) != -1) {
        switch (option) {
        case 's':
            relay->suffix = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return EXIT_SUCCESS;
        case 'V':
            puts("nf-relay " NF_VERSION);
            return EXIT_SUCCESS;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind != argc || !nf_text_is_printable(nf_text(relay->suffix))
        || strlen(relay->suffix) > 64)
    {
        fputs("nf-relay: see nf-relay --help\n", stderr);
        return EXIT_USAGE;
    }
    return -1;
}

static bool
settings_read(struct nf_settings *settings)
{
    struct nf_fault fault;

    if (nf_settings_load(settings, &fault) != NF_OK) {
        nf_log(NF_LOG_ERR, "could not read the settings: %s %s", fault.field,
               fault.reason);
        return false;
    }
    (void) nf_log_level(settings->log_level);
    return true;
}

/* A folder of our own, since NF_RUN_DIR itself is root's.  Without it we only
 * lose the notes that it is for. */
static void
room_make(const struct nf_settings *settings)
{
    char path[NF_SETTING_MAX + 8];

    snprintf(path, sizeof(path), "%s/relay", settings->run_dir);
    if (mkdir(path, 0755) != 0 && errno != EEXIST) {
        nf_log(NF_LOG_WARNING, "could not make %s: %s", path, strerror(errno));
    }
}

int
main(int argc, char **argv)
{
    static struct nf_relay relay = {.suffix = ""};

    int code = options_read(argc, argv, &relay);
    if (code >= 0) {
        return code;
    }
    if (!settings_read(&relay.turn.settings)) {
        return EXIT_SETTINGS;
    }
    nf_error_t err =
        nf_store_open(&relay.turn.store, relay.turn.settings.db_path);
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "could not open the store: %s path=%s",
               nf_error_text(err), relay.turn.settings.db_path);
        return EXIT_FAILURE;
    }
    nf_store_keep_ballast(relay.turn.store);
    room_make(&relay.turn.settings);
    bool has_run = nf_relay_run(&relay);
    if (nf_sweeper_stop(&relay.sweeper)) {
        nf_store_close(relay.turn.store);
    }
    return has_run ? EXIT_SUCCESS : EXIT_FAILURE;
}
