/*
 * nf-bmc: carries out what BMCs and switches are told to do.
 */
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "key.h"
#include "scan.h"
#include "try.h"
#include "worker.h"

enum { /* sysexits(3): a supervisor may tell what a restart can mend */
    EXIT_USAGE = 64,
    EXIT_SETTINGS = 78,
};

static const char usage[] =
    "usage: nf-bmc           carry out commands that come from the broker\n"
    "       nf-bmc try ...   one operation on one device; see nf-bmc try "
    "--help\n"
    "       nf-bmc key       this worker's public key\n"
    "       nf-bmc scan ...  search for BMCs; see nf-bmc scan --help\n"
    "\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n"
    "\n"
    "Settings come from the file that NF_CONFIG names and from NF_*\n"
    "variables: NF_MQTT_BROKER, NF_IDC, NF_BMC_WORKER, or NF_BMC_BROKER;\n"
    "NF_BMC_DEVICES, NF_BMC_DIR, NF_BMC_PARALLEL, NF_BMC_PARALLEL_HTTP,\n"
    "NF_LOG_LEVEL.  SIGTERM stops it.\n"
    "Exit status: 0 stopped by a signal, 1 could not start, 64 wrong\n"
    "arguments, 78 wrong settings.\n";

/* Where there is such a file, the broker is on another host.  False: said why
 * it cannot be. */
static bool
read_account(struct nf_worker_program *worker)
{
    const char *path = worker->settings.bmc_broker;
    struct nf_fault fault = {0};
    nf_error_t err = nf_account_read(path, &worker->account, &fault);

    if (err == NF_OK || err == NF_NOT_FOUND) {
        return true;
    }
    if (err == NF_IO) {
        (void) nf_refuse(&fault, "", "cannot be read: %s", strerror(errno));
    }
    nf_log(NF_LOG_ERR, "%s (NF_BMC_BROKER): %s%s%s", path, fault.field,
           fault.field[0] != '\0' ? " " : "", fault.reason);
    return false;
}

/* That of its password; else the host's up to its first dot, where none is
 * set. */
static bool
choose_name(struct nf_worker_program *worker)
{
    char host[256] = "";
    bool is_far = worker->account.user[0] != '\0';
    struct nf_text name =
        nf_text(is_far ? worker->account.user : worker->settings.bmc_worker);

    gethostname(host, sizeof(host) - 1);
    return nf_worker_choose_name(name, host, worker->name);
}

static int
work(void)
{
    static struct nf_worker_program worker;
    struct nf_fault fault;

    if (nf_settings_load(&worker.settings, &fault) != NF_OK) {
        nf_log(NF_LOG_ERR, "could not read the settings: %s %s", fault.field,
               fault.reason);
        return EXIT_SETTINGS;
    }
    (void) nf_log_level(worker.settings.log_level);
    if (!read_account(&worker)) {
        return EXIT_SETTINGS;
    }
    if (!choose_name(&worker)) {
        nf_log(NF_LOG_ERR, "NF_BMC_WORKER must be up to 31 letters, digits, "
                           "'-', '_', '.'");
        return EXIT_SETTINGS;
    }
    if (mkdir(worker.settings.bmc_dir, 0700) != 0 && errno != EEXIST) {
        nf_log(NF_LOG_ERR, "could not make %s: %s", worker.settings.bmc_dir,
               strerror(errno));
        return EXIT_FAILURE;
    }
    return nf_worker_program_run(&worker) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0) {
        nf_log(NF_LOG_ERR, "this host has no random numbers");
        return EXIT_FAILURE;
    }
    if (argc == 1) {
        return work();
    }
    if (strcmp(word, "try") == 0) {
        return nf_try(argc - 1, argv + 1);
    }
    if (strcmp(word, "key") == 0) {
        return nf_key_show(argc - 1, argv + 1);
    }
    if (strcmp(word, "scan") == 0) {
        return nf_scan(argc - 1, argv + 1);
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
