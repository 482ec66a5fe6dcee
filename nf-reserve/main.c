/*
 * nf-reserve: keeps an address for each network card that asks for one, before
 * dnsmasq offers it anything.
 */

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "guard.h"
#include "model/setting_check.h"
#include "reserve.h"

/* sysexits(3): a supervisor may tell what a restart can mend. */
enum {
    EXIT_USAGE = 64,
    EXIT_SETTINGS = 78,
};

static const char usage[] =
    "usage: nf-reserve\n"
    "\n"
    "Listens for DHCP requests on NF_DHCP_INTERFACE.  For a new card it\n"
    "reserves an address in the store, writes it to NF_HOSTS_DIR for dnsmasq,\n"
    "and sends the card's request to dnsmasq again.  While nf-reserve is not\n"
    "running, dnsmasq gives out addresses from its own pool.  Firmware for\n"
    "which there is no boot file is logged; with NF_DHCP_MODE=proxy nothing\n"
    "else is done.\n"
    "\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n"
    "\n"
    "It requires CAP_NET_RAW to start, and drops all privileges then.\n"
    "Settings come from the file that NF_CONFIG names and from NF_*\n"
    "variables.\n"
    "Exit status: 0 stopped by a signal, 1 could not start or continue,\n"
    "64 wrong arguments, 78 wrong settings.\n";

static const struct option options[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

/* -1: go on. */
static int
options_read(int argc, char **argv)
{
    switch (getopt_long(argc, argv, "hV", options, NULL)) {
    case -1:
        break;
    case 'h':
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    case 'V':
        puts("nf-reserve " NF_VERSION);
        return EXIT_SUCCESS;
    default:
        return EXIT_USAGE;
    }
    if (optind != argc) {
        fputs("nf-reserve: see nf-reserve --help\n", stderr);
        return EXIT_USAGE;
    }
    return -1;
}

static bool
settings_read(struct nf_reserve *reserve)
{
    struct nf_settings *s = &reserve->settings;
    struct nf_fault fault;

    if (nf_settings_load(s, &fault) != NF_OK
        || nf_ranges_read(s, &reserve->ranges, &fault) != NF_OK)
    {
        nf_log(NF_LOG_ERR, "could not read the settings: %s %s", fault.field,
               fault.reason);
        return false;
    }
    if (s->interface[0] == '\0') {
        nf_log(NF_LOG_ERR, "NF_DHCP_INTERFACE must be set");
        return false;
    }
    (void) nf_log_level(s->log_level);
    reserve->is_proxy = strcmp(s->dhcp_mode, "proxy") == 0;
    return true;
}

static bool
wire_open(struct nf_reserve *reserve)
{
    const struct nf_settings *s = &reserve->settings;
    struct nf_text host;
    uint16_t port = 67;

    (void) nf_setting_split(nf_text(s->dhcp_addr), &host, &port);
    if (!nf_wire_open(&reserve->wire, s->interface, port)) {
        nf_log(NF_LOG_ERR, "could not listen on %s: %s", s->interface,
               strerror(errno));
        return false;
    }
    return true;
}

/* Root's files stay root's to write; but nothing that only root may do. */
static bool
drop_capabilities(void)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {0};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
           && syscall(SYS_capset, &head, none) == 0;
}

static bool
drop_privileges(const char *user)
{
    const struct passwd *account = geteuid() == 0 ? getpwnam(user) : NULL;

    if (account != NULL && account->pw_uid != 0
        && (initgroups(account->pw_name, account->pw_gid) != 0
            || setgid(account->pw_gid) != 0 || setuid(account->pw_uid) != 0))
    {
        nf_log(NF_LOG_ERR, "could not become %s: %s", user, strerror(errno));
        return false;
    }
    if (!drop_capabilities()) {
        nf_log(NF_LOG_ERR, "could not give up privileges: %s", strerror(errno));
        return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    static struct nf_reserve reserve;

    int code = options_read(argc, argv);
    if (code >= 0) {
        return code;
    }
    if (!settings_read(&reserve)) {
        return EXIT_SETTINGS;
    }
    if (!wire_open(&reserve) || !drop_privileges(reserve.settings.user)) {
        return EXIT_FAILURE;
    }
    nf_guard_init(&reserve.settings);
    nf_guard_arm();
    nf_error_t err = nf_store_open(&reserve.store, reserve.settings.db_path);
    nf_guard_disarm();
    if (err != NF_OK) {
        nf_guard_set(nf_error_text(err));
        nf_log(NF_LOG_ERR, "could not open the store: %s path=%s",
               nf_error_text(err), reserve.settings.db_path);
        return EXIT_FAILURE;
    }
    bool has_run = nf_reserve_run(&reserve);
    nf_store_close(reserve.store);
    return has_run ? EXIT_SUCCESS : EXIT_FAILURE;
}
